//! The triangular factor of a small symmetric matrix, kept as its lower half in rows.
//! **Question.** What are the coefficients, what do they leave, and how large is the determinant?
//! **Method.** `A = L D Lᵀ` without square roots, in any [`Number`]; the outcome is the last row, so its pivot is the sum of squares left over.
//! **Not.** Pivoting: columns are few and about their means; a pivot that vanishes is reported as collinearity.
//! **Sources.** Golub & Van Loan (2013), *Matrix Computations*, section 4.1.

use super::derivative::Number;

/// Where row `i`, column `j ≤ i` is kept.
pub(super) fn place(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// How many numbers the lower half of a matrix of width `m` has.
pub(super) fn half(m: usize) -> usize {
    m * (m + 1) / 2
}

/// `L` below the diagonal (its own diagonal is 1) and `D` on it.
#[derive(Debug, Clone)]
pub(super) struct Factor<T> {
    entries: Vec<T>,
    width: usize,
}

impl<T: Number> Factor<T> {
    /// None when a pivot is not positive.
    pub fn new(mut a: Vec<T>, width: usize) -> Option<Self> {
        for i in 0..width {
            for j in 0..i {
                let mut entry = a[place(i, j)];
                for k in 0..j {
                    entry = entry - a[place(i, k)] * a[place(j, k)];
                }
                a[place(i, j)] = entry;
            }
            // Row i holds L·D until here, the rows above hold L.
            let mut pivot = a[place(i, i)];
            for j in 0..i {
                let scaled = a[place(i, j)];
                let unscaled = scaled * a[place(j, j)].reciprocal();
                pivot = pivot - scaled * unscaled;
                a[place(i, j)] = unscaled;
            }
            if !(pivot.value() > 0.0 && pivot.value().is_finite()) {
                return None;
            }
            a[place(i, i)] = pivot;
        }
        Some(Self { entries: a, width })
    }

    pub fn pivot(&self, i: usize) -> T {
        self.entries[place(i, i)]
    }
}

impl Factor<f64> {
    /// Coefficients of the last variable on all others.
    pub fn coefficients(&self) -> Vec<f64> {
        let p = self.width - 1;
        let mut solution: Vec<f64> = (0..p).map(|j| self.entries[place(p, j)]).collect();
        self.solve_transposed(&mut solution);
        solution
    }

    /// `Lᵀx = b` in place, for the leading columns that `b` has.
    fn solve_transposed(&self, b: &mut [f64]) {
        for i in (0..b.len()).rev() {
            for j in i + 1..b.len() {
                b[i] -= self.entries[place(j, i)] * b[j];
            }
        }
    }

    /// The inverse of the leading block without the last row, full rows.
    pub fn inverse(&self) -> Vec<Vec<f64>> {
        let p = self.width - 1;
        (0..p)
            .map(|c| {
                let mut column = vec![0.0; p];
                column[c] = 1.0;
                for i in 0..p {
                    for j in 0..i {
                        column[i] -= self.entries[place(i, j)] * column[j];
                    }
                }
                for (i, entry) in column.iter_mut().enumerate() {
                    *entry /= self.entries[place(i, i)];
                }
                self.solve_transposed(&mut column);
                column
            })
            .collect()
    }
}

/// What is left of the last variable after all others, those without anything of their own skipped; `scale` are the sums of squares they started with.
pub(super) fn left_over(a: &[f64], scale: &[f64], tolerance: f64) -> f64 {
    let m = scale.len();
    let mut rest = a.to_vec();
    for k in 0..m - 1 {
        let pivot = rest[place(k, k)];
        if pivot <= tolerance * scale[k] {
            continue;
        }
        for i in k + 1..m {
            let factor = rest[place(i, k)] / pivot;
            for j in k + 1..=i {
                rest[place(i, j)] -= factor * rest[place(j, k)];
            }
        }
    }
    rest[place(m - 1, m - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_gives_coefficients_inverse_and_the_squares_left() {
        // x = (1, 1, 1, 1), (0, 1, 2, 3); y = (1, 3, 2, 5): slope 1.1, intercept 1.1, residual squares 2.7
        let a = vec![4.0, 6.0, 14.0, 11.0, 22.0, 39.0];
        let factor = Factor::new(a, 3).expect("regular");
        let beta = factor.coefficients();
        assert!((beta[0] - 1.1).abs() < 1e-14 && (beta[1] - 1.1).abs() < 1e-14);
        assert!((factor.pivot(2) - 2.7).abs() < 1e-13);
        let inverse = factor.inverse();
        assert!((inverse[0][0] - 0.7).abs() < 1e-15 && (inverse[0][1] + 0.3).abs() < 1e-15);
        assert!((inverse[1][1] - 0.2).abs() < 1e-15);
        assert!(Factor::new(vec![1.0, 2.0, 4.0], 2).is_none());
    }
}
