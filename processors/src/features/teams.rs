//! Features from the ended games of both teams.

use sideline_avro::context::TeamForm;
use sideline_avro::form::PlayerGame;

use super::registry::{Reading, Source};

const NO_TEAM_GAMES: &str = "no_team_games";
const NO_OPPONENT_GAMES: &str = "no_opponent_games";

fn opponent(game: &PlayerGame, of: fn(&TeamForm) -> Option<f64>) -> Reading {
    let value = game.form.opponent_form.as_ref().and_then(of);
    Reading::of(value, Source::Team, NO_OPPONENT_GAMES)
}

fn own(game: &PlayerGame, of: fn(&TeamForm) -> Option<f64>) -> Reading {
    let value = of(&game.form.team_form);
    Reading::of(value, Source::Team, NO_TEAM_GAMES)
}

/// Points allowed per 100 possessions, last 15 games.
pub(super) fn opponent_def_rating(game: &PlayerGame) -> Reading {
    opponent(game, |form| form.def_rating_last_15)
}

/// Possessions per 48 minutes, last 15 games.
pub(super) fn opponent_pace(game: &PlayerGame) -> Reading {
    opponent(game, |form| form.pace_last_15)
}

/// Possessions per 48 minutes, last 10 games.
pub(super) fn team_pace(game: &PlayerGame) -> Reading {
    own(game, |form| form.pace_last_10)
}

/// Points per 100 possessions, last 10 games.
pub(super) fn team_off_rating(game: &PlayerGame) -> Reading {
    own(game, |form| form.off_rating_last_10)
}

/// Share of games won this season, from 5 games on.
pub(super) fn team_win_share(game: &PlayerGame) -> Reading {
    own(game, |form| form.win_pct)
}

/// Share of the team's last 10 ended games of the season that ended 15 or more points apart, won or
/// lost, 0 to 1: in such games starters sit out the end.
pub(super) fn blowout_share(game: &PlayerGame) -> Reading {
    Reading::of(game.form.blowout_share, Source::Team, NO_TEAM_GAMES)
}

#[cfg(test)]
mod tests {
    use sideline_avro::form::Form;

    use super::*;
    use crate::features::registry::golden::missing;

    #[test]
    fn the_share_of_blowouts_is_read_from_form_or_missing() {
        let game = PlayerGame {
            form: Form {
                blowout_share: Some(0.3),
                ..Form::default()
            },
            ..PlayerGame::default()
        };
        assert_eq!(blowout_share(&game).value, Some(0.3));
        assert_eq!(
            blowout_share(&PlayerGame::default()),
            missing("no_team_games")
        );
    }
}
