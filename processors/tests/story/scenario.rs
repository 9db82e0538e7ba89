//! A small invented league to tell stories in: two teams that play each other every second day.
//!
//! Facts are collected first and fed in any order; [`Run`] has what came of them.

use std::collections::BTreeMap;

use sideline_avro::cause::{EventKind, TriggerSource};
use sideline_avro::events::{
    BoxScoreEvent, GameEvent, InjuryStatusEvent, LineEvent, LineupEvent, PlayerUpdateTriggerEvent,
    RefereesEvent, RosterEvent, ShotZonesEvent,
};
use sideline_avro::facts::PlayerFact;
use sideline_avro::features::PlayerFeatures;
use sideline_avro::graded::Graded;
use sideline_avro::predictions::{Outcome, Prediction};
use sideline_avro::runs::{DeadLetter, RunEnvelope};
use sideline_avro::schemas::AvroRecord;
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_avro::words::{GameStatus, InjuryStatus, LineupState, SeasonType};
use sideline_processors::{Choice, Codecs, Setup, WireCodecs, player_lookup, topology_with};
use sideline_runtime_core::{Feed, InProcess, InProcessOptions};
use sideline_topics::keys::IngressEvent;
use sideline_topics::{Catalogue, TopicId};

/// 2024-10-22, the day of game 1.
const FIRST_DAY: i32 = 20_018;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Tip-off at 23:30 UTC.
const TIP_OFF_SECONDS: i64 = 23 * HOUR + HOUR / 2;
/// A result is known 150 minutes after tip-off.
pub(crate) const RESULT_SECONDS: i64 = 150 * 60;

pub(crate) const HOME: &str = "BOS";
pub(crate) const AWAY: &str = "NYK";

/// Players of each team in [`league`].
pub(crate) const PLAYERS: usize = 6;
/// In [`league`] four games are over, the fifth comes next.
pub(crate) const NEXT: i32 = 5;

/// The league that most stories begin with.
pub(crate) fn league() -> Scenario {
    Scenario::league(PLAYERS, 7, 4)
}

/// Whom most stories are about.
pub(crate) fn star() -> String {
    player(HOME, 1)
}

/// One record of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    pub(crate) topic: TopicId,
    pub(crate) partition_key: String,
    pub(crate) key: String,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) known_at: Timestamp,
}

/// The league day of the n-th game, counted from 1.
pub(crate) fn day(game: i32) -> LeagueDay {
    LeagueDay(FIRST_DAY + 2 * (game - 1))
}

/// Ten-digit id of the n-th game.
pub(crate) fn game_id(game: i32) -> String {
    format!("00224{game:05}")
}

/// A moment before (negative) or after the tip-off of the n-th game.
pub(crate) fn at(game: i32, seconds: i64) -> Timestamp {
    Timestamp::from_millis(i64::from(day(game).0) * DAY * 1_000)
        .plus_seconds(TIP_OFF_SECONDS + seconds)
}

pub(crate) fn hours_before(game: i32, hours: i64) -> Timestamp {
    at(game, -hours * HOUR)
}

/// The n-th player of a team, counted from 1: `bosone`, `nyktwo` and so on.
pub(crate) fn player(team: &str, number: usize) -> String {
    const NUMBERS: [&str; 10] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    format!("{}{}", team.to_lowercase(), NUMBERS[number - 1])
}

fn fact<E: IngressEvent>(event: &E) -> Fact {
    let mut value = Vec::new();
    WireCodecs::offline()
        .codec::<E>(E::TOPIC)
        .encode(event, &mut value)
        .unwrap();
    Fact {
        topic: E::TOPIC,
        partition_key: event.partition_key().to_owned(),
        key: event.record_key(),
        value: Some(value),
        known_at: event.known_at(),
    }
}

/// A story: facts in the order in which they became known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scenario {
    pub(crate) facts: Vec<Fact>,
}

