//! Features from the market.

use super::registry::{Inputs, Reading, Source};

/// The consensus line. There is no default: an invented line would be taken for a real one.
pub(super) fn line(inputs: &Inputs<'_>) -> Reading {
    Reading::of(
        inputs.line.map(|line| line.consensus),
        Source::Market,
        "no_line",
    )
}
