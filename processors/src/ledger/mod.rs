//! Phase `ledger`: the one writer of versions. Per key it keeps the newest candidate and the last
//! version, and decides what becomes of each candidate.

mod content;
mod judge;
mod withdraw;

use serde::{Deserialize, Serialize};
use sideline_avro::candidates::{Candidate, CandidateSet};
use sideline_avro::predictions::{Outcome, OutcomeItem, OutcomeKind, Prediction};
use sideline_avro::predictions::{PredictionPath, PreviousVersion};
use sideline_avro::time::LeagueDay;
use sideline_avro::words::Recommendation;
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record, Store};
use sideline_topics::{PhaseName, TopicId, keys};

use self::content::Content;
use self::judge::{Judgement, judge};
pub(crate) use self::withdraw::WITHDRAWING;
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::fingerprint::{self, Fingerprint};
use crate::systems::NO_MODEL;
use crate::topology::Wiring;
use crate::view::{self, View};

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Ledger.as_str();

/// The candidate contains less of the log than the newest one.
const OLDER_VIEW: &str = "older_view";
/// The newest fact was appended at or after tip-off.
const AFTER_TIP_OFF: &str = "after_tip_off";

/// Stores and outputs. All keys begin with the player.
#[derive(Clone)]
struct Ledger {
    /// By player and game: what the newest candidates contain of the log.
    views: Store<View>,
    /// By player, game, prop and system: the newest candidate.
    candidates: Store<NewestCandidate>,
    /// By player, game, prop and system: the last version.
    versions: Store<LastVersion>,
    predictions: Output<Prediction>,
    outcomes: Output<Outcome>,
    league: String,
    build: String,
}

/// The newest candidate of a key, whether or not it made a version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct NewestCandidate {
    content: Fingerprint,
    predicted: Option<f64>,
    line: Option<f64>,
}

/// The last version of a key.
///
/// # Invariant
/// `version` is 1 for the first and grows by 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastVersion {
    version: i64,
    content: Fingerprint,
    /// Hash of what it says apart from the line and all that follows from it.
    bare: Fingerprint,
    predicted: Option<f64>,
    line: Option<f64>,
    recommendation: Recommendation,
    system_version: String,
    feature_version: String,
}

