//! Attenuation: noisy questionnaires make a relationship look weaker than it is.
//! **Question.** How strong would the relationship be if both measures were free of error?
//! **Method.** Spearman's correction of each correlation; a partial one is rebuilt from its three corrected correlations, interval by the delta method.
//! **Not.** A replacement of the observed correlation (shown beside it), errors shared by two measures, or the uncertainty of the reliabilities.
//! **Sources.** Spearman (1904), Am. J. Psychol. 15, 72–101; Olkin & Siotani (1976), in *Essays in Probability and Statistics*, 235–251 (covariances). Checked by simulation and by numerical derivatives.

use super::Undefined;
use super::correlation::Correlation;
use super::interval::{Interval, Level};
use super::numeric::moments::CrossProducts;

/// The share of a measure's variance that is not error: above 0, at most 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Reliability(f64);

impl Reliability {
    /// A measure without error.
    pub const PERFECT: Self = Self(1.0);

    /// A reliability from a proportion.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `0 < value ≤ 1`.
    ///
    /// ```
    /// use alliance_stats::attenuation::Reliability;
    /// assert_eq!(Reliability::new(0.84).unwrap().value(), 0.84);
    /// assert!(Reliability::new(0.0).is_err() && Reliability::new(1.01).is_err());
    /// ```
    pub fn new(value: f64) -> Result<Self, Undefined> {
        if value > 0.0 && value <= 1.0 {
            Ok(Self(value))
        } else {
            Err(Undefined::OutOfRange {
                what: "the reliability",
                value,
                allowed: "above 0 and at most 1",
            })
        }
    }

    /// The reliability as a proportion.
    pub fn value(self) -> f64 {
        self.0
    }

    /// `1/√(ρ₁ ρ₂)`, by which a correlation of the two measures grows.
    fn growth(self, other: Self) -> f64 {
        1.0 / (self.0.sqrt() * other.0.sqrt())
    }
}

/// A correlation free of measurement error: `r/√(ρx ρy)`.
///
/// # Errors
/// [`Undefined::ImpossibleAfterCorrection`] when the result would reach ±1 (it is never capped);
/// [`Undefined::OutOfRange`] for an adjusted correlation, which needs [`corrected_partial`].
///
/// ```
/// use alliance_stats::{attenuation::{Reliability, corrected}, correlation::Correlation};
/// let observed = Correlation::new(0.36, 100, 0).unwrap();
/// let reliability = Reliability::new(0.81).unwrap();
/// assert!((corrected(&observed, reliability, Reliability::PERFECT).unwrap() - 0.40).abs() < 1e-15);
/// ```
pub fn corrected(observed: &Correlation, x: Reliability, y: Reliability) -> Result<f64, Undefined> {
    if observed.adjusted_for() != 0 {
        return Err(Undefined::OutOfRange {
            what: "the number of variables held fixed",
            value: observed.adjusted_for() as f64,
            allowed: "0 for the simple correction",
        });
    }
    possible(observed.r() * x.growth(y))
}

/// The interval of an unadjusted correlation, its limits divided by the same `√(ρx ρy)`.
///
/// # Errors
/// [`Undefined::ImpossibleAfterCorrection`] when a limit would reach ±1.
///
/// ```
/// use alliance_stats::{attenuation::{Reliability, corrected_interval}, interval::{Interval, Level}};
/// let observed = Interval::new(0.18, 0.45, Level::NINETY_FIVE).unwrap();
/// let interval = corrected_interval(&observed, Reliability::new(0.81).unwrap(), Reliability::PERFECT).unwrap();
/// assert!((interval.low() - 0.20).abs() < 1e-15 && (interval.high() - 0.50).abs() < 1e-15);
/// ```
pub fn corrected_interval(
    observed: &Interval,
    x: Reliability,
    y: Reliability,
) -> Result<Interval, Undefined> {
    let growth = x.growth(y);
    Interval::new(
        possible(observed.low() * growth)?,
        possible(observed.high() * growth)?,
        observed.level(),
    )
}

fn possible(value: f64) -> Result<f64, Undefined> {
    if value.abs() < 1.0 {
        Ok(value)
    } else {
        Err(Undefined::ImpossibleAfterCorrection { value })
    }
}

/// A partial correlation free of measurement error in all three measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrectedPartial {
    /// r(x, y | z) of the true scores.
    pub r: f64,
    /// The standard error of its Fisher z by the delta method, `1/√(n − 4)` when every reliability is 1.
    pub std_error_z: f64,
    /// Interval, built on that scale.
    pub interval: Interval,
}

