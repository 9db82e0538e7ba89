//! The map: who reads what, and who writes what.
//!
//! ```text
//! phase       keyed by     reads                           writes
//! raw         see topics   rosters games injuries lineups  team-results team-facts
//!                          lines game-lines box-scores     player-facts touches
//!                          player-update-trigger aliases
//!                          shot-zones referees
//! results     team         team-results                    team-facts touches
//! team        team         team-facts                      player-contexts touches
//! player      player       player-contexts player-facts    player-games
//! features    (no state)   player-games                    player-features
//! systems     (no state)   player-features                 candidates
//! ledger      player       candidates                      predictions outcomes
//! completion  correlation  touches outcomes                runs
//! grading     player       predictions player-facts        graded
//! ```
//!
//! Every phase also writes dead-letters. A change reaches a player by one path: status, lineup,
//! schedule and results through his team, lines and his own box score directly. What a team's
//! results mean for its next opponents, phase results tells those teams.

use std::sync::Arc;

use sideline_avro::schemas::AvroRecord;
use sideline_runtime_core::{Context, Output, PhaseBuilder, ProcessError, Record, Topology};
use sideline_topics::{Catalogue, TopicId};

use crate::codec::Codecs;
use crate::dead_letters::{Correlated, DeadLetters};
use crate::systems::Setup;
use crate::{completion, features, grading, ledger, player, raw, results, systems, team};

/// All a phase is built from.
pub(crate) struct Wiring<'w, C> {
    pub(crate) catalogue: &'w Catalogue,
    pub(crate) codecs: &'w C,
    /// Build of the program, stamped on every version.
    pub(crate) build: &'w str,
    /// Which systems speak, and with which model.
    pub(crate) setup: &'w Setup,
}

impl<C: Codecs> Wiring<'_, C> {
    /// A topic to write, with its codec.
    pub(crate) fn output<T: AvroRecord>(
        &self,
        builder: &mut PhaseBuilder,
        topic: TopicId,
    ) -> Output<T> {
        let name: Arc<str> = self.catalogue.name(topic).into();
        builder.output(name, self.codecs.codec::<T>(topic))
    }

    /// A topic to read, with its codec; dead letters of it carry the correlation id.
    pub(crate) fn input<T: AvroRecord + Correlated>(
        &self,
        builder: &mut PhaseBuilder,
        letters: &mut DeadLetters,
        topic: TopicId,
        handler: impl Fn(&Record<T>, &mut Context<'_>) -> Result<(), ProcessError>
        + Send
        + Sync
        + 'static,
    ) {
        let name = self.catalogue.name(topic);
        let codec = self.codecs.codec::<T>(topic);
        letters.reads(name, &codec);
        builder.input(Arc::<str>::from(name), codec, handler);
    }
}

/// The live pipeline over the topics of a catalogue. `build` is stamped on every version.
pub fn topology<C: Codecs>(catalogue: &Catalogue, codecs: &C, build: &str) -> Topology {
    topology_with(catalogue, codecs, build, &Setup::default())
}

/// The same, with other systems.
pub fn topology_with<C: Codecs>(
    catalogue: &Catalogue,
    codecs: &C,
    build: &str,
    setup: &Setup,
) -> Topology {
    let wiring = Wiring {
        catalogue,
        codecs,
        build,
        setup,
    };
    Topology::new([
        raw::phase(&wiring),
        results::phase(&wiring),
        team::phase(&wiring),
        player::phase(&wiring),
        features::phase(&wiring),
        systems::phase(&wiring),
        ledger::phase(&wiring),
        completion::phase(&wiring),
        grading::phase(&wiring),
    ])
}

#[cfg(test)]
mod tests {
    use sideline_topics::{PhaseName, Reader};

    use super::*;
    use crate::codec::WireCodecs;

    #[test]
    fn promise_10_the_phases_read_what_the_catalogue_says() {
        let catalogue = Catalogue::new("nba", None).unwrap();
        let topology = topology(&catalogue, &WireCodecs::offline(), "test");
        let ingress: Vec<&str> = TopicId::ingress()
            .map(|topic| catalogue.name(topic))
            .collect();
        topology.check(&ingress).unwrap();
        for phase in PhaseName::ALL {
            let group = catalogue.group(Reader::Phase(phase));
            let mut listed: Vec<&str> = group
                .inputs
                .iter()
                .map(|topic| catalogue.name(*topic))
                .collect();
            let built = topology.phase(phase.as_str()).unwrap();
            let mut read: Vec<&str> = built.input_topics().map(|topic| &**topic).collect();
            listed.sort_unstable();
            read.sort_unstable();
            assert_eq!(read, listed, "phase {phase}");
        }
    }
}
