//! The metrics of NHS Talking Therapies, on the primary measure alone.
//!
//! Sources: NHS England, Talking Therapies monthly metadata v1.7 (M179, M185–M205) and manual:
//! recovery of those who were a case at the start, reliable change by inclusive thresholds.

use super::{Paired, WORD, counted, rate};
use crate::findings::classes::Classes;
use crate::findings::{Estimate, Scale};

const GROUP: &str = "nhs";
const TERMS: [(&str, &str); 5] = [
    ("cases", "A case at the start"),
    ("recovered", "Recovered"),
    ("reliably_improved", "Reliably improved"),
    ("reliably_recovered", "Reliably recovered"),
    ("reliably_deteriorated", "Reliably deteriorated"),
];

pub fn estimates(paired: &Paired, classes: &mut Classes) -> Vec<Estimate> {
    let measure = paired.measure;
    let (Some(cutoff), Some(reliable)) = (measure.cutoff, measure.reliable_change) else {
        let reason = format!(
            "no clinical cutoff or no reliable change of {} is known",
            measure.name
        );
        return TERMS
            .iter()
            .map(|(term, label)| {
                Estimate::new(
                    WORD,
                    GROUP,
                    term,
                    Scale::Count,
                    "NHS Talking Therapies rule",
                )
                .labelled(&format!("{label} (NHS)"))
                .not_measured(&reason)
            })
            .collect();
    };
    let case = format!("{} {}", cutoff.clinical.symbol(), cutoff.value);
    let change = format!("{} {} points", reliable.boundary.symbol(), reliable.points);
    let is_case = |score: f64| cutoff.is_clinical(score);
    let recovered = |i: usize| is_case(paired.pre[i]) && !is_case(paired.post[i]);
    let improved = |i: usize| reliable.is_met_by(paired.gain[i]);
    let methods = [
        format!("{} {case} before", measure.name),
        format!("{} {case} before and not after", measure.name),
        format!("better by {change}"),
        format!(
            "{} {case} before and not after, and better by {change}",
            measure.name
        ),
        format!("worse by {change}"),
    ];
    let members = [
        paired.class(|i| is_case(paired.pre[i])),
        paired.class(recovered),
        paired.class(improved),
        paired.class(|i| recovered(i) && improved(i)),
        paired.class(|i| reliable.is_met_by(-paired.gain[i])),
    ];
    let mut counts: Vec<Estimate> = Vec::new();
    for (((term, label), method), class) in TERMS.iter().zip(&methods).zip(&members) {
        let method = format!("NHS Talking Therapies rule: {method}");
        let label = format!("{label} (NHS)");
        counts.push(counted(
            GROUP, term, &label, &method, class, paired, classes,
        ));
    }
    let n = Some(paired.n());
    let cases = counts[0].estimate().map(|cases| cases as usize);
    let finished = "clients with both scores";
    let of_cases = "those who were a case before";
    let rates = [
        rate(
            &counts[1],
            "recovery_rate",
            cases,
            of_cases,
            paired.analysis,
        ),
        rate(
            &counts[2],
            "reliable_improvement_rate",
            n,
            finished,
            paired.analysis,
        ),
        rate(
            &counts[3],
            "reliable_recovery_rate",
            cases,
            of_cases,
            paired.analysis,
        ),
        rate(
            &counts[4],
            "reliable_deterioration_rate",
            n,
            finished,
            paired.analysis,
        ),
    ];
    counts.into_iter().chain(rates).collect()
}
