//! Each test that docs/real-failures.md names stands in the file it names.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

/// Failures that the page must speak of.
const FAILURES: usize = 48;

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("the workspace's folder").to_owned()
}

/// A row of the table: number, failure, what makes it impossible, and the tests.
struct Row {
    number: usize,
    /// File and name of each.
    tests: Vec<(String, String)>,
}

/// The rows of the page's table. Tests are written `file`: `name`, `name`; `file`: `name`.
fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/real-failures.md")).expect("the page");
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let Some(Ok(number)) = cells.first().map(|cell| cell.trim().parse()) else {
            continue;
        };
        let mut tests = Vec::new();
        for group in cells.last().expect("a last cell").split("; ") {
            let mut quoted = group.split('`').skip(1).step_by(2);
            let file = quoted.next().expect("a file").to_owned();
            tests.extend(quoted.map(|name| (file.clone(), name.to_owned())));
        }
        rows.push(Row { number, tests });
    }
    rows
}

#[test]
fn every_failure_has_its_row() {
    let numbers: Vec<usize> = rows().into_iter().map(|row| row.number).collect();
    let expected: Vec<usize> = (1..=FAILURES).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn every_test_the_page_names_is_there() {
    for Row { number, tests } in rows() {
        assert!(!tests.is_empty(), "failure {number} has no test");
        for (file, name) in tests {
            let text = fs::read_to_string(root().join(&file));
            let text = text.unwrap_or_else(|error| panic!("failure {number}: {file}: {error}"));
            // Trials of the end-to-end tests are named by a text.
            let is_there =
                text.contains(&format!("fn {name}(")) || text.contains(&format!("\"{name}\""));
            assert!(is_there, "failure {number}: {file} has no test {name}");
        }
    }
}
