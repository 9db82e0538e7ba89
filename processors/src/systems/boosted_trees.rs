//! Boosted trees: a model that was trained elsewhere. Without one it says so and the ensemble goes on
//! without it; it never makes a value up.
//!
//! A model file is JSON: `version`, `feature_version`, and per prop `base` and `trees`. A tree is a list
//! of nodes; node 0 is its root. A node is a leaf, `{"value": 1.5}`, or a split,
//! `{"feature": "average_last_5", "below": 20.5, "left": 1, "right": 2, "missing": 1}`: left when the
//! feature is below the bound, `missing` when it is not known. A prediction is base plus a leaf of each
//! tree, carried to projected minutes.
//!
//! Worked example: base 12 and the tree above with leaves 1.5 and 4: a player with 24 on average gets
//! 12 + 4 = 16.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::certainty::{probability_over, spread};
use super::recommend::{Thresholds, recommend};
use super::rules::{component, no_value};
use super::{PropInput, System, Verdict, minutes};
use crate::decimals::{FINE, VALUE, round_to};
use crate::features::FEATURE_VERSION;
use crate::props::Prop;

/// Its name in keys and views.
pub(super) const ID: &str = "boosted_trees";
/// Said of a prop for which there is no model.
pub(crate) const NO_MODEL: &str = "no_model";
/// A path through a tree has at most so many splits: more is no tree but a loop.
const DEPTH_MAX: usize = 64;
/// Below this edge, in points, no side is taken; at it, one is.
const EDGE: f64 = 1.5 - 1e-9;
const CONFIDENCE: f64 = 0.60 - 1e-9;

/// A trained model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    version: String,
    feature_version: String,
    props: BTreeMap<String, Forest>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forest {
    base: f64,
    trees: Vec<Vec<Node>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Node {
    Leaf {
        value: f64,
    },
    Split {
        feature: String,
        below: f64,
        left: usize,
        right: usize,
        missing: usize,
    },
}

/// Why a model file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It is no JSON of this form.
    #[error("the model file cannot be read: {0}; write it in the form of the trainer's manual")]
    Form(#[from] serde_json::Error),
    /// It was trained on other features than these.
    #[error(
        "the model {version} was trained on features {seen}, this build computes {allowed}; train it anew"
    )]
    Features {
        /// The model.
        version: String,
        /// Its feature version.
        seen: String,
        /// This build's.
        allowed: &'static str,
    },
    /// A tree leads outside itself or in a circle.
    #[error("tree {tree} of prop {prop} is no tree at node {node}; train the model anew")]
    Tree {
        /// The prop.
        prop: String,
        /// Number of the tree, from 0.
        tree: usize,
        /// Number of the node, from 0.
        node: usize,
    },
}

impl Model {
    /// Reads a model and checks that every path through it ends in a leaf.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let model: Self = serde_json::from_str(text)?;
        if model.feature_version != FEATURE_VERSION {
            return Err(ModelError::Features {
                version: model.version,
                seen: model.feature_version,
                allowed: FEATURE_VERSION,
            });
        }
        for (prop, forest) in &model.props {
            for (number, tree) in forest.trees.iter().enumerate() {
                if let Some(node) = fault(tree) {
                    let prop = prop.clone();
                    let tree = number;
                    return Err(ModelError::Tree { prop, tree, node });
                }
            }
        }
        Ok(model)
    }
}

/// The first node that is missing or leads back. Children stand behind their parents, so that no
/// path is a circle.
fn fault(tree: &[Node]) -> Option<usize> {
    if tree.is_empty() {
        return Some(0);
    }
    tree.iter().enumerate().find_map(|(number, node)| {
        let Node::Split {
            left,
            right,
            missing,
            ..
        } = node
        else {
            return None;
        };
        let is_sound = |next: usize| next > number && next < tree.len();
        let all = [*left, *right, *missing];
        (!all.into_iter().all(is_sound)).then_some(number)
    })
}

/// The system, with a model or without.
pub(super) struct BoostedTrees {
    pub(super) model: Option<Model>,
}

impl BoostedTrees {
    /// The trees of a prop, where there is a model of it.
    fn forest(&self, prop: &Prop) -> Option<&Forest> {
        self.model.as_ref()?.props.get(prop.name)
    }
}

