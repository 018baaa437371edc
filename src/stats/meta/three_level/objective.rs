//! The log-likelihood of effects in studies as a plain function of both variances.
//! **Question.** How well do two variances explain the effects, and which way is better?
//! **Method.** Value, slope and curvature in closed form, one pass over the effects; no matrix is larger than the number of coefficients.
//! **Not.** The search: see [`super::search`]. The constants are metafor's (`logLik(rma.mv)`), so that `ln |XᵀX|` is added for REML.
//! **Sources.** Harville (1977), JASA 72, 320–338; derivatives as in Jennrich & Sampson (1976), Technometrics 18, 11–17.

use super::Likelihood;
use super::within::WithinStudies;
use crate::meta::linear::{form, product, trace};
use crate::meta::nested::{NestedEffects, Variances};

/// −2 log-likelihood with its slope and curvature; index 0 is between studies, 1 between effects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surface {
    /// −2 log-likelihood.
    pub deviance: f64,
    /// First derivatives.
    pub slope: [f64; 2],
    /// Second derivatives.
    pub curvature: [[f64; 2]; 2],
}

/// −2 log-likelihood at two variances, with metafor's constants; infinite where the design is numerically singular.
///
/// ```
/// use alliance_stats::meta::{design::Design, effect_size::Effect};
/// use alliance_stats::meta::nested::{NestedEffects, Variances};
/// use alliance_stats::meta::three_level::{Likelihood, deviance};
/// let effects = [0.1, 0.4, 0.2, 0.3].map(|z| Effect::from_fisher_z(z, 0.02).unwrap());
/// let nested = NestedEffects::new(&effects, &[0, 0, 1, 1], &Design::intercept(4)).unwrap();
/// let at = Variances { between_studies: 0.01, between_effects: 0.03 };
/// assert!((deviance(&nested, Likelihood::Reml, at) + 2.137093384812724).abs() < 1e-12);
/// ```
pub fn deviance(nested: &NestedEffects, likelihood: Likelihood, at: Variances) -> f64 {
    WithinStudies::new(nested, at.between_effects).deviance(likelihood, at.between_studies)
}

/// The same with first and second derivatives, at cost linear in the effects; none where [`deviance`] is infinite.
///
/// With P the projection `V⁻¹ − V⁻¹X(XᵀV⁻¹X)⁻¹XᵀV⁻¹` and `Vᵢ` the derivative of V: slope `tr(PVᵢ) − zᵀPVᵢPz`, curvature
/// `−tr(PVᵢPVⱼ) + 2 zᵀPVᵢPVⱼPz`; for ML the traces have `V⁻¹` in the place of P.
///
/// ```
/// use alliance_stats::meta::{design::Design, effect_size::Effect};
/// use alliance_stats::meta::nested::{NestedEffects, Variances};
/// use alliance_stats::meta::three_level::{Likelihood, surface};
/// // The balanced case of [`super::ThreeLevel::fit`]: at the optimum the slopes are 0.
/// let effects = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map(|z| Effect::from_fisher_z(z, 0.001).unwrap());
/// let nested = NestedEffects::new(&effects, &[1, 1, 2, 2, 3, 3], &Design::intercept(6)).unwrap();
/// let at = Variances { between_studies: 0.0375, between_effects: 0.004 };
/// let slope = surface(&nested, Likelihood::Reml, at).unwrap().slope;
/// assert!(slope.iter().all(|s| s.abs() < 1e-9));
/// ```
pub fn surface(nested: &NestedEffects, likelihood: Likelihood, at: Variances) -> Option<Surface> {
    match nested.columns() {
        1 => surface_of_width(nested, likelihood, at, 1),
        p => surface_of_width(nested, likelihood, at, p),
    }
}

