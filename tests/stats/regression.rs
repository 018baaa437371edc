//! Least squares against certified values and R, its laws, and the data it must refuse.

use std::collections::HashMap;

use alliance::stats::Undefined;
use alliance::stats::adjusted_line::adjusted_line;
use alliance::stats::correlation::partial;
use alliance::stats::fisher::t_test;
use alliance::stats::interval::Level;
use alliance::stats::numeric::moments::CrossProducts;
use alliance::stats::numeric::random::{standard_normal, stream};
use alliance::stats::regression::{Coefficient, Regression, regression};
use proptest::prelude::*;
use serde_json::Value;

use super::read::{
    ESTIMATE, P_VALUE, by_session, close, close_interval, expected, numbers, outcomes, questions,
    scores,
};

fn fit(predictors: &[Vec<f64>], outcome: &[f64]) -> Result<Regression, Undefined> {
    let predictors: Vec<&[f64]> = predictors.iter().map(Vec::as_slice).collect();
    regression(&predictors, outcome, Level::NINETY_FIVE)
}

#[track_caller]
fn check(what: &str, found: &Coefficient, expected: &Value) {
    close(what, found.estimate, &expected["estimate"], ESTIMATE);
    close(what, found.std_error, &expected["se"], ESTIMATE);
    close(what, found.t, &expected["t"], ESTIMATE);
    close(what, found.p, &expected["p"], P_VALUE);
}

/// Longley's macroeconomic data: six predictors that nearly repeat each other.
fn longley(reference: &Value) -> (Vec<Vec<f64>>, Vec<f64>) {
    let names = [
        "GNP.deflator",
        "GNP",
        "Unemployed",
        "Armed.Forces",
        "Population",
        "Year",
    ];
    let predictors = names.map(|name| numbers(&reference["predictors"][name]));
    (predictors.to_vec(), numbers(&reference["outcome"]))
}

#[test]
fn longleys_regression_matches_r() {
    let reference = &questions()["longley"];
    let (predictors, outcome) = longley(reference);
    let found = fit(&predictors, &outcome).expect("estimable");
    assert_eq!((found.n, found.df), (16, 9.0));
    close(
        "sigma",
        found.residual_variance.sqrt(),
        &reference["sigma"],
        ESTIMATE,
    );
    for (i, coefficient) in found.coefficients.iter().enumerate() {
        let what = format!("coefficient {i}");
        close(
            &what,
            coefficient.estimate,
            &reference["estimate"][i],
            ESTIMATE,
        );
        close(&what, coefficient.std_error, &reference["se"][i], ESTIMATE);
        close(&what, coefficient.t, &reference["t"][i], ESTIMATE);
        close(&what, coefficient.p, &reference["p"][i], P_VALUE);
        close_interval(&what, &coefficient.interval, &reference["confint"][i]);
    }
    for (i, row) in reference["at"].as_array().expect("rows").iter().enumerate() {
        let weights = [vec![1.0], numbers(row)].concat();
        let expected = found.combination(&weights).expect("defined");
        let fitted = &reference["fitted"][i];
        close("fitted", expected.estimate, &fitted[0], ESTIMATE);
        close(
            "error of fitted",
            expected.std_error,
            &reference["fitted_se"][i],
            ESTIMATE,
        );
        close("low", expected.interval.low(), &fitted[1], ESTIMATE);
        close("high", expected.interval.high(), &fitted[2], ESTIMATE);
    }
}

#[test]
fn longleys_regression_has_the_certified_values() {
    // NIST Statistical Reference Datasets, Longley: certified estimates and standard errors.
    let certified = [
        (-3_482_258.634_595_82, 890_420.383_607_373),
        (15.061_872_271_373_3, 84.914_925_774_766_9),
        (-0.358_191_792_925_910e-1, 0.334_910_077_722_432e-1),
        (-2.020_229_803_816_83, 0.488_399_681_651_699),
        (-1.033_226_867_173_59, 0.214_274_163_161_675),
        (-0.511_041_056_535_807e-1, 0.226_073_200_069_370),
        (1_829.151_464_613_55, 455.478_499_142_212),
    ];
    let (predictors, outcome) = longley(&questions()["longley"]);
    // R has the same data in larger units.
    let units = [1.0, 1e3, 10.0, 10.0, 1e3, 1.0];
    let predictors: Vec<Vec<f64>> = predictors
        .iter()
        .zip(units)
        .map(|(column, unit)| {
            column
                .iter()
                .map(|value| {
                    if unit == 1.0 {
                        *value
                    } else {
                        (value * unit).round()
                    }
                })
                .collect()
        })
        .collect();
    let outcome: Vec<f64> = outcome.iter().map(|value| (value * 1e3).round()).collect();
    let found = fit(&predictors, &outcome).expect("estimable");
    for (coefficient, (estimate, std_error)) in found.coefficients.iter().zip(certified) {
        assert!((coefficient.estimate / estimate - 1.0).abs() < 1e-10);
        assert!((coefficient.std_error / std_error - 1.0).abs() < 1e-10);
    }
    assert!((found.residual_variance.sqrt() / 304.854_073_561_965 - 1.0).abs() < 1e-11);
}

