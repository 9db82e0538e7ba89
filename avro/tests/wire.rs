//! Framing, and bytes that are not ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use apache_avro::Schema;
use apache_avro::writer::datum::GenericDatumWriter;
use sideline_avro::cause::TriggerSource;
use sideline_avro::events::LineEvent;
use sideline_avro::runs::DeadLetter;
use sideline_avro::time::Timestamp;
use sideline_avro::{
    FixedSchemas, SchemaError, SchemaName, SchemaSource, WireError, WireReader, WireWriter,
};

fn line() -> LineEvent {
    LineEvent {
        game_id: "0022400061".into(),
        player: "lebronjames".into(),
        prop: "points".into(),
        book: "draftkings".into(),
        line: Some(24.5),
        over_price: Some(-115),
        under_price: None,
        source: "draftkings".into(),
        known_at: Timestamp(1_734_998_400_000_000),
        ingested_at: Timestamp(1_734_998_400_250_000),
        trigger_source: TriggerSource::Kafka,
        ..LineEvent::default()
    }
}

const LINE_ID: u32 = FixedSchemas::id_of(SchemaName::Line);

fn reader() -> WireReader<LineEvent> {
    WireReader::new(Arc::new(FixedSchemas::all()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_of_a_record_stay_as_they_were_shipped() {
    let bytes = WireWriter::new(7).to_vec(&line()).unwrap();
    assert_eq!(hex(&bytes), GOLDEN_LINE);
}

const GOLDEN_LINE: &str = concat!(
    "00000000071430303232343030303631166c6562726f6e6a616d65730c706f696e747314",
    "64726166746b696e677302000000000080384002e501001464726166746b696e67738080",
    "8bb599fe9406a0c2a9b599fe94060000080000"
);

#[test]
fn what_is_appended_leaves_the_rest_of_the_buffer_alone() {
    let mut out = b"before".to_vec();
    WireWriter::new(LINE_ID).encode(&line(), &mut out).unwrap();
    assert_eq!(&out[..6], b"before");
    assert_eq!(reader().decode(&out[6..]), Ok(line()));
}

#[test]
fn promise_7_bytes_that_are_no_value_have_a_reason_and_a_hint() {
    let good = WireWriter::new(LINE_ID).to_vec(&line()).unwrap();
    let mut other_id = good.clone();
    other_id[4] = 200;
    let cases: [(&[u8], &str); 7] = [
        (b"", "too_short"),
        (&good[..4], "too_short"),
        (br#"{"player": "lebronjames"}"#, "not_confluent_framing"),
        (&other_id, "unknown_schema_id"),
        (&good[..good.len() - 1], "undecodable_payload"),
        (&[good.as_slice(), b"x"].concat(), "undecodable_payload"),
        (&good[..5], "undecodable_payload"),
    ];
    for (bytes, reason) in cases {
        let error = reader().decode(bytes).unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(!error.is_transient(), "{error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn promise_7_no_cut_or_flipped_byte_brings_the_reader_down() {
    let good = WireWriter::new(LINE_ID).to_vec(&line()).unwrap();
    let reader = reader();
    for place in 5..good.len() {
        for byte in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[place] = byte;
            let _any_answer = reader.decode(&bytes);
            let _any_answer = reader.decode(&bytes[..place]);
        }
    }
}

#[test]
fn a_corrupt_length_is_refused_before_memory_is_taken() {
    // The first field of a line is a string: a length of 2^62 in its place.
    let length = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    let mut bytes = vec![0];
    bytes.extend(LINE_ID.to_be_bytes());
    bytes.extend(length);
    let error = reader().decode(&bytes).unwrap_err();
    assert_eq!(error.reason(), "undecodable_payload");
    assert!(error.to_string().contains("llocat"), "{error}");
}

#[test]
fn a_record_of_four_megabytes_can_be_written_and_read() {
    let letter = DeadLetter {
        value: Some(vec![7; 4 * 1024 * 1024]),
        ..DeadLetter::default()
    };
    let id = FixedSchemas::id_of(SchemaName::DeadLetter);
    let bytes = WireWriter::new(id).to_vec(&letter).unwrap();
    let reader = WireReader::new(Arc::new(FixedSchemas::all()));
    assert_eq!(reader.decode(&bytes), Ok(letter));
}

#[test]
fn an_older_record_is_read_with_the_defaults_of_what_it_lacks() {
    let mut text: serde_json::Value = serde_json::from_str(SchemaName::Line.text()).unwrap();
    let fields = text["fields"].as_array_mut().unwrap();
    fields.retain(|field| field["name"] != "under_price" && field["name"] != "trigger_source");
    let older = Schema::parse(&text).unwrap();
    let value = apache_avro::to_value(line()).unwrap();
    let value = value.resolve(&older).unwrap();
    let writer = GenericDatumWriter::builder(&older).build().unwrap();
    let mut bytes = vec![0, 0, 0, 0, 99];
    writer.write_value(&mut bytes, value).unwrap();
    let reader = WireReader::<LineEvent>::new(Arc::new(FixedSchemas::new().with(99, older)));
    let expected = LineEvent {
        trigger_source: TriggerSource::Unknown,
        ..line()
    };
    assert_eq!(reader.decode(&bytes), Ok(expected));
}

#[test]
fn a_recursive_schema_is_refused() {
    let text = r#"{"type":"record","name":"sideline.LineEvent","fields":[
        {"name":"next","type":["null","LineEvent"],"default":null}]}"#;
    let schema = Schema::parse_str(text).unwrap();
    let reader = WireReader::<LineEvent>::new(Arc::new(FixedSchemas::new().with(5, schema)));
    let mut bytes = vec![0, 0, 0, 0, 5];
    bytes.extend(std::iter::repeat_n(2, 1_000_000));
    let error = reader.decode(&bytes).unwrap_err();
    assert_eq!(error.reason(), "undecodable_payload");
    assert!(error.to_string().contains("recursive"), "{error}");
}

/// Counts how often it is asked, and is away at first.
#[derive(Default)]
struct Flaky {
    asked: AtomicUsize,
}

impl SchemaSource for Flaky {
    fn schema_by_id(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        if self.asked.fetch_add(1, Ordering::SeqCst) == 0 {
            let message = "connection refused".to_owned();
            return Err(SchemaError::Unreachable { id, message });
        }
        Ok(Arc::new(SchemaName::Line.schema().clone()))
    }
}

#[test]
fn promise_7_a_registry_that_is_away_is_transient_and_each_id_is_asked_for_once() {
    let source = Arc::new(Flaky::default());
    let asked = Arc::clone(&source);
    let reader = WireReader::<LineEvent>::new(source);
    let bytes = WireWriter::new(7).to_vec(&line()).unwrap();
    let error = reader.decode(&bytes).unwrap_err();
    assert!(error.is_transient());
    assert!(matches!(
        error,
        WireError::RegistryUnreachable { id: 7, .. }
    ));
    for _ in 0..3 {
        assert_eq!(reader.decode(&bytes), Ok(line()));
    }
    assert_eq!(asked.asked.load(Ordering::SeqCst), 2);
}