impl Correlated for CandidateSet {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let ledger = Ledger {
        views: builder.store("views"),
        candidates: builder.store("candidates"),
        versions: builder.store("versions"),
        predictions: wiring.output(&mut builder, TopicId::Predictions),
        outcomes: wiring.output(&mut builder, TopicId::Outcomes),
        league: wiring.catalogue.league().to_owned(),
        build: wiring.build.to_owned(),
    };
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::Candidates,
        move |record, ctx| ledger.handle(record, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

impl Ledger {
    fn handle(
        &self,
        record: &Record<CandidateSet>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let Some(received) = &record.value else {
            return Ok(());
        };
        let mut set = received.clone();
        set.cause = passed(&set.cause, crate::systems::NAME, record.timestamp_ms);
        let items = self.items(&set, ctx)?;
        let outcome = outcome(&set, items);
        let matchup = &set.matchup;
        let id = &set.cause.correlation_id;
        let key = keys::outcome_key(id, &matchup.player_lookup, &matchup.path, &matchup.game_id);
        ctx.forward(&self.outcomes, id, &key, &outcome)
    }

    /// What becomes of every candidate; of a player skipped as a whole, what becomes of his
    /// versions.
    fn items(
        &self,
        set: &CandidateSet,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<OutcomeItem>, ProcessError> {
        let is_older = self.is_older(set, ctx)?;
        if let Some(reason) = &set.matchup.skip_reason {
            return if is_older {
                Ok(vec![skipped("", "", OLDER_VIEW)])
            } else {
                self.skip(set, reason, ctx)
            };
        }
        let mut items = Vec::with_capacity(set.candidates.len());
        for candidate in &set.candidates {
            let item = if is_older {
                skipped(&candidate.prop, &candidate.system_id, OLDER_VIEW)
            } else {
                self.take(set, candidate, ctx)?
            };
            items.push(item);
        }
        Ok(items)
    }

    /// True for a set that contains less of the log than what is known of the game; the view of
    /// any other is remembered.
    fn is_older(&self, set: &CandidateSet, ctx: &mut Context<'_>) -> Result<bool, ProcessError> {
        let matchup = &set.matchup;
        if matchup.game_id.is_empty() {
            return Ok(false);
        }
        let key = keys::player_game_key(&matchup.player_lookup, &matchup.game_id);
        let known = ctx.get(&self.views, &key)?.unwrap_or_default();
        if view::is_older(&set.view, &known) {
            return Ok(true);
        }
        ctx.put(&self.views, &key, &set.view)?;
        Ok(false)
    }

    /// Judges one candidate, remembers it, and writes the version it makes.
    fn take(
        &self,
        set: &CandidateSet,
        candidate: &Candidate,
        ctx: &mut Context<'_>,
    ) -> Result<OutcomeItem, ProcessError> {
        let key = prediction_key(set, &candidate.prop, &candidate.system_id);
        let content = Content::of(set, candidate);
        let newest = NewestCandidate {
            content: content.full,
            predicted: candidate.predicted,
            line: candidate.line,
        };
        ctx.put(&self.candidates, &key, &newest)?;
        let last = ctx.get(&self.versions, &key)?;
        let judgement = if last.is_none() && candidate.recommendation_reason == NO_MODEL {
            Judgement::Speechless
        } else if set.matchup.is_too_late {
            Judgement::TooLate
        } else {
            judge(last.as_ref(), candidate, &content)
        };
        let last_version = last.as_ref().map(|last| last.version);
        let (kind, reason, version) = match judgement {
            Judgement::Speechless => (OutcomeKind::Skipped, Some(NO_MODEL), None),
            Judgement::TooLate => (OutcomeKind::TooLate, Some(AFTER_TIP_OFF), last_version),
            Judgement::Unchanged => (OutcomeKind::Unchanged, None, last_version),
            Judgement::Held => (
                OutcomeKind::Held,
                Some("line_within_threshold"),
                last_version,
            ),
            Judgement::Changed(why) => {
                let version = self.write(set, candidate, (&content, last), ctx)?;
                (OutcomeKind::Changed, Some(why), Some(version))
            }
        };
        Ok(OutcomeItem {
            prop: candidate.prop.clone(),
            system_id: candidate.system_id.clone(),
            kind,
            reason: reason.map(str::to_owned),
            version,
        })
    }

    /// Writes the next version of a key.
    fn write(
        &self,
        set: &CandidateSet,
        candidate: &Candidate,
        (content, last): (&Content, Option<LastVersion>),
        ctx: &mut Context<'_>,
    ) -> Result<i64, ProcessError> {
        let key = prediction_key(set, &candidate.prop, &candidate.system_id);
        let version = last.as_ref().map_or(1, |last| last.version + 1);
        let identity = format!("{}|{key}|{version}", self.league);
        let prediction = Prediction {
            prediction_id: fingerprint::hex(&fingerprint::of_bytes(identity.as_bytes())),
            league: self.league.clone(),
            version,
            supersedes_version: last.as_ref().map(|last| last.version),
            build: self.build.clone(),
            candidate: candidate.clone(),
            previous: last.as_ref().map(previous),
            content_hash: fingerprint::hex(&content.full),
            ..prediction_of(set)
        };
        ctx.forward(
            &self.predictions,
            &set.matchup.player_lookup,
            &key,
            &prediction,
        )?;
        let written = LastVersion {
            version,
            content: content.full,
            bare: content.bare,
            predicted: candidate.predicted,
            line: candidate.line,
            recommendation: candidate.recommendation,
            system_version: candidate.system_version.clone(),
            feature_version: candidate.feature_version.clone(),
        };
        ctx.put(&self.versions, &key, &written)?;
        Ok(version)
    }
}

/// What every version made of one set shares.
fn prediction_of(set: &CandidateSet) -> Prediction {
    let matchup = &set.matchup;
    Prediction {
        player_lookup: matchup.player_lookup.clone(),
        game_id: matchup.game_id.clone(),
        game_date: matchup.game_date,
        tip_off: matchup.tip_off,
        team: matchup.team.clone(),
        opponent: matchup.opponent.clone(),
        is_home: matchup.is_home,
        origin: PredictionPath::Live,
        cause: set.cause.clone(),
        view: set.view.clone(),
        effective_at: set.cause.known_at,
        as_of: matchup.as_of,
        status: matchup.status,
        teammates_out: matchup.teammates_out.clone(),
        ..Prediction::default()
    }
}

fn previous(last: &LastVersion) -> PreviousVersion {
    PreviousVersion {
        predicted: last.predicted,
        line: last.line,
        recommendation: last.recommendation,
    }
}

fn prediction_key(set: &CandidateSet, prop: &str, system_id: &str) -> String {
    let matchup = &set.matchup;
    keys::prediction_key(&matchup.player_lookup, &matchup.game_id, prop, system_id)
}

fn skipped(prop: &str, system_id: &str, reason: &str) -> OutcomeItem {
    OutcomeItem {
        prop: prop.to_owned(),
        system_id: system_id.to_owned(),
        kind: OutcomeKind::Skipped,
        reason: Some(reason.to_owned()),
        version: None,
    }
}

/// The outcome of a set, with promise 9 by construction: every item is counted once.
fn outcome(set: &CandidateSet, items: Vec<OutcomeItem>) -> Outcome {
    let matchup = &set.matchup;
    let count = |kind: OutcomeKind| {
        let found = items.iter().filter(|item| item.kind == kind).count();
        i32::try_from(found).unwrap_or(i32::MAX)
    };
    let has_day = matchup.game_date != LeagueDay::default();
    Outcome {
        cause: set.cause.clone(),
        player_lookup: matchup.player_lookup.clone(),
        path: matchup.path.clone(),
        parts: matchup.parts,
        game_id: matchup.game_id.clone(),
        game_date: has_day.then_some(matchup.game_date),
        expected: i32::try_from(items.len()).unwrap_or(i32::MAX),
        changed: count(OutcomeKind::Changed),
        unchanged: count(OutcomeKind::Unchanged),
        held: count(OutcomeKind::Held),
        blocked: count(OutcomeKind::Blocked),
        too_late: count(OutcomeKind::TooLate),
        skipped: count(OutcomeKind::Skipped),
        failed: count(OutcomeKind::Failed) + count(OutcomeKind::Unknown),
        items,
    }
}
