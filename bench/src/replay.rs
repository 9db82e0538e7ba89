//! The in-process driver over a rewound topic, beside plain consumption of the same topic.

use anyhow::Result;

use crate::lab::Lab;
use crate::report::Report;

/// Measures both.
pub(crate) fn measure(_lab: &Lab, _report: &mut Report) -> Result<()> {
    Ok(())
}
