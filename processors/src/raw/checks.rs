//! What a value may be: ranges and identities, each complaint with the value seen, the value
//! allowed, and what to do.

use std::collections::BTreeSet;

use sideline_avro::events::BoxScoreEvent;
use sideline_avro::time::Timestamp;
use sideline_runtime_core::{BadInput, ProcessError};

use crate::fact_key::is_game_id;
use crate::names::player_lookup;
use crate::props::LINE_PROPS;

/// A producer's clock may run ahead of the appender's by this much.
const KNOWN_AT_AHEAD_SECONDS_MAX: i64 = 300;
/// The longest game had six overtimes: 78 minutes, and nobody played more than 65.
const MINUTES_MAX: f64 = 65.0;
/// No count of a box score has come near it.
const COUNT_MAX: i32 = 150;
/// Highest line of any prop.
const LINE_MAX: f64 = 100.0;
/// Highest total, and highest spread either way.
const TOTAL_MAX: f64 = 400.0;
/// Highest score of a team.
const TEAM_POINTS_MAX: i32 = 300;
/// Starters of a team.
const STARTERS: usize = 5;

/// known_at may lead ingested_at by 300 s at most.
pub(super) fn known_at(known_at: Timestamp, ingested_at: Timestamp) -> Result<(), BadInput> {
    let lead_seconds = known_at.seconds_since(ingested_at);
    if lead_seconds <= KNOWN_AT_AHEAD_SECONDS_MAX {
        return Ok(());
    }
    let message = format!(
        "known_at is {lead_seconds} s after ingested_at, allowed are {KNOWN_AT_AHEAD_SECONDS_MAX} s"
    );
    let fault = ProcessError::bad_input("known_at_ahead", message).field("known_at");
    Err(fault.hint("correct the producer's clock, then send the event again"))
}

pub(super) fn game_id(id: &str) -> Result<(), BadInput> {
    if is_game_id(id) {
        return Ok(());
    }
    let message = format!("the game id {id:?} is not ten digits");
    let fault = ProcessError::bad_input("game_id_malformed", message).field("game_id");
    Err(fault.hint("send the league's id as text with its leading zeros, for example 0022400061"))
}

pub(super) fn team(code: &str) -> Result<(), BadInput> {
    let is_code = code.len() == 3 && code.bytes().all(is_capital);
    if is_code {
        return Ok(());
    }
    let message = format!("the team {code:?} is not three capital letters or digits");
    let fault = ProcessError::bad_input("team_malformed", message).field("team");
    Err(fault.hint("send the league's three-letter code, for example BOS"))
}

fn is_capital(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

pub(super) fn two_teams(one: &str, other: &str) -> Result<(), BadInput> {
    team(one)?;
    team(other)?;
    if one != other {
        return Ok(());
    }
    let message = format!("a game has two teams, and both are {one}");
    let fault = ProcessError::bad_input("same_team_twice", message).field("team");
    Err(fault.hint("correct the team or its opponent, then send the event again"))
}

pub(super) fn prop(name: &str) -> Result<(), BadInput> {
    if LINE_PROPS.contains(&name) {
        return Ok(());
    }
    let message = format!("the prop {name:?} is unknown");
    let fault = ProcessError::bad_input("unknown_prop", message).field("prop");
    Err(fault.hint(format!("known props are {}", LINE_PROPS.join(", "))))
}

/// A book's name is part of keys.
pub(super) fn book(name: &str) -> Result<(), BadInput> {
    let is_plain = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-.".contains(letter)
    };
    if !name.is_empty() && name.chars().all(is_plain) {
        return Ok(());
    }
    let message = format!("the book {name:?} is not of lower-case letters and digits");
    let fault = ProcessError::bad_input("book_malformed", message).field("book");
    Err(fault.hint("send the book in lower case without spaces, for example draftkings"))
}

pub(super) fn line(value: Option<f64>) -> Result<(), BadInput> {
    let Some(value) = value else { return Ok(()) };
    in_range("line", "line_out_of_range", value, (0.0, LINE_MAX))
}

pub(super) fn game_line(spread: Option<f64>, total: Option<f64>) -> Result<(), BadInput> {
    let reason = "line_out_of_range";
    in_range(
        "spread_home",
        reason,
        spread.unwrap_or(0.0),
        (-TOTAL_MAX, TOTAL_MAX),
    )?;
    in_range("total", reason, total.unwrap_or(0.0), (0.0, TOTAL_MAX))
}

pub(super) fn final_points(home: Option<i32>, away: Option<i32>) -> Result<(), BadInput> {
    for (field, points) in [("home_points", home), ("away_points", away)] {
        let value = f64::from(points.unwrap_or(0));
        in_range(
            field,
            "points_out_of_range",
            value,
            (0.0, f64::from(TEAM_POINTS_MAX)),
        )?;
    }
    Ok(())
}

pub(super) fn five_starters(names: &[String]) -> Result<(), BadInput> {
    let distinct: BTreeSet<String> = names.iter().map(|name| player_lookup(name)).collect();
    if names.len() == STARTERS && distinct.len() == STARTERS && !distinct.contains("") {
        return Ok(());
    }
    let message = format!(
        "{} starters are named, {} of them distinct",
        names.len(),
        distinct.len()
    );
    let fault = ProcessError::bad_input("lineup_not_five", message).field("starters");
    Err(fault.hint("name the five starters, each once"))
}

