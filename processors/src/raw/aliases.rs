//! Other names of registered players.
//!
//! An alias lies in the partition of the alias, where records under that name arrive; his own
//! registration may lie in another, so the alias names his team besides, and both are told again
//! after a trade. The team hears of it too, for the names in its lineups. A name that is registered
//! itself is no alias, whatever is said of it. What an alias stands for is what was said of it last
//! when a record is read: an alias that is corrected moves nothing that was taken before, which a
//! person retries or retracts.

use sideline_runtime_core::{BadInput, Context, ProcessError};

use super::Raw;
use super::claim::{Body, Claim};
use crate::truth::{History, Said, Statement};

/// Statements kept per alias; who corrects one more often has another problem.
const STATEMENTS_PER_ALIAS_MAX: usize = 16;

impl Raw {
    /// Takes an alias, and with it what waited under that name.
    pub(super) fn take_alias(
        &self,
        alias: &str,
        claim: &Claim,
        ctx: &mut Context<'_>,
    ) -> Result<Result<(), BadInput>, ProcessError> {
        if ctx.get(&self.players, alias)?.is_some() {
            return Ok(Err(registered(alias)));
        }
        self.keep_alias(alias, claim, ctx)?;
        self.accept(claim, ctx)?;
        Ok(Ok(()))
    }

    fn keep_alias(
        &self,
        alias: &str,
        claim: &Claim,
        ctx: &mut Context<'_>,
    ) -> Result<(), ProcessError> {
        let (said, team) = match &claim.said {
            Said::Stated(Body::Alias { player, team }) => {
                (Said::Stated(player.clone()), team.clone())
            }
            Said::Deleted => (Said::Deleted, None),
            Said::Stated(_) | Said::Retracted => (Said::Retracted, None),
        };
        let mut history: History<String> = ctx.get(&self.aliases, alias)?.unwrap_or_default();
        let statement = Statement {
            source: claim.cause.source.clone(),
            known_at: claim.cause.known_at,
            offset: claim.cause.offset,
            said,
        };
        history.insert(statement, STATEMENTS_PER_ALIAS_MAX);
        ctx.put(&self.aliases, alias, &history)?;
        let Some(player) = history.present() else {
            return Ok(());
        };
        self.register(player, team, ctx)?;
        self.unpark(alias, Some(player), ctx)
    }

    /// The player whom a name stands for; none when it is no alias.
    pub(super) fn stands_for(
        &self,
        name: &str,
        ctx: &Context<'_>,
    ) -> Result<Option<String>, ProcessError> {
        let history: Option<History<String>> = ctx.get(&self.aliases, name)?;
        Ok(history.as_ref().and_then(History::present).cloned())
    }
}

fn registered(alias: &str) -> BadInput {
    let message = format!("{alias} is registered as a player of that name");
    let fault = ProcessError::bad_input("alias_is_registered", message).field("alias");
    fault
        .hint("a registered name stands for its own player: tell the two apart by another spelling")
}
