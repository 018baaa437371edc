//! Small studies and missing ones: does the literature look complete?
//!
//! | question | module |
//! |---|---|
//! | Do imprecise studies find more, and what would a perfect one find? | [`egger`] |
//! | Do effects and variances rank alike? | [`rank`] |
//! | What if the missing mirror images were added? | [`trim_fill`] |
//! | How many null results would undo the finding? | [`failsafe`] |
//!
//! None of them tests publication bias itself: true differences between small and large studies look the same.
//! All need at least 3 studies, and say little with fewer than 10.

pub mod egger;
pub mod failsafe;
pub mod rank;
pub mod trim_fill;

use super::effect_size::Effect;
use crate::Undefined;

/// Asymmetry cannot be seen in fewer.
const FEWEST: usize = 3;

fn enough(effects: &[Effect]) -> Result<(), Undefined> {
    match effects.len() {
        1 => Err(Undefined::OneStudy),
        found if found < FEWEST => Err(Undefined::TooFewStudies {
            found,
            needed: FEWEST,
        }),
        _ => Ok(()),
    }
}
