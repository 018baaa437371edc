//! Three-level models: every number against metafor, laws, closed forms, and the search against a dense grid.

use alliance::stats::Undefined;
use alliance::stats::interval::Level;
use alliance::stats::meta::design::Design;
use alliance::stats::meta::effect_size::Effect;
use alliance::stats::meta::nested::{NestedEffects, Variances};
use alliance::stats::meta::three_level::{Component, Likelihood, ThreeLevel, deviance, surface};
use alliance::stats::numeric::random::{Stream, below, standard_normal, stream, uniform};
use serde_json::Value;

use super::three_level_reference::{
    ESTIMATE, INJECTED, P_VALUE, Reference, VARIANCE, all_close, close, models, numbers, reference,
};

const NAMED: [(&str, Likelihood); 2] = [("REML", Likelihood::Reml), ("ML", Likelihood::Ml)];

fn fit(reference: &Reference, term: &str, likelihood: Likelihood) -> ThreeLevel {
    ThreeLevel::fit(
        &reference.effects,
        &reference.studies,
        &reference.design(term),
        likelihood,
        Level::NINETY_FIVE,
    )
    .expect("a fit")
}

fn variances(pair: &Value) -> Variances {
    let pair = numbers(pair);
    Variances {
        between_studies: pair[0],
        between_effects: pair[1],
    }
}

fn check_line(what: &str, fit: &ThreeLevel, expected: &Value, relative: f64) {
    let each = |of: fn(&alliance::stats::meta::three_level::Coefficient) -> f64| {
        fit.coefficients.iter().map(of).collect::<Vec<_>>()
    };
    all_close(
        &format!("{what} b"),
        each(|c| c.estimate),
        &expected["b"],
        relative,
    );
    all_close(
        &format!("{what} se"),
        each(|c| c.std_error),
        &expected["se"],
        relative,
    );
    all_close(
        &format!("{what} z"),
        each(|c| c.z),
        &expected["z"],
        relative,
    );
    all_close(&format!("{what} p"), each(|c| c.p), &expected["p"], P_VALUE);
    all_close(
        &format!("{what} low"),
        each(|c| c.interval.low()),
        &expected["ci_low"],
        relative,
    );
    all_close(
        &format!("{what} high"),
        each(|c| c.interval.high()),
        &expected["ci_high"],
        relative,
    );
    all_close(
        &format!("{what} vcov"),
        fit.covariance.concat(),
        &expected["vcov"],
        relative,
    );
    close(
        &format!("{what} q"),
        fit.q.statistic,
        numbers(&expected["qe"])[0],
        relative,
    );
    close(
        &format!("{what} q p"),
        fit.q.p,
        numbers(&expected["qe_p"])[0],
        P_VALUE,
    );
    if let Some(test) = fit.moderators {
        close(
            &format!("{what} qm"),
            test.statistic,
            numbers(&expected["qm"])[0],
            relative,
        );
        close(
            &format!("{what} qm p"),
            test.p,
            numbers(&expected["qm_p"])[0],
            P_VALUE,
        );
    }
}

#[test]
fn every_number_of_the_reference_fits_is_found() {
    for (name, term) in models() {
        let reference = reference(name);
        for (method, likelihood) in NAMED {
            let what = format!("{name} {term} {method}");
            let expected = &reference.expected[term][method];
            let fit = fit(&reference, term, likelihood);
            let found = [fit.variances.between_studies, fit.variances.between_effects];
            all_close(
                &format!("{what} variances"),
                found,
                &expected["sigma2"],
                VARIANCE,
            );
            let shares = [fit.i_squared.between_studies, fit.i_squared.between_effects];
            all_close(&format!("{what} I²"), shares, &expected["i2"], VARIANCE);
            close(
                &format!("{what} log-likelihood"),
                fit.log_likelihood,
                numbers(&expected["loglik"])[0],
                VARIANCE,
            );
            check_line(&what, &fit, expected, ESTIMATE);
            assert_eq!(fit.certificate.at_boundary, found.contains(&0.0));
            assert!(fit.certificate.identifiable);
            assert_eq!(fit.certificate.objective, fit.log_likelihood);
        }
    }
}

