//! Are there enough clients to say anything?

use super::Found;
use crate::findings::{Estimate, Findings};
use crate::report::words;
use crate::review::Verdict;
use crate::review::policy::Rule;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    let estimate = findings.headline();
    let n = estimate.and_then(Estimate::n);
    let verdict = match (n, rule.at_least) {
        (Some(n), Some(least)) if n as f64 >= least => Verdict::Pass,
        (Some(n), Some(least)) if least > n as f64 => Verdict::Hold,
        _ => Verdict::CannotTell,
    };
    let threshold = rule.at_least.map_or_else(
        || "no threshold".into(),
        |x| format!("at least {} clients", words::number(x, 0)),
    );
    let observed = n.map_or_else(|| "not known".to_owned(), words::count);
    Found {
        title: "Enough clients",
        sentence: format!("Clients analysed: {observed} ({threshold})."),
        threshold,
        estimate: None,
        observed: n.map(|n| n as f64),
        verdict,
    }
}