#[test]
fn simple_slopes_are_those_of_a_moderator_with_its_zero_moved() {
    let reference = questions();
    let column = |name: &str| numbers(&reference["attitude"][name]);
    let (rating, complaints, learning) =
        (column("rating"), column("complaints"), column("learning"));
    let (a, _) = centred(&complaints);
    let (m, sd) = centred(&learning);
    let product: Vec<f64> = a.iter().zip(&m).map(|(a, m)| a * m).collect();
    let found = regression(&[&a, &m, &product], &rating, Level::NINETY).expect("estimable");
    for expected in reference["moderated"].as_array().expect("slopes") {
        let k = expected["k"].as_f64().expect("a number");
        let slope = found
            .combination(&[0.0, 1.0, 0.0, k * sd])
            .expect("defined");
        check("slope", &slope, expected);
        close_interval("slope", &slope.interval, &expected["confint"]);
    }
}

fn centred(values: &[f64]) -> (Vec<f64>, f64) {
    let products = CrossProducts::from_columns([values]).expect("finite");
    let mean = products.mean(0).expect("rows");
    let sd = products.variance(0).expect("rows").sqrt();
    (values.iter().map(|value| value - mean).collect(), sd)
}

#[test]
fn technique_and_alliance_in_cbt_match_r() {
    let early = |column| -> HashMap<String, f64> {
        by_session(column)
            .into_iter()
            .filter_map(|(client, values)| {
                let window: Vec<f64> = values
                    .iter()
                    .filter(|(session, _)| *session <= 5)
                    .map(|(_, value)| *value)
                    .collect();
                let mean = window.iter().sum::<f64>() / window.len() as f64;
                (!window.is_empty()).then_some((client, mean))
            })
            .collect()
    };
    let (alliance, technique, scores, table) =
        (early("alliance"), early("technique"), scores(), outcomes());
    let [mut pre, mut post, mut a, mut q] = [const { Vec::new() }; 4];
    for row in &table.rows {
        let client = table.cell(row, "client_id");
        if !["cbt", "cbtp"].contains(&table.cell(row, "treatment")) {
            continue;
        }
        if let (Some(rating), Some(skill), (Some(before), Some(after))) =
            (alliance.get(client), technique.get(client), scores[client])
        {
            a.push(*rating);
            q.push(*skill);
            pre.push(before);
            post.push(after);
        }
    }
    let ((a, _), (q, _)) = (centred(&a), centred(&q));
    let product: Vec<f64> = a.iter().zip(&q).map(|(a, q)| a * q).collect();
    let found = fit(&[pre, a, q, product], &post).expect("estimable");
    let expected = &expected()["cbt_technique"];
    assert_eq!(found.n as u64, expected["n"]);
    close("df", found.df, &expected["df"], 0.0);
    for (coefficient, name) in
        found
            .coefficients
            .iter()
            .zip(["(Intercept)", "opre", "a", "q", "a:q"])
    {
        check(name, coefficient, &expected["coef"][name]);
    }
}

#[test]
fn without_predictors_the_intercept_is_the_mean() {
    let found = fit(&[], &[1.0, 2.0, 6.0]).expect("estimable");
    let [mean] = found.coefficients[..] else {
        panic!("one coefficient");
    };
    assert!(
        (mean.estimate - 3.0).abs() < 1e-15
            && (mean.std_error - (7.0f64 / 3.0).sqrt()).abs() < 1e-15
    );
    assert_eq!(found.df, 2.0);
}

#[test]
fn as_many_coefficients_as_clients_are_too_many() {
    let (x, z, y) = (
        [1.0, 2.0, 4.0, 3.0],
        [1.0, 0.0, 0.0, 1.0],
        [2.0, 1.0, 4.0, 3.0],
    );
    let with = |n: usize| regression(&[&x[..n], &z[..n]], &y[..n], Level::NINETY);
    assert_eq!(
        with(3),
        Err(Undefined::TooFew {
            found: 3,
            needed: 4
        })
    );
    assert_eq!(with(4).expect("one degree of freedom").df, 1.0);
    assert!(matches!(with(0), Err(Undefined::TooFew { .. })));
}

