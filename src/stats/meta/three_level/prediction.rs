//! Where the next effect may lie.
//! **Question.** Which true effect should a new study expect, not only which mean?
//! **Method.** Estimate ± quantile · √(SE² + both variances): normal as in metafor, or Student's t with robust standard error and degrees of freedom.
//! **Not.** The observed effect of a new study, which adds its sampling error.
//! **Sources.** Higgins, Thompson & Spiegelhalter (2009), JRSS A 172, 137–159. Checked against metafor's `predict(rma.mv)`.

use super::ThreeLevel;
use crate::Undefined;
use crate::interval::Interval;

impl ThreeLevel {
    /// Where the true value of a new effect of a new study lies, without moderators: normal, variance SE² + both variances.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for a model with moderators: the prediction depends on them.
    ///
    /// ```
    /// # use alliance_stats::{interval::Level, meta::{design::Design, effect_size::Effect, nested::Variances}};
    /// # use alliance_stats::meta::three_level::{Likelihood, ThreeLevel};
    /// # let effects = [0.1, 0.5].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
    /// # let variances = Variances { between_studies: 0.01, between_effects: 0.02 };
    /// # let design = Design::intercept(2);
    /// let fit = ThreeLevel::fit_at(&effects, &[1, 2], &design, Likelihood::Ml, variances, Level::NINETY_FIVE).unwrap();
    /// let reach = 1.959963984540054 * (0.02f64 + 0.01 + 0.02).sqrt();
    /// assert!((fit.prediction().unwrap().high() - (0.3 + reach)).abs() < 1e-12);
    /// ```
    pub fn prediction(&self) -> Result<Interval, Undefined> {
        self.prediction_with(self.coefficients[0].std_error, self.level.critical_z())
    }

    /// The same with another standard error of the mean and Student's t, as with robust standard errors.
    ///
    /// # Errors
    /// As [`ThreeLevel::prediction`]; [`Undefined::OutOfRange`] unless `df` is positive and the standard error not negative.
    ///
    /// ```
    /// # use alliance_stats::{interval::Level, meta::{design::Design, effect_size::Effect, nested::Variances}};
    /// # use alliance_stats::meta::three_level::{Likelihood, ThreeLevel};
    /// # let effects = [0.1, 0.5].map(|z| Effect::from_fisher_z(z, 0.01).unwrap());
    /// # let variances = Variances { between_studies: 0.01, between_effects: 0.02 };
    /// # let design = Design::intercept(2);
    /// let fit = ThreeLevel::fit_at(&effects, &[1, 2], &design, Likelihood::Ml, variances, Level::NINETY_FIVE).unwrap();
    /// let wide = fit.prediction_robust(0.2, 1.0).unwrap();
    /// assert!((wide.high() - (0.3 + 12.706204736174698 * (0.04f64 + 0.03).sqrt())).abs() < 1e-11);
    /// ```
    pub fn prediction_robust(&self, std_error: f64, df: f64) -> Result<Interval, Undefined> {
        if !(df > 0.0 && df.is_finite()) {
            return Err(Undefined::OutOfRange {
                what: "the degrees of freedom",
                value: df,
                allowed: "positive",
            });
        }
        if !(std_error >= 0.0 && std_error.is_finite()) {
            return Err(Undefined::OutOfRange {
                what: "the standard error",
                value: std_error,
                allowed: "0 or more",
            });
        }
        self.prediction_with(std_error, self.level.critical_t(df))
    }

    fn prediction_with(&self, std_error: f64, critical: f64) -> Result<Interval, Undefined> {
        let p = self.coefficients.len();
        if p > 1 {
            return Err(Undefined::OutOfRange {
                what: "the number of coefficients of a prediction",
                value: p as f64,
                allowed: "1: without moderators",
            });
        }
        let spread = (std_error * std_error + self.variances.total()).sqrt();
        Interval::around(self.coefficients[0].estimate, critical * spread, self.level)
    }
}
