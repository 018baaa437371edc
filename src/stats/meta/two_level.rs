//! Pooling one effect per study, with or without moderators.
//! **Question.** What is the pooled relationship, how sure is it, and where would the next study fall?
//! **Method.** Random effects with inverse-variance weights; Knapp–Hartung with the ad hoc floor, plain Knapp–Hartung, or normal tests. Mean ρ by the integral transform.
//! **Not.** Several effects of one study: they are treated as independent here.
//! **Sources.** Viechtbauer (2010), J. Stat. Softw. 36(3); Knapp & Hartung (2003), Stat. Med. 22, 2693–2710; IntHout et al. (2014), BMC Med. Res. Methodol. 14, 25; Hafdahl (2009), Br. J. Math. Stat. Psychol. 62, 233–261. Checked in `tests/reference/meta` against metafor.

use nalgebra::{DMatrix, DVector};

use super::certificate::Certificate;
use super::design::Design;
use super::effect_size::Effect;
use super::tau_squared::{self, Estimator, TauSquared};
use super::weighting::{Centred, factored};
use crate::stats::Undefined;
use crate::stats::interval::{Interval, Level};
use crate::stats::numeric::distribution::{
    chi_squared_sf, f_sf, normal_two_sided_p, student_t_two_sided_p,
};

/// How coefficients are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    /// Knapp–Hartung with `max(1, q)`: never surer than the normal test's standard error.
    AdHoc,
    /// Knapp–Hartung as published: squared errors times q, t with k − p degrees of freedom.
    KnappHartung,
    /// The normal test.
    Normal,
}

/// A coefficient on Fisher's scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The pooled z, or the change of z per unit of a moderator.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// `estimate / std_error`.
    pub statistic: f64,
    /// Degrees of freedom of t; none in the normal test.
    pub df: Option<f64>,
    /// Two-sided p; one too small for a double is given as the smallest double.
    pub p: f64,
    /// Interval at the level of the fit.
    pub interval: Interval,
}

/// How much the effects differ beyond sampling error and moderators.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heterogeneity {
    /// Cochran's Q of what is left over.
    pub q: f64,
    /// k − p.
    pub df: f64,
    /// p of Q.
    pub p: f64,
    /// Share of the variance that is between studies, in percent.
    pub i_squared: f64,
    /// Total variance over sampling variance.
    pub h_squared: f64,
}

/// The test of all moderators together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moderation {
    /// χ² in the normal test, otherwise F.
    pub statistic: f64,
    /// Number of moderators.
    pub df: f64,
    /// Denominator degrees of freedom of F; none in the normal test.
    pub df_residual: Option<f64>,
    /// Its p.
    pub p: f64,
    /// Share of τ² that the moderators account for, in percent, cut off at 0; none where τ² was given.
    pub r_squared: Option<f64>,
}

/// A fitted two-level model.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoLevel {
    /// Effects.
    pub k: usize,
    /// How τ² was estimated; none where it was given.
    pub estimator: Option<Estimator>,
    /// How coefficients were tested.
    pub test: Test,
    /// Level of all intervals.
    pub level: Level,
    /// Variance of the true effects; exactly 0.0 at the boundary.
    pub tau_squared: f64,
    /// Its standard error; none for a common effect or a given τ².
    pub tau_squared_se: Option<f64>,
    /// The intercept (pooled z) first, then the moderators in the order of the design.
    pub coefficients: Vec<Coefficient>,
    /// Knapp and Hartung's q: weighted squares left over per degree of freedom; near 1 when τ² fits.
    pub residual_scale: f64,
    /// Did the ad hoc floor act: was q below 1, so that the normal test's standard error was kept?
    pub floored: bool,
    /// Q, I², H².
    pub heterogeneity: Heterogeneity,
    /// Test of the moderators; none without any.
    pub moderation: Option<Moderation>,
    /// Full log-likelihood, metafor's constant.
    pub log_likelihood: f64,
    /// Restricted log-likelihood, metafor's constant (`+½ ln|XᵀX|`).
    pub restricted_log_likelihood: f64,
    /// How τ² was found.
    pub certificate: Certificate,
}