/// An alias is another name than the player's own.
pub(super) fn alias(alias: &str, player: &str) -> Result<(), BadInput> {
    let lookup = player_lookup(alias);
    if !lookup.is_empty() && lookup != player_lookup(player) {
        return Ok(());
    }
    let message = format!("the alias {alias:?} of {player:?} is no other name");
    let fault = ProcessError::bad_input("alias_is_no_other_name", message).field("alias");
    Err(fault.hint("spelling, case and accents need no alias: names are normalised already"))
}

/// Minutes, counts, and the two sums every box score keeps.
pub(super) fn box_score(row: &BoxScoreEvent) -> Result<(), BadInput> {
    in_range(
        "minutes",
        "minutes_out_of_range",
        row.minutes,
        (0.0, MINUTES_MAX),
    )?;
    for counted in counts(row) {
        count(counted)?;
    }
    let points = 2 * row.fgm + row.fg3m + row.ftm;
    if points != row.pts {
        let told = format!("2*fgm + fg3m + ftm = {points}, but pts = {}", row.pts);
        return Err(inconsistent("pts", told));
    }
    if row.oreb + row.dreb != row.reb {
        let told = format!(
            "oreb + dreb = {}, but reb = {}",
            row.oreb + row.dreb,
            row.reb
        );
        return Err(inconsistent("reb", told));
    }
    if row.did_not_play && row.minutes > 0.0 {
        let told = format!("did_not_play is true, but minutes = {}", row.minutes);
        return Err(inconsistent("did_not_play", told));
    }
    Ok(())
}

/// A count of a box score, with its field's name.
pub(super) fn count((field, count): (&str, i32)) -> Result<(), BadInput> {
    let bounds = (0.0, f64::from(COUNT_MAX));
    in_range(field, "count_out_of_range", f64::from(count), bounds)
}

fn counts(row: &BoxScoreEvent) -> [(&'static str, i32); 15] {
    [
        ("fgm", row.fgm),
        ("fga", row.fga),
        ("fg3m", row.fg3m),
        ("fg3a", row.fg3a),
        ("ftm", row.ftm),
        ("fta", row.fta),
        ("oreb", row.oreb),
        ("dreb", row.dreb),
        ("reb", row.reb),
        ("ast", row.ast),
        ("stl", row.stl),
        ("blk", row.blk),
        ("tov", row.tov),
        ("pf", row.pf),
        ("pts", row.pts),
    ]
}

fn inconsistent(field: &str, message: String) -> BadInput {
    let fault = ProcessError::bad_input("box_score_inconsistent", message).field(field);
    fault.hint("correct the box score at its source, then send it again")
}

fn in_range(
    field: &str,
    reason: &str,
    value: f64,
    (least, most): (f64, f64),
) -> Result<(), BadInput> {
    // Written so that NaN is out of range.
    if value >= least && value <= most {
        return Ok(());
    }
    let message = format!("{field} is {value}, allowed are {least} to {most}");
    let fault = ProcessError::bad_input(reason, message).field(field);
    Err(fault.hint(format!(
        "correct {field} at its source, then send the event again"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> BoxScoreEvent {
        BoxScoreEvent {
            minutes: 35.2,
            fgm: 11,
            fg3m: 3,
            ftm: 6,
            pts: 31,
            oreb: 1,
            dreb: 7,
            reb: 8,
            ..BoxScoreEvent::default()
        }
    }

    #[test]
    fn promise_7_a_box_score_that_cannot_be_is_refused_by_name() {
        assert!(box_score(&row()).is_ok());
        let wrong = [
            (
                BoxScoreEvent { pts: 30, ..row() },
                "box_score_inconsistent",
                "pts",
            ),
            (
                BoxScoreEvent { reb: 9, ..row() },
                "box_score_inconsistent",
                "reb",
            ),
            (
                BoxScoreEvent {
                    minutes: 66.0,
                    ..row()
                },
                "minutes_out_of_range",
                "minutes",
            ),
            (
                BoxScoreEvent {
                    minutes: f64::NAN,
                    ..row()
                },
                "minutes_out_of_range",
                "minutes",
            ),
            (
                BoxScoreEvent { stl: -1, ..row() },
                "count_out_of_range",
                "stl",
            ),
            (
                BoxScoreEvent {
                    did_not_play: true,
                    ..row()
                },
                "box_score_inconsistent",
                "did_not_play",
            ),
        ];
        for (event, reason, field) in wrong {
            let fault = box_score(&event).unwrap_err();
            assert_eq!(
                (fault.reason.as_str(), fault.field.as_deref()),
                (reason, Some(field))
            );
        }
    }

    #[test]
    fn promise_7_lines_and_clocks_out_of_range_are_refused() {
        assert!(line(Some(24.5)).is_ok() && line(None).is_ok() && line(Some(0.0)).is_ok());
        assert_eq!(line(Some(-0.5)).unwrap_err().reason, "line_out_of_range");
        assert_eq!(line(Some(245.0)).unwrap_err().reason, "line_out_of_range");
        let now = Timestamp(0);
        assert!(known_at(now.plus_seconds(300), now).is_ok());
        assert_eq!(
            known_at(now.plus_seconds(301), now).unwrap_err().reason,
            "known_at_ahead"
        );
    }

    #[test]
    fn promise_7_a_lineup_names_five() {
        let five = ["a", "b", "c", "d", "e"].map(String::from);
        assert!(five_starters(&five).is_ok());
        assert!(five_starters(&five[..4]).is_err());
        let twice = ["a", "b", "c", "d", "D."].map(String::from);
        assert_eq!(five_starters(&twice).unwrap_err().reason, "lineup_not_five");
    }
}