#[test]
fn a_predictor_determined_by_the_others_is_collinear_wherever_it_stands() {
    let mut rng = stream(21, 0);
    let [x, z, noise]: [Vec<f64>; 3] =
        std::array::from_fn(|_| (0..30).map(|_| 40.0 + standard_normal(&mut rng)).collect());
    let sum: Vec<f64> = x
        .iter()
        .zip(&z)
        .map(|(x, z)| 0.3 * x - 1.7 * z + 11.1)
        .collect();
    for order in [[&x, &z, &sum], [&sum, &z, &x], [&z, &sum, &x]] {
        let predictors = order.map(Vec::as_slice);
        assert_eq!(
            regression(&predictors, &noise, Level::NINETY),
            Err(Undefined::Collinear)
        );
    }
    assert_eq!(
        regression(&[&x, &x], &noise, Level::NINETY),
        Err(Undefined::Collinear)
    );
    assert!(regression(&[&x, &z], &noise, Level::NINETY).is_ok());
    // More predictors than directions, though not more than clients.
    let dummies: Vec<Vec<f64>> = (0..3)
        .map(|group| (0..30).map(|i| f64::from(i % 3 == group)).collect())
        .collect();
    assert_eq!(fit(&dummies, &noise), Err(Undefined::Collinear));
}

#[test]
fn a_column_without_variation_or_with_an_unknown_number_is_refused() {
    let (fine, other, flat) = ([1.0, 2.0, 4.0, 3.0], [2.0, 2.0, 1.0, 5.0], [43.3; 4]);
    let of = |x: &[f64], y: &[f64]| regression(&[x], y, Level::NINETY);
    assert_eq!(
        of(&flat, &fine),
        Err(Undefined::NoVariation {
            variable: "a predictor"
        })
    );
    assert_eq!(
        of(&fine, &flat),
        Err(Undefined::NoVariation {
            variable: "the outcome"
        })
    );
    for unknown in [f64::NAN, f64::INFINITY] {
        let broken = [1.0, unknown, 4.0, 3.0];
        assert!(matches!(
            of(&broken, &fine),
            Err(Undefined::NotFinite { .. })
        ));
        assert!(matches!(
            of(&fine, &broken),
            Err(Undefined::NotFinite { .. })
        ));
        let fit = of(&fine, &other).expect("estimable");
        assert!(matches!(
            fit.combination(&[1.0, unknown]),
            Err(Undefined::NotFinite { .. })
        ));
    }
    let huge = fine.map(|value| value * 1e300);
    assert!(matches!(of(&huge, &fine), Err(Undefined::NotFinite { .. })));
    assert!(matches!(
        of(&fine[..3], &fine),
        Err(Undefined::UnequalLengths { .. })
    ));
}

#[test]
fn an_outcome_reproduced_exactly_leaves_no_error_to_measure() {
    let x = [0.1, 0.2, 0.7, 1.3, 2.9];
    let line = x.map(|value| 11.1 - 7.7 * value);
    assert_eq!(
        regression(&[&x], &line, Level::NINETY),
        Err(Undefined::NothingLeft)
    );
}

#[test]
fn weights_that_ask_for_nothing_or_for_too_much_are_refused() {
    let found = fit(&[vec![1.0, 2.0, 4.0, 3.0]], &[2.0, 2.0, 1.0, 5.0]).expect("estimable");
    assert!(matches!(
        found.combination(&[0.0, 0.0]),
        Err(Undefined::OutOfRange { .. })
    ));
    for weights in [&[][..], &[1.0], &[1.0, 2.0, 3.0]] {
        assert!(matches!(
            found.combination(weights),
            Err(Undefined::UnequalLengths { .. })
        ));
    }
}

#[test]
fn a_far_origin_costs_no_digits() {
    let mut rng = stream(22, 0);
    let x: Vec<f64> = (0..40).map(|_| standard_normal(&mut rng)).collect();
    let y: Vec<f64> = x
        .iter()
        .map(|x| 0.5 * x + standard_normal(&mut rng))
        .collect();
    let far: Vec<f64> = x.iter().map(|x| x + 1e6).collect();
    let (near, far) = (
        fit(&[x], &y).expect("estimable"),
        fit(&[far], &y).expect("estimable"),
    );
    let (near, far) = (near.coefficients[1], far.coefficients[1]);
    assert!(
        (near.estimate - far.estimate).abs() < 1e-9
            && (near.std_error - far.std_error).abs() < 1e-9
    );
}

fn rows() -> impl Strategy<Value = Vec<[f64; 4]>> {
    prop::collection::vec(
        [
            -10.0..10.0f64,
            -10.0..10.0f64,
            -10.0..10.0f64,
            -10.0..10.0f64,
        ],
        7..50,
    )
}

