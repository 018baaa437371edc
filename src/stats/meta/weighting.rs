//! Weighted sums: everything a fit asks of the effects, for one value of τ².
//! **Question.** With weights `1/(vᵢ + τ²)`, what are the coefficients, the weighted squares left over, and the traces?
//! **Method.** Effects are first centred at the common-effect fit, so that one pass over them is accurate; four lanes of sums, always in the same order.
//! **Not.** Searching for τ²: see [`super::tau_squared`].
//! **Sources.** Viechtbauer (2005), J. Educ. Behav. Stat. 30, 261–293, for the matrix P; its traces are expanded so that no k × k matrix is formed.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::design::Design;
use super::effect_size::Effect;
use crate::stats::Undefined;
use crate::stats::numeric::search::Scale;

/// Effects centred at their common-effect fit, ready for weighting.
#[derive(Debug, Clone)]
pub(super) struct Centred<'a> {
    pub design: &'a Design,
    /// Subtracted from every effect before anything else.
    pub centre: f64,
    /// Coefficients of the common-effect fit in the basis of the design, after the centre.
    pub start: Vec<f64>,
    /// What that fit leaves over; exactly 0 everywhere when it leaves only rounding.
    pub left: Vec<f64>,
    pub variance: Vec<f64>,
}

/// What the estimating equations of τ² need at one value of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sums {
    /// Σw.
    pub weight: f64,
    /// tr P.
    pub trace: f64,
    /// yᵀPy: the weighted sum of squares left over.
    pub quadratic: f64,
    /// yᵀPPy.
    pub squared: f64,
}

impl<'a> Centred<'a> {
    /// # Errors
    /// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] unless k > p, [`Undefined::UnequalLengths`].
    pub fn new(effects: &[Effect], design: &'a Design) -> Result<Self, Undefined> {
        let (k, p) = (effects.len(), design.columns());
        if k == 1 {
            return Err(Undefined::OneStudy);
        }
        if design.rows() != k {
            return Err(Undefined::UnequalLengths {
                first: k,
                second: design.rows(),
            });
        }
        if k <= p {
            return Err(Undefined::TooFewStudies {
                found: k,
                needed: p + 1,
            });
        }
        let variance: Vec<f64> = effects.iter().map(Effect::variance).collect();
        // Differences from one of the effects are exactly 0 when all are equal.
        let first = effects[0].z();
        let (mut sum, mut weight) = (0.0, 0.0);
        for effect in effects {
            sum += (effect.z() - first) / effect.variance();
            weight += 1.0 / effect.variance();
        }
        let centre = first + sum / weight;
        let mut left: Vec<f64> = effects.iter().map(|e| e.z() - centre).collect();
        let mut start = vec![0.0; p];
        if p > 1 {
            let largest = largest(&left);
            let mut this = Self {
                design,
                centre,
                start: start.clone(),
                left,
                variance,
            };
            // Twice: the second pass removes the rounding of the first.
            for _ in 0..2 {
                let step = this.coefficients(0.0)?;
                for (total, part) in start.iter_mut().zip(step.iter()) {
                    *total += part;
                }
                for i in 0..k {
                    this.left[i] -= dot(design.basis_row(i), step.as_slice());
                }
            }
            this.start = start;
            if self::largest(&this.left) <= 64.0 * f64::EPSILON * largest {
                this.left.fill(0.0);
            }
            return Ok(this);
        }
        if largest(&left) <= 4.0 * f64::EPSILON * centre.abs() {
            left.fill(0.0);
        }
        Ok(Self {
            design,
            centre,
            start,
            left,
            variance,
        })
    }

