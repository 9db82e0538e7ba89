//! Where the schema of an id comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

use apache_avro::Schema;

use crate::error::SchemaError;
use crate::schemas::SchemaName;

/// Gives the schema a value was written with.
///
/// Called from plain threads, so an implementation may block, but only for a bounded time; it
/// must also work inside an async runtime.
pub trait SchemaSource: Send + Sync {
    /// The schema of `id`.
    ///
    /// # Errors
    /// [`SchemaError::NotFound`] only when the registry itself says so: it makes the record bad
    /// input. Whatever may pass is [`SchemaError::Unreachable`].
    fn schema_by_id(&self, id: u32) -> Result<Arc<Schema>, SchemaError>;
}

impl<S: SchemaSource + ?Sized> SchemaSource for Arc<S> {
    fn schema_by_id(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        (**self).schema_by_id(id)
    }
}

/// Ids given by hand: for tests and for runs in one process without a registry.
#[derive(Clone, Debug, Default)]
pub struct FixedSchemas {
    schemas: BTreeMap<u32, Arc<Schema>>,
}

impl FixedSchemas {
    /// No schema at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every schema of this crate under [`FixedSchemas::id_of`] its name.
    #[must_use]
    pub fn all() -> Self {
        SchemaName::ALL.iter().fold(Self::new(), |fixed, name| {
            fixed.with(Self::id_of(*name), name.schema().clone())
        })
    }

    /// The id that [`FixedSchemas::all`] gives: place in [`SchemaName::ALL`], from 1.
    #[must_use]
    pub const fn id_of(name: SchemaName) -> u32 {
        name as u32 + 1
    }

    /// The same and `schema` under `id`.
    #[must_use]
    pub fn with(mut self, id: u32, schema: Schema) -> Self {
        self.schemas.insert(id, Arc::new(schema));
        self
    }
}

impl SchemaSource for FixedSchemas {
    fn schema_by_id(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        match self.schemas.get(&id) {
            Some(schema) => Ok(Arc::clone(schema)),
            None => Err(SchemaError::NotFound { id }),
        }
    }
}
