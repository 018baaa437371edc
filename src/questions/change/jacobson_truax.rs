//! The classes of Jacobson and Truax: change beyond what measurement error explains.
//!
//! Source: Jacobson & Truax (1991), J. Consult. Clin. Psychol. 59, 12–19. Strict: |RCI| > 1.96.

use super::{Paired, Scores, WORD, counted, rate};
use crate::findings::classes::Classes;
use crate::findings::{Estimate, Scale};
use crate::stats::numeric::moments::Moments;
use crate::stats::reliable_change::{ReliableChange, jacobson_truax};
use crate::study::ReferenceSd;

const GROUP: &str = "jacobson_truax";
/// By convention, not the normal quantile to all digits.
const Z: f64 = 1.96;
const TERMS: [(&str, &str); 3] = [
    ("improved", "Improved"),
    ("deteriorated", "Deteriorated"),
    ("unchanged", "Unchanged"),
];

/// The change that counts, and whose SD and reliability it is made of; or why there is none.
pub fn rule(paired: &Paired) -> Result<(ReliableChange, String), String> {
    let Scores { measure, pre, .. } = paired.first();
    let reliability = measure
        .reliability
        .ok_or_else(|| format!("no reliability of {} is known", measure.name))?;
    let (sd, whose) = match paired.analysis.settings.reference_sd {
        ReferenceSd::Clinic => {
            let sd = Moments::from_values(pre)
                .ok()
                .and_then(|m| m.variance(0))
                .map(f64::sqrt)
                .ok_or("too few clients for a standard deviation")?;
            (sd, "of these clients' scores before")
        }
        ReferenceSd::Catalogue => (
            measure
                .sd
                .ok_or_else(|| format!("no standard deviation of {} is known", measure.name))?,
            "of the questionnaire's reference sample",
        ),
    };
    let rule = jacobson_truax(sd, reliability.value, Z).map_err(|reason| reason.to_string())?;
    let words = format!(
        "Jacobson–Truax rule, 95 % confidence: |change| > {Z} · √2 · SD · √(1 − reliability), SD {sd:.3} {whose}, reliability {} ({})",
        reliability.value,
        reliability.kind.in_words()
    );
    Ok((rule, words))
}

pub fn estimates(paired: &Paired, classes: &mut Classes) -> Vec<Estimate> {
    let points = Estimate::new(WORD, GROUP, "points", Scale::Points, "Jacobson–Truax rule")
        .labelled("Points of reliable change (Jacobson–Truax)");
    let (rule, words) = match rule(paired) {
        Ok(rule) => rule,
        Err(reason) => {
            let shells = TERMS.iter().map(|(term, label)| {
                Estimate::new(WORD, GROUP, term, Scale::Count, "Jacobson–Truax rule")
                    .labelled(&format!("{label} (Jacobson–Truax)"))
                    .not_measured(&reason)
            });
            return shells
                .chain([points.clone().not_measured(&reason)])
                .collect();
        }
    };
    // METHOD: strict, so that a change of exactly the points is none.
    let gain = &paired.first().gain;
    let members = [
        paired.class(|i| gain[i] > rule.points),
        paired.class(|i| -gain[i] > rule.points),
        paired.class(|i| gain[i].abs() <= rule.points),
    ];
    let mut estimates: Vec<Estimate> = Vec::new();
    for ((term, label), class) in TERMS.iter().zip(&members) {
        let label = format!("{label} (Jacobson–Truax)");
        estimates.push(counted(GROUP, term, &label, &words, class, paired, classes));
    }
    let n = Some(paired.n());
    let of = "clients with both scores";
    let rates = [
        rate(&estimates[0], "improvement_rate", n, of, paired.analysis),
        rate(&estimates[1], "deterioration_rate", n, of, paired.analysis),
    ];
    let mut points = points.with_estimate(rule.points).with_n(paired.n());
    points.method = words;
    estimates.push(points);
    estimates.extend(rates);
    estimates
}
