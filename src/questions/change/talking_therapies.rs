//! The metrics of NHS Talking Therapies: on the primary measure alone, and on two questionnaires
//! together, as the service counts.
//!
//! A case is at or beyond the cutoff on either questionnaire; recovered is a case before and none after,
//! that is on neither; improved is reliably better on at least one and reliably worse on neither;
//! deteriorated the other way round; reliably recovered is both. Recovery is of the cases, change of all.
//! On one questionnaire that comes to the same words.
//!
//! Sources: NHS England, Talking Therapies monthly metadata v1.7 (M179, M185–M205) and the service's own
//! queries (github.com/nhsengland/Talking-Therapies: denominators; reliable recovery is recovery with
//! reliable improvement); Office for Health Improvement, Fingertips glossary (a case on either score or on
//! both). The manual itself could not be read: improved on one and not worse on the other is as the analysis
//! of a provider of the service states it (PHQ-9 by 6, GAD-7 by 4, both inclusive), and deteriorated is its
//! mirror image.

use super::{Paired, Scores, WORD, counted, rate};
use crate::findings::classes::Classes;
use crate::findings::earlier::Earlier;
use crate::findings::{Estimate, Scale};
use crate::questions::sample::Analysis;
use crate::study::{Cutoff, ReliableChange};

const ONE: &str = "nhs";
const BOTH: &str = "nhs_both";
const TERMS: [(&str, &str); 5] = [
    ("cases", "A case at the start"),
    ("recovered", "Recovered"),
    ("reliably_improved", "Reliably improved"),
    ("reliably_recovered", "Reliably recovered"),
    ("reliably_deteriorated", "Reliably deteriorated"),
];

/// One way of counting: of whom, and on which questionnaires.
pub(super) struct Counting<'a> {
    group: &'static str,
    /// Which counting it is, in words, for labels.
    which: String,
    /// The clients with the rules of their questionnaires; or why nothing is counted.
    of: Result<(&'a Paired<'a>, Vec<Rules>), String>,
}

/// What a questionnaire says of a score and of a change.
#[derive(Clone, Copy)]
struct Rules {
    cutoff: Cutoff,
    reliable: ReliableChange,
}

impl<'a> Counting<'a> {
    /// On the primary measure alone.
    pub fn one(paired: &'a Paired<'a>) -> Counting<'a> {
        Counting {
            group: ONE,
            which: format!("NHS, {} alone", paired.first().measure.name),
            of: Counting::with_rules(paired),
        }
    }

    /// On the two questionnaires that the service counts together.
    pub fn both(both: &'a Result<Paired<'a>, String>, analysis: &Analysis) -> Counting<'a> {
        Counting {
            group: BOTH,
            which: format!("NHS, {}", analysis.settings.nhs_measures.join(" and ")),
            of: both
                .as_ref()
                .map_err(String::clone)
                .and_then(Counting::with_rules),
        }
    }

    fn with_rules(paired: &'a Paired<'a>) -> Result<(&'a Paired<'a>, Vec<Rules>), String> {
        let rules = paired.of.iter().map(|scores| {
            let measure = scores.measure;
            let (cutoff, reliable) =
                measure.cutoff.zip(measure.reliable_change).ok_or_else(|| {
                    format!(
                        "no clinical cutoff or no reliable change of {} is known",
                        measure.name
                    )
                })?;
            Ok(Rules { cutoff, reliable })
        });
        Ok((paired, rules.collect::<Result<_, String>>()?))
    }

    /// The number of clients in each class, and the shares that they are.
    pub fn estimates(&self, classes: &mut Classes) -> Vec<Estimate> {
        let labels = TERMS.map(|(term, label)| (term, format!("{label} ({})", self.which)));
        let (paired, rules) = match &self.of {
            Ok(of) => of,
            Err(reason) => {
                let shell = |(term, label): (&str, String)| {
                    let rule = "NHS Talking Therapies rule";
                    Estimate::new(WORD, self.group, term, Scale::Count, rule)
                        .labelled(&label)
                        .not_measured(reason)
                };
                return labels.into_iter().map(shell).collect();
            }
        };
        let members = members(paired, rules);
        let mut counts: Vec<Estimate> = Vec::new();
        for (((term, label), method), class) in
            labels.iter().zip(methods(paired, rules)).zip(&members)
        {
            let method = format!("NHS Talking Therapies rule: {method}");
            counts.push(counted(
                self.group, term, label, &method, class, paired, classes,
            ));
        }
        let n = Some(paired.n());
        let cases = counts[0].estimate().map(|cases| cases as usize);
        let finished = match paired.of.len() {
            1 => "clients with both scores",
            _ => "clients with both scores of both questionnaires",
        };
        let of_cases = "those who were a case before";
        let rates = [
            (1, "recovery_rate", cases, of_cases),
            (2, "reliable_improvement_rate", n, finished),
            (3, "reliable_recovery_rate", cases, of_cases),
            (4, "reliable_deterioration_rate", n, finished),
        ]
        .map(|(at, term, of, words)| rate(&counts[at], term, of, words, paired.analysis));
        counts.into_iter().chain(rates).collect()
    }
}

