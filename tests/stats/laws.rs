//! Laws of the floor: what merges obeys algebra, what is adjusted keeps its order, what is unknown never passes.

use alliance::stats::Undefined;
use alliance::stats::attenuation::{Reliability, corrected, corrected_interval, corrected_partial};
use alliance::stats::compare::difference;
use alliance::stats::correlation::{Correlation, partial, pearson};
use alliance::stats::equivalence::{Bound, Verdict, two_one_sided_tests};
use alliance::stats::fisher::{fisher_interval, fisher_z, t_test};
use alliance::stats::interval::{Interval, Level};
use alliance::stats::means::{hedges_g, pooled_sd, welch};
use alliance::stats::multiplicity::holm;
use alliance::stats::numeric::moments::{CrossProducts, Moments};
use alliance::stats::numeric::quantile::{median, quantile_of_sorted};
use alliance::stats::numeric::random::{below, standard_normal, stream};
use alliance::stats::power::{
    Plan, smallest_correlation, smallest_correlation_difference, smallest_mean_difference,
};
use alliance::stats::rank::{average_ranks, spearman};
use proptest::prelude::*;

type Rows = Vec<[f64; 3]>;

fn rows(sizes: std::ops::Range<usize>) -> impl Strategy<Value = Rows> {
    prop::collection::vec(
        [-100.0..100.0f64, -100.0..100.0f64, -100.0..100.0f64],
        sizes,
    )
}

fn products(rows: &[[f64; 3]]) -> CrossProducts<3> {
    CrossProducts::from_rows(rows).expect("finite rows")
}

fn column(rows: &[[f64; 3]], i: usize) -> Vec<f64> {
    rows.iter().map(|row| row[i]).collect()
}

