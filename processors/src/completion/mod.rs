//! Phase `completion`: when has everybody whom an update reaches reported, and what came of it.
//!
//! Never by counting up: each message is put into a set, and the answer is worked out from the sets
//! anew. An update is complete when phase raw has said whom it reaches, every team among them has
//! said the same, and every player among them has an outcome per game. Its envelope is then
//! published once; what comes later for the same update is ignored.

mod envelope;
mod sets;

use serde::{Deserialize, Serialize};
use sideline_avro::context::Touch;
use sideline_avro::predictions::Outcome;
use sideline_avro::runs::RunEnvelope;
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record, Store};
use sideline_topics::{PhaseName, TopicId, keys};

use self::envelope::envelope;
use self::sets::{Report, Reports, SeenTouch};
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::topology::Wiring;

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Completion.as_str();

/// Stores and output. All keys begin with the correlation id.
#[derive(Clone)]
struct Completion {
    /// By correlation id and origin.
    touches: Store<SeenTouch>,
    /// By correlation id, player, path and game.
    reports: Store<Report>,
    /// Correlation ids of complete updates. A mark takes some forty bytes and stays: an update is
    /// told complete once, however late a report of it comes.
    complete: Store<Mark>,
    runs: Output<RunEnvelope>,
    league: String,
    champion: &'static str,
}

/// Says that an update was told complete.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Mark;

impl Correlated for Touch {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

impl Correlated for Outcome {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let completion = Completion {
        touches: builder.store("touches"),
        reports: builder.store("reports"),
        complete: builder.store("complete"),
        runs: wiring.output(&mut builder, TopicId::Runs),
        league: wiring.catalogue.league().to_owned(),
        champion: wiring.setup.champion(),
    };
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    let on_touch = completion.clone();
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::Touches,
        move |record, ctx| on_touch.on_touch(record, ctx),
    );
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::Outcomes,
        move |record, ctx| completion.on_outcome(record, ctx),
    );
    letters.install(&mut builder);
    builder.build()
}

impl Completion {
    fn on_touch(&self, record: &Record<Touch>, ctx: &mut Context<'_>) -> Result<(), ProcessError> {
        let Some(touch) = &record.value else {
            return Ok(());
        };
        let id = &touch.cause.correlation_id;
        if ctx.get(&self.complete, id)?.is_some() {
            return Ok(());
        }
        let key = keys::touch_key(id, &touch.origin);
        ctx.put(
            &self.touches,
            &key,
            &SeenTouch::of(touch, record.timestamp_ms),
        )?;
        self.conclude(id, ctx)
    }

    fn on_outcome(
        &self,
        record: &Record<Outcome>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let Some(outcome) = &record.value else {
            return Ok(());
        };
        let id = &outcome.cause.correlation_id;
        if ctx.get(&self.complete, id)?.is_some() {
            return Ok(());
        }
        let key = keys::outcome_key(id, &outcome.player_lookup, &outcome.path, &outcome.game_id);
        ctx.put(
            &self.reports,
            &key,
            &Report::of(outcome, self.champion, record.timestamp_ms),
        )?;
        self.conclude(id, ctx)
    }

    /// Publishes the envelope when everybody has reported, and drops the sets.
    fn conclude(&self, id: &str, ctx: &mut Context<'_>) -> Result<(), ProcessError> {
        let raw_key = keys::touch_key(id, crate::raw::NAME);
        if ctx.get(&self.touches, &raw_key)?.is_none() {
            return Ok(());
        }
        let prefix = format!("{id}/");
        let touches = ctx.range(&self.touches, &prefix)?;
        let reports = ctx.range(&self.reports, &prefix)?;
        let told = |(_, touch): &(String, SeenTouch)| touch.clone();
        let heard = |(_, report): &(String, Report)| report.clone();
        let sets = Reports::new(touches.iter().map(told), reports.iter().map(heard));
        let Some(update) = sets.complete() else {
            return Ok(());
        };
        let key = keys::run_key(id, NAME);
        ctx.forward(&self.runs, id, &key, &envelope(&update, &self.league))?;
        for (key, _) in &touches {
            ctx.delete(&self.touches, key)?;
        }
        for (key, _) in &reports {
            ctx.delete(&self.reports, key)?;
        }
        ctx.put(&self.complete, id, &Mark)
    }
}