#[inline(always)]
fn surface_of_width(
    nested: &NestedEffects,
    likelihood: Likelihood,
    at: Variances,
    p: usize,
) -> Option<Surface> {
    let within = WithinStudies::new(nested, at.between_effects);
    let (s, m) = (at.between_studies, p + 1);
    let (fit, covariance) = within.line(s)?;

    // Traces of V⁻¹Vᵢ and V⁻¹VᵢV⁻¹Vⱼ: studies, both, effects.
    let (mut trace_s, mut trace_e) = (0.0, 0.0);
    let (mut trace_ss, mut trace_se, mut trace_ee) = (0.0, 0.0, 0.0);
    // XᵀV⁻¹VᵢV⁻¹X and XᵀV⁻¹VᵢV⁻¹VⱼV⁻¹X.
    let mut once = [vec![0.0; p * p], vec![0.0; p * p]];
    let mut twice = [vec![0.0; p * p], vec![0.0; p * p], vec![0.0; p * p]];
    // With q the vectors VᵢPz: zᵀPVᵢPz, qᵀV⁻¹q and XᵀV⁻¹q.
    let (mut square_s, mut square_e) = (0.0, 0.0);
    let (mut inner_ss, mut inner_se, mut inner_ee) = (0.0, 0.0, 0.0);
    let (mut outer_s, mut outer_e) = (vec![0.0; p], vec![0.0; p]);

    let mut design = vec![0.0; p];
    let (mut one_design, mut weighted_design) = (vec![0.0; p], vec![0.0; p]);
    for j in 0..nested.studies() {
        let precision = within.precisions[j];
        let mean = &within.means[j * m..(j + 1) * m];
        let inflation = 1.0 + s * precision;
        let shared = s / inflation;
        // 1ᵀV⁻¹1, and XᵀV⁻¹1 is this times the mean of X.
        let total = precision / inflation;
        let residual_mean = mean[p] - dot(&mean[..p], &fit);
        let residual_total = total * residual_mean;
        let (mut w2, mut w3) = (0.0, 0.0);
        let (mut ones_residual, mut weighted_residual, mut square) = (0.0, 0.0, 0.0);
        let mut weighted_square = 0.0;
        one_design.fill(0.0);
        weighted_design.fill(0.0);
        for i in nested.study(j) {
            let weight = within.weights[i];
            let row = &nested.rows[i * m..(i + 1) * m];
            let residual = row[p] - dot(&row[..p], &fit);
            // Row i of V⁻¹X, V⁻¹1 and Pz: apart from the study's mean, plus the shrunken mean.
            let one = weight / inflation;
            for a in 0..p {
                design[a] = weight * (row[a] - mean[a]) + one * mean[a];
            }
            let r = weight * (residual - residual_mean) + one * residual_mean;
            w2 += weight * weight;
            w3 += weight * weight * weight;
            square += r * r;
            ones_residual += one * r;
            weighted_residual += weight * r;
            weighted_square += weight * r * r;
            for a in 0..p {
                outer_e[a] += design[a] * r;
                one_design[a] += one * design[a];
                weighted_design[a] += weight * design[a];
                for b in 0..=a {
                    once[1][a * p + b] += design[a] * design[b];
                    twice[2][a * p + b] += weight * design[a] * design[b];
                }
            }
        }
        trace_s += total;
        trace_e += precision - shared * w2;
        trace_ss += total * total;
        trace_se += w2 / (inflation * inflation);
        trace_ee += w2 - 2.0 * shared * w3 + shared * shared * w2 * w2;
        square_s += residual_total * residual_total;
        square_e += square;
        inner_ss += residual_total * residual_total * total;
        inner_se += residual_total * ones_residual;
        inner_ee += weighted_square - shared * weighted_residual * weighted_residual;
        for a in 0..p {
            let u = total * mean[a];
            outer_s[a] += residual_total * u;
            for b in 0..=a {
                let v = total * mean[b];
                once[0][a * p + b] += u * v;
                twice[0][a * p + b] += total * u * v;
                twice[1][a * p + b] += 0.5 * (u * one_design[b] + v * one_design[a]);
                twice[2][a * p + b] -= shared * weighted_design[a] * weighted_design[b];
            }
        }
    }
    for matrix in once.iter_mut().chain(&mut twice) {
        for a in 0..p {
            for b in a + 1..p {
                matrix[a * p + b] = matrix[b * p + a];
            }
        }
    }

    let quadratic =
        |inner: f64, left: &[f64], right: &[f64]| inner - form(left, &covariance, right);
    let mut slope = [trace_s - square_s, trace_e - square_e];
    let mut traces = [trace_ss, trace_se, trace_ee];
    if likelihood == Likelihood::Reml {
        let scaled = [
            product(&covariance, &once[0], p),
            product(&covariance, &once[1], p),
        ];
        for i in 0..2 {
            slope[i] -= trace(&covariance, &once[i], p);
        }
        for (t, (i, j)) in [(0, 0), (0, 1), (1, 1)].into_iter().enumerate() {
            traces[t] += trace(&scaled[i], &scaled[j], p) - 2.0 * trace(&covariance, &twice[t], p);
        }
    }
    let ss = 2.0 * quadratic(inner_ss, &outer_s, &outer_s) - traces[0];
    let se = 2.0 * quadratic(inner_se, &outer_s, &outer_e) - traces[1];
    let ee = 2.0 * quadratic(inner_ee, &outer_e, &outer_e) - traces[2];
    let deviance = within.deviance(likelihood, s);
    deviance.is_finite().then_some(Surface {
        deviance,
        slope,
        curvature: [[ss, se], [se, ee]],
    })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
