//! The direction of dependencies, as the table of crates in ARCHITECTURE.md has it.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

/// What a crate may stand on.
struct Rule {
    folder: &'static str,
    /// The crates of this workspace it may name; [`EVERY`] for all.
    own: &'static [&'static str],
    /// Crates of others that would bring in what it may not know.
    banned: &'static [&'static str],
}

/// Every crate of this workspace.
const EVERY: &[&str] = &["*"];
const KAFKA: &str = "rdkafka";
const AVRO: &str = "apache-avro";
const REGISTRY: &str = "schema_registry_converter";
const CLICKHOUSE: &str = "clickhouse";
const HTTP: &str = "reqwest";
const ASYNC: &str = "tokio";

const RULES: [Rule; 15] = [
    Rule {
        folder: "allocator",
        own: &[],
        banned: &[KAFKA, AVRO, REGISTRY, CLICKHOUSE, HTTP, ASYNC],
    },
    Rule {
        folder: "avro",
        own: &[],
        banned: &[KAFKA, CLICKHOUSE],
    },
    Rule {
        folder: "topics",
        own: &["sideline-avro"],
        banned: &[CLICKHOUSE],
    },
    Rule {
        folder: "runtime/core",
        own: &[],
        banned: &[KAFKA, AVRO, REGISTRY, CLICKHOUSE, HTTP, ASYNC, "rand"],
    },
    Rule {
        folder: "runtime/kafka",
        own: &["sideline-runtime-core"],
        banned: &[AVRO, REGISTRY, CLICKHOUSE],
    },
    Rule {
        folder: "processors",
        own: &["sideline-avro", "sideline-runtime-core", "sideline-topics"],
        banned: &[KAFKA, REGISTRY, CLICKHOUSE, HTTP, ASYNC, "rand", "uuid"],
    },
    Rule {
        folder: "accuracy",
        own: &["sideline-avro"],
        banned: &[KAFKA, AVRO, REGISTRY, CLICKHOUSE, HTTP, ASYNC],
    },
    Rule {
        folder: "warehouse",
        own: &["sideline-avro", "sideline-topics"],
        banned: &[],
    },
    Rule {
        folder: "season",
        own: &[],
        banned: &[KAFKA, AVRO, REGISTRY, CLICKHOUSE, HTTP, ASYNC],
    },
    Rule {
        folder: "simulator",
        own: &["sideline-season"],
        banned: &[KAFKA, AVRO, REGISTRY, CLICKHOUSE, HTTP, ASYNC],
    },
    Rule {
        folder: "ops/registry",
        own: &[],
        banned: &[CLICKHOUSE],
    },
    Rule {
        folder: "ops/clickhouse",
        own: &[],
        banned: &[KAFKA, AVRO, REGISTRY],
    },
    Rule {
        folder: "ops/stack",
        own: &[],
        banned: &[AVRO, REGISTRY, CLICKHOUSE],
    },
    Rule {
        folder: "bench",
        own: &[
            "sideline",
            "sideline-allocator",
            "sideline-avro",
            "sideline-processors",
            "sideline-runtime-core",
            "sideline-runtime-kafka",
            "sideline-simulator",
            "sideline-stack",
            "sideline-topics",
            "sideline-warehouse",
        ],
        banned: &[AVRO, REGISTRY],
    },
    Rule {
        folder: "sideline",
        own: EVERY,
        banned: &[],
    },
];

/// The crate whose only knowledge is what a processor is, and all it stands on.
const CORE: (&str, [&str; 6]) = (
    "runtime/core",
    [
        "hashbrown",
        "postcard",
        "serde",
        "smallvec",
        "smol_str",
        "thiserror",
    ],
);

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("the workspace's folder").to_owned()
}

fn manifest(folder: &str) -> Table {
    let path = root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).expect("a manifest");
    text.parse().expect("a manifest is TOML")
}

/// Names under `tables` of a manifest, whatever platform they are for.
fn dependencies(manifest: &Table, tables: &[&str]) -> BTreeSet<String> {
    let platforms = manifest.get("target").and_then(|value| value.as_table());
    let platforms = platforms.into_iter().flat_map(Table::values);
    let places = platforms
        .filter_map(|value| value.as_table())
        .chain([manifest]);
    places
        .flat_map(|place| tables.iter().filter_map(|table| place.get(*table)))
        .filter_map(|value| value.as_table())
        .flat_map(|table| table.keys().cloned())
        .collect()
}

fn name(manifest: &Table) -> String {
    let name = manifest["package"]["name"].as_str();
    name.expect("a crate has a name").to_owned()
}

fn members() -> BTreeSet<String> {
    let manifest = manifest(".");
    let members = manifest["workspace"]["members"].as_array();
    let members = members.expect("the workspace has members").iter();
    members
        .map(|member| member.as_str().expect("a folder").to_owned())
        .collect()
}

#[test]
fn every_crate_has_its_rule_and_its_line_in_the_table() {
    let ruled: BTreeSet<String> = RULES.iter().map(|rule| rule.folder.to_owned()).collect();
    assert_eq!(ruled, members());

    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page");
    for rule in &RULES {
        let line = format!("| `{}/` |", rule.folder);
        assert!(page.contains(&line), "ARCHITECTURE.md has no line {line}");
    }
}

#[test]
fn dependencies_point_one_way() {
    let all = ["dependencies", "build-dependencies", "dev-dependencies"];
    let manifests: BTreeMap<&str, Table> = RULES
        .iter()
        .map(|rule| (rule.folder, manifest(rule.folder)))
        .collect();
    let crates: BTreeSet<String> = manifests.values().map(name).collect();
    for rule in &RULES {
        let named = dependencies(&manifests[rule.folder], &all);
        let allowed = |name: &str| rule.own == EVERY || rule.own.contains(&name);
        for name in named.intersection(&crates) {
            assert!(allowed(name), "{}/ may not know {name}", rule.folder);
        }
        // A rule that is wider than the truth would let the next step go unseen.
        for name in rule.own.iter().filter(|name| **name != "*") {
            assert!(
                named.contains(*name),
                "{}/ does not use {name}",
                rule.folder
            );
        }
    }
}

#[test]
fn no_crate_reaches_around_what_it_may_not_know() {
    for rule in &RULES {
        let named = dependencies(
            &manifest(rule.folder),
            &["dependencies", "build-dependencies"],
        );
        for name in rule.banned {
            assert!(
                !named.contains(*name),
                "{}/ may not use {name}",
                rule.folder
            );
        }
    }
    let (folder, all) = CORE;
    let named = dependencies(&manifest(folder), &["dependencies", "build-dependencies"]);
    let all: BTreeSet<String> = all.map(str::to_owned).into();
    assert_eq!(named, all, "what {folder}/ stands on");
}

#[test]
fn every_crate_stands_behind_the_same_lints() {
    for rule in &RULES {
        let manifest = manifest(rule.folder);
        let lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        let is_shared = lints.and_then(toml::Value::as_bool);
        assert_eq!(is_shared, Some(true), "{}/", rule.folder);
    }
}
