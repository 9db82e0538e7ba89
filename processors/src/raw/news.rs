//! Is a claim news: how it relates to what was said of its fact before.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sideline_avro::cause::Cause;
use sideline_avro::time::Timestamp;

use super::claim::Claim;
use crate::fact_key::FactKey;
use crate::fingerprint::{self, Fingerprint};
use crate::truth::{History, Insertion, Said, Statement};

/// Statements kept per fact: a line that moves every minute for four hours. Beyond it the oldest
/// are forgotten, and a resend of one of those would be taken for news and end as unchanged.
const STATEMENTS_PER_FACT_MAX: usize = 256;

/// What is remembered of a statement: enough to tell a resend from news, and to say what was
/// before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Digest {
    content: Fingerprint,
    text: String,
}

/// One fact: who said what, and which teams were told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FactState {
    pub(super) history: History<Digest>,
    pub(super) told: BTreeSet<String>,
}

/// How a claim relates to what was said before.
pub(super) struct News {
    /// This very statement was known.
    pub(super) is_resend: bool,
    /// It says what its source said last, and nobody contradicted in between.
    pub(super) is_repeat: bool,
    pub(super) old_value: Option<String>,
}

/// Puts the claim among what was said of the fact, and tells how it relates to that.
pub(super) fn assess(claim: &Claim, state: &mut FactState) -> News {
    let cause = &claim.cause;
    let said = match &claim.said {
        Said::Stated(body) => Said::Stated(Digest {
            content: fingerprint::of(body),
            text: cause.new_value.clone().unwrap_or_default(),
        }),
        Said::Retracted => Said::Retracted,
        Said::Deleted => Said::Deleted,
    };
    let before = state.history.as_of(cause.known_at);
    let old_value = before
        .and_then(Statement::value)
        .map(|digest| digest.text.clone());
    let is_repeat = !is_quote(&claim.fact) && is_repeat(&state.history, cause, &said);
    let statement = Statement {
        source: cause.source.clone(),
        known_at: cause.known_at,
        offset: cause.offset,
        said,
    };
    let insertion = state.history.insert(statement, STATEMENTS_PER_FACT_MAX);
    News {
        is_resend: insertion == Insertion::Known,
        is_repeat,
        old_value,
    }
}

/// A quote that is repeated is fresh again, so for lines a repetition is news.
fn is_quote(fact: &FactKey) -> bool {
    matches!(fact, FactKey::Line { .. } | FactKey::GameLine { .. })
}

/// True when the source repeats itself and nobody contradicted in between: the truth is then the
/// same with and without the new statement, at every moment.
fn is_repeat(history: &History<Digest>, cause: &Cause, said: &Said<Digest>) -> bool {
    let not_after = Timestamp(cause.known_at.0.saturating_add(1));
    for statement in history.known_before(not_after) {
        let is_own = statement.source == cause.source;
        if is_own && statement.known_at == cause.known_at {
            return false;
        }
        if statement.said != *said {
            return false;
        }
        if is_own {
            return true;
        }
    }
    false
}
