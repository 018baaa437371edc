//! Cases in which programs print a number that is none.

use alliance::stats::Undefined;
use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::nested::{NestedEffects, Variances};
use alliance::stats::meta::robust::{Robust, RobustType};
use alliance::stats::meta::three_level::{Component, Likelihood, ThreeLevel, deviance, surface};

use super::three_level_reference::{STUDIES, numbers, reference};

fn effects(z: &[f64], variance: f64) -> Vec<Effect> {
    z.iter()
        .map(|&z| Effect::from_fisher_z(z, variance).unwrap())
        .collect()
}

fn fit(effects: &[Effect], studies: &[usize], design: &Design) -> Result<ThreeLevel, Undefined> {
    ThreeLevel::fit(
        effects,
        studies,
        design,
        Likelihood::Reml,
        Level::NINETY_FIVE,
    )
}

#[test]
fn one_effect_per_study_is_not_split_into_two_variances() {
    // rma.mv reports two equal halves here, without a warning.
    let effects = effects(&[0.1, 0.3, 0.5, 0.2, 0.9], 0.02);
    let refused = fit(&effects, &[1, 2, 3, 4, 5], &Design::intercept(5));
    assert_eq!(refused, Err(Undefined::NoRepeatedStudy { studies: 5 }));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "each of the 5 studies has one effect, so differences between studies cannot be told from differences within them"
    );
    // Proof that there is nothing to tell: any split of a total is equally likely.
    let nested = NestedEffects::new(&effects, &[1, 2, 3, 4, 5], &Design::intercept(5)).unwrap();
    let at = |between_studies, between_effects| {
        deviance(
            &nested,
            Likelihood::Reml,
            Variances {
                between_studies,
                between_effects,
            },
        )
    };
    assert!(
        (at(0.06, 0.0) - at(0.0, 0.06)).abs() < 1e-12
            && (at(0.06, 0.0) - at(0.03, 0.03)).abs() < 1e-12
    );
    // At given variances the model can still be written down; the certificate says what it is worth.
    let half = Variances {
        between_studies: 0.03,
        between_effects: 0.03,
    };
    let written = ThreeLevel::fit_at(
        &effects,
        &[1, 2, 3, 4, 5],
        &Design::intercept(5),
        Likelihood::Reml,
        half,
        Level::NINETY_FIVE,
    )
    .unwrap();
    assert!(!written.certificate.identifiable);
    assert_eq!(
        written.profile_interval(Component::BetweenStudies, Level::NINETY_FIVE),
        Err(Undefined::NoRepeatedStudy { studies: 5 })
    );
}

