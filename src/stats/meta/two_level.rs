//! Pooling one effect per study, with or without moderators.
//! **Question.** What is the pooled relationship, how sure is it, and where would the next study fall?
//! **Method.** Random effects with inverse-variance weights; Knapp–Hartung with the ad hoc floor, plain Knapp–Hartung, or normal tests. The mean ρ is in [`super::mean_correlation`].
//! **Not.** Several effects of one study: they are treated as independent here.
//! **Sources.** Viechtbauer (2010), J. Stat. Softw. 36(3); Knapp & Hartung (2003), Stat. Med. 22, 2693–2710; IntHout et al. (2014), BMC Med. Res. Methodol. 14, 25. Checked in `tests/reference/meta` against metafor.

use super::certificate::Certificate;
use super::design::Design;
use super::effect_size::Effect;
use super::tau_squared::{self, Estimator, TauSquared};
use super::wald::{Weighted, at_least_smallest, scale};
use super::weighting::Centred;
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::chi_squared_sf;

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

impl TwoLevel {
    /// Fits the model.
    ///
    /// # Errors
    /// [`Undefined::OneStudy`], [`Undefined::TooFewStudies`] unless there are more effects than columns, [`Undefined::UnequalLengths`],
    /// [`Undefined::EqualEffects`] for plain Knapp–Hartung when nothing is left over, [`Undefined::NotFinite`].
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::meta::{design::Design, effect_size::Effect, tau_squared::Estimator, two_level::{Test, TwoLevel}};
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
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::meta::{design::Design, effect_size::Effect, two_level::{Test, TwoLevel}};
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
}

fn as_correlations(interval: &Interval) -> Result<Interval, Undefined> {
    Interval::new(
        libm::tanh(interval.low()),
        libm::tanh(interval.high()),
        interval.level(),
    )
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
