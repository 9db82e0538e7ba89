//! From where on the floor a player shot: its identity, and what its counts may be.

use sideline_avro::cause::ChangeType;
use sideline_avro::events::ShotZonesEvent;
use sideline_avro::facts::ShotZones;
use sideline_runtime_core::{BadInput, ProcessError};

use super::{RawEvent, Stamp};
use crate::fact_key::FactKey;
use crate::raw::checks;
use crate::raw::claim::Body;

impl RawEvent for ShotZonesEvent {
    const CHANGE: ChangeType = ChangeType::BoxScore;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        Some(&self.player)
    }

    fn fact(&self, player: String) -> FactKey {
        FactKey::ShotZones {
            game_id: self.game_id.clone(),
            player,
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::game_id(&self.game_id)?;
        checks::two_teams(&self.team, &self.opponent)?;
        check_counts(self)
    }

    fn partition_team(&self) -> Option<&str> {
        None
    }

    /// The team that defended: what it allows is told by the shots of its opponents.
    fn teams(&self) -> Vec<String> {
        vec![self.opponent.clone()]
    }

    fn body(&self, _: String) -> Body {
        Body::ShotZones(ShotZones {
            game_id: self.game_id.clone(),
            game_date: self.game_date,
            team: self.team.clone(),
            opponent: self.opponent.clone(),
            paint_attempts: self.paint_attempts,
            paint_made: self.paint_made,
            mid_range_attempts: self.mid_range_attempts,
            mid_range_made: self.mid_range_made,
            three_attempts: self.three_attempts,
            three_made: self.three_made,
            assisted: self.assisted,
        })
    }
}

/// No zone has more makes than attempts, and no more goals were assisted than made.
fn check_counts(event: &ShotZonesEvent) -> Result<(), BadInput> {
    let zones = [
        (
            ("paint_attempts", event.paint_attempts),
            ("paint_made", event.paint_made),
        ),
        (
            ("mid_range_attempts", event.mid_range_attempts),
            ("mid_range_made", event.mid_range_made),
        ),
        (
            ("three_attempts", event.three_attempts),
            ("three_made", event.three_made),
        ),
    ];
    let mut made = 0;
    for (attempts, makes) in zones {
        checks::count(attempts)?;
        checks::count(makes)?;
        at_most(makes, attempts)?;
        made += makes.1;
    }
    let Some(assisted) = event.assisted else {
        return Ok(());
    };
    checks::count(("assisted", assisted))?;
    at_most(("assisted", assisted), ("made in all", made))
}

fn at_most(part: (&str, i32), whole: (&str, i32)) -> Result<(), BadInput> {
    if part.1 <= whole.1 {
        return Ok(());
    }
    let message = format!("{} is {}, but {} is {}", part.0, part.1, whole.0, whole.1);
    let fault = ProcessError::bad_input("shot_zones_inconsistent", message).field(part.0);
    Err(fault.hint("correct the counts at their source, then send the event again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> ShotZonesEvent {
        ShotZonesEvent {
            game_id: "0022400410".into(),
            team: "LAL".into(),
            opponent: "DET".into(),
            paint_attempts: 9,
            paint_made: 7,
            mid_range_attempts: 4,
            mid_range_made: 1,
            three_attempts: 6,
            three_made: 6,
            assisted: Some(14),
            ..ShotZonesEvent::default()
        }
    }

    /// Why the event is refused with this change, and for which field.
    fn refused(change: fn(&mut ShotZonesEvent)) -> (String, Option<String>) {
        let mut event = event();
        change(&mut event);
        let fault = event.check().unwrap_err();
        (fault.reason, fault.field)
    }

    #[test]
    fn promise_7_shots_that_cannot_be_are_refused_by_name() {
        assert!(event().check().is_ok(), "all threes made, all assisted");
        let told = |reason: &str, field: &str| (reason.to_owned(), Some(field.to_owned()));
        let inconsistent = |field| told("shot_zones_inconsistent", field);
        let out_of_range = |field| told("count_out_of_range", field);
        assert_eq!(refused(|it| it.paint_made = 10), inconsistent("paint_made"));
        assert_eq!(
            refused(|it| it.assisted = Some(15)),
            inconsistent("assisted")
        );
        assert_eq!(
            refused(|it| it.assisted = Some(-1)),
            out_of_range("assisted")
        );
        assert_eq!(
            refused(|it| it.mid_range_made = -1),
            out_of_range("mid_range_made")
        );
        assert_eq!(
            refused(|it| it.three_attempts = 151),
            out_of_range("three_attempts")
        );
        let one_team = refused(|it| it.opponent.clone_from(&it.team));
        assert_eq!(one_team, told("same_team_twice", "team"));
        let short_id = refused(|it| it.game_id = "22400410".into());
        assert_eq!(short_id, told("game_id_malformed", "game_id"));
    }
}
