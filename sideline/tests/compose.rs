//! docker-compose.yml, without Docker: what it promises about ports, passwords, data and set-up.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use serde::Deserialize;
use sideline::cli::{Cli, Command};
use sideline_stack::{Flags, Settings};

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
    volumes: BTreeMap<String, Option<Volume>>,
}

#[derive(Deserialize)]
struct Volume {}

#[derive(Deserialize)]
struct Service {
    image: String,
    build: Option<Build>,
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    depends_on: BTreeMap<String, Dependency>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    healthcheck: Option<HealthCheck>,
    #[serde(default)]
    ports: Vec<String>,
    #[serde(default)]
    volumes: Vec<String>,
}

#[derive(Deserialize)]
struct Build {
    dockerfile: String,
}

#[derive(Deserialize)]
struct Dependency {
    condition: String,
}

#[derive(Deserialize)]
struct HealthCheck {
    test: Vec<String>,
    interval: String,
    timeout: String,
    retries: u32,
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("the workspace's folder").to_owned()
}

fn text() -> String {
    fs::read_to_string(root().join("docker-compose.yml")).expect("the file")
}

fn compose() -> Compose {
    serde_saphyr::from_str(&text()).expect("docker-compose.yml has the form of one")
}

/// A value with its variables as an empty environment and a full `.env` would fill them:
/// `${NAME:-default}` is its default, `${NAME:?why}` a secret.
fn filled(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, behind) = after.split_once('}').expect("a variable ends");
        text.push_str(before);
        match variable.split_once(":-") {
            Some((_, default)) => text.push_str(default),
            None => text.push_str("secret"),
        }
        rest = behind;
    }
    text + rest
}

#[test]
fn every_port_is_published_on_this_machine_only() {
    let mut count = 0;
    for (name, service) in compose().services {
        for port in &service.ports {
            let filled = filled(port);
            let parts: Vec<&str> = filled.split(':').collect();
            assert_eq!(parts.len(), 3, "{name}: {port} is address:port:port");
            assert_eq!(parts[0], "127.0.0.1", "{name}: {port}");
            for number in &parts[1..] {
                assert!(number.parse::<u16>().is_ok(), "{name}: {port}");
            }
            count += 1;
        }
    }
    assert!(count > 0, "ports are published");
}

#[test]
fn no_password_stands_in_the_file() {
    let mut count = 0;
    for (name, service) in compose().services {
        for (variable, value) in &service.environment {
            let is_secret = ["PASSWORD", "SECRET", "TOKEN", "CREDENTIAL"]
                .iter()
                .any(|word| variable.contains(word));
            if is_secret {
                // Without a default, and refused when empty.
                let is_asked =
                    value.starts_with("${") && value.contains(":?") && value.ends_with('}');
                assert!(
                    is_asked,
                    "{name}: {variable} is written out or may be empty"
                );
                count += 1;
            }
        }
    }
    assert!(count > 0, "passwords are asked for");
}

#[test]
fn every_service_says_whether_it_is_well_and_waits_for_those_it_needs() {
    let services = compose().services;
    for (name, service) in &services {
        let check = service.healthcheck.as_ref().expect(name);
        assert!(check.test.len() > 1 && check.retries > 0, "{name}");
        assert!(
            !check.interval.is_empty() && !check.timeout.is_empty(),
            "{name}"
        );
        for (needed, dependency) in &service.depends_on {
            assert!(services.contains_key(needed), "{name} needs {needed}");
            assert_eq!(
                dependency.condition, "service_healthy",
                "{name} on {needed}"
            );
        }
        let is_pinned = service.build.is_some()
            || service.image.rsplit_once(':').is_some_and(|(_, tag)| {
                tag.starts_with(|letter: char| letter.is_ascii_digit() || letter == 'v')
            });
        assert!(is_pinned, "{name}: {} has no version", service.image);
    }
    let needed: Vec<&String> = services["sideline"].depends_on.keys().collect();
    assert_eq!(needed, ["clickhouse", "kafka", "registry"]);
}

#[test]
fn data_are_in_named_volumes() {
    let compose = compose();
    let declared: BTreeSet<&str> = compose.volumes.keys().map(String::as_str).collect();
    let mut used = BTreeSet::new();
    for (name, service) in &compose.services {
        for volume in &service.volumes {
            let (source, _) = volume.split_once(':').expect("source:target");
            if source.starts_with("./") {
                assert!(
                    root().join(source).exists(),
                    "{name}: {source} is not there"
                );
                assert!(volume.ends_with(":ro"), "{name}: {volume}");
            } else {
                assert!(used.insert(source), "two services share {source}");
            }
        }
    }
    assert_eq!(used, declared);
    // The registry keeps everything in Kafka.
    for holder in ["kafka", "clickhouse", "sideline", "prometheus", "grafana"] {
        let has_one = used.iter().any(|volume| volume.starts_with(holder));
        assert!(has_one, "{holder} has no volume of its own");
    }
}

