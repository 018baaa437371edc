//! How strongly does it go with the outcome, over all studies? And in a new study?

use super::data::{ModeratorValues, Pool};
use super::model::{Fit, Levels, with_coefficient, with_correlation};
use super::weights::weights;
use crate::findings::pooled::{Orchard, OrchardTrunk, PooledEffect, PooledForest};
use crate::findings::{Answer, Display, Estimate, Scale, VerdictOn};
use crate::questions::contrasts::as_finding;
use crate::stats::Undefined;
use crate::stats::equivalence::{Bound, Verdict};
use crate::stats::interval::{Interval, Level};
use crate::stats::meta::mean_correlation::mean_correlation;
use crate::stats::meta::moderators::equivalence;
use crate::stats::meta::robust::FEW_DF;
use crate::stats::meta::two_level::Coefficient;

const QUESTION: &str = "pooled";

pub fn answer(pool: &Pool, fit: &Fit) -> Answer {
    let rows = pool.all();
    let mut estimates = own(pool, fit, &rows, "", "");
    let (equivalence, verdict) = equal_to_zero(pool, fit);
    estimates.extend(equivalence);
    estimates.extend(corrected(pool, &rows));
    let mut displays = vec![Display::PooledForest(forest(pool, fit, &rows))];
    if matches!(fit.levels, Levels::Three(_)) {
        displays.push(Display::Orchard(orchard(pool, fit, &rows)));
    }
    Answer {
        question: QUESTION.into(),
        title: format!(
            "How strongly does {} go with {}, over all studies?",
            pool.settings.predictor, pool.settings.outcome
        ),
        not_measured: None,
        estimates,
        verdicts: verdict.into_iter().collect(),
        displays,
        caveats: caveats(pool, fit, &rows),
    }
}

/// An estimate of this answer under its own id.
fn new(id: &str, label: &str, scale: Scale, method: &str, pool: &Pool, rows: &[usize]) -> Estimate {
    Estimate::new(QUESTION, "overall", id, scale, method)
        .called(id)
        .labelled(label)
        .with_k(rows.len())
        .with_clients(pool.clients_in(rows))
}

/// Pooled z, r, mean ρ and prediction, model-based and robust; ids begin with `prefix`.
fn own(pool: &Pool, fit: &Fit, rows: &[usize], prefix: &str, suffix: &str) -> Vec<Estimate> {
    let model = match &fit.levels {
        Levels::Two(_) => fit.method(&pool.settings.pooling),
        Levels::Three(_) => format!(
            "three-level {}, model-based standard error, normal test",
            pool.settings.pooling.tau_squared.word().to_uppercase()
        ),
    };
    let new = |id: &str, label: &str, scale: Scale, method: &str| {
        let (id, label) = (format!("{prefix}{id}"), format!("{label}{suffix}"));
        new(&id, &label, scale, method, pool, rows)
    };
    let pooled = fit.pooled();
    let estimates = vec![
        with_coefficient(
            new("pooled.z", "Pooled, Fisher's z", Scale::FisherZ, &model),
            pooled,
        ),
        with_correlation(
            new(
                "pooled.r",
                "Pooled r",
                Scale::Correlation,
                &format!("{model}; transformed back by tanh (std_error on Fisher's scale)"),
            ),
            pooled,
        ),
        integral(
            new(
                "pooled.rho_integral",
                "Mean r of all studies",
                Scale::Correlation,
                &format!(
                    "{model}; transformed back by integration over the studies (Hafdahl 2009)"
                ),
            ),
            pooled,
            fit.true_variance(),
        ),
        prediction(
            new(
                "prediction.r",
                "New study, prediction interval",
                Scale::Correlation,
                &format!("{model}; where the true r of a new study is expected"),
            ),
            pooled,
            fit.prediction(),
        ),
    ];
    let Some(robust) = fit.robust_pooled() else {
        return estimates;
    };
    let kind = pool.settings.pooling.robust.word().to_uppercase();
    let method = format!(
        "the same with {kind} standard errors, clustered by study, Satterthwaite degrees of freedom"
    );
    let of_new = format!("the same with the {kind} standard error and t");
    let shells = [
        new(
            "robust.z",
            "Pooled, robust, Fisher's z",
            Scale::FisherZ,
            &method,
        ),
        new("robust.r", "Pooled r, robust", Scale::Correlation, &method),
        new(
            "robust.prediction.r",
            "New study, prediction interval, robust",
            Scale::Correlation,
            &of_new,
        ),
    ];
    let mut all: Vec<Estimate> = match robust {
        Ok(robust) => {
            let [z, r, new_study] = shells;
            let clusters = pool.studies_in(rows);
            let mut all = vec![
                with_correlation(r, &robust),
                with_coefficient(z, &robust).with_k(clusters),
            ];
            if let Some(interval) = fit.robust_prediction() {
                all.push(prediction(new_study, &robust, interval));
            }
            all
        }
        Err(reason) => shells.map(|e| e.not_estimable(reason)).into(),
    };
    all.extend(estimates);
    all
}

