//! Who plays whom, when and where.

use jiff::civil::{Date, Weekday};
use jiff::{Span, Timestamp};
use sideline_season::eastern_us;

use crate::chance::Chance;
use crate::league::League;
use crate::settings::LeagueSettings;

/// Chance that a team plays so many days after its last game (1, 2, 3, more). With the rule against
/// three days in a row it gives a real season's gaps: 18.5 % of them are one day, 63 % two, 13 %
/// three.
const PLAY_CHANCE: [f64; 4] = [0.235, 0.78, 0.72, 0.7];

/// Days after the asked weeks on which the extra slate may fall. It needs half the teams; where
/// fewer rested on the last day, all have on the day after, so two tries always suffice.
const EXTRA_DAYS: i32 = 2;

/// Starts of games, as hour and minute of the US Eastern day. None is before 18:00, so that news
/// dated by the day, which counts from 15:00, always comes before the game.
const EASTERN_STARTS: [(i64, i64); 8] = [
    (19, 10),
    (19, 10),
    (19, 10),
    (19, 40),
    (19, 40),
    (20, 10),
    (18, 10),
    (20, 40),
];
const WESTERN_STARTS: [(i64, i64); 5] = [(20, 10), (21, 10), (22, 10), (22, 10), (22, 40)];

/// A game of the calendar.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) game_id: String,
    pub(crate) date: Date,
    pub(crate) tip_off: Timestamp,
    pub(crate) sides: [Side; 2],
}

/// One team's side of a game; the home side stands first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    pub(crate) team: usize,
    pub(crate) is_home: bool,
    /// Days since its last game; none before the first.
    pub(crate) gap_days: Option<i32>,
}

impl Side {
    /// Whether the team also played the day before.
    pub(crate) fn is_back_to_back(self) -> bool {
        self.gap_days == Some(1)
    }
}

impl Fixture {
    pub(crate) fn tip_off_us(&self) -> i64 {
        self.tip_off.as_microsecond()
    }
}

/// What the calendar remembers of each team.
struct Planner {
    last_day: Vec<Option<i32>>,
    /// Day of the game before its last.
    played_before: Vec<Option<i32>>,
    home_games: Vec<u32>,
    meetings: Vec<Vec<u32>>,
}

/// The calendar of a league, in order of tip-off.
pub(crate) fn plan(
    chance: &mut Chance,
    league: &League,
    settings: &LeagueSettings,
) -> Vec<Fixture> {
    let count = league.teams.len();
    let mut planner = Planner {
        last_day: vec![None; count],
        played_before: vec![None; count],
        home_games: vec![0; count],
        meetings: vec![vec![0; count]; count],
    };
    let days = settings.weeks as i32 * 7;
    let mut fixtures = Vec::new();
    for day in 0..days + EXTRA_DAYS {
        let date = settings.start_date.saturating_add(Span::new().days(day));
        let playing = if day < days {
            planner.draw_teams(chance, day, date.weekday())
        } else {
            planner.rested_teams(chance, day)
        };
        for (home, away) in planner.pair(chance, playing) {
            fixtures.push(planner.fix(chance, league, (day, date), [home, away]));
        }
        if day >= days && fixtures.last().is_some_and(|fixture| fixture.date == date) {
            break;
        }
    }
    number(&mut fixtures);
    fixtures
}

impl Planner {
    fn gap(&self, team: usize, day: i32) -> Option<i32> {
        self.last_day[team].map(|last| day - last)
    }

    fn draw_teams(&self, chance: &mut Chance, day: i32, weekday: Weekday) -> Vec<usize> {
        let busy = match weekday {
            Weekday::Thursday => 0.8,
            Weekday::Wednesday | Weekday::Friday => 1.1,
            _ => 1.0,
        };
        let count = self.last_day.len();
        let mut playing: Vec<usize> = (0..count)
            .filter(|team| chance.happens(self.play_chance(*team, day) * busy))
            .collect();
        // Whoever rested longest comes next when the slate is odd or too small.
        let mut waiting: Vec<usize> = (0..count)
            .filter(|team| !playing.contains(team) && self.gap(*team, day).unwrap_or(99) >= 2)
            .collect();
        waiting.sort_by_key(|team| self.gap(*team, day).unwrap_or(99));
        while playing.len() % 2 == 1 || playing.len() < count * 2 / 5 {
            match waiting.pop() {
                Some(team) => playing.push(team),
                None => break,
            }
        }
        // Too large a slate would leave too few rested teams for the next day's.
        chance.shuffle(&mut playing);
        playing.truncate(count.div_ceil(8) * 6);
        playing
    }

