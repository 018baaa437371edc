//! Expected outcomes against R's glm, standardised shares, and a change between two reports.

use alliance::stats::Undefined;
use alliance::stats::case_mix::{expected, standardised_share};
use alliance::stats::numeric::random::{standard_normal, stream};

use super::read::{ESTIMATE, close, control_charts, numbers};

fn fit(outcome: &[bool], predictors: &[Vec<f64>]) -> Result<Vec<f64>, Undefined> {
    let predictors: Vec<&[f64]> = predictors.iter().map(Vec::as_slice).collect();
    expected(outcome, &predictors)
}

#[test]
fn fitted_probabilities_match_glm() {
    for case in control_charts()["case_mix"].as_array().expect("cases") {
        let outcome: Vec<bool> = case["outcome"]
            .as_array()
            .expect("outcomes")
            .iter()
            .map(|y| y == true)
            .collect();
        let predictors: Vec<Vec<f64>> = case["predictors"]
            .as_array()
            .expect("columns")
            .iter()
            .map(numbers)
            .collect();
        let found = fit(&outcome, &predictors).expect("a model");
        for (found, expected) in found
            .iter()
            .zip(case["expected"].as_array().expect("numbers"))
        {
            close("probability", *found, expected, ESTIMATE);
        }
    }
}

#[test]
fn without_predictors_everybody_is_expected_alike() {
    let found = expected(&[true, false, false, true, false], &[]).expect("a model");
    assert!(found.iter().all(|p| (p - 0.4).abs() < 1e-15));
}

#[test]
fn groups_are_expected_to_do_as_they_did() {
    // Dummies of three groups: 1 of 4, 2 of 3, 2 of 5.
    let group = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2];
    let outcome = [0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0].map(|y| y == 1);
    let dummies: Vec<Vec<f64>> = [1, 2]
        .map(|of| {
            group
                .iter()
                .map(|g| f64::from(u8::from(*g == of)))
                .collect()
        })
        .to_vec();
    let found = fit(&outcome, &dummies).expect("a model");
    for (p, group) in found.iter().zip(group) {
        assert!((p - [0.25, 2.0 / 3.0, 0.4][group]).abs() < 1e-12);
    }
}

#[test]
fn outcomes_told_apart_without_error_have_no_model() {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let above = |threshold: f64| -> Vec<bool> { x.iter().map(|x| *x > threshold).collect() };
    for threshold in [0.5, 9.5, 18.5] {
        assert_eq!(
            fit(&above(threshold), std::slice::from_ref(&x)),
            Err(Undefined::Separated)
        );
    }
    // Apart but for a tie at the border.
    let mut tied = x.clone();
    tied[10] = tied[9];
    assert_eq!(fit(&above(9.5), &[tied]), Err(Undefined::Separated));
    // Everybody in one small group recovered; the others did or did not.
    let member: Vec<f64> = (0..20).map(|i| f64::from(u8::from(i < 3))).collect();
    let mixed: Vec<bool> = (0..20).map(|i| i < 3 || i % 2 == 0).collect();
    assert_eq!(
        fit(&mixed, &[member.clone(), x.clone()]),
        Err(Undefined::Separated)
    );
    // Neither alone, both together.
    let mut rng = stream(3, 1);
    let [a, b]: [Vec<f64>; 2] =
        std::array::from_fn(|_| (0..60).map(|_| standard_normal(&mut rng)).collect());
    let apart: Vec<bool> = a.iter().zip(&b).map(|(a, b)| a + 0.7 * b > 0.2).collect();
    assert!(
        fit(&apart, std::slice::from_ref(&a)).is_ok()
            && fit(&apart, std::slice::from_ref(&b)).is_ok()
    );
    assert_eq!(fit(&apart, &[a, b]), Err(Undefined::Separated));
    // One client on the wrong side: large coefficients, but a model.
    let mut almost = above(9.5);
    (almost[9], almost[10]) = (true, false);
    assert!(fit(&almost, &[x]).is_ok());
}

#[test]
fn an_extreme_client_is_not_a_separation() {
    let mut rng = stream(11, 0);
    let mut x: Vec<f64> = (0..200).map(|_| standard_normal(&mut rng)).collect();
    let outcome: Vec<bool> = x
        .iter()
        .map(|x| x + 1.5 * standard_normal(&mut rng) > 0.0)
        .collect();
    let last = outcome.iter().rposition(|y| *y).expect("somebody");
    x[last] = 300.0;
    let found = fit(&outcome, &[x]).expect("a model");
    assert!(found[last] > 1.0 - 1e-12);
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let (outcome, x) = ([true, false, true, false, false], [1.0, 2.0, 4.0, 3.0, 5.0]);
    assert_eq!(
        expected(&outcome, &[&x[..4]]),
        Err(Undefined::UnequalLengths {
            first: 5,
            second: 4
        })
    );
    assert_eq!(
        expected(&outcome[..2], &[&x[..2]]),
        Err(Undefined::TooFew {
            found: 2,
            needed: 3
        })
    );
    assert_eq!(
        expected(&[true; 5], &[&x]),
        Err(Undefined::NoVariation {
            variable: "the outcome"
        })
    );
    assert_eq!(
        expected(&[false; 5], &[]),
        Err(Undefined::NoVariation {
            variable: "the outcome"
        })
    );
    assert_eq!(
        expected(&outcome, &[&[2.5; 5]]),
        Err(Undefined::NoVariation {
            variable: "a predictor"
        })
    );
    assert_eq!(
        expected(&outcome, &[&x, &x.map(|x| 3.0 - 2.0 * x)]),
        Err(Undefined::Collinear)
    );
    assert!(matches!(
        expected(&outcome, &[&[1.0, f64::NAN, 4.0, 3.0, 5.0]]),
        Err(Undefined::NotFinite { .. })
    ));
}

#[test]
fn a_standardised_share_is_a_share_or_nothing() {
    assert_eq!(standardised_share(10.0, 10.0, 0.37), Some(0.37));
    assert_eq!(standardised_share(5.0, 10.0, 0.4), Some(0.2));
    assert_eq!(standardised_share(0.0, 10.0, 0.4), Some(0.0));
    assert_eq!(standardised_share(40.0, 10.0, 0.4), Some(1.0));
    for broken in [
        (1.0, 0.0, 0.4),
        (1.0, -2.0, 0.4),
        (-1.0, 2.0, 0.4),
        (1.0, 2.0, 1.2),
        (f64::NAN, 2.0, 0.4),
        (1.0, f64::NAN, 0.4),
        (1.0, 2.0, f64::NAN),
        (f64::INFINITY, 2.0, 0.4),
        (1.0, f64::INFINITY, 0.4),
        (f64::MAX, 1e-300, 0.0),
    ] {
        assert_eq!(
            standardised_share(broken.0, broken.1, broken.2),
            None,
            "{broken:?}"
        );
    }
}
