//! From a complete update to its run envelope: how it ended, and each phase that took part.
//!
//! One record for all phases: what they share stands once (docs/decisions/001).

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::cause::{Cause, ChangeType, TriggerSource};
use sideline_avro::runs::{ChangeEvent, ErrorType, PhaseRun, RunEnvelope, RunStatus};
use sideline_avro::time::Timestamp;
use sideline_topics::{PhaseName, TopicId, keys};

use super::sets::{Counts, Report, SeenTouch, Update};
use crate::decimals::round_to;

/// Durations are published to the millisecond.
const DURATION_DECIMALS: i32 = 3;

/// The envelope of an update.
pub(super) fn envelope(update: &Update, league: &str) -> RunEnvelope {
    let mut envelope = common(update, league);
    put_counts(&mut envelope, &update.counts());
    put_entities(&mut envelope, &Entities::of(update));
    envelope.record_count = envelope.changed;
    envelope.timestamp = update.ended_at();
    envelope.duration_seconds = Some(seconds(update.began_at(), update.ended_at()));
    if update.reports.is_empty() {
        envelope.status = RunStatus::NoData;
    } else if envelope.failed > 0 {
        envelope.status = RunStatus::Partial;
        envelope.error_type = Some(ErrorType::Partial);
    }
    put_failure(&mut envelope, update);
    let subject = &update.cause().subject;
    let own = update
        .reports
        .iter()
        .find(|report| report.player == *subject && report.headline_version.is_some());
    envelope.prediction_version = own.and_then(|report| report.headline_version);
    envelope.supersedes_version = envelope
        .prediction_version
        .filter(|version| *version > 1)
        .map(|version| version - 1);
    let phases = phases(update).into_iter();
    envelope.phases = phases.map(|phase| of_phase(update, phase)).collect();
    envelope
}

/// What is known before anything is counted.
fn common(update: &Update, league: &str) -> RunEnvelope {
    let phase = PhaseName::Completion;
    let cause = update.cause();
    let (entity_type, entity_id) = target(update);
    let days = update.reports.iter().filter_map(|report| report.game_date);
    RunEnvelope {
        processor_name: processor(phase),
        phase: phase.as_str().to_owned(),
        execution_id: keys::run_key(&cause.correlation_id, phase.as_str()),
        correlation_id: cause.correlation_id.clone(),
        game_date: days.min(),
        output_table: output_of(phase, update).suffix().to_owned(),
        output_dataset: league.to_owned(),
        status: RunStatus::Success,
        parent_processor: parent(update, phase).map(processor),
        trigger_source: cause.trigger_source,
        trigger_message_id: format!("{}/{}/{}", cause.topic, cause.partition, cause.offset),
        is_incremental: true,
        target_entity_type: entity_type.to_owned(),
        target_entity_id: entity_id,
        change_type: cause.change_type,
        change_event: Some(change_event(cause)),
        metadata: BTreeMap::from([("path".to_owned(), "live".to_owned())]),
        ..RunEnvelope::default()
    }
}

/// The phases that took part, in the order of the flow.
fn phases(update: &Update) -> Vec<PhaseName> {
    let mut phases = vec![PhaseName::Raw];
    if !update.results.is_empty() {
        phases.push(PhaseName::Results);
    }
    if !update.teams.is_empty() {
        phases.push(PhaseName::Team);
    }
    if !update.reports.is_empty() {
        phases.extend([
            PhaseName::Player,
            PhaseName::Features,
            PhaseName::Systems,
            PhaseName::Ledger,
        ]);
    }
    phases
}

/// What one phase did for the update. Its counts are those of the records it wrote; what became of
/// the predictions stands in the ledger's and in the envelope.
fn of_phase(update: &Update, phase: PhaseName) -> PhaseRun {
    let timing = timing(update, phase);
    let is_refused = phase == PhaseName::Raw && update.raw.touch.failed_reason.is_some();
    let entities = match phase {
        PhaseName::Raw => Entities::all_processed(1),
        PhaseName::Results => Entities::all_processed(update.results.len()),
        PhaseName::Team => Entities::all_processed(update.teams.len()),
        PhaseName::Ledger => Entities::of(update),
        _ => Entities::all_processed(players(&update.reports).len()),
    };
    PhaseRun {
        phase: phase.as_str().to_owned(),
        processor_name: processor(phase),
        output_table: output_of(phase, update).suffix().to_owned(),
        status: if is_refused {
            RunStatus::Failed
        } else {
            RunStatus::Success
        },
        record_count: count(records(update, phase)),
        records_failed: i32::from(is_refused),
        entities_total: count(entities.total),
        entities_processed: count(entities.processed),
        entities_skipped: count(entities.skipped()),
        entities_changed: count(entities.changed),
        timestamp: timing.map_or(update.ended_at(), |(_, end)| end),
        duration_seconds: timing.map(|(begin, end)| seconds(begin, end)),
        parent_processor: parent(update, phase).map(processor),
    }
}

