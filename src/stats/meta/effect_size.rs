//! Effects: whatever a study printed, as a correlation on Fisher's scale.
//! **Question.** A study reports r, t, F, χ², d, g, an odds ratio or only p: which correlation is that, and how precise is it?
//! **Method.** Each statistic becomes r by its own algebra and then `z = atanh r` with variance `1/(n − 3)`; correction for unreliability by the delta method.
//! **Not.** F with more than one numerator degree of freedom, χ² with more than one: they have no direction.
//! **Sources.** Borenstein, Hedges, Higgins & Rothstein (2009), *Introduction to Meta-Analysis*, chapter 7; Rosenthal (1994), in *The Handbook of Research Synthesis*; Hedges (1981), J. Educ. Stat. 6, 107–128; Schmidt & Hunter (2015), *Methods of Meta-Analysis*, chapter 3.

use std::f64::consts::PI;
use std::fmt;

use crate::Undefined;
use crate::attenuation::Reliability;
use crate::means::small_sample_factor;
use crate::numeric::distribution::student_t_quantile;

/// One effect: Fisher's z and its sampling variance, with the way it was obtained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    z: f64,
    variance: f64,
    conversion: Conversion,
}

/// How an effect was obtained; its `Display` says it in plain words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// From r and n: exact.
    Correlation,
    /// Given as Fisher's z with its variance.
    FisherZ,
    /// From t of a correlation or of two groups: exact algebra (Rosenthal 1994).
    T,
    /// From the z of a test of a correlation: `z/√(n − 3)` is Fisher's z (Fisher 1921).
    ZStatistic,
    /// From F with one numerator degree of freedom: `t = √F`.
    F,
    /// From χ² with one degree of freedom: `r = √(χ²/n)`, the phi coefficient (Rosenthal 1994).
    ChiSquared,
    /// From Cohen's d: `r = d/√(d² + a)` (Borenstein et al. 2009, 7.7).
    D,
    /// From Hedges' g: the small-sample factor is undone, then as d (Hedges 1981).
    G,
    /// From d and its variance, without the clients: `z = asinh(d/√a)`, variance `V/(d² + a)` (Borenstein et al. 2009, 7.7 and 7.8, on Fisher's scale).
    DAndVariance,
    /// From g and its variance, without the clients, taken as d.
    GAndVariance,
    /// From an odds ratio: `d = ln(OR)·√3/π` (Hasselblad & Hedges 1995; Borenstein et al. 2009, 7.1), then as d.
    OddsRatio,
    /// From a two-sided p: the t that has this p.
    P,
    /// Corrected for the unreliability of both measures (Schmidt & Hunter 2015).
    CorrectedForAttenuation,
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Correlation => "a correlation, as reported",
            Self::FisherZ => "Fisher's z, as reported",
            Self::T => "a correlation from t",
            Self::ZStatistic => "a correlation from the z of a test: Fisher's z is z/√(n − 3)",
            Self::F => "a correlation from F with one numerator degree of freedom",
            Self::ChiSquared => "a correlation (phi) from chi-squared with one degree of freedom",
            Self::D => "a correlation from a standardised mean difference d",
            Self::G => "a correlation from Hedges' g, its small-sample correction undone",
            Self::DAndVariance => {
                "a correlation from a standardised mean difference d of equal groups, its own variance V carried over: V/(d² + 4)"
            }
            Self::GAndVariance => {
                "a correlation from Hedges' g of equal groups, taken as d because n is not known, its own variance V carried over: V/(g² + 4)"
            }
            Self::OddsRatio => "a correlation from an odds ratio, by way of d",
            Self::P => "a correlation from a two-sided p value, by way of t",
            Self::CorrectedForAttenuation => {
                "a correlation corrected for the unreliability of both measures"
            }
        })
    }
}

/// Which way an undirected statistic points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// More of one goes with more of the other.
    Positive,
    /// More of one goes with less of the other.
    Negative,
}

impl Sign {
    fn of(self, size: f64) -> f64 {
        match self {
            Self::Positive => size,
            Self::Negative => -size,
        }
    }
}

