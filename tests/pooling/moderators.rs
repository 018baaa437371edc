//! Meta-regression against metafor; differences, equivalence and permutation against hand counts.

use alliance::stats::equivalence::Bound;
use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::moderators::{difference, equivalence};
use alliance::stats::meta::permutation::permutation_test;
use alliance::stats::meta::tau_squared::Estimator;
use alliance::stats::meta::two_level::{Coefficient, Test, TwoLevel};
use alliance::stats::numeric::distribution::{normal_sf, student_t_sf};

use super::dataset::*;
use super::two_level::TESTS;

const LEVEL: Level = Level::NINETY_FIVE;

#[test]
fn every_meta_regression_agrees_with_metafor() {
    let mut compared = 0;
    for data in Dataset::all() {
        let Some(moderators) = data.expected["moderators"].as_object() else {
            continue;
        };
        for (moderator, tests) in moderators {
            let (effects, values) = data.with(moderator);
            for (key, expected) in tests.as_object().unwrap() {
                let label = format!("{} {moderator} {key}", data.name);
                let n = |key: &str| number(&expected[key]);
                let categorical = expected["terms"][1].as_str().unwrap().starts_with("factor");
                let (design, _) = design(&values, categorical);
                let test = TESTS.iter().find(|t| t.0 == key).unwrap().1;
                let fit = TwoLevel::fit(&effects, &design, Estimator::Reml, test, LEVEL).unwrap();
                assert_eq!(fit.k as f64, n("k"), "{label}");
                close_tau(&label, &effects, &design, fit.tau_squared, n("tau2"));
                for (j, ours) in fit.coefficients.iter().enumerate() {
                    close(
                        &label,
                        ours.estimate,
                        number(&expected["coef"][j]),
                        ESTIMATE,
                    );
                    close(&label, ours.std_error, number(&expected["se"][j]), ESTIMATE);
                    close_p(&label, ours.p, number(&expected["p"][j]));
                }
                assert_eq!(
                    fit.coefficients.len(),
                    expected["coef"].as_array().unwrap().len()
                );
                let omnibus = fit.moderation.unwrap();
                close(&label, omnibus.statistic, n("qm"), ESTIMATE);
                assert_eq!(omnibus.df, number(&expected["qm_df"][0]), "{label}");
                assert_eq!(
                    omnibus.df_residual,
                    expected["qm_df"][1].as_f64(),
                    "{label}"
                );
                close_p(&label, omnibus.p, n("qm_p"));
                close(&label, fit.heterogeneity.q, n("qe"), ESTIMATE);
                close(&label, omnibus.r_squared.unwrap(), n("r2"), VARIANCE);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 20);
}

/// R² of a common effect is the adjusted R² of `lm(z ~ year, weights = 1/v)`, worked from the two sums of squares.
#[test]
fn r_squared_of_a_common_effect_is_adjusted_r_squared() {
    let data = Dataset::read("molloy2014");
    let (effects, values) = data.with("quality");
    let (design, _) = design(&values, false);
    let fit = TwoLevel::fit(&effects, &design, Estimator::None, Test::Normal, LEVEL).unwrap();
    let whole = TwoLevel::fit(
        &effects,
        &data.intercept(),
        Estimator::None,
        Test::Normal,
        LEVEL,
    )
    .unwrap();
    let ratio = fit.heterogeneity.q / whole.heterogeneity.q;
    let expected = 100.0 * (1.0 - ratio * 15.0 / 14.0);
    close(
        "R²",
        fit.moderation.unwrap().r_squared.unwrap(),
        expected.max(0.0),
        1e-12,
    );
}

fn pooled(z: &[f64], v: &[f64], test: Test) -> Coefficient {
    *TwoLevel::fit(
        &effects(z, v),
        &Design::intercept(z.len()),
        Estimator::Reml,
        test,
        LEVEL,
    )
    .unwrap()
    .pooled()
}

#[test]
fn the_difference_of_subgroups_uses_the_df_of_both() {
    let v = [0.01, 0.02, 0.015];
    let first = pooled(&[0.5, 0.2, 0.9], &v, Test::AdHoc);
    let second = pooled(
        &[0.1, 0.0, 0.3, -0.4],
        &[0.01, 0.02, 0.03, 0.04],
        Test::AdHoc,
    );
    let found = difference(&first, &second, LEVEL).unwrap();
    let (a, b) = (first.std_error.powi(2), second.std_error.powi(2));
    close("SE", found.std_error, (a + b).sqrt(), 1e-13);
    close(
        "df",
        found.df.unwrap(),
        (a + b).powi(2) / (a * a / 2.0 + b * b / 3.0),
        1e-12,
    );
    close(
        "p",
        found.p,
        2.0 * student_t_sf(found.statistic.abs(), found.df.unwrap()),
        1e-12,
    );
    // Two normal tests stay normal; one of each kind has the df of the t test stretched.
    let normal = pooled(&[0.1, 0.0, 0.3], &v, Test::Normal);
    let both = difference(&normal, &normal, LEVEL).unwrap();
    assert_eq!((both.df, both.estimate, both.p), (None, 0.0, 1.0));
    assert!(difference(&first, &normal, LEVEL).unwrap().df.unwrap() > 2.0);
}

#[test]
fn equivalence_and_its_interval_say_the_same() {
    for (z, bound) in [(0.02, 0.1), (0.06, 0.1), (-0.03, 0.1), (0.0, 0.02)] {
        for test in [Test::Normal, Test::AdHoc] {
            let effect = pooled(&[z, z + 0.01, z - 0.01, z], &[0.002; 4], test);
            let found = equivalence(&effect, Bound::new(bound).unwrap(), Level::NINETY).unwrap();
            assert_eq!(
                found.p() < 0.05,
                found.interval.lies_within(bound),
                "{z} {bound}"
            );
            let upper = (bound - effect.estimate) / effect.std_error;
            let expected = effect
                .df
                .map_or_else(|| normal_sf(upper), |df| student_t_sf(upper, df));
            close("upper", found.p_upper, expected, 1e-12);
        }
    }
}

/// 4 against 3 effects: 35 arrangements, each counted here by hand from its own fit.
#[test]
fn the_exact_permutation_test_tries_every_arrangement_once() {
    let z = [0.1, 0.45, 0.2, 0.31, 0.55, 0.62, 0.28];
    let v = [0.01, 0.02, 0.03, 0.015, 0.012, 0.05, 0.02];
    let all = effects(&z, &v);
    let group = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let design =
        |group: &[f64]| Design::new(&group.iter().map(|&g| [1.0, g]).collect::<Vec<_>>()).unwrap();
    for (test, estimator) in [
        (Test::Normal, Estimator::Reml),
        (Test::KnappHartung, Estimator::DerSimonianLaird),
    ] {
        let statistic = |group: &[f64]| {
            TwoLevel::fit(&all, &design(group), estimator, test, LEVEL)
                .unwrap()
                .moderation
                .unwrap()
                .statistic
        };
        let observed = statistic(&group);
        let mut hits = 0;
        for bits in 0..128_u32 {
            if bits.count_ones() == 3 {
                let arranged: Vec<f64> = (0..7).map(|i| f64::from(bits >> i & 1)).collect();
                hits += usize::from(statistic(&arranged) >= observed * (1.0 - 1e-10));
            }
        }
        let found = permutation_test(&all, &design(&group), estimator, test, 35, 1).unwrap();
        assert!(found.exact);
        assert_eq!((found.permutations, found.hits), (35, hits));
        close("statistic", found.statistic, observed, 1e-12);
        close("p", found.p, hits as f64 / 35.0, 1e-15);
        // One replicate fewer than arrangements: drawn at random, the data as they are counted once more.
        let drawn = permutation_test(&all, &design(&group), estimator, test, 34, 1).unwrap();
        assert!(!drawn.exact && drawn.permutations == 34);
        close("p", drawn.p, (drawn.hits + 1) as f64 / 35.0, 1e-15);
    }
}

#[test]
fn permutations_depend_on_the_seed_and_not_on_the_threads() {
    let data = Dataset::read("molloy2014");
    let (effects, values) = data.with("quality");
    let (design, _) = design(&values, false);
    let run = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            permutation_test(&effects, &design, Estimator::Reml, Test::AdHoc, 400, seed).unwrap()
        })
    };
    assert_eq!(run(1, 5), run(2, 5));
    assert_ne!(run(1, 5).hits, run(1, 6).hits);
    // The normal approximation is not far: p = .42 (z) and .46 (t).
    assert!((run(2, 5).p - 0.44).abs() < 0.12, "{}", run(2, 5).p);
}

#[test]
fn a_strong_moderator_never_gets_p_zero() {
    let rows: Vec<[f64; 2]> = (0..12).map(|i| [1.0, f64::from(i)]).collect();
    let z: Vec<f64> = (0..12).map(|i| 0.05 * f64::from(i)).collect();
    let design = Design::new(&rows).unwrap();
    let found = permutation_test(
        &effects(&z, &[0.0001; 12]),
        &design,
        Estimator::Reml,
        Test::Normal,
        99,
        3,
    )
    .unwrap();
    assert_eq!((found.hits, found.p), (0, 0.01));
}
