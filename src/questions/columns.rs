//! What stands in the columns of a correlation, in words: statistics know them by their place only.

use crate::stats::Undefined;
use crate::stats::correlation::NAMES;

/// The columns of the outcome, in words.
pub const AFTER: &str = "the outcome (the score after treatment)";
pub const BEFORE: &str = "the score before treatment";
pub const CHANGE: &str = "the outcome (the change)";

/// The same, where a column has one value throughout, with the name of that column: the statistics
/// know it by its place only.
pub fn named<T>(found: Result<T, Undefined>, names: [&'static str; 3]) -> Result<T, Undefined> {
    found.map_err(|reason| match reason {
        Undefined::NoVariation { variable } => Undefined::NoVariation {
            variable: NAMES
                .iter()
                .position(|place| *place == variable)
                .map_or(variable, |place| names[place]),
        },
        other => other,
    })
}
