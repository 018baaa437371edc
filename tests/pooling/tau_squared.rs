//! τ²: the hard cases, Q-profile, closed forms, and a search that is checked by brute force.

use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::tau_squared::{Estimator, QProfile, q_profile, tau_squared};
use alliance::stats::meta::two_level::{Test, TwoLevel};
use alliance::stats::numeric::random::{Stream, below, stream};

use super::dataset::*;

fn restricted(effects: &[Effect], tau_squared: f64) -> f64 {
    let design = Design::intercept(effects.len());
    TwoLevel::fit_at(
        effects,
        &design,
        tau_squared,
        Test::Normal,
        Level::NINETY_FIVE,
    )
    .unwrap()
    .restricted_log_likelihood
}

/// The 60 problems on which Fisher scoring stops in the wrong place.
#[test]
fn all_sixty_hard_cases_end_at_the_global_optimum() {
    let mut reader = csv::Reader::from_path(path("reml_hard_cases.csv")).unwrap();
    let mut solved = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let list =
            |i: usize| -> Vec<f64> { row[i].split(' ').map(|x| x.parse().unwrap()).collect() };
        let effects = effects(&list(7), &list(8));
        let design = Design::intercept(effects.len());
        let found = tau_squared(&effects, &design, Estimator::Reml).unwrap();
        let best: f64 = row[3].parse().unwrap();
        if best == 0.0 {
            assert_eq!(found.estimate, 0.0, "case {}", &row[0]);
            assert!(found.certificate.at_boundary);
        } else {
            close(&row[0], found.estimate, best, VARIANCE);
        }
        assert!(restricted(&effects, found.estimate) >= restricted(&effects, best) - 1e-13);
        // metafor's stop is worse by the gap the table states.
        if let Ok(theirs) = row[2].parse::<f64>() {
            let gap = restricted(&effects, found.estimate) - restricted(&effects, theirs);
            let stated: f64 = row[4].parse().unwrap();
            assert!(
                (gap - stated).abs() < 1e-8 + 1e-6 * stated,
                "case {}: {gap} {stated}",
                &row[0]
            );
        }
        solved += 1;
    }
    assert_eq!(solved, 60);
}

/// Effects with variances over several powers of ten, where likelihoods have several optima.
fn rugged(rng: &mut Stream) -> Vec<Effect> {
    let k = 3 + below(rng, 6);
    (0..k)
        .map(|_| {
            let variance = 10f64.powf(between(rng, -4.0, 0.0));
            let z =
                between(rng, -3.0, 3.0) * (variance + 0.02 * f64::from(below(rng, 2) as u8)).sqrt();
            Effect::from_fisher_z(z, variance).unwrap()
        })
        .collect()
}

/// No point of a fine grid beats the search, for either likelihood; and the competing optimum is a second, lower one.
#[test]
fn nothing_on_a_fine_grid_is_better_than_the_search() {
    let (mut two, mut zero) = (0, 0);
    for seed in 0..400 {
        let effects = rugged(&mut stream(3, seed));
        let design = Design::intercept(effects.len());
        for estimator in [Estimator::Reml, Estimator::Ml] {
            let value = |t: f64| {
                let fit = TwoLevel::fit_at(&effects, &design, t, Test::Normal, Level::NINETY_FIVE)
                    .unwrap();
                if estimator == Estimator::Reml {
                    fit.restricted_log_likelihood
                } else {
                    fit.log_likelihood
                }
            };
            let found = tau_squared(&effects, &design, estimator).unwrap();
            let best = value(found.estimate);
            assert!((best - found.certificate.objective).abs() < 1e-10);
            for i in 0..600 {
                let t = 1e-7 * 10f64.powf(i as f64 * 0.015);
                assert!(value(t) <= best + 1e-10, "seed {seed} at {t}");
            }
            assert!(value(0.0) <= best + 1e-10, "seed {seed} at 0");
            zero += usize::from(found.certificate.at_boundary);
            if let Some(other) = found.certificate.competing_optimum {
                two += 1;
                assert!(other != found.estimate && value(other) <= best + 1e-10);
                if other > 0.0 {
                    let near = value(other);
                    assert!(
                        near >= value(other * 1.001) && near >= value(other * 0.999),
                        "seed {seed}"
                    );
                }
            }
        }
    }
    assert!(
        two > 5 && zero > 100,
        "the problems are too easy: {two} {zero}"
    );
}

