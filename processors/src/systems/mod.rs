//! Phase `systems`: what every system says of every prop. No state: a system is a function of the
//! features.

mod boosted_trees;
#[cfg(test)]
mod case;
mod certainty;
mod ensemble;
mod minutes;
mod moving_average;
mod recommend;
mod rules;
mod similarity;
mod status;
mod weights;
mod zone_matchup;

use sideline_avro::candidates::{Candidate, CandidateSet, Component};
use sideline_avro::features::{Feature, PlayerFeatures, PropFeatures};
use sideline_avro::words::{InjuryStatus, Recommendation};
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record};
use sideline_topics::{PhaseName, TopicId};

use self::boosted_trees::BoostedTrees;
pub(crate) use self::boosted_trees::NO_MODEL;
pub use self::boosted_trees::{Model, ModelError};
use self::moving_average::MovingAverage;
use self::similarity::Similarity;
use self::zone_matchup::ZoneMatchup;
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::decimals::{VALUE, round_to};
use crate::features::{Name, Source};
use crate::props::{Prop, prop};
use crate::topology::Wiring;

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Systems.as_str();

/// Every system, as it is named in keys and views.
pub const SYSTEMS: [&str; 5] = [
    moving_average::ID,
    zone_matchup::ID,
    similarity::ID,
    boosted_trees::ID,
    ensemble::ID,
];

/// The system that stands for a prop where nobody has chosen one.
pub const DEFAULT_CHAMPION: &str = ensemble::ID;

/// Which systems speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// All, and the ensemble made of them: what the live pipeline runs.
    #[default]
    All,
    /// The moving average alone, for whoever looks at one system.
    MovingAverage,
}

/// What the systems are made of, beside the features.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Which systems speak.
    pub choice: Choice,
    /// The boosted trees' model, where there is one.
    pub model: Option<Model>,
}

impl Setup {
    /// The system whose version stands for a change in its envelope: the default champion where it
    /// speaks.
    pub(crate) fn champion(&self) -> &'static str {
        match self.choice {
            Choice::All => DEFAULT_CHAMPION,
            Choice::MovingAverage => moving_average::ID,
        }
    }
}

/// The systems that speak, in the order of their candidates.
pub(crate) struct Systems {
    members: Vec<Box<dyn System>>,
    has_ensemble: bool,
}

impl Systems {
    /// A system is registered by a line here.
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut members: Vec<Box<dyn System>> = vec![Box::new(MovingAverage::fitted())];
        let has_ensemble = setup.choice == Choice::All;
        if has_ensemble {
            members.push(Box::new(ZoneMatchup::fitted()));
            members.push(Box::new(Similarity::fitted()));
            members.push(Box::new(BoostedTrees {
                model: setup.model.clone(),
            }));
        }
        Self {
            members,
            has_ensemble,
        }
    }
}

/// A way of predicting.
pub(crate) trait System: Send + Sync {
    /// Its name in keys and views.
    fn id(&self) -> &'static str;
    /// Changes with whatever could change what it says.
    fn version(&self) -> &'static str;
    /// Its model, for systems with one.
    fn model_version(&self) -> Option<&str> {
        None
    }
    /// False when it has nothing to say of a prop, whoever plays.
    fn can_say(&self, _prop: &Prop) -> bool {
        true
    }
    /// What it says of a player who is expected to play.
    fn evaluate(&self, input: &PropInput<'_>) -> Verdict;
}

/// What a system is told of one prop.
pub(crate) struct PropInput<'f> {
    pub(crate) prop: &'static Prop,
    pub(crate) features: &'f PropFeatures,
    /// Those that are the same for every prop.
    pub(crate) of_game: &'f [Feature],
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
    /// Standard deviation of what may come, in units of the prop.
    pub(crate) spread: Option<f64>,
    /// 0 to 1; none without a line.
    pub(crate) probability_over: Option<f64>,
    pub(crate) recommendation: Recommendation,
    pub(crate) reason: &'static str,
    pub(crate) components: Vec<Component>,
}

impl<'f> PropInput<'f> {
    /// The value of a feature, defaults included.
    pub(crate) fn value(&self, name: Name) -> Option<f64> {
        self.feature(name)?.value
    }

