//! Question 12: is it the same at every site (with every therapist, in every year)?
//!
//! Question 1 site by site, pooled as the studies of a meta-analysis are, and the pooled value
//! placed beside published results. Therapists are pooled without being told apart.

use std::collections::BTreeMap;

use super::pooling::{estimator, test, with_coefficient_as_r, with_q_profile};
use super::sample::{Analysis, Complete, ShownGroup, with_correlation};
use crate::findings::disclosure::Hidden;
use crate::findings::pooled::{Placement, Placements, PooledEffect, PooledForest, PooledValue};
use crate::findings::{Answer, Display, Estimate, Scale};
use crate::stats::Undefined;
use crate::stats::correlation::Correlation;
use crate::stats::fisher::{fisher_interval, fisher_z};
use crate::stats::meta::design::Design;
use crate::stats::meta::effect_size::Effect;
use crate::stats::meta::two_level::TwoLevel;
use crate::study::{PoolBy, PublishedResult, TauSquared};

pub const QUESTION: &str = "sites";

/// A site, or whatever is pooled, with its correlation.
struct Unit {
    label: String,
    correlation: Correlation,
}

pub fn answer(analysis: &Analysis) -> Answer {
    let by = analysis.settings.pool_by;
    let (estimates, units) = match by {
        PoolBy::Therapist => (Vec::new(), therapists(analysis)),
        PoolBy::Site | PoolBy::Year => sites(analysis),
    };
    let not_measured = match by {
        PoolBy::Site if analysis.units.is_empty() => {
            Some("no site is recorded: the column site_id is not there, or empty")
        }
        PoolBy::Year if analysis.units.is_empty() => Some(if analysis.clients.has.date {
            "no session has a date"
        } else {
            "the sessions file has no column date"
        }),
        PoolBy::Therapist if analysis.clients.therapists().iter().all(Option::is_none) => {
            Some(super::no_therapist(analysis))
        }
        PoolBy::Site | PoolBy::Year | PoolBy::Therapist => None,
    };
    let mut answer = Answer {
        question: QUESTION.into(),
        title: match by {
            PoolBy::Site => "Is it the same at every site?",
            PoolBy::Therapist => "Is it the same with every therapist?",
            PoolBy::Year => "Is it the same in every year?",
        }
        .into(),
        not_measured: not_measured.map(str::to_owned),
        estimates,
        verdicts: Vec::new(),
        displays: Vec::new(),
        caveats: vec![
            format!(
                "{} differ in their clients as well as in their work; a difference between them is no judgement, and they are in no order of merit.",
                match by {
                    PoolBy::Site => "Sites",
                    PoolBy::Therapist => "Therapists",
                    PoolBy::Year => "Years",
                }
            ),
            "A τ² of 0 with few units is no proof that they agree; the prediction interval then only repeats the uncertainty of the pooled value.".into(),
        ],
    };
    if answer.not_measured.is_none() {
        let (mut pooled, mut displays) = pooled(analysis, &units);
        let all = analysis.units.len();
        if by != PoolBy::Therapist && units.len() < all {
            answer.caveats.push(format!(
                "Pooled are the {} of {all} {}s that can be shown and have a number; it is not a value of all clients.",
                units.len(),
                by.word()
            ));
        }
        // METHOD: without a unit that was pooled last time, the pooled value would seem to move.
        let is_one_missing = |unit: &ShownGroup| unit.hidden == Some(Hidden::BesideLast);
        if analysis.units.iter().any(is_one_missing) {
            let reason = Hidden::BesideLast.in_words(analysis.minimum());
            let hide = |e: Estimate| e.suppressed(format!("one of the units is hidden: {reason}"));
            pooled = pooled.into_iter().map(hide).collect();
            displays.clear();
        }
        answer.estimates.extend(pooled);
        answer.displays = displays;
    }
    answer
}

