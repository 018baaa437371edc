//! Cases in which other programs print a wrong number, each with what is right.

use alliance::stats::Undefined;
use alliance::stats::attenuation::Reliability;
use alliance::stats::interval::Level;
use alliance::stats::meta::bias::egger::{mixed, peese, pet, weighted};
use alliance::stats::meta::bias::failsafe::rosenthal;
use alliance::stats::meta::bias::rank::begg;
use alliance::stats::meta::bias::trim_fill::{Count, trim_and_fill};
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::{Effect, ReliabilityEstimate};
use alliance::stats::meta::tau_squared::{Estimator, QProfile, q_profile, tau_squared};
use alliance::stats::meta::two_level::{Test, TwoLevel};
use alliance::stats::numeric::distribution::{chi_squared_sf, student_t_two_sided_p};

use super::dataset::*;

const LEVEL: Level = Level::NINETY_FIVE;

fn fit(effects: &[Effect], estimator: Estimator, test: Test) -> Result<TwoLevel, Undefined> {
    TwoLevel::fit(
        effects,
        &Design::intercept(effects.len()),
        estimator,
        test,
        LEVEL,
    )
}

fn restricted(effects: &[Effect], tau_squared: f64) -> f64 {
    TwoLevel::fit_at(
        effects,
        &Design::intercept(effects.len()),
        tau_squared,
        Test::Normal,
        LEVEL,
    )
    .unwrap()
    .restricted_log_likelihood
}

/// Effects and variances of one of the hard cases.
fn hard_case(id: &str) -> Vec<Effect> {
    let mut reader = csv::Reader::from_path(path("reml_hard_cases.csv")).unwrap();
    let row = reader
        .records()
        .map(Result::unwrap)
        .find(|row| &row[0] == id)
        .unwrap();
    let list = |i: usize| -> Vec<f64> { row[i].split(' ').map(|x| x.parse().unwrap()).collect() };
    effects(&list(7), &list(8))
}

/// A stop at an absolute change of 1e-5 leaves the sixth digit to chance; ours has no slope left.
#[test]
fn the_search_stops_where_the_likelihood_is_flat_and_not_where_steps_are_small() {
    let data = Dataset::read("cohen1981");
    let found = fit(&data.effects, Estimator::Reml, Test::Normal)
        .unwrap()
        .tau_squared;
    let curvature = 0.01 * found;
    let (low, at, high) = (
        restricted(&data.effects, found - curvature),
        restricted(&data.effects, found),
        restricted(&data.effects, found + curvature),
    );
    // The vertex of the parabola through three points lies at the estimate, up to the skewness.
    let vertex = 0.5 * curvature * (high - low) / (2.0 * at - low - high);
    assert!(at > low && at > high && vertex.abs() < 1e-2 * curvature);
}

#[test]
fn with_small_variances_the_boundary_is_exactly_zero() {
    let effects = hard_case("49");
    let found = tau_squared(&effects, &Design::intercept(6), Estimator::Reml).unwrap();
    assert!(found.estimate == 0.0 && found.certificate.at_boundary);
    // metafor reports 1.4e-6, which is worse by 0.0012 log units.
    assert!(restricted(&effects, 0.0) - restricted(&effects, 1.40325947039132e-06) > 0.0012);
}

#[test]
fn a_positive_optimum_is_found_though_zero_is_a_local_one() {
    let effects = hard_case("44");
    let found = tau_squared(&effects, &Design::intercept(7), Estimator::Reml).unwrap();
    assert!((found.estimate - 0.0706807).abs() < 1e-7 && !found.certificate.at_boundary);
    assert_eq!(found.certificate.competing_optimum, Some(0.0));
    assert!(restricted(&effects, found.estimate) - restricted(&effects, 0.0) > 0.96);
    // 0 is a local optimum indeed.
    assert!(restricted(&effects, 0.0) > restricted(&effects, 1e-6));
}

#[test]
fn the_search_cannot_fail_to_converge() {
    // Case 2915 makes Fisher scoring jump between two optima.
    let effects = hard_case("2915");
    let found = tau_squared(&effects, &Design::intercept(8), Estimator::Reml).unwrap();
    let other = found.certificate.competing_optimum.unwrap();
    assert!(restricted(&effects, found.estimate) > restricted(&effects, other));
}

