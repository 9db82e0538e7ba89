//! Shots by zone that a team's opponent took in a game, from each moment on at which they changed.
//!
//! A feed tells of one player at a time. The game counts once its zones hold nearly all shots of the
//! opponent's box score: so a night's zones are one change to those who play the team next, not one
//! per shooter, and a star's shots alone never speak for a defence.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::facts::ShotZones;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, ProcessError};

use super::keeping::{Kept, Reach, STATEMENTS_MAX};
use super::{Results, Rows, Telling};
use crate::fixtures::Slot;
use crate::truth::{History, said_of, statement_of};
use crate::zones::ZoneSums;

/// What each opponent shot in one game.
pub(super) type Shooters = BTreeMap<String, History<ShotZones>>;

/// From so many tenths of the box score's shots on a game counts. The two are counted by different
/// people, so all of them would be too many.
const COVERED_TENTHS: i32 = 9;

impl Results {
    pub(super) fn keep_zones(
        &self,
        telling: &Telling<'_>,
        (game_id, player): (String, String),
        ctx: &mut Context<'_>,
    ) -> Result<Kept, ProcessError> {
        let (fact, team) = (telling.fact, &telling.fact.team);
        let key = format!("{team}/{game_id}");
        let mut shooters = self.shooters(&key, ctx)?;
        let said = said_of(fact.is_retracted, fact.shot_zones.clone());
        let shooter = shooters.entry(player).or_default();
        shooter.insert(statement_of(fact, said), STATEMENTS_MAX);
        ctx.put(&self.shooters, &key, &shooters)?;
        let mut calendar = ctx.get(&self.calendars, team)?.unwrap_or_default();
        let slot = calendar.slot(&game_id).cloned();
        let ended = slot.filter(|slot| slot.final_at.is_some());
        let reach = ended.as_ref().map(|_| Reach {
            since: fact.known_at,
            own_game: game_id,
            newest: fact.known_at,
        });
        if let Some(slot) = ended {
            let rows = ctx.get(&self.rows, &key)?.unwrap_or_default();
            let zones = zones(team, &rows, &shooters);
            if slot.zones != zones {
                calendar.set(Slot { zones, ..slot });
                ctx.put(&self.calendars, team, &calendar)?;
            }
        }
        // The team itself needs no word of it: its opponents hear what it allows.
        Ok(Kept {
            is_told_on: false,
            reach,
        })
    }

    /// Who shot from where against a team in a game, by the key of both.
    pub(super) fn shooters(&self, key: &str, ctx: &Context<'_>) -> Result<Shooters, ProcessError> {
        Ok(ctx.get(&self.shooters, key)?.unwrap_or_default())
    }
}

/// What `team` allowed, oldest first; none while too few shots are known.
pub(super) fn zones(
    team: &str,
    rows: &Rows,
    shooters: &Shooters,
) -> Vec<(Timestamp, Option<ZoneSums>)> {
    let mut timeline: Vec<(Timestamp, Option<ZoneSums>)> = Vec::new();
    if shooters.is_empty() {
        return timeline;
    }
    let of_rows = rows.values().flat_map(History::statements);
    let of_shooters = shooters.values().flat_map(History::statements);
    let moments: BTreeSet<Timestamp> = of_rows
        .map(|one| one.known_at)
        .chain(of_shooters.map(|one| one.known_at))
        .collect();
    for known_at in moments {
        let sums = sums_at(team, rows, shooters, known_at);
        let last = timeline.last().and_then(|(_, sums)| *sums);
        if sums != last {
            timeline.push((known_at, sums));
        }
    }
    timeline
}

fn sums_at(team: &str, rows: &Rows, shooters: &Shooters, known_at: Timestamp) -> Option<ZoneSums> {
    let after = Timestamp(known_at.0.saturating_add(1));
    let played = rows.values().filter_map(|row| row.value_as_of(after));
    let opponents = played.filter(|played| played.team != team);
    let shots: i32 = opponents.map(|played| played.fga).sum();
    let mut sums = ZoneSums::default();
    for row in shooters.values().filter_map(|row| row.value_as_of(after)) {
        if row.opponent == team {
            sums.add(row);
        }
    }
    let is_covered = shots > 0 && 10 * sums.attempts() >= COVERED_TENTHS * shots;
    is_covered.then_some(sums)
}

#[cfg(test)]
mod tests {
    use sideline_avro::facts::Played;

    use super::*;
    use crate::truth::{Said, Statement};

    fn history<T: serde::Serialize + PartialEq>(words: Vec<(i64, T)>) -> History<T> {
        let mut history = History::default();
        for (known_at, value) in words {
            let statement = Statement {
                source: "feed".into(),
                known_at: Timestamp(known_at),
                offset: 0,
                said: Said::Stated(value),
            };
            history.insert(statement, 8);
        }
        history
    }

    fn row(team: &str, fga: i32) -> History<Played> {
        let played = Played {
            team: team.into(),
            fga,
            ..Played::default()
        };
        history(vec![(10, played)])
    }

    fn from_paint(attempts: i32) -> ShotZones {
        ShotZones {
            opponent: "BOS".into(),
            paint_attempts: attempts,
            ..ShotZones::default()
        }
    }

    #[test]
    fn a_game_counts_from_the_moment_on_at_which_nine_tenths_of_the_shots_are_known() {
        // New York took 20 shots, of which 17, then 18, and in the end 20 are known by zone.
        let rows = Rows::from([
            ("a".to_owned(), row("NYK", 12)),
            ("b".to_owned(), row("NYK", 8)),
            ("c".to_owned(), row("BOS", 30)),
        ]);
        let shooters = Shooters::from([
            ("a".to_owned(), history(vec![(20, from_paint(12))])),
            (
                "b".to_owned(),
                history(vec![
                    (30, from_paint(5)),
                    (40, from_paint(6)),
                    (50, from_paint(8)),
                ]),
            ),
        ]);
        let known: Vec<(i64, Option<i32>)> = zones("BOS", &rows, &shooters)
            .iter()
            .map(|(known_at, sums)| (known_at.0, sums.map(|sums| sums.attempts())))
            .collect();
        assert_eq!(known, [(40, Some(18)), (50, Some(20))]);
    }

    #[test]
    fn without_zones_or_without_lines_nothing_counts() {
        let rows = Rows::from([("a".to_owned(), row("NYK", 12))]);
        assert!(zones("BOS", &rows, &Shooters::new()).is_empty());
        let shooters = Shooters::from([("a".to_owned(), history(vec![(20, from_paint(12))]))]);
        assert!(zones("BOS", &Rows::new(), &shooters).is_empty());
        // He shot against another team than the one that asks.
        assert!(zones("MIA", &rows, &shooters).is_empty());
    }
}
