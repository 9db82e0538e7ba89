//! Stories nobody thought of: facts drawn from a seed, told in many orders.

use sideline_avro::cause::EventKind;
use sideline_avro::events::{
    AliasEvent, BoxScoreEvent, GameEvent, InjuryStatusEvent, LineEvent, RosterEvent, ShotZonesEvent,
};
use sideline_avro::time::Timestamp;
use sideline_avro::words::{GameStatus, InjuryStatus};
use sideline_topics::TopicId;

use crate::ending::{Ending, differences, ending};
use crate::promises::check_order;
use crate::scenario::{
    AWAY, Dice, Fact, HOME, RESULT_SECONDS, Run, Scenario, at, box_score, game_id, player,
    shot_zones, shuffled,
};

const PLAYERS: usize = 5;
const GAMES: u64 = 6;
/// News per story, besides the league itself.
const NEWS: usize = 24;
/// Games that are over when a story begins.
const PLAYED: i32 = 3;
/// The first game of a story that comes.
const NEXT: i32 = PLAYED + 1;
const SOURCES: [&str; 3] = ["league", "wire", "manual"];

/// One story of a league in which three games are over.
struct Story {
    dice: Dice,
    scenario: Scenario,
    /// News is of the days before these games.
    first_game: i32,
    games: u64,
}

impl Story {
    fn new(seed: u64) -> Self {
        let scenario = Scenario::league(PLAYERS, 6, PLAYED);
        Self {
            dice: Dice::new(seed),
            scenario,
            first_game: 1,
            games: GAMES,
        }
    }

    /// All news is of the two days before the next game, so that nothing comes too late for it.
    fn evening(seed: u64) -> Self {
        Self {
            first_game: NEXT,
            games: 1,
            ..Self::new(seed)
        }
    }

    /// Two more games are played: their box scores are among what may come first.
    fn played_on(mut self) -> Self {
        for game in [NEXT, NEXT + 1] {
            self.scenario.played(game, PLAYERS);
        }
        self
    }

    /// Records that are refused, taken back, told again, and told under another name.
    fn unruly(mut self) -> Self {
        for _ in 0..2 {
            self.impossible();
            self.retraction();
            self.nickname();
            self.retried();
            self.deletion();
            self.appended_late();
        }
        self
    }

    /// Facts in the order in which they became known.
    fn told(mut self) -> Scenario {
        for _ in 0..NEWS {
            match self.dice.below(12) {
                0..=2 => self.injury(),
                3..=5 => self.line(),
                6 => self.roster(),
                7 => self.game(),
                8 => self.correction(),
                9 => self.shots(),
                10 => self.referees(),
                _ => self.lineup(),
            }
        }
        self.scenario.facts.sort_by_key(|one| one.known_at);
        self.scenario
    }

