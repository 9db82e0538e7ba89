//! The wire codec: values in Confluent framing (byte 00, schema id in 4 bytes, Avro).
//!
//! ```
//! use std::sync::Arc;
//! use sideline_avro::control::ChampionControl;
//! use sideline_avro::schemas::SchemaName;
//! use sideline_avro::{FixedSchemas, WireReader, WireWriter};
//!
//! let writer = WireWriter::new(FixedSchemas::id_of(SchemaName::ChampionControl));
//! let reader = WireReader::new(Arc::new(FixedSchemas::all()));
//! let champion = ChampionControl { prop: "points".into(), ..Default::default() };
//! let bytes = writer.to_vec(&champion)?;
//! let again: ChampionControl = reader.decode(&bytes)?;
//! assert_eq!(champion, again);
//! # Ok::<(), sideline_avro::WireError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError, RwLock};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

use crate::error::{SchemaError, WireError};
use crate::foreign::ForeignSchema;
use crate::schemas::AvroRecord;
use crate::source::SchemaSource;

/// Size of the header: the magic byte and the schema id, big-endian.
pub const HEADER_BYTES: usize = 5;

/// The first byte of every framed value.
pub const MAGIC: u8 = 0;

/// Schema ids one reader remembers. A topic sees one per version of its schema and serializer, a
/// handful in years; at the bound further ids are looked up again for each record.
pub const REMEMBERED_IDS_MAX: usize = 256;

/// Largest allocation one length in a value may ask for. Records have 4 MB at most (dead letters,
/// plus their text); a corrupt length beyond 8 MiB is refused before memory is taken.
pub const ALLOCATION_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Characters of a decoder's message that are kept: some print the whole schema.
const MESSAGE_CHARS_MAX: usize = 300;

/// The schema id of a framed value.
///
/// # Errors
/// [`WireError::TooShort`] and [`WireError::NotConfluentFraming`].
pub fn schema_id(bytes: &[u8]) -> Result<u32, WireError> {
    let Some((header, _)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(WireError::TooShort { bytes: bytes.len() });
    };
    let [magic, id @ ..] = *header;
    if magic != MAGIC {
        return Err(WireError::NotConfluentFraming { first: magic });
    }
    Ok(u32::from_be_bytes(id))
}

/// Writes values of one type under one schema id.
pub struct WireWriter<T> {
    id: u32,
    writer: GenericDatumWriter<'static>,
    record: PhantomData<fn(&T)>,
}

impl<T: AvroRecord> WireWriter<T> {
    /// A writer that frames with `id`, which the registry gave for the schema of `T`.
    #[must_use]
    pub fn new(id: u32) -> Self {
        Self {
            id,
            writer: own_writer::<T>(),
            record: PhantomData,
        }
    }

    /// The schema id it frames with.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Appends the framed bytes of `value` to `out`; leaves `out` as it was on an error.
    ///
    /// # Errors
    /// [`WireError::UnencodableValue`].
    pub fn encode(&self, value: &T, out: &mut Vec<u8>) -> Result<(), WireError> {
        let start = out.len();
        out.push(MAGIC);
        out.extend_from_slice(&self.id.to_be_bytes());
        match self.writer.write_ser(out, value) {
            Ok(_) => Ok(()),
            Err(error) => {
                out.truncate(start);
                Err(WireError::UnencodableValue {
                    record: T::SCHEMA.full_name(),
                    message: shorten(&error),
                })
            }
        }
    }

    /// The framed bytes of `value`.
    ///
    /// # Errors
    /// As [`WireWriter::encode`].
    pub fn to_vec(&self, value: &T) -> Result<Vec<u8>, WireError> {
        let mut out = Vec::new();
        self.encode(value, &mut out)?;
        Ok(out)
    }
}

impl<T: AvroRecord> fmt::Debug for WireWriter<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "WireWriter({}, id {})", T::SCHEMA, self.id)
    }
}

/// Reads values of one type, whichever version of the schema they were written with.
pub struct WireReader<T> {
    source: Arc<dyn SchemaSource>,
    own: GenericDatumReader<'static>,
    known: RwLock<BTreeMap<u32, Layout>>,
    record: PhantomData<fn() -> T>,
}

