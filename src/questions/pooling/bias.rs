//! Do small studies say something else than large ones, as they do when some results stay in a drawer?

use super::data::Pool;
use super::model::{Fit, with_coefficient};
use crate::findings::pooled::{EggerLine, Funnel, FunnelPoint};
use crate::findings::{Answer, Display, Estimate, Scale};
use crate::stats::Undefined;
use crate::stats::meta::bias::{egger, failsafe, rank, trim_fill};
use crate::stats::meta::design::Design;
use crate::stats::meta::effect_size::Effect;
use crate::stats::meta::two_level::Coefficient;
use crate::stats::numeric::distribution::normal_quantile;

const QUESTION: &str = "bias";

pub fn answer(pool: &Pool, fit: &Fit) -> Answer {
    let effects = &pool.effects;
    let mut estimates = Vec::new();
    let mixed = egger::mixed(effects, pool.level);
    estimates.extend(regression(
        pool,
        "egger.mixed",
        "Egger's regression, mixed-effects",
        "meta-regression on the standard error, REML, normal test",
        mixed.as_ref().map(|found| (found.slope, found.limit)),
    ));
    let weighted = egger::weighted(effects, pool.level);
    estimates.extend(regression(
        pool,
        "egger.lm",
        "Egger's regression, weighted",
        "weighted regression on the standard error, t test",
        weighted.as_ref().map(|found| (found.slope, found.limit)),
    ));
    let mut line = mixed.as_ref().ok().map(|found| (found.slope, found.limit));
    if pool.has_several() {
        let found = clustered(pool);
        line = found.as_ref().ok().copied().or(line);
        estimates.extend(regression(
            pool,
            "egger.robust",
            "Egger's regression, robust",
            "the model of the headline with the standard error as moderator, errors clustered by study",
            found.as_ref().map(|(slope, limit)| (*slope, *limit)),
        ));
    }
    estimates.push(begg(pool));
    let (filled, trimmed) = trim_and_fill(pool);
    estimates.extend(trimmed);
    for (id, label, found, method) in [
        (
            "pet",
            "PET: the value at a standard error of 0",
            egger::pet(effects, pool.level),
            "intercept of the weighted regression on the standard error",
        ),
        (
            "peese",
            "PEESE: the value at a variance of 0",
            egger::peese(effects, pool.level),
            "intercept of the weighted regression on the variance; meant for when PET finds an effect",
        ),
    ] {
        let shell = new(id, label, Scale::FisherZ, method, pool);
        estimates.push(match found {
            Ok(c) => with_coefficient(shell, &c),
            Err(reason) => shell.not_estimable(reason),
        });
    }
    let alpha = 1.0 - pool.level.value();
    let shell = new(
        "failsafe.rosenthal",
        "Fail-safe N (Rosenthal)",
        Scale::Count,
        "studies without any link that would make the sum of z insignificant; says nothing about their size, and is asked for by editors more than it is worth",
        pool,
    );
    estimates.push(match failsafe::rosenthal(effects, alpha) {
        Ok(n) => shell.with_estimate(n as f64),
        Err(reason) => shell.not_estimable(reason),
    });
    let pooled_z = fit.pooled().estimate;
    let line = line.map(|(slope, limit)| EggerLine {
        intercept: limit.estimate,
        slope: slope.estimate,
        p_value: slope.p,
    });
    let mut caveats = vec![
        "Small studies may differ for other reasons than that results were withheld: other clients, other questionnaires, more intensive treatment.".to_owned(),
        "With fewer than ten studies these tests see little; with several effects per study only the robust one respects that they belong together.".into(),
    ];
    if filled.iter().any(|point| point.filled) {
        caveats.push("The filled studies are imagined, mirror images of real ones; they show how far the pooled value could move, not what is missing.".into());
    }
    let filled_z = estimates
        .iter()
        .find(|e| e.id == "trim_fill.l0")
        .and_then(Estimate::estimate)
        .filter(|_| filled.iter().any(|point| point.filled));
    Answer {
        question: QUESTION.into(),
        title: "Do small studies say something else?".into(),
        not_measured: (pool.k() < 3).then(|| "at least three effects are needed".into()),
        estimates,
        verdicts: Vec::new(),
        displays: vec![Display::Funnel(Funnel {
            points: filled,
            pooled_z,
            contours: [0.10, 0.05, 0.01]
                .map(|p| (p, -normal_quantile(p / 2.0)))
                .into(),
            egger: line,
            filled_z,
        })],
        caveats,
    }
}