/// The mean correlation by the integral transform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanCorrelation {
    /// `E tanh θ` with θ normal around the pooled z with variance τ².
    pub estimate: f64,
    /// The limits of the pooled z through the same transform.
    pub interval: Interval,
}

impl TwoLevel {
    /// Fits the model.
    ///
    /// # Errors
    /// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] unless there are more effects than columns, [`Undefined::UnequalLengths`],
    /// [`Undefined::EqualEffects`] for plain Knapp–Hartung when nothing is left over, [`Undefined::NotFinite`].
    ///
    /// ```
    /// use alliance::stats::interval::Level;
    /// use alliance::stats::meta::{design::Design, effect_size::Effect, tau_squared::Estimator, two_level::{Test, TwoLevel}};
    /// let effects = [(0.2, 40), (0.3, 60), (0.4, 50)].map(|(r, n)| Effect::from_correlation(r, n).unwrap());
    /// let fit = TwoLevel::fit(&effects, &Design::intercept(3), Estimator::Reml, Test::AdHoc, Level::NINETY_FIVE).unwrap();
    /// assert_eq!((fit.tau_squared, fit.floored, fit.pooled().df), (0.0, true, Some(2.0)));
    /// assert!((fit.pooled_r() - 0.30909145131149063).abs() < 1e-14);
    /// ```
    pub fn fit(
        effects: &[Effect],
        design: &Design,
        estimator: Estimator,
        test: Test,
        level: Level,
    ) -> Result<Self, Undefined> {
        let data = Centred::new(effects, design)?;
        let found = tau_squared::of(&data, estimator)?;
        Self::assemble(&data, Some(estimator), found, test, level, effects)
    }

    /// Fits the model with τ² given.
    ///
    /// # Errors
    /// As [`TwoLevel::fit`]; [`Undefined::OutOfRange`] unless `0 ≤ tau_squared < 1e100`.
    ///
    /// ```
    /// use alliance::stats::interval::Level;
    /// use alliance::stats::meta::{design::Design, effect_size::Effect, two_level::{Test, TwoLevel}};
    /// let effects = [0.1, 0.3].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
    /// let fit = TwoLevel::fit_at(&effects, &Design::intercept(2), 0.01, Test::Normal, Level::NINETY_FIVE).unwrap();
    /// assert!((fit.pooled().estimate - 0.2).abs() < 1e-15 && (fit.pooled().std_error - 0.1).abs() < 1e-15);
    /// ```
    pub fn fit_at(
        effects: &[Effect],
        design: &Design,
        tau_squared: f64,
        test: Test,
        level: Level,
    ) -> Result<Self, Undefined> {
        if !(0.0..1e100).contains(&tau_squared) {
            return Err(Undefined::OutOfRange {
                what: "the variance between studies",
                value: tau_squared,
                allowed: "at least 0",
            });
        }
        let data = Centred::new(effects, design)?;
        let given = TauSquared {
            estimate: tau_squared,
            std_error: None,
            certificate: Certificate {
                method: "given",
                evaluations: 0,
                at_boundary: tau_squared == 0.0,
                competing_optimum: None,
                identifiable: true,
                objective: tau_squared::log_likelihood(&data, tau_squared, true)?,
            },
        };
        Self::assemble(&data, None, given, test, level, effects)
    }

