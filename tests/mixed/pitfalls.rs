//! Corners in which mixed models go wrong.

use alliance::stats::Undefined;
use alliance::stats::interval::Level;
use alliance::stats::mixed::{
    Boundary, Component, GroupSums, Likelihood, MixedModel, RandomEffects, deviance,
};

use super::read::{Table, close, fit, nested_in, sums};
use super::reference::{dyestuff, nested, pastes, sleepstudy};

const SLOPE: RandomEffects = RandomEffects::Slope { predictor: 0 };

fn refused(sums: &GroupSums, random: RandomEffects) -> Undefined {
    MixedModel::fit(sums, random, Likelihood::Reml, Level::NINETY_FIVE).expect_err("refused")
}

#[test]
fn one_client_per_therapist_cannot_be_split() {
    let ratings = [3.0, 4.0, 1.0, 2.5, 6.0, 5.0];
    let clients = [0, 0, 1, 1, 2, 2];
    let nested = nested_in(sums(&[], &ratings, &clients), &[4, 5, 6]);
    assert_eq!(
        refused(&nested, RandomEffects::NestedIntercepts),
        Undefined::NoRepeatedParent { parents: 3 }
    );
    assert!(
        fit(&nested, RandomEffects::Intercept, Likelihood::Reml)
            .certificate
            .converged
    );
}

#[test]
fn one_session_per_client_cannot_be_split() {
    let single = sums(&[], &[3.0, 4.0, 1.0, 2.5], &[0, 1, 2, 3]);
    let reason = Undefined::NoRepeatedGroup { groups: 4 };
    assert_eq!(refused(&single, RandomEffects::Intercept), reason);
    let nested = nested_in(single, &[0, 0, 1, 1]);
    assert_eq!(refused(&nested, RandomEffects::NestedIntercepts), reason);
}

#[test]
fn all_ratings_equal_is_no_variation() {
    let equal = sums(&[&[1.0, 2.0, 1.0, 2.0]], &[45.1; 4], &[0, 0, 1, 1]);
    let reason = Undefined::NoVariation {
        variable: "the outcome",
    };
    assert_eq!(refused(&equal, RandomEffects::Intercept), reason);
    assert_eq!(refused(&equal, SLOPE), reason);
}

#[test]
fn ratings_that_never_move_within_a_client_leave_nothing_to_measure_the_error_with() {
    let constant = sums(&[], &[1.1, 1.1, 2.2, 2.2, 3.7, 3.7], &[0, 0, 1, 1, 2, 2]);
    assert_eq!(
        refused(&constant, RandomEffects::Intercept),
        Undefined::NothingLeft
    );
    // A line of its own for each client, without error.
    let t: Vec<f64> = (0..12).map(|i| f64::from(i % 4)).collect();
    let lines: Vec<f64> = (0..12)
        .map(|i| f64::from((i / 4) * (i % 4)) + f64::from(i / 4))
        .collect();
    let groups: Vec<usize> = (0..12).map(|i| i / 4).collect();
    assert_eq!(
        refused(&sums(&[&t], &lines, &groups), SLOPE),
        Undefined::NothingLeft
    );
    // The predictor says it all.
    let double: Vec<f64> = t.iter().map(|t| 2.0 * t + 1.0).collect();
    assert_eq!(
        refused(&sums(&[&t], &double, &groups), RandomEffects::Intercept),
        Undefined::NothingLeft
    );
}

#[test]
fn predictors_that_repeat_each_other_or_never_move_are_named() {
    let t = [1.0, 2.0, 3.0, 1.0, 2.0, 4.0, 1.0, 5.0];
    let y = [1.0, 2.5, 2.0, 4.0, 3.0, 5.5, 7.0, 6.0];
    let groups = [0, 0, 0, 1, 1, 1, 2, 2];
    let twice = t.map(|t| 3.0 * t - 1.0);
    assert_eq!(
        refused(&sums(&[&t, &twice], &y, &groups), RandomEffects::Intercept),
        Undefined::Collinear
    );
    let reason = Undefined::NoVariation {
        variable: "a predictor",
    };
    assert_eq!(
        refused(&sums(&[&[0.1; 8]], &y, &groups), RandomEffects::Intercept),
        reason
    );
    let by_group = groups.map(|g| g as f64);
    assert!(matches!(
        refused(&sums(&[&by_group], &y, &groups), SLOPE),
        Undefined::NoVariation { .. }
    ));
    assert!(matches!(
        refused(
            &sums(&[&t], &y, &groups),
            RandomEffects::Slope { predictor: 1 }
        ),
        Undefined::OutOfRange { .. }
    ));
    assert_eq!(
        refused(&sums(&[], &y, &groups), RandomEffects::NestedIntercepts),
        Undefined::NoParent
    );
    assert!(matches!(
        refused(&sums(&[], &y, &[0; 8]), RandomEffects::Intercept),
        Undefined::TooFewClusters { .. }
    ));
}

