//! `sideline sql` and `sideline cookbook` on an evening of the invented league.

use std::fs;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use sideline_warehouse::cookbook::{Preset, recipes};

use crate::shared::{self, Shared};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        shared::trial("sql_answers_in_every_format", answers_in_every_format),
        shared::trial("sql_reads_and_never_writes", never_writes),
        shared::trial("every_recipe_of_the_cookbook_runs", runs_every_recipe),
    ]
}

fn answers_in_every_format(shared: &Shared) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("question.sql");
    let player = shared.scorer(2)?;
    let sql = "SELECT prop, version FROM latest WHERE player_lookup = {player:String}\n\
               AND prop = 'points' ORDER BY game_date DESC LIMIT 1;\n";
    fs::write(&file, sql)?;
    let file = file.to_str().context("a path in UTF-8")?;
    let parameter = format!("player={player}");
    let ask = ["sql", file, "--param", &parameter];
    let rows = shared.json(&ask)?;
    let version = shared.points(&player)?["version"].clone();
    ensure!(
        rows == serde_json::json!([{ "prop": "points", "version": version }]),
        "{rows}"
    );
    for (format, begin) in [
        ("csv", "\"prop\",\"version\"\n\"points\",".as_bytes()),
        ("table", "┌─prop".as_bytes()),
        ("parquet", b"PAR1"),
    ] {
        let path = folder.path().join(format);
        let output = path.to_str().context("a path in UTF-8")?;
        let told = ["--format", format, "--output", output];
        let arguments = [&ask[..], &told[..]].concat();
        shared.home.program().run(&arguments)?.succeeded()?;
        let bytes = fs::read(&path)?;
        let is_so = bytes
            .windows(begin.len())
            .take(4)
            .any(|window| window == begin);
        ensure!(is_so, "{format}: {}", String::from_utf8_lossy(&bytes));
    }
    Ok(())
}

fn never_writes(shared: &Shared) -> Result<()> {
    let drop = ["sql", "--query", "DROP TABLE champions"];
    let answer = shared.home.program().run(&drop)?;
    let refused = answer.succeeded().err();
    let error = format!("{:#}", refused.context("a table was dropped")?);
    ensure!(error.contains("readonly"), "{error}");
    Ok(())
}

fn runs_every_recipe(shared: &Shared) -> Result<()> {
    let player = shared.scorer(2)?;
    for recipe in recipes() {
        let mut arguments = vec![
            "cookbook".to_owned(),
            "run".to_owned(),
            recipe.name.to_owned(),
        ];
        for parameter in &recipe.parameters {
            let Preset::Example(example) = &parameter.preset else {
                continue;
            };
            let value = match parameter.name.as_str() {
                "player" => &player,
                _ => example,
            };
            arguments.push("--param".to_owned());
            arguments.push(format!("{}={value}", parameter.name));
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let rows = shared.json(&arguments)?;
        let rows = rows
            .as_array()
            .with_context(|| format!("{}: no rows", recipe.name))?;
        if recipe.name == "latest-for-a-player" {
            ensure!(!rows.is_empty(), "{player} is predicted tonight");
        }
    }
    Ok(())
}