    /// The same effects without those at the places `out` (ascending), same centre; `design` has one row per remaining effect.
    pub fn omitting<'b>(&self, out: &[usize], design: &'b Design) -> Centred<'b> {
        let rest = self.k() - out.len();
        let (mut left, mut variance) = (Vec::with_capacity(rest), Vec::with_capacity(rest));
        let mut from = 0;
        for &to in out.iter().chain([&self.k()]) {
            left.extend_from_slice(&self.left[from..to]);
            variance.extend_from_slice(&self.variance[from..to]);
            from = to + 1;
        }
        let mut centre = self.centre;
        // When the others are all equal they must leave exactly nothing over.
        let first = left.first().copied().unwrap_or(0.0);
        if left
            .iter()
            .all(|e| (e - first).abs() <= 4.0 * f64::EPSILON * centre.abs())
        {
            centre += first;
            left.fill(0.0);
        }
        Centred {
            design,
            centre,
            start: self.start.clone(),
            left,
            variance,
        }
    }

    pub fn k(&self) -> usize {
        self.left.len()
    }

    pub fn p(&self) -> usize {
        self.design.columns()
    }

    /// k − p, at least 1.
    pub fn df(&self) -> f64 {
        (self.k() - self.p()) as f64
    }

    /// The sums at `tau_squared ≥ 0`.
    pub fn at(&self, tau_squared: f64) -> Result<Sums, Undefined> {
        if self.design.is_intercept() {
            return Ok(Lanes::over(&self.left, &self.variance, tau_squared).sums());
        }
        let p = self.p();
        let (mut a, mut a2) = (DMatrix::zeros(p, p), DMatrix::zeros(p, p));
        let (mut b, mut b2) = (DVector::zeros(p), DVector::zeros(p));
        let (mut weight, mut s, mut s2) = (0.0, 0.0, 0.0);
        for i in 0..self.k() {
            let w = 1.0 / (self.variance[i] + tau_squared);
            let (q, e) = (self.design.basis_row(i), self.left[i]);
            let we = w * e;
            weight += w;
            s += we * e;
            s2 += we * we;
            for row in 0..p {
                let (wq, w2q) = (w * q[row], w * w * q[row]);
                b[row] += wq * e;
                b2[row] += w2q * e;
                for column in 0..=row {
                    a[(row, column)] += wq * q[column];
                    a2[(row, column)] += w2q * q[column];
                }
            }
        }
        mirror(&mut a2);
        let factor = factored(a)?;
        let step = factor.solve(&b);
        Ok(Sums {
            weight,
            trace: weight - factor.solve(&a2).trace(),
            quadratic: (s - step.dot(&b)).max(0.0),
            squared: (s2 - 2.0 * step.dot(&b2) + step.dot(&(&a2 * &step))).max(0.0),
        })
    }

    /// `QᵀWQ` in the basis of the design.
    pub fn information(&self, tau_squared: f64) -> DMatrix<f64> {
        if self.design.is_intercept() {
            let weight = Lanes::over(&self.left, &self.variance, tau_squared).0[0];
            return DMatrix::from_element(1, 1, weight / self.k() as f64);
        }
        self.cross(|v| 1.0 / (v + tau_squared))
    }

    /// `Qᵀ diag(weight(v)) Q`.
    fn cross(&self, weight: impl Fn(f64) -> f64) -> DMatrix<f64> {
        let p = self.p();
        let mut a = DMatrix::zeros(p, p);
        for i in 0..self.k() {
            let q = self.design.basis_row(i);
            let w = weight(self.variance[i]);
            for row in 0..p {
                for column in 0..=row {
                    a[(row, column)] += w * q[row] * q[column];
                }
            }
        }
        mirror(&mut a);
        a
    }

    /// Weighted squares left over after these coefficients.
    pub fn squares(&self, step: &DVector<f64>, tau_squared: f64) -> f64 {
        let mut squares = 0.0;
        for (i, (e, v)) in self.left.iter().zip(&self.variance).enumerate() {
            let rest = e - dot(self.design.basis_row(i), step.as_slice());
            squares += rest * rest / (v + tau_squared);
        }
        squares
    }

    /// Coefficients in the basis that the effects left over still have at `tau_squared`.
    pub fn coefficients(&self, tau_squared: f64) -> Result<DVector<f64>, Undefined> {
        let p = self.p();
        if self.design.is_intercept() {
            let mean = self.mean(tau_squared) * (self.k() as f64).sqrt();
            return Ok(DVector::from_element(1, mean));
        }
        let mut b = DVector::zeros(p);
        for i in 0..self.k() {
            let we = self.left[i] / (self.variance[i] + tau_squared);
            for (sum, q) in b.iter_mut().zip(self.design.basis_row(i)) {
                *sum += we * q;
            }
        }
        Ok(factored(self.information(tau_squared))?.solve(&b))
    }

    /// Without moderators: the weighted mean of what is left over.
    pub fn mean(&self, tau_squared: f64) -> f64 {
        let Lanes([weight, _, sum, ..]) = Lanes::over(&self.left, &self.variance, tau_squared);
        sum / weight
    }

    /// Traces of `P = A − AXS XᵀA` with `S = (XᵀAX)⁻¹`, A the diagonal of `weight(v)`.
    pub fn traces(&self, weight: impl Fn(f64) -> f64) -> Result<Traces, Undefined> {
        if self.design.is_intercept() {
            return Ok(self.plain_traces(weight));
        }
        let factor = factored(self.cross(&weight))?;
        let solved = |m: fn(f64, f64) -> f64| factor.solve(&self.cross(|v| m(weight(v), v)));
        let sum = |m: fn(f64, f64) -> f64| -> f64 {
            self.variance.iter().map(|&v| m(weight(v), v)).sum()
        };
        let plain = solved(|a, _| a * a);
        let with = solved(|a, v| a * a * v);
        let p = sum(|a, _| a) - plain.trace();
        let pv = sum(|a, v| a * v) - with.trace();
        let pp =
            sum(|a, _| a * a) - 2.0 * solved(|a, _| a * a * a).trace() + (&plain * &plain).trace();
        let ppv = sum(|a, v| a * a * v) - 2.0 * solved(|a, v| a * a * a * v).trace()
            + (&plain * &with).trace();
        let pvpv = sum(|a, v| a * a * v * v) - 2.0 * solved(|a, v| a * a * a * v * v).trace()
            + (&with * &with).trace();
        Ok(Traces {
            p,
            pv,
            pp,
            ppv,
            pvpv,
        })
    }

    /// The same without moderators, in one pass.
    fn plain_traces(&self, weight: impl Fn(f64) -> f64) -> Traces {
        // Σ aⁱvʲ
        let (mut a, mut av) = (0.0, 0.0);
        let (mut aa, mut aav, mut aavv) = (0.0, 0.0, 0.0);
        let (mut aaa, mut aaav, mut aaavv) = (0.0, 0.0, 0.0);
        for &v in &self.variance {
            let w = weight(v);
            let (ww, www) = (w * w, w * w * w);
            a += w;
            av += w * v;
            aa += ww;
            aav += ww * v;
            aavv += ww * v * v;
            aaa += www;
            aaav += www * v;
            aaavv += www * v * v;
        }
        let (plain, with) = (aa / a, aav / a);
        Traces {
            p: a - plain,
            pv: av - with,
            pp: aa - 2.0 * aaa / a + plain * plain,
            ppv: aav - 2.0 * aaav / a + plain * with,
            pvpv: aavv - 2.0 * aaavv / a + with * with,
        }
    }

    /// `Σ ln(vᵢ + τ²)`, by products of mantissas and a sum of exponents.
    pub fn log_variances(&self, tau_squared: f64) -> f64 {
        let (mut product, mut exponent, mut waiting) = (1.0_f64, 0_i64, 0);
        for &v in &self.variance {
            let (mantissa, power) = split(v + tau_squared);
            product *= mantissa;
            exponent += power;
            waiting += 1;
            // A mantissa is below 2, so 900 of them stay finite.
            if waiting == 900 {
                let (mantissa, power) = split(product);
                product = mantissa;
                exponent += power;
                waiting = 0;
            }
        }
        libm::log(product) + exponent as f64 * std::f64::consts::LN_2
    }

    /// `ln |QᵀWQ|`.
    pub fn log_information(&self, tau_squared: f64) -> Result<f64, Undefined> {
        if self.design.is_intercept() {
            return Ok(libm::log(self.information(tau_squared)[(0, 0)]));
        }
        let factor = factored(self.information(tau_squared))?;
        let diagonal = factor.l_dirty().diagonal();
        Ok(2.0 * diagonal.iter().map(|&d| libm::log(d)).sum::<f64>())
    }

    /// The grid on which the likelihood in τ² is searched.
    ///
    /// METHOD: beyond `farthest` both likelihoods fall for certain: yᵀPPy ≤ SS/(v_min + τ²)² and tr P ≥ (k − p)/(v_max + τ²),
    /// SS the unweighted squares left over; the slope is negative once the first bound is below the second.
    pub fn scale(&self) -> Scale {
        let mut fitted = vec![0.0; self.p()];
        let mut total = 0.0;
        for i in 0..self.k() {
            total += self.left[i] * self.left[i];
            for (sum, q) in fitted.iter_mut().zip(self.design.basis_row(i)) {
                *sum += q * self.left[i];
            }
        }
        let squares = (total - dot(&fitted, &fitted)).max(0.0);
        self.scale_of(squares, self.df())
    }

    pub fn scale_of(&self, squares: f64, df: f64) -> Scale {
        let finest = self.variance.iter().copied().fold(f64::INFINITY, f64::min);
        let coarsest = self.variance.iter().copied().fold(0.0, f64::max);
        let mean = squares / df;
        let end = 0.5 * (mean + (mean * mean + 4.0 * mean * (coarsest - finest)).sqrt());
        Scale {
            finest,
            farthest: (end - finest).max(0.0),
        }
    }
}