#[test]
fn prediction_profile_intervals_and_likelihood_ratios_are_those_of_metafor_searched_to_the_end() {
    for name in super::three_level_reference::STUDIES {
        let reference = reference(name);
        for (method, likelihood) in NAMED {
            let what = format!("{name} {method}");
            let expected = &reference.expected["intercept"][method];
            let fit = fit(&reference, "intercept", likelihood);
            let prediction = fit.prediction().unwrap();
            close(
                &format!("{what} prediction"),
                prediction.low(),
                numbers(&expected["pi_low"])[0],
                ESTIMATE,
            );
            close(
                &format!("{what} prediction"),
                prediction.high(),
                numbers(&expected["pi_high"])[0],
                ESTIMATE,
            );
            for (component, bounds, without) in [
                (Component::BetweenStudies, "profile_study", "without_study"),
                (
                    Component::BetweenEffects,
                    "profile_effect",
                    "without_effect",
                ),
            ] {
                let interval = fit.profile_interval(component, Level::NINETY_FIVE).unwrap();
                all_close(
                    &format!("{what} {bounds}"),
                    [interval.low(), interval.high()],
                    &expected[bounds],
                    VARIANCE,
                );
                let test = fit.likelihood_ratio(component).unwrap();
                let reduced = &expected[without];
                let left = [test.without.between_studies, test.without.between_effects];
                all_close(
                    &format!("{what} {without}"),
                    left,
                    &reduced["sigma2"],
                    VARIANCE,
                );
                close(
                    &format!("{what} {without}"),
                    test.log_likelihood,
                    numbers(&reduced["loglik"])[0],
                    VARIANCE,
                );
            }
        }
    }
}

#[test]
fn with_variances_given_every_number_is_metafors_to_rounding() {
    for (name, term) in models() {
        let reference = reference(name);
        for expected in reference.expected[term]["injected"].as_array().unwrap() {
            let given = variances(&expected["sigma2"]);
            let fit = ThreeLevel::fit_at(
                &reference.effects,
                &reference.studies,
                &reference.design(term),
                Likelihood::Reml,
                given,
                Level::NINETY_FIVE,
            )
            .unwrap();
            let what = format!("{name} {term} {given:?}");
            check_line(&what, &fit, expected, INJECTED);
            close(
                &format!("{what} log-likelihood"),
                fit.log_likelihood,
                numbers(&expected["loglik"])[0],
                INJECTED,
            );
        }
    }
}

/// A random problem: few studies, sizes from 1, precisions over three orders, true variances over four.
fn problem(rng: &mut Stream) -> (Vec<Effect>, Vec<usize>) {
    loop {
        let studies = 2 + below(rng, 9);
        let ten = |rng: &mut Stream, low: f64, high: f64| {
            libm::exp((low + (high - low) * uniform(rng)) * std::f64::consts::LN_10)
        };
        let (scale, spread) = (ten(rng, -4.0, -1.0), 3.0 * uniform(rng));
        let shared = if below(rng, 3) == 0 {
            0.0
        } else {
            ten(rng, -4.0, 0.0)
        };
        let own = if below(rng, 3) == 0 {
            0.0
        } else {
            ten(rng, -4.0, 0.0)
        };
        let (mut effects, mut owners) = (Vec::new(), Vec::new());
        for j in 0..studies {
            let mean = shared.sqrt() * standard_normal(rng);
            for _ in 0..1 + below(rng, 4) {
                let variance = scale * ten(rng, 0.0, spread);
                let z = mean + (own + variance).sqrt() * standard_normal(rng);
                effects.push(Effect::from_fisher_z(z, variance).unwrap());
                owners.push(j);
            }
        }
        if effects.len() > studies {
            return (effects, owners);
        }
    }
}

