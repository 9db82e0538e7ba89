use std::fs;

use super::reader::CONFIG_FILE;
use super::*;

fn nothing(_: &str) -> Option<String> {
    None
}

fn cache_only(name: &str) -> Option<String> {
    (name == "HOME").then(|| "/home/ann".to_owned())
}

fn with(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let found = pairs.iter().find(|(key, _)| *key == name);
        found
            .map(|(_, value)| (*value).to_owned())
            .or_else(|| cache_only(name))
    }
}

fn folder_with(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(CONFIG_FILE), config).unwrap();
    folder
}

fn faults(result: Result<Settings, Error>) -> Vec<String> {
    match result {
        Err(Error::Settings(faults)) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("expected faults, got {other:?}"),
    }
}

#[test]
fn the_default_needs_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::load_from(&Flags::default(), &cache_only, folder.path()).unwrap();
    assert_eq!(settings.home, folder.path().join(".sideline"));
    assert_eq!(settings.cache, Path::new("/home/ann/.cache/sideline"));
    assert_eq!(settings.ports.kafka, 9092);
    assert_eq!(settings.external, None);
    assert_eq!(settings.database_name(), "sideline");
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let folder =
        folder_with("home = 'from-file'\nenv = 'file'\n[ports]\nkafka = 1111\nregistry = 2222\n");
    let flags = Flags {
        home: Some("from-flag".into()),
        ..Flags::default()
    };
    let variable = with(&[
        ("SIDELINE_HOME", "from-variable"),
        ("SIDELINE_KAFKA_PORT", "3333"),
    ]);
    let settings = Settings::load_from(&flags, &variable, folder.path()).unwrap();
    assert_eq!(settings.home, folder.path().join("from-flag"));
    assert_eq!(settings.ports.kafka, 3333);
    assert_eq!(settings.ports.registry, 2222);
    assert_eq!(settings.ports.clickhouse, 8123);
    assert_eq!(settings.database_name(), "file_sideline");

    let source = |key: &str| {
        settings
            .describe()
            .into_iter()
            .find(|setting| setting.key == key)
            .unwrap()
            .source
    };
    assert_eq!(source("home"), "flag");
    assert_eq!(source("ports.kafka"), "environment SIDELINE_KAFKA_PORT");
    assert_eq!(
        source("ports.registry"),
        format!("file {}", folder.path().join(CONFIG_FILE).display())
    );
    assert_eq!(source("ports.clickhouse"), "default");
}

#[test]
fn an_empty_variable_is_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let variable = with(&[("SIDELINE_ENV", ""), ("SIDELINE_CONFIG", "")]);
    let settings = Settings::load_from(&Flags::default(), &variable, folder.path()).unwrap();
    assert_eq!(settings.environment, None);
}

#[test]
fn every_fault_is_told_with_place_value_and_range() {
    let folder = folder_with(
        "[ports]\nkafak = 1\nregistry = 70000\n[kafka]\nheap_mib = 5\njava_options = \"-server Xint\"\n",
    );
    let variable = with(&[
        ("SIDELINE_ENV", "Not Good"),
        ("SIDELINE_EXTERNAL", "maybe"),
        ("SIDELINE_LISTEN", "10.0.0.1"),
    ]);
    let faults = faults(Settings::load_from(
        &Flags::default(),
        &variable,
        folder.path(),
    ));
    let file = folder.path().join(CONFIG_FILE).display().to_string();
    assert_eq!(
        faults,
        [
            format!("ports.kafak: is not a setting; did you mean `ports.kafka`? (file {file})"),
            "env: is `Not Good`, allowed are a to z, 0 to 9 and -, a letter first, 32 at most (environment SIDELINE_ENV)".to_owned(),
            format!("ports.registry: is `70000`, allowed are 1 to 65535, and 0 for any free port (file {file})"),
            "listen: is `10.0.0.1`, allowed are 127.0.0.1, and 0.0.0.0 in a container (environment SIDELINE_LISTEN)".to_owned(),
            format!("kafka.heap_mib: is `5`, allowed are 128 to 8192 (file {file})"),
            format!("kafka.java_options: `Xint` is no option of Java: each begins with a dash (file {file})"),
            "external.enabled: is `maybe`, allowed are true and false (environment SIDELINE_EXTERNAL)".to_owned(),
        ]
    );
}

#[test]
fn two_parts_cannot_have_one_port_but_any_number_may_ask_for_a_free_one() {
    let folder = folder_with("[ports]\nkafka = 8123\nregistry = 0\npipeline = 0\n");
    let faults = faults(Settings::load_from(
        &Flags::default(),
        &cache_only,
        folder.path(),
    ));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("ports.clickhouse: is 8123, which `ports.kafka` has too"));
}

#[test]
fn external_names_every_address_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let flags = Flags {
        is_external: true,
        ..Flags::default()
    };
    let variable = with(&[
        ("SIDELINE_REGISTRY", "ftp://x"),
        ("SIDELINE_KAFKA", "a:1,b"),
    ]);
    let faults = faults(Settings::load_from(&flags, &variable, folder.path()));
    assert_eq!(
        faults,
        [
            "external.kafka: has `b`, which is not host:port (environment SIDELINE_KAFKA)",
            "external.registry: is `ftp://x`, which is not an http:// or https:// address (environment SIDELINE_REGISTRY)",
            "external.clickhouse: is not set, and --external needs it (http://host:port, by SIDELINE_CLICKHOUSE or in the file) (default)",
        ]
    );
}

#[test]
fn secrets_show_as_stars_and_stay_out_of_debug_output() {
    let folder = folder_with(
        "[external]\nenabled = true\nkafka = 'k:9092'\nregistry = 'http://r:8081/'\nclickhouse = 'http://c:8123'\nclickhouse_password = 'hush'\n[external.kafka_properties]\n'sasl.password' = 'hush'\n",
    );
    let settings = Settings::load_from(&Flags::default(), &cache_only, folder.path()).unwrap();
    let external = settings.external.clone().unwrap();
    assert_eq!(external.registry, "http://r:8081");
    assert_eq!(external.kafka_properties["sasl.password"], "hush");
    assert!(!format!("{:?}", settings.describe()).contains("hush"));
    assert!(!format!("{external:?}").contains("hush"));
    assert!(!format!("{settings:?}").contains("hush"));
}

#[test]
fn a_child_process_loads_the_same_settings() {
    let folder = folder_with("env = 'staging'\n[ports]\nkafka = 0\n");
    let flags = Flags {
        home: Some("here".into()),
        ..Flags::default()
    };
    let settings = Settings::load_from(&flags, &cache_only, folder.path()).unwrap();
    let ports = Ports {
        kafka: 4444,
        ..settings.ports
    };
    let variables = settings.variables(&ports);
    let lookup = |name: &str| {
        variables
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    let child = Settings::load_from(&Flags::default(), &lookup, Path::new("/")).unwrap();
    assert_eq!((child.home, child.cache), (settings.home, settings.cache));
    assert_eq!(
        (child.ports, child.environment),
        (ports, Some("staging".to_owned()))
    );
}

#[test]
fn a_config_file_that_was_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let flags = Flags {
        config: Some("gone.toml".into()),
        ..Flags::default()
    };
    let error = Settings::load_from(&flags, &nothing, folder.path()).unwrap_err();
    assert!(error.to_string().contains("gone.toml"), "{error}");
}