/// r(x, y | z) with the three correlations corrected first; `reliabilities` in the order x, y, z.
///
/// With every reliability 1 it is the observed partial correlation with its Fisher interval.
///
/// # Errors
/// [`Undefined::TooFew`] for fewer than 5 clients, [`Undefined::NoVariation`], [`Undefined::Collinear`], [`Undefined::Perfect`],
/// [`Undefined::ImpossibleAfterCorrection`] when a corrected correlation, simple or partial, would reach ±1.
///
/// ```
/// use alliance_stats::{attenuation::{Reliability, corrected_partial}, interval::Level, numeric::moments::CrossProducts};
/// // 100 clients with r(x, y) = .30, r(x, z) = .10, r(y, z) = .50
/// let observed = CrossProducts::from_parts(100, [0.0; 3], [[1.0, 0.3, 0.1], [0.3, 1.0, 0.5], [0.1, 0.5, 1.0]]).unwrap();
/// let none = [Reliability::PERFECT; 3];
/// let plain = corrected_partial(&observed, none, Level::NINETY_FIVE).unwrap();
/// assert!((plain.r - 0.25 / (0.99f64 * 0.75).sqrt()).abs() < 1e-15);
/// assert!((plain.std_error_z - 1.0 / 96f64.sqrt()).abs() < 1e-15);
/// let noisy = [0.9, 0.8, 0.8].map(|value| Reliability::new(value).unwrap());
/// assert!(corrected_partial(&observed, noisy, Level::NINETY_FIVE).unwrap().r > plain.r);
/// ```
pub fn corrected_partial(
    observed: &CrossProducts<3>,
    reliabilities: [Reliability; 3],
    level: Level,
) -> Result<CorrectedPartial, Undefined> {
    // Refuses too few clients, constant and collinear columns, and an observed partial of ±1.
    super::fisher::fisher_z(&Correlation::from_cross_products(observed)?)?;
    let [x, y, z] = reliabilities;
    let seen = [
        observed.correlation(0, 1)?,
        observed.correlation(0, 2)?,
        observed.correlation(1, 2)?,
    ];
    let growth = [x.growth(y), x.growth(z), y.growth(z)];
    let mut truth = [0.0; 3];
    for pair in 0..3 {
        truth[pair] = possible(seen[pair] * growth[pair])?;
    }
    let r = possible(partial_of(truth))?;
    let slopes: [f64; 3] = {
        let inner = partial_slopes(truth, r);
        std::array::from_fn(|pair| inner[pair] * growth[pair])
    };
    let covariance = covariance_times_n(seen);
    let mut variance = 0.0;
    for i in 0..3 {
        for j in 0..3 {
            variance += slopes[i] * covariance[i][j] * slopes[j];
        }
    }
    let n = observed.count() as f64;
    // METHOD: on Fisher's scale n is replaced by n − 4, so that without any error of measurement this is Fisher's interval.
    let std_error_z = (variance / (n - 4.0)).sqrt() / ((1.0 - r) * (1.0 + r));
    let (centre, margin) = (libm::atanh(r), level.critical_z() * std_error_z);
    let interval = Interval::new(
        libm::tanh(centre - margin),
        libm::tanh(centre + margin),
        level,
    )?;
    Ok(CorrectedPartial {
        r,
        std_error_z,
        interval,
    })
}

/// r(x, y | z) from r(x, y), r(x, z), r(y, z), the last two not ±1.
fn partial_of([xy, xz, yz]: [f64; 3]) -> f64 {
    (xy - xz * yz) / (remainder(xz) * remainder(yz)).sqrt()
}

/// Its slopes in the three correlations.
fn partial_slopes([_, xz, yz]: [f64; 3], partial: f64) -> [f64; 3] {
    let scale = 1.0 / (remainder(xz) * remainder(yz)).sqrt();
    [
        scale,
        partial * xz / remainder(xz) - yz * scale,
        partial * yz / remainder(yz) - xz * scale,
    ]
}

/// `1 − r²` without cancellation near ±1.
fn remainder(r: f64) -> f64 {
    (1.0 - r) * (1.0 + r)
}

/// n times the large-sample covariance of r(x, y), r(x, z), r(y, z) of normal variables (Olkin & Siotani 1976).
fn covariance_times_n([xy, xz, yz]: [f64; 3]) -> [[f64; 3]; 3] {
    let variance = |r: f64| remainder(r) * remainder(r);
    // Two correlations that share a measure; `third` is the one of the other two measures.
    let shared = |a: f64, b: f64, third: f64| {
        third * (1.0 - a * a - b * b) - 0.5 * a * b * (1.0 - a * a - b * b - third * third)
    };
    let (by_x, by_y, by_z) = (shared(xy, xz, yz), shared(xy, yz, xz), shared(xz, yz, xy));
    [
        [variance(xy), by_x, by_y],
        [by_x, variance(xz), by_z],
        [by_y, by_z, variance(yz)],
    ]
}
