//! What can be read from cross-products.
//! **Question.** What are the means, variances, covariances and correlations of the rows seen so far?
//! **Method.** Sums of products of deviations divided by n − 1; a number that needs more rows is absent, not 0.
//! **Not.** Intervals and tests: see [`crate::fisher`] and [`crate::means`].
//! **Sources.** The definitions. Checked in `tests/laws.rs` against two passes over the rows.

use super::CrossProducts;
use crate::Undefined;
use crate::correlation::Correlation;

impl<const K: usize> CrossProducts<K> {
    /// Number of rows.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Mean of variable `i < K`; none without rows.
    pub fn mean(&self, i: usize) -> Option<f64> {
        (self.count > 0).then_some(self.means[i])
    }

    /// The `K` means; zeros without rows.
    pub fn means(&self) -> &[f64; K] {
        &self.means
    }

    /// The K × K sums of products of deviations from the means.
    pub fn products(&self) -> &[[f64; K]; K] {
        &self.products
    }

    /// Sample variance (divisor n − 1) of variable `i < K`; none for fewer than two rows.
    pub fn variance(&self, i: usize) -> Option<f64> {
        self.covariance(i, i)
    }

    /// Sample covariance (divisor n − 1) of variables `i, j < K`; none for fewer than two rows.
    pub fn covariance(&self, i: usize, j: usize) -> Option<f64> {
        (self.count > 1).then(|| self.products[i][j] / (self.count - 1) as f64)
    }

    /// Pearson correlation of variables `i, j < K`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than 3 rows, [`Undefined::NoVariation`], [`Undefined::NotFinite`] on overflow.
    ///
    /// ```
    /// use alliance_stats::numeric::moments::CrossProducts;
    /// let rows = [[1.0, 2.0, 0.0], [2.0, 4.0, 1.0], [3.0, 9.0, 0.0]];
    /// let r = CrossProducts::from_rows(&rows).unwrap().correlation(0, 1).unwrap();
    /// assert!((r - 7.0 / 52f64.sqrt()).abs() < 1e-15);
    /// ```
    pub fn correlation(&self, i: usize, j: usize) -> Result<f64, Undefined> {
        Correlation::from_cross_products(&self.pick([i, j])).map(|c| c.r())
    }

    /// The cross-products of some of the variables, in the order asked for.
    ///
    /// ```
    /// use alliance_stats::numeric::moments::CrossProducts;
    /// let whole = CrossProducts::from_rows(&[[1.0, 5.0, 9.0]]).unwrap();
    /// assert_eq!(whole.pick([2, 0]).means(), &[9.0, 1.0]);
    /// ```
    #[must_use]
    pub fn pick<const L: usize>(&self, variables: [usize; L]) -> CrossProducts<L> {
        CrossProducts {
            count: self.count,
            means: variables.map(|i| self.means[i]),
            products: variables.map(|i| variables.map(|j| self.products[i][j])),
        }
    }

    /// Does variable `i < K` differ from its mean by rounding only?
    pub(crate) fn is_constant(&self, i: usize) -> bool {
        // METHOD: a standard deviation below 1e-14 of the mean is rounding, not variation.
        let rounding = 1e-14 * self.means[i].abs();
        self.products[i][i] <= self.count as f64 * rounding * rounding
    }
}
