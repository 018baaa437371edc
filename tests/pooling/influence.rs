//! Influence against metafor, and leave-one-out against fits from scratch.

use alliance::stats::Undefined;
use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::influence::{baujat, influence, leave_groups_out, leave_one_out};
use alliance::stats::meta::tau_squared::Estimator;
use alliance::stats::meta::two_level::{Test, TwoLevel};
use alliance::stats::numeric::random::{below, stream};
use serde_json::Value;

use super::dataset::*;

const LEVEL: Level = Level::NINETY_FIVE;

fn others(effects: &[Effect], out: &[usize]) -> Vec<Effect> {
    (0..effects.len())
        .filter(|i| !out.contains(i))
        .map(|i| effects[i])
        .collect()
}

#[test]
fn leave_one_out_agrees_with_metafor() {
    let mut compared = 0;
    for data in Dataset::all() {
        let ours = leave_one_out(&data.effects, Estimator::Reml, Test::Normal, LEVEL).unwrap();
        let theirs = |key: &str| numbers(&data.expected["leave_one_out"][key]);
        let (z, se, tau, i2, q) = (
            theirs("z"),
            theirs("se"),
            theirs("tau2"),
            theirs("i2"),
            theirs("q"),
        );
        assert_eq!(ours.len(), z.len());
        for (i, ours) in ours.iter().enumerate() {
            let ours = ours.unwrap();
            let label = format!("{} without {i}", data.name);
            let rest = others(&data.effects, &[i]);
            close_tau(
                &label,
                &rest,
                &Design::intercept(rest.len()),
                ours.tau_squared,
                tau[i],
            );
            close(&label, ours.pooled.estimate, z[i], ESTIMATE);
            close(&label, ours.pooled.std_error, se[i], ESTIMATE);
            close(&label, ours.q, q[i], ESTIMATE);
            if ours.tau_squared > 0.0 || tau[i] == 0.0 {
                close(&label, ours.i_squared, i2[i], VARIANCE);
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 20 + 54 + 67 + 160 + 16 + 102 + 15);
}

#[test]
fn influence_agrees_with_metafor() {
    for data in Dataset::all() {
        let ours = influence(&data.effects, Estimator::Reml, Test::Normal, LEVEL).unwrap();
        let theirs = |key: &str, i: usize| number(&data.expected["influence"][key][i]);
        for (i, ours) in ours.iter().enumerate() {
            let ours = ours.unwrap();
            let label = format!("{} {i}", data.name);
            close(&label, ours.rstudent, theirs("rstudent", i), ESTIMATE);
            close(&label, ours.hat, theirs("hat", i), ESTIMATE);
            close(&label, ours.weight, theirs("weight", i), ESTIMATE);
            let change = |ours: f64, theirs: f64| {
                assert!(
                    (ours - theirs).abs() <= ESTIMATE * (theirs.abs()),
                    "{label}: {ours:e} {theirs:e}"
                );
            };
            change(ours.dffits, theirs("dffits", i));
            change(ours.cook, theirs("cook", i));
            close(&label, ours.cov_r, theirs("cov_r", i), ESTIMATE);
            let rest = others(&data.effects, &[i]);
            close_tau(
                &label,
                &rest,
                &Design::intercept(rest.len()),
                ours.tau_squared_without,
                theirs("tau2_del", i),
            );
        }
    }
}

/// DerSimonian–Laird needs no search; Knapp–Hartung brings its own scale into every number.
#[test]
fn influence_with_knapp_hartung_agrees_with_metafor() {
    let text = std::fs::read_to_string(path("injected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    for data in Dataset::all() {
        let ours = influence(
            &data.effects,
            Estimator::DerSimonianLaird,
            Test::KnappHartung,
            LEVEL,
        )
        .unwrap();
        for (i, ours) in ours.iter().enumerate() {
            let ours = ours.unwrap();
            let theirs = |key: &str| number(&all[data.name]["influence_kh"][key][i]);
            let gap = |ours: f64, theirs: f64| (ours - theirs).abs() / (theirs.abs() + 1e-2);
            for (ours, key) in [
                (ours.rstudent, "rstudent"),
                (ours.dffits, "dffits"),
                (ours.cook, "cook"),
                (ours.cov_r, "cov_r"),
                (ours.hat, "hat"),
            ] {
                assert!(
                    gap(ours, theirs(key)) < 1e-11,
                    "{} {i} {key}: {ours:e}",
                    data.name
                );
            }
        }
    }
}

#[test]
fn baujat_agrees_with_metafor() {
    let text = std::fs::read_to_string(path("injected.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    for data in Dataset::all() {
        let ours = baujat(&data.effects).unwrap();
        let (x, y) = (
            numbers(&all[data.name]["baujat"]["x"]),
            numbers(&all[data.name]["baujat"]["y"]),
        );
        let mut sum = 0.0;
        for (i, ours) in ours.iter().enumerate() {
            let gap = |ours: f64, theirs: f64| (ours - theirs).abs() / (theirs.abs() + 1e-3);
            assert!(gap(ours.heterogeneity, x[i]) < 1e-10 && gap(ours.influence, y[i]) < 1e-10);
            sum += ours.heterogeneity;
        }
        let fit = TwoLevel::fit(
            &data.effects,
            &data.intercept(),
            Estimator::None,
            Test::Normal,
            LEVEL,
        )
        .unwrap();
        close(
            "the contributions add up to Q",
            sum,
            fit.heterogeneity.q,
            1e-12,
        );
    }
}

/// The shared grid and the subtraction change nothing: every omission equals its own fit, groups too, all estimators.
#[test]
fn leaving_out_is_fitting_the_others() {
    for seed in 0..60 {
        let mut rng = stream(17, seed);
        let k = 4 + below(&mut rng, 12);
        let all: Vec<Effect> = (0..k)
            .map(|_| {
                let variance = 10f64.powf(between(&mut rng, -4.0, 0.5));
                let z = between(&mut rng, -3.0, 3.0) * (variance + 0.01).sqrt();
                Effect::from_fisher_z(z, variance).unwrap()
            })
            .collect();
        let groups: Vec<Vec<usize>> = vec![vec![0], vec![k - 1], vec![1, 2], vec![k - 2, 0]];
        for estimator in [
            Estimator::Reml,
            Estimator::Ml,
            Estimator::PauleMandel,
            Estimator::DerSimonianLaird,
        ] {
            for test in [Test::Normal, Test::KnappHartung, Test::AdHoc] {
                let ours = leave_groups_out(&all, &groups, estimator, test, LEVEL).unwrap();
                for (group, ours) in groups.iter().zip(ours) {
                    let rest = others(&all, group);
                    let fit = TwoLevel::fit(
                        &rest,
                        &Design::intercept(rest.len()),
                        estimator,
                        test,
                        LEVEL,
                    )
                    .unwrap();
                    let ours = ours.unwrap();
                    let label = format!("seed {seed} without {group:?} {estimator:?} {test:?}");
                    close(&label, ours.tau_squared, fit.tau_squared, 1e-9);
                    close(&label, ours.pooled.estimate, fit.pooled().estimate, 1e-9);
                    close(&label, ours.pooled.std_error, fit.pooled().std_error, 1e-9);
                    close(&label, ours.q, fit.heterogeneity.q, 1e-9);
                    close(&label, ours.i_squared, fit.heterogeneity.i_squared, 1e-8);
                }
            }
        }
    }
}

#[test]
fn threads_change_no_byte() {
    let data = Dataset::read("mcdaniel1994");
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| leave_one_out(&data.effects, Estimator::Reml, Test::AdHoc, LEVEL).unwrap())
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn what_an_omission_makes_impossible_is_said_for_that_omission_alone() {
    let all = effects(&[0.2, 0.2, 0.5], &[0.01, 0.02, 0.03]);
    let ours = leave_one_out(&all, Estimator::Reml, Test::KnappHartung, LEVEL).unwrap();
    assert!(ours[0].is_ok() && ours[1].is_ok());
    assert_eq!(ours[2], Err(Undefined::EqualEffects));
    let groups = [vec![0, 1], vec![2]];
    let ours = leave_groups_out(&all, &groups, Estimator::Reml, Test::Normal, LEVEL).unwrap();
    assert_eq!(ours[0], Err(Undefined::OneStudy));
    assert!(ours[1].is_ok());
    assert!(leave_one_out(&all[..2], Estimator::Reml, Test::Normal, LEVEL).is_err());
    assert!(leave_groups_out(&all, &[[7]], Estimator::Reml, Test::Normal, LEVEL).is_err());
}
