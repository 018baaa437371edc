//! The design of a meta-regression: which moderators each effect has.
//! **Question.** Do the moderators say different things, so that each can have a coefficient?
//! **Method.** Rows of numbers with a leading 1; an orthonormal basis of the columns by twofold Gram–Schmidt, in which all fits are computed.
//! **Not.** Names of the columns and the coding of categories: the caller's.
//! **Sources.** Björck (1996), *Numerical Methods for Least Squares Problems*, section 2.4 (twice is enough).

use crate::Undefined;

/// The moderators of k effects: k rows, p columns, the first one all 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    columns: usize,
    /// k × p, row by row, as given.
    values: Vec<f64>,
    /// k × p, row by row: an orthonormal basis of the columns.
    basis: Vec<f64>,
    /// p × p upper triangular, row by row: `values = basis · triangle`.
    triangle: Vec<f64>,
}

/// A column whose part outside the columns before it is smaller than this share of it says nothing new.
const COLLINEAR: f64 = 1e-10;

impl Design {
    /// The design without moderators.
    ///
    /// ```
    /// use alliance_stats::meta::design::Design;
    /// assert_eq!((Design::intercept(5).rows(), Design::intercept(5).columns()), (5, 1));
    /// ```
    pub fn intercept(k: usize) -> Self {
        let root = (k as f64).sqrt();
        Self {
            columns: 1,
            values: vec![1.0; k],
            basis: vec![1.0 / root; k],
            triangle: vec![root],
        }
    }

    /// A design from full rows: 1 first, then the moderators.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer rows than columns, [`Undefined::UnequalLengths`] for ragged rows, [`Undefined::NotFinite`],
    /// [`Undefined::OutOfRange`] for a row that does not start with 1, [`Undefined::Collinear`] when a column says nothing new.
    ///
    /// ```
    /// use alliance_stats::{Undefined, meta::design::Design};
    /// let design = Design::new(&[[1.0, 2009.0], [1.0, 2011.0], [1.0, 2014.0]]).unwrap();
    /// assert_eq!(design.row(1), [1.0, 2011.0]);
    /// assert_eq!(Design::new(&[[1.0, 7.0], [1.0, 7.0], [1.0, 7.0]]), Err(Undefined::Collinear));
    /// ```
    pub fn new<R: AsRef<[f64]>>(rows: &[R]) -> Result<Self, Undefined> {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        if rows.is_empty() || columns == 0 || rows.len() < columns {
            return Err(Undefined::TooFew {
                found: rows.len(),
                needed: columns.max(1),
            });
        }
        let mut values = Vec::with_capacity(rows.len() * columns);
        for row in rows {
            let row = row.as_ref();
            if row.len() != columns {
                return Err(Undefined::UnequalLengths {
                    first: columns,
                    second: row.len(),
                });
            }
            // Squares and products of moderators must stay finite.
            if !row.iter().all(|x| x.abs() < 1e100) {
                return Err(Undefined::NotFinite {
                    variable: "a moderator",
                });
            }
            if row[0] != 1.0 {
                return Err(Undefined::OutOfRange {
                    what: "the first column of the design",
                    value: row[0],
                    allowed: "1 in every row",
                });
            }
            values.extend_from_slice(row);
        }
        let (basis, triangle) = orthonormal(&values, rows.len(), columns)?;
        Ok(Self {
            columns,
            values,
            basis,
            triangle,
        })
    }

    /// The design of the rows named, in that order; used to leave effects out or to permute them.
    ///
    /// # Errors
    /// As [`Design::new`]: without a study a moderator may say nothing new.
    ///
    /// ```
    /// use alliance_stats::meta::design::Design;
    /// let design = Design::new(&[[1.0, 3.0], [1.0, 5.0], [1.0, 4.0]]).unwrap();
    /// assert_eq!(design.select(&[2, 0]).unwrap().row(0), [1.0, 4.0]);
    /// ```
    pub fn select(&self, rows: &[usize]) -> Result<Self, Undefined> {
        if self.columns == 1 {
            return Ok(Self::intercept(rows.len()));
        }
        let chosen: Vec<&[f64]> = rows.iter().map(|&i| self.row(i)).collect();
        Self::new(&chosen)
    }

    /// k.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// p, the intercept included.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The moderators of effect `i`, as given, leading 1 included.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.columns..(i + 1) * self.columns]
    }

    /// Is there no moderator?
    pub fn is_intercept(&self) -> bool {
        self.columns == 1
    }

    /// Row `i` of the orthonormal basis.
    pub fn basis_row(&self, i: usize) -> &[f64] {
        &self.basis[i * self.columns..(i + 1) * self.columns]
    }

    /// `R` of `X = QR`, row by row; the coefficients of the moderators are `R⁻¹` times those of the basis.
    pub fn triangle(&self) -> &[f64] {
        &self.triangle
    }

    /// `ln |XᵀX|`, the constant of the restricted log-likelihood.
    pub fn log_determinant(&self) -> f64 {
        let p = self.columns;
        2.0 * (0..p)
            .map(|j| libm::log(self.triangle[j * p + j]))
            .sum::<f64>()
    }
}

/// Basis and triangle of the columns.
fn orthonormal(values: &[f64], k: usize, p: usize) -> Result<(Vec<f64>, Vec<f64>), Undefined> {
    let mut basis = vec![0.0; k * p];
    let mut triangle = vec![0.0; p * p];
    let mut column = vec![0.0; k];
    for j in 0..p {
        for i in 0..k {
            column[i] = values[i * p + j];
        }
        let size = norm(&column);
        for _ in 0..2 {
            for before in 0..j {
                let mut product = 0.0;
                for i in 0..k {
                    product += basis[i * p + before] * column[i];
                }
                triangle[before * p + j] += product;
                for i in 0..k {
                    column[i] -= product * basis[i * p + before];
                }
            }
        }
        let left = norm(&column);
        if left <= COLLINEAR * size {
            return Err(Undefined::Collinear);
        }
        triangle[j * p + j] = left;
        for i in 0..k {
            basis[i * p + j] = column[i] / left;
        }
    }
    Ok((basis, triangle))
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}
