//! Values written with another version of a schema.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use serde::de::DeserializeOwned;

/// A writer's schema that differs from ours, and ours.
pub(crate) struct ForeignSchema {
    writer: Schema,
    ours: &'static Schema,
}

impl ForeignSchema {
    /// # Errors
    /// With a message, when values of `writer` could not be read safely.
    pub(crate) fn new(writer: &Schema, ours: &'static Schema) -> Result<Self, String> {
        // A value of a recursive schema may nest as deep as it is long, and the decoder follows it
        // on the stack of the processing thread.
        if is_recursive(writer, &mut Vec::new()) {
            return Err("its schema is recursive, which none of ours is".to_owned());
        }
        Ok(Self {
            writer: writer.clone(),
            ours,
        })
    }

    /// Reads one value as the writer's schema has it and resolves it to ours.
    ///
    /// The decoder borrows its schemas, so it is made anew for each value: this is the path of old
    /// records after a change of schema, not the usual one.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        payload: &mut &[u8],
    ) -> Result<T, apache_avro::Error> {
        let reader = GenericDatumReader::builder(&self.writer)
            .reader_schema(self.ours)
            .build()?;
        apache_avro::from_value(&reader.read_value(payload)?)
    }
}

/// Whether a record contains itself. A name must stand before it is referred to, so a circle always
/// closes with a reference to a record that is still open.
fn is_recursive<'s>(schema: &'s Schema, open: &mut Vec<&'s str>) -> bool {
    match schema {
        Schema::Ref { name } => open.contains(&name.as_ref()),
        Schema::Array(array) => is_recursive(&array.items, open),
        Schema::Map(map) => is_recursive(&map.types, open),
        Schema::Union(union) => union
            .variants()
            .iter()
            .any(|variant| is_recursive(variant, open)),
        Schema::Record(record) => {
            open.push(record.name.as_ref());
            let found = record
                .fields
                .iter()
                .any(|field| is_recursive(&field.schema, open));
            open.pop();
            found
        }
        _ => false,
    }
}
