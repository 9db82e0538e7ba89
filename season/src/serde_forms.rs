//! Forms of fields that serde does not write by itself: booleans as 1 and 0, stints as one text.

/// A boolean as `1` or `0`.
pub(crate) mod bit {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde's `with` hands out references"
    )]
    pub(crate) fn serialize<S: Serializer>(value: &bool, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(u8::from(*value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        Ok(u8::deserialize(from)? == 1)
    }
}

/// A boolean as `1` or `0`, or nothing where it is unknown.
pub(crate) mod optional_bit {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde's `with` hands out references")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<bool>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.serialize_some(&u8::from(*value)),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<bool>, D::Error> {
        Ok(Option::<u8>::deserialize(from)?.map(|bit| bit == 1))
    }
}

/// Stints as `TEAM:first_date:last_date` joined by `|`.
pub(crate) mod stints {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::league_rows::{Stint, format_stints, parse_stints};

    pub(crate) fn serialize<S: Serializer>(value: &[Stint], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format_stints(value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Stint>, D::Error> {
        let text = String::deserialize(from)?;
        parse_stints(&text).ok_or_else(|| D::Error::custom("not a list of stints"))
    }
}

/// What a column counts as that is not there: a time that is not said to be a guess is known.
pub(crate) const fn default_true() -> bool {
    true
}
