//! How one phase is run.

/// What the stores of one phase may take in memory before it says so: 512 MiB, a quarter of what the
/// whole process may use on the smallest machine this is made for.
const STORE_BUDGET_BYTES: u64 = 512 * 1024 * 1024;

/// More threads than this are a mistake: no topic has more partitions to share among them.
pub(crate) const THREADS_MAX: u32 = 64;

/// How one phase is run. The default is one thread of the first generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhasePlan {
    /// How many threads share its partitions, each with a consumer, a producer and stores of its
    /// own; 1 by default, at most 64. Threads beyond the number of partitions have nothing to do.
    pub threads: u32,
    /// What its stores may take in memory, over all threads, in bytes, before it warns; 512 MiB by
    /// default. Nothing is refused beyond it.
    pub store_budget_bytes: u64,
    /// A rewind is a new generation: a number that was never used begins with empty stores, a
    /// changelog of its own ([`crate::Config::changelog`], which the caller creates like that of
    /// generation 0) and a group of its own, and reads its input anew. 0 by default. All instances
    /// of a phase must run the same generation.
    pub generation: u32,
    /// Where a generation that has read nothing begins: at each input's first record of this time
    /// or later (milliseconds since 1970); at the beginning by default. A phase whose outputs
    /// depend on older records must begin at the beginning.
    pub input_from_ms: Option<i64>,
    /// Outputs of records of an earlier time (milliseconds since 1970) are held back, dead letters
    /// too: an earlier generation wrote them. The stores take these records in all the same.
    pub outputs_from_ms: Option<i64>,
}

impl Default for PhasePlan {
    fn default() -> Self {
        Self {
            threads: 1,
            store_budget_bytes: STORE_BUDGET_BYTES,
            generation: 0,
            input_from_ms: None,
            outputs_from_ms: None,
        }
    }
}

impl PhasePlan {
    /// The part of the budget that one thread has.
    pub(crate) fn thread_budget_bytes(&self) -> u64 {
        self.store_budget_bytes / u64::from(self.threads.max(1))
    }

    /// Whether what a record of this time leads to is held back.
    pub(crate) fn holds_back(&self, timestamp_ms: i64) -> bool {
        self.outputs_from_ms.is_some_and(|from| timestamp_ms < from)
    }
}
