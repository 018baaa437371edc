//! Does the correlation differ with something the studies report? Moderators and subgroups.

use super::data::{Moderator, ModeratorValues, Pool, design_of};
use super::model::{Fit, Levels, estimator, likelihood, test, with_coefficient};
use super::subgroups::subgroups;
use crate::findings::pooled::{Bubble, BubblePoint, FitCertificate};
use crate::findings::{Answer, Display, Estimate, Scale, ids};
use crate::stats::meta::effect_size::Effect;
use crate::stats::meta::permutation::{permutation_test, permutation_test_of_studies};
use crate::stats::meta::robust::FEW_DF;
use crate::stats::meta::two_level::Coefficient;

const QUESTION: &str = "moderator";
/// The terms of a model that are no moderator.
const TERMS: [&str; 6] = ["intercept", "qm", "r2", "tau2", "qe", "permutation"];
/// Work of a permutation test that takes seconds: effects, times coefficients squared, times replicates;
/// less where two variances are searched each time.
const MOST_WORK: usize = 200_000_000;
const MOST_WORK_OF_STUDIES: usize = 40_000_000;
/// Points of the line of a bubble plot.
const LINE: usize = 41;

/// The answer, and how the search for each model ended.
pub fn answer(pool: &Pool) -> (Answer, Vec<FitCertificate>) {
    let mut estimates = Vec::new();
    let mut verdicts = Vec::new();
    let mut displays = Vec::new();
    let mut certificates = Vec::new();
    let mut left_out = Vec::new();
    let mut together: Vec<(String, Vec<&Moderator>)> = pool
        .moderators
        .iter()
        .map(|m| (ids::moderator(&m.name), vec![m]))
        .collect();
    if pool.moderators.len() > 1 {
        together.push(("joint".into(), pool.moderators.iter().collect()));
    }
    for (name, moderators) in &together {
        let (found, certificate) = model(pool, name, moderators);
        estimates.extend(found);
        certificates.extend(certificate);
    }
    for moderator in &pool.moderators {
        match &moderator.values {
            ModeratorValues::Numbers(x) => {
                displays.extend(bubble(pool, moderator, x).map(Display::Bubble));
            }
            ModeratorValues::Levels { levels, of } => {
                let found = subgroups(pool, &moderator.name, levels, of);
                estimates.extend(found.estimates);
                verdicts.extend(found.verdicts);
                left_out.extend(found.left_out);
            }
        }
    }
    let not_measured = pool.moderators.is_empty().then(|| {
        "no moderator was named; with --moderator NAME a column of the file is tested".to_owned()
    });
    let mut caveats = vec![
        "Studies were not assigned to the levels of a moderator by chance: they differ in more than it.".to_owned(),
        "With few studies a moderator is easily missed, and easily found by chance when many are tried; these were named before the test, or should have been.".into(),
    ];
    caveats.extend(left_out);
    let is_few = |e: &Estimate| {
        let df = e.df_residual().or(e.statistic().and_then(|(_, df)| df));
        df.is_some_and(|df| df < FEW_DF) && e.scale != Scale::Variance && e.term != "qe"
    };
    let robust = pool.settings.pooling.robust != crate::study::Robust::None && pool.has_several();
    if robust && estimates.iter().any(is_few) {
        caveats.push("A robust test with fewer than 4 degrees of freedom is not dependable: its p can be far too small or too large (Tipton 2015).".into());
    }
    let answer = Answer {
        question: QUESTION.into(),
        title: "Does the correlation differ between kinds of studies?".into(),
        not_measured,
        estimates,
        verdicts,
        displays,
        caveats,
    };
    (answer, certificates)
}

/// An estimate of this answer under its own id.
pub(super) fn new(
    id: String,
    term: &str,
    label: String,
    scale: Scale,
    method: &str,
    k: usize,
) -> Estimate {
    Estimate::new(QUESTION, "overall", term, scale, method)
        .called(&id)
        .labelled(&label)
        .with_k(k)
}

