//! From rows to facts in the order in which the world knew them.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::error::SeasonError;
use crate::fact::{
    Alias, Fact, GameResult, GameSchedule, LineupSnapshot, PlayerIdentity, RosterStint, TimedFact,
};
use crate::league_rows::PlayerRow;
use crate::market_rows::LineupRow;
use crate::season::Season;
use crate::time_rules::{
    box_score_known_at_us, inactive_list_known_at_us, injury_move_known_at_us,
    registration_known_at_us, season_start_us, stint_known_at_us,
};

impl Season {
    /// Every fact of the season, in the order in which the world knew them: by moment, then by the
    /// order of [`Fact`]'s variants, then by game, player, prop and book. Moves of one player on
    /// the injury list of one day keep the order of the file.
    ///
    /// # Errors
    /// [`SeasonError::NoGames`] when there is no opening day, [`SeasonError::UnknownGame`] when a
    /// row of a season made in memory names a game that is not there. A season that was read has
    /// neither.
    pub fn facts(&self) -> Result<Vec<TimedFact<'_>>, SeasonError> {
        let opening_day = self.opening_day().ok_or(SeasonError::NoGames)?;
        let start_us = season_start_us(opening_day);
        let mut facts = Vec::with_capacity(self.row_count());
        self.push_games(&mut facts)?;
        self.push_market(&mut facts);
        self.push_registrations(start_us, &mut facts);
        self.push_start(start_us, &mut facts);
        facts.sort_by(|a, b| {
            (a.known_at_us, order_key(&a.fact)).cmp(&(b.known_at_us, order_key(&b.fact)))
        });
        Ok(facts)
    }

    /// The facts known at `moment` or before, in the order of [`Season::facts`].
    ///
    /// # Errors
    /// As [`Season::facts`].
    pub fn facts_until(&self, moment: Timestamp) -> Result<Vec<TimedFact<'_>>, SeasonError> {
        let mut facts = self.facts()?;
        let known = facts.partition_point(|fact| fact.known_at_us <= moment.as_microsecond());
        facts.truncate(known);
        Ok(facts)
    }

    fn push_start<'season>(&'season self, start_us: i64, facts: &mut Vec<TimedFact<'season>>) {
        let mut push = |fact| {
            facts.push(TimedFact {
                known_at_us: start_us,
                fact,
            });
        };
        for row in &self.teams {
            push(Fact::Team(row));
        }
        for row in &self.games {
            push(Fact::GameScheduled(row.into()));
        }
    }

    /// Registers every player at the season's start, and before the first of `facts` that is about
    /// him when that is earlier: news of the summer names players too.
    fn push_registrations<'season>(
        &'season self,
        start_us: i64,
        facts: &mut Vec<TimedFact<'season>>,
    ) {
        let mut first_named: HashMap<&str, i64> = HashMap::new();
        for timed in facts.iter().filter(|timed| timed.known_at_us <= start_us) {
            for slug in slugs(&timed.fact) {
                let first = first_named.entry(slug).or_insert(timed.known_at_us);
                *first = timed.known_at_us.min(*first);
            }
        }
        for row in &self.players {
            let first_named_us = first_named.get(row.slug.as_str()).copied();
            let known_at_us = registration_known_at_us(start_us, first_named_us);
            facts.push(TimedFact {
                known_at_us,
                fact: Fact::PlayerRegistered(row.into()),
            });
            self.push_aliases(row, known_at_us, facts);
        }
    }

    /// The other names of a player: with his registration, and again with each stint, because an
    /// alias says where news under it goes.
    fn push_aliases<'season>(
        &'season self,
        player: &'season PlayerRow,
        registered_us: i64,
        facts: &mut Vec<TimedFact<'season>>,
    ) {
        let his = self.aliases.iter().filter(|row| row.slug == player.slug);
        for row in his {
            let mut push = |known_at_us, team| {
                let fact = Fact::Alias(Alias {
                    variant: &row.variant,
                    slug: &row.slug,
                    team,
                });
                facts.push(TimedFact { known_at_us, fact });
            };
            push(registered_us, None);
            for stint in &player.stints {
                push(
                    stint_known_at_us(stint.first_date),
                    Some(stint.team.as_str()),
                );
            }
        }
    }

    fn push_games<'season>(
        &'season self,
        facts: &mut Vec<TimedFact<'season>>,
    ) -> Result<(), SeasonError> {
        let tip_offs: HashMap<&str, Timestamp> = self
            .games
            .iter()
            .map(|row| (row.game_id.as_str(), row.tip_off_utc))
            .collect();
        let tip_off = |table, key: &str, game_id: &str| {
            tip_offs
                .get(game_id)
                .copied()
                .ok_or_else(|| SeasonError::UnknownGame {
                    table,
                    key: key.to_owned(),
                    game_id: game_id.to_owned(),
                })
        };
        for row in &self.absences {
            let start = tip_off("absences", &row.slug, &row.game_id)?;
            let known_at_us = inactive_list_known_at_us(start);
            facts.push(TimedFact {
                known_at_us,
                fact: Fact::Absence(row),
            });
        }
        for row in &self.box_scores {
            let start = tip_off("box_scores", &row.slug, &row.game_id)?;
            let known_at_us = box_score_known_at_us(start);
            facts.push(TimedFact {
                known_at_us,
                fact: Fact::BoxScore(row),
            });
        }
        for row in &self.games {
            if let (Some(home_points), Some(away_points)) = (row.home_points, row.away_points) {
                let known_at_us = box_score_known_at_us(row.tip_off_utc);
                let result = GameResult {
                    game: row.into(),
                    home_points,
                    away_points,
                };
                facts.push(TimedFact {
                    known_at_us,
                    fact: Fact::GameFinal(result),
                });
            }
        }
        Ok(())
    }

    fn push_market<'season>(&'season self, facts: &mut Vec<TimedFact<'season>>) {
        let mut push = |known_at_us, fact| facts.push(TimedFact { known_at_us, fact });
        for row in &self.players {
            for stint in &row.stints {
                let fact = RosterStint {
                    player: PlayerIdentity::from(row),
                    team: &stint.team,
                    first_date: stint.first_date,
                };
                push(stint_known_at_us(stint.first_date), Fact::RosterStint(fact));
            }
        }
        for row in &self.injuries {
            push(
                injury_move_known_at_us(row.reported_date),
                Fact::InjuryMove(row),
            );
        }
        for row in &self.game_lines {
            push(row.as_of_utc.as_microsecond(), Fact::GameLine(row));
        }
        for row in &self.lines {
            push(row.as_of_utc.as_microsecond(), Fact::Line(row));
        }
        for (known_at_us, snapshot) in lineup_snapshots(&self.lineups) {
            push(known_at_us, Fact::Lineup(snapshot));
        }
    }
}