/// How the bytes behind one schema id are laid out.
#[derive(Clone)]
enum Layout {
    /// As our schema: read straight into the type.
    Ours,
    /// As another schema: read as that, then resolved to ours.
    Foreign(Arc<ForeignSchema>),
}

impl<T: AvroRecord> WireReader<T> {
    /// A reader that asks `source` once for each schema id it meets.
    #[must_use]
    pub fn new(source: Arc<dyn SchemaSource>) -> Self {
        apache_avro::util::max_allocation_bytes(ALLOCATION_BYTES_MAX);
        Self {
            source,
            own: own_reader::<T>(),
            known: RwLock::default(),
            record: PhantomData,
        }
    }

    /// Reads one value from `bytes`, all of which belong to it.
    ///
    /// # Errors
    /// Each variant of [`WireError`] but the last; only [`WireError::RegistryUnreachable`] may
    /// pass by itself.
    pub fn decode(&self, bytes: &[u8]) -> Result<T, WireError> {
        let id = schema_id(bytes)?;
        let mut payload = &bytes[HEADER_BYTES..];
        let value = match self.layout(id)? {
            Layout::Ours => self.own.read_deser(&mut payload),
            Layout::Foreign(schema) => schema.read(&mut payload),
        };
        let value = value.map_err(|error| undecodable::<T>(id, shorten(&error)))?;
        if !payload.is_empty() {
            let message = format!("{} bytes are left over behind the value", payload.len());
            return Err(undecodable::<T>(id, message));
        }
        Ok(value)
    }

    fn layout(&self, id: u32) -> Result<Layout, WireError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(layout) = known.get(&id) {
            return Ok(layout.clone());
        }
        drop(known);
        let schema = match self.source.schema_by_id(id) {
            Ok(schema) => schema,
            Err(error) => return Err(not_had::<T>(error)),
        };
        let layout = layout_of::<T>(id, &schema)?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < REMEMBERED_IDS_MAX {
            known.insert(id, layout.clone());
        }
        Ok(layout)
    }
}

impl<T: AvroRecord> fmt::Debug for WireReader<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "WireReader({})", T::SCHEMA)
    }
}

/// Our schema parsed from another text (no docs, other defaults) still has our layout, logical
/// types included: equality looks at names, types and order.
fn layout_of<T: AvroRecord>(id: u32, schema: &Schema) -> Result<Layout, WireError> {
    let ours = T::SCHEMA.schema();
    if schema == ours {
        return Ok(Layout::Ours);
    }
    match ForeignSchema::new(schema, ours) {
        Ok(foreign) => Ok(Layout::Foreign(Arc::new(foreign))),
        Err(message) => Err(undecodable::<T>(id, message)),
    }
}

fn undecodable<T: AvroRecord>(id: u32, message: String) -> WireError {
    WireError::UndecodablePayload {
        record: T::SCHEMA.full_name(),
        id,
        message,
    }
}

fn not_had<T: AvroRecord>(error: SchemaError) -> WireError {
    match error {
        SchemaError::NotFound { id } => WireError::UnknownSchemaId { id },
        SchemaError::NotAvro { id, message } => undecodable::<T>(id, message),
        SchemaError::Unreachable { id, message } => WireError::RegistryUnreachable { id, message },
    }
}

fn shorten(error: &apache_avro::Error) -> String {
    let message = error.to_string();
    match message.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{} …", &message[..end]),
        None => message,
    }
}

#[expect(
    clippy::expect_used,
    reason = "references inside an embedded schema resolve: a test builds every one"
)]
fn own_writer<T: AvroRecord>() -> GenericDatumWriter<'static> {
    let writer = GenericDatumWriter::builder(T::SCHEMA.schema()).build();
    writer.expect("embedded schemas are complete")
}

#[expect(
    clippy::expect_used,
    reason = "references inside an embedded schema resolve: a test builds every one"
)]
fn own_reader<T: AvroRecord>() -> GenericDatumReader<'static> {
    let reader = GenericDatumReader::builder(T::SCHEMA.schema()).build();
    reader.expect("embedded schemas are complete")
}
