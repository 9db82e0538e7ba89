//! What a column may hold. The reader checks each field against its column before anything else
//! sees it, so that an error can name the column and what it allows.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::league_rows::parse_stints;

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in the header.
    pub name: &'static str,
    /// Whether a file without this column is refused. Otherwise its fields count as empty.
    pub is_required: bool,
    /// What its fields may hold.
    pub kind: Kind,
}

impl Column {
    /// A column that must be there.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            is_required: true,
            kind,
        }
    }

    /// A column that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            is_required: false,
            kind,
        }
    }
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text, but not none.
    Text,
    /// Any text or none.
    AnyText,
    /// A game id: ten digits.
    GameId,
    /// A team code: two to four capital letters or digits.
    TeamCode,
    /// A `player_lookup`: lower-case ASCII letters and digits.
    Slug,
    /// A positive whole number that names something.
    Id,
    /// A date, `2024-12-23`.
    Date,
    /// An instant in UTC, `2024-12-23T22:30:00Z`.
    Instant,
    /// `true` or `false`; empty where the column is optional.
    Flag,
    /// `1` or `0`.
    Bit,
    /// `1`, `0` or empty.
    OptionalBit,
    /// A whole number from the first bound to the second.
    Whole(i32, i32),
    /// A whole number from the first bound to the second, or empty.
    OptionalWhole(i32, i32),
    /// A decimal number from the first bound to the second.
    Number(f64, f64),
    /// A decimal number from the first bound to the second, or empty.
    OptionalNumber(f64, f64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Stints, `TEAM:first_date:last_date` joined by `|`, or empty.
    Stints,
}

impl Kind {
    /// What the field may hold, for people.
    #[must_use]
    pub fn allowed(self) -> Cow<'static, str> {
        match self {
            Self::Text => "any text, not empty".into(),
            Self::AnyText => "any text or nothing".into(),
            Self::GameId => "ten digits, for example 0022400061".into(),
            Self::TeamCode => "two to four capital letters or digits, for example BOS".into(),
            Self::Slug => "lower-case ASCII letters and digits, for example jarenjacksonjr".into(),
            Self::Id => "a whole number above 0".into(),
            Self::Date => "a date, for example 2024-12-23".into(),
            Self::Instant => "an instant in UTC, for example 2024-12-23T22:30:00Z".into(),
            Self::Flag => "true or false".into(),
            Self::Bit => "1 or 0".into(),
            Self::OptionalBit => "1, 0 or nothing".into(),
            Self::Whole(low, high) => format!("a whole number from {low} to {high}").into(),
            Self::OptionalWhole(low, high) => {
                format!("a whole number from {low} to {high}, or nothing").into()
            }
            Self::Number(low, high) => format!("a number from {low} to {high}").into(),
            Self::OptionalNumber(low, high) => {
                format!("a number from {low} to {high}, or nothing").into()
            }
            Self::Word(words) => format!("one of {}", words.join(", ")).into(),
            Self::Stints => "TEAM:first_date:last_date joined by |, or nothing".into(),
        }
    }

    /// Whether `text` fits.
    #[must_use]
    pub fn allows(self, text: &str) -> bool {
        match self {
            Self::Text => !text.trim().is_empty(),
            Self::AnyText => true,
            Self::GameId => text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()),
            Self::TeamCode => {
                (2..=4).contains(&text.len())
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            }
            Self::Slug => {
                !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            }
            Self::Id => text.parse::<u64>().is_ok_and(|id| id > 0),
            Self::Date => text.parse::<Date>().is_ok(),
            Self::Instant => text.ends_with('Z') && text.parse::<Timestamp>().is_ok(),
            Self::Flag => matches!(text, "true" | "false"),
            Self::Bit => matches!(text, "1" | "0"),
            Self::OptionalBit => matches!(text, "1" | "0" | ""),
            Self::Whole(low, high) => is_whole(text, low, high),
            Self::OptionalWhole(low, high) => text.is_empty() || is_whole(text, low, high),
            Self::Number(low, high) => is_number(text, low, high),
            Self::OptionalNumber(low, high) => text.is_empty() || is_number(text, low, high),
            Self::Word(words) => words.contains(&text),
            Self::Stints => parse_stints(text).is_some(),
        }
    }
}

fn is_whole(text: &str, low: i32, high: i32) -> bool {
    text.parse::<i32>()
        .is_ok_and(|number| (low..=high).contains(&number))
}

fn is_number(text: &str, low: f64, high: f64) -> bool {
    // NaN lies in no range, so it is refused too.
    text.parse::<f64>()
        .is_ok_and(|number| (low..=high).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_tells_good_fields_from_bad_ones() {
        let cases: [(Kind, &[&str], &[&str]); 9] = [
            (
                Kind::GameId,
                &["0022400061"],
                &["22400061", "002240006x", ""],
            ),
            (Kind::TeamCode, &["BOS", "X1"], &["bos", "B", "", "BOSTON"]),
            (
                Kind::Slug,
                &["jarenjacksonjr"],
                &["Jaren", "jaren-jackson", "jokić", ""],
            ),
            (
                Kind::Date,
                &["2024-12-23"],
                &["23.12.2024", "2024-13-01", ""],
            ),
            (
                Kind::Instant,
                &["2024-12-23T22:30:00Z"],
                &["2024-12-23T22:30:00+01:00", "22:30"],
            ),
            (
                Kind::Number(0.0, 65.0),
                &["26.08", "0"],
                &["NaN", "-1", "66", "", "inf"],
            ),
            (
                Kind::OptionalWhole(-200, 200),
                &["", "-12"],
                &["1.5", "201"],
            ),
            (Kind::Word(&["OUT"]), &["OUT"], &["out", ""]),
            (
                Kind::Stints,
                &["", "LAL:2024-10-22:2025-04-30"],
                &["LAL", "LAL:2024-10-22", "LAL:2025-04-30:2024-10-22"],
            ),
        ];
        for (kind, good, bad) in cases {
            for text in good {
                assert!(kind.allows(text), "{kind:?} refuses {text:?}");
            }
            for text in bad {
                assert!(!kind.allows(text), "{kind:?} allows {text:?}");
            }
        }
    }
}