#[test]
fn no_point_of_a_dense_grid_is_better_than_the_optimum_of_300_random_problems() {
    let (mut fitted, mut at_boundary, mut several) = (0, 0, 0);
    let mut index = 0;
    while fitted < 300 {
        index += 1;
        let mut rng = stream(20_250_301, index);
        let (effects, studies) = problem(&mut rng);
        let likelihood = NAMED[index as usize % 2].1;
        // In turn no moderator, the standard error, and every other study set apart as well.
        let moderators = (index / 2 % 3) as usize;
        let rows: Vec<Vec<f64>> = effects
            .iter()
            .zip(&studies)
            .map(|(e, j)| [1.0, e.std_error(), (j % 2) as f64][..=moderators].to_vec())
            .collect();
        let Ok(design) = Design::new(&rows) else {
            continue;
        };
        let fit = match ThreeLevel::fit(&effects, &studies, &design, likelihood, Level::NINETY_FIVE)
        {
            Ok(fit) => fit,
            // Two or three studies with moderators leave nothing to split.
            Err(reason) => {
                let tiny = matches!(
                    reason,
                    Undefined::StudiesExplained | Undefined::TooFew { .. }
                );
                assert!(tiny, "problem {index}: {reason}");
                continue;
            }
        };
        fitted += 1;
        at_boundary += usize::from(fit.certificate.at_boundary);
        several += usize::from(fit.certificate.competing_optimum.is_some());
        let nested = NestedEffects::new(&effects, &studies, &design).unwrap();
        let axis: Vec<f64> = std::iter::once(0.0)
            .chain(
                (0..80).map(|i| libm::exp((-7.0 + 0.1 * f64::from(i)) * std::f64::consts::LN_10)),
            )
            .collect();
        for &between_studies in &axis {
            for &between_effects in &axis {
                let at = Variances {
                    between_studies,
                    between_effects,
                };
                let better = -2.0 * fit.log_likelihood - deviance(&nested, likelihood, at);
                assert!(
                    better <= 1e-9,
                    "problem {index}: {at:?} is better by {better} than {:?}",
                    fit.variances
                );
            }
        }
        // Inside, the slope is 0; at the boundary it points outwards.
        let here = surface(&nested, likelihood, fit.variances).unwrap();
        for (value, slope) in [fit.variances.between_studies, fit.variances.between_effects]
            .into_iter()
            .zip(here.slope)
        {
            if value == 0.0 {
                assert!(slope >= 0.0, "problem {index}: {slope} at 0");
            } else {
                assert!(
                    (slope * value).abs() <= 1e-8,
                    "problem {index}: {slope} at {value}"
                );
            }
        }
    }
    assert!(
        at_boundary > 50 && several > 0,
        "the problems are hard enough: {at_boundary}, {several}"
    );
}