/// The largest difference, in units of the largest sum of squares.
fn apart(a: &CrossProducts<3>, b: &CrossProducts<3>) -> f64 {
    assert_eq!(a.count(), b.count());
    let scale = (0..3).map(|i| a.products()[i][i]).fold(1.0, f64::max);
    let means = (0..3).map(|i| (a.means()[i] - b.means()[i]).abs() / 100.0);
    let squares =
        (0..9).map(|k| (a.products()[k / 3][k % 3] - b.products()[k / 3][k % 3]).abs() / scale);
    means.chain(squares).fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn merging_with_nothing_changes_nothing(rows in rows(0..30)) {
        let whole = products(&rows);
        prop_assert_eq!(whole.merge(&CrossProducts::empty()), whole);
        prop_assert_eq!(CrossProducts::empty().merge(&whole), whole);
    }

    #[test]
    fn split_and_merge_gives_the_whole(rows in rows(0..60), cut in 0.0..1.0f64) {
        let (left, right) = rows.split_at((cut * rows.len() as f64) as usize);
        let merged = products(left).merge(&products(right));
        prop_assert!(apart(&products(&rows), &merged) < 1e-12);
        prop_assert!(apart(&products(right).merge(&products(left)), &merged) < 1e-12);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in rows(1..60), seed in any::<u64>()) {
        let mut shuffled = rows.clone();
        let mut rng = stream(seed, 0);
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, below(&mut rng, i + 1));
        }
        prop_assert!(apart(&products(&rows), &products(&shuffled)) < 1e-12);
    }

    #[test]
    fn adding_a_constant_moves_the_mean_only(rows in rows(2..60), offset in -1e4..1e4f64) {
        let moved: Rows = rows.iter().map(|row| row.map(|value| value + offset)).collect();
        let (plain, moved) = (products(&rows), products(&moved));
        let scale = (0..3).map(|i| plain.products()[i][i]).fold(1.0, f64::max);
        for k in 0..9 {
            prop_assert!((plain.products()[k / 3][k % 3] - moved.products()[k / 3][k % 3]).abs() <= 1e-9 * scale);
        }
    }

    #[test]
    fn cross_products_survive_being_taken_apart(rows in rows(0..30)) {
        let whole = products(&rows);
        prop_assert_eq!(CrossProducts::from_parts(whole.count(), *whole.means(), *whole.products()), Ok(whole));
    }

    #[test]
    fn moments_agree_with_two_passes(rows in rows(2..60)) {
        let (x, y) = (column(&rows, 0), column(&rows, 1));
        let n = x.len() as f64;
        let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let slow = x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my)).sum::<f64>() / (n - 1.0);
        prop_assert!((products(&rows).covariance(0, 1).expect("two rows") - slow).abs() < 1e-9);
    }

    #[test]
    fn a_partial_correlation_is_the_correlation_of_residuals(rows in rows(6..60)) {
        let [x, y, z] = [0, 1, 2].map(|i| column(&rows, i));
        let n = z.len() as f64;
        let mz = z.iter().sum::<f64>() / n;
        let residuals = |v: &[f64]| -> Vec<f64> {
            let m = v.iter().sum::<f64>() / n;
            let slope = v.iter().zip(&z).map(|(a, c)| (a - m) * (c - mz)).sum::<f64>()
                / z.iter().map(|c| (c - mz) * (c - mz)).sum::<f64>();
            v.iter().zip(&z).map(|(a, c)| a - m - slope * (c - mz)).collect()
        };
        let slow = pearson(&residuals(&x), &residuals(&y)).expect("variation").r();
        let fast = partial(&x, &y, &z).expect("variation");
        prop_assert!((fast.r() - slow).abs() < 1e-9, "{} {}", fast.r(), slow);
        prop_assert_eq!((fast.n(), fast.adjusted_for()), (x.len(), 1));
    }

    #[test]
    fn a_correlation_ignores_units_and_changes_sign_with_direction(rows in rows(4..40), scale in 0.01..100.0f64) {
        let (x, y) = (column(&rows, 0), column(&rows, 1));
        let turned: Vec<f64> = y.iter().map(|value| 7.0 - scale * value).collect();
        let (plain, turned) = (pearson(&x, &y).expect("variation").r(), pearson(&x, &turned).expect("variation").r());
        prop_assert!((plain + turned).abs() < 1e-10);
    }

    #[test]
    fn spearman_ignores_every_increasing_change_of_scale(rows in rows(4..40)) {
        let (x, y) = (column(&rows, 0), column(&rows, 1));
        let bent: Vec<f64> = y.iter().map(|value| (value / 30.0).exp()).collect();
        prop_assert_eq!(spearman(&x, &y), spearman(&x, &bent));
    }

    #[test]
    fn ranks_add_up_whatever_the_ties(values in prop::collection::vec(0..6i32, 0..40)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let n = values.len() as f64;
        prop_assert_eq!(average_ranks(&values).iter().sum::<f64>(), n * (n + 1.0) / 2.0);
    }

    #[test]
    fn an_interval_holds_its_estimate_and_grows_with_its_level(r in -0.999..0.999f64, n in 5..5000usize, g in 0..2usize) {
        prop_assume!(n >= 4 + g);
        let correlation = Correlation::new(r, n, g).expect("in range");
        let narrow = fisher_interval(&correlation, Level::NINETY).expect("an interval");
        let wide = fisher_interval(&correlation, Level::NINETY_FIVE).expect("an interval");
        prop_assert!(narrow.contains(r) && wide.low() < narrow.low() && narrow.high() < wide.high());
        prop_assert!(-1.0 <= wide.low() && wide.high() <= 1.0);
    }

    #[test]
    fn swapping_the_groups_mirrors_the_difference(r in -0.9..0.9f64, s in -0.9..0.9f64, n in 5..500usize, m in 5..500usize) {
        let (a, b) = (Correlation::new(r, n, 1).expect("in range"), Correlation::new(s, m, 1).expect("in range"));
        let there = difference(&a, &b, Level::NINETY_FIVE).expect("comparable");
        let back = difference(&b, &a, Level::NINETY_FIVE).expect("comparable");
        prop_assert_eq!((there.estimate, there.z, there.p), (-back.estimate, -back.z, back.p));
        prop_assert_eq!((there.interval.low(), there.interval.high()), (-back.interval.high(), -back.interval.low()));
        prop_assert!(there.interval.contains(there.estimate));
    }

    #[test]
    fn two_one_sided_tests_agree_with_the_90_percent_interval(
        x in prop::collection::vec(-3.0..3.0f64, 3..40),
        y in prop::collection::vec(-3.0..3.0f64, 3..40),
        bound in 0.05..1.5f64,
    ) {
        let (a, b) = (Moments::from_values(&x).expect("finite"), Moments::from_values(&y).expect("finite"));
        let tests = two_one_sided_tests(&a, &b, Bound::new(bound).expect("positive")).expect("comparable");
        prop_assume!((tests.p() - 0.05).abs() > 1e-9);
        let inside = welch(&a, &b, Level::NINETY).expect("comparable").interval.lies_within(tests.bound);
        prop_assert_eq!(tests.p() < 0.05, inside);
    }

    #[test]
    fn welch_p_is_below_5_percent_exactly_when_the_interval_excludes_zero(
        x in prop::collection::vec(-3.0..3.0f64, 2..30),
        y in prop::collection::vec(-2.0..4.0f64, 2..30),
    ) {
        let (a, b) = (Moments::from_values(&x).expect("finite"), Moments::from_values(&y).expect("finite"));
        let test = welch(&a, &b, Level::NINETY_FIVE).expect("comparable");
        prop_assume!((test.p - 0.05).abs() > 1e-9);
        prop_assert_eq!(test.p < 0.05, !test.interval.contains(0.0));
    }

    #[test]
    fn holm_keeps_the_order_never_shrinks_a_p_and_never_exceeds_1(p in prop::collection::vec(0.0..=1.0f64, 0..20)) {
        let adjusted = holm(&p).expect("proper p values");
        for i in 0..p.len() {
            prop_assert!(p[i] <= adjusted[i] && adjusted[i] <= 1.0);
            for j in 0..p.len() {
                prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
            }
        }
    }

    #[test]
    fn without_measurement_error_the_corrected_partial_is_the_observed_one(rows in rows(6..60)) {
        let observed = products(&rows);
        let correlation = Correlation::from_cross_products(&observed).expect("variation");
        prop_assume!(correlation.r().abs() < 0.999 && (0..2).all(|i| observed.correlation(i, 2).expect("variation").abs() < 0.999));
        let plain = corrected_partial(&observed, [Reliability::PERFECT; 3], Level::NINETY_FIVE).expect("possible");
        let fisher = fisher_interval(&correlation, Level::NINETY_FIVE).expect("an interval");
        let n = rows.len() as f64;
        prop_assert!((plain.r - correlation.r()).abs() < 1e-9);
        prop_assert!((plain.std_error_z * (n - 4.0).sqrt() - 1.0).abs() < 1e-6);
        prop_assert!((plain.interval.low() - fisher.low()).abs() < 1e-6 && (plain.interval.high() - fisher.high()).abs() < 1e-6);
    }

    #[test]
    fn quantiles_rise_and_end_at_the_extremes(values in prop::collection::vec(-9.0..9.0f64, 1..30), a in 0.0..1.0f64, b in 0.0..1.0f64) {
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share| quantile_of_sorted(&sorted, share).expect("values");
        prop_assert!(at(a.min(b)) <= at(a.max(b)));
        prop_assert_eq!((at(0.0), at(1.0)), (sorted[0], sorted[sorted.len() - 1]));
        prop_assert_eq!(median(&values), Some(at(0.5)));
    }
}