#[test]
fn one_study_is_not_pooled() {
    let one = effects(&[0.3], &[0.01]);
    for test in [Test::AdHoc, Test::KnappHartung, Test::Normal] {
        assert_eq!(fit(&one, Estimator::Reml, test), Err(Undefined::OneStudy));
    }
    assert_eq!(
        Undefined::OneStudy.to_string(),
        "one study cannot be pooled"
    );
    assert!(fit(&[], Estimator::Reml, Test::Normal).is_err());
}

/// r_z .1 and .5: t with one degree of freedom reaches from −2.24 to 2.84, the normal interval from −.10 to .70.
#[test]
fn two_studies_have_one_degree_of_freedom() {
    let two = effects(&[0.1, 0.5], &[0.04, 0.04]);
    let found = fit(&two, Estimator::Reml, Test::KnappHartung).unwrap();
    let pooled = found.pooled();
    assert_eq!(pooled.df, Some(1.0));
    // SE = |z₁ − z₂|/2; the 97.5 % point of Cauchy is 12.706
    close("SE", pooled.std_error, 0.2, 1e-12);
    close(
        "low",
        pooled.interval.low(),
        0.3 - 12.706204736174694 * 0.2,
        1e-11,
    );
    let normal = fit(&two, Estimator::Reml, Test::Normal).unwrap();
    assert!(normal.pooled().interval.low() > -0.11 && normal.pooled().interval.high() < 0.71);
}

#[test]
fn nearly_equal_effects_do_not_make_a_tiny_interval() {
    let near = effects(&[0.3, 0.3005, 0.301, 0.302], &[0.02, 0.03, 0.02, 0.025]);
    let plain = fit(&near, Estimator::Reml, Test::KnappHartung).unwrap();
    let floored = fit(&near, Estimator::Reml, Test::AdHoc).unwrap();
    let normal = fit(&near, Estimator::Reml, Test::Normal).unwrap();
    assert!(
        plain.residual_scale < 1e-3 && plain.pooled().std_error < 0.01 * floored.pooled().std_error
    );
    assert!(floored.floored && !plain.floored);
    assert_eq!(floored.pooled().std_error, normal.pooled().std_error);
    assert!(floored.pooled().interval.low() < 0.1);
}

#[test]
fn equal_effects_never_give_a_standard_error_or_a_p_of_zero() {
    for z in [0.3, 0.1, -0.7, 0.0, 1e-9] {
        let same = effects(&[z; 5], &[0.02, 0.03, 0.021, 0.025, 0.04]);
        assert_eq!(
            fit(&same, Estimator::Reml, Test::KnappHartung),
            Err(Undefined::EqualEffects)
        );
        for test in [Test::AdHoc, Test::Normal] {
            for estimator in [
                Estimator::Reml,
                Estimator::Ml,
                Estimator::DerSimonianLaird,
                Estimator::PauleMandel,
                Estimator::Hedges,
                Estimator::HunterSchmidt,
                Estimator::SidikJonkman,
                Estimator::None,
            ] {
                let found = fit(&same, estimator, test).unwrap();
                assert_eq!(found.tau_squared, 0.0);
                assert_eq!((found.heterogeneity.q, found.heterogeneity.p), (0.0, 1.0));
                assert_eq!(found.pooled().estimate, z);
                assert!(found.pooled().std_error > 0.05 && found.pooled().p > 0.0);
                assert_eq!(found.heterogeneity.i_squared, 0.0);
            }
        }
    }
}

#[test]
fn a_huge_effect_has_a_positive_p() {
    let sure = effects(&[3.0, 3.1, 3.05], &[1e-6, 1e-6, 1e-6]);
    for test in [Test::Normal, Test::AdHoc] {
        let found = fit(&sure, Estimator::None, test).unwrap();
        assert!(found.pooled().p > 0.0 && found.heterogeneity.p > 0.0);
    }
}

