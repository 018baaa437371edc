//! The log-likelihood of effects in studies as a plain function of both variances.
//! **Question.** How well do two variances explain the effects, and which way is better?
//! **Method.** Each study's covariance is diagonal plus rank one, so sums within studies and weighted means of studies suffice: cost k for a new variance between effects, J for a new one between studies.
//! **Not.** The search: see [`super::search`]. The constants are metafor's (`logLik(rma.mv)`), so that `ln |XᵀX|` is added for REML.
//! **Sources.** Harville (1977), JASA 72, 320–338; Woodbury's identity; derivatives as in Jennrich & Sampson (1976), Technometrics 18, 11–17.

use std::f64::consts::PI;

use super::Likelihood;
use crate::stats::meta::linear::{eliminate, form, inverse, product, trace};
use crate::stats::meta::nested::{NestedEffects, Variances};

/// The sums over studies at one variance between effects, from which every variance between studies is cheap.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::stats::meta) struct WithinStudies {
    between_effects: f64,
    /// `ln |D|`, D the diagonal part of the covariance.
    log_determinant: f64,
    /// 1/(variance + variance between effects), k.
    pub(in crate::stats::meta) weights: Vec<f64>,
    /// Sums of the weights of each study, J.
    pub(in crate::stats::meta) precisions: Vec<f64>,
    /// Weighted means of basis and z, J rows of p + 1.
    pub(in crate::stats::meta) means: Vec<f64>,
    /// Weighted cross-products of basis and z around the means of their study, (p + 1)².
    cross: Vec<f64>,
}

impl WithinStudies {
    pub(in crate::stats::meta) fn new(nested: &NestedEffects, between_effects: f64) -> Self {
        // Without moderators the compiler sees the width and unrolls the loops over it: half of the time.
        match nested.columns() {
            1 => Self::of_width(nested, between_effects, 2),
            p => Self::of_width(nested, between_effects, p + 1),
        }
    }

    #[inline(always)]
    fn of_width(nested: &NestedEffects, between_effects: f64, m: usize) -> Self {
        let studies = nested.studies();
        let mut sums = Self {
            between_effects,
            log_determinant: 0.0,
            weights: Vec::with_capacity(nested.effects()),
            precisions: Vec::with_capacity(studies),
            means: vec![0.0; studies * m],
            cross: vec![0.0; m * m],
        };
        let mut logs = LogOfProduct::ONE;
        let mut apart = vec![0.0; m];
        for j in 0..studies {
            let study = nested.study(j);
            let mean = &mut sums.means[j * m..(j + 1) * m];
            let mut precision = 0.0;
            for i in study.clone() {
                let total = nested.variances[i] + between_effects;
                logs.times(total);
                let weight = 1.0 / total;
                sums.weights.push(weight);
                precision += weight;
                for (sum, value) in mean.iter_mut().zip(&nested.rows[i * m..(i + 1) * m]) {
                    *sum += weight * value;
                }
            }
            for sum in mean.iter_mut() {
                *sum /= precision;
            }
            sums.precisions.push(precision);
            if study.len() > 1 {
                for i in study {
                    let row = &nested.rows[i * m..(i + 1) * m];
                    for a in 0..m {
                        apart[a] = row[a] - mean[a];
                        let weighted = sums.weights[i] * apart[a];
                        for b in 0..=a {
                            sums.cross[a * m + b] += weighted * apart[b];
                        }
                    }
                }
            }
        }
        sums.log_determinant = logs.value();
        sums
    }

    /// −2 log-likelihood at a variance between studies; infinite where the design is numerically singular.
    pub(super) fn deviance(&self, likelihood: Likelihood, between_studies: f64) -> f64 {
        match self.means.len() / self.precisions.len() {
            2 => self.deviance_of_width(likelihood, between_studies, 2),
            m => self.deviance_of_width(likelihood, between_studies, m),
        }
    }

    #[inline(always)]
    fn deviance_of_width(&self, likelihood: Likelihood, between_studies: f64, m: usize) -> f64 {
        let mut logs = LogOfProduct::ONE;
        let mut cross = self.cross.clone();
        for (precision, mean) in self.precisions.iter().zip(self.means.chunks_exact(m)) {
            let inflation = 1.0 + between_studies * precision;
            logs.times(inflation);
            let weight = precision / inflation;
            for a in 0..m {
                let weighted = weight * mean[a];
                for b in 0..=a {
                    cross[a * m + b] += weighted * mean[b];
                }
            }
        }
        let Some((log_design, residual)) = eliminate(&mut cross, m) else {
            return f64::INFINITY;
        };
        let (k, p) = (self.weights.len() as f64, (m - 1) as f64);
        let log_total = self.log_determinant + logs.value();
        // The basis is orthonormal, so that ln |XᵀX| has cancelled.
        match likelihood {
            Likelihood::Reml => (k - p) * libm::log(2.0 * PI) + log_total + log_design + residual,
            Likelihood::Ml => k * libm::log(2.0 * PI) + log_total + residual,
        }
    }

    /// The residual sum of squares in the metric of the covariance.
    pub(super) fn residual(&self, between_studies: f64) -> f64 {
        let m = self.means.len() / self.precisions.len();
        eliminate(&mut self.normal(between_studies), m).map_or(f64::INFINITY, |(_, rss)| rss)
    }

    /// Cross-products of basis and z in the metric of the inverse covariance, (p + 1)².
    pub(in crate::stats::meta) fn normal(&self, between_studies: f64) -> Vec<f64> {
        let m = self.means.len() / self.precisions.len();
        let mut cross = self.cross.clone();
        for (precision, mean) in self.precisions.iter().zip(self.means.chunks_exact(m)) {
            let weight = precision / (1.0 + between_studies * precision);
            for a in 0..m {
                for b in 0..=a {
                    cross[a * m + b] += weight * mean[a] * mean[b];
                }
            }
        }
        for a in 0..m {
            for b in a + 1..m {
                cross[a * m + b] = cross[b * m + a];
            }
        }
        cross
    }

    /// Generalised least squares in the basis: coefficients of the centred z and their p × p covariance.
    pub(in crate::stats::meta) fn line(
        &self,
        between_studies: f64,
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        let cross = self.normal(between_studies);
        let m = self.means.len() / self.precisions.len();
        let p = m - 1;
        let design: Vec<f64> = (0..p * p).map(|c| cross[c / p * m + c % p]).collect();
        let covariance = inverse(&design, p)?;
        let fit = (0..p)
            .map(|a| {
                (0..p)
                    .map(|b| covariance[a * p + b] * cross[p * m + b])
                    .sum()
            })
            .collect();
        Some((fit, covariance))
    }
}

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
/// use alliance::stats::meta::{design::Design, effect_size::Effect};
/// use alliance::stats::meta::nested::{NestedEffects, Variances};
/// use alliance::stats::meta::three_level::{Likelihood, deviance};
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

/// The logarithm of a long product with few logarithms.
struct LogOfProduct {
    product: f64,
    sum: f64,
}

impl LogOfProduct {
    const ONE: Self = Self {
        product: 1.0,
        sum: 0.0,
    };

    fn times(&mut self, factor: f64) {
        if !(1e-100..1e100).contains(&factor) {
            self.sum += libm::log(factor);
            return;
        }
        self.product *= factor;
        if !(1e-150..1e150).contains(&self.product) {
            self.sum += libm::log(self.product);
            self.product = 1.0;
        }
    }

    fn value(&self) -> f64 {
        self.sum + libm::log(self.product)
    }
}