#[test]
fn q_profile_agrees_with_metafor_and_its_limits_are_roots() {
    for data in Dataset::all() {
        let profile = q_profile(&data.effects, &data.intercept(), Level::NINETY_FIVE).unwrap();
        let QProfile::Interval {
            tau_squared,
            i_squared,
            h_squared,
        } = profile
        else {
            panic!("{} has an interval", data.name);
        };
        for (ours, key) in [(tau_squared, "tau2"), (i_squared, "i2"), (h_squared, "h2")] {
            let theirs = numbers(&data.expected["tau2_profile_ci"][key]);
            close(data.name, ours.low(), theirs[0], VARIANCE);
            close(data.name, ours.high(), theirs[1], VARIANCE);
        }
        let q = |t: f64| {
            let fit = TwoLevel::fit_at(
                &data.effects,
                &data.intercept(),
                t,
                Test::Normal,
                Level::NINETY_FIVE,
            );
            let fit = fit.unwrap();
            fit.residual_scale * fit.heterogeneity.df
        };
        use alliance::stats::numeric::distribution::chi_squared_sf;
        let df = data.effects.len() as f64 - 1.0;
        close(
            "high",
            chi_squared_sf(q(tau_squared.high()), df),
            0.975,
            1e-11,
        );
        if tau_squared.low() > 0.0 {
            close(
                "low",
                chi_squared_sf(q(tau_squared.low()), df),
                0.025,
                1e-11,
            );
        } else {
            assert!(chi_squared_sf(q(0.0), df) > 0.025);
        }
    }
}

#[test]
fn paule_mandel_and_empirical_bayes_are_the_same_and_solve_their_equation() {
    for data in Dataset::all() {
        let of = |estimator| tau_squared(&data.effects, &data.intercept(), estimator).unwrap();
        let (pm, eb) = (of(Estimator::PauleMandel), of(Estimator::EmpiricalBayes));
        assert_eq!(pm.estimate, eb.estimate);
        let scale = |t: f64| {
            TwoLevel::fit_at(
                &data.effects,
                &data.intercept(),
                t,
                Test::Normal,
                Level::NINETY_FIVE,
            )
            .unwrap()
            .residual_scale
        };
        // Q = df at the root; metafor's own root is further off.
        close(data.name, scale(pm.estimate), 1.0, 1e-12);
        let theirs = number(&data.expected["random_effects"]["PM"]["z"]["tau2"]);
        assert!((scale(theirs) - 1.0).abs() > (scale(pm.estimate) - 1.0).abs());
        close(data.name, pm.estimate, theirs, 1e-3);
    }
}

#[test]
fn moment_estimators_are_their_closed_forms() {
    for data in Dataset::all() {
        let (mut w, mut ww, mut wz) = (0.0, 0.0, 0.0);
        for e in &data.effects {
            let weight = 1.0 / e.variance();
            w += weight;
            ww += weight * weight;
            wz += weight * e.z();
        }
        let k = data.effects.len() as f64;
        let (mut q, mut mean) = (0.0, 0.0);
        for e in &data.effects {
            q += (e.z() - wz / w).powi(2) / e.variance();
            mean += e.z() / k;
        }
        let of = |estimator| {
            tau_squared(&data.effects, &data.intercept(), estimator)
                .unwrap()
                .estimate
        };
        close(
            "DL",
            of(Estimator::DerSimonianLaird),
            ((q - (k - 1.0)) / (w - ww / w)).max(0.0),
            1e-11,
        );
        close(
            "HS",
            of(Estimator::HunterSchmidt),
            ((q - k) / w).max(0.0),
            1e-11,
        );
        let squares: f64 = data.effects.iter().map(|e| (e.z() - mean).powi(2)).sum();
        let typical: f64 = data.effects.iter().map(|e| e.variance()).sum::<f64>() / k;
        close(
            "HE",
            of(Estimator::Hedges),
            (squares / (k - 1.0) - typical).max(0.0),
            1e-11,
        );
    }
}

/// With equal variances all unbiased estimators are the variance of the effects minus the sampling variance.
#[test]
fn with_equal_variances_the_estimators_meet() {
    let z = [0.11, 0.52, -0.2, 0.34, 0.71, 0.05];
    let mean = z.iter().sum::<f64>() / 6.0;
    let squares: f64 = z.iter().map(|z| (z - mean).powi(2)).sum();
    let effects = effects(&z, &[0.02; 6]);
    let of = |estimator| {
        tau_squared(&effects, &Design::intercept(6), estimator)
            .unwrap()
            .estimate
    };
    for estimator in [
        Estimator::Reml,
        Estimator::DerSimonianLaird,
        Estimator::PauleMandel,
        Estimator::EmpiricalBayes,
        Estimator::Hedges,
    ] {
        close(
            &format!("{estimator:?}"),
            of(estimator),
            squares / 5.0 - 0.02,
            1e-13,
        );
    }
    close("ML", of(Estimator::Ml), squares / 6.0 - 0.02, 1e-13);
}

#[test]
fn a_design_of_ones_is_the_intercept() {
    let data = Dataset::read("molloy2014");
    let design = Design::new(&vec![[1.0]; data.effects.len()]).unwrap();
    let a = TwoLevel::fit(
        &data.effects,
        &design,
        Estimator::Reml,
        Test::AdHoc,
        Level::NINETY_FIVE,
    )
    .unwrap();
    let b = TwoLevel::fit(
        &data.effects,
        &data.intercept(),
        Estimator::Reml,
        Test::AdHoc,
        Level::NINETY_FIVE,
    )
    .unwrap();
    close("tau", a.tau_squared, b.tau_squared, 1e-13);
    close(
        "se",
        a.tau_squared_se.unwrap(),
        b.tau_squared_se.unwrap(),
        1e-13,
    );
    assert_eq!(a.moderation, None);
}