fn columns(rows: &[[f64; 4]]) -> [Vec<f64>; 4] {
    std::array::from_fn(|i| rows.iter().map(|row| row[i]).collect())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-8 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #[test]
    fn a_unit_weight_is_its_coefficient_and_a_combination_is_linear(rows in rows(), weights in [-3.0..3.0f64, -3.0..3.0f64, -3.0..3.0f64, 0.1..3.0f64]) {
        let [x, z, w, y] = columns(&rows);
        let found = fit(&[x, z, w], &y).expect("estimable");
        for j in 0..4 {
            let mut only = [0.0; 4];
            only[j] = 1.0;
            prop_assert_eq!(found.combination(&only), Ok(found.coefficients[j]));
        }
        let whole = found.combination(&weights).expect("defined");
        let sum: f64 = weights.iter().zip(&found.coefficients).map(|(weight, one)| weight * one.estimate).sum();
        prop_assert!(near(whole.estimate, sum));
        let double = found.combination(&weights.map(|weight| -2.0 * weight)).expect("defined");
        prop_assert!(near(double.estimate, -2.0 * whole.estimate) && near(double.std_error, 2.0 * whole.std_error));
        prop_assert!(near(double.t, -whole.t) && whole.interval.contains(whole.estimate));
    }

    #[test]
    fn the_t_of_a_coefficient_is_that_of_the_partial_correlation(rows in rows()) {
        let [x, z, _, y] = columns(&rows);
        let found = fit(&[x.clone(), z.clone()], &y).expect("estimable");
        let test = t_test(&partial(&x, &y, &z).expect("defined")).expect("defined");
        prop_assert!(near(found.coefficients[1].t, test.t) && found.df == test.df);
    }

    #[test]
    fn its_line_is_the_adjusted_line(rows in rows(), at in -20.0..20.0f64) {
        let [x, z, _, y] = columns(&rows);
        let found = fit(&[x.clone(), z.clone()], &y).expect("estimable");
        let line = adjusted_line(&CrossProducts::from_columns([&x, &y, &z]).expect("finite")).expect("estimable");
        let expected = found.combination(&[1.0, at, line.mean_z]).expect("defined").interval;
        let height = line.height(at, Level::NINETY_FIVE).expect("finite");
        prop_assert!(near(height.low(), expected.low()) && near(height.high(), expected.high()));
    }

    #[test]
    fn the_order_of_predictors_and_clients_changes_nothing(rows in rows()) {
        let [x, z, w, y] = columns(&rows);
        let found = fit(&[x, z, w], &y).expect("estimable");
        let turned: Vec<[f64; 4]> = rows.iter().rev().copied().collect();
        let [x, z, w, y] = columns(&turned);
        let again = fit(&[w, x, z], &y).expect("estimable");
        for (one, other) in [(0, 0), (1, 2), (2, 3), (3, 1)] {
            let (one, other) = (found.coefficients[one], again.coefficients[other]);
            prop_assert!(near(one.estimate, other.estimate) && near(one.std_error, other.std_error) && near(one.p, other.p));
        }
        prop_assert!(near(found.residual_variance, again.residual_variance));
    }

    #[test]
    fn units_of_predictor_and_outcome_only_change_units(rows in rows(), scale in 0.01..100.0f64, shift in -50.0..50.0f64) {
        let [x, z, w, y] = columns(&rows);
        let scaled: Vec<f64> = x.iter().map(|value| shift + scale * value).collect();
        let turned: Vec<f64> = y.iter().map(|value| shift - 2.0 * value).collect();
        let (found, again) = (fit(&[x, z.clone(), w.clone()], &y).expect("estimable"), fit(&[scaled, z, w], &turned).expect("estimable"));
        prop_assert!(near(found.coefficients[1].estimate * -2.0, again.coefficients[1].estimate * scale));
        prop_assert!(near(found.coefficients[1].t, -again.coefficients[1].t) && near(found.coefficients[2].t, -again.coefficients[2].t));
    }

    #[test]
    fn residuals_are_orthogonal_to_every_predictor(rows in rows()) {
        let [x, z, w, y] = columns(&rows);
        let found = fit(&[x, z, w], &y).expect("estimable");
        let left: Vec<f64> = rows.iter().map(|row| {
            row[3] - found.combination(&[1.0, row[0], row[1], row[2]]).expect("defined").estimate
        }).collect();
        for of in [|_: &[f64; 4]| 1.0, |row: &[f64; 4]| row[0], |row: &[f64; 4]| row[1], |row: &[f64; 4]| row[2]] {
            let product: f64 = rows.iter().zip(&left).map(|(row, left)| of(row) * left).sum();
            prop_assert!(product.abs() < 1e-8, "{product}");
        }
        let variance = left.iter().map(|value| value * value).sum::<f64>() / found.df;
        prop_assert!(near(variance, found.residual_variance));
    }
}