/// The correlation at each site that may be shown.
fn sites(analysis: &Analysis) -> (Vec<Estimate>, Vec<Unit>) {
    let term = analysis.settings.outcome.term();
    let mut units = Vec::new();
    let estimates = analysis
        .units
        .iter()
        .map(|shown| {
            let estimate = Estimate::new(
                QUESTION,
                &shown.group.key,
                term,
                Scale::Correlation,
                "question 1 at this site alone; Fisher z interval (std_error on that scale), t test",
            )
            .labelled(&shown.group.label);
            if let Some(hidden) = shown.hidden {
                return estimate.suppressed(hidden.in_words(analysis.minimum()));
            }
            let complete = analysis.of_group(&shown.group);
            let found = complete.headline(analysis.settings.outcome);
            // Where there is no Fisher z there is nothing to pool either.
            if let Ok(correlation) = &found
                && fisher_z(correlation).is_ok()
            {
                units.push(Unit {
                    label: shown.group.label.clone(),
                    correlation: *correlation,
                });
            }
            with_correlation(estimate.with_n(complete.n()), found, analysis.level)
        })
        .collect();
    (estimates, units)
}

/// The correlation with each therapist who has enough clients; they stay unnamed.
fn therapists(analysis: &Analysis) -> Vec<Unit> {
    let therapist = analysis.clients.therapists();
    let all = analysis.complete(&analysis.early, &analysis.sample, &|_| true);
    let mut by_therapist: BTreeMap<u32, Complete> = BTreeMap::new();
    for (at, &who) in all.who.iter().enumerate() {
        if let Some(therapist) = therapist[who] {
            let of_this = by_therapist.entry(therapist).or_default();
            of_this.alliance.push(all.alliance[at]);
            of_this.post.push(all.post[at]);
            of_this.pre.push(all.pre[at]);
            of_this.who.push(who);
        }
    }
    by_therapist
        .into_values()
        .filter(|complete| complete.n() as u64 >= analysis.minimum())
        .filter_map(|complete| {
            let correlation = complete.headline(analysis.settings.outcome).ok()?;
            fisher_z(&correlation).ok()?;
            Some(Unit {
                label: String::new(),
                correlation,
            })
        })
        .collect()
}

/// The pooled value and what stands around it.
fn pooled(analysis: &Analysis, units: &[Unit]) -> (Vec<Estimate>, Vec<Display>) {
    let pooling = &analysis.settings.pooling;
    let clients: usize = units.iter().map(|unit| unit.correlation.n()).sum();
    // METHOD: nothing is pooled where the number of clients pooled, which follows from the standard error, would
    // tell how many are in units too small to be shown.
    let everybody = analysis
        .complete(&analysis.early, &analysis.sample, &|_| true)
        .n();
    let left_out = (everybody - clients) as u64;
    let tells = left_out > 0 && left_out < analysis.minimum();
    let estimator_words = match pooling.tau_squared {
        TauSquared::None => "common effect".to_owned(),
        other => format!("random effects, {}", other.word().to_uppercase()),
    };
    let method = format!("{estimator_words}, {}", pooling.test.in_words());
    let new = |id: &str, label: &str, scale: Scale, method: &str| {
        Estimate::new(QUESTION, "pooled", id, scale, method)
            .called(&format!("{QUESTION}.{id}"))
            .labelled(label)
            .with_k(units.len())
            .with_n(clients)
    };
    let shells = [
        new(
            "pooled",
            "Pooled",
            Scale::Correlation,
            &format!("{method}; transformed back by tanh (std_error on Fisher's scale)"),
        ),
        new(
            "pooled.prediction",
            "A further one, prediction interval",
            Scale::Correlation,
            &method,
        ),
        new(
            "tau2",
            "τ², the variance between them",
            Scale::Variance,
            &format!("{method}; Q-profile interval"),
        ),
        new(
            "i2",
            "I²",
            Scale::Percent,
            "share of the variance that is not chance",
        ),
        new("q", "Q", Scale::Unitless, "Cochran's Q, χ² test"),
    ];
    if tells {
        let reason = analysis.too_few_follow();
        return (shells.map(|e| e.suppressed(&reason)).into(), Vec::new());
    }
    let found = || -> Result<(Vec<Effect>, TwoLevel), Undefined> {
        let effects = units
            .iter()
            .map(|unit| {
                let z = fisher_z(&unit.correlation)?;
                Effect::from_fisher_z(z.z, z.std_error * z.std_error)
            })
            .collect::<Result<Vec<_>, _>>()?;
        if effects.len() < 2 {
            return Err(Undefined::OneStudy);
        }
        let fit = TwoLevel::fit(
            &effects,
            &Design::intercept(effects.len()),
            estimator(pooling.tau_squared),
            test(pooling.test),
            analysis.level,
        )?;
        Ok((effects, fit))
    };
    let (effects, fit) = match found() {
        Ok(found) => found,
        Err(Undefined::OneStudy) => {
            let reason = "fewer than two have enough clients, so there is nothing to pool";
            return (shells.map(|e| e.not_estimable(reason)).into(), Vec::new());
        }
        Err(reason) => return (shells.map(|e| e.not_estimable(reason)).into(), Vec::new()),
    };
    let [main, prediction, tau, share, q] = shells;
    let prediction_r = fit.prediction_r();
    let variation = with_q_profile(
        vec![
            tau.with_estimate(fit.tau_squared),
            share.with_estimate(fit.heterogeneity.i_squared),
        ],
        &effects,
        analysis.level,
        "they differ by less than chance would make them",
    );
    let mut estimates = vec![
        with_coefficient_as_r(main, fit.pooled()),
        match &prediction_r {
            Ok(interval) => prediction.with_estimate(fit.pooled_r()).with_interval(
                interval.low(),
                interval.high(),
                interval.level().value(),
            ),
            Err(reason) => prediction.not_estimable(reason),
        },
    ];
    estimates.extend(variation);
    estimates.push(q.with_test(
        fit.heterogeneity.q,
        Some(fit.heterogeneity.df),
        fit.heterogeneity.p,
    ));
    let mut displays = Vec::new();
    if analysis.settings.pool_by != PoolBy::Therapist
        && let Some(forest) = forest(analysis, units, &effects, &fit, method)
    {
        displays.push(Display::PooledForest(forest));
    }
    let placements = placements(&analysis.study.published, fit.pooled_r());
    displays.push(Display::Placements(Placements { placements }));
    (estimates, displays)
}