    fn assemble(
        data: &Centred,
        estimator: Option<Estimator>,
        found: TauSquared,
        test: Test,
        level: Level,
        effects: &[Effect],
    ) -> Result<Self, Undefined> {
        let tau = found.estimate;
        let weighted = Weighted::new(data, tau)?;
        let q = weighted.squares / data.df();
        let scale = scale(test, q)?;
        let df = (test != Test::Normal).then_some(data.df());
        let coefficients = weighted.coefficients(data, scale, df, level)?;
        let heterogeneity = heterogeneity(data, estimator, tau)?;
        let moderation = if data.p() > 1 {
            let r_squared = match estimator {
                Some(estimator) => Some(r_squared(data, effects, estimator, tau)?),
                None => None,
            };
            Some(weighted.moderation(data, scale, df, r_squared)?)
        } else {
            None
        };
        let sum = data.log_variances(tau) + weighted.squares;
        let log_tau = libm::log(std::f64::consts::TAU);
        Ok(Self {
            k: data.k(),
            estimator,
            test,
            level,
            tau_squared: tau,
            tau_squared_se: found.std_error,
            coefficients,
            residual_scale: q,
            floored: test == Test::AdHoc && q < 1.0,
            heterogeneity,
            moderation,
            log_likelihood: -0.5 * (sum + data.k() as f64 * log_tau),
            restricted_log_likelihood: -0.5
                * (sum + data.df() * log_tau + data.log_information(tau)?),
            certificate: found.certificate,
        })
    }

    /// The pooled z (with moderators: the intercept).
    pub fn pooled(&self) -> &Coefficient {
        &self.coefficients[0]
    }

    /// The pooled z as a correlation: `tanh`, the correlation of the average study on Fisher's scale.
    pub fn pooled_r(&self) -> f64 {
        libm::tanh(self.pooled().estimate)
    }

    /// The interval of the pooled z, as correlations.
    ///
    /// # Errors
    /// None in practice: limits of tanh are finite and ordered.
    pub fn pooled_r_interval(&self) -> Result<Interval, Undefined> {
        as_correlations(&self.pooled().interval)
    }

    /// Where the true z of a new study would fall: `z ± c·√(SE² + τ²)`, c normal, or t with k − 1 degrees of freedom.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for a model with moderators or a common effect, which says nothing about a new study.
    pub fn prediction(&self) -> Result<Interval, Undefined> {
        if self.coefficients.len() > 1 {
            return Err(Undefined::OutOfRange {
                what: "the number of moderators",
                value: (self.coefficients.len() - 1) as f64,
                allowed: "0 for a prediction interval",
            });
        }
        if self.estimator == Some(Estimator::None) {
            return Err(Undefined::OutOfRange {
                what: "the variance between studies, fixed by assumption,",
                value: 0.0,
                allowed: "estimated for a prediction interval",
            });
        }
        let pooled = self.pooled();
        let critical = match pooled.df {
            Some(df) => self.level.critical_t(df),
            None => self.level.critical_z(),
        };
        let spread = libm::hypot(pooled.std_error, self.tau_squared.sqrt());
        Interval::around(pooled.estimate, critical * spread, self.level)
    }

    /// The prediction interval as correlations.
    ///
    /// # Errors
    /// As [`TwoLevel::prediction`].
    pub fn prediction_r(&self) -> Result<Interval, Undefined> {
        as_correlations(&self.prediction()?)
    }

    /// The mean correlation over studies, by the integral transform.
    ///
    /// # Errors
    /// None in practice: the transform is finite and increasing.
    pub fn mean_correlation(&self) -> Result<MeanCorrelation, Undefined> {
        let pooled = self.pooled();
        let through = |z: f64| mean_correlation(z, self.tau_squared);
        Ok(MeanCorrelation {
            estimate: through(pooled.estimate),
            // METHOD: the limits go through the transform with the same τ² (Hafdahl 2009), as if it were known.
            interval: Interval::new(
                through(pooled.interval.low()),
                through(pooled.interval.high()),
                self.level,
            )?,
        })
    }
}

fn as_correlations(interval: &Interval) -> Result<Interval, Undefined> {
    Interval::new(
        libm::tanh(interval.low()),
        libm::tanh(interval.high()),
        interval.level(),
    )
}