const UNKNOWN: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

#[test]
fn an_unknown_number_never_passes() {
    let fine = [1.0, 2.0, 3.0, 5.0];
    for unknown in UNKNOWN {
        let bad = [1.0, unknown, 3.0, 5.0];
        assert!(pearson(&fine, &bad).is_err() && pearson(&bad, &fine).is_err());
        assert!(
            spearman(&fine, &bad).is_err() && partial(&fine, &[2.0, 1.0, 4.0, 3.0], &bad).is_err()
        );
        assert!(Moments::from_values(&bad).is_err());
        let mut products = CrossProducts::from_rows(&[[1.0, 2.0]]).expect("finite");
        let before = products;
        assert!(products.insert(&[unknown, 1.0]).is_err());
        assert_eq!(products, before, "a refused row leaves no trace");
        assert!(CrossProducts::from_parts(3, [unknown], [[1.0]]).is_err());
        assert!(CrossProducts::from_parts(3, [0.0], [[unknown]]).is_err());
        assert!(Correlation::new(unknown, 10, 0).is_err());
        assert!(
            Level::new(unknown).is_err()
                && Bound::new(unknown).is_err()
                && Reliability::new(unknown).is_err()
        );
        assert!(Interval::new(unknown, unknown, Level::NINETY).is_err());
        assert!(holm(&[0.1, unknown]).is_err());
        assert!(Plan::new(unknown, 0.8).is_err() && Plan::new(0.05, unknown).is_err());
        assert!(smallest_correlation_difference(Plan::USUAL, (50, 1), (50, 1), unknown).is_err());
        assert_eq!(quantile_of_sorted(&fine, unknown), None);
    }
    assert_eq!(median(&[1.0, f64::NAN]), None);
}

