//! A player who is no longer predicted for a game: his last versions must not stay as if they still
//! held.

use sideline_avro::candidates::{Candidate, CandidateSet};
use sideline_avro::predictions::OutcomeItem;
use sideline_avro::words::Recommendation;
use sideline_runtime_core::{Context, ProcessError};
use sideline_topics::keys;

use super::{LastVersion, Ledger, skipped};

/// Reasons after which nothing said of the game holds any more. With the others the player keeps
/// what he has: they say something about the change, not about him and the game.
pub(crate) const WITHDRAWING: [&str; 5] = [
    "game_postponed",
    "game_cancelled",
    "left_team",
    "not_next_game",
    "not_eligible",
];

impl Ledger {
    /// Counts the skip; where versions exist and no longer hold, each gets a last one without a
    /// value.
    pub(super) fn skip(
        &self,
        set: &CandidateSet,
        reason: &str,
        ctx: &mut Context<'_>,
    ) -> Result<Vec<OutcomeItem>, ProcessError> {
        let mut items = Vec::new();
        if WITHDRAWING.contains(&reason) && !set.matchup.game_id.is_empty() {
            let matchup = &set.matchup;
            let game = keys::player_game_key(&matchup.player_lookup, &matchup.game_id);
            for (key, last) in ctx.range(&self.versions, &format!("{game}/"))? {
                let Some(emptied) = emptied(&key, &last, reason) else {
                    continue;
                };
                items.push(self.take(set, &emptied, ctx)?);
            }
            // A skipped player has no candidates: the state is then the same as if he never had.
            for (key, _) in ctx.range(&self.candidates, &format!("{game}/"))? {
                ctx.delete(&self.candidates, &key)?;
            }
        }
        if items.is_empty() {
            items.push(skipped("", "", reason));
        }
        Ok(items)
    }
}

/// A candidate without a value for the key `player/game/prop/system`.
fn emptied(key: &str, last: &LastVersion, reason: &str) -> Option<Candidate> {
    let mut parts = key.rsplitn(3, '/');
    let (system_id, prop) = (parts.next()?, parts.next()?);
    Some(Candidate {
        prop: prop.to_owned(),
        system_id: system_id.to_owned(),
        system_version: last.system_version.clone(),
        recommendation: Recommendation::NoLine,
        recommendation_reason: reason.to_owned(),
        feature_version: last.feature_version.clone(),
        ..Candidate::default()
    })
}