/// One model with these moderators: its coefficients, its omnibus test, R² and permutation p.
fn model(
    pool: &Pool,
    name: &str,
    moderators: &[&Moderator],
) -> (Vec<Estimate>, Option<FitCertificate>) {
    let rows: Vec<usize> = pool
        .all()
        .into_iter()
        .filter(|i| moderators.iter().all(|m| m.known().contains(i)))
        .collect();
    let k = rows.len();
    let is_joint = moderators.len() > 1;
    let terms = terms(moderators);
    let prefix = if is_joint { "All together: " } else { "" };
    let shells = |method: &str| -> Vec<Estimate> {
        terms
            .iter()
            .map(|(term, label)| {
                new(
                    format!("moderator.{name}.{term}"),
                    term,
                    format!("{prefix}{label}"),
                    Scale::FisherZ,
                    method,
                    k,
                )
            })
            .collect()
    };
    let omnibus = |method: &str| {
        new(
            format!("moderator.{name}.qm"),
            "qm",
            format!("{prefix}{}, test of moderation", in_words(moderators)),
            Scale::Unitless,
            method,
            k,
        )
    };
    let fit = match pool.fit(&rows, moderators) {
        Ok(fit) => fit,
        Err(reason) => {
            let mut all = shells("");
            all.push(omnibus(""));
            return (
                all.into_iter().map(|e| e.not_estimable(reason)).collect(),
                None,
            );
        }
    };
    let method = fit.method(&pool.settings.pooling);
    let lonely = lonely(pool, &fit, moderators, &rows);
    let mut estimates: Vec<Estimate> = shells(&method)
        .into_iter()
        .zip(fit.tested())
        .zip(&lonely)
        .map(|((shell, c), lonely)| match (c, lonely) {
            (_, Some(level)) => shell.not_estimable(alone(level)),
            (Ok(c), None) => with_coefficient(shell, &c),
            (Err(reason), None) => shell.not_estimable(reason),
        })
        .collect();
    match fit.tested_omnibus() {
        Some(_) if lonely.iter().any(Option::is_some) => {
            let level = lonely.iter().flatten().next().map_or("", String::as_str);
            estimates.push(omnibus(&method).not_estimable(alone(level)));
        }
        Some(Ok(test)) => {
            let words = match test.df_residual {
                Some(df) => {
                    format!(
                        "{method}; F test with {} and {df:.1} degrees of freedom",
                        test.df
                    )
                }
                None => format!("{method}; χ² test"),
            };
            estimates.push(
                omnibus(&words)
                    .with_test(test.statistic, Some(test.df), test.p)
                    .with_df_residual(test.df_residual),
            );
        }
        Some(Err(reason)) => estimates.push(omnibus(&method).not_estimable(reason)),
        None => {}
    }
    if let Levels::Two(two) = &fit.levels {
        if let Some(share) = two.moderation.and_then(|m| m.r_squared) {
            estimates.push(
                new(
                    format!("moderator.{name}.r2"),
                    "r2",
                    format!("{prefix}{}, R²", in_words(moderators)),
                    Scale::Percent,
                    "share of τ² it accounts for",
                    k,
                )
                .with_estimate(share),
            );
        }
        estimates.push(
            new(
                format!("moderator.{name}.tau2"),
                "tau2",
                format!("{prefix}{}, τ² left over", in_words(moderators)),
                Scale::Variance,
                &method,
                k,
            )
            .with_estimate(two.tau_squared),
        );
        estimates.push(
            new(
                format!("moderator.{name}.qe"),
                "qe",
                format!("{prefix}{}, Q left over", in_words(moderators)),
                Scale::Unitless,
                "Cochran's Q of what the moderators leave, χ² test",
                k,
            )
            .with_test(
                two.heterogeneity.q,
                Some(two.heterogeneity.df),
                two.heterogeneity.p,
            ),
        );
    }
    if pool.settings.permutations > 0 {
        estimates.push(permuted(pool, name, prefix, moderators, &rows));
    }
    (estimates, Some(fit.certified(&format!("moderator.{name}"))))
}

/// Every coefficient: the end of its id, and its label.
fn terms(moderators: &[&Moderator]) -> Vec<(String, String)> {
    let is_joint = moderators.len() > 1;
    let mut terms = vec![("intercept".to_owned(), intercept(moderators))];
    for moderator in moderators {
        let name = &moderator.name;
        match &moderator.values {
            ModeratorValues::Numbers(_) => {
                terms.push((ids::part(name, &TERMS), format!("{name}, per unit")));
            }
            ModeratorValues::Levels { levels, .. } => {
                let first = levels.first().map_or("", String::as_str);
                terms.extend(levels.iter().skip(1).map(|level| {
                    // Two moderators may have a level of the same name.
                    let id = if is_joint {
                        format!("{}.{}", ids::part(name, &TERMS), ids::last(level, &[]))
                    } else {
                        ids::last(level, &TERMS)
                    };
                    (id, format!("{name}: {level} − {first}"))
                }));
            }
        }
    }
    terms
}

/// For each coefficient, the level of a single study that it rests on, if there is one.
///
/// METHOD: robust errors come from how studies differ. A level of one study fits that study, so its
/// spread between studies would be taken as nothing, and an error without it would be too small.
fn lonely(
    pool: &Pool,
    fit: &Fit,
    moderators: &[&Moderator],
    rows: &[usize],
) -> Vec<Option<String>> {
    let mut lonely = vec![None; fit.coefficients.len()];
    if fit.robust.is_none() {
        return lonely;
    }
    let mut at = 1;
    for moderator in moderators {
        let ModeratorValues::Levels { levels, of } = &moderator.values else {
            at += 1;
            continue;
        };
        let is_lonely = |level: usize| {
            let members: Vec<usize> = rows
                .iter()
                .copied()
                .filter(|i| of[*i] == Some(level))
                .collect();
            (pool.studies_in(&members) == 1).then(|| levels[level].clone())
        };
        let baseline = is_lonely(0);
        if baseline.is_some() {
            lonely[0].clone_from(&baseline);
        }
        for level in 1..levels.len() {
            lonely[at] = is_lonely(level).or_else(|| baseline.clone());
            at += 1;
        }
    }
    lonely
}