#[test]
fn numbers_too_large_to_square_are_refused_instead_of_overflowing() {
    let huge = [1e200, -1e200, 3e200, 2e200];
    assert_eq!(
        pearson(&huge, &[1.0, 2.0, 3.0, 5.0]),
        Err(Undefined::NotFinite {
            variable: "a sum of squares"
        })
    );
    let moments = Moments::from_values(&huge).expect("finite");
    assert!(
        welch(&moments, &moments, Level::NINETY).is_err() && pooled_sd(&moments, &moments).is_err()
    );
}

#[test]
fn too_few_clients_are_counted_in_the_answer() {
    assert_eq!(
        pearson(&[1.0, 2.0], &[1.0, 2.0]),
        Err(Undefined::TooFew {
            found: 2,
            needed: 3
        })
    );
    assert_eq!(
        pearson(&[], &[]),
        Err(Undefined::TooFew {
            found: 0,
            needed: 3
        })
    );
    let three = [1.0, 2.0, 4.0];
    assert_eq!(
        partial(&three, &three, &three),
        Err(Undefined::TooFew {
            found: 3,
            needed: 4
        })
    );
    let smallest = Correlation::new(0.5, 4, 1).expect("enough for a correlation");
    assert!(t_test(&smallest).is_ok(), "one degree of freedom");
    assert_eq!(
        fisher_interval(&smallest, Level::NINETY),
        Err(Undefined::TooFew {
            found: 4,
            needed: 5
        })
    );
    assert!(
        fisher_interval(
            &Correlation::new(0.5, 5, 1).expect("in range"),
            Level::NINETY
        )
        .is_ok()
    );
    assert!(Correlation::new(0.5, usize::MAX, usize::MAX).is_err());
    let one = Moments::from_values(&[1.0]).expect("finite");
    assert!(
        welch(&one, &one, Level::NINETY).is_err() && hedges_g(&one, &one, Level::NINETY).is_err()
    );
    assert!(
        smallest_correlation(Plan::USUAL, 4, 1).is_err()
            && smallest_mean_difference(Plan::USUAL, 1, 9).is_err()
    );
    assert_eq!(CrossProducts::<2>::empty().mean(0), None);
    assert_eq!(one.variance(0), None);
}

#[test]
fn columns_of_different_length_are_not_paired() {
    assert_eq!(
        pearson(&[1.0, 2.0, 3.0], &[1.0]),
        Err(Undefined::UnequalLengths {
            first: 3,
            second: 1
        })
    );
    assert!(spearman(&[1.0, 2.0, 3.0], &[1.0]).is_err());
}