/// Traces of products of P and V, the diagonal of the sampling variances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Traces {
    pub p: f64,
    pub pv: f64,
    pub pp: f64,
    pub ppv: f64,
    pub pvpv: f64,
}

const LANES: usize = 4;

/// Σw, Σw², Σwe, Σw²e, Σwe², Σw²e² of effects without moderators.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lanes(pub [f64; 6]);

impl Lanes {
    /// One pass; four interleaved sums let the compiler use vector registers without changing any result.
    pub fn over(left: &[f64], variance: &[f64], tau_squared: f64) -> Self {
        let mut sums = [[0.0_f64; LANES]; 6];
        let whole = left.len() - left.len() % LANES;
        for (e, v) in left[..whole]
            .chunks_exact(LANES)
            .zip(variance[..whole].chunks_exact(LANES))
        {
            for lane in 0..LANES {
                let w = 1.0 / (v[lane] + tau_squared);
                let we = w * e[lane];
                sums[0][lane] += w;
                sums[1][lane] += w * w;
                sums[2][lane] += we;
                sums[3][lane] += w * we;
                sums[4][lane] += we * e[lane];
                sums[5][lane] += we * we;
            }
        }
        let mut total = sums.map(|lane| (lane[0] + lane[1]) + (lane[2] + lane[3]));
        for i in whole..left.len() {
            let one = Self::one(left[i], variance[i], tau_squared);
            for (sum, part) in total.iter_mut().zip(one.0) {
                *sum += part;
            }
        }
        Self(total)
    }

