//! What a newcomer does in the first minutes: one command, an injury, a typo, a line that moves.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::shared::{Shared, trial};
use crate::wait::{SOON, until};

/// The trials of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("one_command_ends_at_a_table", one_command),
        trial("the_commands_named_next_work_unedited", next_commands),
        trial("an_injury_makes_new_versions_with_its_cause", injury),
        trial("a_return_brings_the_values_back", comeback),
        trial("a_typo_in_a_name_suggests_the_player", typo),
        trial("a_line_past_its_threshold_makes_a_version", line_moves),
        trial("the_views_follow_a_champion_that_was_set", champions),
    ]
}

fn one_command(shared: &Shared) -> Result<()> {
    let predictions = shared.report["predictions"].as_array();
    let predictions = predictions.context("no predictions")?;
    ensure!(predictions.len() >= 40, "{} predictions", predictions.len());
    for line in predictions {
        let is_named = ["player", "prop", "game_id"]
            .iter()
            .all(|field| line[*field].as_str().is_some_and(|text| !text.is_empty()));
        ensure!(is_named, "{line}");
        ensure!(line["version"].as_i64() >= Some(1), "{line}");
        ensure!(line["cause"].as_str().is_some_and(is_cause), "{line}");
        let is_out = line["status"] == "OUT";
        ensure!(line["predicted"].is_null() == is_out, "{line}");
    }
    let with_line = predictions.iter().filter(|line| line["line"].is_f64());
    ensure!(with_line.count() >= 20, "too few have a line");
    Ok(())
}

/// `injury_status holvinthornson OUT`: kind, subject and value.
fn is_cause(cause: &str) -> bool {
    cause.split_whitespace().count() >= 3
}

fn next_commands(shared: &Shared) -> Result<()> {
    let next = shared.report["next"].as_array().context("no next")?;
    ensure!(next.len() == 3, "{next:?}");
    for command in next {
        let text = command.as_str().context("a command is text")?;
        let mut words = text.split_whitespace();
        ensure!(words.next() == Some("sideline"), "{text}");
        let arguments: Vec<&str> = words.collect();
        let answer = shared.home.program().run(&arguments)?.succeeded()?;
        ensure!(!answer.stdout.trim().is_empty(), "{text} printed nothing");
    }
    // The first of them put the star out; later trials want him back.
    let star = next[0]
        .as_str()
        .and_then(|text| text.split_whitespace().nth(4));
    shared
        .injury(star.context("no player is named")?, "AVAILABLE")
        .map(drop)
}

fn injury(shared: &Shared) -> Result<()> {
    let player = shared.scorer(0)?;
    let before = shared.points(&player)?;
    let done = shared.injury(&player, "OUT")?;
    ensure_complete(&done)?;
    let versions = done["versions"].as_array().context("no versions")?;
    let of_points = |line: &&Value| line["prop"] == "points";
    let own = versions
        .iter()
        .filter(of_points)
        .find(|line| line["player"] == player.as_str());
    let own = own.context("no version for the player himself")?;
    ensure!(own["new"].is_null() && own["status"] == "OUT", "{own}");
    let next = before["version"].as_i64().context("no version before")? + 1;
    ensure!(own["version"] == next, "{own} follows {before}");
    ensure_teammates_gain(&player, versions)?;
    ensure_told(shared, &player, &done)?;
    shared.injury(&player, "AVAILABLE").map(drop)
}

/// Somebody takes over the minutes: teammates' points go up, and nobody's down.
fn ensure_teammates_gain(player: &str, versions: &[Value]) -> Result<()> {
    let mut gained = 0;
    for line in versions {
        let (Some(old), Some(new)) = (line["old"].as_f64(), line["new"].as_f64()) else {
            continue;
        };
        ensure!(new >= old, "{line} went down as {player} went out");
        gained += i32::from(line["prop"] == "points" && new > old);
    }
    ensure!(gained >= 3, "only {gained} teammates of {player} gain");
    Ok(())
}

/// `history` and `latest` say the same, with the place of the event in the log.
fn ensure_told(shared: &Shared, player: &str, done: &Value) -> Result<()> {
    let history = shared.json(&["history", "--player", player, "--prop", "points"])?;
    let newest = &history[0];
    ensure!(
        newest["correlation_id"] == done["correlation_id"],
        "{newest}"
    );
    ensure!(newest["superseded_by"].is_null(), "{newest}");
    let cause = newest["cause"].as_str().unwrap_or_default();
    ensure!(
        cause.starts_with("injury_status") && cause.ends_with("OUT"),
        "{newest}"
    );
    let place = newest["cause_place"].as_str().unwrap_or_default();
    let parts: Vec<&str> = place.split('/').collect();
    let is_place = matches!(parts.as_slice(), ["nba-injuries", partition, offset]
        if partition.parse::<u8>().is_ok() && offset.parse::<u64>().is_ok());
    ensure!(is_place, "{newest}");
    ensure!(
        history[1]["superseded_by"] == newest["version"],
        "{history}"
    );
    let latest = shared.points(player)?;
    ensure!(latest["version"] == newest["version"], "{latest}");
    ensure!(
        latest["predicted"].is_null() && latest["status"] == "OUT",
        "{latest}"
    );
    Ok(())
}

