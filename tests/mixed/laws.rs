//! Laws of the sums: order, merging, offsets, units.

use alliance::stats::Undefined;
use alliance::stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
use proptest::prelude::*;

use super::read::{close, fit};
use super::reference::nested;

const MODELS: [RandomEffects; 3] = [
    RandomEffects::Intercept,
    RandomEffects::NestedIntercepts,
    RandomEffects::Slope { predictor: 0 },
];

type Row = (usize, [f64; 2], f64);

fn of(rows: &[Row]) -> GroupSums {
    let mut sums = GroupSums::new(2);
    for (group, predictors, outcome) in rows {
        sums.insert(*group, predictors, *outcome).expect("finite");
        sums.nest(*group, group % 3).expect("one parent");
    }
    sums
}

fn same(a: &MixedModel, b: &MixedModel, tolerance: f64) {
    for (x, y) in a.coefficients.iter().zip(&b.coefficients) {
        close("estimate", x.estimate, y.estimate, tolerance);
        close("std_error", x.std_error, y.std_error, tolerance);
        close("df", x.df, y.df, 1e3 * tolerance);
    }
    close(
        "residual",
        a.variances.residual,
        b.variances.residual,
        1e2 * tolerance,
    );
    close(
        "log-likelihood",
        a.log_likelihood,
        b.log_likelihood,
        tolerance,
    );
    assert_eq!(a.certificate.boundary, b.certificate.boundary);
}

/// Rows with real differences between groups, so that no variance lies next to 0.
fn some_rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0usize..9, 0.0..8.0f64, -3.0..3.0f64, -1.0..1.0f64);
    prop::collection::vec(row, 60..120).prop_map(|rows| {
        rows.into_iter()
            .map(|(group, t, x, noise)| {
                let level = [0.0, 5.0, -4.0, 2.0, -6.0, 8.0, 1.0, -3.0, 6.0][group];
                let slope = [0.5, -0.4, 0.3, 0.9, -0.8, 0.1, 0.0, 0.6, -0.2][group];
                (group, [t, x], 20.0 + level + slope * t + 0.3 * x + noise)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn merging_parts_gives_the_whole_and_nothing_changes_nothing(rows in some_rows(), cut in 0usize..60) {
        let (whole, empty) = (of(&rows), GroupSums::new(2));
        prop_assert_eq!(&whole.merge(&empty).expect("same width"), &whole);
        prop_assert_eq!(&empty.merge(&whole).expect("same width"), &whole);
        let parts = of(&rows[..cut]).merge(&of(&rows[cut..])).expect("same width");
        prop_assert_eq!(parts.rows(), whole.rows());
        for random in MODELS {
            same(&fit(&parts, random, Likelihood::Reml), &fit(&whole, random, Likelihood::Reml), 1e-10);
        }
    }

    #[test]
    fn the_order_of_rows_is_irrelevant(rows in some_rows()) {
        let mut turned = rows.clone();
        turned.reverse();
        turned.rotate_left(7);
        for random in MODELS {
            same(&fit(&of(&turned), random, Likelihood::Ml), &fit(&of(&rows), random, Likelihood::Ml), 1e-10);
        }
    }

    #[test]
    fn a_distant_origin_moves_the_intercept_only(rows in some_rows()) {
        let moved: Vec<Row> = rows.iter().map(|(g, [t, x], y)| (*g, [*t, x + 1e5], y + 1e6)).collect();
        for random in MODELS {
            let (near, far) = (fit(&of(&rows), random, Likelihood::Reml), fit(&of(&moved), random, Likelihood::Reml));
            close("log-likelihood", far.log_likelihood, near.log_likelihood, 1e-8);
            for (a, b) in far.coefficients[1..].iter().zip(&near.coefficients[1..]) {
                prop_assert!((a.estimate - b.estimate).abs() < 1e-8);
                close("std_error", a.std_error, b.std_error, 1e-7);
            }
        }
    }

    #[test]
    fn other_units_of_the_outcome_scale_what_they_should(rows in some_rows()) {
        let scaled: Vec<Row> = rows.iter().map(|(g, x, y)| (*g, *x, y * 1024.0)).collect();
        for random in MODELS {
            let (a, b) = (fit(&of(&rows), random, Likelihood::Reml), fit(&of(&scaled), random, Likelihood::Reml));
            close("residual", b.variances.residual, a.variances.residual * 1_048_576.0, 1e-9);
            for (x, y) in a.coefficients.iter().zip(&b.coefficients) {
                close("t", y.t, x.t, 1e-9);
                close("df", y.df, x.df, 1e-7);
            }
        }
    }
}

#[test]
fn other_units_and_another_origin_of_time_leave_the_slope_model_what_it_is() {
    let data = nested();
    let base = fit(
        &data,
        RandomEffects::Slope { predictor: 0 },
        Likelihood::Reml,
    );
    let rows: Vec<Row> = (0..300)
        .map(|i| {
            let (group, t) = (i % 15, (i / 15) as f64);
            let bend = ((i * 37) % 19) as f64 / 6.0;
            (
                group,
                [t, ((i * 11) % 7) as f64],
                group as f64 * (1.0 + 0.2 * t) + bend,
            )
        })
        .collect();
    let moved: Vec<Row> = rows
        .iter()
        .map(|(g, [t, x], y)| (*g, [(t - 40.0) * 100.0, *x], *y))
        .collect();
    let random = RandomEffects::Slope { predictor: 0 };
    let (a, b) = (
        fit(&of(&rows), random, Likelihood::Reml),
        fit(&of(&moved), random, Likelihood::Reml),
    );
    // Of the determinant of XᵀV⁻¹X the unit remains: ln 100 in the restricted likelihood.
    close(
        "log-likelihood",
        b.log_likelihood + libm::log(100.0),
        a.log_likelihood,
        1e-9,
    );
    let slope = |fit: &MixedModel| fit.variances.slope.expect("a slope").variance;
    close("slope", slope(&b) * 1e4, slope(&a), 1e-7);
    assert!(base.certificate.converged && a.certificate.converged && b.certificate.converged);
}

#[test]
fn sums_refuse_what_they_cannot_hold() {
    let mut sums = GroupSums::new(1);
    assert!(matches!(
        sums.insert(0, &[f64::NAN], 1.0),
        Err(Undefined::NotFinite { .. })
    ));
    assert!(matches!(
        sums.insert(0, &[1.0], f64::INFINITY),
        Err(Undefined::NotFinite { .. })
    ));
    assert!(matches!(
        sums.insert(0, &[1.0, 2.0], 1.0),
        Err(Undefined::UnequalLengths { .. })
    ));
    assert!(matches!(
        sums.insert(usize::MAX, &[1.0], 1.0),
        Err(Undefined::OutOfRange { .. })
    ));
    assert_eq!((sums.rows(), sums.groups()), (0, 0));
    sums.nest(2, 5).expect("first placing");
    assert_eq!(sums.nest(2, 6), Err(Undefined::TwoParents));
    assert!(sums.merge(&GroupSums::new(2)).is_err());
    assert!(GroupSums::from_columns(&[&[1.0]], &[1.0, 2.0], &[0, 0]).is_err());
}