/// Records that the phase wrote for the update.
fn records(update: &Update, phase: PhaseName) -> usize {
    match phase {
        PhaseName::Raw => update.raw.touch.targets.len(),
        PhaseName::Results => {
            let told = update.results.iter().map(|task| task.touch.targets.len());
            told.sum()
        }
        PhaseName::Team => {
            let told = update.teams.iter().map(|team| team.touch.targets.len());
            told.sum()
        }
        _ => update.reports.len(),
    }
}

fn processor(phase: PhaseName) -> String {
    format!("sideline-{phase}")
}

fn put_counts(envelope: &mut RunEnvelope, counts: &Counts) {
    envelope.expected = counts.expected;
    envelope.changed = counts.changed;
    envelope.unchanged = counts.unchanged;
    envelope.held = counts.held;
    envelope.blocked = counts.blocked;
    envelope.too_late = counts.too_late;
    envelope.skipped = counts.skipped;
    envelope.failed = counts.failed;
}

fn put_entities(envelope: &mut RunEnvelope, entities: &Entities) {
    envelope.entities_total = count(entities.total);
    envelope.entities_processed = count(entities.processed);
    envelope.entities_skipped = count(entities.skipped());
    envelope.entities_changed = count(entities.changed);
}

/// Whom a phase worked for.
struct Entities {
    total: usize,
    processed: usize,
    /// With a new version.
    changed: usize,
}

impl Entities {
    /// For phases that neither skip anybody nor make versions.
    fn all_processed(total: usize) -> Self {
        Self {
            total,
            processed: total,
            changed: 0,
        }
    }

    /// Players reached, predicted, and with a new version.
    fn of(update: &Update) -> Self {
        let with = |wanted: fn(&Report) -> bool| {
            let found = update.reports.iter().filter(|report| wanted(report));
            let names = found.map(|report| report.player.as_str());
            names.collect::<BTreeSet<_>>().len()
        };
        Self {
            total: players(&update.reports).len(),
            processed: with(|report| report.counts.skipped < report.counts.expected),
            changed: with(|report| report.counts.changed > 0),
        }
    }

    /// Players skipped as a whole.
    fn skipped(&self) -> usize {
        self.total.saturating_sub(self.processed)
    }
}

/// An event that was refused is an update that failed.
fn put_failure(envelope: &mut RunEnvelope, update: &Update) {
    let Some(reason) = &update.raw.touch.failed_reason else {
        return;
    };
    envelope.status = RunStatus::Failed;
    envelope.records_failed = 1;
    envelope.error_type = Some(ErrorType::Permanent);
    envelope.error_message = Some(format!(
        "the event was refused ({reason}); its dead letter says why and what to do"
    ));
}

fn players(reports: &[Report]) -> BTreeSet<&str> {
    reports
        .iter()
        .map(|report| report.player.as_str())
        .collect()
}

/// When the phase began and ended its longest piece of work, as the broker's stamps tell it.
fn timing(update: &Update, phase: PhaseName) -> Option<(Timestamp, Timestamp)> {
    if phase == PhaseName::Raw {
        let begin = update.cause().published_at?;
        return Some((begin, update.raw.appended_at));
    }
    if phase == PhaseName::Results {
        return longest(update.raw.appended_at, &update.results);
    }
    if phase == PhaseName::Team {
        let told_at = update.results.iter().map(|task| task.appended_at);
        let begin = told_at.fold(update.raw.appended_at, Timestamp::max);
        return longest(begin, &update.teams);
    }
    let steps = update
        .reports
        .iter()
        .filter_map(|report| step(report, phase));
    steps.max_by_key(|(begin, end)| end.0 - begin.0)
}

/// From a common begin to the latest end.
fn longest(begin: Timestamp, tasks: &[SeenTouch]) -> Option<(Timestamp, Timestamp)> {
    let ends = tasks.iter().map(|task| task.appended_at);
    ends.max().map(|end| (begin, end.max(begin)))
}

