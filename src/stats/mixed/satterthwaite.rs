//! Satterthwaite's degrees of freedom of the fixed effects.
//! **Question.** How much does the uncertainty of the variances add to that of a coefficient?
//! **Method.** `2v²/(gᵀ A g)` with v the squared standard error, g its slope in (θ, σ) and A twice the inverse curvature of the deviance, all from exact derivatives; at a boundary as lmerTest does: directions without positive curvature are left out.
//! **Not.** Kenward and Roger's correction of the standard error itself.
//! **Sources.** Satterthwaite (1946), Biometrics Bulletin 2, 110–114; Kuznetsova, Brockhoff & Christensen (2017), J. Stat. Softw. 82(13).

use nalgebra::DMatrix;

use super::Likelihood;
use super::blocks::Blocks;
use super::derivative::Jet;
use super::triangle::{Factor, place};
use crate::Undefined;

/// Curvature below this is none: lmerTest's tolerance.
const FLAT: f64 = 1e-8;

const NO_DEGREES: Undefined = Undefined::NoOptimum {
    what: "the degrees of freedom",
};

/// The fixed effects at one θ, for predictors as given.
pub(super) struct FixedEffects {
    pub estimates: Vec<f64>,
    pub covariance: Vec<Vec<f64>>,
    pub degrees: Vec<f64>,
    pub residual_variance: f64,
}

/// Coefficients, their covariance and degrees of freedom at θ.
pub(super) fn fixed_effects(
    blocks: &Blocks,
    likelihood: Likelihood,
    theta: &[f64],
) -> Result<FixedEffects, Undefined> {
    match *theta {
        [a] => of_size(blocks, likelihood, [a]),
        [a, b] => of_size(blocks, likelihood, [a, b]),
        [a, b, c] => of_size(blocks, likelihood, [a, b, c]),
        _ => Err(NO_DEGREES),
    }
}

fn of_size<const N: usize>(
    blocks: &Blocks,
    likelihood: Likelihood,
    theta: [f64; N],
) -> Result<FixedEffects, Undefined> {
    let p = blocks.coefficients();
    let relative = blocks.relative(&Jet::variables(theta));
    let sums = blocks.weighted(&relative);
    let values = sums.matrix.iter().map(|jet| jet.value).collect();
    let plain = Factor::<f64>::new(values, p + 1).ok_or(Undefined::Collinear)?;
    let inverse = plain.inverse();
    let in_basis = plain.coefficients();
    let parts = super::objective::parts(blocks, &relative).ok_or(Undefined::Collinear)?;
    let degrees = blocks.degrees(likelihood);
    let variance = parts.squares.value / degrees;
    let sigma = variance.sqrt();

    // Curvature of the deviance in (θ, σ), the residual variance not profiled out.
    let base = match likelihood {
        Likelihood::Ml => parts.log_det,
        Likelihood::Reml => parts.log_det + parts.log_det_design,
    };
    let mut curvature = DMatrix::zeros(N + 1, N + 1);
    for i in 0..N {
        for j in 0..N {
            curvature[(i, j)] = base.curvature[i][j] + parts.squares.curvature[i][j] / variance;
        }
        let mixed = -2.0 * parts.squares.slope[i] / (variance * sigma);
        curvature[(i, N)] = mixed;
        curvature[(N, i)] = mixed;
    }
    curvature[(N, N)] = (6.0 * parts.squares.value / variance - 2.0 * degrees) / variance;
    let eigen = curvature.symmetric_eigen();

    let mut effects = FixedEffects {
        estimates: Vec::with_capacity(p),
        covariance: vec![vec![0.0; p]; p],
        degrees: Vec::with_capacity(p),
        residual_variance: variance,
    };
    // Rows that turn coefficients about the means into those of the predictors as given.
    let contrast = |c: usize| -> Vec<f64> {
        let mut row = vec![0.0; p];
        row[c] = 1.0;
        if c == 0 {
            for (entry, centre) in row[1..].iter_mut().zip(&blocks.centre) {
                *entry = -centre;
            }
        }
        row
    };
    let form = |a: &[f64], b: &[f64]| -> f64 {
        (0..p)
            .map(|i| a[i] * (0..p).map(|j| inverse[i][j] * b[j]).sum::<f64>())
            .sum()
    };
    for c in 0..p {
        let row = contrast(c);
        let mut estimate: f64 = row.iter().zip(&in_basis).map(|(r, b)| r * b).sum();
        if c == 0 {
            estimate += blocks.centre[p - 1];
        }
        effects.estimates.push(estimate);
        for d in 0..p {
            effects.covariance[c][d] = variance * form(&row, &contrast(d));
        }
        let squared_error = effects.covariance[c][c];
        // The slope of the squared error: −σ² hᵀ (∂ XᵀV⁻¹X) h with h = (XᵀV⁻¹X)⁻¹ row, and 2v/σ.
        let h: Vec<f64> = (0..p)
            .map(|i| (0..p).map(|j| inverse[i][j] * row[j]).sum())
            .collect();
        let mut slope = [0.0; N];
        for i in 0..p {
            for j in 0..p {
                let change = &sums.matrix[place(i.max(j), i.min(j))].slope;
                for (s, d) in slope.iter_mut().zip(change) {
                    *s -= variance * h[i] * h[j] * d;
                }
            }
        }
        let mut spread = 0.0;
        for (value, vector) in eigen
            .eigenvalues
            .iter()
            .zip(eigen.eigenvectors.column_iter())
        {
            if *value > FLAT {
                let mut along = vector[N] * 2.0 * squared_error / sigma;
                for i in 0..N {
                    along += vector[i] * slope[i];
                }
                spread += 2.0 * along * along / value;
            }
        }
        let df = 2.0 * squared_error * squared_error / spread;
        if !(df > 0.0 && df.is_finite()) {
            return Err(NO_DEGREES);
        }
        effects.degrees.push(df);
    }
    Ok(effects)
}