/// `E tanh θ` for θ normal with mean `z` and variance `tau_squared`, to about 1e-15; exactly `tanh z` at 0.
///
/// ```
/// use alliance::stats::meta::two_level::mean_correlation;
/// assert_eq!(mean_correlation(0.5, 0.0), 0.5f64.tanh());
/// assert!(mean_correlation(0.5, 0.04) < 0.5f64.tanh());
/// ```
pub fn mean_correlation(z: f64, tau_squared: f64) -> f64 {
    if tau_squared == 0.0 {
        return libm::tanh(z);
    }
    let tau = tau_squared.sqrt();
    // The trapezoidal rule converges geometrically: tanh has its nearest pole at π/2, the normal density none.
    let step = (0.25 / tau).clamp(1e-4, 0.4);
    let points = (9.0 / step) as usize;
    let (mut sum, mut weight) = (libm::tanh(z), 1.0);
    for i in 1..=points {
        let x = i as f64 * step;
        let density = libm::exp(-0.5 * x * x);
        sum += density * (libm::tanh(z + tau * x) + libm::tanh(z - tau * x));
        weight += 2.0 * density;
    }
    sum / weight
}

/// A p too small for a double is the smallest double, never 0.
pub(super) fn at_least_smallest(p: f64) -> f64 {
    p.max(f64::MIN_POSITIVE)
}

/// A fit at one τ², in the basis of the design.
struct Weighted {
    estimates: DVector<f64>,
    information: DMatrix<f64>,
    squares: f64,
}

impl Weighted {
    fn new(data: &Centred, tau_squared: f64) -> Result<Self, Undefined> {
        let step = data.coefficients(tau_squared)?;
        let squares = data.squares(&step, tau_squared);
        Ok(Self {
            estimates: step + DVector::from_column_slice(&data.start),
            information: data.information(tau_squared),
            squares,
        })
    }

    /// Coefficients of the moderators as given.
    fn coefficients(
        &self,
        data: &Centred,
        scale: f64,
        df: Option<f64>,
        level: Level,
    ) -> Result<Vec<Coefficient>, Undefined> {
        let p = data.p();
        let triangle = DMatrix::from_row_slice(p, p, data.design.triangle());
        let inverse = triangle
            .solve_upper_triangular(&DMatrix::identity(p, p))
            .ok_or(Undefined::Collinear)?;
        let estimates = &inverse * &self.estimates;
        let covariance = &inverse * factored(self.information.clone())?.solve(&inverse.transpose());
        let critical = df.map_or_else(|| level.critical_z(), |df| level.critical_t(df));
        (0..p)
            .map(|j| {
                let centre = if j == 0 { data.centre } else { 0.0 };
                let estimate = estimates[j] + centre;
                let std_error = (scale * covariance[(j, j)]).sqrt();
                if !(std_error > 0.0 && std_error.is_finite()) {
                    return Err(Undefined::NotFinite {
                        variable: "a standard error",
                    });
                }
                let statistic = estimate / std_error;
                let p = match df {
                    Some(df) => student_t_two_sided_p(statistic, df),
                    None => normal_two_sided_p(statistic),
                };
                Ok(Coefficient {
                    estimate,
                    std_error,
                    statistic,
                    df,
                    p: at_least_smallest(p),
                    interval: Interval::around(estimate, critical * std_error, level)?,
                })
            })
            .collect()
    }

    /// Wald statistic of all coefficients but the intercept: in the basis the others do not depend on it.
    fn statistic(&self, scale: f64) -> Result<f64, Undefined> {
        let p = self.estimates.len();
        let a = &self.information;
        let rest = self.estimates.rows(1, p - 1);
        let cross = a.view((1, 0), (p - 1, 1));
        let schur = a.view((1, 1), (p - 1, p - 1)) - cross * cross.transpose() / a[(0, 0)];
        let statistic = rest.dot(&(schur * rest)) / scale;
        if statistic.is_finite() {
            Ok(statistic)
        } else {
            Err(Undefined::NotFinite {
                variable: "the test of the moderators",
            })
        }
    }

    fn moderation(
        &self,
        data: &Centred,
        scale: f64,
        df: Option<f64>,
        r_squared: Option<f64>,
    ) -> Result<Moderation, Undefined> {
        let m = (data.p() - 1) as f64;
        let chi_squared = self.statistic(scale)?;
        let (statistic, p) = match df {
            Some(df) => (chi_squared / m, f_sf(chi_squared / m, m, df)),
            None => (chi_squared, chi_squared_sf(chi_squared, m)),
        };
        Ok(Moderation {
            statistic,
            df: m,
            df_residual: df,
            p: at_least_smallest(p),
            r_squared,
        })
    }
}

