//! Means and cross-products: everything a correlation needs from its rows.
//! **Question.** What must be kept of many rows so that means, variances and correlations can still be computed, and sites merged?
//! **Method.** Count, means and sums of products of deviations, updated row by row (Welford) and merged pairwise (Chan and others).
//! **Not.** Order statistics, ranks, missing values: only complete rows come here.
//! **Sources.** Welford (1962), Technometrics 4, 419–420; Chan, Golub & LeVeque (1983), American Statistician 37, 242–247.

mod reading;

use crate::Undefined;

/// Count, means and centred cross-products of `K` variables over complete rows.
///
/// Laws (tested): merging with the empty one changes nothing; split and merge gives the whole; order does not matter
/// beyond 1e-12; adding a constant to a variable moves its mean only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossProducts<const K: usize> {
    count: usize,
    means: [f64; K],
    products: [[f64; K]; K],
}

impl<const K: usize> Default for CrossProducts<K> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<const K: usize> CrossProducts<K> {
    /// No rows yet.
    pub fn empty() -> Self {
        Self {
            count: 0,
            means: [0.0; K],
            products: [[0.0; K]; K],
        }
    }

    /// The cross-products of all rows.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`] if a row holds NaN or an infinite value.
    ///
    /// ```
    /// use alliance_stats::numeric::moments::CrossProducts;
    /// let rows = [[1.0, 2.0], [2.0, 4.0], [3.0, 9.0]];
    /// let products = CrossProducts::from_rows(&rows).unwrap();
    /// assert_eq!(products.mean(1), Some(5.0));
    /// assert_eq!(products.covariance(0, 1), Some(3.5));
    /// ```
    pub fn from_rows<'a>(rows: impl IntoIterator<Item = &'a [f64; K]>) -> Result<Self, Undefined> {
        let mut whole = Self::empty();
        for row in rows {
            whole.insert(row)?;
        }
        Ok(whole)
    }

    /// The cross-products of `K` columns of equal length.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`], or [`Undefined::NotFinite`] if a column holds NaN or an infinite value.
    ///
    /// ```
    /// use alliance_stats::numeric::moments::CrossProducts;
    /// let products = CrossProducts::from_columns([&[1.0, 2.0, 3.0], &[2.0, 4.0, 9.0]]).unwrap();
    /// assert_eq!(products.variance(1), Some(13.0));
    /// ```
    pub fn from_columns(columns: [&[f64]; K]) -> Result<Self, Undefined> {
        let rows = columns.first().map_or(0, |column| column.len());
        if let Some(other) = columns.iter().find(|column| column.len() != rows) {
            return Err(Undefined::UnequalLengths {
                first: rows,
                second: other.len(),
            });
        }
        let mut whole = Self::empty();
        for row in 0..rows {
            whole.insert(&columns.map(|column| column[row]))?;
        }
        Ok(whole)
    }

    /// Rebuilds what was shared: the count, the `K` means and the K × K sums of products of deviations.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`], or [`Undefined::OutOfRange`] when the matrix is not symmetric, has a negative diagonal,
    /// contradicts Cauchy–Schwarz, or does not vanish for fewer than two rows.
    ///
    /// ```
    /// use alliance_stats::numeric::moments::CrossProducts;
    /// let products = CrossProducts::from_parts(3, [2.0, 5.0], [[2.0, 7.0], [7.0, 26.0]]).unwrap();
    /// assert_eq!(products.covariance(0, 1), Some(3.5));
    /// assert!(CrossProducts::from_parts(3, [2.0, 5.0], [[2.0, 70.0], [70.0, 26.0]]).is_err());
    /// ```
    pub fn from_parts(
        count: usize,
        means: [f64; K],
        products: [[f64; K]; K],
    ) -> Result<Self, Undefined> {
        if !means
            .iter()
            .chain(products.iter().flatten())
            .all(|value| value.is_finite())
        {
            return Err(Undefined::NotFinite {
                variable: "a mean or cross-product",
            });
        }
        let broken = |value, allowed| {
            Err(Undefined::OutOfRange {
                what: "a sum of products of deviations",
                value,
                allowed,
            })
        };
        for i in 0..K {
            for j in 0..K {
                let (value, bound) = (
                    products[i][j],
                    products[i][i].sqrt() * products[j][j].sqrt(),
                );
                if value != products[j][i] {
                    return broken(value, "the same both ways round");
                }
                // A negative diagonal makes the bound NaN, and an unknown bound never passes.
                let plausible = value.abs() <= bound * (1.0 + 1e-9);
                if !plausible {
                    return broken(value, "no larger than the sums of squares allow");
                }
                if count < 2 && value != 0.0 {
                    return broken(value, "0 for fewer than two rows");
                }
            }
        }
        Ok(Self {
            count,
            means,
            products,
        })
    }

    /// As [`Self::from_parts`], for parts computed inside this floor.
    pub(crate) fn assembled(count: usize, means: [f64; K], products: [[f64; K]; K]) -> Self {
        Self {
            count,
            means,
            products,
        }
    }

    /// Adds one complete row.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`] if the row holds NaN or an infinite value; nothing is added then.
    pub fn insert(&mut self, row: &[f64; K]) -> Result<(), Undefined> {
        if !row.iter().all(|value| value.is_finite()) {
            return Err(Undefined::NotFinite { variable: "a row" });
        }
        self.count += 1;
        let n = self.count as f64;
        let before: [f64; K] = std::array::from_fn(|i| row[i] - self.means[i]);
        for (mean, deviation) in self.means.iter_mut().zip(before) {
            *mean += deviation / n;
        }
        // (n − 1)/n · dᵢ · dⱼ keeps the matrix symmetric to the last bit.
        let share = (n - 1.0) / n;
        for i in 0..K {
            for j in 0..K {
                self.products[i][j] += share * (before[i] * before[j]);
            }
        }
        Ok(())
    }

    /// Both sets of rows together.
    ///
    /// ```
    /// use alliance_stats::numeric::moments::CrossProducts;
    /// let first = CrossProducts::from_rows(&[[1.0], [2.0]]).unwrap();
    /// let second = CrossProducts::from_rows(&[[6.0]]).unwrap();
    /// assert_eq!(first.merge(&second).mean(0), Some(3.0));
    /// ```
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        if self.count == 0 {
            return *other;
        }
        if other.count == 0 {
            return *self;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let total = a + b;
        let apart: [f64; K] = std::array::from_fn(|i| other.means[i] - self.means[i]);
        let mut whole = *self;
        whole.count += other.count;
        for i in 0..K {
            whole.means[i] += apart[i] * (b / total);
            for j in 0..K {
                whole.products[i][j] +=
                    other.products[i][j] + (apart[i] * apart[j]) * (a / total * b);
            }
        }
        whole
    }
}

/// Count, mean and variance of one variable.
pub type Moments = CrossProducts<1>;

impl Moments {
    /// The moments of a slice of values.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`] if a value is NaN or infinite.
    ///
    /// ```
    /// use alliance_stats::numeric::moments::Moments;
    /// let moments = Moments::from_values(&[1.0, 2.0, 6.0]).unwrap();
    /// assert_eq!((moments.mean(0), moments.variance(0)), (Some(3.0), Some(7.0)));
    /// ```
    pub fn from_values(values: &[f64]) -> Result<Self, Undefined> {
        Self::from_columns([values])
    }
}
