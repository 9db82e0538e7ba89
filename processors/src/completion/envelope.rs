//! From a complete update to its run envelopes: one per phase that took part, and one for the whole.

use std::collections::{BTreeMap, BTreeSet};

use sideline_avro::cause::{Cause, ChangeType, TriggerSource};
use sideline_avro::runs::{ChangeEvent, ErrorType, RunEnvelope, RunStatus};
use sideline_avro::time::Timestamp;
use sideline_topics::{PhaseName, TopicId};

use super::sets::{Counts, Report, Update};
use crate::decimals::round_to;
use crate::fingerprint;

/// Durations are published to the millisecond.
const DURATION_DECIMALS: i32 = 3;

/// All envelopes of an update, in the order of the flow.
pub(super) fn envelopes(update: &Update, league: &str) -> Vec<RunEnvelope> {
    let mut all = vec![of_phase(update, league, PhaseName::Raw)];
    if !update.teams.is_empty() {
        all.push(of_phase(update, league, PhaseName::Team));
    }
    if !update.reports.is_empty() {
        let phases = [
            PhaseName::Player,
            PhaseName::Features,
            PhaseName::Systems,
            PhaseName::Ledger,
        ];
        all.extend(phases.map(|phase| of_phase(update, league, phase)));
    }
    all.push(of_update(update, league));
    all
}

/// What all envelopes of the update share.
fn common(update: &Update, league: &str, phase: PhaseName) -> RunEnvelope {
    let cause = update.cause();
    let execution = format!("{}/{phase}", cause.correlation_id);
    let (entity_type, entity_id) = target(update);
    RunEnvelope {
        processor_name: format!("sideline-{phase}"),
        phase: phase.as_str().to_owned(),
        execution_id: fingerprint::hex(&fingerprint::of_bytes(execution.as_bytes())),
        correlation_id: cause.correlation_id.clone(),
        game_date: update
            .reports
            .iter()
            .filter_map(|report| report.game_date)
            .min(),
        output_table: output_of(phase, update).suffix().to_owned(),
        output_dataset: league.to_owned(),
        status: RunStatus::Success,
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

/// What one phase did for the update. Its counts are those of the records it wrote; what became of
/// the predictions stands in the ledger's and the completion's.
fn of_phase(update: &Update, league: &str, phase: PhaseName) -> RunEnvelope {
    let mut envelope = common(update, league, phase);
    let reports = count(update.reports.len());
    let told = update
        .teams
        .iter()
        .map(|team| team.touch.targets.len())
        .sum();
    envelope.record_count = match phase {
        PhaseName::Raw => count(update.raw.touch.targets.len()),
        PhaseName::Team => count(told),
        _ => reports,
    };
    envelope.entities_total = match phase {
        PhaseName::Raw => 1,
        PhaseName::Team => count(update.teams.len()),
        _ => count(players(&update.reports).len()),
    };
    envelope.entities_processed = envelope.entities_total;
    let timing = timing(update, phase);
    envelope.timestamp = timing.map_or(update.ended_at(), |(_, end)| end);
    envelope.duration_seconds = timing.map(|(begin, end)| seconds(begin, end));
    envelope.parent_processor = parent(update, phase).map(|name| format!("sideline-{name}"));
    if phase == PhaseName::Ledger {
        put_counts(&mut envelope, &update.counts());
        put_entities(&mut envelope, update);
    }
    if phase == PhaseName::Raw {
        put_failure(&mut envelope, update);
    }
    envelope
}

/// What became of the update as a whole.
fn of_update(update: &Update, league: &str) -> RunEnvelope {
    let mut envelope = common(update, league, PhaseName::Completion);
    put_counts(&mut envelope, &update.counts());
    put_entities(&mut envelope, update);
    envelope.record_count = envelope.changed;
    envelope.timestamp = update.ended_at();
    envelope.duration_seconds = Some(seconds(update.began_at(), update.ended_at()));
    envelope.parent_processor =
        parent(update, PhaseName::Completion).map(|name| format!("sideline-{name}"));
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
    envelope
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

/// Players reached, predicted, skipped as a whole, and with a new version.
fn put_entities(envelope: &mut RunEnvelope, update: &Update) {
    let all = players(&update.reports);
    let with = |wanted: fn(&Report) -> bool| {
        let found = update.reports.iter().filter(|report| wanted(report));
        found
            .map(|report| report.player.as_str())
            .collect::<BTreeSet<_>>()
            .len()
    };
    let processed = with(|report| report.counts.skipped < report.counts.expected);
    envelope.entities_total = count(all.len());
    envelope.entities_processed = count(processed);
    envelope.entities_skipped = count(all.len().saturating_sub(processed));
    envelope.entities_changed = count(with(|report| report.counts.changed > 0));
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
    if phase == PhaseName::Team {
        let ends = update
            .teams
            .iter()
            .map(|team| (update.raw.appended_at, team.appended_at));
        return ends.max_by_key(|(begin, end)| end.0 - begin.0);
    }
    let steps = update
        .reports
        .iter()
        .filter_map(|report| step(report, phase));
    steps.max_by_key(|(begin, end)| end.0 - begin.0)
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
        PhaseName::Team => Some(PhaseName::Raw),
        PhaseName::Player if update.teams.is_empty() => Some(PhaseName::Raw),
        PhaseName::Player => Some(PhaseName::Team),
        PhaseName::Features => Some(PhaseName::Player),
        PhaseName::Systems => Some(PhaseName::Features),
        PhaseName::Ledger => Some(PhaseName::Systems),
        PhaseName::Completion if update.reports.is_empty() => Some(PhaseName::Raw),
        PhaseName::Completion => Some(PhaseName::Ledger),
    }
}

fn output_of(phase: PhaseName, update: &Update) -> TopicId {
    match phase {
        PhaseName::Raw if !update.teams.is_empty() => TopicId::TeamFacts,
        PhaseName::Raw => TopicId::PlayerFacts,
        PhaseName::Team => TopicId::PlayerContexts,
        PhaseName::Player => TopicId::PlayerGames,
        PhaseName::Features => TopicId::PlayerFeatures,
        PhaseName::Systems => TopicId::Candidates,
        PhaseName::Ledger => TopicId::Predictions,
        PhaseName::Completion => TopicId::Runs,
    }
}

/// Whom the change is about: a player, or the first team it reaches.
fn target(update: &Update) -> (&'static str, String) {
    let cause = update.cause();
    if !matches!(cause.change_type, ChangeType::Schedule | ChangeType::Lineup) {
        return ("player", cause.subject.clone());
    }
    let teams = update
        .raw
        .touch
        .targets
        .iter()
        .filter_map(|target| target.strip_prefix("team/"));
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
