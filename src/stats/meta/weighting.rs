//! Weighted sums: everything a fit asks of the effects, for one value of τ².
//! **Question.** With weights `1/(vᵢ + τ²)`, what are the coefficients, the weighted squares left over, and the traces?
//! **Method.** Effects are first centred at the common-effect fit, so that one pass over them is accurate; four lanes of sums, always in the same order.
//! **Not.** Searching for τ²: see [`super::tau_squared`].
//! **Sources.** Viechtbauer (2005), J. Educ. Behav. Stat. 30, 261–293, for the matrix P; its traces are expanded so that no k × k matrix is formed.

mod lanes;
mod traces;

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

pub(super) use lanes::Lanes;
use lanes::{lanes, one};

use super::design::Design;
use super::effect_size::Effect;
use crate::Undefined;
use crate::numeric::search::Scale;

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
    /// The place of the smallest variance: the effect with the largest weight at any τ².
    pivot: usize,
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
                pivot: smallest(&variance),
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
            pivot: smallest(&variance),
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
            pivot: smallest(&variance),
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
            return Ok(self.lanes(tau_squared).sums());
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
            let weight = self.lanes(tau_squared).weight();
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
        self.lanes(tau_squared).mean()
    }

    /// Without moderators: the sums at `tau_squared`, the effect of largest weight apart.
    pub fn lanes(&self, tau_squared: f64) -> Lanes {
        let (left, variance, pivot) = (&self.left, &self.variance, self.pivot);
        let mut rest = lanes(&left[..pivot], &variance[..pivot], tau_squared);
        let after = lanes(&left[pivot + 1..], &variance[pivot + 1..], tau_squared);
        for (sum, part) in rest.iter_mut().zip(after) {
            *sum += part;
        }
        Lanes {
            rest,
            pivot: one(left[pivot], variance[pivot], tau_squared),
        }
    }

    /// Without moderators: the sums without the effects at the places `out`.
    pub fn lanes_without(&self, mut all: Lanes, out: &[usize], tau_squared: f64) -> Lanes {
        for &i in out {
            if i == self.pivot {
                all.pivot = [0.0; 6];
                continue;
            }
            let part = one(self.left[i], self.variance[i], tau_squared);
            for (sum, part) in all.rest.iter_mut().zip(part) {
                *sum -= part;
            }
        }
        all
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

/// The place of the smallest value.
fn smallest(values: &[f64]) -> usize {
    let mut place = 0;
    for (i, value) in values.iter().enumerate() {
        if *value < values[place] {
            place = i;
        }
    }
    place
}

/// Mantissa in 1..2 and power of two of a positive normal number.
fn split(x: f64) -> (f64, i64) {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mantissa = f64::from_bits((bits & MANTISSA) | 1.0_f64.to_bits());
    (mantissa, ((bits >> 52) & 0x7ff) as i64 - 1023)
}

pub(super) fn factored(matrix: DMatrix<f64>) -> Result<Cholesky<f64, Dyn>, Undefined> {
    // The design has full rank, so only weights of very different size can make this fail.
    Cholesky::new(matrix).ok_or(Undefined::NotFinite {
        variable: "the information in the weighted studies",
    })
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
