//! Cronbach's α, its interval and the item-rest correlations against R psych, their laws and pitfalls.

use std::collections::BTreeMap;

use alliance::stats::Undefined;
use alliance::stats::consistency::{cronbach_alpha, item_rest};
use alliance::stats::interval::Level;
use proptest::prelude::*;
use serde_json::Value;

use super::read::{ESTIMATE, by_session, close, close_interval, expected, numbers, questions};

fn slices(items: &[Vec<f64>]) -> Vec<&[f64]> {
    items.iter().map(Vec::as_slice).collect()
}

/// The answers of session 3 of the clients who gave all three.
fn third_session() -> Vec<Vec<f64>> {
    let items = ["heard", "safe", "seen"].map(|item| -> BTreeMap<String, f64> {
        by_session(item)
            .into_iter()
            .filter_map(|(client, values)| {
                let (_, answer) = values.into_iter().find(|(session, _)| *session == 3)?;
                Some((client, answer))
            })
            .collect()
    });
    items
        .iter()
        .map(|item| {
            item.iter()
                .filter(|(client, _)| items.iter().all(|other| other.contains_key(*client)))
                .map(|(_, answer)| *answer)
                .collect()
        })
        .collect()
}

#[track_caller]
fn check(items: &[Vec<f64>], expected: &Value) {
    let items = slices(items);
    let at_95 = cronbach_alpha(&items, Level::NINETY_FIVE).expect("defined");
    let at_90 = cronbach_alpha(&items, Level::NINETY).expect("defined");
    assert_eq!(at_95.n as u64, expected["n"]);
    close("alpha", at_95.alpha, &expected["alpha"], ESTIMATE);
    close_interval("95 %", &at_95.interval, &expected["ci95"]);
    close_interval("90 %", &at_90.interval, &expected["ci90"]);
    for item in 0..items.len() {
        let rest = item_rest(&items, item).expect("defined");
        close(
            "item-rest",
            rest.r(),
            &expected["item_rest"][item],
            ESTIMATE,
        );
        assert_eq!(rest.n(), at_95.n);
    }
}

#[test]
fn alpha_and_item_rest_of_heard_safe_and_seen_match_psych() {
    let items = third_session();
    check(&items, &questions()["alpha"]["clinic"]);
    let alpha = cronbach_alpha(&slices(&items), Level::NINETY_FIVE).expect("defined");
    let expected = &expected()["items_alpha"];
    assert_eq!(alpha.n as u64, expected["n"]);
    close("alpha", alpha.alpha, &expected["alpha"], ESTIMATE);
}

#[test]
fn alpha_of_seven_items_matches_psych_also_with_one_turned_the_wrong_way() {
    let reference = questions();
    let mut items: Vec<Vec<f64>> = [
        "rating",
        "complaints",
        "privileges",
        "learning",
        "raises",
        "critical",
        "advance",
    ]
    .map(|item| numbers(&reference["attitude"][item]))
    .to_vec();
    check(&items, &reference["alpha"]["attitude"]);
    items[2]
        .iter_mut()
        .for_each(|answer| *answer = 150.0 - *answer);
    check(&items, &reference["alpha"]["turned"]);
}

#[test]
fn items_that_never_vary_have_no_alpha() {
    let (flat, fine) = ([4.0; 4], [1.0, 2.0, 4.0, 3.0]);
    let alpha = |items: &[&[f64]]| cronbach_alpha(items, Level::NINETY_FIVE);
    assert!(matches!(
        alpha(&[&flat, &flat]),
        Err(Undefined::NoVariation { .. })
    ));
    assert_eq!(
        alpha(&[&fine, &flat, &fine]),
        Err(Undefined::NoVariation {
            variable: "an item"
        })
    );
    assert!(matches!(
        item_rest(&[&fine, &flat], 1),
        Err(Undefined::NoVariation { .. })
    ));
    // Two items that cancel each other leave a sum that never varies.
    let opposite = fine.map(|answer| 5.3 - answer);
    assert_eq!(
        alpha(&[&fine, &opposite]),
        Err(Undefined::NoVariation {
            variable: "the sum of the items"
        })
    );
}

