//! Do two groups differ in how strongly the alliance goes with outcome?
//!
//! Every pair of levels of a modality, and the pairs the study planned: difference of the two
//! correlations with Zou's interval, equivalence, and p adjusted within its family by Holm.

use super::sample::{Analysis, ShownGroup};
use crate::features::GroupKind;
use crate::findings::{Answer, Estimate, Scale, Verdict, VerdictOn, ids};
use crate::stats::Undefined;
use crate::stats::compare::difference;
use crate::stats::correlation::Correlation;
use crate::stats::equivalence::{self, Bound};
use crate::stats::interval::{Interval, Level};
use crate::stats::multiplicity::holm;
use crate::stats::power::{Plan, smallest_correlation_difference};
use crate::study::Modality;

pub const QUESTION: &str = "contrast";

pub fn answer(analysis: &Analysis) -> Result<Answer, String> {
    let mut estimates = Vec::new();
    let mut verdicts = Vec::new();
    for modality in Modality::ALL {
        let levels: Vec<&ShownGroup> = analysis
            .groups
            .iter()
            .filter(|g| g.group.kind == GroupKind::Level(modality) && g.hidden.is_none())
            .collect();
        let pairs: Vec<(&ShownGroup, &ShownGroup)> = (0..levels.len())
            .flat_map(|i| (i + 1..levels.len()).map(move |j| (i, j)))
            .map(|(i, j)| (levels[i], levels[j]))
            .collect();
        let name = |a: &ShownGroup, b: &ShownGroup| ids::pair(&a.group.key, level_of(&b.group.key));
        family(
            analysis,
            &pairs,
            name,
            modality.as_str(),
            &mut estimates,
            &mut verdicts,
        );
    }
    let planned = planned(analysis)?;
    let name = |a: &ShownGroup, b: &ShownGroup| {
        format!("planned.{}", ids::pair(&a.group.key, &b.group.key))
    };
    family(
        analysis,
        &planned,
        name,
        "planned",
        &mut estimates,
        &mut verdicts,
    );
    let is_planned = !planned.is_empty();
    let not_measured = estimates
        .is_empty()
        .then(|| "no modality has two levels with enough clients to be compared".to_owned());
    let mut caveats = vec![
        "Clients were not assigned to treatments, formats or diagnoses by chance: groups differ in more than their name.".to_owned(),
        "Many pairs are compared; a pair counts as different only when its p, adjusted for the number of pairs within the modality, is small. The intervals are not adjusted.".into(),
    ];
    if is_planned {
        caveats.push("Planned: a pair that the study file names before the data are seen. Its p is adjusted for the planned pairs alone and not for every pair of its modality, so the pair may count as different where it would not as one of all.".into());
    }
    Ok(Answer {
        question: QUESTION.into(),
        title: "Does the relationship matter more in some modalities than in others?".into(),
        not_measured,
        estimates,
        verdicts,
        displays: Vec::new(),
        caveats,
    })
}

/// `treatment.cbt` → `cbt`.
fn level_of(key: &str) -> &str {
    key.split_once('.').map_or(key, |(_, level)| level)
}

/// The contrasts a study file asks for.
pub fn planned<'a>(
    analysis: &'a Analysis,
) -> Result<Vec<(&'a ShownGroup, &'a ShownGroup)>, String> {
    let find = |key: &str| {
        analysis.group(key).ok_or_else(|| {
            let keys: Vec<&str> = analysis
                .groups
                .iter()
                .map(|g| g.group.key.as_str())
                .collect();
            let hint = crate::study::nearest(key, &keys)
                .map(|near| format!("; did you mean {near:?}?"))
                .unwrap_or_default();
            format!(
                "contrasts: there is no group {key:?}{hint}\n  hint: the groups are {}",
                keys.join(", ")
            )
        })
    };
    analysis
        .settings
        .contrasts
        .iter()
        .map(|(first, second)| {
            let (a, b) = (find(first)?, find(second)?);
            let overlap = a.group.holds.iter().zip(&b.group.holds).any(|(a, b)| *a && *b);
            if overlap {
                return Err(format!("contrasts: {first:?} and {second:?} share clients and cannot be compared as two groups"));
            }
            Ok((a, b))
        })
        .collect()
}

