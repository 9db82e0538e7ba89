//! What a player's teams told him of his games, as far as other games ask for it.
//!
//! Of a past game only its tip-off and the opponent's defence are asked for again, and of all games
//! which are still to be worked out: a small entry spares reading their whole contexts.

use std::collections::BTreeMap;
use std::mem;

use serde::{Deserialize, Serialize};
use sideline_avro::context::PlayerContext;
use sideline_avro::time::Timestamp;

/// One team's word on one game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Word {
    pub(super) team: String,
    /// Present tip-off.
    pub(super) tip_off: Timestamp,
    /// False when he has left the team, or the game is off.
    pub(super) is_playing: bool,
    /// What the opponent had allowed per 100 possessions in the 15 games before it.
    pub(super) defence: Option<f64>,
}

impl Word {
    pub(super) fn of(context: &PlayerContext) -> Self {
        Self {
            team: context.team.clone(),
            tip_off: context.tip_off,
            is_playing: context.is_playing,
            defence: defence(context),
        }
    }
}

/// The defence of the opponent, as past games are compared by it.
pub(super) fn defence(context: &PlayerContext) -> Option<f64> {
    context.opponent_form.as_ref()?.def_rating_last_15
}

/// All words a player heard, by game.
///
/// # Invariant
/// One word per team, in the order of the teams.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Told(BTreeMap<String, Vec<Word>>);

impl Told {
    /// Keeps what a team said last of a game; hands back its word before.
    pub(super) fn keep(&mut self, game_id: &str, word: Word) -> Option<Word> {
        let words = self.0.entry(game_id.to_owned()).or_default();
        match words.binary_search_by(|known| known.team.cmp(&word.team)) {
            Ok(index) => Some(mem::replace(&mut words[index], word)),
            Err(index) => {
                words.insert(index, word);
                None
            }
        }
    }

    /// The defence he met in a game he played for this team.
    pub(super) fn defence(&self, game_id: &str, team: &str) -> Option<f64> {
        let word = self.0.get(game_id)?.iter().find(|word| word.team == team)?;
        word.defence
    }

    /// When a game began; none when no team of his told him. Of two words, that of the team he
    /// plays for counts, and none of a team for which he neither plays nor has played: whether such
    /// a word was ever said depends on what came first.
    pub(super) fn tip_off(&self, game_id: &str) -> Option<Timestamp> {
        let words = self.0.get(game_id)?.iter();
        let words = words.filter(|word| word.is_playing || word.defence.is_some());
        let newest = words.max_by_key(|word| (word.is_playing, word.tip_off))?;
        Some(newest.tip_off)
    }

    /// The games he plays that tip off after a moment, by game id.
    pub(super) fn games_after(&self, moment: Timestamp) -> impl Iterator<Item = &str> {
        let is_open = move |word: &Word| word.is_playing && word.tip_off > moment;
        let games = self.0.iter();
        games
            .filter(move |(_, words)| words.iter().any(is_open))
            .map(|(game_id, _)| game_id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(team: &str, tip_off: i64, is_playing: bool, defence: Option<f64>) -> Word {
        Word {
            team: team.into(),
            tip_off: Timestamp(tip_off),
            is_playing,
            defence,
        }
    }

    #[test]
    fn of_two_teams_words_that_of_the_one_he_plays_for_counts() {
        let mut told = Told::default();
        told.keep("0022400001", word("NYK", 900, false, None));
        told.keep("0022400001", word("BOS", 100, true, Some(112.0)));
        told.keep("0022400002", word("NYK", 300, true, Some(108.0)));
        assert_eq!(told.tip_off("0022400001"), Some(Timestamp(100)));
        assert_eq!(told.tip_off("0022400003"), None);
        let after = |moment| told.games_after(Timestamp(moment)).collect::<Vec<_>>();
        assert_eq!(after(99), ["0022400001", "0022400002"]);
        assert_eq!(after(100), ["0022400002"]);
        assert_eq!(told.defence("0022400002", "NYK"), Some(108.0));
        assert_eq!(told.defence("0022400002", "BOS"), None);
    }

    #[test]
    fn the_newest_word_stays_and_the_one_before_is_handed_back() {
        let mut told = Told::default();
        let first = word("BOS", 100, true, None);
        assert_eq!(told.keep("0022400001", first.clone()), None);
        let moved = word("BOS", 200, true, None);
        assert_eq!(told.keep("0022400001", moved), Some(first));
        assert_eq!(told.tip_off("0022400001"), Some(Timestamp(200)));
    }
}