#[test]
fn items_that_repeat_each_other_have_no_interval() {
    let fine = [0.1, 0.2, 0.7, 1.3];
    let shifted = fine.map(|answer| answer + 11.1);
    assert_eq!(
        cronbach_alpha(&[&fine, &shifted, &fine], Level::NINETY_FIVE),
        Err(Undefined::Perfect)
    );
}

#[test]
fn an_unknown_answer_one_item_or_uneven_columns_are_refused() {
    let fine = [1.0, 2.0, 4.0, 3.0];
    let alpha = |items: &[&[f64]]| cronbach_alpha(items, Level::NINETY_FIVE);
    assert!(matches!(alpha(&[]), Err(Undefined::OutOfRange { .. })));
    assert!(matches!(alpha(&[&fine]), Err(Undefined::OutOfRange { .. })));
    assert!(matches!(
        alpha(&[&fine, &fine[..3]]),
        Err(Undefined::UnequalLengths { .. })
    ));
    let unknown = [1.0, f64::NAN, 4.0, 3.0];
    assert!(matches!(
        alpha(&[&fine, &unknown]),
        Err(Undefined::NotFinite { .. })
    ));
    assert!(matches!(
        item_rest(&[&fine, &unknown], 0),
        Err(Undefined::NotFinite { .. })
    ));
    assert!(matches!(
        alpha(&[&fine[..2], &fine[1..3]]),
        Err(Undefined::TooFew {
            found: 2,
            needed: 3
        })
    ));
    assert!(matches!(
        item_rest(&[&fine, &fine], 2),
        Err(Undefined::OutOfRange { .. })
    ));
}

proptest! {
    #[test]
    fn alpha_ignores_a_common_unit_each_items_origin_and_the_order(
        rows in prop::collection::vec([1.0..5.0f64, 1.0..5.0f64, 1.0..5.0f64, 1.0..5.0f64], 4..40),
        scale in 0.01..100.0f64,
        shift in -10.0..10.0f64,
    ) {
        let items: Vec<Vec<f64>> = (0..4).map(|i| rows.iter().map(|row| row[i]).collect()).collect();
        let mut moved: Vec<Vec<f64>> = items.iter().enumerate().map(|(i, item)| item.iter().map(|x| scale * (x + shift * i as f64)).collect()).collect();
        moved.reverse();
        let plain = cronbach_alpha(&slices(&items), Level::NINETY_FIVE).expect("defined");
        let again = cronbach_alpha(&slices(&moved), Level::NINETY_FIVE).expect("defined");
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-8 * (1.0 + a.abs());
        prop_assert!(near(plain.alpha, again.alpha), "{} {}", plain.alpha, again.alpha);
        prop_assert!(near(plain.interval.low(), again.interval.low()) && near(plain.interval.high(), again.interval.high()));
        prop_assert!(plain.interval.contains(plain.alpha) && plain.interval.high() < 1.0);
        prop_assert!(near(item_rest(&slices(&items), 0).expect("defined").r(), item_rest(&slices(&moved), 3).expect("defined").r()));
    }

    #[test]
    fn alpha_of_two_items_is_the_spearman_brown_formula_for_equal_variances(rows in prop::collection::vec([-5.0..5.0f64, -5.0..5.0f64], 4..40)) {
        let [x, y] = [0, 1].map(|i| {
            let column: Vec<f64> = rows.iter().map(|row| row[i]).collect();
            let sd = alliance::stats::numeric::moments::Moments::from_values(&column).expect("finite").variance(0).expect("rows").sqrt();
            column.iter().map(|value| value / sd).collect::<Vec<f64>>()
        });
        let r = item_rest(&[&x, &y], 0).expect("varies").r();
        prop_assume!(r.abs() < 0.99);
        let alpha = cronbach_alpha(&[&x, &y], Level::NINETY_FIVE).expect("defined").alpha;
        prop_assert!((alpha - 2.0 * r / (1.0 + r)).abs() < 1e-9 / (1.0 + r).powi(2));
    }
}
