//! Two correlations of the same clients that share a variable: published values, R cocor, laws and pitfalls.

use alliance::stats::Undefined;
use alliance::stats::compare::{Dependent, Difference, dependent_difference, difference};
use alliance::stats::correlation::Correlation;
use alliance::stats::interval::Level;
use proptest::prelude::*;

use super::read::{ESTIMATE, P_VALUE, close, questions};

fn compare(r: [f64; 3], n: usize, level: Level) -> Result<Difference, Undefined> {
    let [first, second, between] = r.map(|r| Correlation::new(r, n, 0).expect("in range"));
    let of = Dependent {
        first: &first,
        second: &second,
        between: &between,
    };
    dependent_difference(of, level)
}

#[test]
fn the_published_examples_come_back() {
    // Zou (2007), p. 409, to the digits printed.
    let zou = compare([0.396, 0.179, 0.088], 66, Level::NINETY_FIVE).expect("comparable");
    assert!(
        (zou.interval.low() + 0.093).abs() < 5e-4 && (zou.interval.high() - 0.517).abs() < 5e-4
    );
    // Silver, Hittner & May (2006): the program DEPCOR prints Steiger's z and p.
    let depcor = compare([0.3, 0.4, 0.5], 100, Level::NINETY_FIVE).expect("comparable");
    assert!((depcor.z + 1.0718).abs() < 5e-5 && (depcor.p - 0.2838).abs() < 5e-5);
    // Steiger (1980), p. 249, case A prints −.89 after rounding the covariance.
    let steiger = compare([0.4, 0.5, 0.1], 103, Level::NINETY_FIVE).expect("comparable");
    assert!((steiger.z + 0.8887185).abs() < 5e-8);
}

#[test]
fn steigers_z_and_zous_interval_match_cocor() {
    let reference = questions();
    let rows = reference["dependent"].as_array().expect("rows");
    assert_eq!(rows.len(), 16);
    for row in rows {
        let number = |name: &str| row[name].as_f64().expect("a number");
        let level = Level::new(number("level")).expect("in range");
        let r = ["first", "second", "between"].map(number);
        let found = compare(r, number("n") as usize, level).expect("comparable");
        let what = row.to_string();
        close(&what, found.z, &row["z"], ESTIMATE);
        close(&what, found.p, &row["p"], P_VALUE);
        close(&what, found.interval.low(), &row["low"], ESTIMATE);
        close(&what, found.interval.high(), &row["high"], ESTIMATE);
        assert_eq!(found.estimate, r[0] - r[1]);
    }
}

#[test]
fn each_variable_held_fixed_costs_a_client() {
    let adjusted = [0.4, 0.5, 0.1].map(|r| Correlation::new(r, 104, 1).expect("in range"));
    let of = Dependent {
        first: &adjusted[0],
        second: &adjusted[1],
        between: &adjusted[2],
    };
    let plain = compare([0.4, 0.5, 0.1], 103, Level::NINETY);
    assert_eq!(dependent_difference(of, Level::NINETY), plain);
}

#[test]
fn correlations_of_other_clients_or_that_cannot_be_together_are_refused() {
    let r = |value, n, adjusted| Correlation::new(value, n, adjusted).expect("in range");
    let (first, fewer, partial) = (r(0.4, 50, 0), r(0.5, 49, 0), r(0.5, 50, 1));
    let refused = |second: &Correlation, between: &Correlation| {
        let of = Dependent {
            first: &first,
            second,
            between,
        };
        dependent_difference(of, Level::NINETY).expect_err("refused")
    };
    let lengths = Undefined::UnequalLengths {
        first: 50,
        second: 49,
    };
    assert_eq!(refused(&fewer, &first), lengths);
    assert_eq!(refused(&first, &fewer), lengths);
    assert!(matches!(
        refused(&partial, &first),
        Undefined::OutOfRange { .. }
    ));
    assert!(matches!(
        compare([0.9, -0.9, 0.9], 50, Level::NINETY),
        Err(Undefined::OutOfRange { .. })
    ));
    for perfect in [
        [1.0, 0.4, 0.4],
        [0.4, -1.0, -0.4],
        [0.4, 0.4, 1.0],
        [0.4, -0.4, -1.0],
    ] {
        assert_eq!(
            compare(perfect, 50, Level::NINETY),
            Err(Undefined::Perfect),
            "{perfect:?}"
        );
    }
    assert!(matches!(
        compare([0.4, 0.5, 0.1], 3, Level::NINETY),
        Err(Undefined::TooFew { .. })
    ));
}

proptest! {
    #[test]
    fn a_dependent_difference_turns_round_with_its_parts(first in -0.9..0.9f64, second in -0.9..0.9f64, part in -0.99..0.99f64, n in 5..500usize) {
        // r₂₃ between the limits that r₁₂ and r₁₃ leave it.
        let between = first * second + part * ((1.0 - first * first) * (1.0 - second * second)).sqrt();
        let there = compare([first, second, between], n, Level::NINETY_FIVE).expect("comparable");
        let back = compare([second, first, between], n, Level::NINETY_FIVE).expect("comparable");
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
        prop_assert!(near(there.z, -back.z) && near(there.interval.low(), -back.interval.high()));
        // Scoring variable 1 the other way round turns both correlations and the difference.
        let turned = compare([-first, -second, between], n, Level::NINETY_FIVE).expect("comparable");
        prop_assert!(near(turned.z, -there.z) && near(turned.interval.low(), -there.interval.high()));
        prop_assert!(there.interval.contains(there.estimate));
        prop_assert!(there.interval.low() >= -2.0 && there.interval.high() <= 2.0);
        prop_assert_eq!(there.z > 0.0, first > second);
    }

    #[test]
    fn the_same_clients_compare_more_sharply_than_others_when_what_is_compared_goes_together(first in 0.0..0.6f64, second in 0.0..0.6f64, n in 20..500usize) {
        let between = 0.7 + 0.3 * first * second;
        let same = compare([first, second, between], n, Level::NINETY_FIVE).expect("comparable");
        let [one, other] = [first, second].map(|r| Correlation::new(r, n, 0).expect("in range"));
        let others = difference(&one, &other, Level::NINETY_FIVE).expect("comparable");
        prop_assert!(same.interval.high() - same.interval.low() < others.interval.high() - others.interval.low());
    }
}