#[test]
fn slope_and_curvature_are_those_of_the_deviance() {
    let reference = reference("crede2010");
    for term in ["intercept", "source", "egger"] {
        let nested = NestedEffects::new(
            &reference.effects,
            &reference.studies,
            &reference.design(term),
        )
        .unwrap();
        for (_, likelihood) in NAMED {
            for (s, e) in [(0.03, 0.02), (0.3, 0.001), (1e-4, 0.2)] {
                let at = |s, e| Variances {
                    between_studies: s,
                    between_effects: e,
                };
                let here = surface(&nested, likelihood, at(s, e)).unwrap();
                assert_eq!(here.deviance, deviance(&nested, likelihood, at(s, e)));
                for i in 0..2 {
                    let h = 1e-4 * [s, e][i];
                    let moved = |by: f64| {
                        if i == 0 {
                            at(s + by * h, e)
                        } else {
                            at(s, e + by * h)
                        }
                    };
                    let f = |by| deviance(&nested, likelihood, moved(by));
                    // Five points: the error is of fourth order in the step.
                    let slope = (f(-2.0) - 8.0 * f(-1.0) + 8.0 * f(1.0) - f(2.0)) / (12.0 * h);
                    let size = here.slope[i].abs().max(1.0 / [s, e][i]);
                    assert!(
                        (slope - here.slope[i]).abs() <= 1e-8 * size,
                        "{term} {i}: {slope} {:?}",
                        here.slope
                    );
                    for j in 0..2 {
                        let g = |by| surface(&nested, likelihood, moved(by)).unwrap().slope[j];
                        let bend = (g(-2.0) - 8.0 * g(-1.0) + 8.0 * g(1.0) - g(2.0)) / (12.0 * h);
                        let size = here.curvature[i][j]
                            .abs()
                            .max(1e-3 / (h * [s, e][j]) * 1e-4);
                        assert!(
                            (bend - here.curvature[i][j]).abs() <= 1e-7 * size,
                            "{term} {i}{j}: {bend} {:?}",
                            here.curvature
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn without_variance_between_studies_the_levels_are_two() {
    let reference = reference("relationship_outcome");
    let at = |between_studies, between_effects| Variances {
        between_studies,
        between_effects,
    };
    let fit = |studies: &[usize], given| {
        let design = reference.design("rater");
        ThreeLevel::fit_at(
            &reference.effects,
            studies,
            &design,
            Likelihood::Reml,
            given,
            Level::NINETY_FIVE,
        )
        .unwrap()
    };
    // Who belongs to whom no longer matters, and a study of one effect cannot tell the two variances apart.
    let singletons: Vec<usize> = (0..reference.k()).collect();
    let plain = fit(&reference.studies, at(0.0, 0.02));
    for other in [
        fit(&singletons, at(0.0, 0.02)),
        fit(&singletons, at(0.02, 0.0)),
        fit(&singletons, at(0.005, 0.015)),
    ] {
        close(
            "log-likelihood",
            other.log_likelihood,
            plain.log_likelihood,
            1e-12,
        );
        for (a, b) in other.coefficients.iter().zip(&plain.coefficients) {
            close("estimate", a.estimate, b.estimate, 1e-12);
            close("standard error", a.std_error, b.std_error, 1e-12);
        }
    }
    // The closed form of the weighted mean.
    let design = reference.design("intercept");
    let mean = ThreeLevel::fit_at(
        &reference.effects,
        &reference.studies,
        &design,
        Likelihood::Ml,
        at(0.0, 0.02),
        Level::NINETY_FIVE,
    )
    .unwrap();
    let weight = |e: &Effect| 1.0 / (e.variance() + 0.02);
    let total: f64 = reference.effects.iter().map(weight).sum();
    let sum: f64 = reference.effects.iter().map(|e| weight(e) * e.z()).sum();
    close("mean", mean.coefficients[0].estimate, sum / total, 1e-13);
    close(
        "its error",
        mean.coefficients[0].std_error,
        total.sqrt().recip(),
        1e-13,
    );
}

#[test]
fn balanced_studies_have_the_closed_form_of_the_analysis_of_variance() {
    // J studies of n effects, one sampling variance v: MS within − v and (MS between − MS within)/n.
    let (studies, n, v) = (7, 4, 0.01);
    let mut rng = stream(5, 0);
    let mut z = Vec::new();
    for _ in 0..studies {
        let mean = 0.3 + 0.4 * standard_normal(&mut rng);
        z.extend((0..n).map(|_| mean + 0.3 * standard_normal(&mut rng)));
    }
    let effects: Vec<Effect> = z
        .iter()
        .map(|&z| Effect::from_fisher_z(z, v).unwrap())
        .collect();
    let owners: Vec<usize> = (0..studies * n).map(|i| i / n).collect();
    let design = Design::intercept(z.len());
    let fit = ThreeLevel::fit(
        &effects,
        &owners,
        &design,
        Likelihood::Reml,
        Level::NINETY_FIVE,
    )
    .unwrap();
    let means: Vec<f64> = z
        .chunks(n)
        .map(|c| c.iter().sum::<f64>() / n as f64)
        .collect();
    let grand = means.iter().sum::<f64>() / studies as f64;
    let between =
        n as f64 * means.iter().map(|m| (m - grand).powi(2)).sum::<f64>() / (studies - 1) as f64;
    let within = z
        .iter()
        .enumerate()
        .map(|(i, z)| (z - means[i / n]).powi(2))
        .sum::<f64>()
        / (studies * (n - 1)) as f64;
    close(
        "between effects",
        fit.variances.between_effects,
        within - v,
        1e-11,
    );
    close(
        "between studies",
        fit.variances.between_studies,
        (between - within) / n as f64,
        1e-11,
    );
    close("mean", fit.coefficients[0].estimate, grand, 1e-12);
    close(
        "error",
        fit.coefficients[0].std_error,
        (between / (studies * n) as f64).sqrt(),
        1e-11,
    );
}

#[test]
fn the_order_of_rows_and_the_names_of_studies_change_nothing() {
    for (name, term) in models() {
        let reference = reference(name);
        let plain = fit(&reference, term, Likelihood::Reml);
        let k = reference.k();
        // 7 shares no divisor with any of the k.
        let order: Vec<usize> = (0..k).map(|i| (7 * i + 3) % k).collect();
        let effects: Vec<Effect> = order.iter().map(|&i| reference.effects[i]).collect();
        let studies: Vec<usize> = order
            .iter()
            .map(|&i| 1000 - 3 * reference.studies[i])
            .collect();
        let design = reference.design(term).select(&order).unwrap();
        let mixed = ThreeLevel::fit(
            &effects,
            &studies,
            &design,
            Likelihood::Reml,
            Level::NINETY_FIVE,
        )
        .unwrap();
        close(
            "between studies",
            mixed.variances.between_studies,
            plain.variances.between_studies,
            1e-11,
        );
        close(
            "between effects",
            mixed.variances.between_effects,
            plain.variances.between_effects,
            1e-11,
        );
        for (a, b) in mixed.coefficients.iter().zip(&plain.coefficients) {
            assert!(
                (a.estimate - b.estimate).abs() <= 1e-12 * (1.0 + b.std_error),
                "{name} {term}"
            );
            close("standard error", a.std_error, b.std_error, 1e-11);
        }
        let again = |fit: &[Effect], studies: &[usize], design: &Design| {
            let given = Variances {
                between_studies: 0.01,
                between_effects: 0.02,
            };
            ThreeLevel::fit_at(
                fit,
                studies,
                design,
                Likelihood::Reml,
                given,
                Level::NINETY_FIVE,
            )
            .unwrap()
        };
        let (a, b) = (
            again(&effects, &studies, &design),
            again(
                &reference.effects,
                &reference.studies,
                &reference.design(term),
            ),
        );
        close("log-likelihood", a.log_likelihood, b.log_likelihood, 1e-12);
        for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
            assert!(
                (a.estimate - b.estimate).abs() <= 1e-12 * b.std_error.max(b.estimate.abs()),
                "{name} {term}"
            );
            close("standard error", a.std_error, b.std_error, 1e-12);
        }
    }
}

#[test]
fn units_scale_the_variances_by_their_square() {
    let reference = reference("crede2010");
    let plain = fit(&reference, "intercept", Likelihood::Reml);
    for unit in [1e-6, 1e6] {
        let effects: Vec<Effect> = reference
            .effects
            .iter()
            .map(|e| Effect::from_fisher_z(unit * e.z(), unit * unit * e.variance()).unwrap())
            .collect();
        let scaled = ThreeLevel::fit(
            &effects,
            &reference.studies,
            &Design::intercept(effects.len()),
            Likelihood::Reml,
            Level::NINETY_FIVE,
        )
        .unwrap();
        close(
            "between studies",
            scaled.variances.between_studies,
            unit * unit * plain.variances.between_studies,
            1e-9,
        );
        close(
            "between effects",
            scaled.variances.between_effects,
            unit * unit * plain.variances.between_effects,
            1e-9,
        );
        close(
            "mean",
            scaled.coefficients[0].estimate,
            unit * plain.coefficients[0].estimate,
            1e-11,
        );
    }
}

#[test]
fn a_profile_peaks_at_the_estimate_and_reaches_the_limits_of_its_interval() {
    let reference = reference("relationship_outcome");
    let fit = fit(&reference, "intercept", Likelihood::Reml);
    for component in [Component::BetweenStudies, Component::BetweenEffects] {
        let curve = fit
            .profile_curve(component, Level::NINETY_FIVE, 41)
            .unwrap();
        let interval = fit.profile_interval(component, Level::NINETY_FIVE).unwrap();
        let allowed = fit.log_likelihood - 3.841458820694124 / 2.0;
        for point in curve {
            assert!(point.log_likelihood <= fit.log_likelihood + 1e-10);
            assert_eq!(
                interval.contains(point.variance),
                point.log_likelihood >= allowed,
                "{point:?}"
            );
        }
    }
}
