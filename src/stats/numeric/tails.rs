//! Both tails of the beta, gamma and folded Student distributions, to nearly full precision.
//! **Question.** How much probability lies below and above a value, however far out it is?
//! **Method.** Loader's saddle-point prefix times a continued fraction (or series); each tail is computed where it is the small one.
//! **Not.** Noncentral distributions, and arguments beyond the closed ranges that [`super::distribution`] lets through.
//! **Sources.** Loader (2000), *Fast and accurate computation of binomial probabilities*; Didonato & Morris (1992), ACM TOMS 18, 360–373 (fraction); witnesses from mpmath in `tests/reference/distributions.csv`.

use std::f64::consts::PI;

/// Lower and upper probability, and the density per unit of the logarithm of the argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tails {
    pub lower: f64,
    pub upper: f64,
    /// `x · density(x)`: the slope of `lower` in `ln x`.
    pub slope: f64,
}

/// Bound on the terms of a series or fraction; about `√(size of the parameters)` are needed.
const MOST_TERMS: usize = 200_000;
const PRECISION: f64 = f64::EPSILON / 2.0;
const TINY: f64 = 1e-300;

/// Tails of the beta distribution with shapes `a, b > 0` at `x`, where `y = 1 − x` is given to full precision too.
pub(super) fn beta(a: f64, b: f64, x: f64, y: f64) -> Tails {
    let total = a + b;
    let exponent = stirling_error(total)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, total * x)
        - deviance(b, total * y);
    let slope = libm::exp(exponent) * (a / (2.0 * PI) * (b / total)).sqrt();
    split(a, b, x, y, slope)
}

/// Tails of `|T|` at `t ≥ 0`, T Student with `df > 0`; needs no square of `t`, so that `t` may be 1e300.
pub(super) fn folded_student(t: f64, df: f64) -> Tails {
    let a = df / 2.0;
    let h = t / df.sqrt();
    let (x, y, log_x) = if h < 1e100 {
        let square = h * h;
        (
            1.0 / (1.0 + square),
            square / (1.0 + square),
            -libm::log1p(square),
        )
    } else {
        (0.0, 1.0, libm::log(df) - 2.0 * libm::log(t))
    };
    let slope = libm::exp(a * log_x) * y.sqrt() * gamma_ratio(a) / PI.sqrt();
    // `beta` speaks of x, the far side of t: its lower tail is the upper tail of |T|.
    let Tails {
        lower: upper,
        upper: lower,
        ..
    } = split(a, 0.5, x, y, slope);
    Tails {
        lower,
        upper,
        slope: 2.0 * slope,
    }
}

/// Both tails from the common prefix `xᵃ yᵇ / B(a, b)`: the fraction is used on the side where it converges fast.
fn split(a: f64, b: f64, x: f64, y: f64, prefix: f64) -> Tails {
    let (lower, upper) = if (b + 1.0) * x < (a + 1.0) * y {
        let lower = (prefix / beta_fraction(a, b, x, y)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (prefix / beta_fraction(b, a, y, x)).min(1.0);
        (1.0 - upper, upper)
    };
    Tails {
        lower,
        upper,
        slope: prefix,
    }
}

/// The continued fraction under the prefix, by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let denominator = |m: f64| {
        m + m * (b - m) * x / (a + 2.0 * m - 1.0)
            + (a + m) * (a * y - b * x + 1.0 + m * (1.0 + y)) / (a + 2.0 * m + 1.0)
    };
    // m = 0 is written out: 0 · b · x / (a − 1) has no value at a = 1.
    let mut value = guard(a * (a * y - b * x + 1.0) / (a + 1.0));
    let (mut c, mut d) = (value, 0.0);
    for term in 1..MOST_TERMS {
        let m = term as f64;
        let odd = a + 2.0 * m - 1.0;
        let numerator = (a + m - 1.0) / odd * ((a + b + m - 1.0) / odd) * m * (b - m) * x * x;
        let step = denominator(m);
        d = 1.0 / guard(step + numerator * d);
        c = guard(step + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() <= PRECISION {
            break;
        }
    }
    value
}

/// Tails of the gamma distribution with shape `a > 0` and scale 1 at `x ≥ 0`.
pub(super) fn gamma(a: f64, x: f64) -> Tails {
    if x <= 0.0 {
        return Tails {
            lower: 0.0,
            upper: 1.0,
            slope: 0.0,
        };
    }
    // xᵃ e⁻ˣ / Γ(a + 1)
    let prefix = libm::exp(-stirling_error(a) - deviance(a, x)) / (2.0 * PI * a).sqrt();
    let slope = prefix * a;
    let (lower, upper) = if x < a + 1.0 {
        let lower = (prefix * gamma_series(a, x)).min(1.0);
        (lower, 1.0 - lower)
    } else {
        let upper = (slope / gamma_fraction(a, x)).min(1.0);
        (1.0 - upper, upper)
    };
    Tails {
        lower,
        upper,
        slope,
    }
}

fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..MOST_TERMS {
        term *= x / (a + k as f64);
        sum += term;
        if term <= PRECISION * sum {
            break;
        }
    }
    sum
}

fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut value = guard(x + 1.0 - a);
    let (mut c, mut d) = (value, 0.0);
    for term in 1..MOST_TERMS {
        let k = term as f64;
        let numerator = k * (a - k);
        let step = x + 1.0 - a + 2.0 * k;
        d = 1.0 / guard(step + numerator * d);
        c = guard(step + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() <= PRECISION {
            break;
        }
    }
    value
}

/// Lentz's method never divides by zero.
fn guard(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

/// `Γ(a + ½)/Γ(a)` for `a > 0`, without the cancellation of two logarithms.
pub(crate) fn gamma_ratio(a: f64) -> f64 {
    let (mut base, mut factor) = (a, 1.0);
    while base < 25.0 {
        factor *= base / (base + 0.5);
        base += 1.0;
    }
    let w = 1.0 / base;
    let series = 1.0
        + w * (-1.0 / 8.0
            + w * (1.0 / 128.0
                + w * (5.0 / 1024.0
                    + w * (-21.0 / 32768.0
                        + w * (-399.0 / 262_144.0
                            + w * (869.0 / 4_194_304.0 + w * (39_325.0 / 33_554_432.0)))))));
    factor * base.sqrt() * series
}

/// `ln Γ(x + 1)` minus Stirling's approximation, for `x > 0`.
fn stirling_error(x: f64) -> f64 {
    if x <= 15.0 {
        return libm::lgamma(x + 1.0) - (x + 0.5) * libm::log(x) + x - 0.5 * libm::log(2.0 * PI);
    }
    let w = 1.0 / (x * x);
    (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * (1.0 / 1680.0 - w * (1.0 / 1188.0)))))
        / x
}

/// `x ln(x/m) + m − x`, exact also where `x` and `m` nearly agree.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * libm::log(x / m) + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    let mut odd = 3.0;
    loop {
        power *= v * v;
        let next = sum + power / odd;
        if next == sum {
            return sum;
        }
        sum = next;
        odd += 2.0;
    }
}
