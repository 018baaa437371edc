//! Do more clients have a rupture that was not repaired than is usual, by more than chance?

use super::Found;
use crate::findings::{Estimate, Findings};
use crate::report::words;
use crate::review::Verdict;
use crate::review::policy::Rule;
use crate::stats::interval::Level;
use crate::stats::proportion::wilson;

/// The mildest of the four criteria, which calls most falls a rupture and most of them repaired.
const ID: &str = "ruptures.k1.half.unrepaired";

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule) -> Found<'a> {
    let estimate = findings.estimate(ID);
    let share = estimate
        .and_then(|e| Some((e.estimate()? as u64, e.n()?)))
        .and_then(|(count, n)| {
            let level = Level::new(findings.confidence_level()).ok()?;
            wilson(count, n, level).ok()
        });
    let verdict = match (share, rule.at_most) {
        (Some(found), Some(most)) if most >= found.share => Verdict::Pass,
        (Some(found), Some(most)) if found.interval.low() > most => Verdict::Hold,
        _ => Verdict::CannotTell,
    };
    let threshold = rule.at_most.map_or_else(
        || "no threshold".into(),
        |x| {
            format!(
                "at most {} of the clients with four ratings or more",
                words::share(x)
            )
        },
    );
    let observed = match share {
        Some(found) => format!(
            "{} [{}, {}]",
            words::share(found.share),
            words::share(found.interval.low()),
            words::share(found.interval.high())
        ),
        None => super::shown(estimate),
    };
    Found {
        title: "Ruptures that were not repaired",
        sentence: format!(
            "Clients with a rupture that was not repaired: {observed} ({threshold})."
        ),
        threshold,
        estimate: estimate.filter(|e: &&Estimate| e.estimate().is_none()),
        observed: share.map(|found| found.share),
        verdict,
    }
}