fn comeback(shared: &Shared) -> Result<()> {
    let player = shared.scorer(1)?;
    let before = shared.points(&player)?;
    ensure_complete(&shared.injury(&player, "OUT")?)?;
    ensure!(shared.points(&player)?["predicted"].is_null(), "he is out");
    ensure_complete(&shared.injury(&player, "AVAILABLE")?)?;
    let after = shared.points(&player)?;
    ensure!(
        after["predicted"] == before["predicted"],
        "{after}, {before}"
    );
    let versions = |line: &Value| line["version"].as_i64().unwrap_or_default();
    ensure!(
        versions(&after) == versions(&before) + 2,
        "{after}, {before}"
    );
    Ok(())
}

/// Promise 9: everything expected is counted under one heading.
fn ensure_complete(done: &Value) -> Result<()> {
    const OUTCOMES: [&str; 7] = [
        "changed",
        "unchanged",
        "held",
        "blocked",
        "too_late",
        "skipped",
        "failed",
    ];
    ensure!(done["status"] == "success", "{done}");
    let counts: i64 = OUTCOMES
        .iter()
        .filter_map(|kind| done[*kind].as_i64())
        .sum();
    ensure!(done["expected"] == counts && counts > 0, "{done}");
    let versions = done["versions"].as_array().map_or(0, Vec::len);
    ensure!(done["changed"] == versions, "{done}");
    Ok(())
}

fn typo(shared: &Shared) -> Result<()> {
    let player = shared.scorer(2)?;
    // Two letters the wrong way round, in the middle.
    let mut letters: Vec<char> = player.chars().collect();
    let at = (1..letters.len()).find(|at| letters[at - 1] != letters[*at]);
    let at = at.context("a name of one letter")?;
    letters.swap(at - 1, at);
    let misspelt: String = letters.into_iter().collect();
    let program = shared.home.program();
    let answer = program.run(&["event", "injury", "--player", &misspelt, "--status", "OUT"])?;
    ensure!(answer.code == Some(1), "{answer:?}");
    ensure!(answer.stdout.is_empty(), "{answer:?}");
    let is_suggested = answer.stderr.contains("did you mean") && answer.stderr.contains(&player);
    ensure!(is_suggested, "{answer:?}");
    Ok(())
}

/// On a prop nobody quotes, so that one book's line is the whole market. The lines lie far above
/// the prediction, so that the recommendation stays what it is; the threshold for points is 2.
fn line_moves(shared: &Shared) -> Result<()> {
    let slate = shared.slate()?;
    let free = slate.iter().find(|line| {
        line["prop"] == "points" && line["line"].is_null() && line["predicted"].is_f64()
    });
    let free = free.context("every prediction of points has a line")?;
    let player = free["player"].as_str().context("no player")?;
    let first = free["predicted"].as_f64().unwrap_or_default().ceil() + 10.5;

    let quoted = quote(shared, player, Some(first))?;
    // Every system that has something to say of the prop.
    let systems = quoted["changed"].clone();
    ensure!(systems.as_i64() > Some(1), "the first line: {quoted}");
    let version = shared.points(player)?["version"].clone();

    let nudged = quote(shared, player, Some(first + 1.0))?;
    ensure!(
        nudged["held"] == systems && nudged["changed"] == 0,
        "{nudged}"
    );
    ensure!(shared.points(player)?["version"] == version, "held");

    let moved = quote(shared, player, Some(first + 4.0))?;
    ensure!(moved["changed"] == systems && moved["held"] == 0, "{moved}");
    let latest = shared.points(player)?;
    ensure!(latest["line"] == first + 4.0, "{latest}");
    ensure!(
        latest["version"].as_i64() == version.as_i64().map(|version| version + 1),
        "{latest}"
    );

    let withdrawn = quote(shared, player, None)?;
    ensure!(withdrawn["changed"] == systems, "withdrawn: {withdrawn}");
    let latest = shared.points(player)?;
    ensure!(latest["line"].is_null(), "{latest}");
    ensure!(latest["recommendation"] == "NO_LINE", "{latest}");
    Ok(())
}

fn quote(shared: &Shared, player: &str, line: Option<f64>) -> Result<Value> {
    let line = line.map(|line| line.to_string());
    let mut arguments = vec!["event", "line", "--player", player, "--prop", "points"];
    match &line {
        Some(line) => arguments.extend(["--line", line]),
        None => arguments.push("--withdrawn"),
    }
    let done = shared.json(&arguments)?;
    ensure_complete(&done)?;
    Ok(done)
}

/// Who is champion is said on a topic, and the views follow.
fn champions(shared: &Shared) -> Result<()> {
    let player = shared.scorer(5)?;
    let before = shared.points(&player)?;
    ensure!(before["system"] == "ensemble", "by default: {before}");
    let told = shared.json(&["champion", "set", "moving_average", "--prop", "points"])?;
    ensure!(
        champion_of(&told, "points") == Some("moving_average"),
        "{told}"
    );
    ensure!(champion_of(&told, "rebounds") == Some("ensemble"), "{told}");
    until(SOON, || {
        let now = shared.points(&player)?;
        Ok((now["system"] == "moving_average").then_some(()))
    })?;
    shared.json(&["champion", "set", "ensemble"])?;
    until(SOON, || {
        Ok((shared.points(&player)? == before).then_some(()))
    })?;
    let answer = shared.home.program().run(&["champion", "set", "oracle"])?;
    ensure!(answer.code == Some(1), "{answer:?}");
    ensure!(answer.stderr.contains("zone_matchup"), "{answer:?}");
    Ok(())
}

fn champion_of<'t>(told: &'t Value, prop: &str) -> Option<&'t str> {
    let mut rows = told.as_array()?.iter();
    rows.find(|one| one["prop"] == prop)?["system_id"].as_str()
}