/// A reliability that was itself estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityEstimate {
    /// The share of the variance that is not error.
    pub reliability: Reliability,
    /// Its standard error; none when it is taken as known.
    pub std_error: Option<f64>,
}

impl Effect {
    /// Fisher's z of a correlation of `n` clients: `atanh r`, variance `1/(n − 3)`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than 4 clients, [`Undefined::Perfect`] at ±1, [`Undefined::OutOfRange`] beyond.
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// let effect = Effect::from_correlation(0.5, 28).unwrap();
    /// assert!((effect.z() - 0.5493061443340548).abs() < 1e-15 && effect.variance() == 0.04);
    /// ```
    pub fn from_correlation(r: f64, n: usize) -> Result<Self, Undefined> {
        if r.abs() == 1.0 {
            return Err(Undefined::Perfect);
        }
        if r.is_nan() || r.abs() > 1.0 {
            return Err(Undefined::OutOfRange {
                what: "the correlation",
                value: r,
                allowed: "strictly between -1 and 1",
            });
        }
        Self::new(
            libm::atanh(r),
            sampling_variance(n)?,
            Conversion::Correlation,
        )
    }

    /// Fisher's z and its sampling variance as a study reported them.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`] unless |z| < 1e100, [`Undefined::OutOfRange`] unless the variance lies between 1e-100 and 1e100.
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// assert!((Effect::from_fisher_z(0.5, 0.04).unwrap().r() - 0.46211715726000973).abs() < 1e-15);
    /// assert!(Effect::from_fisher_z(0.5, 0.0).is_err() && Effect::from_fisher_z(0.5, -0.1).is_err());
    /// ```
    pub fn from_fisher_z(z: f64, variance: f64) -> Result<Self, Undefined> {
        Self::new(z, variance, Conversion::FisherZ)
    }

    /// From t with `n − 2` degrees of freedom: `r = t/√(t² + n − 2)`.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than 4 clients, [`Undefined::NotFinite`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// assert!((Effect::from_t(3.0, 18).unwrap().r() - 0.6).abs() < 1e-15);
    /// ```
    pub fn from_t(t: f64, n: usize) -> Result<Self, Undefined> {
        let variance = sampling_variance(n)?;
        Self::new(z_of_t(t, n), variance, Conversion::T)
    }

    /// From the z of a test of a correlation: Fisher's z times `√(n − 3)`, undone.
    ///
    /// # Errors
    /// As [`Effect::from_t`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// assert!((Effect::from_z_statistic(2.0, 67).unwrap().z() - 0.25).abs() < 1e-15);
    /// ```
    pub fn from_z_statistic(z: f64, n: usize) -> Result<Self, Undefined> {
        let variance = sampling_variance(n)?;
        Self::new(z * variance.sqrt(), variance, Conversion::ZStatistic)
    }

    /// From F with one numerator degree of freedom and `n − 2` in the denominator: `t = √F`.
    ///
    /// # Errors
    /// As [`Effect::from_t`]; [`Undefined::OutOfRange`] for a negative F.
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::{Effect, Sign};
    /// assert!((Effect::from_f(9.0, Sign::Negative, 18).unwrap().r() + 0.6).abs() < 1e-15);
    /// ```
    pub fn from_f(f: f64, sign: Sign, n: usize) -> Result<Self, Undefined> {
        let f = at_least_zero(f, "the F value")?;
        let variance = sampling_variance(n)?;
        Self::new(sign.of(z_of_t(f.sqrt(), n)), variance, Conversion::F)
    }

