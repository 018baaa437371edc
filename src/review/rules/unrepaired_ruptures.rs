//! Do more clients have a rupture that was not repaired than is usual, by more than chance?

use super::{Found, rate_at_most};
use crate::findings::Findings;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    rate_at_most(
        "Ruptures that were not repaired",
        "Clients with a rupture that was not repaired, of those with four ratings or more",
        // METHOD: the mildest of the four criteria, which calls most falls a rupture and most of them
        // repaired.
        findings.estimate("ruptures.k1.half.unrepaired_share"),
        rule.at_most,
    )
}
