//! Facts in words a person reads: the old and the new value of a change.

use sideline_avro::facts::{BoxScore, Game, ShotZones};
use sideline_avro::words::{GameStatus, InjuryStatus};

use super::claim::Body;
use crate::calendar::moment_text;
use crate::truth::Said;

/// The value in words; none when it was taken back.
pub(super) fn of_said(said: &Said<Body>) -> Option<String> {
    match said {
        Said::Stated(body) => Some(of(body)),
        Said::Retracted | Said::Deleted => None,
    }
}

fn of(body: &Body) -> String {
    match body {
        Body::Injury(injury) => status(injury.status).to_owned(),
        Body::Lineup(lineup) => lineup.starters.join(", "),
        Body::Line(line) => number(line.line),
        Body::GameLine { line, .. } => {
            format!(
                "spread {}, total {}",
                number(line.spread_home),
                number(line.total)
            )
        }
        Body::BoxScore(row) => box_score(row),
        Body::Game(game) => of_game(game),
        Body::Roster(roster) => roster.team.clone().unwrap_or_else(|| "no team".to_owned()),
        Body::Alias { player, .. } => player.clone(),
        Body::ShotZones(row) => shot_zones(row),
        Body::Referees(crew) => crew.names.join(", "),
        Body::Forced { reason } => reason.clone().unwrap_or_else(|| "forced".to_owned()),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "withdrawn".to_owned(), |value| value.to_string())
}

fn box_score(row: &BoxScore) -> String {
    if row.did_not_play {
        return "did not play".to_owned();
    }
    let (points, rebounds, assists) = (row.pts, row.reb, row.ast);
    format!(
        "{points} points, {rebounds} rebounds, {assists} assists in {} minutes",
        row.minutes
    )
}

fn shot_zones(row: &ShotZones) -> String {
    format!(
        "paint {} of {}, mid-range {} of {}, three {} of {}",
        row.paint_made,
        row.paint_attempts,
        row.mid_range_made,
        row.mid_range_attempts,
        row.three_made,
        row.three_attempts
    )
}

fn of_game(game: &Game) -> String {
    match (game.status, game.home_points, game.away_points) {
        (GameStatus::Final, Some(home), Some(away)) => format!("final {home}-{away}"),
        (GameStatus::Final, ..) => "final".to_owned(),
        (GameStatus::Postponed, ..) => "postponed".to_owned(),
        (GameStatus::Cancelled, ..) => "cancelled".to_owned(),
        (GameStatus::Live, ..) => "live".to_owned(),
        _ => format!("tip-off {}", moment_text(game.tip_off)),
    }
}

fn status(status: InjuryStatus) -> &'static str {
    match status {
        InjuryStatus::Out => "OUT",
        InjuryStatus::Doubtful => "DOUBTFUL",
        InjuryStatus::Questionable => "QUESTIONABLE",
        InjuryStatus::Probable => "PROBABLE",
        InjuryStatus::Available => "AVAILABLE",
        InjuryStatus::Unknown => "UNKNOWN",
    }
}
