//! Control charts against qicharts2 and NHSRplotthedots, the laws of their rules, and the months that fool them.

use alliance::stats::Undefined;
use alliance::stats::control_chart::{
    Limits, Month, Rule, anhoej, p_chart, p_prime, signals, xmr, xmr_without_large_ranges,
};
use alliance::stats::numeric::quantile::median;
use alliance::stats::numeric::random::{standard_normal, stream};
use alliance::stats::rupture::below_control_limit;
use proptest::prelude::*;
use serde_json::Value;

use crate::read::{ESTIMATE, close, control_charts, numbers};

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

fn marked(found: &[Vec<Rule>], rule: Rule) -> Vec<bool> {
    found.iter().map(|rules| rules.contains(&rule)).collect()
}

fn expected_marks(row: &Value, rule: &str) -> Vec<bool> {
    let marks = row[rule].as_array().expect("marks");
    marks.iter().map(|mark| mark == true).collect()
}

fn months(counts: &[(u64, u64)]) -> Vec<Month> {
    counts
        .iter()
        .map(|&(count, of)| Month { count, of })
        .collect()
}

/// Limits 6 to both sides of 0: from 4 a point is near one.
fn around_zero(n: usize) -> Limits {
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
    few(xmr(&[]), 0);
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

#[test]
fn a_point_on_the_center_breaks_a_run_and_an_equal_point_a_trend() {
    let side = |values: &[f64]| {
        marked(
            &signals(values, &around_zero(values.len())),
            Rule::SevenOnOneSide,
        )
    };
    let seven = [0.5, 1.0, 0.5, 1.0, 0.5, 1.0, 0.5];
    assert_eq!(side(&seven), [true; 7]);
    assert_eq!(
        side(&[&seven[..], &[-1.0]].concat()),
        [[true; 7].as_slice(), &[false]].concat()
    );
    assert_eq!(side(&[&seven[..6], &[0.0, 1.0]].concat()), [false; 8]);
    // A center that is off by rounding is still the center: each of these lies on it.
    let limits = Limits {
        center: 0.1 + 0.2,
        low: vec![0.0; 8],
        high: vec![0.6; 8],
    };
    assert!(limits.center > 0.3 && signals(&[0.3; 8], &limits).iter().all(Vec::is_empty));
    let trend = |values: &[f64]| {
        marked(
            &signals(values, &around_zero(values.len())),
            Rule::SevenTrending,
        )
    };
    let rise = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
    assert_eq!(trend(&rise), [true; 7]);
    assert_eq!(trend(&rise.map(|x| -x)), [true; 7]);
    assert_eq!(trend(&rise[..6]), [false; 6]);
    assert_eq!(
        trend(&[-3.0, -2.0, -1.0, -1.0, 1.0, 2.0, 3.0, 3.5]),
        [false; 8]
    );
    // Down again: the top belongs to the rise.
    assert_eq!(
        trend(&[&rise[..], &[2.0]].concat()),
        [[true; 7].as_slice(), &[false]].concat()
    );
}

#[test]
fn two_of_three_must_be_near_the_same_limit() {
    let near = |values: &[f64]| {
        marked(
            &signals(values, &around_zero(values.len())),
            Rule::TwoOfThreeNearLimit,
        )
    };
    assert_eq!(near(&[5.0, -5.0, 1.0]), [false; 3]);
    assert_eq!(near(&[5.0, 0.0, 5.0]), [true, false, true]);
    assert_eq!(near(&[5.0, -5.0, 5.0]), [true, false, true]);
    assert_eq!(near(&[5.0, 1.0, 1.0, 5.0]), [false; 4]);
    assert_eq!(near(&[-4.5, -4.1, 0.0]), [true, true, false]);
    // Two thirds of the way is not beyond; outside the limit is.
    assert_eq!(near(&[4.0, 4.0, 4.0]), [false; 3]);
    assert_eq!(near(&[7.0, 1.0, 5.0]), [true, false, true]);
}

#[test]
fn a_limit_cut_off_at_zero_is_not_near_the_center() {
    // p = .1, three standard deviations .15: 2/36 and 1/36 are 0.9 and 1.4 of them below.
    let months = months(&[
        (2, 36),
        (1, 36),
        (1, 36),
        (9, 36),
        (5, 36),
        (4, 36),
        (5, 41),
        (2, 33),
    ]);
    let limits = p_chart(&months).expect("a chart");
    assert_eq!(limits.low[0], 0.0);
    let shares: Vec<f64> = months
        .iter()
        .map(|month| month.count as f64 / month.of as f64)
        .collect();
    let found = signals(&shares, &limits);
    assert!(found[..3].iter().all(Vec::is_empty), "{found:?}");
    // With a client or two a month, 0 and 1 are the only shares there are.
    let tiny: Vec<Month> = (0..12)
        .map(|i| Month {
            count: u64::from(i % 3 == 0),
            of: 1,
        })
        .collect();
    let shares: Vec<f64> = tiny.iter().map(|month| month.count as f64).collect();
    let limits = p_chart(&tiny).expect("a chart");
    assert!(signals(&shares, &limits).iter().all(Vec::is_empty));
}

#[test]
fn charts_without_a_change_are_marked_as_often_as_said() {
    let mut rng = stream(7, 0);
    let (mut by_rules, mut by_runs) = (0, 0);
    const CHARTS: usize = 4000;
    for _ in 0..CHARTS {
        let values: Vec<f64> = (0..24).map(|_| standard_normal(&mut rng)).collect();
        let limits = xmr(&values).expect("a chart");
        by_rules += usize::from(
            signals(&values, &limits)
                .iter()
                .any(|rules| !rules.is_empty()),
        );
        let runs = anhoej(&values, median(&values).expect("a median"));
        by_runs += usize::from(
            runs.longest_run > runs.longest_allowed || runs.crossings < runs.fewest_crossings,
        );
    }
    // R: .156 with the stricter two of three, and .037.
    let (by_rules, by_runs) = (
        by_rules as f64 / CHARTS as f64,
        by_runs as f64 / CHARTS as f64,
    );
    assert!((0.15..0.21).contains(&by_rules), "{by_rules}");
    assert!((0.025..0.05).contains(&by_runs), "{by_runs}");
}

proptest! {
    #[test]
    fn signals_ignore_unit_and_origin_and_mirror(values in prop::collection::vec(12..=60i32, 8..40), scale in 0.01..50.0f64, shift in -100.0..100.0f64) {
        let plain: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
        prop_assume!(xmr(&plain).is_ok());
        let of = |values: &[f64]| signals(values, &xmr(values).expect("a chart"));
        let moved: Vec<f64> = plain.iter().map(|value| shift + scale * value).collect();
        let mirrored: Vec<f64> = plain.iter().map(|value| -value).collect();
        let found = of(&plain);
        prop_assert_eq!(&found, &of(&moved));
        prop_assert_eq!(&found, &of(&mirrored));
        let backwards: Vec<f64> = plain.iter().rev().copied().collect();
        prop_assert_eq!(found.into_iter().rev().collect::<Vec<_>>(), of(&backwards));
    }

    #[test]
    fn runs_are_marked_whole(values in prop::collection::vec(-3..=3i32, 1..40)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let found = signals(&values, &around_zero(values.len()));
        // The definition, every stretch of seven on its own.
        let by_hand = |holds: &dyn Fn(&[f64]) -> bool| -> Vec<bool> {
            (0..values.len()).map(|i| values.windows(7).enumerate().any(|(start, seven)| (start..start + 7).contains(&i) && holds(seven))).collect()
        };
        let side = by_hand(&|seven| seven.iter().all(|v| *v > 0.0) || seven.iter().all(|v| *v < 0.0));
        let trend = by_hand(&|seven| seven.windows(2).all(|p| p[1] > p[0]) || seven.windows(2).all(|p| p[1] < p[0]));
        prop_assert_eq!(marked(&found, Rule::SevenOnOneSide), side);
        prop_assert_eq!(marked(&found, Rule::SevenTrending), trend);
    }

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
