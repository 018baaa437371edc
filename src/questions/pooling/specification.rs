//! Would another estimator or test have said something else? Every one of them, in one table.

use rayon::prelude::*;

use super::data::{Pool, design_of};
use super::model::{Fit, estimator, test, with_correlation};
use crate::findings::{Answer, Estimate, Scale};
use crate::stats::Undefined;
use crate::stats::meta::robust::RobustType;
use crate::stats::meta::three_level::{Likelihood, ThreeLevel};
use crate::stats::meta::two_level::TwoLevel;
use crate::study::{PoolingTest, TauSquared};

const QUESTION: &str = "specification";

pub fn answer(pool: &Pool) -> Answer {
    let mut choices: Vec<(TauSquared, PoolingTest)> = Vec::new();
    for &tau in TauSquared::ALL {
        for &test in PoolingTest::ALL {
            // A common effect leaves nothing for Knapp–Hartung to scale.
            if tau != TauSquared::None || test == PoolingTest::Normal {
                choices.push((tau, test));
            }
        }
    }
    let mut estimates: Vec<Estimate> = choices
        .par_iter()
        .map(|&(tau, test)| two_level(pool, tau, test))
        .collect();
    if pool.has_several() {
        estimates.extend(three_level(pool));
    }
    Answer {
        question: QUESTION.into(),
        title: "Would other choices have said something else?".into(),
        not_measured: None,
        estimates,
        verdicts: Vec::new(),
        displays: Vec::new(),
        caveats: if pool.has_several() {
            vec!["The two-level rows take several effects of one study as independent; they show how much that matters, and are not alternatives.".into()]
        } else {
            Vec::new()
        },
    }
}

fn new(id: &str, label: &str, method: &str, pool: &Pool) -> Estimate {
    Estimate::new(QUESTION, "overall", id, Scale::Correlation, method)
        .called(&format!("{QUESTION}.{id}"))
        .labelled(label)
        .with_k(pool.k())
}

fn two_level(pool: &Pool, tau: TauSquared, chosen: PoolingTest) -> Estimate {
    let words = chosen.in_words();
    let label = match tau {
        TauSquared::None => format!("Common effect, {words}"),
        _ => format!("{}, {words}", tau.word().to_uppercase()),
    };
    let estimate = new(
        &format!("{}.{}", tau.word(), chosen.word()),
        &label,
        "two-level; std_error on Fisher's scale",
        pool,
    );
    let fit = design_of(&[], &pool.all()).and_then(|design| {
        TwoLevel::fit(
            &pool.effects,
            &design,
            estimator(tau),
            test(chosen),
            pool.level,
        )
    });
    match fit {
        Ok(fit) => with_correlation(estimate, fit.pooled()),
        Err(reason) => estimate.not_estimable(reason),
    }
}

fn three_level(pool: &Pool) -> Vec<Estimate> {
    let mut estimates = Vec::new();
    for (likelihood, name) in [(Likelihood::Reml, "reml"), (Likelihood::Ml, "ml")] {
        let fit = |kind: Option<RobustType>| -> Result<Fit, Undefined> {
            let design = design_of(&[], &pool.all())?;
            let fit = ThreeLevel::fit(
                &pool.effects,
                &pool.studies,
                &design,
                likelihood,
                pool.level,
            )?;
            Ok(Fit::of_three(fit, kind, pool.level))
        };
        for (kind, word, words) in [
            (None, "z", "normal test"),
            (Some(RobustType::Cr0), "cr0", "CR0"),
            (Some(RobustType::Cr1), "cr1", "CR1"),
            (Some(RobustType::Cr2), "cr2", "CR2"),
        ] {
            let estimate = new(
                &format!("three_level_{name}.{word}"),
                &format!("Three-level {}, {words}", name.to_uppercase()),
                "three-level; std_error on Fisher's scale",
                pool,
            );
            let found = fit(kind).and_then(|fit| match fit.robust_pooled() {
                Some(robust) => robust,
                None => Ok(*fit.pooled()),
            });
            estimates.push(match found {
                Ok(c) => with_correlation(estimate, &c),
                Err(reason) => estimate.not_estimable(reason),
            });
        }
    }
    estimates
}
