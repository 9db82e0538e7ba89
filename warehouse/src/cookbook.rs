//! The analysts' cookbook: questions that are often asked, each a file of SQL over the views.
//!
//! A file begins with its question on one line of comment. Each parameter has a line of its own
//! below, with its type, what stands for it when it is not given, and what it means:
//!
//! ```sql
//! -- What did the players of an evening look like at a moment?
//! --
//! -- {player:String} such as 'lebronjames': the player, as player_lookup.
//! -- {limit:UInt32} = '20': rows shown at most.
//! -- {day:Date} = today: league day of the games.
//! -- {moment:DateTime64(6, 'UTC')} = now: the moment, UTC.
//! ```

use std::collections::BTreeMap;

use serde::Serialize;

macro_rules! recipes {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../cookbook/", $name, ".sql")))),+]
    };
}

/// Name and text of every file, by name.
const FILES: &[(&str, &str)] = recipes![
    "accuracy-by-book",
    "accuracy-by-month",
    "accuracy-by-prop",
    "accuracy-by-role",
    "accuracy-by-system",
    "batch-against-now",
    "before-and-after-an-injury",
    "best-price-for-a-player",
    "biggest-edges",
    "biggest-moves",
    "books-that-disagree",
    "calibration",
    "confidence-and-hits",
    "cost-by-path",
    "coverage-of-a-batch",
    "dead-letters-by-reason",
    "drift-of-a-feature",
    "effect-of-an-absence",
    "first-and-last-version",
    "freshness-of-sources",
    "games-of-a-day",
    "history-of-a-prediction",
    "latest-for-a-player",
    "latest-of-a-day",
    "line-at-prediction-and-at-close",
    "lines-through-the-day",
    "newest-as-batch-systems-write-it",
    "news-entered-by-hand",
    "outcomes-of-a-change",
    "players-of-a-team",
    "players-without-a-prediction",
    "recommendations-that-turned",
    "slowest-updates",
    "stale-lines",
    "systems-side-by-side",
    "update-times-by-kind",
    "versions-by-kind-of-change",
    "versions-per-key",
    "what-a-batch-said",
    "what-changed-since",
    "what-was-said-at",
    "who-moved-because-of",
    "why-a-version",
];

/// How a line that describes a parameter begins.
const PARAMETER: &str = "-- {";

/// What stands for a parameter that is not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Nothing: it must be given, for example so.
    Example(String),
    /// This value.
    Value(String),
    /// The league day now.
    Today,
    /// The moment now.
    Now,
}

/// A parameter of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type in ClickHouse, for example `String`.
    pub kind: String,
    /// What stands for it when it is not given.
    pub preset: Preset,
    /// What it means.
    pub meaning: String,
}

/// A question of the cookbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// Name of its file, without the ending.
    pub name: &'static str,
    /// The question.
    pub question: String,
    /// Its parameters, in the order of the file.
    pub parameters: Vec<Parameter>,
    /// The whole file.
    pub sql: &'static str,
}

/// Why a question cannot be asked as it was called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CookbookError {
    /// There is no such question.
    #[error("the cookbook has no {name}")]
    UnknownRecipe {
        /// The name.
        name: String,
    },
    /// The question has no such parameter.
    #[error("{recipe} has no parameter {name}; it has {known}")]
    UnknownParameter {
        /// The question.
        recipe: &'static str,
        /// The name.
        name: String,
        /// Names of those it has.
        known: String,
    },
    /// A parameter without a preset was not given.
    #[error("{recipe} needs {name} ({meaning}), for example {name}={example}")]
    MissingParameter {
        /// The question.
        recipe: &'static str,
        /// The name.
        name: String,
        /// What it means.
        meaning: String,
        /// What it may look like.
        example: String,
    },
}

/// The moment at which a question is asked, as ClickHouse reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The league day, for example `2024-12-23`.
    pub day: String,
    /// The moment, UTC, for example `2024-12-23 22:30:00`.
    pub moment: String,
}

/// Every question, by name.
#[must_use]
pub fn recipes() -> Vec<Recipe> {
    FILES.iter().map(|(name, sql)| recipe(name, sql)).collect()
}

/// The question of that name.
///
/// # Errors
/// [`CookbookError::UnknownRecipe`].
pub fn find(name: &str) -> Result<Recipe, CookbookError> {
    let found = FILES.iter().find(|(own, _)| *own == name);
    let (name, sql) = found.ok_or_else(|| CookbookError::UnknownRecipe {
        name: name.to_owned(),
    })?;
    Ok(recipe(name, sql))
}

impl Recipe {
    /// A value for every parameter: what was given, else its preset.
    ///
    /// # Errors
    /// [`CookbookError::UnknownParameter`] and [`CookbookError::MissingParameter`].
    pub fn fill(
        &self,
        given: &[(String, String)],
        asked: &Asked,
    ) -> Result<Vec<(String, String)>, CookbookError> {
        let given: BTreeMap<&str, &str> = given
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        for name in given.keys() {
            self.check_known(name)?;
        }
        let mut filled = Vec::new();
        for parameter in &self.parameters {
            let value = match (given.get(parameter.name.as_str()), &parameter.preset) {
                (Some(value), _) => *value,
                (None, Preset::Value(value)) => value,
                (None, Preset::Today) => &asked.day,
                (None, Preset::Now) => &asked.moment,
                (None, Preset::Example(example)) => return Err(self.missing(parameter, example)),
            };
            filled.push((parameter.name.clone(), value.to_owned()));
        }
        Ok(filled)
    }

