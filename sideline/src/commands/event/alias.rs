//! `sideline event alias`: another name of a registered player.

use anyhow::Result;
use sideline_avro::cause::{EventKind, TriggerSource};
use sideline_avro::events::AliasEvent;
use sideline_processors::player_lookup;

use super::{Desk, new_correlation_id};
use crate::cli::AliasArgs;
use crate::commands::latest::known_player;
use crate::ingress::IngressRecord;

impl Desk {
    /// The team goes with it, so that statuses under the alias reach his teammates.
    pub(super) async fn alias(&self, args: AliasArgs) -> Result<IngressRecord> {
        let player = known_player(&self.warehouse, &args.player).await?;
        let team = self.team_of(&player).await?;
        let now = self.now();
        Ok(IngressRecord::Alias(AliasEvent {
            alias: player_lookup(&args.alias),
            player,
            team,
            source: args.source,
            known_at: now,
            ingested_at: now,
            correlation_id: Some(new_correlation_id()),
            kind: if args.withdrawn {
                EventKind::Retract
            } else {
                EventKind::Assert
            },
            trigger_source: TriggerSource::ManualEntry,
            trigger_user: std::env::var("USER").ok(),
            ..AliasEvent::default()
        }))
    }
}
