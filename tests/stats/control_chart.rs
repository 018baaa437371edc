//! Control charts against qicharts2 and NHSRplotthedots, and the months that have no chart.

use alliance::stats::Undefined;
use alliance::stats::control_chart::{
    Limits, Month, Rule, anhoej, p_chart, p_prime, signals, xmr, xmr_without_large_ranges,
};
use alliance::stats::rupture::below_control_limit;
use proptest::prelude::*;
use serde_json::Value;

use super::read::{ESTIMATE, close, control_charts, numbers};

const CALM: [f64; 12] = [
    40.0, 42.0, 39.0, 45.0, 41.0, 38.0, 44.0, 43.0, 40.0, 42.0, 36.0, 41.0,
];

fn rows(name: &str) -> Vec<Value> {
    control_charts()[name].as_array().expect("rows").clone()
}

#[track_caller]
fn close_all(what: &str, found: &[f64], expected: &Value) {
    let expected = expected.as_array().expect("an array");
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        close(what, *found, expected, ESTIMATE);
    }
}

pub fn marked(found: &[Vec<Rule>], rule: Rule) -> Vec<bool> {
    found.iter().map(|rules| rules.contains(&rule)).collect()
}

fn expected_marks(row: &Value, rule: &str) -> Vec<bool> {
    let marks = row[rule].as_array().expect("marks");
    marks.iter().map(|mark| mark == true).collect()
}

pub fn months(counts: &[(u64, u64)]) -> Vec<Month> {
    counts
        .iter()
        .map(|&(count, of)| Month { count, of })
        .collect()
}

/// Limits 6 to both sides of 0: from 4 a point is near one.
pub fn around_zero(n: usize) -> Limits {
    Limits {
        center: 0.0,
        low: vec![-6.0; n],
        high: vec![6.0; n],
    }
}

#[test]
fn individuals_charts_match_nhsrplotthedots() {
    for row in rows("individuals") {
        let values = numbers(&row["values"]);
        let limits = xmr(&values).expect("a chart");
        close("center", limits.center, &row["center"], ESTIMATE);
        close_all("low", &limits.low, &row["low"]);
        close_all("high", &limits.high, &row["high"]);
        let screened = xmr_without_large_ranges(&values).expect("a chart");
        close_all("low without leaps", &screened.low, &row["screened_low"]);
        close_all("high without leaps", &screened.high, &row["screened_high"]);
        let found = signals(&values, &limits);
        for (rule, name) in [
            (Rule::OutsideLimits, "outside"),
            (Rule::SevenOnOneSide, "one_side"),
            (Rule::SevenTrending, "trend"),
        ] {
            assert_eq!(
                marked(&found, rule),
                expected_marks(&row, name),
                "{name} of {values:?}"
            );
        }
        // The package asks for more: the third on the same side, and nothing outside.
        let ours = marked(&found, Rule::TwoOfThreeNearLimit);
        let theirs = expected_marks(&row, "two_of_three");
        assert!(
            theirs
                .iter()
                .zip(&ours)
                .all(|(theirs, ours)| *ours || !theirs)
        );
    }
}

#[test]
fn the_chart_worked_by_hand_has_its_limits() {
    let limits = xmr(&CALM).expect("a chart");
    assert!((limits.center - 491.0 / 12.0).abs() < 1e-13);
    assert!((limits.high[3] - (491.0 / 12.0 + 2.66 * 41.0 / 11.0)).abs() < 1e-13);
    assert!(signals(&CALM, &limits).iter().all(Vec::is_empty));
}

#[test]
fn charts_of_shares_match_qicharts2() {
    for row in rows("shares") {
        let counts: Vec<u64> = numbers(&row["count"]).iter().map(|&x| x as u64).collect();
        let sizes: Vec<u64> = numbers(&row["of"]).iter().map(|&x| x as u64).collect();
        let months = months(&counts.into_iter().zip(sizes).collect::<Vec<_>>());
        let known: Vec<usize> = (0..months.len())
            .filter(|&i| row["known"][i] == true)
            .collect();
        for (limits, low, high) in [
            (p_chart(&months), "low", "high"),
            (p_prime(&months), "prime_low", "prime_high"),
        ] {
            let limits = limits.expect("a chart");
            close("center", limits.center, &row["center"], ESTIMATE);
            let of = |side: &[f64]| known.iter().map(|&i| side[i]).collect::<Vec<_>>();
            close_all(low, &of(&limits.low), &row[low]);
            close_all(high, &of(&limits.high), &row[high]);
        }
    }
}

#[test]
fn runs_and_crossings_match_qicharts2() {
    for row in rows("runs") {
        let found = anhoej(
            &numbers(&row["values"]),
            row["center"].as_f64().expect("a number"),
        );
        for (what, found) in [
            ("longest_run", found.longest_run),
            ("longest_allowed", found.longest_allowed),
            ("crossings", found.crossings),
            ("fewest_crossings", found.fewest_crossings),
        ] {
            // Where every point is on the center, the package says nothing.
            assert_eq!(found as u64, row[what].as_u64().unwrap_or(0), "{what}");
        }
    }
}

#[test]
fn what_chance_allows_matches_qbinom_for_every_length() {
    let allowed = &control_charts()["allowed"];
    let [n, longest, fewest] = ["n", "longest", "fewest"].map(|name| numbers(&allowed[name]));
    for (i, &points) in n.iter().enumerate() {
        let alternating: Vec<f64> = (0..points as usize)
            .map(|i| if i % 2 == 0 { 1.0 } else { -1.0 })
            .collect();
        let found = anhoej(&alternating, 0.0);
        assert_eq!(found.longest_allowed as f64, longest[i], "{points}");
        assert_eq!(found.fewest_crossings as f64, fewest[i], "{points}");
        assert_eq!(
            (found.longest_run, found.crossings as f64),
            (1, points - 1.0)
        );
    }
}