/// Begin and end of a phase on the way of one report.
fn step(report: &Report, phase: PhaseName) -> Option<(Timestamp, Timestamp)> {
    if phase == PhaseName::Ledger {
        let (_, begin) = report.trail.last()?;
        return Some((*begin, report.appended_at));
    }
    let index = report
        .trail
        .iter()
        .position(|(name, _)| name == phase.as_str())?;
    let (_, end) = report.trail[index];
    let (_, begin) = report.trail[index.checked_sub(1)?];
    Some((begin, end))
}

/// Who handed the work to the phase.
fn parent(update: &Update, phase: PhaseName) -> Option<PhaseName> {
    match phase {
        PhaseName::Raw => None,
        PhaseName::Results => Some(PhaseName::Raw),
        PhaseName::Team if update.results.is_empty() => Some(PhaseName::Raw),
        PhaseName::Team => Some(PhaseName::Results),
        PhaseName::Player if update.teams.is_empty() => Some(PhaseName::Raw),
        PhaseName::Player => Some(PhaseName::Team),
        PhaseName::Features => Some(PhaseName::Player),
        PhaseName::Systems => Some(PhaseName::Features),
        PhaseName::Ledger => Some(PhaseName::Systems),
        PhaseName::Completion if update.reports.is_empty() => Some(PhaseName::Raw),
        PhaseName::Completion | PhaseName::Grading => Some(PhaseName::Ledger),
    }
}

fn output_of(phase: PhaseName, update: &Update) -> TopicId {
    match phase {
        PhaseName::Raw if !update.results.is_empty() => TopicId::TeamResults,
        PhaseName::Raw if !update.teams.is_empty() => TopicId::TeamFacts,
        PhaseName::Raw => TopicId::PlayerFacts,
        PhaseName::Results => TopicId::TeamFacts,
        PhaseName::Team => TopicId::PlayerContexts,
        PhaseName::Player => TopicId::PlayerGames,
        PhaseName::Features => TopicId::PlayerFeatures,
        PhaseName::Systems => TopicId::Candidates,
        PhaseName::Ledger => TopicId::Predictions,
        PhaseName::Completion => TopicId::Runs,
        PhaseName::Grading => TopicId::Graded,
    }
}

/// Whom the change is about: a player, or the first team it reaches.
fn target(update: &Update) -> (&'static str, String) {
    let cause = update.cause();
    if !matches!(cause.change_type, ChangeType::Schedule | ChangeType::Lineup) {
        return ("player", cause.subject.clone());
    }
    let teams = update.raw.touch.targets.iter().filter_map(|target| {
        let team = target.strip_prefix("team/");
        team.or_else(|| target.strip_prefix("results/"))
    });
    let first = teams.min().map(str::to_owned);
    ("team", first.unwrap_or_else(|| cause.subject.clone()))
}

fn change_event(cause: &Cause) -> ChangeEvent {
    ChangeEvent {
        event_type: format!("{}_change", change_word(cause.change_type)),
        trigger_source: trigger_word(cause.trigger_source).to_owned(),
        trigger_user: cause.trigger_user.clone(),
        old_value: cause.old_value.clone(),
        new_value: cause.new_value.clone(),
        change_timestamp: cause.known_at,
    }
}

fn change_word(change: ChangeType) -> &'static str {
    match change {
        ChangeType::InjuryStatus => "injury_status",
        ChangeType::Lineup => "lineup",
        ChangeType::LineMovement => "line_movement",
        ChangeType::BoxScore => "box_score",
        ChangeType::Schedule => "schedule",
        ChangeType::Roster => "roster",
        ChangeType::Forced => "forced",
        ChangeType::Unknown => "unknown",
    }
}

fn trigger_word(source: TriggerSource) -> &'static str {
    match source {
        TriggerSource::ManualEntry => "manual_entry",
        TriggerSource::Webhook => "webhook",
        TriggerSource::Api => "api",
        TriggerSource::Kafka => "kafka",
        TriggerSource::Schedule => "schedule",
        TriggerSource::Batch => "batch",
        TriggerSource::Replay => "replay",
        TriggerSource::Rollback => "rollback",
        TriggerSource::Unknown => "unknown",
    }
}

/// Seconds from `begin` to `end`, never negative: the two clocks may differ by a little.
fn seconds(begin: Timestamp, end: Timestamp) -> f64 {
    let micros = end.0.saturating_sub(begin.0).max(0);
    round_to(
        micros as f64 / Timestamp::MICROS_PER_SECOND as f64,
        DURATION_DECIMALS,
    )
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
