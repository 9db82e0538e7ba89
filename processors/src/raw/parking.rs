//! Statements about players nobody has registered yet.
//!
//! The broker gives no order between the roster topic and the others, so a registration may be
//! read after the facts about the player. Such a fact becomes a dead letter, for a person to see,
//! and is kept besides: the registration takes it up. Where the state ends then does not depend on
//! which topic was read first.

use sideline_runtime_core::{BadInput, Context, ProcessError};

use super::Raw;
use super::claim::Claim;

/// Statements kept per unknown name: more than a day brings for one player, all books and props
/// counted. Beyond it a fact is only a dead letter, which can be retried.
const PARKED_PER_PLAYER_MAX: usize = 512;

/// The complaint; it says whether the fact waits for the registration by itself.
pub(super) fn unknown_player(player: &str, is_parked: bool) -> BadInput {
    let message = format!("nobody has registered the player {player}");
    let fault = ProcessError::bad_input("unknown_player", message).field("player");
    if is_parked {
        return fault.hint(format!(
            "correct the spelling and send it again, register {player} with a roster event, or \
             name him with an alias event: this fact is then taken up by itself"
        ));
    }
    fault.hint(format!(
        "register {player} with a roster event, then retry this dead letter"
    ))
}

impl Raw {
    /// Keeps the claim until its player is registered; false when too many wait already.
    pub(super) fn park(
        &self,
        player: &str,
        claim: &Claim,
        ctx: &mut Context<'_>,
    ) -> Result<bool, ProcessError> {
        let waiting = ctx.range(&self.parked, &format!("{player}/"))?.len();
        if waiting >= PARKED_PER_PLAYER_MAX {
            return Ok(false);
        }
        let (cause, fact) = (&claim.cause, &claim.fact);
        let key = format!("{player}/{fact}|{}|{:020}", cause.source, cause.offset);
        ctx.put(&self.parked, &key, claim)?;
        Ok(true)
    }

    /// Takes up what waited under this name, in the order of fact, source and log, for the player it
    /// stands for when it is an alias.
    pub(super) fn unpark(
        &self,
        name: &str,
        stands_for: Option<&str>,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        for (key, mut claim) in ctx.range(&self.parked, &format!("{name}/"))? {
            ctx.delete(&self.parked, &key)?;
            if let Some(player) = stands_for {
                claim = claim.about(player);
            }
            self.accept(&claim, ctx)?;
        }
        Ok(())
    }
}