#[test]
fn no_variance_between_therapists_is_exactly_0_and_said() {
    // Clients differ; every therapist has the same set of clients' levels.
    let (mut y, mut clients, mut therapists) = (Vec::new(), Vec::new(), Vec::new());
    for therapist in 0..4 {
        for client in 0..3 {
            therapists.push(therapist);
            for session in 0..4 {
                y.push(
                    f64::from(client as u32) * 3.0
                        + [0.5, -0.5, 0.25, -0.25][(session + client) % 4],
                );
                clients.push(therapist * 3 + client);
            }
        }
    }
    let nested = nested_in(sums(&[], &y, &clients), &therapists);
    for likelihood in [Likelihood::Reml, Likelihood::Ml] {
        let fit = fit(&nested, RandomEffects::NestedIntercepts, likelihood);
        assert_eq!(fit.variances.parent, Some(0.0));
        assert_eq!(fit.certificate.boundary, Boundary::NoParentVariance);
        assert!(fit.variances.intercept > 1.0 && fit.certificate.converged);
        let test = fit.likelihood_ratio(Component::Parent).expect("a test");
        assert_eq!((test.statistic, test.p), (0.0, 1.0));
        let interval = fit
            .profile_interval(Component::Parent, Level::NINETY_FIVE)
            .expect("limits");
        assert!(interval.low() == 0.0 && interval.high() > 0.0);
        let modes = fit.conditional_modes(&nested).expect("modes");
        assert!(
            modes
                .parents
                .iter()
                .all(|mode| mode.intercept == 0.0 && mode.intercept_std_error == 0.0)
        );
    }
    // The same clients put under therapists by their level: now clients are exactly alike inside a therapist.
    let by_level: Vec<usize> = (0..12).map(|client| client % 3).collect();
    let alike = nested_in(sums(&[], &y, &clients), &by_level);
    let fit = fit(&alike, RandomEffects::NestedIntercepts, Likelihood::Reml);
    assert_eq!(fit.variances.intercept, 0.0);
    assert_eq!(fit.certificate.boundary, Boundary::NoGroupVariance);
}

#[test]
fn balanced_groups_equal_the_analysis_of_variance() {
    let fit = fit(
        &dyestuff("dyestuff"),
        RandomEffects::Intercept,
        Likelihood::Reml,
    );
    // Mean squares of the classical table: 11271.5 between, 2451.25 within; five and one batches' degrees of freedom.
    close("residual", fit.variances.residual, 2451.25, 1e-11);
    close(
        "between",
        fit.variances.intercept,
        (11271.5 - 2451.25) / 5.0,
        1e-11,
    );
    close("df", fit.coefficients[0].df, 5.0, 1e-9);
}

#[test]
fn a_singular_covariance_of_slopes_is_said_and_the_correlation_is_exactly_one() {
    let table = Table::read("mixed/singular.csv");
    let data = sums(
        &[&table.numbers("session")],
        &table.numbers("y"),
        &table.codes("client"),
    );
    for likelihood in [Likelihood::Reml, Likelihood::Ml] {
        let fit = fit(&data, SLOPE, likelihood);
        let slope = fit.variances.slope.expect("a slope");
        if fit.certificate.boundary == Boundary::SingularCovariance {
            assert_eq!(slope.correlation, Some(-1.0));
            assert_eq!(fit.theta[2], 0.0);
            // Moving off the boundary costs.
            let mut off = fit.theta.clone();
            off[2] = 0.05;
            let there = deviance(&data, SLOPE, likelihood, &off).expect("regular");
            assert!(there > -2.0 * fit.log_likelihood);
        } else {
            assert!(slope.correlation.is_some_and(|r| r.abs() < 1.0));
        }
        assert!(fit.certificate.converged);
    }
    // Without any differences between clients.
    let t: Vec<f64> = (0..60).map(|i| f64::from(i % 6)).collect();
    let y: Vec<f64> = (0..60)
        .map(|i| f64::from(i % 6) + [0.3, -0.3][(i as usize + i as usize / 6) % 2])
        .collect();
    let groups: Vec<usize> = (0..60).map(|i| i / 6).collect();
    let none = fit(&sums(&[&t], &y, &groups), SLOPE, Likelihood::Reml);
    assert!(none.certificate.converged);
    assert!(matches!(
        none.certificate.boundary,
        Boundary::NoVariance | Boundary::SingularCovariance
    ));
}