    fn game_number(&mut self) -> i32 {
        self.first_game + self.small(self.games)
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

    /// From where one side shot in a game that is over: each of its players told at another time, and
    /// one of them once more.
    fn shots(&mut self) {
        let game = 1 + self.small(3);
        let team = [HOME, AWAY][self.dice.below(2) as usize];
        for number in 1..=PLAYERS {
            let known_at = self.after(game);
            self.scenario.add(&shot_zones(game, team, number, known_at));
        }
        let again = shot_zones(game, team, 1, self.after(game));
        let kind = [EventKind::Assert, EventKind::Retract][self.dice.below(2) as usize];
        self.scenario.add(&ShotZonesEvent {
            paint_made: again.paint_made - 2,
            kind,
            ..again
        });
    }

    /// Some time in the day after a game; its microseconds tell it from all others.
    fn after(&mut self, game: i32) -> Timestamp {
        Timestamp(at(game, 12_000).0 + i64::from(self.small(100_000)) * 1_000_003)
    }

    fn referees(&mut self) {
        let (game, known_at) = (self.game_number(), self.moment());
        let crews = [
            ["Ada Whistle"].as_slice(),
            &["Bea Fairley", "Cal Middleton"],
        ];
        let crew = crews[self.dice.below(2) as usize];
        self.scenario.referees(game, crew, known_at);
    }

    /// A line nobody can offer, and a box score that does not add up.
    fn impossible(&mut self) {
        let (name, game, known_at) = (self.player(), self.game_number(), self.moment());
        self.scenario.line(&name, game, 101.0, known_at);
        let known_at = self.moment();
        let row = box_score(1, HOME, 1, known_at);
        self.scenario.add(&BoxScoreEvent {
            pts: row.pts + 1,
            ..row
        });
    }

    /// A status, and that it is taken back some time before or after it was said.
    fn retraction(&mut self) {
        self.injury();
        let (name, game, known_at) = (self.player(), self.game_number(), self.moment());
        self.scenario.retract_injury(&name, game, known_at);
    }

    /// A line under a name of which an alias tells.
    fn nickname(&mut self) {
        let number = 1 + self.dice.below(PLAYERS as u64) as usize;
        let (game, known_at) = (self.game_number(), self.moment());
        let name = format!("nickname{number}");
        let line = 20.5 + f64::from(self.small(12));
        self.scenario.line(&name, game, line, known_at);
        let known_at = self.moment();
        self.scenario.add(&AliasEvent {
            alias: name,
            player: player(HOME, number),
            team: Some(HOME.into()),
            source: "desk".into(),
            known_at,
            ingested_at: known_at,
            ..AliasEvent::default()
        });
    }

    /// A record in a partition that is not its own, refused, and then retried in the right one.
    fn retried(&mut self) {
        self.injury();
        let right = self.scenario.facts.pop().unwrap();
        let mut wrong = right.clone();
        wrong.partition_key.push_str("elsewhere");
        self.scenario.facts.extend([wrong, right]);
    }

    /// A line, and that it was deleted from the log.
    fn deletion(&mut self) {
        self.line();
        self.scenario.delete_last();
    }

    /// A status that was known before tip-off and appended after it.
    fn appended_late(&mut self) {
        let (name, game) = (self.player(), self.game_number());
        let known_at = Timestamp(at(game, -3_600).0 + i64::from(self.small(1_000_000)));
        self.scenario.add(&InjuryStatusEvent {
            known_at,
            ingested_at: at(game, 60),
            kind: EventKind::Assert,
            ..Scenario::injury_event(&name, game, InjuryStatus::Doubtful)
        });
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
        check_order(&story.facts, seed * 10..seed * 10 + 2);
    }
}

#[test]
fn promise_5_nor_on_an_evening_on_which_nothing_is_too_late() {
    for seed in 100..104 {
        let story = Story::evening(seed).told();
        check_order(&story.facts, seed * 10..seed * 10 + 2);
    }
}

#[test]
fn promise_5_nor_with_records_that_are_refused_retracted_retried_deleted_or_late() {
    for seed in 200..204 {
        let story = Story::new(seed).unruly().told();
        check_order(&story.facts, seed * 10..seed * 10 + 2);
    }
}

#[test]
fn promise_5_nor_when_a_games_own_box_score_comes_before_its_last_lines() {
    for seed in 300..303 {
        let story = Story::new(seed).played_on().told();
        let expected = ending(&story.run());
        let is_result = |one: &Fact| matches!(one.topic, TopicId::BoxScores | TopicId::Games);
        let (results, news): (Vec<Fact>, Vec<Fact>) =
            story.facts.iter().cloned().partition(is_result);
        let mut run = Run::new(Some(seed));
        for one in results.iter().chain(&news) {
            run.tell(one);
        }
        let found = differences(&ending(&run), &expected);
        assert!(
            found.is_empty(),
            "seed {seed}: {} differ, {:?}",
            found.len(),
            found.first()
        );
        check_order(&story.facts, seed * 10..seed * 10 + 2);
    }
}

/// What is said of one game, without its values: a version may have come too late.
fn of_game(ending: Ending, game: i32) -> Ending {
    let id = game_id(game);
    let is_of_game = |key: &String| key.contains(&id) && !key.starts_with("value");
    ending
        .into_iter()
        .filter(|(key, _)| is_of_game(key))
        .collect()
}

/// The game stays as scheduled: were it moved, another moment would part before from after.
#[test]
fn promise_8_no_feature_moves_when_facts_known_after_tip_off_are_added() {
    for seed in 400..404 {
        let mut story = Story::new(seed).played_on().told();
        let of_next = format!("game/{}|", game_id(NEXT));
        let tip_off = at(NEXT, 0);
        let scheduled_at = Scenario::game_event(NEXT).known_at;
        let ended_at = at(NEXT, RESULT_SECONDS);
        story.facts.retain(|one| {
            !one.key.starts_with(&of_next) || [scheduled_at, ended_at].contains(&one.known_at)
        });
        let before: Vec<Fact> = story
            .facts
            .iter()
            .filter(|one| one.known_at < tip_off)
            .cloned()
            .collect();
        let later = story.facts.len() - before.len();
        assert!(later > 20, "{later} facts are of later");
        let expected = of_game(ending(&Scenario { facts: before }.run()), NEXT);
        assert!(!expected.is_empty());
        for order in [story.facts.clone(), shuffled(&story.facts, seed)] {
            let mut run = Run::new(Some(seed));
            for one in &order {
                run.feed(one);
                run.work();
            }
            let found = differences(&of_game(ending(&run), NEXT), &expected);
            assert!(
                found.is_empty(),
                "seed {seed}: {} differ, {:?}",
                found.len(),
                found.first()
            );
        }
    }
}