impl Scenario {
    /// Two teams of `players` each, `scheduled` games, of which `played` are over with box scores.
    pub(crate) fn league(players: usize, scheduled: i32, played: i32) -> Self {
        let mut scenario = Self::default();
        for team in [HOME, AWAY] {
            for number in 1..=players {
                scenario.roster(&player(team, number), Some(team), at(1, -10 * DAY));
            }
        }
        for game in 1..=scheduled {
            scenario.scheduled(game);
        }
        for game in 1..=played {
            scenario.played(game, players);
        }
        scenario
    }

    pub(crate) fn add<E: IngressEvent>(&mut self, event: &E) -> &mut Self {
        self.facts.push(fact(event));
        self
    }

    pub(crate) fn roster(
        &mut self,
        name: &str,
        team: Option<&str>,
        known_at: Timestamp,
    ) -> &mut Self {
        self.add(&RosterEvent {
            player: name.into(),
            player_name: name.into(),
            team: team.map(str::to_owned),
            source: "league".into(),
            known_at,
            ingested_at: known_at,
            ..RosterEvent::default()
        })
    }

    pub(crate) fn game_event(game: i32) -> GameEvent {
        let (home, away) = if game % 2 == 1 {
            (HOME, AWAY)
        } else {
            (AWAY, HOME)
        };
        GameEvent {
            game_id: game_id(game),
            season: "2024-25".into(),
            season_type: SeasonType::Regular,
            tip_off: at(game, 0),
            game_date: day(game),
            home: home.into(),
            away: away.into(),
            status: GameStatus::Scheduled,
            source: "league".into(),
            known_at: at(1, -9 * DAY),
            ingested_at: at(1, -9 * DAY),
            ..GameEvent::default()
        }
    }

    pub(crate) fn scheduled(&mut self, game: i32) -> &mut Self {
        self.add(&Self::game_event(game))
    }

    /// The box scores of a game, then its end. The first player of a team plays 36 minutes and
    /// scores most; each after him less.
    pub(crate) fn played(&mut self, game: i32, players: usize) -> &mut Self {
        let known_at = at(game, RESULT_SECONDS);
        for team in [HOME, AWAY] {
            for number in 1..=players {
                self.add(&box_score(game, team, number, known_at));
            }
        }
        self.add(&GameEvent {
            status: GameStatus::Final,
            home_points: Some(110),
            away_points: Some(104),
            known_at,
            ingested_at: known_at,
            ..Self::game_event(game)
        })
    }

    pub(crate) fn injury_event(name: &str, game: i32, status: InjuryStatus) -> InjuryStatusEvent {
        InjuryStatusEvent {
            player: name.into(),
            effective_date: day(game),
            status,
            source: "league".into(),
            trigger_source: TriggerSource::ManualEntry,
            trigger_user: Some("desk".into()),
            ..InjuryStatusEvent::default()
        }
    }

    /// A status from the day of a game on.
    pub(crate) fn injury(
        &mut self,
        name: &str,
        game: i32,
        status: InjuryStatus,
        known_at: Timestamp,
    ) -> &mut Self {
        self.add(&InjuryStatusEvent {
            known_at,
            ingested_at: known_at,
            ..Self::injury_event(name, game, status)
        })
    }

    pub(crate) fn line_event(name: &str, game: i32, line: Option<f64>) -> LineEvent {
        LineEvent {
            game_id: game_id(game),
            player: name.into(),
            prop: "points".into(),
            book: "draftkings".into(),
            line,
            over_price: Some(-110),
            under_price: Some(-110),
            source: "odds".into(),
            ..LineEvent::default()
        }
    }

    /// A points line of one book.
    pub(crate) fn line(
        &mut self,
        name: &str,
        game: i32,
        line: f64,
        known_at: Timestamp,
    ) -> &mut Self {
        self.add(&LineEvent {
            known_at,
            ingested_at: known_at,
            ..Self::line_event(name, game, Some(line))
        })
    }

    pub(crate) fn lineup(
        &mut self,
        team: &str,
        game: i32,
        numbers: [usize; 5],
        known_at: Timestamp,
    ) -> &mut Self {
        self.add(&Self::lineup_event(team, game, numbers, known_at))
    }

