//! Who referees a game: its identity, and what a crew may be.

use std::collections::BTreeSet;

use sideline_avro::cause::ChangeType;
use sideline_avro::events::RefereesEvent;
use sideline_avro::facts::Referees;
use sideline_runtime_core::{BadInput, ProcessError};

use super::{RawEvent, Stamp};
use crate::fact_key::FactKey;
use crate::names::player_lookup;
use crate::raw::checks;
use crate::raw::claim::Body;

/// Three on the floor, and one who stands by.
const CREW_MAX: usize = 4;

impl RawEvent for RefereesEvent {
    const CHANGE: ChangeType = ChangeType::Schedule;
    common_fields!();

    fn named_player(&self) -> Option<&str> {
        None
    }

    fn fact(&self, _: String) -> FactKey {
        FactKey::Referees {
            game_id: self.game_id.clone(),
        }
    }

    fn check(&self) -> Result<(), BadInput> {
        checks::game_id(&self.game_id)?;
        checks::team(&self.home)?;
        check_crew(&self.referees)
    }

    fn partition_team(&self) -> Option<&str> {
        Some(&self.home)
    }

    /// The visitors are known from the game itself.
    fn teams(&self) -> Vec<String> {
        vec![self.home.clone()]
    }

    fn body(&self, _: String) -> Body {
        Body::Referees(Referees {
            game_id: self.game_id.clone(),
            names: self.referees.clone(),
        })
    }
}

/// Somebody referees the game, and nobody twice. Referees are not registered, so spelling alone
/// tells them apart.
fn check_crew(names: &[String]) -> Result<(), BadInput> {
    let distinct: BTreeSet<String> = names.iter().map(|name| player_lookup(name)).collect();
    let is_crew = (1..=CREW_MAX).contains(&names.len());
    if is_crew && distinct.len() == names.len() && !distinct.contains("") {
        return Ok(());
    }
    let message = format!(
        "{} referees are named, {} of them distinct, allowed are 1 to {CREW_MAX}",
        names.len(),
        distinct.len()
    );
    let fault = ProcessError::bad_input("referees_no_crew", message).field("referees");
    Err(fault.hint("name the referees of the game, each once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promise_7_a_crew_is_one_to_four_people() {
        let crew = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            check_crew(&names).map_err(|fault| fault.reason)
        };
        let refused = Err("referees_no_crew".to_owned());
        assert_eq!(
            crew(&["Ada Whistle", "Bea Fairley", "Cal Middleton"]),
            Ok(())
        );
        assert_eq!(crew(&[]), refused);
        assert_eq!(crew(&["Ada Whistle", "ada whistle"]), refused);
        assert_eq!(crew(&["Ada Whistle", " "]), refused);
        assert_eq!(crew(&["a", "b", "c", "d", "e"]), refused);
    }
}
