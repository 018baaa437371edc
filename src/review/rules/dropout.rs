//! Do more clients leave early than is usual, by more than chance?

use super::{Found, look, rate_at_most};
use crate::findings::Findings;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    rate_at_most(
        "Dropout",
        "Ended treatments that were broken off",
        look(findings, "dropout", "dropout.overall.rate"),
        rule.at_most,
    )
}