fn new(id: &str, label: &str, scale: Scale, method: &str, pool: &Pool) -> Estimate {
    Estimate::new(QUESTION, "overall", id, scale, method)
        .called(id)
        .labelled(label)
        .with_k(pool.k())
}

/// The test of a regression on the standard error, and where its line meets a standard error of 0.
fn regression(
    pool: &Pool,
    id: &str,
    label: &str,
    method: &str,
    found: Result<(Coefficient, Coefficient), &Undefined>,
) -> [Estimate; 2] {
    let test = new(id, label, Scale::FisherZ, method, pool);
    let limit = new(
        &format!("{id}.limit"),
        &format!("{label}: value at a standard error of 0"),
        Scale::FisherZ,
        method,
        pool,
    );
    match found {
        Ok((slope, at_zero)) => [
            test.with_test(slope.statistic, slope.df, slope.p),
            with_coefficient(limit, &at_zero),
        ],
        Err(reason) => [test.not_estimable(reason), limit.not_estimable(reason)],
    }
}

/// Egger's regression in the model of the headline, with its errors clustered by study.
fn clustered(pool: &Pool) -> Result<(Coefficient, Coefficient), Undefined> {
    let rows: Vec<[f64; 2]> = pool.effects.iter().map(|e| [1.0, e.std_error()]).collect();
    let design = Design::new(&rows)?;
    let fit = pool.fit_design(&pool.effects, &pool.studies, &design)?;
    let tested = fit.tested();
    Ok((tested[1]?, tested[0]?))
}

fn begg(pool: &Pool) -> Estimate {
    let shell = new(
        "begg",
        "Begg's rank correlation (Kendall's τ)",
        Scale::Correlation,
        "",
        pool,
    );
    match rank::begg(&pool.effects) {
        Ok(found) => {
            let mut estimate = shell.with_estimate(found.tau).with_p_value(found.p);
            estimate.method = if found.exact {
                "of effects and variances; exact p".into()
            } else {
                "of effects and variances; normal approximation with correction for ties".into()
            };
            estimate
        }
        Err(reason) => shell.not_estimable(reason),
    }
}

/// The points of the funnel, those filled by L0 included, and the estimates of both variants.
fn trim_and_fill(pool: &Pool) -> (Vec<FunnelPoint>, Vec<Estimate>) {
    let point = |label: String, effect: &Effect, filled: bool| FunnelPoint {
        label,
        z: effect.z(),
        std_error: effect.std_error(),
        filled,
    };
    let mut points: Vec<FunnelPoint> = pool
        .effects
        .iter()
        .zip(&pool.names)
        .map(|(effect, name)| point(name.label(), effect, false))
        .collect();
    let mut estimates = Vec::new();
    for (count, id, words) in [
        (trim_fill::Count::L0, "trim_fill.l0", "L0"),
        (trim_fill::Count::R0, "trim_fill.r0", "R0"),
    ] {
        let pooled = new(
            id,
            &format!("Trim and fill ({words}), pooled"),
            Scale::FisherZ,
            "two-level, the filled studies included",
            pool,
        );
        let added = new(
            &format!("{id}.k0"),
            &format!("Trim and fill ({words}), studies added"),
            Scale::Count,
            "",
            pool,
        );
        let settings = &pool.settings.pooling;
        let found = trim_fill::trim_and_fill(
            &pool.effects,
            count,
            super::model::estimator(settings.tau_squared),
            super::model::test(settings.test),
            pool.level,
        );
        match found {
            Ok(found) => {
                let k = pool.k() + found.filled.len();
                estimates.push(with_coefficient(pooled, found.fit.pooled()).with_k(k));
                let mut added = added.with_estimate(found.filled.len() as f64);
                added.method = match found.side {
                    trim_fill::Side::Left => "to the left of the pooled value".into(),
                    trim_fill::Side::Right => "to the right of the pooled value".into(),
                };
                estimates.push(added);
                if matches!(count, trim_fill::Count::L0) {
                    points.extend(
                        found
                            .filled
                            .iter()
                            .map(|effect| point("filled".into(), effect, true)),
                    );
                }
            }
            Err(reason) => {
                estimates.extend([pooled, added].map(|e| e.not_estimable(reason)));
            }
        }
    }
    (points, estimates)
}