    /// From χ² with one degree of freedom: `r = √(χ²/n)`; the variance `1/(n − 3)` is then an approximation.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than 4 clients, [`Undefined::OutOfRange`] for a negative value, [`Undefined::Perfect`] when it reaches n.
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::{Effect, Sign};
    /// assert!((Effect::from_chi_squared(9.0, Sign::Positive, 100).unwrap().r() - 0.3).abs() < 1e-15);
    /// ```
    pub fn from_chi_squared(x: f64, sign: Sign, n: usize) -> Result<Self, Undefined> {
        let x = at_least_zero(x, "the chi-squared value")?;
        let variance = sampling_variance(n)?;
        if x >= n as f64 {
            return Err(Undefined::Perfect);
        }
        let z = sign.of(libm::atanh((x / n as f64).sqrt()));
        Self::new(z, variance, Conversion::ChiSquared)
    }

    /// From Cohen's d of two groups: `r = d/√(d² + a)`, `a = (n₁ + n₂)²/(n₁ n₂)`; the variance `1/(n₁ + n₂ − 3)` is an approximation.
    ///
    /// # Errors
    /// [`Undefined::TooFew`] for fewer than 4 clients or an empty group, [`Undefined::NotFinite`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// // equal groups: a = 4
    /// assert!((Effect::from_d(1.5, 20, 20).unwrap().r() - 0.6).abs() < 1e-15);
    /// ```
    pub fn from_d(d: f64, n1: usize, n2: usize) -> Result<Self, Undefined> {
        Self::of_d(d, n1, n2, Conversion::D)
    }

    /// From Cohen's d of two equal groups of `n` clients in all: `a = 4`.
    ///
    /// # Errors
    /// As [`Effect::from_d`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// assert_eq!(Effect::from_d_total(1.5, 40).unwrap(), Effect::from_d(1.5, 20, 20).unwrap());
    /// ```
    pub fn from_d_total(d: f64, n: usize) -> Result<Self, Undefined> {
        Self::new(libm::asinh(d / 2.0), sampling_variance(n)?, Conversion::D)
    }

    /// From Cohen's d of two equal groups with its variance V: `r = d/√(d² + 4)` has the variance `4² V/(d² + 4)³`, which on Fisher's scale is `V/(d² + 4)`.
    ///
    /// # Errors
    /// As [`Effect::from_fisher_z`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// let effect = Effect::from_d_and_variance(1.5, 0.1).unwrap();
    /// // r = 0.6 with variance 16 · 0.1/6.25³, over (1 − 0.36)²
    /// assert!((effect.r() - 0.6).abs() < 1e-15);
    /// assert!((effect.variance() - 16.0 * 0.1 / 6.25f64.powi(3) / 0.64f64.powi(2)).abs() < 1e-15);
    /// ```
    pub fn from_d_and_variance(d: f64, variance: f64) -> Result<Self, Undefined> {
        Self::carried_over(d, variance, Conversion::DAndVariance)
    }

    /// From Hedges' g of two equal groups with its variance: as d, because its small-sample factor needs the clients.
    ///
    /// # Errors
    /// As [`Effect::from_fisher_z`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// let (g, d) = (Effect::from_g_and_variance(0.4, 0.1).unwrap(), Effect::from_d_and_variance(0.4, 0.1).unwrap());
    /// assert_eq!((g.z(), g.variance()), (d.z(), d.variance()));
    /// ```
    pub fn from_g_and_variance(g: f64, variance: f64) -> Result<Self, Undefined> {
        Self::carried_over(g, variance, Conversion::GAndVariance)
    }

    /// From Hedges' g: divided by the exact small-sample factor it is d.
    ///
    /// # Errors
    /// As [`Effect::from_d`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// let g = Effect::from_g(0.4, 20, 25).unwrap();
    /// assert!(g.z() > Effect::from_d(0.4, 20, 25).unwrap().z());
    /// ```
    pub fn from_g(g: f64, n1: usize, n2: usize) -> Result<Self, Undefined> {
        let n = n1.saturating_add(n2);
        sampling_variance(n)?;
        let factor = small_sample_factor((n - 2) as f64);
        Self::of_d(g / factor, n1, n2, Conversion::G)
    }