#[test]
fn effects_closer_than_sampling_error_have_no_q_profile_interval() {
    let near = effects(&[0.3, 0.301, 0.302, 0.299], &[0.02, 0.03, 0.02, 0.025]);
    assert_eq!(
        q_profile(&near, &Design::intercept(4), LEVEL),
        Ok(QProfile::NullSet)
    );
}

/// Four effects far apart: metafor stores 353.12, ten times the estimate, as the upper limit.
#[test]
fn the_upper_limit_of_q_profile_is_never_the_end_of_a_search() {
    let (z, v) = ([-5.0, 0.0, 4.0, 9.0], [0.01, 0.02, 0.015, 0.03]);
    let far = effects(&z, &v);
    let QProfile::Interval { tau_squared, .. } =
        q_profile(&far, &Design::intercept(4), LEVEL).unwrap()
    else {
        panic!("an interval");
    };
    let q = |t: f64| {
        let w = v.map(|v| 1.0 / (v + t));
        let mean = (0..4).map(|i| w[i] * z[i]).sum::<f64>() / w.iter().sum::<f64>();
        (0..4).map(|i| w[i] * (z[i] - mean).powi(2)).sum::<f64>()
    };
    assert!(tau_squared.high() > 353.2, "{}", tau_squared.high());
    close(
        "upper tail",
        chi_squared_sf(q(tau_squared.high()), 3.0),
        0.975,
        1e-12,
    );
    close(
        "lower tail",
        chi_squared_sf(q(tau_squared.low()), 3.0),
        0.025,
        1e-12,
    );
}

#[test]
fn variances_of_zero_and_below_are_refused() {
    for variance in [0.0, -0.01, f64::NAN, f64::INFINITY] {
        assert!(Effect::from_fisher_z(0.3, variance).is_err());
    }
}

/// Variances in the ratio of 1 to 1e9: one study is all there is, and every number is still a number.
#[test]
fn one_study_of_overwhelming_precision_is_seen_in_its_weight() {
    let lopsided = effects(&[0.2, 0.5, -0.1, 0.4], &[1e-9, 1.0, 1.0, 0.5]);
    let common = fit(&lopsided, Estimator::None, Test::Normal).unwrap();
    assert!((common.pooled().estimate - 0.2).abs() < 1e-8);
    let found = alliance::stats::meta::influence::influence(
        &lopsided,
        Estimator::None,
        Test::Normal,
        LEVEL,
    )
    .unwrap();
    assert!(found[0].unwrap().hat > 0.999_999_99);
    let random = fit(&lopsided, Estimator::Reml, Test::AdHoc).unwrap();
    let numbers = [
        random.pooled().estimate,
        random.pooled().std_error,
        random.tau_squared,
        random.heterogeneity.i_squared,
    ];
    assert!(numbers.iter().all(|x| x.is_finite()));
}

/// Weights of 1e12 against 1: traces that subtract them keep no digit. Values from exact fractions.
#[test]
fn overwhelming_precision_costs_no_digits() {
    let lopsided = effects(&[0.2, 5.0, -1.0, 0.4], &[1e-12, 1.0, 1.0, 0.5]);
    let found = fit(&lopsided, Estimator::DerSimonianLaird, Test::Normal).unwrap();
    close("tau", found.tau_squared, 2.695000000005411, 1e-12);
    close(
        "se",
        found.tau_squared_se.unwrap(),
        3.026254130525885,
        1e-12,
    );
}

/// tanh of the mean is not the mean of tanh.
#[test]
fn the_mean_correlation_is_below_tanh_of_the_mean() {
    let data = Dataset::read("relationship_studies");
    let found = fit(&data.effects, Estimator::Reml, Test::AdHoc).unwrap();
    let (tanh, integral) = (found.pooled_r(), found.mean_correlation().unwrap());
    assert!(integral.estimate < tanh && integral.estimate > 0.9 * tanh);
    assert!(integral.interval.contains(integral.estimate));
    // Without heterogeneity they are the same to the last bit.
    let none = fit(&data.effects, Estimator::None, Test::Normal).unwrap();
    assert_eq!(none.mean_correlation().unwrap().estimate, none.pooled_r());
}

