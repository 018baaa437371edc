//! Do enough sessions have a rating?

use super::{Found, look, share_at_least};
use crate::findings::Findings;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    let share = look(findings, "ratings", "ratings.sessions_rated");
    // The share is of sessions, and n counts clients.
    let what = match share.as_ref().ok().and_then(|e| e.n()) {
        Some(_) => "Sessions with an alliance rating (n: the clients they come from)",
        None => "Sessions with an alliance rating",
    };
    share_at_least("Sessions with a rating", what, share, rule.at_least)
}
