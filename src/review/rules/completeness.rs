//! Have enough ended treatments both scores?

use super::{Found, look, share_at_least};
use crate::findings::Findings;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    share_at_least(
        "Completeness of scores",
        "Treatments with both scores",
        look(findings, "change", "change.completeness"),
        rule.at_least,
    )
}