#[test]
fn clients_without_movement_in_time_speak_of_their_level_only() {
    // Two clients of one session each beside others: refused by nobody, and the level still counts.
    let t = [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 1.0, 2.0, 4.0, 2.0, 3.0];
    let y = [1.0, 2.2, 2.9, 4.4, 5.0, 4.4, 4.9, 2.0, 4.4, 6.0, 9.0, -3.0];
    let groups = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4];
    let fit = fit(&sums(&[&t], &y, &groups), SLOPE, Likelihood::Reml);
    assert!(fit.certificate.converged && fit.groups == 5);
    let modes = fit
        .conditional_modes(&sums(&[&t], &y, &groups))
        .expect("modes");
    assert!(modes.groups[3].intercept > modes.groups[4].intercept);
}

#[test]
fn unbalanced_groups_have_a_deviance_that_no_grid_point_beats() {
    let data = nested();
    for random in [
        RandomEffects::Intercept,
        RandomEffects::NestedIntercepts,
        SLOPE,
    ] {
        for likelihood in [Likelihood::Reml, Likelihood::Ml] {
            let best = -2.0 * fit(&data, random, likelihood).log_likelihood;
            let steps = [0.0, 0.02, 0.1, 0.3, 0.6, 1.0, 1.7, 3.0, 10.0];
            for a in steps {
                for b in steps {
                    let thetas: Vec<Vec<f64>> = match random {
                        RandomEffects::Intercept => vec![vec![a + b]],
                        RandomEffects::NestedIntercepts => vec![vec![a, b]],
                        RandomEffects::Slope { .. } => {
                            [-1.0, -0.2, 0.0, 0.2, 1.0].map(|c| vec![a, c, b]).to_vec()
                        }
                    };
                    for theta in thetas {
                        let here = deviance(&data, random, likelihood, &theta).expect("regular");
                        assert!(here >= best - 1e-9, "{random:?} {theta:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_deviance_of_a_model_equals_the_dense_normal_density() {
    // Three groups written out: ln |V| and the quadratic form of the generalised least squares, by elimination.
    let t = [0.0, 1.0, 2.0, 0.0, 3.0, 1.0, 2.0];
    let y = [1.0, 3.0, 2.0, 5.0, 4.0, 0.5, 2.5];
    let groups = [0usize, 0, 0, 1, 1, 2, 2];
    let theta = [0.8, -0.3, 0.5];
    let cov = |i: usize, j: usize| {
        let d = [
            theta[0] * theta[0],
            theta[0] * theta[1],
            theta[1] * theta[1] + theta[2] * theta[2],
        ];
        let shared = if groups[i] == groups[j] {
            d[0] + d[1] * (t[i] + t[j]) + d[2] * t[i] * t[j]
        } else {
            0.0
        };
        shared + f64::from(u8::from(i == j))
    };
    let mut v: Vec<Vec<f64>> = (0..7)
        .map(|i| (0..7).map(|j| cov(i, j)).chain([1.0, t[i], y[i]]).collect())
        .collect();
    let mut log_det = 0.0;
    for k in 0..7 {
        let pivot = v[k].clone();
        log_det += libm::log(pivot[k]);
        for row in v.iter_mut().skip(k + 1) {
            let factor = row[k] / pivot[k];
            for (entry, above) in row.iter_mut().zip(&pivot) {
                *entry -= factor * above;
            }
        }
    }
    // Rows are now L⁻¹(1, t, y); dividing by the pivots gives the weighted products.
    let product = |a: usize, b: usize| {
        (0..7)
            .map(|i| v[i][7 + a] * v[i][7 + b] / v[i][i])
            .sum::<f64>()
    };
    let (aa, at, tt) = (product(0, 0), product(0, 1), product(1, 1));
    let (ay, ty, yy) = (product(0, 2), product(1, 2), product(2, 2));
    let determinant = aa * tt - at * at;
    let (b0, b1) = (
        (tt * ay - at * ty) / determinant,
        (aa * ty - at * ay) / determinant,
    );
    let squares = yy - b0 * ay - b1 * ty;
    let two_pi = 2.0 * std::f64::consts::PI;
    let ml = log_det + 7.0 * (1.0 + libm::log(two_pi * squares / 7.0));
    let reml = log_det + libm::log(determinant) + 5.0 * (1.0 + libm::log(two_pi * squares / 5.0));
    let sums = sums(&[&t], &y, &groups);
    close(
        "ml",
        deviance(&sums, SLOPE, Likelihood::Ml, &theta).expect("regular"),
        ml,
        1e-13,
    );
    close(
        "reml",
        deviance(&sums, SLOPE, Likelihood::Reml, &theta).expect("regular"),
        reml,
        1e-13,
    );
    // The other two models are this one with parts of it 0.
    let level =
        deviance(&sums, RandomEffects::Intercept, Likelihood::Reml, &[0.7]).expect("regular");
    close(
        "level",
        deviance(&sums, SLOPE, Likelihood::Reml, &[0.7, 0.0, 0.0]).expect("regular"),
        level,
        1e-13,
    );
    let nested = nested_in(sums, &[0, 0, 1]);
    close(
        "nested",
        deviance(
            &nested,
            RandomEffects::NestedIntercepts,
            Likelihood::Reml,
            &[0.7, 0.0],
        )
        .expect("regular"),
        level,
        1e-13,
    );
}

#[test]
fn two_optima_are_compared_and_the_second_is_reported() {
    // Yesterday's outcome as a predictor competes with the level of the client: the clinic's lagged model has an optimum at 0 too.
    let rows = super::clinic::lagged();
    let fit = fit(&rows, RandomEffects::Intercept, Likelihood::Reml);
    let at_zero =
        deviance(&rows, RandomEffects::Intercept, Likelihood::Reml, &[0.0]).expect("regular");
    let near_zero =
        deviance(&rows, RandomEffects::Intercept, Likelihood::Reml, &[0.01]).expect("regular");
    assert!(near_zero > at_zero);
    close(
        "competing",
        fit.certificate.competing.expect("an optimum at 0"),
        at_zero,
        1e-12,
    );
    assert!(-2.0 * fit.log_likelihood < at_zero - 1.0);
}

#[test]
fn where_bobyqa_stops_too_high_the_lower_optimum_is_found() {
    let table = Table::read("mixed/two_optima.csv");
    let data = sums(
        &[&table.numbers("time")],
        &table.numbers("y"),
        &table.codes("client"),
    );
    let fit = fit(&data, SLOPE, Likelihood::Reml);
    // See SOURCE.md: lmer says 105.4069, sixty random starts on lme4's own deviance say this.
    assert!((-2.0 * fit.log_likelihood - 102.714793217339).abs() < 1e-7);
    let stopped = [0.0, 0.141115639977122, 0.000239233051073];
    let there = deviance(&data, SLOPE, Likelihood::Reml, &stopped).expect("regular");
    close("where bobyqa stopped", there, 105.406928863294, 1e-10);
    let ours = deviance(
        &data,
        SLOPE,
        Likelihood::Reml,
        &[0.8768890089592, -0.2922156647138, 0.0409969320078],
    );
    close(
        "the lowest",
        ours.expect("regular"),
        102.714793217339,
        1e-11,
    );
}

#[test]
fn a_fit_at_a_given_theta_claims_no_optimum() {
    let fit = MixedModel::fit_at(
        &sleepstudy(),
        SLOPE,
        Likelihood::Ml,
        &[0.9, 0.02, 0.2],
        Level::NINETY_FIVE,
    )
    .expect("regular");
    assert!(!fit.certificate.converged && fit.certificate.evaluations == 1);
    assert!(
        fit.profile_interval(Component::Slope, Level::NINETY_FIVE)
            .is_err()
    );
    assert!(fit.likelihood_ratio(Component::Slope).is_err());
    let wrong = MixedModel::fit_at(
        &sleepstudy(),
        SLOPE,
        Likelihood::Ml,
        &[0.9],
        Level::NINETY_FIVE,
    );
    assert!(matches!(wrong, Err(Undefined::UnequalLengths { .. })));
}

#[test]
fn what_a_model_does_not_have_cannot_be_profiled_or_tested() {
    let fit = fit(&pastes(), RandomEffects::NestedIntercepts, Likelihood::Reml);
    for component in [Component::Slope, Component::Correlation] {
        assert_eq!(
            fit.profile_interval(component, Level::NINETY_FIVE),
            Err(Undefined::NotInModel)
        );
    }
    assert_eq!(
        fit.likelihood_ratio(Component::Residual),
        Err(Undefined::NotInModel)
    );
}