#[test]
fn a_column_without_variation_says_which() {
    let (flat, fine) = ([43.3; 4], [1.0, 2.0, 4.0, 3.0]);
    assert_eq!(
        pearson(&flat, &fine),
        Err(Undefined::NoVariation {
            variable: "the first variable"
        })
    );
    assert_eq!(
        spearman(&fine, &flat).map(|rho| rho.n()),
        Err(Undefined::NoVariation {
            variable: "the second variable"
        })
    );
    assert_eq!(
        partial(&fine, &[2.0, 1.0, 4.0, 3.0], &flat),
        Err(Undefined::NoVariation {
            variable: "a variable held fixed"
        })
    );
    // 43.3 computed in two ways differs in the last bit: still no variation.
    let nearly = [43.3, 43.3, 43.300000000000004, 43.3];
    assert!(matches!(
        pearson(&nearly, &fine),
        Err(Undefined::NoVariation { .. })
    ));
    let group = Moments::from_values(&flat).expect("finite");
    assert!(matches!(
        welch(&group, &group, Level::NINETY),
        Err(Undefined::NoVariation { .. })
    ));
    assert!(matches!(
        hedges_g(&group, &group, Level::NINETY),
        Err(Undefined::NoVariation { .. })
    ));
    let other = Moments::from_values(&fine).expect("finite");
    let test = welch(&group, &other, Level::NINETY).expect("one group that varies is enough");
    assert!((test.df - 3.0).abs() < 1e-12);
}

#[test]
fn a_variable_that_copies_another_is_collinear() {
    let (x, y) = ([1.0, 2.0, 4.0, 3.0, 7.0], [2.0, 1.0, 4.0, 3.0, 1.0]);
    let copy = x.map(|value| 3.0 - 0.1 * value);
    assert_eq!(partial(&x, &y, &copy), Err(Undefined::Collinear));
    assert_eq!(partial(&y, &x, &copy), Err(Undefined::Collinear));
    // Two adjusted variables that copy each other.
    let rows: Vec<[f64; 4]> = (0..5)
        .map(|i| [y[i], [5.0, 1.0, 2.0, 2.0, 3.0][i], x[i], copy[i]])
        .collect();
    let products = CrossProducts::from_rows(&rows).expect("finite");
    assert_eq!(
        Correlation::from_cross_products(&products),
        Err(Undefined::Collinear)
    );
}

#[test]
fn a_perfect_correlation_has_a_value_but_neither_interval_nor_test() {
    let x = [0.1, 0.2, 0.7, 1.3, 2.9];
    for (slope, sign) in [(0.3, 1.0), (-7.7, -1.0)] {
        let y = x.map(|value| 11.1 + slope * value);
        let correlation = pearson(&x, &y).expect("defined");
        assert_eq!(correlation.r(), sign);
        assert_eq!(fisher_z(&correlation), Err(Undefined::Perfect));
        assert_eq!(
            fisher_interval(&correlation, Level::NINETY),
            Err(Undefined::Perfect)
        );
        assert_eq!(t_test(&correlation), Err(Undefined::Perfect));
        assert_eq!(
            difference(&correlation, &correlation, Level::NINETY),
            Err(Undefined::Perfect)
        );
        let rho = spearman(&x, &y).expect("defined");
        assert_eq!(rho.rho(), sign);
        assert_eq!(rho.interval(Level::NINETY), Err(Undefined::Perfect));
        assert_eq!(rho.t_test(), Err(Undefined::Perfect));
    }
}

#[test]
fn several_variables_are_held_fixed_as_in_the_recursion_formula() {
    let mut rng = stream(11, 0);
    let rows: Vec<[f64; 4]> = (0..50)
        .map(|_| {
            let [a, b, c, d] = std::array::from_fn(|_| standard_normal(&mut rng));
            [a + c, b + c - d, c, d + 0.5 * c]
        })
        .collect();
    let products = CrossProducts::from_rows(&rows).expect("finite");
    let given_third = |i: usize, j: usize| {
        Correlation::from_cross_products(&products.pick([i, j, 2]))
            .expect("defined")
            .r()
    };
    let (xy, xd, yd) = (given_third(0, 1), given_third(0, 3), given_third(1, 3));
    let recursion = (xy - xd * yd) / ((1.0 - xd * xd) * (1.0 - yd * yd)).sqrt();
    let direct = Correlation::from_cross_products(&products).expect("defined");
    assert!((direct.r() - recursion).abs() < 1e-13);
    assert_eq!(direct.adjusted_for(), 2);
}

