//! `sideline config show`: every setting, and where it comes from.

use anyhow::Result;

use crate::cli::PlaceArgs;
use crate::printer::Printer;
use crate::system::load_settings;

/// Prints the settings in force.
///
/// # Errors
/// A setting is wrong.
pub fn run(place: &PlaceArgs, printer: Printer) -> Result<()> {
    let settings = load_settings(place)?.describe();
    printer.table(
        &["setting", "value", "from", "variable"],
        &settings,
        |setting| {
            vec![
                setting.key.clone(),
                setting.value.clone(),
                setting.source.clone(),
                setting.variable.clone(),
            ]
        },
    )?;
    Ok(())
}
