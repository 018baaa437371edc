//! Sums within studies, from which every likelihood is cheap.
//! **Question.** What has to be known of each study, once the variance between effects is fixed, for any variance between studies?
//! **Method.** Each study's covariance is diagonal plus rank one, so its weighted mean, the weight of that mean and the cross-products around it suffice: cost k once, then J for each variance between studies.
//! **Not.** Derivatives: see [`super::objective`].
//! **Sources.** Woodbury's identity; Harville (1977), JASA 72, 320–338. The constants are metafor's (`logLik(rma.mv)`), so that `ln |XᵀX|` is added for REML.

use std::f64::consts::PI;

use super::Likelihood;
use crate::meta::linear::{eliminate, inverse};
use crate::meta::nested::NestedEffects;

/// The sums over studies at one variance between effects, from which every variance between studies is cheap.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::meta) struct WithinStudies {
    /// `ln |D|`, D the diagonal part of the covariance.
    log_determinant: f64,
    /// 1/(variance + variance between effects), k.
    pub(in crate::meta) weights: Vec<f64>,
    /// Sums of the weights of each study, J.
    pub(in crate::meta) precisions: Vec<f64>,
    /// Weighted means of basis and z, J rows of p + 1.
    pub(in crate::meta) means: Vec<f64>,
    /// Weighted cross-products of basis and z around the means of their study, (p + 1)².
    cross: Vec<f64>,
}

impl WithinStudies {
    pub(in crate::meta) fn new(nested: &NestedEffects, between_effects: f64) -> Self {
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
                        let cross = &mut sums.cross[a * m..=a * m + a];
                        for (sum, other) in cross.iter_mut().zip(&apart) {
                            *sum += weighted * other;
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
    pub(in crate::meta) fn normal(&self, between_studies: f64) -> Vec<f64> {
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
    pub(in crate::meta) fn line(&self, between_studies: f64) -> Option<(Vec<f64>, Vec<f64>)> {
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
