//! How much of each published adjustment the rule systems use: one table.
//!
//! The published weights stand in the systems' own files. Several of them cost accuracy, so of each a
//! share is used. Shares were fitted for the least absolute error on the first half of the season
//! 2024-25 and looked at on the second: `docs/accuracy.md` says how, and
//! has the figures of both halves. 1 is the published weight; what made predictions worse keeps a tenth,
//! so that its part of the value still says which way it would push.

/// Shares of the published adjustments, 0 to 1.
#[derive(Debug)]
pub(super) struct Shares {
    /// Of what projected minutes add to the base.
    pub(super) minutes: f64,
    /// Of what tiredness takes.
    pub(super) fatigue: f64,
    /// Of what the opponent's defence by zone adds.
    pub(super) zones: f64,
    /// Of what a back-to-back takes.
    pub(super) rest: f64,
    /// Of what a fast game adds.
    pub(super) pace: f64,
    /// Of what is taken over from absent teammates.
    pub(super) usage: f64,
    /// Of home and away.
    pub(super) venue: f64,
    /// Of what the similar games say beyond the season's average.
    pub(super) alike: f64,
}

/// Of the moving average. Its zones wait for a source of shots, and are the published ones.
pub(super) const MOVING_AVERAGE: Shares = Shares {
    minutes: 0.60,
    fatigue: 0.10,
    zones: 1.00,
    rest: 0.10,
    pace: 0.80,
    usage: 0.80,
    venue: 0.70,
    alike: 0.00,
};

/// Of the zone matchup, which reads neither rest nor usage nor similar games.
pub(super) const ZONE_MATCHUP: Shares = Shares {
    minutes: 0.30,
    fatigue: 0.10,
    zones: 0.40,
    rest: 0.00,
    pace: 0.30,
    usage: 0.00,
    venue: 0.10,
    alike: 0.00,
};

/// Of similarity, which does not read rest. Its zones are the published ones, as above.
pub(super) const SIMILARITY: Shares = Shares {
    minutes: 0.60,
    fatigue: 0.10,
    zones: 1.00,
    rest: 0.00,
    pace: 0.40,
    usage: 0.80,
    venue: 0.10,
    alike: 0.10,
};

/// What was published, for the vectors that were worked out for it.
#[cfg(test)]
pub(super) const PUBLISHED: Shares = Shares {
    minutes: 1.0,
    fatigue: 1.0,
    zones: 1.0,
    rest: 1.0,
    pace: 1.0,
    usage: 1.0,
    venue: 1.0,
    alike: 1.0,
};