fn heterogeneity(
    data: &Centred,
    estimator: Option<Estimator>,
    tau_squared: f64,
) -> Result<Heterogeneity, Undefined> {
    let df = data.df();
    // A given τ² is treated as an estimated one.
    let estimator = estimator.unwrap_or(Estimator::Reml);
    let (q, i_squared) = tau_squared::q_and_i_squared(data, estimator, tau_squared)?;
    let h_squared = match estimator {
        Estimator::None => q / df,
        _ => tau_squared / tau_squared::typical_variance(data)? + 1.0,
    };
    if !h_squared.is_finite() {
        return Err(Undefined::NotFinite {
            variable: "a sum of squares",
        });
    }
    Ok(Heterogeneity {
        q,
        df,
        p: at_least_smallest(chi_squared_sf(q, df)),
        i_squared,
        h_squared,
    })
}

/// Share of the intercept-only τ² that the moderators take away, in percent (Raudenbush 2009); adjusted R² for a common effect.
fn r_squared(
    data: &Centred,
    effects: &[Effect],
    estimator: Estimator,
    tau_squared: f64,
) -> Result<f64, Undefined> {
    let plain = Design::intercept(data.k());
    let without = Centred::new(effects, &plain)?;
    let share = if estimator == Estimator::None {
        let (left, total) = (data.at(0.0)?.quadratic, without.at(0.0)?.quadratic);
        if total == 0.0 {
            return Ok(0.0);
        }
        1.0 - left / data.df() / (total / without.df())
    } else {
        let total = tau_squared::of(&without, estimator)?.estimate;
        if total == 0.0 {
            return Ok(0.0);
        }
        (total - tau_squared) / total
    };
    Ok((100.0 * share).max(0.0))
}

/// The omnibus statistic of the moderators alone: χ² in the normal test, otherwise F.
pub(super) fn moderator_statistic(
    effects: &[Effect],
    design: &Design,
    estimator: Estimator,
    test: Test,
) -> Result<f64, Undefined> {
    let data = Centred::new(effects, design)?;
    let tau = tau_squared::estimate_only(&data, estimator)?;
    let weighted = Weighted::new(&data, tau)?;
    let scale = scale(test, weighted.squares / data.df())?;
    let m = (data.p() - 1) as f64;
    let chi_squared = weighted.statistic(scale)?;
    Ok(if test == Test::Normal {
        chi_squared
    } else {
        chi_squared / m
    })
}

/// What the squared standard errors are multiplied by.
pub(super) fn scale(test: Test, q: f64) -> Result<f64, Undefined> {
    match test {
        Test::Normal => Ok(1.0),
        Test::AdHoc => Ok(q.max(1.0)),
        Test::KnappHartung if q > 0.0 => Ok(q),
        // METHOD: a standard error of 0 would be certainty from coincidence; the floor or the normal test says more.
        Test::KnappHartung => Err(Undefined::EqualEffects),
    }
}

/// The pooled z alone; a single effect is its own.
pub(super) fn pooled_only(effects: &[Effect], estimator: Estimator) -> Result<f64, Undefined> {
    if let [only] = effects {
        return Ok(only.z());
    }
    let design = Design::intercept(effects.len());
    let data = Centred::new(effects, &design)?;
    let tau = tau_squared::estimate_only(&data, estimator)?;
    Ok(data.centre + data.mean(tau))
}

/// Without moderators: the pooled z at a given τ², and what its squared standard error was multiplied by.
pub(super) fn pooled_of(
    data: &Centred,
    tau_squared: f64,
    test: Test,
    level: Level,
) -> Result<(Coefficient, f64), Undefined> {
    let weighted = Weighted::new(data, tau_squared)?;
    let scale = scale(test, weighted.squares / data.df())?;
    let df = (test != Test::Normal).then_some(data.df());
    let coefficients = weighted.coefficients(data, scale, df, level)?;
    Ok((coefficients[0], scale))
}
