//! Does the answer depend on how the early alliance is taken?
//!
//! The headline again for session 3 alone, sessions 1–3, sessions 3–5, the last rating, and
//! without clients whose whole treatment lies inside the window.

use super::sample::{Analysis, too_close, with_correlation};
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
    type Holds<'a> = &'a dyn Fn(usize) -> bool;
    let highest = analysis.alliance_measure().and_then(|m| m.maximum);
    let below_ceiling = |i: usize| {
        analysis.early[i]
            .zip(highest)
            .is_some_and(|(x, top)| x < top - 1e-9)
    };
    let variants: [(&str, &str, Rating, Holds); 6] = [
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
        (
            "below_ceiling",
            "without clients whose early ratings are all at the top",
            Rating::Early,
            &below_ceiling,
        ),
    ];
    let minimum = analysis.minimum();
    let mut shown = vec![headline];
    let mut estimates = Vec::new();
    for (variant, label, rating, holds) in variants {
        let ratings = analysis.clients.ratings(rating);
        let complete = analysis.complete(&ratings, &analysis.sample, holds);
        let method = format!("the headline correlation with another early alliance: {label}");
        let estimate = Estimate::new(QUESTION, variant, term, Scale::Correlation, &method)
            .labelled(label)
            .with_n(complete.n());
        // METHOD: clients that differ from those of a row above by fewer than the minimum cell
        // could be recognised from the two together.
        estimates.push(if variant == "below_ceiling" && highest.is_none() {
            estimate.not_measured(
                "the highest possible score is not known: name the alliance questionnaire",
            )
        } else if complete.n() > 0 && (complete.n() as u64) < minimum {
            estimate.suppressed(format!("fewer than {minimum} clients"))
        } else if shown
            .iter()
            .any(|other| too_close(other, &complete, minimum))
        {
            estimate.suppressed(format!(
                "its clients differ from those of another row by fewer than {minimum}"
            ))
        } else {
            let correlation = complete.headline(analysis.settings.outcome);
            shown.push(complete);
            with_correlation(estimate, correlation, analysis.level)
        });
    }
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