    /// What one effect adds.
    pub fn one(e: f64, v: f64, tau_squared: f64) -> Self {
        let w = 1.0 / (v + tau_squared);
        let we = w * e;
        Self([w, w * w, we, w * we, we * e, we * we])
    }

    pub fn sums(&self) -> Sums {
        let [w, ww, we, wwe, wee, wwee] = self.0;
        let mean = we / w;
        Sums {
            weight: w,
            trace: w - ww / w,
            quadratic: (wee - mean * we).max(0.0),
            squared: (wwee - mean * (2.0 * wwe - mean * ww)).max(0.0),
        }
    }
}

/// Mantissa in 1..2 and power of two of a positive normal number.
fn split(x: f64) -> (f64, i64) {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mantissa = f64::from_bits((bits & MANTISSA) | 1.0_f64.to_bits());
    (mantissa, ((bits >> 52) & 0x7ff) as i64 - 1023)
}

pub(super) fn factored(matrix: DMatrix<f64>) -> Result<Cholesky<f64, Dyn>, Undefined> {
    Cholesky::new(matrix).ok_or(Undefined::Collinear)
}

fn mirror(matrix: &mut DMatrix<f64>) {
    matrix.fill_upper_triangle_with_lower_triangle();
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |max, x| max.max(x.abs()))
}
