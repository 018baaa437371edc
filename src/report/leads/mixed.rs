//! Therapists, clients and sessions.

use super::{interval_of, is_clear, size};
use crate::findings::{Estimate, Findings, Role, Scale};
use crate::report::words::{self, correlation, count, on_scale};
use crate::study::Direction;

pub(super) fn session_to_session(findings: &Findings) -> Option<String> {
    let effect = findings.estimate("session_to_session.lagged.alliance_within")?;
    let x = effect.estimate()?;
    // Archived findings may hold the number without the questionnaire that says which way it points.
    let measure = &findings.measure(Role::Symptom)?.measure;
    let name = &measure.name;
    let lower_is_better = measure.direction? == Direction::LowerIsBetter;
    let which = if (x > 0.0) == lower_is_better {
        "lower"
    } else {
        "higher"
    };
    let clients = effect
        .n()
        .map(|n| format!("{} clients, ", count(n)))
        .unwrap_or_default();
    let of = format!("{clients}{} pairs of sessions", count(effect.k()?));
    Some(if is_clear(effect)? {
        format!(
            "After a session whose alliance is rated one point better than usual for the client, the next {name} score is {} {which} ({of}).",
            size(effect)?
        )
    } else {
        format!(
            "That a session rated better than usual for the client is followed by another {name} score cannot be told from chance: {}, {} per point ({of}).",
            on_scale(x, Scale::Slope),
            words::interval(effect)?
        )
    })
}

pub(super) fn therapists(findings: &Findings) -> Option<String> {
    let between = findings.estimate("therapists.between_within.between")?;
    let within = findings.estimate("therapists.between_within.within")?;
    let say = |e: &Estimate, by: &str| -> Option<String> {
        let chance = if is_clear(e)? {
            ""
        } else {
            "; not distinguishable from none"
        };
        Some(format!(
            "{} points {} ({by}{chance})",
            on_scale(e.estimate()?, e.scale),
            words::interval(e)?
        ))
    };
    let share = findings
        .estimate("therapists.icc_outcome.icc")
        .and_then(|icc| {
            Some(format!(
                " Of what remains of the outcome after intake, {} lies between therapists.",
                interval_of(icc)?
            ))
        })
        .unwrap_or_default();
    Some(format!(
        "Per point of early alliance the adjusted outcome differs (positive: better) by {} and by {}.{share}",
        say(between, "between therapists, by their mean alliance")?,
        say(within, "within therapists, client by client")?
    ))
}

pub(super) fn growth(findings: &Findings) -> Option<String> {
    let slope = findings.estimate("alliance_growth.session")?;
    let x = slope.estimate()?;
    let which = if x > 0.0 { "rises" } else { "falls" };
    Some(if is_clear(slope)? {
        format!(
            "Over sessions 1 to 8 the mean alliance {which} by {} per session.",
            size(slope)?
        )
    } else {
        format!(
            "A rise or fall of the mean alliance over sessions 1 to 8 cannot be told from chance: {} points per session {}.",
            on_scale(x, Scale::Slope),
            words::interval(slope)?
        )
    })
}

pub(super) fn multilevel(findings: &Findings) -> Option<String> {
    let say = |term: &str| -> Option<String> {
        let e = findings.estimate(&format!("multilevel_correlation.{term}"))?;
        let interval = words::interval(e)
            .map(|i| format!(" {i}"))
            .unwrap_or_default();
        Some(format!("r = {}{interval}", correlation(e.estimate()?)))
    };
    // As above: without a questionnaire the sign means nothing.
    let measure = &findings.measure(Role::Symptom)?.measure;
    let symptoms = match measure.direction? {
        Direction::LowerIsBetter => "(fewer) symptoms".to_owned(),
        Direction::HigherIsBetter => format!("(higher) {} scores", measure.name),
    };
    Some(format!(
        "Alliance and {symptoms} of the same session go together with {} within clients and {} between clients.",
        say("within")?,
        say("between")?
    ))
}
