//! Correlation: how closely do two measures go together, with others held fixed?
//! **Question.** Do clients with a better alliance have a better outcome, among clients who started alike?
//! **Method.** Pearson's r of the parts that the adjusted variables do not explain, from centred cross-products.
//! **Not.** Cause, and not precision: intervals and tests are in [`crate::fisher`], clients of one therapist in [`crate::bootstrap`].
//! **Sources.** Fisher (1924), Metron 3, 329–332 (partial correlation). Checked in `tests/reference/` against R `cor`, `cor.test` and residuals of `lm`.

use super::Undefined;
use super::numeric::moments::CrossProducts;

/// Less than this share of a variable left after adjustment counts as nothing left.
const COLLINEAR: f64 = 1e-10;
/// A correlation this close to ±1 is ±1 up to rounding.
const ROUNDING: f64 = 1e-12;

/// A product-moment correlation of `n` clients, adjusted for some variables; never NaN, never beyond ±1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    r: f64,
    n: usize,
    adjusted_for: usize,
}

impl Correlation {
    /// A correlation known from elsewhere: its value, the clients, and the number of variables held fixed.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless −1 ≤ r ≤ 1 (NaN fails), [`Undefined::TooFew`] for `n < 3 + adjusted_for`,
    /// where every correlation would be ±1.
    ///
    /// ```
    /// use alliance_stats::correlation::Correlation;
    /// assert_eq!(Correlation::new(0.28, 30, 0).unwrap().r(), 0.28);
    /// assert!(Correlation::new(f64::NAN, 30, 0).is_err());
    /// ```
    pub fn new(r: f64, n: usize, adjusted_for: usize) -> Result<Self, Undefined> {
        if !(-1.0..=1.0).contains(&r) {
            return Err(Undefined::OutOfRange {
                what: "the correlation",
                value: r,
                allowed: "from -1 to 1",
            });
        }
        if n.saturating_sub(adjusted_for) < 3 {
            return Err(Undefined::TooFew {
                found: n,
                needed: adjusted_for.saturating_add(3),
            });
        }
        Ok(Self { r, n, adjusted_for })
    }

    /// The correlation of variables 0 and 1, holding variables 2 to K − 1 fixed.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than K + 1 rows, [`Undefined::NoVariation`], [`Undefined::Collinear`],
    /// [`Undefined::NotFinite`] when squares overflow.
    ///
    /// ```
    /// use alliance_stats::{correlation::Correlation, numeric::moments::CrossProducts};
    /// let rows = [[1.0, 2.0, 1.0], [2.0, 1.0, 0.0], [3.0, 3.0, 1.0], [4.0, 5.0, 0.0], [5.0, 4.0, 0.0]];
    /// let partial = Correlation::from_cross_products(&CrossProducts::from_rows(&rows).unwrap()).unwrap();
    /// assert_eq!((partial.n(), partial.adjusted_for()), (5, 1));
    /// assert!((partial.r() - 0.8101627).abs() < 1e-7);
    /// ```
    pub fn from_cross_products<const K: usize>(
        products: &CrossProducts<K>,
    ) -> Result<Self, Undefined> {
        const { assert!(K >= 2, "a correlation needs two variables") };
        let (n, adjusted_for) = (products.count(), K - 2);
        if n < K + 1 {
            return Err(Undefined::TooFew {
                found: n,
                needed: K + 1,
            });
        }
        if !products
            .products()
            .iter()
            .flatten()
            .all(|value| value.is_finite())
        {
            return Err(Undefined::NotFinite {
                variable: "a sum of squares",
            });
        }
        if let Some(constant) = (0..K).find(|&i| products.is_constant(i)) {
            return Err(Undefined::NoVariation {
                variable: name(constant),
            });
        }
        let left = residual_products(products.products())?;
        let r = left[0][1] / (left[0][0].sqrt() * left[1][1].sqrt());
        // METHOD: rounding can carry a perfect correlation to either side of ±1; it is put back there.
        let r = if r.abs() >= 1.0 - ROUNDING {
            r.signum()
        } else {
            r
        };
        Self::new(r, n, adjusted_for)
    }

    /// The correlation itself.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Complete clients.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Number of variables held fixed.
    pub fn adjusted_for(&self) -> usize {
        self.adjusted_for
    }
}

/// What is left of the sums of products once variables 2 to K − 1 are held fixed; rows and columns 0 and 1 count.
fn residual_products<const K: usize>(products: &[[f64; K]; K]) -> Result<[[f64; K]; K], Undefined> {
    let mut left = *products;
    for fixed in (2..K).rev() {
        let says_more = left[fixed][fixed] > COLLINEAR * products[fixed][fixed];
        if !says_more {
            return Err(Undefined::Collinear);
        }
        for i in 0..fixed {
            for j in 0..fixed {
                left[i][j] -= left[i][fixed] / left[fixed][fixed] * left[fixed][j];
            }
        }
    }
    let something_left = |i: usize| left[i][i] > COLLINEAR * products[i][i];
    if something_left(0) && something_left(1) {
        Ok(left)
    } else {
        Err(Undefined::Collinear)
    }
}

/// What the variables of a correlation are called in [`Undefined::NoVariation`]: the two that are
/// correlated, and those held fixed.
pub const NAMES: [&str; 3] = [
    "the first variable",
    "the second variable",
    "a variable held fixed",
];

fn name(variable: usize) -> &'static str {
    NAMES[variable.min(2)]
}

/// Pearson's correlation of two columns of equal length.
///
/// # Errors
/// See [`Correlation::from_cross_products`]; also [`Undefined::UnequalLengths`] and [`Undefined::NotFinite`].
///
/// ```
/// use alliance_stats::correlation::pearson;
/// let r = pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 9.0]).unwrap();
/// assert!((r.r() - 7.0 / 52f64.sqrt()).abs() < 1e-15);
/// ```
pub fn pearson(x: &[f64], y: &[f64]) -> Result<Correlation, Undefined> {
    Correlation::from_cross_products(&CrossProducts::from_columns([x, y])?)
}

/// The correlation of `x` and `y` with `z` held fixed, r(x, y | z); three columns of equal length.
///
/// # Errors
/// See [`Correlation::from_cross_products`]; also [`Undefined::UnequalLengths`] and [`Undefined::NotFinite`].
///
/// ```
/// use alliance_stats::correlation::partial;
/// let (alliance, post, pre) = ([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0], [1.0, -1.0, -1.0, 1.0]);
/// // `pre` is unrelated to `alliance` and to `post` here, so holding it fixed changes nothing.
/// assert!((partial(&alliance, &post, &pre).unwrap().r() - 0.8).abs() < 1e-15);
/// ```
pub fn partial(x: &[f64], y: &[f64], z: &[f64]) -> Result<Correlation, Undefined> {
    Correlation::from_cross_products(&CrossProducts::from_columns([x, y, z])?)
}
