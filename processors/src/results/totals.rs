//! The sums of a game's box score lines, from each moment on at which they changed.

use std::collections::BTreeSet;

use sideline_avro::facts::{GameTotals, SideTotals};
use sideline_avro::time::Timestamp;

use super::Rows;
use crate::team_form::add_line;
use crate::truth::History;

/// Both sides' sums as `team` sees them, oldest first. Each is added up from the lines anew, in the
/// order of the players' names, so the order of arrival cannot show in the last digit.
pub(super) fn totals(team: &str, rows: &Rows) -> Vec<GameTotals> {
    let statements = rows.values().flat_map(History::statements);
    let moments: BTreeSet<Timestamp> = statements.map(|one| one.known_at).collect();
    let mut timeline: Vec<GameTotals> = Vec::new();
    for known_at in moments {
        let (own, opponent) = sums_at(team, rows, known_at);
        let is_news = timeline
            .last()
            .is_none_or(|last| (&last.own, &last.opponent) != (&own, &opponent));
        if is_news {
            timeline.push(GameTotals {
                known_at,
                own,
                opponent,
            });
        }
    }
    timeline
}

fn sums_at(team: &str, rows: &Rows, known_at: Timestamp) -> (SideTotals, SideTotals) {
    let after = Timestamp(known_at.0.saturating_add(1));
    let (mut own, mut opponent) = (SideTotals::default(), SideTotals::default());
    for row in rows.values() {
        let Some(played) = row.value_as_of(after) else {
            continue;
        };
        if played.did_not_play {
            continue;
        }
        let side = if played.team == team {
            &mut own
        } else {
            &mut opponent
        };
        add_line(side, played);
    }
    (own, opponent)
}

#[cfg(test)]
mod tests {
    use sideline_avro::facts::Played;

    use super::*;
    use crate::truth::{History, Said, Statement};

    fn row(team: &str, words: &[(i64, i32)]) -> History<Played> {
        let mut history = History::default();
        for (known_at, pts) in words {
            let said = Said::Stated(Played {
                team: team.into(),
                minutes: 20.0,
                pts: *pts,
                fga: 10,
                fta: 5,
                oreb: 2,
                tov: 1,
                ..Played::default()
            });
            let statement = Statement {
                source: "feed".into(),
                known_at: Timestamp(*known_at),
                offset: 0,
                said,
            };
            history.insert(statement, 8);
        }
        history
    }

    #[test]
    fn sums_are_kept_per_moment_so_that_a_later_correction_is_not_seen_before_it_was_known() {
        let rows = Rows::from([
            ("a".to_owned(), row("BOS", &[(10, 12), (50, 14)])),
            ("b".to_owned(), row("NYK", &[(10, 9)])),
        ]);
        let timeline = totals("BOS", &rows);
        // 10 FGA + 0.44 x 5 + 1 TOV - 2 OREB = 11.2 possessions.
        let own = |points| SideTotals {
            minutes: 20.0,
            points,
            possessions: 11.2,
        };
        let sums: Vec<_> = timeline
            .iter()
            .map(|one| (one.known_at.0, one.own.clone(), one.opponent.points))
            .collect();
        assert_eq!(sums, [(10, own(12), 9), (50, own(14), 9)]);
        assert_eq!(totals("NYK", &rows)[1].opponent, own(14));
        assert!(totals("BOS", &Rows::new()).is_empty());
    }
}
