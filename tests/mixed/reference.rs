//! Data sets of lme4: what lmer and lmerTest say, their search redone.

use alliance::stats::interval::Level;
use alliance::stats::mixed::{
    Boundary, Component, GroupSums, Likelihood, MixedModel, RandomEffects, deviance,
};
use serde_json::Value;

use super::clinic::check_p;
use super::read::{Table, close, fit, json, list, nested_in, parents, sums};

pub fn sleepstudy() -> GroupSums {
    let table = Table::read("mixed/sleepstudy.csv");
    sums(
        &[&table.numbers("Days")],
        &table.numbers("Reaction"),
        &table.codes("Subject"),
    )
}

pub fn dyestuff(name: &str) -> GroupSums {
    let table = Table::read(&format!("mixed/{name}.csv"));
    sums(&[], &table.numbers("Yield"), &table.codes("Batch"))
}

/// Samples in batches.
pub fn pastes() -> GroupSums {
    let table = Table::read("mixed/pastes.csv");
    let samples = table.codes("sample");
    nested_in(
        sums(&[], &table.numbers("strength"), &samples),
        &parents(&samples, &table.codes("batch")),
    )
}

pub fn nested() -> GroupSums {
    let table = Table::read("mixed/nested.csv");
    let clients = table.codes("client");
    let predictors = [table.numbers("session"), table.numbers("alliance")];
    let sums = sums(
        &[&predictors[0], &predictors[1]],
        &table.numbers("y"),
        &clients,
    );
    nested_in(sums, &parents(&clients, &table.codes("therapist")))
}

fn singular() -> GroupSums {
    let table = Table::read("mixed/singular.csv");
    sums(
        &[&table.numbers("session")],
        &table.numbers("y"),
        &table.codes("client"),
    )
}

const INTERCEPT: RandomEffects = RandomEffects::Intercept;
const NESTED: RandomEffects = RandomEffects::NestedIntercepts;
const SLOPE: RandomEffects = RandomEffects::Slope { predictor: 0 };

fn cases() -> Vec<(&'static str, GroupSums, RandomEffects)> {
    vec![
        ("sleepstudy", sleepstudy(), SLOPE),
        ("sleepstudy_intercept", sleepstudy(), INTERCEPT),
        ("dyestuff", dyestuff("dyestuff"), INTERCEPT),
        ("dyestuff2", dyestuff("dyestuff2"), INTERCEPT),
        ("pastes", pastes(), NESTED),
        ("nested", nested(), NESTED),
        ("nested_slope", nested(), SLOPE),
        ("singular", singular(), SLOPE),
    ]
}

