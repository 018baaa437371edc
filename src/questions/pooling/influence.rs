//! Does one study carry the result?

use rayon::prelude::*;

use super::data::{Pool, study_id};
use super::model::{Fit, Levels, estimator, test, with_coefficient};
use super::weights::weights;
use crate::findings::pooled::{Baujat, BaujatPoint, LeaveOneOut, LeftOut};
use crate::findings::{Answer, Display, Estimate, Scale};
use crate::stats::Undefined;
use crate::stats::meta::influence::{baujat, influence, leave_one_out};
use crate::stats::meta::two_level::Coefficient;

const QUESTION: &str = "influence";

/// The pooled value without some effects.
struct Without {
    /// The part of an estimate id: a study, or a study and its effect.
    id: String,
    label: String,
    pooled: Result<Coefficient, Undefined>,
    is_study: bool,
}

pub fn answer(pool: &Pool, fit: &Fit) -> Answer {
    let without = left_out(pool, fit);
    let mut estimates: Vec<Estimate> = without
        .iter()
        .map(|w| {
            let shell = new(
                &format!("leave_one_out.{}", w.id),
                &w.id,
                "leave_one_out",
                &w.label,
                Scale::FisherZ,
                "the pooled z without it, by the same model",
            );
            match &w.pooled {
                Ok(c) => with_coefficient(shell, c),
                Err(reason) => shell.not_estimable(reason),
            }
        })
        .collect();
    estimates.extend(match &fit.levels {
        Levels::Two(_) => diagnostics(pool),
        Levels::Three(_) => of_studies(pool, fit, &without),
    });
    let mut displays = vec![Display::LeaveOneOut(figure(pool, fit, &without))];
    if let Ok(points) = baujat(&pool.effects) {
        displays.push(Display::Baujat(Baujat {
            points: points
                .iter()
                .zip(&pool.names)
                .map(|(point, name)| BaujatPoint {
                    label: name.label(),
                    heterogeneity: point.heterogeneity,
                    influence: point.influence,
                })
                .collect(),
        }));
    }
    Answer {
        question: QUESTION.into(),
        title: "Does one study carry the result?".into(),
        not_measured: (pool.k() < 3).then(|| "at least three effects are needed".into()),
        estimates,
        verdicts: Vec::new(),
        displays,
        caveats: vec![
            "A study that moves the result is a study to read again, not one to leave out.".into(),
        ],
    }
}

fn new(id: &str, group: &str, term: &str, label: &str, scale: Scale, method: &str) -> Estimate {
    Estimate::new(QUESTION, group, term, scale, method)
        .called(id)
        .labelled(label)
}

/// Without each effect, in the order of the file; then without each study that has several.
fn left_out(pool: &Pool, fit: &Fit) -> Vec<Without> {
    let all = pool.all();
    let without = |gone: &dyn Fn(usize) -> bool| -> Result<Coefficient, Undefined> {
        let rows: Vec<usize> = all.iter().copied().filter(|i| !gone(*i)).collect();
        Ok(pool.fit(&rows, &[])?.headline())
    };
    let settings = &pool.settings.pooling;
    // The two-level model without errors clustered has a faster way than to begin anew each time.
    let one_by_one: Vec<Result<Coefficient, Undefined>> = match (&fit.levels, &fit.robust) {
        (Levels::Two(_), None) => match leave_one_out(
            &pool.effects,
            estimator(settings.tau_squared),
            test(settings.test),
            pool.level,
        ) {
            Ok(found) => found
                .into_iter()
                .map(|one| one.map(|one| one.pooled))
                .collect(),
            Err(reason) => vec![Err(reason); pool.k()],
        },
        _ => all.par_iter().map(|&i| without(&|j| i == j)).collect(),
    };
    let mut found: Vec<Without> = one_by_one
        .into_iter()
        .zip(&pool.names)
        .map(|(pooled, name)| Without {
            id: name.id(),
            label: name.label(),
            pooled,
            is_study: !name.has_siblings,
        })
        .collect();
    let several: Vec<usize> = (0..pool.study_names.len())
        .filter(|study| pool.studies.iter().filter(|s| *s == study).count() > 1)
        .collect();
    found.par_extend(several.par_iter().map(|&study| Without {
        id: study_id(&pool.study_names[study]),
        label: pool.study_names[study].clone(),
        pooled: without(&|i| pool.studies[i] == study),
        is_study: true,
    }));
    found
}