#[test]
fn tests_of_asymmetry_say_how_many_studies_they_need() {
    let two = effects(&[0.1, 0.5], &[0.04, 0.02]);
    let few = Undefined::TooFewStudies {
        found: 2,
        needed: 3,
    };
    assert_eq!(
        few.to_string(),
        "there are 2 studies and the method needs at least 3 studies"
    );
    assert_eq!(mixed(&two, LEVEL), Err(few));
    assert_eq!(weighted(&two, LEVEL), Err(few));
    assert_eq!(pet(&two, LEVEL).err(), Some(few));
    assert_eq!(peese(&two, LEVEL).err(), Some(few));
    assert_eq!(begg(&two), Err(few));
    assert_eq!(rosenthal(&two, 0.05), Err(few));
    for count in [Count::L0, Count::R0] {
        assert_eq!(
            trim_and_fill(&two, count, Estimator::Reml, Test::Normal, LEVEL).err(),
            Some(few)
        );
    }
    let same = effects(&[0.1, 0.5, 0.3], &[0.04; 3]);
    assert_eq!(mixed(&same, LEVEL), Err(Undefined::Collinear));
    assert!(matches!(begg(&same), Err(Undefined::NoVariation { .. })));
}

#[test]
fn a_correction_beyond_one_is_refused_and_never_capped() {
    let low = ReliabilityEstimate {
        reliability: Reliability::new(0.5).unwrap(),
        std_error: Some(0.05),
    };
    let refused = Effect::corrected_for_attenuation(0.6, 50, [low, low]);
    assert_eq!(
        refused,
        Err(Undefined::ImpossibleAfterCorrection { value: 0.6 / 0.5 })
    );
    // Uncertain reliabilities widen, they do not move.
    let known = ReliabilityEstimate {
        std_error: None,
        ..low
    };
    let (a, b) = (
        Effect::corrected_for_attenuation(0.3, 50, [low, low]).unwrap(),
        Effect::corrected_for_attenuation(0.3, 50, [known, known]).unwrap(),
    );
    assert!(a.z() == b.z() && a.variance() > b.variance());
}

/// Knapp–Hartung and the ad hoc floor part company exactly at q = 1.
#[test]
fn the_floor_acts_exactly_when_q_is_below_one() {
    for data in Dataset::all() {
        for tau in [0.0, 0.01, 0.5] {
            let at = |test| {
                TwoLevel::fit_at(&data.effects, &data.intercept(), tau, test, LEVEL).unwrap()
            };
            let (plain, adhoc, normal) =
                (at(Test::KnappHartung), at(Test::AdHoc), at(Test::Normal));
            assert_eq!(adhoc.floored, plain.residual_scale < 1.0);
            let expected = if adhoc.floored { &normal } else { &plain };
            assert_eq!(adhoc.pooled().std_error, expected.pooled().std_error);
            let t = adhoc.pooled().statistic;
            close(
                "p",
                adhoc.pooled().p,
                student_t_two_sided_p(t, data.effects.len() as f64 - 1.0),
                1e-12,
            );
        }
    }
}