    pub(crate) fn lineup_event(
        team: &str,
        game: i32,
        numbers: [usize; 5],
        known_at: Timestamp,
    ) -> LineupEvent {
        LineupEvent {
            game_id: game_id(game),
            team: team.into(),
            starters: numbers.iter().map(|number| player(team, *number)).collect(),
            state: LineupState::Confirmed,
            source: "league".into(),
            known_at,
            ingested_at: known_at,
            ..LineupEvent::default()
        }
    }

    /// From where a whole team shot in a game.
    pub(crate) fn shots(&mut self, game: i32, team: &str, known_at: Timestamp) -> &mut Self {
        for number in 1..=PLAYERS {
            self.add(&shot_zones(game, team, number, known_at));
        }
        self
    }

    pub(crate) fn referees(&mut self, game: i32, names: &[&str], known_at: Timestamp) -> &mut Self {
        let event = Self::game_event(game);
        self.add(&RefereesEvent {
            game_id: event.game_id,
            home: event.home,
            referees: names.iter().map(|name| (*name).to_owned()).collect(),
            source: "league".into(),
            known_at,
            ingested_at: known_at,
            ..RefereesEvent::default()
        })
    }

    pub(crate) fn trigger(&mut self, name: &str, id: &str, known_at: Timestamp) -> &mut Self {
        self.add(&PlayerUpdateTriggerEvent {
            player: name.into(),
            source: "manual".into(),
            correlation_id: Some(id.into()),
            known_at,
            ingested_at: known_at,
            ..PlayerUpdateTriggerEvent::default()
        })
    }

    /// Takes the last fact back with an event.
    pub(crate) fn retract_injury(
        &mut self,
        name: &str,
        game: i32,
        known_at: Timestamp,
    ) -> &mut Self {
        self.add(&InjuryStatusEvent {
            kind: EventKind::Retract,
            known_at,
            ingested_at: known_at,
            ..Self::injury_event(name, game, InjuryStatus::Unknown)
        })
    }

    /// Deletes the last fact from the log.
    pub(crate) fn delete_last(&mut self) -> &mut Self {
        let mut tombstone = self.facts.last().unwrap().clone();
        tombstone.value = None;
        self.facts.push(tombstone);
        self
    }

    pub(crate) fn last(&self) -> Fact {
        self.facts.last().unwrap().clone()
    }

    /// The run of all facts in their order, each worked off before the next.
    pub(crate) fn run(&self) -> Run {
        let mut run = Run::new(None);
        for one in &self.facts {
            run.tell(one);
        }
        run
    }
}

pub(crate) fn box_score(
    game: i32,
    team: &str,
    number: usize,
    known_at: Timestamp,
) -> BoxScoreEvent {
    let place = i32::try_from(number).unwrap();
    let made = 14 - place + game % 3;
    let event = Scenario::game_event(game);
    BoxScoreEvent {
        game_id: game_id(game),
        game_date: day(game),
        player: player(team, number),
        team: team.into(),
        opponent: if team == HOME {
            AWAY.into()
        } else {
            HOME.into()
        },
        is_home: event.home == team,
        minutes: f64::from(39 - 3 * place),
        fgm: made,
        fga: made + 6,
        fg3m: 2,
        fg3a: 5,
        ftm: 3,
        fta: 4,
        oreb: 1,
        dreb: 9 - place,
        reb: 10 - place,
        ast: place,
        pts: 2 * made + 5,
        source: "league".into(),
        known_at,
        ingested_at: known_at,
        ..BoxScoreEvent::default()
    }
}

