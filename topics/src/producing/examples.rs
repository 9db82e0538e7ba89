//! One event per ingress topic, as a producer would publish it.
//!
//! The events are made as values of our own types, so key and partition in the page are what the code
//! computes.

use jiff::Timestamp as Moment;
use serde_json::Value;
use sideline_avro::cause::TriggerSource;
use sideline_avro::events::{
    AliasEvent, BoxScoreEvent, GameEvent, GameLineEvent, InjuryStatusEvent, LineEvent, LineupEvent,
    PlayerUpdateTriggerEvent, RefereesEvent, RosterEvent, ShotZonesEvent,
};
use sideline_avro::time::{LeagueDay, Timestamp};
use sideline_avro::words::{GameStatus, InjuryStatus, LineupState, SeasonType};

use super::fields;
use crate::catalogue::{Topic, TopicId};
use crate::keys::{IngressEvent, iso_date};

/// 2024-12-23, and 17:42 UTC of it.
const DAY: LeagueDay = LeagueDay(20_080);
const KNOWN_AT: Timestamp = Timestamp(1_734_975_720_000_000);
/// 03:30 UTC of the next day, when the game of the examples begins.
const TIP_OFF: Timestamp = Timestamp(1_735_011_000_000_000);
const GAME: &str = "0022400410";
const PLAYER: &str = "lebronjames";

/// An event, and how to publish it.
pub(super) struct Example {
    pub(super) topic: TopicId,
    pub(super) record_key: String,
    pub(super) partition_key: String,
    /// The same by our own command, where there is one.
    pub(super) command: Option<&'static str>,
    fact: String,
    event: Value,
}

/// One per ingress topic, in the order of the catalogue.
pub(super) fn all() -> Vec<Example> {
    vec![
        with_command(
            injury(),
            "sideline event injury --player lebronjames --status OUT --reason ankle",
        ),
        with_command(
            lineup(),
            "sideline event lineup --team LAL --starters anthonydavis,austinreaves,dangelorussell,lebronjames,ruihachimura --confirmed",
        ),
        with_command(
            line(),
            "sideline event line --player lebronjames --prop points --line 24.5 --book draftkings",
        ),
        example(game_line()),
        example(box_score()),
        example(game()),
        example(roster()),
        example(trigger()),
        with_command(
            alias(),
            "sideline event alias --alias kingjames --player lebronjames",
        ),
        example(shot_zones()),
        example(referees()),
    ]
}

fn with_command<E: IngressEvent>(event: E, command: &'static str) -> Example {
    Example {
        command: Some(command),
        ..example(event)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "each event is made for its example alone"
)]
fn example<E: IngressEvent>(event: E) -> Example {
    Example {
        topic: E::TOPIC,
        record_key: event.record_key(),
        partition_key: event.partition_key().to_owned(),
        command: None,
        fact: event.fact(),
        event: serde_json::to_value(&event).unwrap_or_default(),
    }
}

impl Example {
    /// A call of the page's function `publish`. Fields at their default are left out.
    pub(super) fn python(&self, topic: &Topic) -> String {
        let mut lines = vec![
            format!("publish(\"{}\",", topic.id),
            format!("        fact=\"{}\",", self.fact),
            format!("        partition_key=\"{}\",", self.partition_key),
            "        value={".to_owned(),
        ];
        for field in fields::of(topic.schema) {
            let name = field["name"].as_str().unwrap_or_default();
            let value = &self.event[name];
            if field.get("default") == Some(value) {
                continue;
            }
            let value = match (name, fields::logical_type(&field)) {
                ("ingested_at", _) => "datetime.now(timezone.utc)".to_owned(),
                (_, "timestamp-micros") => python_time(value),
                (_, "date") => python_date(value),
                _ => python_value(value),
            };
            lines.push(format!("            \"{name}\": {value},"));
        }
        lines.push("        })\n".to_owned());
        lines.join("\n")
    }
}

fn python_value(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => "None".to_owned(),
        other => other.to_string().replace("\",\"", "\", \""),
    }
}

fn python_time(value: &Value) -> String {
    match value.as_i64().map(Moment::from_microsecond) {
        Some(Ok(moment)) => format!("instant(\"{moment}\")"),
        _ => python_value(value),
    }
}

fn python_date(value: &Value) -> String {
    let day = value.as_i64().and_then(|days| i32::try_from(days).ok());
    let text = iso_date(LeagueDay(day.unwrap_or_default()));
    format!("date.fromisoformat(\"{text}\")")
}