fn forest(
    analysis: &Analysis,
    units: &[Unit],
    effects: &[Effect],
    fit: &TwoLevel,
    method: String,
) -> Option<PooledForest> {
    let weight: Vec<f64> = effects
        .iter()
        .map(|e| 1.0 / (e.variance() + fit.tau_squared))
        .collect();
    let total: f64 = weight.iter().sum();
    let rows = units
        .iter()
        .zip(&weight)
        .map(|(unit, weight)| {
            let interval = fisher_interval(&unit.correlation, analysis.level).ok()?;
            Some(PooledEffect {
                study: unit.label.clone(),
                effect: None,
                r: unit.correlation.r(),
                conf_low: interval.low(),
                conf_high: interval.high(),
                n: unit.correlation.n() as u64,
                weight: 100.0 * weight / total,
                subgroup: None,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    let interval = fit.pooled_r_interval().ok()?;
    let prediction = fit.prediction_r().ok();
    Some(PooledForest {
        conf_level: analysis.level.value(),
        unit: analysis.settings.pool_by.word().into(),
        effects: rows,
        subgroups: Vec::new(),
        overall: PooledValue {
            label: match (analysis.settings.pool_by.word(), analysis.units.len()) {
                (unit, all) if all > units.len() => {
                    format!("The {unit}s shown, {} of {all}", units.len())
                }
                (unit, _) => format!("All {unit}s"),
            },
            r: fit.pooled_r(),
            conf_low: interval.low(),
            conf_high: interval.high(),
            prediction_low: prediction.map(|p| p.low()),
            prediction_high: prediction.map(|p| p.high()),
            k: units.len() as u64,
            studies: units.len() as u64,
            n: units.iter().map(|unit| unit.correlation.n() as u64).sum(),
        },
        method,
    })
}

/// The pooled r beside what the literature expects of a new study.
fn placements(published: &[PublishedResult], pooled: f64) -> Vec<Placement> {
    let is_overall = |p: &&PublishedResult| {
        p.topic == "alliance_outcome" && p.group == "overall" && p.scale == "r"
    };
    published
        .iter()
        .filter(is_overall)
        .map(|p| {
            let prediction = p.prediction_low.zip(p.prediction_high);
            Placement {
                published: p.id.clone(),
                citation: p.citation.clone(),
                r: p.estimate,
                prediction,
                inside: prediction.map(|(low, high)| (low..=high).contains(&pooled)),
            }
        })
        .collect()
}
