//! What a person is told to type can be typed: help texts, the README and the pages under `docs/`.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Command, CommandFactory, Parser};
use sideline::cli::Cli;

/// How examples begin in help.
const EXAMPLES: &str = "Examples:";
/// How many examples a verb gives at least.
const EXAMPLES_MIN: usize = 2;
/// The program as it is started from its source, before the verb.
const FROM_SOURCE: &str = "cargo run --release --";

/// What a line lacks that only names a verb.
const LEFT_OUT: [ErrorKind; 2] = [
    ErrorKind::MissingRequiredArgument,
    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
];

/// A verb, by its words from the program's name on, for example `sideline topics plan`.
struct Verb {
    words: String,
    command: Command,
}

/// Every verb that help shows, the program itself first.
fn verbs() -> Vec<Verb> {
    let mut found = Vec::new();
    let mut open = vec![Verb {
        words: "sideline".to_owned(),
        command: Cli::command(),
    }];
    while let Some(verb) = open.pop() {
        let shown = verb
            .command
            .get_subcommands()
            .filter(|sub| !sub.is_hide_set());
        for sub in shown {
            open.push(Verb {
                words: format!("{} {}", verb.words, sub.get_name()),
                command: sub.clone(),
            });
        }
        found.push(verb);
    }
    found
}

/// The words of a command line that needs of a shell only its double quotes. Placeholders become a
/// word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut is_placeholder, mut is_quoted) = (false, false);
    for letter in line.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            letter if is_quoted => words.last_mut().expect("one").push(letter),
            '<' => is_placeholder = true,
            '>' => {
                is_placeholder = false;
                words.last_mut().expect("one").push_str("name");
            }
            _ if is_placeholder => {}
            ' ' => words.push(String::new()),
            letter => words.last_mut().expect("one").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Why the program would not take the line; asking for help or version is fine.
fn fault(line: &str) -> Option<(ErrorKind, String)> {
    let error = Cli::try_parse_from(words(line)).err()?;
    let is_question = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    (!is_question).then(|| (error.kind(), error.to_string()))
}

#[test]
fn help_opens_with_one_sentence() {
    let verbs = verbs();
    assert!(verbs.len() > 1, "there are verbs");
    for Verb { words, command } in verbs {
        let about = command.get_about().expect(&words).to_string();
        let first = about.chars().next();
        assert!(first.is_some_and(char::is_uppercase), "{words}: {about}");
        let is_one = !about.contains(['\n', '!', '?']) && !about.contains(". ");
        assert!(is_one, "{words}: {about}");
        let long = command.get_long_about().map(ToString::to_string);
        assert!(long.is_none_or(|long| long == about), "{words}");
    }
}

#[test]
fn help_closes_with_two_examples_that_parse() {
    for Verb {
        words: own,
        command,
    } in verbs()
    {
        let end = command.get_after_help().expect(&own).to_string();
        let mut lines = end.lines();
        assert_eq!(lines.next(), Some(EXAMPLES), "{own}");
        let examples: Vec<&str> = lines.map(str::trim).collect();
        assert!(examples.len() >= EXAMPLES_MIN, "{own}: {examples:?}");
        for example in examples {
            assert!(example.starts_with(&own), "{own}: {example}");
            assert!(!example.contains(['<', '"', '\'', '|', '&']), "{example}");
            let fault = fault(example);
            assert!(fault.is_none(), "{own}: {example}: {fault:?}");
        }
    }
}

fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("the workspace's folder").to_owned()
}

/// Pages for people: the README, ARCHITECTURE.md and everything under `docs/`.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md"), root().join("ARCHITECTURE.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                paths.push(path);
            }
        }
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a page");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The line as the program itself would be called, if it is a call of it.
fn call(line: &str) -> Option<String> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    match line.strip_prefix(FROM_SOURCE) {
        Some(rest) => Some(format!("sideline{rest}")),
        None => line.starts_with("sideline ").then(|| line.to_owned()),
    }
}

/// Calls in blocks of shell, whole, and those in the running text.
fn calls(page: &str) -> (Vec<String>, Vec<String>) {
    let (mut blocks, mut mentions) = (Vec::new(), Vec::new());
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(language), None) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (None, Some("sh")) => blocks.extend(call(line)),
            (None, Some(_)) => {}
            (None, None) => mentions.extend(line.split('`').skip(1).step_by(2).filter_map(call)),
        }
    }
    (blocks, mentions)
}

#[test]
fn commands_on_the_pages_parse() {
    let mut count = 0;
    for (path, text) in pages() {
        let (blocks, mentions) = calls(&text);
        for line in &blocks {
            let fault = fault(line);
            assert!(fault.is_none(), "{}: {line}: {fault:?}", path.display());
        }
        for line in &mentions {
            // A mention may leave out the words that follow, as in `sideline clock`.
            let fault = fault(line).filter(|(kind, _)| !LEFT_OUT.contains(kind));
            assert!(fault.is_none(), "{}: {line}: {fault:?}", path.display());
        }
        count += blocks.len() + mentions.len();
    }
    assert!(count > 0, "the pages name commands");
}

#[test]
fn the_page_for_producers_shows_every_kind_of_news_that_can_be_entered_by_hand() {
    let page = fs::read_to_string(root().join("docs/producing.md")).expect("the page");
    let (blocks, _) = calls(&page);
    let by_hand = verbs()
        .into_iter()
        .filter(|verb| verb.words.starts_with("sideline event "));
    for verb in by_hand {
        let is_shown = blocks.iter().any(|line| line.starts_with(&verb.words));
        assert!(
            is_shown,
            "docs/producing.md has no example of {}",
            verb.words
        );
    }
}
