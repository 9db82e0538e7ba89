//! `sideline cookbook`: questions that are often asked, with their SQL.

use std::process::ExitCode;

use anyhow::Result;
use sideline_warehouse::cookbook::{Asked, CookbookError, Preset, Recipe, find, recipes};

use crate::answers::{Question, Teller};
use crate::cli::{CookbookCommand, CookbookRunArgs, PlaceArgs};
use crate::commands::latest::known_player;
use crate::league_clock;
use crate::moments;
use crate::names::suggestions;
use crate::printer::Printer;
use crate::system::System;

/// The parameter that may be a name as people write it.
const PLAYER: &str = "player";

/// Lists, shows or asks.
///
/// # Errors
/// There is no such question, a parameter is missing, or ClickHouse cannot be asked.
pub async fn run(
    place: &PlaceArgs,
    command: CookbookCommand,
    printer: Printer,
) -> Result<ExitCode> {
    match command {
        CookbookCommand::List => list(printer)?,
        CookbookCommand::Show { name } => show(&recipe(&name)?, printer)?,
        CookbookCommand::Run(args) => ask(&System::from_flags(place)?, args, printer).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn recipe(name: &str) -> Result<Recipe> {
    find(name).map_err(|error| {
        let all = recipes();
        let near = suggestions(name, all.iter().map(|one| one.name));
        if near.is_empty() {
            return anyhow::anyhow!("{error}; sideline cookbook list names its questions");
        }
        anyhow::anyhow!("{error}; did you mean {}?", near.join(", "))
    })
}

fn list(printer: Printer) -> Result<()> {
    printer.table(&["name", "question", "parameters"], &recipes(), |recipe| {
        let names = recipe.parameters.iter().map(|one| match one.preset {
            Preset::Example(_) => one.name.clone(),
            _ => format!("[{}]", one.name),
        });
        vec![
            recipe.name.to_owned(),
            recipe.question.clone(),
            names.collect::<Vec<_>>().join(" "),
        ]
    })?;
    Ok(())
}

fn show(recipe: &Recipe, printer: Printer) -> Result<()> {
    if printer.is_json() {
        printer.json(recipe)?;
    } else {
        printer.line(recipe.sql.trim_end())?;
    }
    Ok(())
}

async fn ask(system: &System, args: CookbookRunArgs, printer: Printer) -> Result<()> {
    let recipe = recipe(&args.name)?;
    let warehouse = system.warehouse()?;
    let mut given = args.answer.parameters.clone();
    for (name, value) in &mut given {
        if name == PLAYER && !value.is_empty() {
            *value = known_player(&warehouse, value).await?;
        }
    }
    let filled = recipe.fill(&given, &asked(system).await?);
    let parameters = filled.map_err(|error: CookbookError| {
        anyhow::anyhow!("{error}\nhint: --param NAME=VALUE gives one")
    })?;
    let mut teller = Teller::new(&warehouse, &args.answer, printer)?;
    let sql = recipe.sql.trim_end().trim_end_matches(';');
    teller
        .tell(Question {
            sql,
            parameters: &parameters,
        })
        .await?;
    teller.finish()
}

/// The moment by the league clock.
async fn asked(system: &System) -> Result<Asked> {
    let now = league_clock::now(system).await?;
    Ok(Asked {
        day: moments::show_day(moments::league_day(now)),
        moment: moments::show(now),
    })
}
