//! What tests of systems are written with.

use sideline_avro::features::{Feature, PropFeatures};
use sideline_avro::form::PropLine;

use super::{PropInput, System, Verdict};
use crate::features::Name;
use crate::props::{Fit, Prop, prop};

/// The prop with the published weights of averages.
pub(super) fn published(name: &str) -> &'static Prop {
    let fit = Fit {
        last_5: 0.5,
        last_10: 0.3,
        level: 1.0,
    };
    Box::leak(Box::new(Prop {
        fit,
        ..*prop(name).unwrap()
    }))
}

/// One player's features for one prop.
pub(super) struct Case {
    prop: &'static Prop,
    features: PropFeatures,
    minutes: (f64, Option<f64>),
}

impl Case {
    /// As it is predicted.
    pub(super) fn new(name: &str) -> Self {
        Self::of_prop(prop(name).unwrap())
    }

    /// With the published weights.
    pub(super) fn published(name: &str) -> Self {
        Self::of_prop(published(name))
    }

    fn of_prop(prop: &'static Prop) -> Self {
        Self {
            prop,
            features: PropFeatures::default(),
            minutes: (0.0, None),
        }
    }

    pub(super) fn history(self, values: &[(Name, f64)]) -> Self {
        self.with(values, "history")
    }

    pub(super) fn known(self, values: &[(Name, f64)]) -> Self {
        self.with(values, "calculated")
    }

    fn with(mut self, values: &[(Name, f64)], source: &str) -> Self {
        for (name, value) in values {
            self.features
                .features
                .retain(|old| old.name != name.as_str());
            self.features.features.push(Feature {
                name: name.as_str().into(),
                value: Some(*value),
                source: source.to_owned().into(),
                reason: None,
            });
        }
        self
    }

    pub(super) fn line(mut self, consensus: f64) -> Self {
        self.features.line = Some(PropLine {
            consensus,
            ..PropLine::default()
        });
        self
    }

    /// Projected minutes, and those of the window.
    pub(super) fn minutes(mut self, projected: f64, window: Option<f64>) -> Self {
        self.minutes = (projected, window);
        self
    }

    pub(super) fn input(&self) -> PropInput<'_> {
        PropInput {
            prop: self.prop,
            features: &self.features,
            of_game: &[],
            projected_minutes: self.minutes.0,
            window_minutes: self.minutes.1,
        }
    }

    pub(super) fn of(&self, system: &dyn System) -> Verdict {
        system.evaluate(&self.input())
    }
}
