//! Question 5: is it the therapist or the client?
//!
//! Some therapists form better alliances than others, and within a therapist some clients do. The
//! two can go with the outcome in different strength, and they call for different action.

use std::collections::BTreeMap;

use super::{Naming, at_the_boundary};
use crate::findings::mixed::{Caterpillar, CaterpillarEffect, CaterpillarPanel};
use crate::findings::{Answer, Display, Estimate, Scale};
use crate::questions::counts::{PrintedCounts, blurred, with_released};
use crate::questions::no_therapist;
use crate::questions::sample::{Analysis, Complete};
use crate::stats::Undefined;
use crate::stats::mixed::{Component, GroupSums, Likelihood, MixedModel, RandomEffects};
use crate::stats::numeric::quantile::median;

pub const QUESTION: &str = "therapists";

pub fn answer(analysis: &Analysis, printed: &mut PrintedCounts) -> Answer {
    let therapist = analysis.clients.therapists();
    let not_measured = therapist
        .iter()
        .all(Option::is_none)
        .then(|| no_therapist(analysis).to_owned());
    // METHOD: complete clients with a therapist; those without one are left out of this question.
    let complete = analysis.complete(&analysis.early, &analysis.sample, &|i| {
        therapist[i].is_some()
    });
    let groups = numbered(&complete, &therapist);
    let mut estimates = Vec::new();
    let mut caveats = vec![
        "The link between therapists is about therapists: whether those with better alliances on average have better outcomes on average. It says nothing about a client of theirs.".to_owned(),
        "The link within therapists is about clients of one therapist; it is not a cause either: clients who are getting better may rate the alliance higher.".into(),
    ];
    let mut displays = Vec::new();
    let everybody = analysis.complete(&analysis.early, &analysis.sample, &|_| true);
    // METHOD: numbers without the few of whom no therapist is recorded would, beside those of all clients,
    // tell of these few.
    let hidden = if (complete.n() as u64) < analysis.minimum() {
        Some("too few clients have a therapist")
    } else if analysis.is_small(everybody.n() - complete.n()) {
        Some(
            "of a few clients no therapist is recorded, and numbers without them would tell of these few",
        )
    } else {
        None
    };
    if not_measured.is_none() && hidden.is_none() {
        let (found, panels) = models(analysis, &complete, &groups, printed, &mut caveats);
        estimates = found;
        if !panels.is_empty() {
            displays.push(Display::Caterpillar(Caterpillar { panels }));
        }
    }
    Answer {
        question: QUESTION.into(),
        title: "Is it the therapist or the client?".into(),
        not_measured: not_measured.or_else(|| hidden.map(str::to_owned)),
        estimates,
        verdicts: Vec::new(),
        displays,
        caveats,
    }
}

/// The therapist of each complete client as a number from 0.
fn numbered(complete: &Complete, therapist: &[Option<u32>]) -> Vec<usize> {
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    complete
        .who
        .iter()
        .filter_map(|who| therapist[*who])
        .map(|name| {
            let next = numbers.len();
            *numbers.entry(name).or_insert(next)
        })
        .collect()
}