#[test]
fn an_impossible_corrected_correlation_is_refused_and_named() {
    let low = Reliability::new(0.3).expect("in range");
    let observed = Correlation::new(0.6, 100, 0).expect("in range");
    let Err(Undefined::ImpossibleAfterCorrection { value }) = corrected(&observed, low, low) else {
        panic!("0.6 / 0.3 is no correlation");
    };
    assert!((value - 2.0).abs() < 1e-12);
    let interval = Interval::new(0.1, 0.5, Level::NINETY).expect("ordered");
    assert!(matches!(
        corrected_interval(&interval, low, low),
        Err(Undefined::ImpossibleAfterCorrection { .. })
    ));
    // Each pair is possible, the three together are not.
    let products = CrossProducts::from_parts(
        50,
        [0.0; 3],
        [[1.0, 0.1, 0.6], [0.1, 1.0, 0.6], [0.6, 0.6, 1.0]],
    )
    .expect("valid");
    let reliabilities = [0.5, 0.5, 1.0].map(|value| Reliability::new(value).expect("in range"));
    let refused = corrected_partial(&products, reliabilities, Level::NINETY);
    assert!(
        matches!(refused, Err(Undefined::ImpossibleAfterCorrection { value }) if value <= -1.0),
        "{refused:?}"
    );
    assert!(
        corrected(&Correlation::new(0.2, 100, 1).expect("in range"), low, low).is_err(),
        "adjusted correlations go the other way"
    );
}

#[test]
fn the_delta_method_agrees_with_numerical_slopes_and_the_general_covariance() {
    let seen = [[1.0, 0.31, -0.22], [0.31, 1.0, 0.55], [-0.22, 0.55, 1.0]];
    let reliabilities = [0.9, 0.85, 0.7];
    let pairs = [(0, 1), (0, 2), (1, 2)];
    let value = |r: [f64; 3]| {
        let [a, b, c] = std::array::from_fn(|k| {
            r[k] / f64::sqrt(reliabilities[pairs[k].0] * reliabilities[pairs[k].1])
        });
        (a - b * c) / ((1.0 - b * b) * (1.0 - c * c)).sqrt()
    };
    let at = pairs.map(|(i, j)| seen[i][j]);
    let slopes: [f64; 3] = std::array::from_fn(|k| {
        let (mut up, mut down) = (at, at);
        up[k] += 1e-6;
        down[k] -= 1e-6;
        (value(up) - value(down)) / 2e-6
    });
    // Steiger (1980), Psychological Bulletin 87, 245–251: the covariance of any two correlations.
    let p = |i: usize, j: usize| seen[i][j];
    let covariance = |(i, j): (usize, usize), (k, l): (usize, usize)| {
        0.5 * p(i, j)
            * p(k, l)
            * (p(i, k).powi(2) + p(i, l).powi(2) + p(j, k).powi(2) + p(j, l).powi(2))
            + p(i, k) * p(j, l)
            + p(i, l) * p(j, k)
            - p(i, j) * p(i, k) * p(i, l)
            - p(j, i) * p(j, k) * p(j, l)
            - p(k, i) * p(k, j) * p(k, l)
            - p(l, i) * p(l, j) * p(l, k)
    };
    let mut variance = 0.0;
    for a in 0..3 {
        for b in 0..3 {
            variance += slopes[a] * slopes[b] * covariance(pairs[a], pairs[b]);
        }
    }
    let products = CrossProducts::from_parts(80, [0.0; 3], seen).expect("valid");
    let found = corrected_partial(
        &products,
        reliabilities.map(|v| Reliability::new(v).expect("in range")),
        Level::NINETY,
    )
    .expect("possible");
    assert!((found.r - value(at)).abs() < 1e-14);
    let slope_of_z = 1.0 / (1.0 - found.r * found.r);
    let expected = slope_of_z * (variance / 76.0).sqrt();
    assert!((found.std_error_z / expected - 1.0).abs() < 1e-8);
}

#[test]
fn the_verdict_reads_both_intervals() {
    let bound = Bound::new(0.1).expect("positive");
    let verdict = |low: f64, high: f64| {
        let test = Interval::new(low - 0.01, high + 0.01, Level::NINETY_FIVE).expect("ordered");
        Verdict::of(
            &test,
            &Interval::new(low, high, Level::NINETY).expect("ordered"),
            bound,
        )
    };
    assert_eq!(verdict(-0.05, 0.05), Verdict::Equivalent);
    assert_eq!(verdict(0.05, 0.20), Verdict::Different);
    assert_eq!(verdict(0.02, 0.08), Verdict::Both);
    assert_eq!(verdict(-0.15, 0.05), Verdict::NotDistinguishable);
    assert_eq!(
        verdict(-0.05, 0.10),
        Verdict::NotDistinguishable,
        "touching the bound is not inside it"
    );
}

