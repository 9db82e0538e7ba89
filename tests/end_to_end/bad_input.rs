//! Promise 7: bad input becomes a dead letter with its place and reason, and the partition goes on.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;
use sideline::ingress::IngressRecord;
use sideline::moments::league_day;
use sideline_avro::cause::TriggerSource;
use sideline_avro::events::{BoxScoreEvent, InjuryStatusEvent};
use sideline_avro::runs::RunStatus;
use sideline_avro::time::Timestamp;
use sideline_avro::words::InjuryStatus;

use crate::producer::{Bytes, Place, Producer};
use crate::shared::{Shared, trial};
use crate::updates::{self, SOURCE};
use crate::wait::{SOON, until};

/// A schema id that no registry of ours has given out.
const FORGED_ID: u32 = 999_999;
/// A game that is only seen here.
const PAST_GAME: &str = "9900000001";
/// A player nobody has registered.
const STRANGER: &str = "nobodyofthatname";
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "promise_7_bad_input_is_put_aside_and_the_partition_goes_on",
            put_aside,
        ),
        trial("a_refused_event_is_an_error_of_the_command", refused_event),
    ]
}

/// What is sent, and why it must be refused.
struct Bad {
    what: &'static str,
    reason: &'static str,
    bytes: Bytes,
}

fn put_aside(shared: &Shared) -> Result<()> {
    let producer = Producer::connect(&shared.system)?;
    let scene = Scene::of(shared, &producer)?;
    let mut refused = Vec::new();
    for bad in scene.bad()? {
        let place = producer.send(&bad.bytes)?;
        refused.push((bad.what, bad.reason, place));
    }
    for record in scene.good() {
        producer.publish(&record)?;
        let envelope = updates::completed(&shared.system, &record)?;
        ensure!(envelope.status != RunStatus::Failed, "{envelope:?}");
        ensure!(
            envelope.expected > 0 || envelope.status == RunStatus::NoData,
            "{envelope:?}"
        );
    }
    for (what, reason, place) in refused {
        let letter = letter_at(shared, &place).with_context(|| what.to_owned())?;
        ensure!(letter["reason"] == reason, "{what}: {letter}");
        let is_told = |field: &str| letter[field].as_str().is_some_and(|text| text.len() > 10);
        ensure!(is_told("message") && is_told("hint"), "{what}: {letter}");
    }
    Ok(())
}

/// Waits for the dead letter of the record at this place.
pub(crate) fn letter_at(shared: &Shared, place: &Place) -> Result<Value> {
    let wanted = place.to_string();
    until(SOON, || {
        let letters = shared.dead_letters()?;
        Ok(letters
            .into_iter()
            .find(|letter| letter["place"] == wanted.as_str()))
    })
    .with_context(|| format!("no dead letter of {place}"))
}

/// One player, one moment, and a producer.
struct Scene<'s> {
    producer: &'s Producer,
    player: String,
    team: String,
    game_id: String,
    now: Timestamp,
}

impl<'s> Scene<'s> {
    fn of(shared: &Shared, producer: &'s Producer) -> Result<Self> {
        let player = shared.scorer(3)?;
        let points = shared.points(&player)?;
        // `QUL vs QUI`: his team comes first.
        let game = points["game"].as_str().context("no game")?;
        let team = game.split_whitespace().next().context("no team")?;
        Ok(Self {
            producer,
            player,
            team: team.to_owned(),
            game_id: points["game_id"].as_str().context("no game")?.to_owned(),
            now: updates::now(&shared.system)?,
        })
    }

    /// A sound injury event that says nothing new of the player.
    fn injury(&self) -> InjuryStatusEvent {
        updates::injury(&self.player, InjuryStatus::Available, self.now)
    }

    fn box_score(&self, minutes: f64) -> IngressRecord {
        IngressRecord::BoxScore(BoxScoreEvent {
            game_id: PAST_GAME.to_owned(),
            game_date: league_day(self.now),
            player: self.player.clone(),
            team: self.team.clone(),
            opponent: "AAA".to_owned(),
            did_not_play: minutes == 0.0,
            minutes,
            source: SOURCE.to_owned(),
            known_at: self.now,
            ingested_at: self.now,
            correlation_id: Some(updates::new_id()),
            trigger_source: TriggerSource::Kafka,
            ..BoxScoreEvent::default()
        })
    }

    fn line(&self, line: f64) -> IngressRecord {
        IngressRecord::Line(updates::line(&self.player, &self.game_id, line, self.now))
    }

    /// What is sound, one record behind the bad ones of each topic and partition.
    fn good(&self) -> [IngressRecord; 3] {
        [
            IngressRecord::Injury(self.injury()),
            self.line(20.5),
            self.box_score(0.0),
        ]
    }

    /// All in the partitions of the player.
    fn bad(&self) -> Result<Vec<Bad>> {
        let sound = self.producer.bytes(&IngressRecord::Injury(self.injury()))?;
        let mut unreadable = sound.clone();
        // Framed as it should be, and then a string longer than the record.
        let header = unreadable.value.iter().flatten().take(5).copied();
        unreadable.value = Some(header.chain([0xfe, 0xff, 0x03, b'x']).collect());
        let mut unknown_id = sound.clone();
        let payload = unknown_id.value.iter().flatten().skip(5).copied();
        let framed = [0]
            .into_iter()
            .chain(FORGED_ID.to_be_bytes())
            .chain(payload);
        unknown_id.value = Some(framed.collect());
        let nonsense = Bytes {
            key: b"nonsense".to_vec(),
            value: None,
            ..sound.clone()
        };
        let stranger = updates::injury(STRANGER, InjuryStatus::Out, self.now);
        let early = InjuryStatusEvent {
            known_at: Timestamp(self.now.0 + DAY),
            ..self.injury()
        };
        let bad = |what, reason, bytes| Bad {
            what,
            reason,
            bytes,
        };
        let of = |record: &IngressRecord| self.producer.bytes(record);
        let at_home = |record: IngressRecord| {
            let partition = sound.partition;
            of(&record).map(|bytes| Bytes { partition, ..bytes })
        };
        let stranger = of(&IngressRecord::Injury(stranger))?;
        Ok(vec![
            bad("bytes that are no Avro", "undecodable_payload", unreadable),
            bad("an unknown schema id", "unknown_schema_id", unknown_id),
            bad("an unknown player", "unknown_player", stranger),
            bad(
                "300 minutes",
                "minutes_out_of_range",
                of(&self.box_score(300.0))?,
            ),
            bad("a line of -5", "line_out_of_range", of(&self.line(-5.0))?),
            bad(
                "an event of tomorrow",
                "known_at_ahead",
                at_home(IngressRecord::Injury(early))?,
            ),
            bad("a tombstone of nothing", "unparseable_key", nonsense),
        ])
    }
}

/// The command waits for the outcome, so it knows that the event was refused: it says so, and a
/// script sees it by the exit code.
fn refused_event(shared: &Shared) -> Result<()> {
    let player = shared.scorer(3)?;
    let arguments = [
        "event", "line", "--player", &player, "--prop", "points", "--line", "-5",
    ];
    let answer = shared.home.program().run(&arguments)?;
    ensure!(answer.code == Some(1), "{answer:?}");
    ensure!(answer.stderr.contains("line_out_of_range"), "{answer:?}");
    Ok(())
}
