//! The cookbook on an evening made by hand: `warehouse/cookbook/expected` has its rows, and for each
//! recipe the answer, below a line with the parameters it is asked with.
//!
//! `SIDELINE_EXPECT=write` writes the answers instead of comparing them; read each before it is
//! committed.

use std::fs;

use sideline_warehouse::cookbook::{Asked, Recipe, recipes};

use crate::shelf::Shelf;

const ROWS: &str = include_str!("../../cookbook/expected/rows.sql");

/// The first line of an expected answer: `# player=lebronjames; limit=5`.
fn given(expected: &str) -> Vec<(String, String)> {
    let first = expected.lines().next().unwrap_or_default();
    let pairs = first.trim_start_matches('#').trim();
    let pairs = pairs.split("; ").filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Late on the evening.
fn asked() -> Asked {
    Asked {
        day: "2024-12-23".into(),
        moment: "2024-12-24 02:00:00".into(),
    }
}

async fn answer(shelf: &Shelf, recipe: &Recipe, expected: &str) -> String {
    let parameters = recipe.fill(&given(expected), &asked()).unwrap();
    let first = expected.lines().next().unwrap_or("#");
    let answer = shelf.answer(recipe.sql, &parameters).await;
    format!("{first}\n{answer}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recipe_answers_as_worked_out_by_hand() {
    let Some(shelf) = Shelf::new().await else {
        return;
    };
    shelf.fill(ROWS).await;
    let writes = std::env::var("SIDELINE_EXPECT").is_ok_and(|word| word == "write");
    let mut faults = Vec::new();
    for recipe in recipes() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cookbook/expected");
        let path = format!("{folder}/{}.csv", recipe.name);
        let expected = fs::read_to_string(&path).unwrap();
        let found = answer(&shelf, &recipe, &expected).await;
        if writes {
            fs::write(&path, found).unwrap();
        } else if found != expected {
            faults.push(format!("{}:\n{found}\nexpected:\n{expected}", recipe.name));
        }
    }
    shelf.end().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
