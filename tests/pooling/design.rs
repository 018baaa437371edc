//! Designs: what is refused, and the basis that fits are computed in.

use alliance::stats::Undefined;
use alliance::stats::meta::design::Design;
use alliance::stats::numeric::random::stream;

use super::dataset::{between, close};

#[test]
fn columns_that_say_nothing_new_are_refused() {
    let third = |f: fn(f64, f64) -> f64| -> Vec<[f64; 3]> {
        let pairs = [
            (2001.0, 0.3),
            (2004.0, 0.1),
            (2007.0, 0.9),
            (2019.0, 0.4),
            (2020.0, 0.2),
        ];
        pairs.map(|(a, b)| [1.0, a, f(a, b)]).to_vec()
    };
    assert!(Design::new(&third(|_, b| b)).is_ok());
    assert_eq!(
        Design::new(&third(|a, _| 3.0 * a - 7.0)),
        Err(Undefined::Collinear)
    );
    assert_eq!(Design::new(&third(|_, _| 0.0)), Err(Undefined::Collinear));
    // Three categories with a dummy for each, beside the intercept.
    let dummies = [
        [1.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 1.0, 0.0],
        [1.0, 0.0, 0.0, 1.0],
        [1.0, 1.0, 0.0, 0.0],
    ];
    assert_eq!(Design::new(&dummies), Err(Undefined::Collinear));
}

#[test]
fn rows_that_are_no_rows_of_a_design_are_refused() {
    assert!(matches!(
        Design::new::<[f64; 1]>(&[]),
        Err(Undefined::TooFew { .. })
    ));
    assert!(matches!(
        Design::new(&[[1.0, 2.0]]),
        Err(Undefined::TooFew { .. })
    ));
    assert!(matches!(
        Design::new(&[[0.0, 2.0], [1.0, 3.0]]),
        Err(Undefined::OutOfRange { .. })
    ));
    assert!(matches!(
        Design::new(&[[1.0, f64::NAN], [1.0, 3.0]]),
        Err(Undefined::NotFinite { .. })
    ));
    let ragged = [vec![1.0, 2.0], vec![1.0], vec![1.0, 4.0]];
    assert!(matches!(
        Design::new(&ragged),
        Err(Undefined::UnequalLengths { .. })
    ));
}

/// `X = QR` with orthonormal columns, also where a column is 2,000 with a spread of 1.
#[test]
fn the_basis_is_orthonormal_and_gives_the_rows_back() {
    for seed in 0..50 {
        let mut rng = stream(8, seed);
        let rows: Vec<[f64; 4]> = (0..12)
            .map(|_| {
                let year = 2000.0 + between(&mut rng, -1.0, 1.0);
                [
                    1.0,
                    year,
                    between(&mut rng, -1.0, 1.0),
                    1e-6 * between(&mut rng, 0.0, 1.0),
                ]
            })
            .collect();
        let design = Design::new(&rows).unwrap();
        let p = design.columns();
        let r = design.triangle();
        for a in 0..p {
            for b in 0..p {
                let product: f64 = (0..12)
                    .map(|i| design.basis_row(i)[a] * design.basis_row(i)[b])
                    .sum();
                assert!((product - f64::from(a == b)).abs() < 1e-14);
            }
        }
        for (i, row) in rows.iter().enumerate() {
            for (j, &value) in row.iter().enumerate() {
                let back: f64 = (0..=j).map(|a| design.basis_row(i)[a] * r[a * p + j]).sum();
                assert!((back - value).abs() <= 1e-14 * value.abs().max(1.0));
            }
        }
        let log: f64 = (0..p).map(|j| r[j * p + j].ln()).sum();
        close("ln|XᵀX|", design.log_determinant(), 2.0 * log, 1e-13);
    }
    close(
        "ln k",
        Design::intercept(9).log_determinant(),
        9f64.ln(),
        1e-15,
    );
}
