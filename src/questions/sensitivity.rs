//! Does the answer depend on how the early alliance is taken?
//!
//! The headline again for session 3 alone, sessions 1–3, sessions 3–5, the last rating, and
//! without clients whose whole treatment lies inside the window.

use super::sample::{Analysis, Complete, with_correlation};
use crate::features::Rating;
use crate::findings::{Answer, Estimate, Scale};

pub const QUESTION: &str = "sensitivity";

pub fn answer(analysis: &Analysis) -> Answer {
    let headline = analysis.complete(&analysis.early, &analysis.sample, &|_| true);
    let term = analysis.settings.outcome.term();
    let window = analysis.settings.early_alliance;
    let last_sessions = analysis.clients.last_sessions();
    let everyone = |_: usize| true;
    let went_on = |i: usize| last_sessions[i].is_some_and(|last| last > window.last_session);
    let beyond = format!("only clients beyond session {}", window.last_session);
    let variants: [(&str, &str, Rating, &dyn Fn(usize) -> bool); 5] = [
        (
            "session_3",
            "rating of session 3 alone",
            Rating::Session3,
            &everyone,
        ),
        (
            "sessions_1_3",
            "mean of sessions 1–3",
            Rating::Sessions1To3,
            &everyone,
        ),
        (
            "sessions_3_5",
            "mean of sessions 3–5",
            Rating::Sessions3To5,
            &everyone,
        ),
        ("last_rating", "last rating", Rating::Last, &everyone),
        ("beyond_window", &beyond, Rating::Early, &went_on),
    ];
    let estimates = variants
        .into_iter()
        .map(|(variant, label, rating, holds)| {
            let ratings = analysis.clients.ratings(rating);
            let complete = analysis.complete(&ratings, &analysis.sample, holds);
            let estimate = Estimate::new(
                QUESTION,
                variant,
                term,
                Scale::Correlation,
                &format!("the headline correlation with another early alliance: {label}"),
            )
            .labelled(label)
            .with_n(complete.n());
            match disclosive(&headline, &complete, analysis.minimum() as usize) {
                Some(reason) => estimate.suppressed(reason),
                None => with_correlation(
                    estimate,
                    complete.headline(analysis.settings.outcome),
                    analysis.level,
                ),
            }
        })
        .collect();
    Answer {
        question: QUESTION.into(),
        title: "Does the answer depend on how the early alliance is taken?".into(),
        not_measured: None,
        estimates,
        verdicts: Vec::new(),
        displays: Vec::new(),
        caveats: vec![
            "The last rating lies close to the end of treatment: it already knows much of the outcome.".into(),
            "One rating is less reliable than a mean of several, so a smaller correlation for a single session is expected.".into(),
        ],
    }
}

/// Would the variant, beside the headline, tell something about fewer clients than the minimum?
fn disclosive(headline: &Complete, variant: &Complete, minimum: usize) -> Option<String> {
    let is_small = |n: usize| n > 0 && n < minimum;
    let inside: std::collections::BTreeSet<usize> = headline.who.iter().copied().collect();
    let shared = variant.who.iter().filter(|i| inside.contains(i)).count();
    let (lost, gained) = (headline.n() - shared, variant.n() - shared);
    if is_small(variant.n()) {
        Some(format!("fewer than {minimum} clients"))
    } else if is_small(lost) || is_small(gained) {
        Some(format!(
            "its clients differ from those of the headline by fewer than {minimum}"
        ))
    } else {
        None
    }
}