/// Variances by name, as a sorted list: names differ between models.
pub fn ordered(named: &Value) -> Vec<f64> {
    let mut all: Vec<f64> = named
        .as_object()
        .expect("named")
        .values()
        .filter_map(Value::as_f64)
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

/// The variances and the covariance of a fit, sorted.
pub fn variances(fit: &MixedModel) -> Vec<f64> {
    let v = fit.variances;
    let mut all = vec![v.intercept];
    all.extend(v.parent);
    if let Some(slope) = v.slope {
        all.extend([slope.variance, slope.covariance]);
    }
    all.push(v.residual);
    all.sort_by(f64::total_cmp);
    all
}

/// Compares a fit with one block of the reference. `tight` is what the reference's own search reached for estimates.
#[track_caller]
fn compare(name: &str, fit: &MixedModel, expected: &Value) {
    let [estimate, se, df, t, p] =
        ["estimate", "se", "df", "t", "p"].map(|key| list(&expected[key]));
    assert_eq!(fit.coefficients.len(), estimate.len());
    for (i, coefficient) in fit.coefficients.iter().enumerate() {
        let what = |quantity: &str| format!("{name} {quantity} {i}");
        close(&what("estimate"), coefficient.estimate, estimate[i], 1e-8);
        close(&what("std_error"), coefficient.std_error, se[i], 1e-8);
        close(&what("t"), coefficient.t, t[i], 1e-8);
        close(&what("df"), coefficient.df, df[i], 1e-5);
        check_p(&what("p"), coefficient, t[i], df[i], p[i]);
    }
    for (i, (ours, theirs)) in variances(fit)
        .iter()
        .zip(ordered(&expected["variance"]))
        .enumerate()
    {
        if theirs.abs() < 1e-12 {
            assert_eq!(*ours, 0.0, "{name}");
        } else {
            close(&format!("{name} variance {i}"), *ours, theirs, 1e-6);
        }
    }
    close(
        &format!("{name} log-likelihood"),
        fit.log_likelihood,
        expected["loglik"].as_f64().expect("a number"),
        1e-6,
    );
}

#[test]
fn fits_equal_lme4_and_lmer_test_with_reml_and_ml() {
    let expected = json("mixed/expected.json");
    for (name, sums, random) in cases() {
        for (key, likelihood) in [("reml", Likelihood::Reml), ("ml", Likelihood::Ml)] {
            let fit = fit(&sums, random, likelihood);
            println!("{name} {key} {:?} {:?}", fit.theta, fit.certificate);
            compare(&format!("{name} {key}"), &fit, &expected[name][key]);
        }
    }
}

#[test]
fn no_deviance_of_the_reference_is_lower() {
    let expected = json("mixed/expected.json");
    for (name, sums, random) in cases() {
        for (key, likelihood) in [("reml", Likelihood::Reml), ("ml", Likelihood::Ml)] {
            let fit = fit(&sums, random, likelihood);
            let theirs = deviance(
                &sums,
                random,
                likelihood,
                &list(&expected[name][key]["theta"]),
            );
            let ours = -2.0 * fit.log_likelihood;
            let rounding = 1e-12 * ours.abs();
            assert!(ours <= theirs.expect("regular") + rounding, "{name} {key}");
            assert!(fit.certificate.converged, "{name} {key}");
        }
    }
}

#[test]
fn the_deviance_equals_lme4s_at_any_theta_without_a_search() {
    let expected = json("mixed/expected.json");
    let sets = [
        ("dyestuff", dyestuff("dyestuff"), INTERCEPT),
        ("pastes", pastes(), NESTED),
        ("sleepstudy", sleepstudy(), SLOPE),
    ];
    for (name, sums, random) in sets {
        for point in expected["deviance"][name].as_array().expect("points") {
            let theta = list(&point["theta"]);
            for (key, likelihood) in [("reml", Likelihood::Reml), ("ml", Likelihood::Ml)] {
                let ours = deviance(&sums, random, likelihood, &theta).expect("regular");
                let theirs = point[key].as_f64().expect("a number");
                close(&format!("{name} {key} {theta:?}"), ours, theirs, 1e-11);
            }
        }
    }
}

#[test]
fn conditional_modes_equal_ranef_with_their_conditional_errors() {
    let expected = json("mixed/expected.json");
    for (name, sums, random) in cases() {
        let expected = &expected[name]["reml"];
        let fit = fit(&sums, random, Likelihood::Reml);
        let modes = fit.conditional_modes(&sums).expect("same sums");
        let levels = expected["modes"].as_object().expect("levels");
        for (level, columns) in levels {
            let names: Vec<String> = expected["mode_names"][level]
                .as_array()
                .expect("names")
                .iter()
                .map(|name| name.as_str().expect("text").to_owned())
                .collect();
            let ours = [&modes.groups, &modes.parents]
                .into_iter()
                .find(|level| level.len() == names.len())
                .expect("as many groups as lme4 has");
            let columns: Vec<Vec<f64>> = columns
                .as_object()
                .expect("columns")
                .values()
                .map(list)
                .collect();
            // One list per random effect, with an error per group.
            let errors = expected["mode_se"][level].as_array().expect("errors");
            let errors: Vec<Vec<f64>> = errors.iter().map(list).collect();
            // lme4 sorts groups by label, this floor by number: compare as sets sorted by the mode.
            let mut theirs: Vec<Vec<f64>> = (0..names.len())
                .map(|i| columns.iter().chain(&errors).map(|c| c[i]).collect())
                .collect();
            let mut mine: Vec<Vec<f64>> = ours
                .iter()
                .map(|mode| match mode.slope {
                    None => vec![mode.intercept, mode.intercept_std_error],
                    Some((slope, error)) => {
                        vec![mode.intercept, slope, mode.intercept_std_error, error]
                    }
                })
                .collect();
            theirs.sort_by(|a, b| a[0].total_cmp(&b[0]));
            mine.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let largest = theirs
                .iter()
                .fold(0.0, |most: f64, mode| most.max(mode[0].abs()));
            for (mine, theirs) in mine.iter().zip(&theirs) {
                for (a, b) in mine.iter().zip(theirs) {
                    assert!(
                        (a - b).abs() <= 1e-8 * largest.max(1e-9),
                        "{name} {level} {a} {b}"
                    );
                }
            }
        }
    }
}

#[test]
fn profile_intervals_of_ml_fits_equal_confint() {
    let expected = json("mixed/expected.json");
    let orders: [(&str, &[Component]); 2] = [
        (
            "slope",
            &[
                Component::Intercept,
                Component::Correlation,
                Component::Slope,
                Component::Residual,
            ],
        ),
        (
            "nested",
            &[Component::Intercept, Component::Parent, Component::Residual],
        ),
    ];
    for (name, sums, random) in cases() {
        let profile = &expected[name]["profile"];
        if profile.is_null() {
            continue;
        }
        let components = match random {
            RandomEffects::Intercept => &[Component::Intercept, Component::Residual][..],
            RandomEffects::NestedIntercepts => orders[1].1,
            RandomEffects::Slope { .. } => orders[0].1,
        };
        let fit = fit(&sums, random, Likelihood::Ml);
        for (i, &component) in components.iter().enumerate() {
            let key = if component == Component::Residual {
                ".sigma".to_owned()
            } else {
                format!(".sig{:02}", i + 1)
            };
            let theirs = list(&profile[&key]);
            let ours = fit.profile_interval(component, Level::NINETY_FIVE);
            println!("{name} {component:?} {ours:?} {theirs:?}");
            let ours = ours.expect("a profile");
            // confint interpolates its profile with splines: good to about 3e-4.
            for (a, b) in [ours.low(), ours.high()].into_iter().zip(theirs) {
                // Once it is off by .7 % (below): then the root says who is right.
                let interpolated_badly = name == "nested" && component == Component::Parent;
                if b.is_finite() && !interpolated_badly {
                    assert!(
                        (a - b).abs() <= 3e-4 * b.abs().max(0.05 * ours.high()),
                        "{name} {component:?} {a} {b}"
                    );
                }
            }
        }
    }
}

#[test]
fn profile_limits_are_the_roots_of_lme4s_deviance() {
    let expected = &json("mixed/expected.json")["limits"];
    let sets = [
        ("dyestuff", dyestuff("dyestuff")),
        ("sleepstudy_intercept", sleepstudy()),
    ];
    for (name, sums) in sets {
        let fit = fit(&sums, INTERCEPT, Likelihood::Ml);
        for (key, component) in [("sd", Component::Intercept), ("sigma", Component::Residual)] {
            let theirs = list(&expected[name][key]);
            let ours = fit
                .profile_interval(component, Level::NINETY_FIVE)
                .expect("limits");
            close(name, ours.low(), theirs[0], 1e-7);
            close(name, ours.high(), theirs[1], 1e-7);
        }
    }
    let nested = fit(&nested(), NESTED, Likelihood::Ml);
    let ours = nested
        .profile_interval(Component::Parent, Level::NINETY_FIVE)
        .expect("limits");
    close(
        "therapists",
        ours.low(),
        expected["nested_parent_low"].as_f64().expect("a number"),
        1e-6,
    );
}

#[test]
fn likelihood_ratios_equal_differences_of_lme4s_fits() {
    let expected = &json("mixed/expected.json")["likelihood_ratio"];
    let cases = [
        ("sleepstudy_slope", sleepstudy(), SLOPE, Component::Slope),
        (
            "dyestuff",
            dyestuff("dyestuff"),
            INTERCEPT,
            Component::Intercept,
        ),
        ("pastes_batch", pastes(), NESTED, Component::Parent),
        ("pastes_sample", pastes(), NESTED, Component::Intercept),
    ];
    for (name, sums, random, component) in cases {
        let test = fit(&sums, random, Likelihood::Reml)
            .likelihood_ratio(component)
            .expect("a test");
        close(
            name,
            test.statistic,
            expected[name].as_f64().expect("a number"),
            1e-6,
        );
    }
    // Tails of χ²₁ and χ²₂ in closed form.
    let one = |x: f64| libm::erfc((x / 2.0).sqrt());
    let two = |x: f64| libm::exp(-x / 2.0);
    let slope = fit(&sleepstudy(), SLOPE, Likelihood::Reml)
        .likelihood_ratio(Component::Slope)
        .expect("a test");
    let mixture = 0.5 * one(slope.statistic) + 0.5 * two(slope.statistic);
    close("slope", slope.p, mixture, 1e-12);
    let batch = fit(&dyestuff("dyestuff"), INTERCEPT, Likelihood::Reml)
        .likelihood_ratio(Component::Intercept)
        .expect("a test");
    close("batch", batch.p, 0.5 * one(batch.statistic), 1e-12);
}

#[test]
fn dyestuff2_has_no_variance_between_batches_and_says_so() {
    let fit = fit(&dyestuff("dyestuff2"), INTERCEPT, Likelihood::Reml);
    assert_eq!(fit.variances.intercept, 0.0);
    assert_eq!(fit.theta, [0.0]);
    assert_eq!(fit.certificate.boundary, Boundary::NoGroupVariance);
    assert!(fit.certificate.converged);
    // At the boundary lmerTest's df are those of a plain mean.
    close("df", fit.coefficients[0].df, 29.0, 1e-9);
}