fn models(
    analysis: &Analysis,
    complete: &Complete,
    groups: &[usize],
    printed: &mut PrintedCounts,
    caveats: &mut Vec<String>,
) -> (Vec<Estimate>, Vec<CaterpillarPanel>) {
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut sizes = vec![0.0; count];
    let mut totals = vec![0.0; count];
    for (group, rating) in groups.iter().zip(&complete.alliance) {
        sizes[*group] += 1.0;
        totals[*group] += rating;
    }
    let between: Vec<f64> = groups.iter().map(|g| totals[*g] / sizes[*g]).collect();
    let within: Vec<f64> = complete
        .alliance
        .iter()
        .zip(&between)
        .map(|(rating, mean)| rating - mean)
        .collect();
    let fit = |predictors: &[&[f64]], outcome: &[f64]| -> Result<MixedModel, Undefined> {
        let sums = GroupSums::from_columns(predictors, outcome, groups)?;
        MixedModel::fit(
            &sums,
            RandomEffects::Intercept,
            Likelihood::Reml,
            analysis.level,
        )
    };
    let both = Naming {
        question: QUESTION,
        model: "between_within",
        words: "Outcome",
        terms: &[
            ("intercept", "intercept"),
            ("pre", "per point of the score before"),
            ("between", "per point of the therapist's mean alliance"),
            ("within", "per point above the therapist's mean"),
        ],
        groups: "therapist",
        parents: None,
        method: "mixed model post ~ pre + therapist's mean alliance + client's deviation from it + (1 | therapist), REML, Satterthwaite df; oriented scores",
    };
    let split = fit(&[&complete.pre, &between, &within], &complete.post);
    let clients = printed.release(complete.n());
    // METHOD: where therapists do not differ, the line of post on pre with its errors gives the sums of both; beside
    // the mean change of all with both scores, those of the few of them who are not in this model.
    let both_scores = analysis.sample.pre.iter().zip(&analysis.sample.post);
    let both_scores = both_scores.filter(|(pre, post)| pre.is_some() && post.is_some());
    let tells_of_scores = analysis.is_small(both_scores.count().saturating_sub(complete.n()));
    let mut estimates = both.estimates(&split, analysis.level);
    let mut panels = Vec::new();
    for (model, words, outcome, predictors, label, range, method) in [
        (
            "icc_alliance",
            "Early alliance",
            &complete.alliance,
            Vec::new(),
            "early alliance",
            analysis.alliance_measure().and_then(|m| m.range()),
            "mixed model alliance ~ 1 + (1 | therapist), REML",
        ),
        (
            "icc_outcome",
            "Outcome",
            &complete.post,
            vec![&complete.pre[..]],
            "outcome, adjusted for intake",
            analysis.measure().range(),
            "mixed model post ~ pre + (1 | therapist), REML; oriented scores",
        ),
    ] {
        let terms: &[(&str, &str)] = match predictors.len() {
            0 => &[("intercept", "mean")],
            _ => &[
                ("intercept", "intercept"),
                ("pre", "per point of the score before"),
            ],
        };
        let naming = Naming {
            question: QUESTION,
            model,
            words,
            terms,
            groups: "therapist",
            parents: None,
            method,
        };
        let found = fit(&predictors, outcome);
        let icc = share(&naming, &found, analysis);
        if let Ok(found) = &found {
            caveats.extend(at_the_boundary(found, words));
            let sums = GroupSums::from_columns(&predictors, outcome, groups);
            if let Ok(sums) = sums {
                panels.extend(panel(analysis, found, &sums, &sizes, label, range, &icc));
            }
        }
        let mut all = naming.estimates(&found, analysis.level);
        let is_one_line = found
            .as_ref()
            .is_ok_and(|fit| fit.variances.intercept == 0.0);
        if model == "icc_outcome" && is_one_line && tells_of_scores {
            let is_line = |e: &Estimate| ["intercept", "pre"].contains(&e.term.as_str());
            let hide = |e: &mut Estimate| *e = e.clone().suppressed(analysis.too_few_follow());
            all.iter_mut().filter(|e| is_line(e)).for_each(hide);
        }
        all.push(icc);
        estimates.extend(all);
    }
    if let Ok(split) = &split {
        caveats.extend(at_the_boundary(split, "Outcome by therapist"));
    }
    let usual = median(&sizes).unwrap_or_default();
    estimates.push(
        Estimate::new(
            QUESTION,
            "clients_per_therapist",
            "",
            Scale::Count,
            "median number of analysed clients of a therapist",
        )
        .labelled("Clients per therapist")
        .with_estimate(usual)
        .with_k(count),
    );
    if usual < 5.0 {
        caveats.push("Half of the therapists have fewer than five analysed clients: how much therapists differ is then hardly known, and the mean alliance of a therapist is mostly chance.".into());
    }
    let estimates = estimates
        .into_iter()
        .map(|e| {
            if e.n().is_none() && e.id != "therapists.clients_per_therapist" {
                with_released(e, clients)
            } else {
                e
            }
        })
        .collect();
    (estimates, panels)
}

/// The share of the variance between therapists, its interval from that of the variance.
fn share(naming: &Naming, found: &Result<MixedModel, Undefined>, analysis: &Analysis) -> Estimate {
    let mut estimate = naming.estimate(
        "icc",
        "share of the variance between therapists",
        Scale::Proportion,
    );
    estimate.method = "intraclass correlation: variance between therapists over the sum of both; interval by the profile of the variance between, with that within held at its estimate".into();
    match found {
        Err(reason) => estimate.not_estimable(reason),
        Ok(fit) => {
            let residual = fit.variances.residual;
            let of = |variance: f64| variance / (variance + residual);
            let mut estimate = estimate
                .with_estimate(of(fit.variances.intercept))
                .with_k(fit.groups);
            if let Ok(interval) = fit.profile_interval(Component::Intercept, analysis.level) {
                let square = |x: f64| x * x;
                estimate = estimate.with_interval(
                    of(square(interval.low())),
                    of(square(interval.high())),
                    analysis.level.value(),
                );
            }
            estimate
        }
    }
}

/// The shrunken effects of therapists with enough clients, lowest first and without names.
fn panel(
    analysis: &Analysis,
    fit: &MixedModel,
    sums: &GroupSums,
    sizes: &[f64],
    label: &str,
    range: Option<(f64, f64)>,
    icc: &Estimate,
) -> Option<CaterpillarPanel> {
    // METHOD: a shrunken effect and its limits give a therapist's number of clients and their mean; with those of
    // all others, they give the mean of the few whose therapists are not drawn.
    let few = |size: &&f64| **size < analysis.minimum() as f64;
    let not_drawn: f64 = sizes.iter().filter(few).sum();
    if analysis.is_small(not_drawn as usize) {
        return None;
    }
    let modes = fit.conditional_modes(sums).ok()?;
    let margin = analysis.level.critical_z();
    let minimum = analysis.minimum() as f64;
    let mut effects: Vec<CaterpillarEffect> = modes
        .groups
        .iter()
        .filter(|mode| sizes[mode.group] >= minimum)
        .map(|mode| {
            let half = margin * mode.intercept_std_error;
            let at = |effect: f64| blurred(effect, sizes[mode.group] as usize, range);
            CaterpillarEffect {
                effect: at(mode.intercept),
                low: at(mode.intercept - half),
                high: at(mode.intercept + half),
            }
        })
        .collect();
    // METHOD: one or two therapists could be told apart by those who work beside them.
    if (effects.len() as u64) < analysis.minimum() {
        return None;
    }
    effects.sort_by(|a, b| a.effect.total_cmp(&b.effect));
    let interval = icc.interval();
    Some(CaterpillarPanel {
        label: format!("{label} (points; higher is better)"),
        conf_level: analysis.level.value(),
        icc: icc.estimate()?,
        icc_low: interval.map(|i| i.0),
        icc_high: interval.map(|i| i.1),
        therapists: modes.groups.len() as u64,
        not_drawn: (modes.groups.len() - effects.len()) as u64,
        effects,
    })
}
