//! A player's injury status for a game, from everything his sources said before tip-off.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_avro::words::InjuryStatus;

use crate::fact_key::StatusScope;
use crate::truth::{History, Statement, outranks};

/// Games and dates of which statuses are kept per player: three seasons of daily news. Beyond it
/// the earliest are forgotten.
const SCOPES_MAX: usize = 512;
/// Statements kept per game or date.
const STATEMENTS_MAX: usize = 64;

/// What a source says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Status {
    pub(super) status: InjuryStatus,
    pub(super) reason: Option<String>,
}

/// Everything said of one player's status, per game or date.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StatusLog {
    scopes: Vec<(StatusScope, History<Status>)>,
}

impl StatusLog {
    /// Adds a statement.
    pub(super) fn insert(&mut self, scope: StatusScope, statement: Statement<Status>) {
        let found = self.scopes.binary_search_by(|(known, _)| known.cmp(&scope));
        let index = match found {
            Ok(index) => index,
            Err(index) => {
                self.scopes.insert(index, (scope, History::default()));
                index
            }
        };
        self.scopes[index].1.insert(statement, STATEMENTS_MAX);
        if self.scopes.len() > SCOPES_MAX {
            self.scopes.remove(0);
        }
    }

    /// The status for a game of a day, from what was known before its tip-off.
    ///
    /// A source's word for the game, and its word from the latest date on or before the game's,
    /// both stand; between all words that stand, a person's counts first, then the newest. A word
    /// from a date on is over once he has played: `last_played` is the tip-off of the last game he
    /// played in, and what was said before it says nothing of the next. (Sources often tell that a
    /// player is out and never that he is back.)
    pub(super) fn for_game(
        &self,
        (game_id, day): (&str, LeagueDay),
        tip_off: Timestamp,
        last_played: Option<Timestamp>,
    ) -> Option<&Status> {
        let mut best: Option<&Statement<Status>> = None;
        for source in self.sources(tip_off) {
            let since = self.since(source, day, tip_off);
            let standing = since.filter(|word| last_played.is_none_or(|game| word.known_at > game));
            let words = [self.for_this(source, game_id, tip_off), standing];
            for word in words.into_iter().flatten() {
                if best.is_none_or(|found| outranks(word, found)) {
                    best = Some(word);
                }
            }
        }
        best.and_then(Statement::value)
    }

    fn sources(&self, before: Timestamp) -> BTreeSet<&str> {
        let histories = self.scopes.iter().map(|(_, history)| history);
        let statements = histories.flat_map(|history| history.known_before(before));
        statements
            .map(|statement| statement.source.as_str())
            .collect()
    }

    fn for_this(&self, source: &str, id: &str, before: Timestamp) -> Option<&Statement<Status>> {
        let is_it = |scope: &StatusScope| matches!(scope, StatusScope::Game(game) if game == id);
        let (_, history) = self.scopes.iter().find(|(scope, _)| is_it(scope))?;
        history.of_source(source, before)
    }

    /// The source's word from the latest date on or before `day`: it holds until that source's
    /// next.
    fn since(&self, source: &str, day: LeagueDay, before: Timestamp) -> Option<&Statement<Status>> {
        let mut latest = None;
        for (scope, history) in &self.scopes {
            let StatusScope::From(first_day) = scope else {
                continue;
            };
            if *first_day > day {
                continue;
            }
            // Scopes are sorted, so a later date replaces an earlier one.
            latest = history.of_source(source, before).or(latest);
        }
        latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Said;

    const GAME: &str = "0022400410";
    const TIP_OFF: Timestamp = Timestamp(1_000);
    const DAY: LeagueDay = LeagueDay(100);

    fn from(day: i32) -> StatusScope {
        StatusScope::From(LeagueDay(day))
    }

    fn game(id: &str) -> StatusScope {
        StatusScope::Game(id.into())
    }

    fn log(words: &[(StatusScope, &str, i64, InjuryStatus)]) -> StatusLog {
        let mut log = StatusLog::default();
        for (scope, source, known_at, status) in words {
            let said = Said::Stated(Status {
                status: *status,
                reason: None,
            });
            let known_at = Timestamp(*known_at);
            let source = (*source).to_owned();
            log.insert(
                scope.clone(),
                Statement {
                    source,
                    known_at,
                    offset: 0,
                    said,
                },
            );
        }
        log
    }

    fn status(log: &StatusLog) -> Option<InjuryStatus> {
        log.for_game((GAME, DAY), TIP_OFF, None)
            .map(|status| status.status)
    }

    #[test]
    fn a_status_without_a_game_holds_until_the_sources_next() {
        use InjuryStatus::{Available, Out};
        assert_eq!(status(&log(&[(from(90), "a", 10, Out)])), Some(Out));
        let cleared = [(from(90), "a", 10, Out), (from(95), "a", 50, Available)];
        assert_eq!(status(&log(&cleared)), Some(Available));
        let later = [(from(90), "a", 10, Out), (from(101), "a", 50, Available)];
        assert_eq!(
            status(&log(&later)),
            Some(Out),
            "the next begins after the game"
        );
    }

    #[test]
    fn promise_8_what_was_said_after_tip_off_does_not_count() {
        use InjuryStatus::{Out, Questionable};
        let words = [
            (game(GAME), "a", 10, Questionable),
            (game(GAME), "a", 1_000, Out),
        ];
        assert_eq!(status(&log(&words)), Some(Questionable));
    }

    #[test]
    fn a_status_for_another_game_says_nothing() {
        let words = [(game("0022400411"), "a", 10, InjuryStatus::Out)];
        assert_eq!(status(&log(&words)), None);
    }

    #[test]
    fn the_newest_word_wins_between_feeds_and_a_persons_over_all() {
        use InjuryStatus::{Available, Doubtful, Out};
        let feeds = [(from(99), "a", 10, Out), (game(GAME), "b", 20, Available)];
        assert_eq!(status(&log(&feeds)), Some(Available));
        let person = [
            (from(99), "manual", 10, Doubtful),
            (game(GAME), "b", 20, Available),
        ];
        assert_eq!(status(&log(&person)), Some(Doubtful));
    }

    #[test]
    fn a_status_from_a_date_on_is_over_once_he_has_played() {
        use InjuryStatus::{Out, Questionable};
        let words = [(from(90), "a", 10, Out), (game(GAME), "b", 5, Questionable)];
        let log = log(&words);
        let after_game_at = |tip_off: i64| {
            let status = log.for_game((GAME, DAY), TIP_OFF, Some(Timestamp(tip_off)));
            status.map(|status| status.status)
        };
        assert_eq!(after_game_at(9), Some(Out), "said after that game began");
        assert_eq!(
            after_game_at(50),
            Some(Questionable),
            "the word for this game stands"
        );
    }
}