fn integral(estimate: Estimate, pooled: &Coefficient, variance: f64) -> Estimate {
    let through = |z: f64| mean_correlation(z, variance);
    estimate
        .with_estimate(through(pooled.estimate))
        .with_interval(
            through(pooled.interval.low()),
            through(pooled.interval.high()),
            pooled.interval.level().value(),
        )
}

fn prediction(
    estimate: Estimate,
    pooled: &Coefficient,
    interval: Result<Interval, Undefined>,
) -> Estimate {
    match interval {
        Ok(interval) => estimate
            .with_estimate(libm::tanh(pooled.estimate))
            .with_interval(
                libm::tanh(interval.low()),
                libm::tanh(interval.high()),
                interval.level().value(),
            ),
        Err(reason) => estimate.not_estimable(reason),
    }
}

/// Is the pooled r too small to matter? Two one-sided tests against ± the bound.
fn equal_to_zero(pool: &Pool, fit: &Fit) -> (Vec<Estimate>, Option<VerdictOn>) {
    let rows = pool.all();
    let bound = pool.settings.equivalence_correlation;
    let pooled = fit.headline();
    let about = if matches!(fit.robust_pooled(), Some(Ok(_))) {
        "robust.r"
    } else {
        "pooled.r"
    };
    // METHOD: the bound, stated for correlations, is taken to Fisher's scale, where the test is.
    let found =
        Bound::new(libm::atanh(bound)).and_then(|bound| equivalence(&pooled, bound, Level::NINETY));
    let shells = [
        (
            "pooled.ci90",
            "Pooled r, 90 % interval",
            Scale::Correlation,
            "for equivalence with zero at α = .05".to_owned(),
        ),
        (
            "pooled.tost_lower",
            "Above the lower bound of equivalence?",
            Scale::FisherZ,
            format!("one-sided test that the pooled r is above −{bound}"),
        ),
        (
            "pooled.tost_upper",
            "Below the upper bound of equivalence?",
            Scale::FisherZ,
            format!("one-sided test that the pooled r is below {bound}"),
        ),
    ]
    .map(|(id, label, scale, method)| new(id, label, scale, &method, pool, &rows));
    let found = match found {
        Ok(found) => found,
        Err(reason) => return (shells.map(|e| e.not_estimable(reason)).into(), None),
    };
    let [ninety, lower, upper] = shells;
    let estimates = vec![
        ninety
            .with_estimate(libm::tanh(pooled.estimate))
            .with_interval(
                libm::tanh(found.interval.low()),
                libm::tanh(found.interval.high()),
                found.interval.level().value(),
            ),
        lower.with_test(found.lower, found.df, found.p_lower),
        upper.with_test(found.upper, found.df, found.p_upper),
    ];
    let verdict = Bound::new(libm::atanh(bound)).map(|z_bound| VerdictOn {
        estimate_id: about.into(),
        verdict: as_finding(Verdict::of(&pooled.interval, &found.interval, z_bound)),
        bound,
    });
    (estimates, verdict.ok())
}

/// The same, free of the error of measurement, where reliabilities are given.
fn corrected(pool: &Pool, rows: &[usize]) -> Vec<Estimate> {
    let shell = |reason: String| {
        vec![
            new(
                "corrected.pooled.r",
                "Pooled r, corrected for unreliability",
                Scale::Correlation,
                "each effect corrected for the unreliability of both measures, then pooled",
                pool,
                rows,
            )
            .not_estimable(reason),
        ]
    };
    match &pool.corrected {
        None => Vec::new(),
        Some(Err(reason)) => shell(reason.clone()),
        Some(Ok(effects)) => match pool.fit_effects(effects, rows, &[]) {
            Err(reason) => shell(reason.to_string()),
            Ok(fit) => {
                let mut estimates = own(
                    pool,
                    &fit,
                    rows,
                    "corrected.",
                    ", corrected for unreliability",
                );
                let variances: Vec<(&str, &str, f64)> = match &fit.levels {
                    Levels::Two(two) => vec![("tau2", "τ²", two.tau_squared)],
                    Levels::Three(three) => vec![
                        (
                            "sigma2.study",
                            "σ² between studies",
                            three.variances.between_studies,
                        ),
                        (
                            "sigma2.effect",
                            "σ² between effects",
                            three.variances.between_effects,
                        ),
                    ],
                };
                for (id, label, variance) in variances {
                    estimates.push(
                        new(
                            &format!("corrected.{id}"),
                            &format!("{label}, corrected for unreliability"),
                            Scale::Variance,
                            "of the corrected effects",
                            pool,
                            rows,
                        )
                        .with_estimate(variance),
                    );
                }
                estimates
            }
        },
    }
}

