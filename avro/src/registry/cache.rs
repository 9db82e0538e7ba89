//! What the registry has answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use apache_avro::Schema;

use super::UNKNOWN_REMEMBERED;
use crate::error::SchemaError;

/// Answers remembered. A cluster has a few dozen schemas; forged ids are what could fill it, and at
/// the bound it is emptied and learns anew.
const ANSWERS_MAX: usize = 4_096;

/// Schemas by id, and ids that do not exist, with the time of the answer.
#[derive(Default)]
pub(super) struct Cache {
    answers: BTreeMap<u32, (Result<Arc<Schema>, SchemaError>, Instant)>,
}

impl Cache {
    /// The answer for `id`, if it still counts: a schema never changes, "no" holds for a while.
    pub(super) fn known(&self, id: u32, now: Instant) -> Option<Result<Arc<Schema>, SchemaError>> {
        let (answer, heard_at) = self.answers.get(&id)?;
        let is_stale = now.saturating_duration_since(*heard_at) >= UNKNOWN_REMEMBERED;
        if answer.is_err() && is_stale {
            return None;
        }
        Some(answer.clone())
    }

    /// Keeps an answer of the registry itself; a failure to reach it is not one.
    pub(super) fn remember(
        &mut self,
        id: u32,
        answer: &Result<Arc<Schema>, SchemaError>,
        now: Instant,
    ) {
        if matches!(answer, Err(SchemaError::Unreachable { .. })) {
            return;
        }
        if self.answers.len() >= ANSWERS_MAX {
            self.answers.clear();
        }
        self.answers.insert(id, (answer.clone(), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_missing_schema_is_asked_for_again_after_a_while_and_a_found_one_never() {
        let start = Instant::now();
        let later = start + UNKNOWN_REMEMBERED;
        let mut cache = Cache::default();
        cache.remember(1, &Ok(Arc::new(Schema::Null)), start);
        cache.remember(2, &Err(SchemaError::NotFound { id: 2 }), start);
        assert!(cache.known(1, later).is_some());
        assert!(
            cache
                .known(2, later.checked_sub(Duration::from_millis(1)).unwrap())
                .is_some()
        );
        assert_eq!(cache.known(2, later), None);
    }

    #[test]
    fn an_unreachable_registry_is_not_remembered() {
        let mut cache = Cache::default();
        let answer = Err(SchemaError::Unreachable {
            id: 3,
            message: String::new(),
        });
        cache.remember(3, &answer, Instant::now());
        assert_eq!(cache.known(3, Instant::now()), None);
    }

    #[test]
    fn forged_ids_cannot_fill_the_memory() {
        let mut cache = Cache::default();
        for id in 0..10_000 {
            cache.remember(id, &Err(SchemaError::NotFound { id }), Instant::now());
        }
        assert!(cache.answers.len() <= ANSWERS_MAX);
    }
}
