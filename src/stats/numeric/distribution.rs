//! Normal, Student, chi-squared and F: probabilities and quantiles.
//! **Question.** How surprising is a statistic, and which value leaves exactly this much surprise?
//! **Method.** Far tails from the survival function, never as 1 − cdf; quantiles by a bracketed search on the log of the tail.
//! **Not.** Noncentral versions and the studentised range. An argument that makes no sense (NaN, `df ≤ 0`, `p` outside 0..1) gives NaN; callers close theirs first.
//! **Sources.** R `pnorm`, `pt`, `qt`, `pchisq`, `qchisq`, `pf`; witnesses of 50 digits from mpmath in `tests/reference/distributions.csv`.

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use statrs::function::erf::erfc_inv;

use super::inversion::{Known, value_with};
use super::tails::{self, Tails};

/// Probability that a standard normal value is at most `z`.
///
/// ```
/// use alliance_stats::numeric::distribution::normal_cdf;
/// assert!((normal_cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// ```
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// Probability that a standard normal value exceeds `z`.
///
/// ```
/// use alliance_stats::numeric::distribution::normal_sf;
/// assert!((normal_sf(10.0) / 7.619853024160527e-24 - 1.0).abs() < 1e-13);
/// ```
pub fn normal_sf(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// Probability that a standard normal value is at least as far from 0 as `z`.
///
/// ```
/// use alliance_stats::numeric::distribution::normal_two_sided_p;
/// assert!((normal_two_sided_p(-1.959963984540054) - 0.05).abs() < 1e-15);
/// ```
pub fn normal_two_sided_p(z: f64) -> f64 {
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// The standard normal value with probability `p` below it; infinite at 0 and 1, NaN outside.
///
/// ```
/// use alliance_stats::numeric::distribution::normal_quantile;
/// assert!((normal_quantile(0.025) + 1.959963984540054).abs() < 1e-15);
/// ```
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    -SQRT_2 * erfc_inv(2.0 * p)
}

/// Probability that Student's t with `df` (may be fractional, as in Welch's test) exceeds `t`.
///
/// ```
/// use alliance_stats::numeric::distribution::student_t_sf;
/// assert!((student_t_sf(1.0, 1.0) - 0.25).abs() < 1e-15);
/// ```
pub fn student_t_sf(t: f64, df: f64) -> f64 {
    let half = student_t_two_sided_p(t, df) / 2.0;
    if t < 0.0 { 1.0 - half } else { half }
}

/// Probability that Student's t is at least as far from 0 as `t`; accurate down to 1e-300.
///
/// ```
/// use alliance_stats::numeric::distribution::student_t_two_sided_p;
/// // 2 * pt(-40, 5) in the words of R; value from mpmath
/// assert!((student_t_two_sided_p(40.0, 5.0) / 1.841196217177295e-7 - 1.0).abs() < 1e-12);
/// ```
pub fn student_t_two_sided_p(t: f64, df: f64) -> f64 {
    if t.is_nan() || !positive(df) {
        return f64::NAN;
    }
    if t.is_infinite() {
        return 0.0;
    }
    folded_student(t.abs(), df).upper
}

/// The value of Student's t with probability `p` below it; infinite at 0 and 1 (or beyond the largest double), NaN outside.
///
/// ```
/// use alliance_stats::numeric::distribution::student_t_quantile;
/// // qt(.025, 5)
/// assert!((student_t_quantile(0.025, 5.0) / -2.570581835636314 - 1.0).abs() < 1e-13);
/// ```
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || !positive(df) {
        return f64::NAN;
    }
    let (side, tail) = if p < 0.5 { (-1.0, p) } else { (1.0, 1.0 - p) };
    let distance = if tail == 0.0 {
        f64::INFINITY
    } else if tail == 0.5 {
        0.0
    } else {
        // Near the centre the inner probability keeps the digits, far out the outer one.
        let known = if tail > 0.25 {
            Known::Below(1.0 - 2.0 * tail)
        } else {
            Known::Above(2.0 * tail)
        };
        value_with(known, student_start(tail, df), |t| folded_student(t, df))
    };
    side * distance
}

