//! Do more clients deteriorate reliably than is usual, by more than chance?

use super::{Found, rate_at_most};
use crate::findings::{Estimate, Findings};
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    // METHOD: by the questionnaire's own rule where it has one, otherwise by Jacobson and Truax.
    let nhs = findings.estimate("change.nhs.reliable_deterioration_rate");
    let estimate = match nhs.filter(|e| e.estimate().is_some()) {
        Some(e) => Some(e),
        None => findings
            .estimate("change.jacobson_truax.deterioration_rate")
            .filter(|e: &&Estimate| e.estimate().is_some())
            .or(nhs),
    };
    rate_at_most(
        "Reliable deterioration",
        "Clients who deteriorated reliably",
        estimate,
        rule.at_most,
    )
}