#[test]
fn a_variance_at_the_boundary_is_exactly_0_and_its_test_says_so() {
    // rma.mv reports 5e-11 for craft2003 and 8e-12 for cohen1981.
    for name in STUDIES {
        let reference = reference(name);
        let fit = fit(
            &reference.effects,
            &reference.studies,
            &reference.design("intercept"),
        )
        .unwrap();
        let test = fit.likelihood_ratio(Component::BetweenStudies).unwrap();
        if ["craft2003", "cohen1981"].contains(&name) {
            assert_eq!(fit.variances.between_studies, 0.0);
            assert!(fit.certificate.at_boundary);
            assert_eq!((test.statistic, test.p), (0.0, 1.0));
            let interval = fit
                .profile_interval(Component::BetweenStudies, Level::NINETY_FIVE)
                .unwrap();
            assert!(interval.low() == 0.0 && interval.high() > 0.0);
            // The log-likelihood is not below the one of rma.mv's own stop.
            let found = numbers(&reference.expected["intercept"]["REML"]["sigma2_metafor"]);
            assert!(found[0] > 0.0 && found[0] < 1e-9);
            let nested = fit.nested();
            let there = Variances {
                between_studies: found[0],
                between_effects: found[1],
            };
            assert!(-2.0 * fit.log_likelihood <= deviance(nested, Likelihood::Reml, there));
        } else {
            // Half of the tail of χ²₁: 2 (41.24078 − 30.88915) and 2 (1.30445 + 1.25298).
            let expected = if name == "crede2010" {
                5.114853
            } else {
                20.703259
            };
            assert!(
                (test.statistic - expected).abs() < 1e-5,
                "{}",
                test.statistic
            );
            let half = alliance::stats::numeric::distribution::normal_sf(test.statistic.sqrt());
            assert!((test.p / half - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn one_study_alone_is_refused_and_beside_others_it_speaks_for_them() {
    let three = effects(&[0.1, 0.3, 0.8], 0.02);
    assert_eq!(
        fit(&three, &[1, 1, 1], &Design::intercept(3)),
        Err(Undefined::NothingBetweenStudies { effects: 3 })
    );

    // One study with three effects beside three single ones: both variances exist, the one between effects from that study.
    let six = effects(&[0.1, 0.7, 0.4, -0.9, 0.5, 1.8], 0.001);
    let fit = fit(&six, &[1, 1, 1, 2, 3, 4], &Design::intercept(6)).unwrap();
    assert!(fit.certificate.identifiable);
    let of_that_study = (0.09 + 0.09) / 2.0 - 0.001;
    assert!(
        (fit.variances.between_effects / of_that_study - 1.0).abs() < 0.2,
        "{:?}",
        fit.variances
    );
    assert!(fit.variances.between_studies > 0.5);
}

#[test]
fn moderators_that_tell_all_studies_apart_leave_nothing_between_them() {
    let six = effects(&[0.1, 0.3, 0.8, 0.2, 0.5, 0.4], 0.02);
    let rows = [
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [1.0, 1.0, 0.0],
        [1.0, 1.0, 0.0],
        [1.0, 0.0, 1.0],
        [1.0, 0.0, 1.0],
    ];
    let design = Design::new(&rows).unwrap();
    assert_eq!(
        fit(&six, &[1, 1, 2, 2, 3, 3], &design),
        Err(Undefined::StudiesExplained)
    );
}

#[test]
fn equal_means_of_all_studies_give_no_robust_error_instead_of_p_0() {
    // clubSandwich prints SE 0 (or rounding of it) and p = 0.
    let equal = effects(&[0.2, 0.4, 0.1, 0.5, 0.3, 0.3], 0.02);
    let nested = NestedEffects::new(&equal, &[1, 1, 2, 2, 3, 3], &Design::intercept(6)).unwrap();
    let variances = Variances {
        between_studies: 0.01,
        between_effects: 0.02,
    };
    for robust_type in [RobustType::Cr0, RobustType::Cr1, RobustType::Cr2] {
        let refused = Robust::fit(&nested, variances, robust_type, Level::NINETY_FIVE);
        assert_eq!(refused.unwrap_err(), Undefined::NoSpreadBetweenClusters);
    }
    // A difference in the sixth digit is evidence again.
    let nearly = effects(&[0.2, 0.4, 0.1, 0.5, 0.3, 0.300001], 0.02);
    let nested = NestedEffects::new(&nearly, &[1, 1, 2, 2, 3, 3], &Design::intercept(6)).unwrap();
    let robust = Robust::fit(&nested, variances, RobustType::Cr2, Level::NINETY_FIVE).unwrap();
    assert!(robust.coefficients[0].unwrap().p > 0.0);
}

#[test]
fn one_cluster_has_no_robust_error() {
    let three = effects(&[0.1, 0.3, 0.8], 0.02);
    let nested = NestedEffects::new(&three, &[4, 4, 4], &Design::intercept(3)).unwrap();
    let variances = Variances {
        between_studies: 0.0,
        between_effects: 0.02,
    };
    let refused = Robust::fit(&nested, variances, RobustType::Cr2, Level::NINETY_FIVE);
    assert_eq!(
        refused.unwrap_err(),
        Undefined::TooFewStudies {
            found: 1,
            needed: 2
        }
    );
}

#[test]
fn fewer_than_four_degrees_of_freedom_are_flagged() {
    let reference = reference("relationship_outcome");
    let fit = fit(
        &reference.effects,
        &reference.studies,
        &reference.design("rater"),
    )
    .unwrap();
    let robust = fit.robust(RobustType::Cr2).unwrap();
    let flags: Vec<bool> = robust
        .coefficients
        .iter()
        .map(|c| c.unwrap().few_df)
        .collect();
    // Degrees of freedom 8.3, 7.6 and 1.6: only one study has therapists' ratings beside others.
    assert_eq!(flags, [false, false, true]);
    assert!(robust.joint_test(&[1, 2]).unwrap().few_df);
    assert!(!robust.joint_test(&[1]).unwrap().few_df);
}

#[test]
fn a_second_optimum_of_real_studies_is_named() {
    // Egger's line in the positive-regard studies, ML: 0 between studies is a local optimum, and not the best one.
    let reference = reference("relationship_outcome");
    let design = reference.design("egger");
    let fit = ThreeLevel::fit(
        &reference.effects,
        &reference.studies,
        &design,
        Likelihood::Ml,
        Level::NINETY_FIVE,
    )
    .unwrap();
    assert_eq!(fit.certificate.competing_optimum, Some(0.0));
    let without = fit.likelihood_ratio(Component::BetweenStudies).unwrap();
    let there = surface(fit.nested(), Likelihood::Ml, without.without).unwrap();
    assert!(there.slope[0] > 0.0 && fit.log_likelihood > without.log_likelihood);
}

#[test]
fn tiny_variances_do_not_stop_the_search_early() {
    // The craft studies in millionths: an absolute stop rule of 1e-5 would accept anything.
    let reference = reference("crede2010");
    let small: Vec<Effect> = reference
        .effects
        .iter()
        .map(|e| Effect::from_fisher_z(1e-4 * e.z(), 1e-8 * e.variance()).unwrap())
        .collect();
    let plain = fit(
        &reference.effects,
        &reference.studies,
        &reference.design("intercept"),
    )
    .unwrap();
    let fit = fit(&small, &reference.studies, &reference.design("intercept")).unwrap();
    assert!(
        (fit.variances.between_effects / plain.variances.between_effects / 1e-8 - 1.0).abs() < 1e-9
    );
}

#[test]
fn equal_effects_are_pooled_with_both_variances_0() {
    let same = effects(&[0.3; 6], 0.02);
    let fit = fit(&same, &[1, 1, 2, 2, 3, 3], &Design::intercept(6)).unwrap();
    assert_eq!(
        (fit.variances.between_studies, fit.variances.between_effects),
        (0.0, 0.0)
    );
    assert!(
        (fit.coefficients[0].estimate - 0.3).abs() < 1e-14 && fit.coefficients[0].std_error > 0.0
    );
    assert_eq!(
        fit.robust(RobustType::Cr2).unwrap_err(),
        Undefined::NoSpreadBetweenClusters
    );
    assert!(
        fit.profile_interval(Component::BetweenStudies, Level::NINETY_FIVE)
            .unwrap()
            .high()
            > 0.0
    );
}

#[test]
fn an_overwhelming_effect_has_a_p_above_0() {
    let strong = effects(&[2.0, 2.1, 2.05, 1.95, 2.02, 2.08], 1e-6);
    let fit = fit(&strong, &[1, 1, 2, 2, 3, 3], &Design::intercept(6)).unwrap();
    let huge = ThreeLevel::fit_at(
        &strong,
        &[1, 1, 2, 2, 3, 3],
        &Design::intercept(6),
        Likelihood::Reml,
        Variances {
            between_studies: 0.0,
            between_effects: 0.0,
        },
        Level::NINETY_FIVE,
    )
    .unwrap();
    assert!(fit.coefficients[0].p > 0.0 && huge.coefficients[0].p > 0.0 && huge.q.p > 0.0);
}

#[test]
fn a_valley_of_constant_total_is_searched_to_both_ends() {
    // Few repeated studies: the likelihood hardly tells the variances apart, and has an optimum on each edge. The better one by
    // rma.mv (ML): between studies 0.00327950 with log-likelihood 1.8995953602, against 1.8991315492 between effects;
    // and 0.1166904 with -39.5015503099, against -39.5018644445.
    #[rustfmt::skip]
    let problems = [
        (
            vec![
                -0.5062928801884641, -0.20776636443588692, -0.6294265852947128, 0.4719538633466218, 0.04905066637583584,
                -0.02641512353970314, 0.06851980040706038, -0.07012729690319215, -0.06348444822558617, -0.17013572660494286,
                -0.12290903121999118, -1.2559111026678214, 0.26579454412784115, 0.03299001621241188, 0.05405551087016193,
                -0.06894883837590965, 0.32768080593873095,
            ],
            vec![
                0.1237442119851445, 0.003085135544621832, 0.11302767717172706, 0.3847520876770447, 0.028058164422718683,
                0.0006922817817907886, 0.09732900785517522, 0.05457096137673594, 0.035841686284417085, 0.002404491221233935,
                0.004287759693483689, 0.27389688271080026, 0.04485371894111102, 0.02267732635981732, 0.03999504155576695,
                0.011879741403458707, 0.2113593896081451,
            ],
            vec![0, 1, 2, 3, 3, 4, 5, 5, 5, 6, 7, 7, 7, 8, 8, 8, 9],
            0.003279495, 1.8995953602, 1.8991315492,
        ),
        (
            vec![
                5.975465623834898, 38.65429087271936, 1.4344379869014785, -15.839090605962312, 0.18027503830454125,
                -8.502429591485248, -2.424450937464453, 0.9325764065630834, -0.4854640080416254, -3.389626621825338,
                -1.1063841139939945, 20.495131885167467, -9.956395694163463, -0.06030599651853389,
            ],
            vec![
                16.69447518477059, 265.77810776044305, 3.628871060589549, 81.96981376058588, 0.08442695302014128,
                143.66832679964995, 3.5045775710966343, 1.8284338973285392, 0.15032134699353691, 18.68926712591135,
                0.14528188121743213, 69.15148951107514, 53.63201331422779, 0.11996081407130788,
            ],
            vec![0, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 8, 9],
            0.1166904, -39.501550309776, -39.5018644445,
        ),
    ];
    for (z, v, studies, between_studies, log_likelihood, other) in problems {
        let effects: Vec<Effect> = z
            .iter()
            .zip(&v)
            .map(|(&z, &v)| Effect::from_fisher_z(z, v).unwrap())
            .collect();
        let design = Design::intercept(z.len());
        let fit = ThreeLevel::fit(
            &effects,
            &studies,
            &design,
            Likelihood::Ml,
            Level::NINETY_FIVE,
        )
        .unwrap();
        assert!(
            (fit.variances.between_studies / between_studies - 1.0).abs() < 1e-6,
            "{:?}",
            fit.variances
        );
        assert_eq!(fit.variances.between_effects, 0.0);
        assert!((fit.log_likelihood - log_likelihood).abs() < 1e-9);
        assert_eq!(fit.certificate.competing_optimum, Some(0.0));
        let test = fit.likelihood_ratio(Component::BetweenStudies).unwrap();
        assert!((test.log_likelihood - other).abs() < 1e-9);
    }
}

#[test]
fn a_variance_that_rounding_would_make_1e_minus_17_is_exactly_0() {
    // The mean square within the pair is 0.2²/2 = 0.02, the sampling variance itself: the slope is 0 at 0.
    let effects = [(0.1, 0.02), (0.3, 0.02), (0.9, 0.01)]
        .map(|(z, variance)| Effect::from_fisher_z(z, variance).unwrap());
    for likelihood in [Likelihood::Reml, Likelihood::Ml] {
        let design = Design::intercept(3);
        let fit = ThreeLevel::fit(
            &effects,
            &[1, 1, 2],
            &design,
            likelihood,
            Level::NINETY_FIVE,
        )
        .unwrap();
        assert_eq!(fit.variances.between_effects, 0.0);
        assert!(fit.certificate.at_boundary && fit.variances.between_studies > 0.1);
        let test = fit.likelihood_ratio(Component::BetweenEffects).unwrap();
        assert_eq!((test.statistic, test.p), (0.0, 1.0));
    }
}
