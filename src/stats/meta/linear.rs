//! Small symmetric systems, row by row in one vector, without allocation where it is hot.
//! **Question.** What is the determinant, the inverse, the residual sum of squares of a p × p normal matrix?
//! **Method.** Cholesky.
//! **Not.** Matrices of the size of the data: there are none.
//! **Sources.** Golub & Van Loan (2013), *Matrix Computations*, section 4.2.

/// Lower Cholesky factor in place (upper half untouched) of the first `p` rows of an m × m matrix, and what it leaves of the last row.
///
/// With the cross-products of (X, y) and `p = m − 1`: the logarithm of `|XᵀX|` and the residual sum of squares. None when X is collinear.
pub(super) fn eliminate(matrix: &mut [f64], m: usize) -> Option<(f64, f64)> {
    let p = m - 1;
    let mut determinant = 1.0;
    let mut log_determinant = 0.0;
    for j in 0..m {
        let mut pivot = matrix[j * m + j];
        for c in 0..j {
            pivot -= matrix[j * m + c] * matrix[j * m + c];
        }
        if j == p {
            return Some((log_determinant + libm::log(determinant), pivot.max(0.0)));
        }
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        determinant *= pivot;
        if !(1e-100..1e100).contains(&determinant) {
            log_determinant += libm::log(determinant);
            determinant = 1.0;
        }
        let root = pivot.sqrt();
        matrix[j * m + j] = root;
        for i in j + 1..m {
            let mut value = matrix[i * m + j];
            for c in 0..j {
                value -= matrix[i * m + c] * matrix[j * m + c];
            }
            matrix[i * m + j] = value / root;
        }
    }
    None
}

/// Lower Cholesky factor of a p × p matrix, row by row; none unless positive definite.
pub(super) fn cholesky(matrix: &[f64], p: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; p * p];
    for j in 0..p {
        for i in j..p {
            let mut value = matrix[i * p + j];
            for c in 0..j {
                value -= lower[i * p + c] * lower[j * p + c];
            }
            if i == j {
                if value.is_nan() || value <= 0.0 {
                    return None;
                }
                lower[j * p + j] = value.sqrt();
            } else {
                lower[i * p + j] = value / lower[j * p + j];
            }
        }
    }
    Some(lower)
}

/// The inverse of a positive definite p × p matrix, row by row; none unless it is one.
pub(super) fn inverse(matrix: &[f64], p: usize) -> Option<Vec<f64>> {
    let lower = cholesky(matrix, p)?;
    // Columns of L⁻¹, then L⁻ᵀL⁻¹.
    let mut half = vec![0.0; p * p];
    for c in 0..p {
        for i in c..p {
            let mut value = if i == c { 1.0 } else { 0.0 };
            for l in c..i {
                value -= lower[i * p + l] * half[l * p + c];
            }
            half[i * p + c] = value / lower[i * p + i];
        }
    }
    let mut result = vec![0.0; p * p];
    for a in 0..p {
        for b in 0..p {
            result[a * p + b] = (a.max(b)..p)
                .map(|l| half[l * p + a] * half[l * p + b])
                .sum();
        }
    }
    Some(result)
}

/// Solves `R x = right` in place, R upper triangular row by row with a positive diagonal.
pub(super) fn solve_triangle(upper: &[f64], right: &mut [f64]) {
    let p = right.len();
    for i in (0..p).rev() {
        for j in i + 1..p {
            right[i] -= upper[i * p + j] * right[j];
        }
        right[i] /= upper[i * p + i];
    }
}

/// `aᵀ M b` for a p × p matrix row by row.
pub(super) fn form(a: &[f64], matrix: &[f64], b: &[f64]) -> f64 {
    let p = b.len();
    a.iter()
        .enumerate()
        .map(|(i, left)| {
            left * matrix[i * p..(i + 1) * p]
                .iter()
                .zip(b)
                .map(|(x, y)| x * y)
                .sum::<f64>()
        })
        .sum()
}

/// `tr(A B)` for p × p matrices row by row.
pub(super) fn trace(a: &[f64], b: &[f64], p: usize) -> f64 {
    (0..p)
        .flat_map(|i| (0..p).map(move |j| (i, j)))
        .map(|(i, j)| a[i * p + j] * b[j * p + i])
        .sum()
}

/// `A B` for p × p matrices row by row.
pub(super) fn product(a: &[f64], b: &[f64], p: usize) -> Vec<f64> {
    let mut result = vec![0.0; p * p];
    for i in 0..p {
        for l in 0..p {
            for j in 0..p {
                result[i * p + j] += a[i * p + l] * b[l * p + j];
            }
        }
    }
    result
}