/// One snapshot per game, team, moment and state, from its rows wherever they stand in the file.
fn lineup_snapshots(rows: &[LineupRow]) -> Vec<(i64, LineupSnapshot<'_>)> {
    let group = |row: &LineupRow| (row.known_at_utc, row.is_confirmed);
    let place = |row: &&LineupRow| (row.known_at_utc, row.is_confirmed, row.lineup_position);
    let mut sorted: Vec<&LineupRow> = rows.iter().collect();
    sorted.sort_by(|a, b| (&a.game_id, &a.team, place(a)).cmp(&(&b.game_id, &b.team, place(b))));
    let is_same = |a: &&LineupRow, b: &&LineupRow| {
        a.game_id == b.game_id && a.team == b.team && group(a) == group(b)
    };
    let mut snapshots = Vec::new();
    for five in sorted.chunk_by(is_same) {
        let Some(first) = five.first() else {
            continue;
        };
        let snapshot = LineupSnapshot {
            game_id: &first.game_id,
            team: &first.team,
            is_confirmed: first.is_confirmed,
            starters: five.iter().map(|row| row.slug.as_str()).collect(),
        };
        snapshots.push((first.known_at_utc.as_microsecond(), snapshot));
    }
    snapshots
}

/// The players a fact is about.
fn slugs<'season>(fact: &Fact<'season>) -> Vec<&'season str> {
    match fact {
        Fact::Team(_) | Fact::GameScheduled(_) | Fact::GameLine(_) | Fact::GameFinal(_) => {
            Vec::new()
        }
        Fact::PlayerRegistered(player) => vec![player.slug],
        Fact::RosterStint(stint) => vec![stint.player.slug],
        Fact::Alias(alias) => vec![alias.slug],
        Fact::InjuryMove(row) => vec![&row.slug],
        Fact::Absence(row) => vec![&row.slug],
        Fact::Line(row) => vec![&row.slug],
        Fact::BoxScore(row) => vec![&row.slug],
        Fact::Lineup(lineup) => lineup.starters.clone(),
    }
}

/// Rank of the kind, then what tells facts of one kind and moment apart.
fn order_key<'fact>(fact: &Fact<'fact>) -> (u8, [&'fact str; 4]) {
    match fact {
        Fact::Team(row) => (0, [&row.team, "", "", ""]),
        Fact::PlayerRegistered(player) => (1, [player.slug, "", "", ""]),
        Fact::RosterStint(stint) => (2, [stint.player.slug, stint.team, "", ""]),
        Fact::Alias(alias) => (3, [alias.variant, alias.slug, "", ""]),
        Fact::GameScheduled(GameSchedule { game_id, .. }) => (4, [game_id, "", "", ""]),
        Fact::InjuryMove(row) => (5, [&row.slug, "", "", ""]),
        Fact::Absence(row) => (6, [&row.game_id, &row.slug, "", ""]),
        Fact::Lineup(lineup) => (7, [lineup.game_id, lineup.team, "", ""]),
        Fact::GameLine(row) => (8, [&row.game_id, &row.book, "", ""]),
        Fact::Line(row) => (9, [&row.game_id, &row.slug, row.prop.as_str(), &row.book]),
        Fact::BoxScore(row) => (10, [&row.game_id, &row.slug, "", ""]),
        Fact::GameFinal(result) => (11, [result.game.game_id, "", "", ""]),
    }
}