fn alone(level: &str) -> String {
    format!(
        "only one study has the level {level}, so how studies of it differ cannot be known; join it with another level"
    )
}

fn intercept(moderators: &[&Moderator]) -> String {
    let baseline: Vec<String> = moderators
        .iter()
        .map(|m| match &m.values {
            ModeratorValues::Numbers(_) => format!("{} = 0", m.name),
            ModeratorValues::Levels { levels, .. } => {
                format!("{} {}", m.name, levels.first().map_or("", String::as_str))
            }
        })
        .collect();
    format!("Intercept ({})", baseline.join(", "))
}

fn in_words(moderators: &[&Moderator]) -> String {
    moderators
        .iter()
        .map(|m| m.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Why a permutation test is not made, where it would take minutes.
fn too_long(pool: &Pool, moderators: &[&Moderator], rows: &[usize]) -> Option<String> {
    let columns = 1 + moderators
        .iter()
        .map(|m| m.columns_of_design())
        .sum::<usize>();
    let replicates = pool.settings.permutations as usize;
    let work = (rows.len() * columns * columns).saturating_mul(replicates);
    let most = if pool.studies_in(rows) < rows.len() {
        MOST_WORK_OF_STUDIES
    } else {
        MOST_WORK
    };
    (work > most).then(|| {
        format!(
            "{replicates} fits of {columns} coefficients to {} effects take too long; join levels, or ask for fewer permutations in the study file: [meta] permutations = 99",
            rows.len()
        )
    })
}

/// The permutation test of the moderators.
///
/// METHOD: it exchanges independent units: whole studies where some have several effects, in the
/// three-level model whatever model the headline has.
fn permuted(
    pool: &Pool,
    name: &str,
    prefix: &str,
    moderators: &[&Moderator],
    rows: &[usize],
) -> Estimate {
    let estimate = new(
        format!("moderator.{name}.permutation"),
        "permutation",
        format!("{prefix}{}, permutation test", in_words(moderators)),
        Scale::Unitless,
        "",
        rows.len(),
    );
    let effects: Vec<Effect> = rows.iter().map(|i| pool.effects[*i]).collect();
    let studies: Vec<usize> = rows.iter().map(|i| pool.studies[*i]).collect();
    let pooling = &pool.settings.pooling;
    let (replicates, seed) = (pool.settings.permutations as usize, pool.settings.seed);
    if let Some(reason) = too_long(pool, moderators, rows) {
        return estimate.not_estimable(reason);
    }
    let found = design_of(moderators, rows).and_then(|design| {
        if pool.studies_in(rows) < rows.len() {
            let likelihood = likelihood(pooling);
            permutation_test_of_studies(&effects, &studies, &design, likelihood, replicates, seed)
        } else {
            permutation_test(
                &effects,
                &design,
                estimator(pooling.tau_squared),
                test(pooling.test),
                replicates,
                seed,
            )
        }
    });
    match found {
        Ok(found) => {
            let mut estimate = estimate
                .with_test(found.statistic, None, found.p)
                .with_k(rows.len());
            estimate.method = if found.exact {
                format!("all {} distinct permutations", found.permutations)
            } else {
                format!(
                    "{} random permutations, seed {}, p = (hits + 1)/(permutations + 1)",
                    found.permutations, pool.settings.seed
                )
            };
            estimate
        }
        Err(reason) => estimate.not_estimable(reason),
    }
}

/// The effects against a numeric moderator, with the fitted line.
fn bubble(pool: &Pool, moderator: &Moderator, x: &[Option<f64>]) -> Option<Bubble> {
    let rows = moderator.known();
    let fit = pool.fit(&rows, &[moderator]).ok()?;
    let share = super::weights::weights(pool, &fit, &rows);
    let points: Vec<BubblePoint> = rows
        .iter()
        .map(|&i| BubblePoint {
            label: pool.names[i].label(),
            x: x[i].unwrap_or_default(),
            r: pool.effects[i].r(),
            weight: share[i],
        })
        .collect();
    let low = points.iter().map(|p| p.x).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| p.x).fold(f64::NEG_INFINITY, f64::max);
    if low >= high {
        return None;
    }
    let line = (0..LINE)
        .filter_map(|i| {
            let at = low + (high - low) * i as f64 / (LINE - 1) as f64;
            let here = fitted_at(pool, &rows, x, at)?;
            Some((
                at,
                libm::tanh(here.estimate),
                libm::tanh(here.interval.low()),
                libm::tanh(here.interval.high()),
            ))
        })
        .collect();
    Some(Bubble {
        moderator: moderator.name.clone(),
        conf_level: pool.level.value(),
        points,
        line,
        p_value: fit.tested()[1].ok().map(|c| c.p),
    })
}

/// The fitted value at one value of the moderator: the intercept of the model that counts from there.
fn fitted_at(pool: &Pool, rows: &[usize], x: &[Option<f64>], at: f64) -> Option<Coefficient> {
    let shifted = Moderator {
        name: String::new(),
        values: ModeratorValues::Numbers(x.iter().map(|x| x.map(|x| x - at)).collect()),
    };
    Some(pool.fit(rows, &[&shifted]).ok()?.headline())
}
