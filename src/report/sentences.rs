//! Sentences: direction, size, interval and n, and what chance allows one to say.
//!
//! Every number comes from the findings; adjectives come only from the judgement and the verdict.

use super::words::{amount, capital, correlation, count, interval, level, number, on_scale, small};
use crate::findings::{
    Estimate, Findings, Judgement, KeyMessage, Role, Scale, Subject, Value, Verdict,
};
use crate::study::Month;

/// The sentence of a key message.
pub fn key_message(message: &KeyMessage, findings: &Findings) -> String {
    if findings.meta().is_some() {
        return super::apa::key_message(message, findings);
    }
    let Some(estimate) = findings.estimate(&message.estimate_id) else {
        return format!("{}: not in these findings.", message.topic);
    };
    if let Some(reason) = estimate.reason() {
        return without_number(message, estimate, reason);
    }
    match estimate.scale {
        Scale::DifferenceOfCorrelations => difference_of_correlations(message, estimate, findings),
        Scale::Points => difference_of_means(message, estimate, findings),
        _ => link(message, estimate, findings),
    }
}

/// Why a message has no number: `No number for online against in person, how good it is: one of the
/// two groups is suppressed.`
fn without_number(message: &KeyMessage, estimate: &Estimate, reason: &str) -> String {
    let topic = small(&message.topic.replace(": ", ", "));
    let n = match estimate.n() {
        Some(0) | None => String::new(),
        Some(n) => format!(" (n\u{a0}=\u{a0}{})", count(n)),
    };
    format!("No number for {topic}{n}: {reason}.")
}

/// What the report is about, on one line.
pub fn about(findings: &Findings) -> String {
    match &findings.subject {
        Subject::Clinic(clinic) => {
            let mut parts = vec![amount(clinic.flow.clients.used, "clients analysed")];
            for (role, what) in [
                (Role::PrimaryOutcome, "outcome"),
                (Role::Alliance, "alliance"),
            ] {
                if let Some(used) = findings.measure(role) {
                    parts.push(format!("{what} {}", used.measure.name));
                }
            }
            parts.join(", ")
        }
        Subject::Meta(meta) => format!(
            "{} of {} studies with {} clients",
            amount(meta.effects.used, "effects"),
            count(meta.studies),
            count(meta.clients)
        ),
    }
}

/// `, data of 2025-12-31, sessions of Jan 2024 to Dec 2025`, as far as it is known.
pub fn of_when(findings: &Findings) -> String {
    let day = findings.data_lock().map(|day| format!(", data of {day}"));
    let sessions = sessions_from_to(findings).map(|months| format!(", sessions of {months}"));
    [day, sessions].into_iter().flatten().collect()
}

/// `Jan 2024 to Dec 2025`
pub fn sessions_from_to(findings: &Findings) -> Option<String> {
    let period = findings.period()?;
    let month = |text: &str| Month::of_text(text);
    let (first, last) = (month(&period.first)?, month(&period.last)?);
    let months = last.number().checked_sub(first.number())? + 1;
    Some(super::words::months(first, months))
}

/// `r = .23, 95 % interval [.15, .31], n = 542`, or why there is no number.
pub fn number_with_interval(estimate: &Estimate) -> String {
    let symbol = match estimate.scale {
        Scale::Correlation if estimate.term == "spearman" => "Spearman r = ",
        Scale::Correlation => "r = ",
        Scale::DifferenceOfCorrelations => "difference of r = ",
        Scale::Points => "difference = ",
        Scale::FisherZ => "z = ",
        Scale::StandardDeviations
        | Scale::Count
        | Scale::Variance
        | Scale::Percent
        | Scale::Slope
        | Scale::Proportion
        | Scale::Unitless => "",
    };
    let unit = match estimate.scale {
        Scale::Points => " points",
        Scale::StandardDeviations => " SD",
        _ => "",
    };
    match (&estimate.value, estimate.estimate()) {
        (Value::Estimated { .. }, Some(value)) => {
            let mut text = format!("{symbol}{}{unit}", on_scale(value, estimate.scale));
            if let (Some(limits), Some((_, _, conf))) = (interval(estimate), estimate.interval()) {
                text.push_str(&format!(", {} interval\u{a0}{limits}", level(conf)));
            }
            if let Some(n) = estimate.n() {
                text.push_str(&format!(", n\u{a0}=\u{a0}{}", count(n)));
            }
            text
        }
        _ => no_number(estimate),
    }
}

/// Why there is no number.
pub fn no_number(estimate: &Estimate) -> String {
    match &estimate.value {
        Value::Suppressed { reason } => format!("suppressed: {reason}"),
        Value::NotEstimable { reason, n: Some(n) } => {
            format!("not estimable with n = {}: {reason}", count(*n))
        }
        Value::NotEstimable { reason, n: None } => format!("not estimable: {reason}"),
        Value::NotMeasured { reason } => format!("not measured: {reason}"),
        Value::Estimated { .. } => "no value".into(),
    }
}