/// A guess of `ln t`: normal with a first correction, or the power law of the far tail.
fn student_start(tail: f64, df: f64) -> f64 {
    let z = -normal_quantile(tail);
    if df > 2.0 && z * z < df {
        return libm::log(z * (1.0 + (z * z + 1.0) / (4.0 * df)));
    }
    let half = df / 2.0;
    let height = tails::gamma_ratio(half) / (2.0 * half * std::f64::consts::PI.sqrt());
    0.5 * libm::log(df) + (libm::log(height) - libm::log(tail)) / df
}

fn folded_student(t: f64, df: f64) -> Tails {
    // Beyond 1e20 degrees of freedom the two tails differ by less than t⁴/(4 df) < 1e-13 wherever p > 1e-300.
    if df > 1e20 {
        let upper = normal_two_sided_p(t);
        let lower = libm::erf(t * FRAC_1_SQRT_2);
        let slope = t * (2.0 / std::f64::consts::PI).sqrt() * libm::exp(-t * t / 2.0);
        return Tails {
            lower,
            upper,
            slope,
        };
    }
    tails::folded_student(t, df)
}

/// Probability that a chi-squared value with `df` exceeds `x`.
///
/// ```
/// use alliance_stats::numeric::distribution::chi_squared_sf;
/// assert!((chi_squared_sf(3.841458820694124, 1.0) - 0.05).abs() < 1e-15);
/// ```
pub fn chi_squared_sf(x: f64, df: f64) -> f64 {
    if x.is_nan() || !positive(df) {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    tails::gamma(df / 2.0, x / 2.0).upper
}

/// The chi-squared value with probability `p` below it; 0 at 0, infinite at 1, NaN outside.
///
/// ```
/// use alliance_stats::numeric::distribution::chi_squared_quantile;
/// // qchisq(.975, 10)
/// assert!((chi_squared_quantile(0.975, 10.0) / 20.483177350807397 - 1.0).abs() < 1e-13);
/// ```
pub fn chi_squared_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || !positive(df) {
        return f64::NAN;
    }
    let half = df / 2.0;
    let Some(known) = smaller_tail(p) else {
        return if p == 0.0 { 0.0 } else { f64::INFINITY };
    };
    // Wilson–Hilferty, or the power law near 0.
    let cube_root = 1.0 - 2.0 / (9.0 * df) + normal_quantile(p) * (2.0 / (9.0 * df)).sqrt();
    let start = if cube_root > 0.2 {
        libm::log(half) + 3.0 * libm::log(cube_root)
    } else {
        (libm::log(p) + libm::lgamma(half + 1.0)) / half
    };
    2.0 * value_with(known, start, |x| tails::gamma(half, x))
}

/// Probability that an F value with `df1` and `df2` exceeds `x`.
///
/// ```
/// use alliance_stats::numeric::distribution::f_sf;
/// // pf(4, 2, 10, lower.tail = FALSE)
/// assert!((f_sf(4.0, 2.0, 10.0) / 0.05292214940134464 - 1.0).abs() < 1e-13);
/// ```
pub fn f_sf(x: f64, df1: f64, df2: f64) -> f64 {
    if x.is_nan() || !positive(df1) || !positive(df2) {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    f_tails(x, df1, df2).upper
}

/// The F value with probability `p` below it; 0 at 0, infinite at 1, NaN outside.
///
/// ```
/// use alliance_stats::numeric::distribution::f_quantile;
/// // qf(.95, 3, 30)
/// assert!((f_quantile(0.95, 3.0, 30.0) / 2.9222771906450387 - 1.0).abs() < 1e-13);
/// ```
pub fn f_quantile(p: f64, df1: f64, df2: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || !positive(df1) || !positive(df2) {
        return f64::NAN;
    }
    let Some(known) = smaller_tail(p) else {
        return if p == 0.0 { 0.0 } else { f64::INFINITY };
    };
    value_with(known, 0.0, |x| f_tails(x, df1, df2))
}

fn f_tails(x: f64, df1: f64, df2: f64) -> Tails {
    let odds = x * (df1 / df2);
    tails::beta(
        df1 / 2.0,
        df2 / 2.0,
        1.0 / (1.0 + 1.0 / odds),
        1.0 / (1.0 + odds),
    )
}

/// The tail to search on; none at `p = 0` and `p = 1`.
fn smaller_tail(p: f64) -> Option<Known> {
    match p {
        0.0 | 1.0 => None,
        p if p <= 0.5 => Some(Known::Below(p)),
        p => Some(Known::Above(1.0 - p)),
    }
}

fn positive(df: f64) -> bool {
    df > 0.0 && df.is_finite()
}