#[test]
fn a_chart_without_variation_has_no_limits() {
    let flat =
        |limits: Result<Limits, Undefined>| matches!(limits, Err(Undefined::NoVariation { .. }));
    assert!(flat(xmr(&[41.3; 12])) && flat(xmr_without_large_ranges(&[41.3; 12])));
    // Equal but for rounding.
    assert!(flat(xmr(&[0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2])));
    // One step: without its range nothing is left.
    let step = [[1.0; 6], [2.0; 6]].concat();
    assert!(xmr(&step).is_ok() && flat(xmr_without_large_ranges(&step)));
    for (none, chart) in [0, 9]
        .map(|count| months(&[(count, 9), (count, 9), (count, 9)]))
        .iter()
        .zip([0.0, 1.0])
    {
        assert!(flat(p_chart(none)) && flat(p_prime(none)), "share {chart}");
    }
    // Equal shares within 0 and 1 have binomial limits, and no others.
    let equal = months(&[(3, 9), (5, 15), (4, 12)]);
    assert!(p_chart(&equal).is_ok() && flat(p_prime(&equal)));
    assert_eq!(anhoej(&[5.0; 9], 5.0).longest_run, 0);
}

#[test]
fn one_month_is_no_chart() {
    let few = |limits: Result<Limits, Undefined>, found| {
        assert_eq!(limits, Err(Undefined::TooFew { found, needed: 2 }));
    };
    few(xmr(&[] as &[f64]), 0);
    few(xmr(&[40.0]), 1);
    few(xmr_without_large_ranges(&[40.0]), 1);
    few(p_chart(&[]), 0);
    few(p_chart(&months(&[(3, 9)])), 1);
    few(p_prime(&months(&[(3, 9), (0, 0)])), 1);
    few(p_chart(&months(&[(0, 0), (0, 0)])), 0);
    let apart = months(&[(3, 9), (0, 0), (4, 9)]);
    assert!(p_chart(&apart).is_ok());
    few(p_prime(&apart), 1);
}

#[test]
fn no_moving_range_reaches_across_a_month_without_a_value() {
    let apart = [Some(40.0), Some(42.0), None, Some(50.0), Some(49.0)];
    let found = xmr(&apart).expect("limits");
    // Of |42 − 40| = 2 and |49 − 50| = 1; 8 from 42 to 50 is no step of one month.
    assert!((found.center - 45.25).abs() < 1e-12);
    assert!((found.high[0] - found.center - 2.66 * 1.5).abs() < 1e-12);
    assert_eq!(found.low.len(), 5);
    assert!(matches!(
        xmr(&[Some(1.0), None, Some(2.0)]),
        Err(Undefined::TooFew { .. })
    ));
}

#[test]
fn an_unknown_or_impossible_number_never_passes() {
    for unknown in [f64::NAN, f64::INFINITY] {
        assert!(matches!(
            xmr(&[1.0, unknown, 2.0]),
            Err(Undefined::NotFinite { .. })
        ));
    }
    assert!(matches!(
        xmr(&[f64::MAX, -f64::MAX]),
        Err(Undefined::NotFinite { .. })
    ));
    assert!(matches!(
        p_chart(&months(&[(10, 9), (1, 9)])),
        Err(Undefined::OutOfRange { .. })
    ));
    let missing = [f64::NAN; 9];
    assert!(signals(&missing, &around_zero(9)).iter().all(Vec::is_empty));
    assert_eq!(anhoej(&missing, 0.0).longest_allowed, 0);
    assert!(std::panic::catch_unwind(|| signals(&[1.0], &around_zero(2))).is_err());
}

#[test]
fn a_month_without_clients_may_lie_anywhere_and_breaks_a_run() {
    let with = months(&[(6, 20), (0, 0), (24, 80), (10, 30)]);
    let without = months(&[(6, 20), (24, 80), (10, 30)]);
    let (gap, whole) = (
        p_chart(&with).expect("a chart"),
        p_chart(&without).expect("a chart"),
    );
    assert_eq!(
        (gap.center, gap.low[1], gap.high[1]),
        (whole.center, 0.0, 1.0)
    );
    assert_eq!(gap.high[2], whole.high[1]);
    let mut run = vec![1.0; 8];
    assert!(
        signals(&run, &around_zero(8))
            .iter()
            .all(|rules| rules == &[Rule::SevenOnOneSide])
    );
    run[4] = f64::NAN;
    assert!(signals(&run, &around_zero(8)).iter().all(Vec::is_empty));
}

proptest! {
    #[test]
    fn a_clients_own_chart_is_the_same_chart(ratings in prop::collection::vec(12..=60i32, 6..25)) {
        let ratings: Vec<f64> = ratings.into_iter().map(f64::from).collect();
        if let Ok(limits) = xmr(&ratings) {
            let below: Vec<usize> = (0..ratings.len()).filter(|&i| ratings[i] < limits.low[i] - 1e-9).collect();
            prop_assert_eq!(below_control_limit(&ratings), Some(below));
        }
    }

    #[test]
    fn limits_of_shares_hold_the_center_and_stay_shares(counts in prop::collection::vec((0..=30u64, 0..=30u64), 2..20)) {
        let months: Vec<Month> = counts.into_iter().map(|(a, b)| Month { count: a.min(b), of: a.max(b) }).collect();
        for limits in [p_chart(&months), p_prime(&months)].into_iter().flatten() {
            for (low, high) in limits.low.iter().zip(&limits.high) {
                prop_assert!((0.0..limits.center).contains(low) && *high > limits.center && *high <= 1.0);
            }
        }
    }
}