fn of_study<'a>(without: &'a [Without], study: &str) -> Option<&'a Without> {
    without.iter().find(|w| w.is_study && w.label == study)
}

/// The pooled correlation without each study, in the order of the file.
fn figure(pool: &Pool, fit: &Fit, without: &[Without]) -> LeaveOneOut {
    let rows = pool
        .study_names
        .iter()
        .filter_map(|study| {
            let of_study = of_study(without, study)?;
            let c = of_study.pooled.as_ref().ok()?;
            Some(LeftOut {
                label: study.clone(),
                r: libm::tanh(c.estimate),
                conf_low: libm::tanh(c.interval.low()),
                conf_high: libm::tanh(c.interval.high()),
            })
        })
        .collect();
    LeaveOneOut {
        conf_level: pool.level.value(),
        unit: "study".into(),
        overall: fit.value("All studies", pool, &pool.all()),
        rows,
    }
}

/// Diagnostics of each effect in a two-level model.
fn diagnostics(pool: &Pool) -> Vec<Estimate> {
    let settings = &pool.settings.pooling;
    let Ok(found) = influence(
        &pool.effects,
        estimator(settings.tau_squared),
        test(settings.test),
        pool.level,
    ) else {
        return Vec::new();
    };
    let mut estimates = Vec::new();
    for (one, name) in found.iter().zip(&pool.names) {
        let id = name.id();
        let shells = [
            ("rstudent", "studentised deleted residual"),
            ("dffits", "change of the pooled value, standardised"),
            ("cook", "Cook's distance"),
            ("hat", "leverage: share of the weight"),
        ]
        .map(|(term, method)| {
            let full = format!("influence.{id}.{term}");
            let label = format!("{}, {term}", name.label());
            new(&full, &id, term, &label, Scale::Unitless, method)
        });
        match one {
            Ok(one) => {
                let values = [one.rstudent, one.dffits, one.cook, one.hat];
                estimates.extend(
                    shells
                        .into_iter()
                        .zip(values)
                        .map(|(shell, x)| shell.with_estimate(x)),
                );
            }
            Err(reason) => estimates.extend(shells.map(|e| e.not_estimable(reason))),
        }
    }
    estimates
}

/// Diagnostics of each study in a three-level model, from the fits without it.
fn of_studies(pool: &Pool, fit: &Fit, without: &[Without]) -> Vec<Estimate> {
    let share = weights(pool, fit, &pool.all());
    let pooled = fit.pooled();
    let mut estimates = Vec::new();
    for (at, study) in pool.study_names.iter().enumerate() {
        let id = study_id(study);
        let shell = |term: &str, method: &str| {
            new(
                &format!("influence.{id}.{term}"),
                &id,
                term,
                &format!("{study}, {term}"),
                Scale::Unitless,
                method,
            )
        };
        let hat: f64 = (0..pool.k())
            .filter(|i| pool.studies[*i] == at)
            .map(|i| share[i] / 100.0)
            .sum();
        let left = of_study(without, study);
        let dffits = shell(
            "dffits",
            "change of the pooled value in standard errors of the value without the study",
        );
        let cook = shell(
            "cook",
            "Cook's distance: squared change in model-based standard errors",
        );
        match left.map(|w| &w.pooled) {
            Some(Ok(c)) => {
                let change = pooled.estimate - c.estimate;
                let distance = change / pooled.std_error;
                estimates.push(dffits.with_estimate(change / c.std_error));
                estimates.push(cook.with_estimate(distance * distance));
            }
            Some(Err(reason)) => {
                estimates.extend([dffits, cook].map(|e| e.not_estimable(reason)));
            }
            None => {}
        }
        estimates.push(shell("hat", "share of the weight").with_estimate(hat));
    }
    estimates
}