/// The effects at these positions, their weights, and the pooled values below.
fn forest(pool: &Pool, fit: &Fit, rows: &[usize]) -> PooledForest {
    let share = weights(pool, fit, rows);
    let divided = pool
        .settings
        .forest_by
        .as_ref()
        .and_then(|name| pool.moderators.iter().find(|m| m.name == *name))
        .and_then(|m| match &m.values {
            ModeratorValues::Levels { levels, of } => Some((levels, of)),
            ModeratorValues::Numbers(_) => None,
        });
    // Effects of one study stand together, in the order in which the studies are met.
    let mut order = rows.to_vec();
    order.sort_by_key(|&i| (pool.studies[i], i));
    let margin = pool.level.critical_z();
    let effects = order
        .iter()
        .map(|&i| {
            let effect = &pool.effects[i];
            let half = margin * effect.std_error();
            let name = &pool.names[i];
            PooledEffect {
                study: name.study.clone(),
                effect: name.effect.clone().filter(|_| name.has_siblings),
                r: effect.r(),
                conf_low: libm::tanh(effect.z() - half),
                conf_high: libm::tanh(effect.z() + half),
                n: pool.clients[i].unwrap_or_default(),
                weight: share[i],
                subgroup: divided.and_then(|(levels, of)| Some(levels[of[i]?].clone())),
            }
        })
        .collect();
    let subgroups = divided.map_or_else(Vec::new, |(levels, of)| {
        levels
            .iter()
            .enumerate()
            .filter_map(|(level, label)| {
                let members: Vec<usize> = rows
                    .iter()
                    .copied()
                    .filter(|&i| of[i] == Some(level))
                    .collect();
                let fit = pool.fit(&members, &[]).ok()?;
                Some(fit.value(label, pool, &members))
            })
            .collect()
    });
    PooledForest {
        conf_level: pool.level.value(),
        unit: "study".into(),
        effects,
        subgroups,
        overall: fit.value("All studies", pool, rows),
        method: fit.method(&pool.settings.pooling),
    }
}

fn orchard(pool: &Pool, fit: &Fit, rows: &[usize]) -> Orchard {
    let precise = |members: &[usize]| {
        members
            .iter()
            .map(|&i| (pool.effects[i].r(), 1.0 / pool.effects[i].std_error()))
            .collect()
    };
    let mut trunks = Vec::new();
    let divided = pool.moderators.iter().find_map(|m| match &m.values {
        ModeratorValues::Levels { levels, of } => Some((levels, of)),
        ModeratorValues::Numbers(_) => None,
    });
    if let Some((levels, of)) = divided {
        for (level, label) in levels.iter().enumerate() {
            let members: Vec<usize> = rows
                .iter()
                .copied()
                .filter(|&i| of[i] == Some(level))
                .collect();
            if let Ok(fit) = pool.fit(&members, &[]) {
                trunks.push(OrchardTrunk {
                    value: fit.value(label, pool, &members),
                    effects: precise(&members),
                });
            }
        }
    }
    trunks.push(OrchardTrunk {
        value: fit.value("All studies", pool, rows),
        effects: precise(rows),
    });
    Orchard {
        conf_level: pool.level.value(),
        trunks,
    }
}

fn caveats(pool: &Pool, fit: &Fit, rows: &[usize]) -> Vec<String> {
    let mut caveats = vec![
        "A correlation over studies is about the people in these studies; it is not a cause, and it says nothing about a single client.".to_owned(),
        "The pooled r is that of the average study; a new study, or a clinic, lies anywhere in the prediction interval.".into(),
    ];
    let k = rows.len();
    if let Levels::Two(two) = &fit.levels {
        if pool.has_several() {
            caveats.push("Some studies have several effects, which this two-level model takes as independent: its intervals are too narrow where they are not.".into());
        }
        if k == 2 && two.pooled().df.is_some() {
            caveats.push("With two studies the Knapp–Hartung interval has one degree of freedom, where t is 12.7 instead of 2: it is wide because two studies say so little about how studies differ.".into());
        }
        let chance = &two.heterogeneity;
        if two.floored && two.tau_squared == 0.0 && chance.q < chance.df {
            caveats.push("The effects differ by less than chance would make them; plain Knapp–Hartung would give a deceptively narrow interval, so the standard error of the normal test is kept.".into());
        } else if two.floored {
            caveats.push(format!(
                "Once τ² is allowed for, the effects lie a little closer together than the model expects (q = {:.2} instead of 1); plain Knapp–Hartung would give a narrower interval for it, so the standard error of the normal test is kept.",
                two.residual_scale
            ));
        }
    }
    if let Some(Ok(robust)) = fit.robust_pooled()
        && robust.df.is_some_and(|df| df < FEW_DF)
    {
        caveats.push(format!(
            "The robust test has {:.1} degrees of freedom; below 4 its p value is not dependable (Tipton 2015).",
            robust.df.unwrap_or_default()
        ));
    }
    let share = weights(pool, fit, rows);
    if k > 2
        && let Some(&most) = rows.iter().max_by(|a, b| share[**a].total_cmp(&share[**b]))
        && share[most] > 50.0
    {
        caveats.push(format!(
            "{} alone has {:.0} % of the weight: the pooled value is nearly its own.",
            pool.names[most].label(),
            share[most]
        ));
    }
    caveats
}