    fn check_known(&self, name: &str) -> Result<(), CookbookError> {
        if self.parameters.iter().any(|own| own.name == name) {
            return Ok(());
        }
        let names: Vec<&str> = self
            .parameters
            .iter()
            .map(|own| own.name.as_str())
            .collect();
        let known = match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(", "),
        };
        Err(CookbookError::UnknownParameter {
            recipe: self.name,
            name: name.to_owned(),
            known,
        })
    }

    fn missing(&self, parameter: &Parameter, example: &str) -> CookbookError {
        CookbookError::MissingParameter {
            recipe: self.name,
            name: parameter.name.clone(),
            meaning: parameter.meaning.clone(),
            example: example.to_owned(),
        }
    }
}

fn recipe(name: &'static str, sql: &'static str) -> Recipe {
    let first = sql.lines().next().unwrap_or_default();
    Recipe {
        name,
        question: first.trim_start_matches("-- ").to_owned(),
        parameters: sql.lines().filter_map(parameter).collect(),
        sql,
    }
}

/// The parameter that a line of comment describes, if it describes one.
fn parameter(line: &str) -> Option<Parameter> {
    let (declared, rest) = line.strip_prefix(PARAMETER)?.split_once('}')?;
    let (name, kind) = declared.split_once(':')?;
    let (is_example, rest) = match rest.strip_prefix(" such as ") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix(" = ")?),
    };
    let (preset, meaning) = match rest.strip_prefix('\'') {
        Some(quoted) => {
            let (value, meaning) = quoted.split_once("': ")?;
            let value = value.to_owned();
            match is_example {
                true => (Preset::Example(value), meaning),
                false => (Preset::Value(value), meaning),
            }
        }
        None => match rest.split_once(": ")? {
            ("today", meaning) => (Preset::Today, meaning),
            ("now", meaning) => (Preset::Now, meaning),
            _ => return None,
        },
    };
    Some(Parameter {
        name: name.to_owned(),
        kind: kind.to_owned(),
        preset,
        meaning: meaning.trim_end_matches('.').to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    /// Fewest questions the cookbook answers.
    const RECIPES_MIN: usize = 30;

    fn files(folder: &str, ending: &str) -> BTreeSet<String> {
        let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        let names = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
            .collect()
    }

    /// Names in braces of the statement itself, without its comments.
    fn used(sql: &str) -> BTreeSet<(String, String)> {
        let is_comment = |line: &&str| line.starts_with("--");
        let statement: Vec<&str> = sql.lines().filter(|line| !is_comment(line)).collect();
        let statement = statement.join("\n");
        let braces = statement.split('{').skip(1);
        let declared = braces.filter_map(|text| text.split_once('}'));
        declared
            .filter_map(|(inside, _)| inside.split_once(':'))
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .collect()
    }

    #[test]
    fn every_file_is_a_recipe_and_has_an_expected_answer() {
        let names: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names.len(), FILES.len(), "a name stands twice");
        assert!(FILES.is_sorted());
        assert!(names.len() >= RECIPES_MIN);
        assert_eq!(names, files("cookbook", ".sql"));
        assert_eq!(names, files("cookbook/expected", ".csv"));
    }

    #[test]
    fn a_recipe_opens_with_its_question_and_describes_each_parameter() {
        for recipe in recipes() {
            let name = recipe.name;
            assert!(recipe.sql.starts_with("-- "), "{name}");
            assert!(recipe.question.ends_with('?'), "{name}");
            let described: BTreeSet<(String, String)> = recipe
                .parameters
                .iter()
                .map(|one| (one.name.clone(), one.kind.clone()))
                .collect();
            assert_eq!(described, used(recipe.sql), "{name}");
            let lines = recipe.sql.lines();
            let lines = lines.filter(|line| line.starts_with(PARAMETER)).count();
            assert_eq!(
                lines,
                described.len(),
                "{name}: a parameter's line is not read"
            );
        }
    }

    #[test]
    fn a_recipe_asks_views_alone() {
        for recipe in recipes() {
            for table in [
                "_log",
                "FROM champions",
                "FROM system.",
                "ledger_origin",
                "schema_migrations",
            ] {
                assert!(!recipe.sql.contains(table), "{}: {table}", recipe.name);
            }
        }
    }

    fn asked() -> Asked {
        Asked {
            day: "2024-12-23".into(),
            moment: "2024-12-23 22:30:00".into(),
        }
    }

    fn own() -> Recipe {
        recipe(
            "own",
            "-- Who?\n--\n\
             -- {player:String} such as 'lebronjames': the player.\n\
             -- {limit:UInt32} = '20': rows shown at most.\n\
             -- {day:Date} = today: league day.\n\
             -- {at:DateTime64(6, 'UTC')} = now: the moment: UTC.\n\
             SELECT 1",
        )
    }

    #[test]
    fn what_is_not_given_has_its_preset() {
        let given = [("player".to_owned(), "lukadoncic".to_owned())];
        let filled = own().fill(&given, &asked()).unwrap();
        let values: Vec<&str> = filled.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(
            values,
            ["lukadoncic", "20", "2024-12-23", "2024-12-23 22:30:00"]
        );
        assert_eq!(own().parameters[3].kind, "DateTime64(6, 'UTC')");
        assert_eq!(own().parameters[3].meaning, "the moment: UTC");
    }

    #[test]
    fn a_missing_or_misspelt_parameter_is_named() {
        let missing = own().fill(&[], &asked()).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "own needs player (the player), for example player=lebronjames"
        );
        let given = [("plyer".to_owned(), String::new())];
        let unknown = own().fill(&given, &asked()).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "own has no parameter plyer; it has player, limit, day, at"
        );
    }
}
