//! Phase `features`: what the systems are told of a player before a game, per prop, each value
//! with its source. No state: a feature is a function of form and market.

mod averages;
mod fatigue;
mod lines;
mod market;
mod minutes;
mod pace;
mod referees;
mod registry;
mod schedule;
mod teams;
mod usage;
mod zones;

use sideline_avro::features::{Feature, PlayerFeatures, PropFeatures};
use sideline_avro::form::{PlayerGame, PropLine};
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record};
use sideline_topics::{PhaseName, TopicId};

use self::minutes::{projected_minutes, window_minutes};
pub(crate) use self::registry::FEATURE_VERSION;
use self::registry::{Inputs, REGISTRY, Reading};
pub(crate) use self::registry::{Name, Source};
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::decimals::{VALUE, round_to};
use crate::props::{Prop, prop};
use crate::topology::Wiring;

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Features.as_str();

impl Correlated for PlayerGame {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let output = wiring.output(&mut builder, TopicId::PlayerFeatures);
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::PlayerGames,
        move |record, ctx| handle(record, output, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

fn handle(
    record: &Record<PlayerGame>,
    output: Output<PlayerFeatures>,
    ctx: &mut Context<'_>,
) -> Result<(), ProcessError> {
    let Some(game) = &record.value else {
        return Ok(());
    };
    let mut features = compute(game);
    features.cause = passed(&game.cause, crate::player::NAME, record.timestamp_ms);
    let player = &game.matchup.player_lookup;
    let key = format!("{player}/{}", game.matchup.game_id);
    ctx.forward(&output, player, &key, &features)
}

/// The features of every prop the change can move; none when the player is skipped.
pub(crate) fn compute(game: &PlayerGame) -> PlayerFeatures {
    let props = game.props.iter().filter_map(|name| prop(name));
    let shared: Vec<_> = match game.props.as_slice() {
        [] => Vec::new(),
        _ => REGISTRY.iter().map(|entry| entry.shared(game)).collect(),
    };
    let readings = REGISTRY.iter().zip(&shared);
    let of_game = readings.filter_map(|(entry, reading)| Some(feature(entry.name, (*reading)?)));
    PlayerFeatures {
        cause: game.cause.clone(),
        view: game.view.clone(),
        matchup: game.matchup.clone(),
        feature_version: FEATURE_VERSION.to_owned(),
        projected_minutes: projected_minutes(&game.form),
        window_minutes: window_minutes(&game.form),
        features: of_game.collect(),
        props: props.map(|prop| of_prop(game, prop, &shared)).collect(),
    }
}

/// `shared` has the readings that are those of all props, in the registry's order: they weigh in its
/// quality, and stand in the record once.
fn of_prop(game: &PlayerGame, prop: &'static Prop, shared: &[Option<Reading>]) -> PropFeatures {
    let line: Option<&PropLine> = game.lines.iter().find(|line| line.prop == prop.name);
    let stat = game.form.stats.iter().find(|stat| stat.prop == prop.name);
    let inputs = Inputs {
        game,
        prop,
        stat,
        line,
    };
    let mut features = Vec::new();
    let mut weights = Vec::with_capacity(REGISTRY.len());
    let mut defaults = 0;
    for (entry, shared) in REGISTRY.iter().zip(shared) {
        let reading = shared.unwrap_or_else(|| entry.reading(&inputs));
        if !(entry.is_optional && reading.is_made_up()) {
            weights.push(reading.source.weight());
            defaults += usize::from(reading.is_made_up());
        }
        if shared.is_none() {
            features.push(feature(entry.name, reading));
        }
    }
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    let quality = mean.min(quality_max(defaults));
    PropFeatures {
        prop: prop.name.to_owned(),
        features,
        line: line.cloned(),
        quality: round_to(quality, VALUE),
    }
}

/// What is made up of defaults is never called good: 69 at most with one of the required features,
/// 49 with five.
fn quality_max(required_defaults: usize) -> f64 {
    match required_defaults {
        0 => 100.0,
        1..=4 => 69.0,
        _ => 49.0,
    }
}

fn feature(name: Name, reading: Reading) -> Feature {
    Feature {
        name: name.as_str().into(),
        value: reading.value,
        source: reading.source.as_str().into(),
        reason: reading.reason.map(Into::into),
    }
}
