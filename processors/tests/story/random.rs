//! Stories nobody thought of: facts drawn from a seed, told in many orders.

use sideline_avro::events::{BoxScoreEvent, GameEvent, InjuryStatusEvent, LineEvent, RosterEvent};
use sideline_avro::time::Timestamp;
use sideline_avro::words::{GameStatus, InjuryStatus};

use crate::promises::check_order;
use crate::scenario::{AWAY, Dice, HOME, Scenario, at, box_score, game_id, player};

const PLAYERS: usize = 5;
const GAMES: u64 = 6;
/// News per story, besides the league itself.
const NEWS: usize = 24;
const SOURCES: [&str; 3] = ["league", "wire", "manual"];

/// One story of a league in which three games are over.
struct Story {
    dice: Dice,
    scenario: Scenario,
}

impl Story {
    fn new(seed: u64) -> Self {
        let scenario = Scenario::league(PLAYERS, 6, 3);
        Self {
            dice: Dice::new(seed),
            scenario,
        }
    }

    /// Facts in the order in which they became known.
    fn told(mut self) -> Scenario {
        for _ in 0..NEWS {
            match self.dice.below(10) {
                0..=2 => self.injury(),
                3..=5 => self.line(),
                6 => self.roster(),
                7 => self.game(),
                8 => self.correction(),
                _ => self.lineup(),
            }
        }
        self.scenario.facts.sort_by_key(|one| one.known_at);
        self.scenario
    }

    fn game_number(&mut self) -> i32 {
        1 + self.small(GAMES)
    }

    fn small(&mut self, bound: u64) -> i32 {
        i32::try_from(self.dice.below(bound)).unwrap()
    }

    /// Some time in the two days before some game; its microseconds tell it from all others.
    fn moment(&mut self) -> Timestamp {
        let game = self.game_number();
        let earlier = i64::try_from(self.dice.below(48 * 3_600)).unwrap();
        let micros = i64::try_from(self.dice.below(1_000_000)).unwrap();
        Timestamp(at(game, -earlier).0 + micros)
    }

    fn player(&mut self) -> String {
        let team = [HOME, AWAY][self.dice.below(2) as usize];
        player(team, 1 + self.dice.below(PLAYERS as u64) as usize)
    }

    fn source(&mut self) -> String {
        SOURCES[self.dice.below(3) as usize].to_owned()
    }

    fn injury(&mut self) {
        use InjuryStatus::{Available, Doubtful, Out, Questionable};
        let status = [Out, Out, Available, Questionable, Doubtful][self.dice.below(5) as usize];
        let (name, game, known_at) = (self.player(), self.game_number(), self.moment());
        let event = InjuryStatusEvent {
            game_id: (self.dice.below(2) == 0).then(|| game_id(game)),
            source: self.source(),
            known_at,
            ingested_at: known_at,
            ..Scenario::injury_event(&name, game, status)
        };
        self.scenario.add(&event);
    }

    fn line(&mut self) {
        let (name, game, known_at) = (self.player(), self.game_number(), self.moment());
        let value = 20.5 + f64::from(self.small(12));
        let line = (self.dice.below(6) > 0).then_some(value);
        let event = LineEvent {
            book: ["draftkings", "fanduel"][self.dice.below(2) as usize].to_owned(),
            known_at,
            ingested_at: known_at,
            ..Scenario::line_event(&name, game, line)
        };
        self.scenario.add(&event);
    }

    fn roster(&mut self) {
        let (name, known_at) = (self.player(), self.moment());
        let team = [Some(HOME), Some(AWAY), None][self.dice.below(3) as usize];
        let event = RosterEvent {
            player: name.clone(),
            player_name: name,
            team: team.map(str::to_owned),
            source: self.source(),
            known_at,
            ingested_at: known_at,
            ..RosterEvent::default()
        };
        self.scenario.add(&event);
    }

    /// Moves, postpones, calls off or confirms one of the games to come.
    fn game(&mut self) {
        let game = 4 + self.small(3);
        let known_at = self.moment();
        let status = match self.dice.below(4) {
            0 => GameStatus::Postponed,
            1 => GameStatus::Cancelled,
            _ => GameStatus::Scheduled,
        };
        let days = i64::from(self.small(5)) - 1;
        let event = GameEvent {
            tip_off: at(game, days * 86_400 + i64::from(self.small(7_200))),
            status,
            source: self.source(),
            known_at,
            ingested_at: known_at,
            ..Scenario::game_event(game)
        };
        self.scenario.add(&event);
    }

    fn correction(&mut self) {
        let game = 1 + self.small(3);
        let number = 1 + self.dice.below(PLAYERS as u64) as usize;
        let known_at = Timestamp(at(game, 12_000).0 + i64::from(self.small(100_000)) * 1_000_003);
        let row = box_score(game, HOME, number, known_at);
        let event = BoxScoreEvent {
            pts: row.pts + 2,
            fgm: row.fgm + 1,
            ..row
        };
        self.scenario.add(&event);
    }

    fn lineup(&mut self) {
        let (game, known_at) = (self.game_number(), self.moment());
        let team = [HOME, AWAY][self.dice.below(2) as usize];
        self.scenario.lineup(team, game, [5, 4, 3, 2, 1], known_at);
    }
}

#[test]
fn promise_5_whatever_happens_the_order_of_arrival_does_not_matter() {
    for seed in 0..8 {
        let story = Story::new(seed).told();
        check_order(&story.facts, seed * 10..seed * 10 + 3);
    }
}
