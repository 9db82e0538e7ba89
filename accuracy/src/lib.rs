//! How good predictions were: errors, hit rates, calibration, and what plain averages and the
//! market would have done on the same games.
//!
//! Pure arithmetic over graded predictions: no files, no clock, no Kafka, no ClickHouse. Where the
//! grades come from, a table or a run in process, it does not know.
//!
//! ```
//! use sideline_accuracy::{Report, Sample};
//! use sideline_avro::graded::Verdict;
//!
//! let sample = Sample {
//!     prop: "points".into(),
//!     system_id: "moving_average".into(),
//!     predicted: Some(25.0),
//!     actual: Some(28.0),
//!     line: Some(26.5),
//!     verdict: Verdict::Wrong,
//!     ..Sample::default()
//! };
//! let report = Report::of(&[sample]);
//! let system = &report.props[0].contenders[0];
//! assert_eq!(system.all.unwrap().mae, 3.0);
//! assert_eq!(system.picks.unwrap().hit_rate, Some(0.0));
//! ```

mod calibration;
mod errors;
mod interval;
mod picks;
mod plot;
mod report;
mod sample;

pub use calibration::{BINS, Bin, Calibration};
pub use errors::Errors;
pub use interval::{Interval, wilson};
pub use picks::Picks;
pub use plot::calibration_plot;
pub use report::{Contender, ContenderKind, GAMES_BEFORE_MIN, PropReport, Report};
pub use sample::Sample;