fn link(message: &KeyMessage, estimate: &Estimate, findings: &Findings) -> String {
    let who = match (estimate.question.as_str(), estimate.group.as_str()) {
        ("measure", _) => format!(
            "On {}, ",
            estimate.label.split(':').next().unwrap_or_default()
        ),
        (_, "cbt") => "In CBT, ".into(),
        (_, "psychosis") => "In psychosis, ".into(),
        _ => String::new(),
    };
    let what = "a better early alliance goes with";
    let outcome = match estimate.term.as_str() {
        "change" | "spearman" => ("more improvement", "less improvement", "improvement"),
        _ => ("a better outcome", "a worse outcome", "the outcome"),
    };
    let positive = estimate.estimate().is_some_and(|r| r > 0.0);
    let claim = match message.judgement {
        Judgement::MoreThanChance if positive => format!("{who}{what} {}", outcome.0),
        Judgement::MoreThanChance => format!("{who}{what} {}", outcome.1),
        Judgement::NotDistinguishable => {
            format!(
                "{who}a link of the early alliance with {} cannot be told from chance",
                outcome.2
            )
        }
        Judgement::TooFew => format!(
            "{who}there are too few clients to say whether the early alliance goes with {}",
            outcome.2
        ),
    };
    // Clients who share a therapist are not independent: the message of page one says both.
    let by_therapist = findings
        .by_therapist(estimate)
        .and_then(interval)
        .map(|limits| format!("; with whole therapists resampled\u{a0}{limits}"));
    format!(
        "{}: {}{}.",
        capital(&claim),
        number_with_interval(estimate),
        by_therapist.unwrap_or_default()
    )
}

fn difference_of_correlations(
    message: &KeyMessage,
    estimate: &Estimate,
    findings: &Findings,
) -> String {
    let bound = correlation(findings.equivalence_correlation());
    let is_higher = estimate.estimate().is_some_and(|d| d > 0.0);
    let label = estimate.label.trim_start_matches("planned: ");
    // Online and in person are adverbs; other groups are named.
    let (first, second) = match label.split_once(" − ") {
        Some(("Online", "in person")) | None => ("online".into(), "in person".into()),
        Some((first, second)) => (format!("in {first}"), format!("in {second}")),
    };
    let claim = match (message.judgement, message.verdict) {
        (_, None) => format!(
            "Whether the alliance goes with outcome as strongly {first} as {second} was not judged"
        ),
        (Judgement::TooFew, _) => {
            format!(
                "There are too few clients to compare how strongly the alliance goes with outcome {first} and {second}"
            )
        }
        (_, Some(Verdict::Equivalent)) => {
            format!(
                "The alliance goes with outcome as strongly {first} as {second}, within ±{bound}"
            )
        }
        // "More strongly" would be wrong of r = −.6 against .1: what is shown is the sign of the difference.
        (_, Some(Verdict::Different)) => {
            let (more, less) = if is_higher {
                (first, second)
            } else {
                (second, first)
            };
            format!("The link of the alliance with outcome is more positive {more} than {less}")
        }
        (_, Some(Verdict::Both)) => {
            format!("The link differs between {label}, but by less than ±{bound}")
                .replace(" − ", " and ")
        }
        (_, Some(Verdict::NotDistinguishable)) => format!(
            "Whether the alliance goes with outcome as strongly {first} as {second} stays open: neither a difference nor equality within ±{bound} is shown"
        ),
    };
    format!("{claim}: {label}, {}.", number_with_interval(estimate))
}

fn difference_of_means(message: &KeyMessage, estimate: &Estimate, findings: &Findings) -> String {
    let bound = findings
        .answer(&estimate.question)
        .and_then(|answer| answer.verdict(&estimate.id))
        .map(|verdict| number(verdict.bound, 1))
        .unwrap_or_default();
    let measure = findings
        .measure(Role::Alliance)
        .map_or("", |m| m.measure.name.as_str());
    let of = if measure.is_empty() {
        String::new()
    } else {
        format!(" ({measure})")
    };
    let is_higher = estimate.estimate().is_some_and(|d| d > 0.0);
    let claim = match (message.judgement, message.verdict) {
        (_, None) => {
            format!("Whether the early alliance{of} is as good online as in person was not judged")
        }
        (Judgement::TooFew, _) => {
            format!(
                "There are too few clients to compare the early alliance{of} online and in person"
            )
        }
        (_, Some(Verdict::Equivalent)) => {
            format!("The early alliance{of} is as good online as in person, within ±{bound} points")
        }
        (_, Some(Verdict::Different)) if is_higher => {
            format!("The early alliance{of} is higher online")
        }
        (_, Some(Verdict::Different)) => format!("The early alliance{of} is higher in person"),
        (_, Some(Verdict::Both)) => {
            format!(
                "The early alliance{of} differs between online and in person, but by less than ±{bound} points"
            )
        }
        (_, Some(Verdict::NotDistinguishable)) => format!(
            "Whether the early alliance{of} is as good online as in person stays open: neither a difference nor equality within ±{bound} points is shown"
        ),
    };
    format!(
        "{claim}: online − in person, {}.",
        number_with_interval(estimate)
    )
}