#[test]
fn holm_matches_values_worked_by_hand_with_ties_and_a_cap() {
    // p.adjust(c(.02, .3, .02, .9, .004, .6), "holm"), worked by hand: multipliers 6, 5, 4, 3, 2, 1.
    let adjusted = holm(&[0.02, 0.3, 0.02, 0.9, 0.004, 0.6]).expect("proper");
    for (found, expected) in adjusted.iter().zip([0.1, 0.9, 0.1, 1.0, 0.024, 1.0]) {
        assert!((found - expected).abs() < 1e-15, "{adjusted:?}");
    }
    assert_eq!(holm(&[]), Ok(vec![]));
    assert_eq!(holm(&[0.04]), Ok(vec![0.04]));
}

#[test]
fn power_meets_cohens_tables() {
    // Cohen (1992), Psychological Bulletin 112, 155–159, table 2. His n are whole and not from the normal
    // approximation, hence 2 % (3 % for d) in the effect.
    for (n, r) in [(783, 0.10), (85, 0.30), (28, 0.50)] {
        let found = smallest_correlation(Plan::USUAL, n, 0).expect("enough");
        assert!((found - r).abs() < 2e-2 * r, "n = {n}: {found}");
    }
    for (n, q) in [(1573, 0.10), (177, 0.30), (66, 0.50)] {
        let found =
            smallest_correlation_difference(Plan::USUAL, (n, 0), (n, 0), 0.0).expect("enough");
        assert!((found.q - q).abs() < 2e-2 * q, "n = {n}: {}", found.q);
        assert!((found.r - 2.0 * (found.q / 2.0).tanh()).abs() < 1e-15);
    }
    for (n, d) in [(393, 0.20), (64, 0.50), (26, 0.80)] {
        let found = smallest_mean_difference(Plan::USUAL, n, n).expect("enough");
        assert!((found - d).abs() < 3e-2 * d, "n = {n}: {found}");
    }
}

#[test]
fn streams_do_not_repeat_each_other_and_draws_are_even() {
    let mut firsts: Vec<u64> = (0..20_000)
        .map(|i| below(&mut stream(i / 5_000, i % 5_000), usize::MAX) as u64)
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts.len(), 20_000);
    let mut counts = [0u32; 7];
    let mut rng = stream(5, 5);
    (0..70_000).for_each(|_| counts[below(&mut rng, 7)] += 1);
    let chi_squared: f64 = counts
        .iter()
        .map(|&count| (f64::from(count) - 1e4).powi(2) / 1e4)
        .sum();
    assert!(
        chi_squared < 22.5,
        "99.9 % of a chi-squared with 6 degrees of freedom: {chi_squared}"
    );
    assert_eq!((below(&mut rng, 0), below(&mut rng, 1)), (0, 0));
}

#[test]
fn reasons_are_plain_sentences() {
    for reason in [
        Undefined::TooFew {
            found: 1,
            needed: 4,
        },
        Undefined::TooFewClusters {
            found: 1,
            needed: 2,
        },
        Undefined::NoVariation {
            variable: "the alliance",
        },
        Undefined::Collinear,
        Undefined::Perfect,
        Undefined::NotFinite { variable: "a row" },
        Undefined::UnequalLengths {
            first: 3,
            second: 4,
        },
        Undefined::OutOfRange {
            what: "the level",
            value: 95.0,
            allowed: "below 1",
        },
        Undefined::ImpossibleAfterCorrection { value: 1.2 },
        Undefined::UnstableResampling {
            undefined: 30,
            replicates: 2000,
        },
        Undefined::OneSidedResampling,
    ] {
        let sentence = reason.to_string();
        assert!(
            sentence.len() > 20 && !sentence.contains(['{', '_', '\n']) && !sentence.contains("  "),
            "{sentence}"
        );
    }
}
