//! The sentence an answer begins with: what its first numbers say, in the clinic's words.

mod change;
mod mixed;
mod monitoring;
mod relationship;

use super::words::{self, level, on_scale};
use crate::findings::{Estimate, Findings, Scale};

/// The sentence of a question, where it has one and its numbers are there.
pub fn lead(question: &str, findings: &Findings) -> Option<String> {
    match question {
        "ratings" => change::ratings(findings),
        "cbt_technique" => relationship::technique(findings),
        "psychosis" => relationship::psychosis(findings),
        "three_sessions" => relationship::three_sessions(findings),
        "ruptures" => relationship::ruptures(findings),
        "empathy" => relationship::empathy(findings),
        "items" => relationship::items(findings),
        "change" => change::change(findings),
        "dropout" => change::dropout(findings),
        "therapists" => mixed::therapists(findings),
        "session_to_session" => mixed::session_to_session(findings),
        "alliance_growth" => mixed::growth(findings),
        "multilevel_correlation" => mixed::multilevel(findings),
        "monitoring" => monitoring::over_time(findings),
        "units" => monitoring::units(findings),
        _ => None,
    }
}

/// `29.8 % (95 % interval 25.9 to 34 %)`, in the form the scale is read in.
fn interval_of(estimate: &Estimate) -> Option<String> {
    let x = on_scale(estimate.estimate()?, estimate.scale);
    Some(match estimate.interval() {
        Some((low, high, conf)) => format!(
            "{x} ({} interval {} to {})",
            level(conf),
            on_scale(low, estimate.scale).trim_end_matches(" %"),
            on_scale(high, estimate.scale)
        ),
        None => x,
    })
}

/// `r = .23 [.15, .31]`
fn r_of(estimate: &Estimate) -> Option<String> {
    let limits = words::interval(estimate)?;
    Some(format!(
        "r = {} {limits}",
        on_scale(estimate.estimate()?, estimate.scale)
    ))
}

/// `0.05 points (95 % interval 0.02 to 0.07)`, without signs.
fn size(estimate: &Estimate) -> Option<String> {
    let x = estimate.estimate()?;
    let (low, high, conf) = estimate.interval()?;
    let ends = [low.abs(), high.abs()];
    Some(format!(
        "{} points ({} interval {} to {})",
        on_scale(x.abs(), Scale::Slope),
        level(conf),
        on_scale(ends[0].min(ends[1]), Scale::Slope),
        on_scale(ends[0].max(ends[1]), Scale::Slope)
    ))
}

/// Does the interval leave out zero?
fn is_clear(estimate: &Estimate) -> Option<bool> {
    let (low, high, _) = estimate.interval()?;
    Some(low > 0.0 || high < 0.0)
}
