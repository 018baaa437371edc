//! Do more clients deteriorate reliably than is usual, by more than chance?

use super::{Found, look, rate_at_most};
use crate::findings::{Findings, Value};
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    // METHOD: by the questionnaire's own rule where it has one, otherwise by Jacobson and Truax. Which it is does
    // not depend on whether its number may be shown: two reviews must not count by different rules.
    let own = look(findings, "change", "change.nhs.reliable_deterioration_rate");
    let has_own = own
        .as_ref()
        .is_ok_and(|e| !matches!(e.value, Value::NotMeasured { .. }));
    let (looked, what) = if has_own {
        (
            own,
            "Clients who deteriorated reliably, by the rule of NHS Talking Therapies",
        )
    } else {
        (
            look(
                findings,
                "change",
                "change.jacobson_truax.deterioration_rate",
            ),
            "Clients who deteriorated reliably, by the rule of Jacobson and Truax",
        )
    };
    rate_at_most("Reliable deterioration", what, looked, rule.at_most)
}
