//! What can go wrong between a value and its bytes.

/// Why a value could not be written or bytes could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Fewer bytes than the header has.
    #[error(
        "{bytes} bytes are too few for a value: a Confluent header alone has {header} (byte 00, then the schema id)",
        header = crate::wire::HEADER_BYTES
    )]
    TooShort {
        /// Size of the value.
        bytes: usize,
    },
    /// The first byte is not the magic byte.
    #[error(
        "the first byte is {first:02x}, not 00: the value is not Avro in Confluent framing (plain JSON begins with 7b)"
    )]
    NotConfluentFraming {
        /// The byte seen.
        first: u8,
    },
    /// The registry says that it has no such schema.
    #[error(
        "the schema registry has no schema with id {id}: the value was framed by hand or for another registry"
    )]
    UnknownSchemaId {
        /// The id in the header.
        id: u32,
    },
    /// The bytes behind the header are not a value of the schema, or its schema cannot be read as
    /// ours.
    #[error("schema id {id} cannot be read as {record}: {message}")]
    UndecodablePayload {
        /// Full name of our record.
        record: &'static str,
        /// The id in the header.
        id: u32,
        /// What the decoder says.
        message: String,
    },
    /// The registry gave no answer; trying again later can help.
    #[error("the schema registry cannot be asked for schema id {id}: {message}")]
    RegistryUnreachable {
        /// The id asked for.
        id: u32,
        /// What happened.
        message: String,
    },
    /// The value does not fit its schema. A test excludes this for all types of this crate.
    #[error("the value cannot be written as {record}: {message}")]
    UnencodableValue {
        /// Full name of the record.
        record: &'static str,
        /// What the encoder says.
        message: String,
    },
}

impl WireError {
    /// One machine word: the reason of a dead letter.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::NotConfluentFraming { .. } => "not_confluent_framing",
            Self::UnknownSchemaId { .. } => "unknown_schema_id",
            Self::UndecodablePayload { .. } => "undecodable_payload",
            Self::RegistryUnreachable { .. } => "registry_unreachable",
            Self::UnencodableValue { .. } => "unencodable_value",
        }
    }

    /// True when the same bytes may be read later: the fault is not theirs.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::RegistryUnreachable { .. })
    }

    /// What a person can do.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooShort { .. } | Self::NotConfluentFraming { .. } => {
                "publish with a Confluent Avro serializer, or with `sideline event`; see docs/producing.md"
            }
            Self::UnknownSchemaId { .. } => {
                "point the producer's serializer at this cluster's schema registry, then publish again"
            }
            Self::UndecodablePayload { .. } => {
                "compare the producer's schema with the topic's in docs/producing.md, then publish again"
            }
            Self::RegistryUnreachable { .. } => {
                "start the schema registry or correct its address; nothing is lost meanwhile"
            }
            Self::UnencodableValue { .. } => "this is a fault of the program: report it",
        }
    }
}

/// Why a schema could not be had by its id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The registry answers that the id does not exist.
    #[error("there is no schema with id {id}")]
    NotFound {
        /// The id asked for.
        id: u32,
    },
    /// What the registry holds under the id is no Avro schema that can be used.
    #[error("schema id {id} is not usable Avro: {message}")]
    NotAvro {
        /// The id asked for.
        id: u32,
        /// Why not.
        message: String,
    },
    /// No answer, or none that can be relied on.
    #[error("schema id {id} could not be fetched: {message}")]
    Unreachable {
        /// The id asked for.
        id: u32,
        /// What happened.
        message: String,
    },
}
