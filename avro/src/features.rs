//! The features of one player before one game.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::form::{Matchup, PropLine};

/// One feature. Its words are those of the registry, which whoever makes one need not copy: there are
/// hundreds in a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Name in the registry.
    pub name: Cow<'static, str>,
    /// Its value; null when missing.
    pub value: Option<f64>,
    /// calculated, history, market, default or missing.
    pub source: Cow<'static, str>,
    /// Why it is a default or missing.
    pub reason: Option<Cow<'static, str>>,
}

/// Features for one prop.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PropFeatures {
    /// The prop.
    pub prop: String,
    /// Those of this prop, in the registry's order.
    pub features: Vec<Feature>,
    /// The market, null without a line.
    pub line: Option<PropLine>,
    /// 0 to 100: mean weight of the features' sources.
    pub quality: f64,
}

/// The features of one player before one game, per prop. Key: `<player_lookup>/<game_id>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlayerFeatures {
    /// What caused this record.
    pub cause: Cause,
    /// Highest ingress offset contained, per `topic/partition`. Joined by maximum on the way.
    pub view: BTreeMap<String, i64>,
    /// Player and game.
    pub matchup: Matchup,
    /// Version of the feature registry.
    pub feature_version: String,
    /// Minutes he is expected to play.
    pub projected_minutes: f64,
    /// Mean minutes of the games the averages come from; null when unknown.
    pub window_minutes: Option<f64>,
    /// One entry per prop.
    pub props: Vec<PropFeatures>,
    /// Those that are the same for every prop, in the registry's order.
    pub features: Vec<Feature>,
}