    fn play_chance(&self, team: usize, day: i32) -> f64 {
        match self.gap(team, day) {
            None => 0.5,
            Some(1) if self.played_before[team] == Some(day - 2) => 0.0,
            Some(gap) => PLAY_CHANCE[(gap - 1).clamp(0, 3) as usize],
        }
    }

    /// The evening to look at: all who did not play the day before.
    fn rested_teams(&self, chance: &mut Chance, day: i32) -> Vec<usize> {
        let mut teams: Vec<usize> = (0..self.last_day.len())
            .filter(|team| self.gap(*team, day).unwrap_or(99) >= 2)
            .collect();
        if teams.len() * 2 < self.last_day.len() {
            teams.clear();
        }
        chance.shuffle(&mut teams);
        teams
    }

    /// Pairs of home and away team; an odd one out does not play.
    fn pair(&self, chance: &mut Chance, mut playing: Vec<usize>) -> Vec<(usize, usize)> {
        chance.shuffle(&mut playing);
        let mut pairs = Vec::new();
        while let Some(first) = playing.pop() {
            let met = |team: &usize| self.meetings[first][*team];
            let Some(place) = (0..playing.len()).min_by_key(|place| met(&playing[*place])) else {
                break;
            };
            let second = playing.swap_remove(place);
            if self.home_games[first] <= self.home_games[second] {
                pairs.push((first, second));
            } else {
                pairs.push((second, first));
            }
        }
        pairs
    }

    fn fix(
        &mut self,
        chance: &mut Chance,
        league: &League,
        (day, date): (i32, Date),
        [home, away]: [usize; 2],
    ) -> Fixture {
        let side = |team| Side {
            team,
            is_home: team == home,
            gap_days: self.gap(team, day),
        };
        let sides = [side(home), side(away)];
        for team in [home, away] {
            self.played_before[team] = self.last_day[team];
            self.last_day[team] = Some(day);
        }
        self.home_games[home] += 1;
        self.meetings[home][away] += 1;
        self.meetings[away][home] += 1;
        let starts: &[(i64, i64)] = if league.teams[home].is_western {
            &WESTERN_STARTS
        } else {
            &EASTERN_STARTS
        };
        let (hour, minute) = starts[chance.below(starts.len())];
        let tip_off = moment(eastern_us(date, hour, minute));
        Fixture {
            game_id: String::new(),
            date,
            tip_off,
            sides,
        }
    }
}

/// The moment of so many microseconds. Years are checked in the settings, so that none is out of
/// range.
pub(crate) fn moment(at_us: i64) -> Timestamp {
    Timestamp::from_microsecond(at_us).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Game ids in order of tip-off, in a range that no real league uses.
fn number(fixtures: &mut [Fixture]) {
    fixtures.sort_by_key(|fixture| (fixture.tip_off, fixture.sides[0].team));
    for (index, fixture) in fixtures.iter_mut().enumerate() {
        fixture.game_id = format!("9926{:06}", index + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;

    fn calendar(teams: u32, weeks: u32) -> Vec<Fixture> {
        let settings = LeagueSettings {
            teams,
            weeks,
            ..LeagueSettings::default()
        };
        let league = League::invent(&mut Chance::new(1, Stream::League), teams as usize);
        plan(&mut Chance::new(1, Stream::Calendar), &league, &settings)
    }

    #[test]
    fn no_team_plays_twice_a_day_or_three_days_in_a_row() {
        for teams in [2, 5, 30, 60] {
            let fixtures = calendar(teams, 6);
            for team in 0..teams as usize {
                let days: Vec<Date> = fixtures
                    .iter()
                    .filter(|fixture| fixture.sides.iter().any(|side| side.team == team))
                    .map(|fixture| fixture.date)
                    .collect();
                assert!(
                    days.len() >= 12,
                    "{} games of team {team} of {teams}",
                    days.len()
                );
                for three in days.windows(3) {
                    assert!(three[0] < three[1] && three[1] < three[2]);
                    assert!(
                        three[0].duration_until(three[2]).as_hours() > 48,
                        "{three:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn one_more_evening_follows_the_weeks() {
        for teams in [2, 3, 4, 30] {
            let fixtures = calendar(teams, 2);
            let start = LeagueSettings::default().start_date;
            let after =
                |fixture: &&Fixture| start.duration_until(fixture.date).as_hours() >= 14 * 24;
            let extra: Vec<&Fixture> = fixtures.iter().filter(after).collect();
            assert!(!extra.is_empty(), "{teams} teams");
            assert!(extra.iter().all(|fixture| fixture.date == extra[0].date));
        }
    }
}