impl System for BoostedTrees {
    fn id(&self) -> &'static str {
        ID
    }

    fn version(&self) -> &'static str {
        "1.0"
    }

    fn model_version(&self) -> Option<&str> {
        self.model.as_ref().map(|model| model.version.as_str())
    }

    fn can_say(&self, prop: &Prop) -> bool {
        self.forest(prop).is_some()
    }

    fn evaluate(&self, input: &PropInput<'_>) -> Verdict {
        let Some(forest) = self.forest(input.prop) else {
            return no_value(input, NO_MODEL);
        };
        let trees: f64 = forest.trees.iter().map(|tree| leaf(tree, input)).sum();
        let grown = forest.base + trees;
        let parts = [
            ("base", forest.base),
            ("trees", trees),
            ("minutes", minutes::share(input, grown)),
        ];
        let components: Vec<_> = parts.iter().map(component).collect();
        let total: f64 = components.iter().map(|part| part.value).sum();
        let predicted = round_to(total.clamp(0.0, input.prop.predicted_max), VALUE);
        let spread = spread(input, predicted, None);
        let confidence = confidence(input, spread);
        let thresholds = Thresholds {
            edge: EDGE * input.prop.points_ratio,
            confidence: CONFIDENCE,
        };
        let (recommendation, reason) = recommend(predicted, input.line(), confidence, &thresholds);
        Verdict {
            predicted: Some(predicted),
            confidence,
            spread: Some(spread),
            probability_over: probability_over(predicted, input.line(), spread),
            recommendation,
            reason,
            components,
        }
    }
}

/// The leaf a player falls into.
fn leaf(tree: &[Node], input: &PropInput<'_>) -> f64 {
    let mut place = 0;
    for _ in 0..DEPTH_MAX.max(tree.len()) {
        match tree.get(place) {
            Some(Node::Leaf { value }) => return *value,
            Some(Node::Split {
                feature,
                below,
                left,
                right,
                missing,
            }) => {
                place = match input.named(feature) {
                    None => *missing,
                    Some(value) if value < *below => *left,
                    Some(_) => *right,
                };
            }
            None => return 0.0,
        }
    }
    0.0
}

/// 0.70; by the quality of the features up to 0.10 more; by the spread 0.02 to 0.10 more.
fn confidence(input: &PropInput<'_>, spread: f64) -> f64 {
    let of_quality = match input.features.quality {
        90.0.. => 0.10,
        80.0.. => 0.07,
        70.0.. => 0.05,
        60.0.. => 0.02,
        _ => 0.0,
    };
    let of_spread = match spread / input.prop.points_ratio {
        ..4.0 => 0.10,
        ..6.0 => 0.07,
        ..8.0 => 0.05,
        _ => 0.02,
    };
    round_to(0.70 + of_quality + of_spread, FINE)
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::*;
    use crate::features::Name;

    fn text(nodes: &str) -> String {
        format!(
            r#"{{"version": "t1", "feature_version": "{FEATURE_VERSION}",
                 "props": {{"points": {{"base": 12, "trees": [[{nodes}]]}}}}}}"#
        )
    }

    const TREE: &str = r#"{"feature": "average_last_5", "below": 20.5, "left": 1, "right": 2, "missing": 1},
        {"value": 1.5}, {"value": 4}"#;

    fn system() -> BoostedTrees {
        let model = Some(Model::parse(&text(TREE)).unwrap());
        BoostedTrees { model }
    }

    #[test]
    fn golden_the_worked_example_of_the_module() {
        let scorer = Case::new("points").history(&[(Name::AverageLast5, 24.0)]);
        let verdict = scorer.of(&system());
        assert_eq!(verdict.predicted, Some(16.0));
        // Quality 0 adds nothing, a spread of 5 adds 0.07.
        assert_eq!((verdict.spread, verdict.confidence), (Some(5.0), 0.77));
    }

    #[test]
    fn golden_an_unknown_feature_takes_its_own_way() {
        assert_eq!(Case::new("points").of(&system()).predicted, Some(13.5));
    }

    #[test]
    fn golden_thirty_to_thirty_five_minutes_and_none() {
        let at = |projected| {
            let case = Case::new("points").minutes(projected, Some(30.0));
            case.of(&system()).predicted
        };
        // 13.5 x 35/30 = 15.75; 13.5 x 0.5 = 6.75
        assert_eq!((at(35.0), at(0.0)), (Some(15.75), Some(6.75)));
    }

    #[test]
    fn without_a_model_it_says_so() {
        let verdict = Case::new("points").of(&BoostedTrees { model: None });
        assert_eq!((verdict.predicted, verdict.reason), (None, "no_model"));
        assert_eq!(Case::new("rebounds").of(&system()).reason, "no_model");
    }

    #[test]
    fn a_model_that_does_not_fit_is_refused_with_words() {
        let old = text(TREE).replace(FEATURE_VERSION, "v0");
        let error = Model::parse(&old).unwrap_err().to_string();
        assert!(error.contains("trained on features v0"), "{error}");
        let circle = TREE.replace(r#""left": 1"#, r#""left": 0"#);
        let error = Model::parse(&text(&circle)).unwrap_err().to_string();
        assert!(error.contains("no tree at node 0"), "{error}");
        assert!(Model::parse("{}").is_err());
    }
}
