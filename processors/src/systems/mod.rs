//! Phase `systems`: what every system says of every prop. No state: a system is a function of the
//! features.

mod moving_average;
mod recommend;

use sideline_avro::candidates::{Candidate, CandidateSet, Component};
use sideline_avro::features::{PlayerFeatures, PropFeatures};
use sideline_avro::words::{InjuryStatus, Recommendation};
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record};
use sideline_topics::{PhaseName, TopicId};

use self::moving_average::MovingAverage;
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::decimals::{VALUE, round_to};
use crate::features::{Name, Source};
use crate::props::{Prop, prop};
use crate::topology::Wiring;

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Systems.as_str();

/// The system that stands for a prop where nobody has chosen one.
pub(crate) const DEFAULT_CHAMPION: &str = moving_average::ID;

/// Every system, in the order of their candidates.
const SYSTEMS: &[&dyn System] = &[&MovingAverage];

/// A way of predicting.
pub(crate) trait System: Sync {
    /// Its name in keys and views.
    fn id(&self) -> &'static str;
    /// Changes with whatever could change what it says.
    fn version(&self) -> &'static str;
    /// What it says of a player who is expected to play.
    fn evaluate(&self, input: &PropInput<'_>) -> Verdict;
}

/// What a system is told of one prop.
pub(crate) struct PropInput<'f> {
    pub(crate) prop: &'static Prop,
    pub(crate) features: &'f PropFeatures,
    pub(crate) projected_minutes: f64,
    pub(crate) window_minutes: Option<f64>,
}

/// What a system says of one prop.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// None when the system cannot say.
    pub(crate) predicted: Option<f64>,
    /// 0 to 1.
    pub(crate) confidence: f64,
    pub(crate) recommendation: Recommendation,
    pub(crate) reason: &'static str,
    pub(crate) components: Vec<Component>,
}

impl PropInput<'_> {
    /// The value of a feature, defaults included.
    pub(crate) fn value(&self, name: Name) -> Option<f64> {
        let mut features = self.features.features.iter();
        features
            .find(|feature| feature.name == name.as_str())?
            .value
    }

    /// True when a feature was read, and is no default.
    pub(crate) fn is_known(&self, name: Name) -> bool {
        let mut features = self.features.features.iter();
        let made_up = [Source::Default.as_str(), Source::Missing.as_str()];
        features.any(|feature| {
            feature.name == name.as_str() && !made_up.contains(&feature.source.as_str())
        })
    }

    /// The consensus line.
    pub(crate) fn line(&self) -> Option<f64> {
        self.features.line.as_ref().map(|line| line.consensus)
    }
}

impl Correlated for PlayerFeatures {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let output = wiring.output(&mut builder, TopicId::Candidates);
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::PlayerFeatures,
        move |record, ctx| handle(record, output, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

fn handle(
    record: &Record<PlayerFeatures>,
    output: Output<CandidateSet>,
    ctx: &mut Context<'_>,
) -> Result<(), ProcessError> {
    let Some(features) = &record.value else {
        return Ok(());
    };
    let set = CandidateSet {
        cause: passed(&features.cause, crate::features::NAME, record.timestamp_ms),
        view: features.view.clone(),
        matchup: features.matchup.clone(),
        candidates: candidates(features),
    };
    let player = &set.matchup.player_lookup;
    let key = format!("{player}/{}", set.matchup.game_id);
    ctx.forward(&output, player, &key, &set)
}

/// One candidate per prop and system.
pub(crate) fn candidates(features: &PlayerFeatures) -> Vec<Candidate> {
    let mut candidates = Vec::with_capacity(features.props.len() * SYSTEMS.len());
    for prop_features in &features.props {
        let Some(prop) = prop(&prop_features.prop) else {
            continue;
        };
        let is_out = features.matchup.status == InjuryStatus::Out;
        let input = PropInput {
            prop,
            features: prop_features,
            projected_minutes: if is_out {
                0.0
            } else {
                features.projected_minutes
            },
            window_minutes: features.window_minutes,
        };
        for system in SYSTEMS {
            let verdict = if is_out {
                player_out(&input)
            } else {
                system.evaluate(&input)
            };
            candidates.push(candidate(
                *system,
                &input,
                verdict,
                &features.feature_version,
            ));
        }
    }
    candidates
}

/// A player who is out keeps a candidate, without a value, so that nobody takes the last one for
/// what is still expected of him.
fn player_out(input: &PropInput<'_>) -> Verdict {
    Verdict {
        predicted: None,
        confidence: 0.0,
        recommendation: recommend::without_value(input.line()),
        reason: "player_out",
        components: Vec::new(),
    }
}

fn candidate(
    system: &dyn System,
    input: &PropInput<'_>,
    verdict: Verdict,
    feature_version: &str,
) -> Candidate {
    let line = input.line();
    let edge = verdict
        .predicted
        .zip(line)
        .map(|(value, line)| round_to(value - line, VALUE));
    Candidate {
        prop: input.prop.name.to_owned(),
        system_id: system.id().to_owned(),
        system_version: system.version().to_owned(),
        model_version: None,
        predicted: verdict.predicted,
        projected_minutes: input.projected_minutes,
        line,
        line_as_of: input.features.line.as_ref().map(|line| line.line_as_of),
        edge,
        confidence: verdict.confidence,
        recommendation: verdict.recommendation,
        recommendation_reason: verdict.reason.to_owned(),
        components: verdict.components,
        quality: input.features.quality,
        feature_version: feature_version.to_owned(),
    }
}