    /// From Hedges' g of two equal groups of `n` clients in all.
    ///
    /// # Errors
    /// As [`Effect::from_d`].
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// assert_eq!(Effect::from_g_total(0.4, 40).unwrap(), Effect::from_g(0.4, 20, 20).unwrap());
    /// ```
    pub fn from_g_total(g: f64, n: usize) -> Result<Self, Undefined> {
        let variance = sampling_variance(n)?;
        let factor = small_sample_factor((n - 2) as f64);
        Self::new(libm::asinh(g / factor / 2.0), variance, Conversion::G)
    }

    /// From an odds ratio of `n` clients: `d = ln(OR)·√3/π`, then as d of equal groups; an approximation throughout.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless the ratio is positive and finite, [`Undefined::TooFew`] for fewer than 4 clients.
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::Effect;
    /// assert_eq!(Effect::from_odds_ratio(1.0, 40).unwrap().z(), 0.0);
    /// assert!((Effect::from_odds_ratio(3.0, 40).unwrap().r() - 0.2898).abs() < 1e-4);
    /// ```
    pub fn from_odds_ratio(odds_ratio: f64, n: usize) -> Result<Self, Undefined> {
        if !(odds_ratio > 0.0 && odds_ratio.is_finite()) {
            return Err(Undefined::OutOfRange {
                what: "the odds ratio",
                value: odds_ratio,
                allowed: "positive",
            });
        }
        let d = libm::log(odds_ratio) * 3.0_f64.sqrt() / PI;
        Self::new(
            libm::asinh(d / 2.0),
            sampling_variance(n)?,
            Conversion::OddsRatio,
        )
    }

    /// From a two-sided p of a correlation of `n` clients: the t with `n − 2` degrees of freedom that has this p.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] unless `0 < p ≤ 1`, [`Undefined::TooFew`] for fewer than 4 clients, [`Undefined::NotFinite`] when no t has so small a p.
    ///
    /// ```
    /// use alliance_stats::meta::effect_size::{Effect, Sign};
    /// let effect = Effect::from_p(0.05, Sign::Positive, 32).unwrap();
    /// // t(30) = 2.042272
    /// assert!((effect.r() - 2.042272456301238 / (2.042272456301238f64.powi(2) + 30.0).sqrt()).abs() < 1e-13);
    /// ```
    pub fn from_p(p: f64, sign: Sign, n: usize) -> Result<Self, Undefined> {
        if !(p > 0.0 && p <= 1.0) {
            return Err(Undefined::OutOfRange {
                what: "the p value",
                value: p,
                allowed: "above 0 and at most 1",
            });
        }
        let variance = sampling_variance(n)?;
        let t = -student_t_quantile(p / 2.0, (n - 2) as f64);
        Self::new(sign.of(z_of_t(t, n)), variance, Conversion::P)
    }

    /// The correlation two measures would have without error of measurement: `r/√(ρx ρy)`, never capped.
    ///
    /// The variance of `r_c` is `Var(r)/(ρx ρy) + r_c²/4·Σ(SE(ρ)/ρ)²` with `Var(r) = (1 − r²)²/(n − 3)`, brought to Fisher's scale.
    /// With perfect reliabilities it is the plain effect, to the last bit.
    ///
    /// # Errors
    /// As [`Effect::from_correlation`]; [`Undefined::ImpossibleAfterCorrection`] when `r_c` reaches ±1;
    /// [`Undefined::OutOfRange`] for a negative standard error.
    ///
    /// ```
    /// use alliance_stats::attenuation::Reliability;
    /// use alliance_stats::meta::effect_size::{Effect, ReliabilityEstimate};
    /// let known = |value| ReliabilityEstimate { reliability: Reliability::new(value).unwrap(), std_error: None };
    /// let corrected = Effect::corrected_for_attenuation(0.36, 103, [known(0.81), known(1.0)]).unwrap();
    /// assert!((corrected.r() - 0.40).abs() < 1e-15);
    /// // (1 − .36²)²/100/.81 on the scale of r, over (1 − .4²)²
    /// assert!((corrected.variance() - 0.8704f64.powi(2) / 81.0 / 0.84f64.powi(2)).abs() < 1e-16);
    /// ```
    pub fn corrected_for_attenuation(
        r: f64,
        n: usize,
        reliabilities: [ReliabilityEstimate; 2],
    ) -> Result<Self, Undefined> {
        let plain = Self::from_correlation(r, n)?;
        let [x, y] = reliabilities;
        let product = x.reliability.value() * y.reliability.value();
        let corrected = r / product.sqrt();
        if corrected.abs() >= 1.0 {
            return Err(Undefined::ImpossibleAfterCorrection { value: corrected });
        }
        let mut relative = 0.0;
        for estimate in [x, y] {
            let error = at_least_zero(
                estimate.std_error.unwrap_or(0.0),
                "the standard error of a reliability",
            )?;
            let share = error / estimate.reliability.value();
            relative += share * share;
        }
        let left = (1.0 - corrected) * (1.0 + corrected);
        // METHOD: on Fisher's scale the sampling part is the plain variance times the square of the slope dz_c/dz.
        let slope = (1.0 - r) * (1.0 + r) / left;
        let variance = plain.variance * slope * slope / product
            + corrected * corrected / 4.0 * relative / (left * left);
        Self::new(
            libm::atanh(corrected),
            variance,
            Conversion::CorrectedForAttenuation,
        )
    }

