//! What the rows of ingress topics have in common: the statement that a record's key names.

use sideline_avro::time::Timestamp;
use sideline_topics::keys::IngressKey;

use super::RecordInfo;

/// The parts of a record's key, `fact|source|known_at`: the identity of a statement, for the
/// compaction of the topic as for its table.
pub(super) struct StatementKey<'k, const PARTS: usize> {
    /// What follows the kind in the fact, for example game, player, prop and book of a line.
    pub(super) parts: [&'k str; PARTS],
    pub(super) source: &'k str,
    pub(super) known_at: Timestamp,
}

impl<'k, const PARTS: usize> StatementKey<'k, PARTS> {
    /// The statement of a record; none when its key is not of this `kind`: the raw phase refuses
    /// such a record, and it says nothing.
    ///
    /// The event itself may name a player in full; the key has his lookup.
    pub(super) fn of(info: &'k RecordInfo, kind: &str) -> Option<Self> {
        let key = IngressKey::parse(info.key.as_deref()?).ok()?;
        let mut words = key.fact.split('/');
        if words.next() != Some(kind) {
            return None;
        }
        let parts: Vec<&str> = words.collect();
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        Some(Self {
            parts: parts.try_into().ok()?,
            source: key.source,
            known_at: key.known_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<const PARTS: usize>(key: &str, kind: &str) -> Option<Vec<String>> {
        let info = RecordInfo {
            key: Some(key.as_bytes().to_vec()),
            ..RecordInfo::default()
        };
        let statement = StatementKey::<PARTS>::of(&info, kind)?;
        let parts = statement.parts.iter().map(|part| (*part).to_owned());
        Some(parts.collect())
    }

    #[test]
    fn a_statement_is_named_by_its_key() {
        assert_eq!(
            parts::<1>("roster/lebronjames|nba_com|1734993000000000", "roster"),
            Some(vec!["lebronjames".to_owned()])
        );
        let line = parts::<4>("line/0022400061/lebronjames/points/b|odds|5", "line").unwrap();
        assert_eq!(line, ["0022400061", "lebronjames", "points", "b"]);
    }

    #[test]
    fn a_key_of_another_form_names_no_statement() {
        for bad in [
            "",
            "roster/|x|1",
            "roster/a",
            "roster/a|x",
            "roster/a/b|x|1",
            "injury/lebronjames|x|1",
        ] {
            assert_eq!(parts::<1>(bad, "roster"), None, "{bad}");
        }
    }
}
