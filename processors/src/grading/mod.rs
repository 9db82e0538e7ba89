//! Phase `grading`: what was said of a player's game before tip-off, beside what then happened.
//!
//! It keeps the versions, the box scores and the quotes of each player, and works a grade out from
//! all of them whenever one of them comes, so the order in which they come does not change the last
//! grade. A grade that says something else than the one before is a new grade version.

mod keeping;
mod outcome;
mod verdict;
mod versions;
mod writing;

use serde::{Deserialize, Serialize};
use sideline_avro::facts::{BoxScore, PlayerFact};
use sideline_avro::graded::Graded;
use sideline_avro::predictions::Prediction;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{Context, Output, Phase, ProcessError, Record, Store};
use sideline_topics::{PhaseName, TopicId, keys};

use self::keeping::{Reach, Subject};
use self::versions::{Kept, Matchup};
use crate::causes::passed;
use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::fingerprint::Fingerprint;
use crate::player::Quote;
use crate::topology::Wiring;
use crate::truth::History;

/// The phase's name.
pub(crate) const NAME: &str = PhaseName::Grading.as_str();

/// Stores and output. All keys begin with the player.
#[derive(Clone)]
struct Grading {
    /// By player, game and prop: what was said, by system and version.
    versions: Store<Vec<Kept>>,
    /// By player and game: the game, as the newest version has it.
    games: Store<Matchup>,
    /// By player and game: what happened.
    rows: Store<History<BoxScore>>,
    /// By player, game, prop and book.
    quotes: Store<History<Quote>>,
    /// By player: the newest moment at which anything of him was known.
    newest: Store<Timestamp>,
    /// By player and game: games of which it is not known yet what happened, with their tip-off.
    open: Store<Timestamp>,
    /// By player, game and prop: the last grade.
    grades: Store<LastGrade>,
    graded: Output<Graded>,
    league: String,
}

/// The last grade of a key.
///
/// # Invariant
/// `grade_version` is 1 for the first and grows by 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LastGrade {
    grade_version: i64,
    content: Fingerprint,
}

impl Correlated for Prediction {
    fn correlation_id(&self) -> Option<&str> {
        Some(&self.cause.correlation_id)
    }
}

/// Builds the phase.
pub(crate) fn phase<C: Codecs>(wiring: &Wiring<'_, C>) -> Phase {
    let mut builder = Phase::builder(NAME);
    let grading = Grading {
        versions: builder.store("versions"),
        games: builder.store("games"),
        rows: builder.store("rows"),
        quotes: builder.store("quotes"),
        newest: builder.store("newest"),
        open: builder.store("open"),
        grades: builder.store("grades"),
        graded: wiring.output(&mut builder, TopicId::Graded),
        league: wiring.catalogue.league().to_owned(),
    };
    let mut letters = DeadLetters::to(wiring.output(&mut builder, TopicId::DeadLetters));
    let other = grading.clone();
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::Predictions,
        move |record, ctx| grading.on_prediction(record, ctx),
    );
    wiring.input(
        &mut builder,
        &mut letters,
        TopicId::PlayerFacts,
        move |record, ctx| other.on_fact(record, ctx),
    );
    // A game whose versions all come after its box score is graded again with each of them; read
    // first, they are there when it comes.
    builder.read_first(wiring.catalogue.name(TopicId::Predictions));
    letters.install(&mut builder);
    builder.build()
}

impl Grading {
    fn on_prediction(
        &self,
        record: &Record<Prediction>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let Some(prediction) = &record.value else {
            return Ok(());
        };
        // Shadows and backtests are graded where they are made.
        if prediction
            .run_id
            .as_deref()
            .is_some_and(|id| !id.is_empty())
        {
            return Ok(());
        }
        let subject = Subject {
            player: prediction.player_lookup.clone(),
            cause: passed(&prediction.cause, crate::ledger::NAME, record.timestamp_ms),
        };
        let is_news_of_game = self.keep_version(prediction, ctx)?;
        self.note(&subject.player, prediction.effective_at, ctx)?;
        let prop = (!is_news_of_game).then_some(prediction.candidate.prop.as_str());
        self.grade(&subject, &prediction.game_id, prop, ctx)?;
        self.grade_what_is_over(&subject, ctx)
    }

    fn on_fact(
        &self,
        record: &Record<PlayerFact>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let Some(fact) = &record.value else {
            return Ok(());
        };
        let subject = Subject {
            player: fact.player_lookup.clone(),
            cause: passed(&fact.cause, crate::raw::NAME, record.timestamp_ms),
        };
        let reach = self.keep_fact(fact, ctx)?;
        self.note(&subject.player, fact.known_at, ctx)?;
        match reach {
            Reach::Line { game_id, prop } => self.regrade(&subject, &game_id, &prop, ctx)?,
            Reach::BoxScore { game_id } => {
                self.grade(&subject, &game_id, None, ctx)?;
                self.grade_later(&subject, fact.known_at, &game_id, ctx)?;
            }
            Reach::Nothing => {}
        }
        self.grade_what_is_over(&subject, ctx)
    }

    /// A quote that came late can move the closing line of a prop that has its grade.
    fn regrade(
        &self,
        subject: &Subject,
        game_id: &str,
        prop: &str,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let key = keys::graded_key(&subject.player, game_id, prop);
        if ctx.get(&self.grades, &key)?.is_none() {
            return Ok(());
        }
        self.grade(subject, game_id, Some(prop), ctx)
    }

    /// A box score that came late or was corrected is part of the averages before later games.
    fn grade_later(
        &self,
        subject: &Subject,
        known_at: Timestamp,
        except: &str,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        for (key, matchup) in ctx.range(&self.games, &format!("{}/", subject.player))? {
            let game_id = key.rsplit('/').next().unwrap_or_default();
            if matchup.tip_off > known_at && game_id != except {
                self.grade(subject, game_id, None, ctx)?;
            }
        }
        Ok(())
    }

    /// Games that he has no box score of, and that are over by now.
    fn grade_what_is_over(
        &self,
        subject: &Subject,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let newest = self.newest_of(&subject.player, ctx)?;
        for (key, tip_off) in ctx.range(&self.open, &format!("{}/", subject.player))? {
            if outcome::is_over(tip_off, newest) {
                let game_id = key.rsplit('/').next().unwrap_or_default();
                self.grade(subject, game_id, None, ctx)?;
            }
        }
        Ok(())
    }
}