    /// Fisher's z.
    pub fn z(&self) -> f64 {
        self.z
    }

    /// Sampling variance of z.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// `√variance`.
    pub fn std_error(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The effect as a correlation, `tanh z`.
    pub fn r(&self) -> f64 {
        libm::tanh(self.z)
    }

    /// How it was obtained.
    pub fn conversion(&self) -> Conversion {
        self.conversion
    }

    // METHOD: asinh(d/2) has the derivative 1/√(d² + 4), so its variance is V/(d² + 4): Borenstein et al.
    // (2009), formulas 7.7 and 7.8 with a = 4, brought to Fisher's scale by 1/(1 − r²)².
    fn carried_over(d: f64, variance: f64, conversion: Conversion) -> Result<Self, Undefined> {
        Self::new(libm::asinh(d / 2.0), variance / (d * d + 4.0), conversion)
    }

    fn of_d(d: f64, n1: usize, n2: usize, conversion: Conversion) -> Result<Self, Undefined> {
        let variance = sampling_variance(n1.saturating_add(n2))?;
        if n1 == 0 || n2 == 0 {
            return Err(Undefined::TooFew {
                found: 0,
                needed: 1,
            });
        }
        let (n1, n2) = (n1 as f64, n2 as f64);
        // sinh z = r/√(1 − r²) = d/√a
        let root = (n1 + n2) / (n1 * n2).sqrt();
        Self::new(libm::asinh(d / root), variance, conversion)
    }

    fn new(z: f64, variance: f64, conversion: Conversion) -> Result<Self, Undefined> {
        // The bounds keep squares and inverse squares finite.
        if z.is_nan() || z.abs() >= 1e100 {
            return Err(Undefined::NotFinite {
                variable: "an effect",
            });
        }
        if !(variance > 1e-100 && variance < 1e100) {
            return Err(Undefined::OutOfRange {
                what: "the sampling variance of an effect",
                value: variance,
                allowed: "positive and finite",
            });
        }
        Ok(Self {
            z,
            variance,
            conversion,
        })
    }
}

/// `1/(n − 3)`.
fn sampling_variance(n: usize) -> Result<f64, Undefined> {
    if n < 4 {
        return Err(Undefined::TooFew {
            found: n,
            needed: 4,
        });
    }
    Ok(1.0 / (n - 3) as f64)
}

/// Fisher's z of the correlation with this t: `sinh z = t/√(n − 2)`, which loses nothing near ±1.
fn z_of_t(t: f64, n: usize) -> f64 {
    libm::asinh(t / ((n - 2) as f64).sqrt())
}

fn at_least_zero(value: f64, what: &'static str) -> Result<f64, Undefined> {
    if value >= 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(Undefined::OutOfRange {
            what,
            value,
            allowed: "at least 0",
        })
    }
}
