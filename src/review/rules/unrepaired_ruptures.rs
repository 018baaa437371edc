//! Do more clients have a rupture that was not repaired than is usual, by more than chance?

use super::{Found, look, rate_at_most};
use crate::findings::Findings;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    rate_at_most(
        "Ruptures that were not repaired",
        "Clients with a fall of 2 SD of which half was not regained, of those with four ratings or more",
        // METHOD: of the criteria the one of 2 SD and half; a fall of 1 SD is common without any rupture.
        look(findings, "ruptures", "ruptures.k2.half.unrepaired_share"),
        rule.at_most,
    )
}