/// From where he took the shots of [`box_score`]: five threes, five from mid-range, the others in the
/// paint. Half of his goals are assisted.
pub(crate) fn shot_zones(
    game: i32,
    team: &str,
    number: usize,
    known_at: Timestamp,
) -> ShotZonesEvent {
    let row = box_score(game, team, number, known_at);
    ShotZonesEvent {
        game_id: row.game_id,
        game_date: row.game_date,
        player: row.player,
        team: row.team,
        opponent: row.opponent,
        paint_attempts: row.fga - 10,
        paint_made: row.fgm - 6,
        mid_range_attempts: 5,
        mid_range_made: 4,
        three_attempts: 5,
        three_made: 2,
        assisted: Some(row.fgm / 2),
        source: "tracking".into(),
        known_at,
        ingested_at: known_at,
        ..ShotZonesEvent::default()
    }
}

/// A run of the pipeline in process.
pub(crate) struct Run {
    pub(crate) catalogue: Catalogue,
    codecs: WireCodecs,
    driver: InProcess,
}

impl Run {
    /// The moving average alone. With a seed, the partitions are served in an order that follows
    /// from it.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let setup = Setup {
            choice: Choice::MovingAverage,
            ..Setup::default()
        };
        Self::with_setup(seed, &setup)
    }

    /// The same with other systems.
    pub(crate) fn with_setup(seed: Option<u64>, setup: &Setup) -> Self {
        let catalogue = Catalogue::new("nba", None).unwrap();
        let codecs = WireCodecs::offline();
        let pipeline = topology_with(&catalogue, &codecs, "build-1", setup);
        let ingress: Vec<&str> = TopicId::ingress()
            .map(|topic| catalogue.name(topic))
            .collect();
        let options = InProcessOptions {
            seed,
            ..InProcessOptions::default()
        };
        let driver = InProcess::with_options(&pipeline, &ingress, options).unwrap();
        Self {
            catalogue,
            codecs,
            driver,
        }
    }

    /// Feeds one fact without working it off.
    pub(crate) fn feed(&mut self, one: &Fact) {
        let key = one.key.clone();
        let record = match &one.value {
            Some(value) => Feed::new(one.partition_key.clone(), key, value.clone()),
            None => Feed::tombstone(one.partition_key.clone(), key),
        };
        let published_at = (one.known_at.0 - 5_000).to_string();
        let sent_at_ms = one.known_at.as_millis();
        let record = record
            .at_ms(sent_at_ms)
            .header("published_at", published_at);
        self.driver
            .feed(self.catalogue.name(one.topic), record)
            .unwrap();
    }

    /// Feeds one fact and works it off.
    pub(crate) fn tell(&mut self, one: &Fact) {
        self.feed(one);
        self.work();
    }

    pub(crate) fn work(&mut self) {
        self.driver.run_until_idle().unwrap();
    }

    /// Throws the state of every phase away and rebuilds it from its changelog.
    pub(crate) fn crash(&mut self) {
        for phase in sideline_topics::PhaseName::ALL {
            self.driver.crash_and_restore(phase.as_str()).unwrap();
        }
    }

    fn values<T: AvroRecord>(&self, topic: TopicId) -> Vec<T> {
        let codec = self.codecs.codec::<T>(topic);
        self.driver
            .values(self.catalogue.name(topic), &codec)
            .unwrap()
    }

    pub(crate) fn features(&self) -> Vec<PlayerFeatures> {
        self.values(TopicId::PlayerFeatures)
    }

    pub(crate) fn predictions(&self) -> Vec<Prediction> {
        self.values(TopicId::Predictions)
    }

    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        self.values(TopicId::Outcomes)
    }

    pub(crate) fn runs(&self) -> Vec<RunEnvelope> {
        self.values(TopicId::Runs)
    }

    pub(crate) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.values(TopicId::DeadLetters)
    }

    pub(crate) fn grades(&self) -> Vec<Graded> {
        self.values(TopicId::Graded)
    }

    /// What phase grading was told, ready to be fed to another run.
    pub(crate) fn inputs_of_grading(&self) -> Vec<(TopicId, Feed)> {
        let mut inputs = Vec::new();
        for topic in [TopicId::Predictions, TopicId::PlayerFacts] {
            let records = self.driver.raw_records(self.catalogue.name(topic)).unwrap();
            for record in records {
                let player = self.player_of(topic, record.value.as_ref().unwrap());
                let key = record.key.clone();
                let feed = Feed::new(player, key, record.value.clone().unwrap());
                inputs.push((topic, feed.at_ms(record.timestamp_ms)));
            }
        }
        inputs
    }

    fn player_of(&self, topic: TopicId, bytes: &[u8]) -> String {
        if topic == TopicId::Predictions {
            let codec = self.codecs.codec::<Prediction>(topic);
            return codec.decode(bytes).unwrap().player_lookup;
        }
        let codec = self.codecs.codec::<PlayerFact>(topic);
        codec.decode(bytes).unwrap().player_lookup
    }

    /// Feeds a record of any topic without working it off.
    pub(crate) fn feed_record(&mut self, topic: TopicId, record: Feed) {
        let name = self.catalogue.name(topic).to_owned();
        self.driver.feed(&name, record).unwrap();
    }

    /// Feeds a value of any topic without working it off.
    pub(crate) fn feed_value<T: AvroRecord>(
        &mut self,
        topic: TopicId,
        partition_key: &str,
        value: &T,
    ) {
        let mut bytes = Vec::new();
        let codec = self.codecs.codec::<T>(topic);
        codec.encode(value, &mut bytes).unwrap();
        self.feed_record(topic, Feed::new(partition_key.to_owned(), "made-up", bytes));
    }

    /// The versions of one key, in their order.
    pub(crate) fn versions(&self, name: &str, game: i32, prop: &str) -> Vec<Prediction> {
        let is_key = |one: &Prediction| {
            one.player_lookup == player_lookup(name)
                && one.game_id == game_id(game)
                && one.candidate.prop == prop
        };
        self.predictions().into_iter().filter(is_key).collect()
    }

    pub(crate) fn last_version(&self, name: &str, game: i32, prop: &str) -> Prediction {
        self.versions(name, game, prop).pop().unwrap()
    }

    /// The newest candidate of every key, as the ledger keeps it.
    pub(crate) fn newest_candidates(&self) -> BTreeMap<String, Vec<u8>> {
        let mut newest = BTreeMap::new();
        for task in self.driver.tasks("ledger").unwrap() {
            for (store, key, value) in task.entries() {
                if store == "candidates" {
                    newest.insert(key.to_owned(), value.to_vec());
                }
            }
        }
        newest
    }

    /// The envelope of the whole update that an event of this key began.
    pub(crate) fn completions(&self) -> Vec<RunEnvelope> {
        self.runs()
            .into_iter()
            .filter(|run| run.phase == "completion")
            .collect()
    }

    pub(crate) fn completion_of(&self, one: &Fact) -> RunEnvelope {
        let id = sideline_topics::correlation_id(
            None,
            self.catalogue.name(one.topic),
            one.key.as_bytes(),
        );
        self.completions()
            .into_iter()
            .find(|run| run.correlation_id == id)
            .unwrap()
    }
}

/// Chance that repeats: a 64-bit xorshift.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number from 0 up to, and without, the bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// The facts in an order that follows from a seed. Records of one key lie in one partition, so
/// those stay in their order.
pub(crate) fn shuffled(facts: &[Fact], seed: u64) -> Vec<Fact> {
    let mut order: Vec<usize> = (0..facts.len()).collect();
    let mut dice = Dice::new(seed);
    for place in (1..order.len()).rev() {
        let other = usize::try_from(dice.below(place as u64 + 1)).unwrap();
        order.swap(place, other);
    }
    let mut of_key: BTreeMap<(TopicId, &str), Vec<usize>> = BTreeMap::new();
    for (number, one) in facts.iter().enumerate().rev() {
        of_key
            .entry((one.topic, &one.key))
            .or_default()
            .push(number);
    }
    let next = |number: usize| {
        let key = (facts[number].topic, facts[number].key.as_str());
        let first = of_key.get_mut(&key).and_then(Vec::pop).unwrap();
        facts[first].clone()
    };
    order.into_iter().map(next).collect()
}