    fn feature(&self, name: Name) -> Option<&'f Feature> {
        let is_it = |feature: &&Feature| feature.name == name.as_str();
        let lists = [self.features.features.as_slice(), self.of_game];
        // Each stands in its place, unless another version of the registry wrote the record.
        let in_place = |list: &&'f [Feature]| list.get(name.place()).filter(is_it);
        let found = lists.iter().find_map(in_place);
        found.or_else(|| lists.into_iter().flatten().find(is_it))
    }

    /// The value of the feature of this name in the registry.
    pub(crate) fn named(&self, name: &str) -> Option<f64> {
        let mut features = self.features.features.iter().chain(self.of_game);
        features.find(|feature| feature.name == name)?.value
    }

    /// True when a feature was read, and is no default.
    pub(crate) fn is_known(&self, name: Name) -> bool {
        let made_up = [Source::Default.as_str(), Source::Missing.as_str()];
        self.feature(name)
            .is_some_and(|feature| !made_up.contains(&feature.source.as_ref()))
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
    let systems = Systems::new(wiring.setup);
    let mut builder = Phase::builder(NAME);
    let output = wiring.output(&mut builder, TopicId::Candidates);
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::PlayerFeatures,
        move |record, ctx| handle(&systems, record, output, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

fn handle(
    systems: &Systems,
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
        candidates: systems.candidates(features),
    };
    let player = &set.matchup.player_lookup;
    let key = format!("{player}/{}", set.matchup.game_id);
    ctx.forward(&output, player, &key, &set)
}

impl Systems {
    /// One candidate per prop and system.
    pub(crate) fn candidates(&self, features: &PlayerFeatures) -> Vec<Candidate> {
        let mut candidates = Vec::with_capacity(features.props.len() * (self.members.len() + 1));
        for prop_features in &features.props {
            if let Some(prop) = prop(&prop_features.prop) {
                self.of_prop(features, prop, prop_features, &mut candidates);
            }
        }
        candidates
    }

    fn of_prop(
        &self,
        features: &PlayerFeatures,
        prop: &'static Prop,
        prop_features: &PropFeatures,
        candidates: &mut Vec<Candidate>,
    ) {
        let status = features.matchup.status;
        let is_out = status == InjuryStatus::Out;
        let input = PropInput {
            prop,
            features: prop_features,
            of_game: &features.features,
            projected_minutes: if is_out {
                0.0
            } else {
                features.projected_minutes
            },
            window_minutes: features.window_minutes,
        };
        let evaluate = |system: &dyn System| {
            if is_out && system.can_say(prop) {
                status::player_out(&input)
            } else {
                system.evaluate(&input)
            }
        };
        let members = self.members.iter();
        let mut verdicts: Vec<(&'static str, Verdict)> = members
            .map(|system| (system.id(), evaluate(&**system)))
            .collect();
        if self.has_ensemble {
            let together = if is_out {
                status::player_out(&input)
            } else {
                ensemble::combine(&input, &verdicts)
            };
            verdicts.push((ensemble::ID, together));
        }
        for (place, (id, verdict)) in verdicts.into_iter().enumerate() {
            let system = self.members.get(place);
            let version = system.map_or(ensemble::VERSION, |system| system.version());
            let made_by = MadeBy {
                system_id: id,
                system_version: version,
                model_version: system.and_then(|system| system.model_version()),
                feature_version: &features.feature_version,
            };
            candidates.push(candidate(&made_by, &input, status::under(status, verdict)));
        }
    }
}

/// Who says it.
struct MadeBy<'m> {
    system_id: &'static str,
    system_version: &'static str,
    model_version: Option<&'m str>,
    feature_version: &'m str,
}

fn candidate(made_by: &MadeBy<'_>, input: &PropInput<'_>, verdict: Verdict) -> Candidate {
    let line = input.line();
    let edge = verdict
        .predicted
        .zip(line)
        .map(|(value, line)| round_to(value - line, VALUE));
    Candidate {
        prop: input.prop.name.to_owned(),
        system_id: made_by.system_id.to_owned(),
        system_version: made_by.system_version.to_owned(),
        model_version: made_by.model_version.map(str::to_owned),
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
        feature_version: made_by.feature_version.to_owned(),
        spread: verdict.spread,
        probability_over: verdict.probability_over,
    }
}
