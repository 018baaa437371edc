//! Do enough sessions have a rating?

use super::{Found, share_at_least};
use crate::findings::Findings;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    share_at_least(
        "Sessions with a rating",
        "Sessions with an alliance rating (n: the clients they come from)",
        findings.estimate("ratings.sessions_rated"),
        rule.at_least,
    )
}