/// Whatever comes in, what comes out is finite, and no p is 0.
#[test]
fn no_result_is_ever_nan_infinite_or_p_zero() {
    use alliance::stats::meta::influence::{baujat, influence, leave_one_out};
    use alliance::stats::numeric::random::{below, stream};
    let estimators = [
        Estimator::Reml,
        Estimator::Ml,
        Estimator::DerSimonianLaird,
        Estimator::PauleMandel,
        Estimator::Hedges,
        Estimator::HunterSchmidt,
        Estimator::SidikJonkman,
        Estimator::None,
    ];
    let tests = [Test::AdHoc, Test::KnappHartung, Test::Normal];
    let (mut fitted, mut refused) = (0, 0);
    for seed in 0..600 {
        let mut rng = stream(99, seed);
        let k = 2 + below(&mut rng, 7);
        let reach = [1.0, 6.0, 20.0][below(&mut rng, 3)];
        let repeated = below(&mut rng, 4) == 0;
        let all: Vec<Effect> = (0..k)
            .map(|_| {
                let v = 10f64.powf(between(&mut rng, -reach, 0.3 * reach));
                let z = if repeated {
                    0.3
                } else {
                    between(&mut rng, -reach, reach)
                };
                Effect::from_fisher_z(z, v).unwrap()
            })
            .collect();
        let rows: Vec<[f64; 2]> = (0..k).map(|i| [1.0, (i % 2) as f64]).collect();
        let designs = [Design::intercept(k), Design::new(&rows).unwrap()];
        for (design, estimator) in designs.iter().flat_map(|d| estimators.map(|e| (d, e))) {
            for test in tests {
                let fit = match TwoLevel::fit(&all, design, estimator, test, LEVEL) {
                    Ok(fit) => fit,
                    Err(Undefined::EqualEffects | Undefined::TooFewStudies { .. }) => continue,
                    Err(reason) => {
                        // Variances in the ratio of 1 to 1e20 leave no digits to a meta-regression; pooling alone goes on.
                        assert!(
                            !design.is_intercept() && reach == 20.0,
                            "seed {seed} {estimator:?} {test:?} {reason}"
                        );
                        refused += 1;
                        continue;
                    }
                };
                fitted += 1;
                let mut numbers = vec![
                    fit.tau_squared,
                    fit.tau_squared_se.unwrap_or(0.0),
                    fit.residual_scale,
                    fit.log_likelihood,
                    fit.restricted_log_likelihood,
                    fit.certificate.objective,
                    fit.heterogeneity.q,
                    fit.heterogeneity.i_squared,
                    fit.heterogeneity.h_squared,
                ];
                let mut p = vec![fit.heterogeneity.p];
                for c in &fit.coefficients {
                    numbers.extend([
                        c.estimate,
                        c.std_error,
                        c.statistic,
                        c.interval.low(),
                        c.interval.high(),
                    ]);
                    p.push(c.p);
                    assert!(c.std_error > 0.0);
                }
                if let Some(m) = fit.moderation {
                    numbers.extend([m.statistic, m.r_squared.unwrap()]);
                    p.push(m.p);
                }
                if let Ok(found) = fit.mean_correlation() {
                    numbers.push(found.estimate);
                }
                assert!(
                    numbers.iter().all(|x| x.is_finite()),
                    "seed {seed} {estimator:?} {test:?} {numbers:?}"
                );
                assert!(
                    p.iter().all(|&p| p > 0.0 && p <= 1.0),
                    "seed {seed} {estimator:?} {test:?} {p:?}"
                );
            }
        }
        for test in tests {
            for left in leave_one_out(&all, Estimator::Reml, test, LEVEL)
                .into_iter()
                .flatten()
                .flatten()
            {
                let c = left.pooled;
                assert!(
                    left.tau_squared.is_finite()
                        && c.std_error > 0.0
                        && c.p > 0.0
                        && left.i_squared.is_finite()
                );
            }
            for found in influence(&all, Estimator::Reml, test, LEVEL)
                .into_iter()
                .flatten()
                .flatten()
            {
                let numbers = [
                    found.rstudent,
                    found.dffits,
                    found.cook,
                    found.cov_r,
                    found.hat,
                ];
                assert!(
                    numbers.iter().all(|x| x.is_finite()),
                    "seed {seed} {found:?}"
                );
            }
        }
        for point in baujat(&all).into_iter().flatten() {
            assert!(point.heterogeneity.is_finite() && point.influence.is_finite());
        }
        for asymmetry in [mixed(&all, LEVEL), weighted(&all, LEVEL)]
            .into_iter()
            .flatten()
        {
            assert!(asymmetry.slope.p > 0.0 && asymmetry.limit.std_error > 0.0);
        }
        if let Ok(test) = begg(&all) {
            assert!(test.p > 0.0 && test.p <= 1.0 && test.tau.abs() <= 1.0 + 1e-12);
        }
        for count in [Count::L0, Count::R0] {
            if let Ok(found) = trim_and_fill(&all, count, Estimator::Reml, Test::Normal, LEVEL) {
                assert!(found.fit.pooled().estimate.is_finite() && found.filled.len() < k);
            }
        }
    }
    assert!(fitted > 100 * refused, "{fitted} {refused}");
}
