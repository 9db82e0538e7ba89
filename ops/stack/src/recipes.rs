//! What is fetched, from where, and exactly which version.

use crate::kafka::KAFKA_VERSION;

/// Version of the ClickHouse engine library, an npm package.
pub const ENGINE_VERSION: &str = "26.7.3-stable.1";

/// The npm package of the engine library.
const ENGINE_PACKAGE: &str = "@chdb/lib-linux-x64-gnu";
/// Its hash as published: npm refuses anything else, wherever it comes from.
const ENGINE_INTEGRITY: &str = "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==";
/// The logging binding must be of the same version as the log4j-core that Kafka brings along.
const LOG4J_VERSION: &str = "2.25.3";
/// Counted up when a recipe changes while its version stays, so that old downloads are left alone.
const RECIPE: &str = "r1";

/// Something that one run of a package client puts into a folder.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// As people read it.
    pub(crate) what: String,
    /// Folder in the cache.
    pub(crate) folder: String,
    /// The package client.
    pub(crate) tool: &'static str,
    /// What it is needed for.
    pub(crate) purpose: &'static str,
    /// How to get it.
    pub(crate) remedy: &'static str,
    /// Its arguments; it runs in the folder.
    pub(crate) args: Vec<&'static str>,
    /// Files it reads, written before.
    pub(crate) files: Vec<(&'static str, String)>,
}

/// Where the jars are in Kafka's folder.
pub(crate) const JARS: &str = "libs";

/// Kafka's jars, 44 MB.
pub(crate) fn kafka() -> Recipe {
    Recipe {
        what: format!("Apache Kafka {KAFKA_VERSION} from Maven Central (44 MB)"),
        folder: format!("kafka-{KAFKA_VERSION}-{RECIPE}"),
        tool: "mvn",
        purpose: "the download of Kafka",
        remedy: "install Maven (Debian: apt install maven), or use servers that run elsewhere with --external",
        args: vec![
            "--quiet",
            "--batch-mode",
            "--strict-checksums",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            "-DoutputDirectory=libs",
        ],
        files: vec![("pom.xml", pom())],
    }
}

/// The engine library, 569 MB unpacked.
pub(crate) fn engine() -> Recipe {
    Recipe {
        what: format!("ClickHouse engine {ENGINE_VERSION} from npm (178 MB)"),
        folder: format!("engine-{ENGINE_VERSION}-{RECIPE}"),
        tool: "npm",
        purpose: "the download of the ClickHouse engine",
        remedy: "install npm (Debian: apt install npm), or use servers that run elsewhere with --external",
        args: vec![
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
        ],
        files: vec![
            ("package.json", package()),
            ("package-lock.json", package_lock()),
        ],
    }
}

/// Where the library is in the engine's folder.
pub(crate) fn engine_library() -> String {
    format!("node_modules/{ENGINE_PACKAGE}/libchdb.so")
}

/// Kafka's parts are one release. The Connect runtime and its web server come with kafka-tools but
/// no broker needs them: 40 jars and 11 MB less, and a shorter class path.
fn pom() -> String {
    format!(
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sideline</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>{KAFKA_VERSION}</version>
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId></exclusion>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-api</artifactId></exclusion>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>connect-json</artifactId></exclusion>
        <exclusion><groupId>com.fasterxml.jackson.jakarta.rs</groupId><artifactId>jackson-jakarta-rs-json-provider</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>{LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
"#
    )
}

fn package() -> String {
    format!(
        r#"{{"name":"sideline-engine","version":"1.0.0","private":true,"dependencies":{{"{ENGINE_PACKAGE}":"{ENGINE_VERSION}"}}}}"#
    )
}

/// Names no address, so that npm asks whatever registry it is set up for.
fn package_lock() -> String {
    format!(
        r#"{{"name":"sideline-engine","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{{"":{{"name":"sideline-engine","version":"1.0.0","dependencies":{{"{ENGINE_PACKAGE}":"{ENGINE_VERSION}"}}}},"node_modules/{ENGINE_PACKAGE}":{{"version":"{ENGINE_VERSION}","integrity":"{ENGINE_INTEGRITY}"}}}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_pinned_by_version_and_hash() {
        let lock: serde_json::Value = serde_json::from_str(&package_lock()).unwrap();
        let entry = &lock["packages"][format!("node_modules/{ENGINE_PACKAGE}")];
        assert_eq!(entry["version"], ENGINE_VERSION);
        assert_eq!(entry["integrity"], ENGINE_INTEGRITY);
        serde_json::from_str::<serde_json::Value>(&package()).unwrap();
    }
}