/// One family of contrasts, its p values adjusted together.
fn family(
    analysis: &Analysis,
    pairs: &[(&ShownGroup, &ShownGroup)],
    name: impl Fn(&ShownGroup, &ShownGroup) -> String,
    family: &str,
    estimates: &mut Vec<Estimate>,
    verdicts: &mut Vec<VerdictOn>,
) {
    let contrasts: Vec<Contrast> = pairs
        .iter()
        .map(|(a, b)| {
            let planned = if family == "planned" { "planned: " } else { "" };
            let label = format!("{planned}{} − {}", a.group.label, b.group.label);
            Contrast::of_correlations(analysis, QUESTION, &name(a, b), &label, a, b)
        })
        .collect();
    let with_p: Vec<(usize, f64)> = contrasts
        .iter()
        .enumerate()
        .filter_map(|(i, c)| Some((i, c.estimates[0].p_value()?)))
        .collect();
    let adjusted = holm(&with_p.iter().map(|(_, p)| *p).collect::<Vec<_>>()).unwrap_or_default();
    let mut adjusted_of = vec![None; contrasts.len()];
    for ((i, _), p) in with_p.iter().zip(adjusted) {
        adjusted_of[*i] = Some(p);
    }
    let count = with_p.len();
    for (contrast, p) in contrasts.into_iter().zip(adjusted_of) {
        let first = &contrast.estimates[0];
        let holm = p.map(|p| {
            let method =
                format!("p adjusted by Holm over the {count} contrasts of the family {family}");
            Estimate::new(
                &first.question,
                &first.group,
                "correlation.holm",
                first.scale,
                &method,
            )
            .labelled(&first.label)
            .with_p_value(p)
            .with_k(count)
        });
        // METHOD: in a family of many pairs a difference counts only when its adjusted p does.
        let is_seen = p.is_some_and(|p| p < 1.0 - analysis.level.value());
        verdicts.extend(contrast.verdict.clone().map(|v| VerdictOn {
            verdict: of_family(v.verdict, is_seen),
            ..v
        }));
        estimates.extend(contrast.estimates);
        estimates.extend(holm);
    }
}

/// The difference of two correlations and what it says.
pub struct Contrast {
    /// `correlation`, `correlation.ci90` and `correlation.detectable`.
    pub estimates: Vec<Estimate>,
    pub verdict: Option<VerdictOn>,
}

impl Contrast {
    /// First minus second, for the headline correlation.
    pub fn of_correlations(
        analysis: &Analysis,
        question: &str,
        group: &str,
        label: &str,
        first: &ShownGroup,
        second: &ShownGroup,
    ) -> Contrast {
        let new = |term: &str, method: &str| {
            Estimate::new(
                question,
                group,
                term,
                Scale::DifferenceOfCorrelations,
                method,
            )
            .labelled(label)
        };
        let estimates = [
            new(
                "correlation",
                "difference of two independent correlations; z test of Fisher z, Zou (2007) interval",
            ),
            new(
                "correlation.ci90",
                "the same with its 90 % interval, for equivalence at α = .05",
            ),
            new(
                "correlation.detectable",
                "smallest difference detectable with 80 % power at α = .05, around the mean of the two correlations",
            ),
        ];
        if first.hidden.is_some() || second.hidden.is_some() {
            let estimates = estimates
                .map(|e| e.suppressed("one of the two groups is suppressed"))
                .into();
            return Contrast {
                estimates,
                verdict: None,
            };
        }
        let found = || -> Result<(Vec<Estimate>, VerdictOn), Undefined> {
            let outcome = analysis.settings.outcome;
            let correlation = |g: &ShownGroup| analysis.of_group(&g.group).headline(outcome);
            let (a, b) = (correlation(first)?, correlation(second)?);
            let wide = difference(&a, &b, analysis.level)?;
            let narrow = difference(&a, &b, Level::NINETY)?;
            let bound = Bound::new(analysis.settings.equivalence_correlation)?;
            let n = a.n() + b.n();
            let [main, ninety, power] = estimates.clone();
            let fill = |e: Estimate, i: Interval| {
                e.with_estimate(wide.estimate)
                    .with_interval(i.low(), i.high(), i.level().value())
                    .with_test(wide.z, None, wide.p)
                    .with_n(n)
                    .with_k(2)
            };
            let main = fill(main, wide.interval);
            let verdict = VerdictOn {
                estimate_id: main.id.clone(),
                verdict: as_finding(equivalence::Verdict::of(
                    &wide.interval,
                    &narrow.interval,
                    bound,
                )),
                bound: bound.value(),
            };
            Ok((
                vec![
                    main,
                    fill(ninety, narrow.interval),
                    detectable(power, &a, &b),
                ],
                verdict,
            ))
        };
        match found() {
            Ok((estimates, verdict)) => Contrast {
                estimates,
                verdict: Some(verdict),
            },
            Err(reason) => Contrast {
                estimates: estimates.map(|e| e.not_estimable(reason)).into(),
                verdict: None,
            },
        }
    }
}

fn detectable(estimate: Estimate, a: &Correlation, b: &Correlation) -> Estimate {
    let around = (a.r() + b.r()) / 2.0;
    let size = |c: &Correlation| (c.n(), c.adjusted_for());
    match smallest_correlation_difference(Plan::USUAL, size(a), size(b), around) {
        Ok(smallest) => estimate
            .with_estimate(smallest.r)
            .with_n(a.n() + b.n())
            .with_k(2),
        Err(reason) => estimate.not_estimable(reason),
    }
}

/// The verdict on one pair of many, whose adjusted p shows a difference or not.
pub fn of_family(verdict: Verdict, is_seen: bool) -> Verdict {
    match verdict {
        Verdict::Different if !is_seen => Verdict::NotDistinguishable,
        Verdict::Both if !is_seen => Verdict::Equivalent,
        other => other,
    }
}

/// The verdict as it is archived.
pub fn as_finding(verdict: equivalence::Verdict) -> Verdict {
    match verdict {
        equivalence::Verdict::Equivalent => Verdict::Equivalent,
        equivalence::Verdict::Different => Verdict::Different,
        equivalence::Verdict::Both => Verdict::Both,
        equivalence::Verdict::NotDistinguishable => Verdict::NotDistinguishable,
    }
}