#[test]
fn topics_and_tables_are_set_up_by_the_code_of_the_local_stack() {
    let services = compose().services;
    let sideline = &services["sideline"];
    let dockerfile = &sideline.build.as_ref().expect("it is built").dockerfile;
    let dockerfile = fs::read_to_string(root().join(dockerfile)).expect("the Dockerfile");
    assert!(dockerfile.contains(r#"ENTRYPOINT ["sideline"]"#));

    assert_eq!(sideline.command, ["run", "--external", "--apply"]);
    let line = ["sideline"]
        .into_iter()
        .chain(sideline.command.iter().map(String::as_str));
    let cli = Cli::try_parse_from(line).expect("the program takes it");
    assert!(cli.place.external);
    assert!(matches!(cli.command, Command::Run(run) if run.apply));
    // Nothing else makes topics, schemas or tables.
    for (name, service) in &services {
        let says = format!("{:?} {:?}", service.command, service.volumes);
        for word in ["kafka-topics", "/subjects/", ".sql", "initdb"] {
            assert!(
                !says.contains(word),
                "{name} has a set-up of its own: {word}"
            );
        }
    }
}

#[test]
fn the_settings_of_the_pipeline_are_settings() {
    let services = compose().services;
    let environment: BTreeMap<&str, String> = services["sideline"]
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), filled(value)))
        .collect();
    let variable = |name: &str| match name {
        "HOME" => Some("/var/lib/sideline".to_owned()),
        _ => environment.get(name).cloned(),
    };
    let flags = Flags {
        is_external: true,
        ..Flags::default()
    };
    let folder = Path::new("/var/lib/sideline");
    let settings = Settings::load_from(&flags, &variable, folder).expect("settings");
    let known: BTreeSet<String> = settings
        .describe()
        .into_iter()
        .map(|setting| setting.variable)
        .collect();
    for name in environment.keys() {
        assert!(known.contains(*name), "{name} is no setting");
    }
    let servers = settings.external.expect("servers elsewhere");
    for (address, service) in [
        (servers.kafka, "kafka"),
        (servers.registry, "registry"),
        (servers.clickhouse, "clickhouse"),
    ] {
        let host = address.trim_start_matches("http://").split(':').next();
        assert_eq!(host, Some(service), "{address}");
    }
}

/// The file that says who may ask ClickHouse what.
fn analyst() -> String {
    let path = root().join("ops/clickhouse/users/analyst.xml");
    fs::read_to_string(path).expect("the analyst's rights")
}

#[test]
fn analysts_log_in_with_a_password_of_their_own_within_limits() {
    let services = compose().services;
    let clickhouse = &services["clickhouse"];
    let mount = "./ops/clickhouse/users/analyst.xml:/etc/clickhouse-server/users.d/analyst.xml:ro";
    assert!(clickhouse.volumes.iter().any(|volume| volume == mount));
    let rights = analyst();
    let variable = "CLICKHOUSE_ANALYST_PASSWORD";
    assert!(clickhouse.environment.contains_key(variable));
    assert!(rights.contains(&format!(r#"<password from_env="{variable}"/>"#)));
    for (setting, bound) in [
        ("max_result_rows", "1000000"),
        ("max_rows_to_read", "200000000"),
        ("max_execution_time", "60"),
        ("max_memory_usage", "2000000000"),
    ] {
        let value = format!("<{setting}>{bound}</{setting}>");
        assert!(rights.contains(&value), "{value}");
        // Else who may change settings could raise it, or lift it by 0.
        let fixed = format!("<{setting}><min>1</min><max>{bound}</max></{setting}>");
        assert!(rights.contains(&fixed), "{fixed}");
    }
    assert!(rights.contains("<readonly>2</readonly>"));
    assert!(rights.contains("<readonly><readonly/></readonly>"));
    assert!(rights.contains("<quota>analyst</quota>"));
    assert!(rights.contains("<profile>analyst</profile>"));
}

/// Views that serve other views, and are no answers.
const HELPERS: [&str; 3] = ["left_days", "champion_systems", "refused_events"];

#[test]
fn analysts_may_ask_every_view_and_no_table() {
    let mut views = BTreeSet::new();
    for entry in fs::read_dir(root().join("warehouse/migrations")).expect("the migrations") {
        let sql = fs::read_to_string(entry.expect("an entry").path()).expect("a migration");
        let made = sql.split("CREATE OR REPLACE VIEW ").skip(1);
        let names = made.filter_map(|text| text.split_whitespace().next());
        views.extend(names.map(str::to_owned));
    }
    views.retain(|view| !HELPERS.contains(&view.as_str()));
    let granted: BTreeSet<String> = analyst()
        .split("<query>GRANT SELECT ON sideline.")
        .skip(1)
        .filter_map(|text| text.split_once("</query>"))
        .map(|(view, _)| view.to_owned())
        .collect();
    assert_eq!(granted, views);
    assert_eq!(analyst().matches("GRANT").count(), granted.len());
    // Without this a view answers with the rights of who asks it, who may not see the tables.
    let definer = "<default_normal_view_sql_security>DEFINER</default_normal_view_sql_security>";
    assert!(analyst().contains(definer));
}
