//! docs/producing.md, made from the catalogue and the schemas.
//!
//! It tells producers in any language all they need: topics, keys, partitions, fields, and an example
//! for each topic. `cargo run -p sideline-topics --example producing` writes it anew; a test fails
//! when the committed file differs.

mod examples;
mod fields;

use std::fmt::Write;

use crate::catalogue::{Catalogue, Topic, TopicKind};
use crate::partitioner::partition_for;
use crate::settings::{Cleanup, FOR_EVER, KEYED_PARTITIONS};
use examples::Example;

/// What stands above the topics: rules for all of them, and the Python functions of the examples.
const PREFACE: &str = include_str!("producing/preface.md");

const DAY_MS: i64 = 86_400_000;

/// The page, for the catalogue's league and environment.
#[must_use]
pub fn document(catalogue: &Catalogue) -> String {
    let mut page = PREFACE.replace("PARTITION_COUNT", &KEYED_PARTITIONS.to_string());
    page.push_str("\n## Topics to write\n");
    for example in examples::all() {
        write_ingress(&mut page, catalogue.topic(example.topic), &example);
    }
    page.push_str(
        "\n## Control topics\n\nWhat operators set, as a rule with `sideline` itself. One partition; the newest record per key counts; the broker stamps the records.\n",
    );
    for topic in of_kind(catalogue, TopicKind::Control) {
        write_heading(&mut page, topic);
        fields::write(&mut page, topic.schema);
    }
    write_readable(&mut page, catalogue);
    page
}

fn of_kind(catalogue: &Catalogue, kind: TopicKind) -> impl Iterator<Item = &Topic> {
    let topics = catalogue.topics().iter();
    topics.filter(move |topic| topic.kind == kind)
}

fn write_heading(page: &mut String, topic: &Topic) {
    let Topic {
        name, reason, key, ..
    } = topic;
    let partition = match topic.settings.partitions {
        1 => "always 0".to_owned(),
        _ => format!("`partition({})`", topic.partition_key.describe()),
    };
    push(
        page,
        format_args!(
            "\n### {name}\n\n{reason}\n\n- Record key: `{key}`\n- Partition: {partition}\n- Schema: [{schema}.avsc](../avro/schemas/{schema}.avsc), subject `{subject}`\n\n",
            schema = topic.schema,
            subject = topic.subject(),
        ),
    );
}

fn write_ingress(page: &mut String, topic: &Topic, example: &Example) {
    write_heading(page, topic);
    fields::write(page, topic.schema);
    if let Some(command) = example.command {
        push(page, format_args!("\nBy hand:\n\n```sh\n{command}\n```\n"));
    }
    push(
        page,
        format_args!("\nIn Python:\n\n```python\n{}```\n", example.python(topic)),
    );
    let partition = partition_for(&example.partition_key, topic.settings.partitions);
    push(
        page,
        format_args!(
            "\nLooking at what is there, and taking the example back, with kcat:\n\n```sh\nkcat -C -b $BROKER -t {name} -p {partition} -o beginning -e -q -f '%T %k %S bytes\\n'\necho '{key}~' | kcat -P -b $BROKER -t {name} -p {partition} -K '~' -Z\n```\n",
            key = example.record_key,
            name = topic.name,
        ),
    );
}

fn write_readable(page: &mut String, catalogue: &Catalogue) {
    page.push_str(
        "\n## Topics to read\n\nWritten by the pipeline alone, in transactions: read them with `isolation.level=read_committed`. The broker stamps the records; the fields say when things were known.\n\n| topic | record key | partition | schema | kept | what |\n|---|---|---|---|---|---|\n",
    );
    let kinds = [
        TopicKind::Facts,
        TopicKind::BetweenPhases,
        TopicKind::Results,
    ];
    for topic in kinds.iter().flat_map(|kind| of_kind(catalogue, *kind)) {
        let kept = match (topic.settings.cleanup, topic.settings.retention_ms) {
            (Cleanup::Compact, _) => "the newest per key".to_owned(),
            (Cleanup::Delete, FOR_EVER) => "for ever".to_owned(),
            (Cleanup::Delete, millis) => format!("{} days", millis / DAY_MS),
        };
        push(
            page,
            format_args!(
                "| {} | `{}` | {} | [{schema}](../avro/schemas/{schema}.avsc) | {kept} | {} |\n",
                topic.name,
                topic.key.replace('|', "\\|"),
                topic.partition_key.describe(),
                topic.reason,
                schema = topic.schema,
            ),
        );
    }
}

/// Appends to a page; a `String` takes everything.
fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _never_fails = page.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_page_is_what_catalogue_and_schemas_say() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/producing.md");
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        let fresh = document(&Catalogue::new("nba", None).unwrap());
        assert!(
            committed == fresh,
            "docs/producing.md is stale: cargo run -p sideline-topics --example producing"
        );
    }

    #[test]
    fn every_ingress_topic_has_an_example() {
        let topics: Vec<_> = examples::all()
            .iter()
            .map(|example| example.topic)
            .collect();
        assert_eq!(topics, crate::TopicId::ingress().collect::<Vec<_>>());
    }
}