/// The clients in each class, in the order of [`TERMS`].
fn members(paired: &Paired, rules: &[Rules]) -> [Vec<bool>; 5] {
    let any = |is: &dyn Fn(&Scores, &Rules) -> bool| {
        let mut both = paired.of.iter().zip(rules);
        both.any(|(scores, rules)| is(scores, rules))
    };
    let is_case = |i: usize| any(&|scores, rules| rules.cutoff.is_clinical(scores.pre[i]));
    let is_case_after = |i: usize| any(&|scores, rules| rules.cutoff.is_clinical(scores.post[i]));
    let is_better = |i: usize| any(&|scores, rules| rules.reliable.is_met_by(scores.gain[i]));
    let is_worse = |i: usize| any(&|scores, rules| rules.reliable.is_met_by(-scores.gain[i]));
    let recovered = |i: usize| is_case(i) && !is_case_after(i);
    let improved = |i: usize| is_better(i) && !is_worse(i);
    [
        paired.class(is_case),
        paired.class(recovered),
        paired.class(improved),
        paired.class(|i| recovered(i) && improved(i)),
        paired.class(|i| is_worse(i) && !is_better(i)),
    ]
}

/// How each class is made, in words, in the order of [`TERMS`].
fn methods(paired: &Paired, rules: &[Rules]) -> [String; 5] {
    let told = |tell: &dyn Fn(&str, &Rules) -> String| -> String {
        let both = paired.of.iter().zip(rules);
        let told: Vec<String> = both
            .map(|(scores, rules)| tell(&scores.measure.name, rules))
            .collect();
        told.join(" or ")
    };
    let case = told(&|name, rules| {
        let cutoff = rules.cutoff;
        format!("{name} {} {}", cutoff.clinical.symbol(), cutoff.value)
    });
    let points = |rules: &Rules| {
        let change = rules.reliable;
        format!("{} {} points", change.boundary.symbol(), change.points)
    };
    if let [rules] = rules {
        let change = points(rules);
        return [
            format!("{case} before"),
            format!("{case} before and not after"),
            format!("better by {change}"),
            format!("{case} before and not after, and better by {change}"),
            format!("worse by {change}"),
        ];
    }
    let change = told(&|name, rules| format!("{name} by {}", points(rules)));
    let improved = format!("better on at least one ({change}) and worse by as much on neither");
    [
        format!("{case} before"),
        format!("{case} before, and neither after"),
        improved.clone(),
        format!("{case} before, and neither after; {improved}"),
        format!("worse on at least one ({change}) and better by as much on neither"),
    ]
}

/// How many clients with both scores of both questionnaires an earlier report counted, where one did: the
/// last of those that it did not hide.
pub(super) fn counted_before(earlier: &Earlier) -> Option<u64> {
    let ids = || {
        TERMS
            .iter()
            .map(|(term, _)| format!("{WORD}.{BOTH}.{term}"))
    };
    let shown = ids().filter(|id| !earlier.hidden.contains(id));
    let n = |id: String| earlier.numbers.get(&id)?.n;
    shown.chain(ids()).find_map(n)
}
