//! Numbers that carry their first and second derivatives.
//! **Question.** How does a deviance change with its parameters, without formulas to get wrong and steps to choose?
//! **Method.** Second-order forward differentiation: every sum, product, reciprocal, logarithm applies the chain rule as it goes; exact up to rounding.
//! **Not.** More than a handful of parameters: the cost grows with their square.
//! **Sources.** Griewank & Walther (2008), *Evaluating Derivatives*, chapters 3 and 13. Checked against closed forms below.

use std::ops::{Add, Mul, Sub};

/// What the deviance is computed in: plain numbers, or numbers with derivatives.
pub(super) trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    fn constant(value: f64) -> Self;
    fn value(&self) -> f64;
    fn times(self, factor: f64) -> Self;
    fn reciprocal(self) -> Self;
    fn ln(self) -> Self;
    fn exp(self) -> Self;
}

impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }
    fn value(&self) -> f64 {
        *self
    }
    fn times(self, factor: f64) -> Self {
        self * factor
    }
    fn reciprocal(self) -> Self {
        1.0 / self
    }
    fn ln(self) -> Self {
        libm::log(self)
    }
    fn exp(self) -> Self {
        libm::exp(self)
    }
}

/// A value with its slope and curvature in `N` parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Jet<const N: usize> {
    pub value: f64,
    pub slope: [f64; N],
    pub curvature: [[f64; N]; N],
}

impl<const N: usize> Jet<N> {
    /// The parameters themselves, at a point.
    pub fn variables(at: [f64; N]) -> [Self; N] {
        std::array::from_fn(|i| Self {
            value: at[i],
            slope: std::array::from_fn(|j| f64::from(u8::from(i == j))),
            curvature: [[0.0; N]; N],
        })
    }

    /// `f(self)` from the value and the first two derivatives of `f`.
    pub fn chained(self, value: f64, first: f64, second: f64) -> Self {
        Self {
            value,
            slope: self.slope.map(|s| first * s),
            curvature: std::array::from_fn(|i| {
                std::array::from_fn(|j| {
                    first * self.curvature[i][j] + second * (self.slope[i] * self.slope[j])
                })
            }),
        }
    }
}

impl<const N: usize> Add for Jet<N> {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self.value += other.value;
        for i in 0..N {
            self.slope[i] += other.slope[i];
            for j in 0..N {
                self.curvature[i][j] += other.curvature[i][j];
            }
        }
        self
    }
}

impl<const N: usize> Sub for Jet<N> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other.times(-1.0)
    }
}

#[expect(
    clippy::suspicious_arithmetic_impl,
    reason = "the product rule is a sum"
)]
impl<const N: usize> Mul for Jet<N> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            slope: std::array::from_fn(|i| {
                self.value * other.slope[i] + other.value * self.slope[i]
            }),
            curvature: std::array::from_fn(|i| {
                std::array::from_fn(|j| {
                    self.value * other.curvature[i][j]
                        + other.value * self.curvature[i][j]
                        + (self.slope[i] * other.slope[j] + self.slope[j] * other.slope[i])
                })
            }),
        }
    }
}

impl<const N: usize> Number for Jet<N> {
    fn constant(value: f64) -> Self {
        Self {
            value,
            slope: [0.0; N],
            curvature: [[0.0; N]; N],
        }
    }
    fn value(&self) -> f64 {
        self.value
    }
    fn times(mut self, factor: f64) -> Self {
        self.value *= factor;
        for i in 0..N {
            self.slope[i] *= factor;
            for j in 0..N {
                self.curvature[i][j] *= factor;
            }
        }
        self
    }
    fn reciprocal(self) -> Self {
        let r = 1.0 / self.value;
        self.chained(r, -r * r, 2.0 * r * r * r)
    }
    fn ln(self) -> Self {
        let r = 1.0 / self.value;
        self.chained(libm::log(self.value), r, -r * r)
    }
    fn exp(self) -> Self {
        let e = libm::exp(self.value);
        self.chained(e, e, e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_of_a_composed_function_equal_the_closed_form() {
        // f = ln(x² + y)/y at (2, 3)
        let [x, y] = Jet::variables([2.0, 3.0]);
        let f = (x * x + y).ln() * y.reciprocal();
        let (s, l) = (7.0, libm::log(7.0));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        close(f.value, l / 3.0);
        close(f.slope[0], 4.0 / (s * 3.0));
        close(f.slope[1], 1.0 / (s * 3.0) - l / 9.0);
        close(f.curvature[0][0], (2.0 / s - 16.0 / (s * s)) / 3.0);
        close(f.curvature[0][1], -4.0 / (s * s * 3.0) - 4.0 / (s * 9.0));
        close(
            f.curvature[1][1],
            -1.0 / (s * s * 3.0) - 2.0 / (s * 9.0) + 2.0 * l / 27.0,
        );
        close((x - y).exp().curvature[0][1], -libm::exp(-1.0));
    }
}