fn injury() -> InjuryStatusEvent {
    InjuryStatusEvent {
        player: PLAYER.into(),
        team: Some("LAL".into()),
        effective_date: DAY,
        status: InjuryStatus::Out,
        reason: Some("ankle".into()),
        source: "rotowire".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..InjuryStatusEvent::default()
    }
}

fn lineup() -> LineupEvent {
    let starters = [
        "anthonydavis",
        "austinreaves",
        "dangelorussell",
        PLAYER,
        "ruihachimura",
    ];
    LineupEvent {
        game_id: GAME.into(),
        team: "LAL".into(),
        starters: starters.map(str::to_owned).into(),
        state: LineupState::Confirmed,
        source: "nba_com".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..LineupEvent::default()
    }
}

fn line() -> LineEvent {
    LineEvent {
        game_id: GAME.into(),
        player: PLAYER.into(),
        prop: "points".into(),
        book: "draftkings".into(),
        line: Some(24.5),
        over_price: Some(-115),
        under_price: Some(-105),
        source: "odds_feed".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..LineEvent::default()
    }
}

fn game_line() -> GameLineEvent {
    GameLineEvent {
        game_id: GAME.into(),
        home: "LAL".into(),
        book: "draftkings".into(),
        spread_home: Some(-6.5),
        total: Some(222.5),
        source: "odds_feed".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..GameLineEvent::default()
    }
}

fn box_score() -> BoxScoreEvent {
    BoxScoreEvent {
        game_id: GAME.into(),
        game_date: DAY,
        player: PLAYER.into(),
        team: "LAL".into(),
        opponent: "DET".into(),
        is_home: true,
        minutes: 35.2,
        fgm: 10,
        fga: 19,
        fg3m: 2,
        fg3a: 6,
        ftm: 4,
        fta: 5,
        oreb: 1,
        dreb: 6,
        reb: 7,
        ast: 9,
        stl: 1,
        blk: 1,
        tov: 3,
        pf: 2,
        pts: 26,
        plus_minus: Some(8),
        started: Some(true),
        source: "nba_com".into(),
        known_at: Timestamp(TIP_OFF.0 + 9_000 * Timestamp::MICROS_PER_SECOND),
        trigger_source: TriggerSource::Kafka,
        ..BoxScoreEvent::default()
    }
}

fn game() -> GameEvent {
    GameEvent {
        game_id: GAME.into(),
        season: "2024-25".into(),
        season_type: SeasonType::Regular,
        tip_off: TIP_OFF,
        game_date: DAY,
        home: "LAL".into(),
        away: "DET".into(),
        status: GameStatus::Scheduled,
        source: "schedule".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..GameEvent::default()
    }
}

fn roster() -> RosterEvent {
    RosterEvent {
        player: PLAYER.into(),
        player_name: "LeBron James".into(),
        player_id: Some("2544".into()),
        team: Some("LAL".into()),
        position: Some("F".into()),
        source: "rosters".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..RosterEvent::default()
    }
}

fn trigger() -> PlayerUpdateTriggerEvent {
    PlayerUpdateTriggerEvent {
        player: PLAYER.into(),
        reason: Some("asked by the desk".into()),
        source: "desk".into(),
        known_at: KNOWN_AT,
        correlation_id: Some("desk-17".into()),
        trigger_source: TriggerSource::Kafka,
        ..PlayerUpdateTriggerEvent::default()
    }
}

fn alias() -> AliasEvent {
    AliasEvent {
        alias: "kingjames".into(),
        player: PLAYER.into(),
        team: Some("LAL".into()),
        source: "desk".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..AliasEvent::default()
    }
}

fn shot_zones() -> ShotZonesEvent {
    ShotZonesEvent {
        game_id: GAME.into(),
        game_date: DAY,
        player: PLAYER.into(),
        team: "LAL".into(),
        opponent: "DET".into(),
        paint_attempts: 9,
        paint_made: 7,
        mid_range_attempts: 4,
        mid_range_made: 1,
        three_attempts: 6,
        three_made: 2,
        assisted: Some(4),
        source: "play_by_play".into(),
        known_at: Timestamp(TIP_OFF.0 + 9_000 * Timestamp::MICROS_PER_SECOND),
        trigger_source: TriggerSource::Kafka,
        ..ShotZonesEvent::default()
    }
}

fn referees() -> RefereesEvent {
    let crew = ["Ada Whistle", "Bea Fairley", "Cal Middleton"];
    RefereesEvent {
        game_id: GAME.into(),
        home: "LAL".into(),
        referees: crew.map(str::to_owned).into(),
        source: "nba_com".into(),
        known_at: KNOWN_AT,
        trigger_source: TriggerSource::Kafka,
        ..RefereesEvent::default()
    }
}
