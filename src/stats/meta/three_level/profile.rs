//! How far each variance may be from its estimate: profile likelihood.
//! **Question.** Which values of a variance are still plausible when the other one adapts, and could it be 0?
//! **Method.** The deviance at a fixed variance, the other at its best (searched globally each time); limits where it exceeds the lowest by the χ²₁ quantile, found as roots. Test of 0 by the mixture ½χ²₀ + ½χ²₁.
//! **Not.** Disjoint regions: were the profile to dip twice, the upper limit would be the first crossing above the estimate.
//! **Sources.** Viechtbauer (2007), Stat. Med. 26, 37–52; Self & Liang (1987), JASA 82, 605–610; Stram & Lee (1994), Biometrics 50, 1171–1177.

use super::search::{Free, NO_OPTIMUM, finest, optimum};
use super::{Component, ThreeLevel, Variances, never_zero};
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::{chi_squared_quantile, chi_squared_sf};
use crate::numeric::search::{root, root_above};

/// The likelihood-ratio test that a variance is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikelihoodRatio {
    /// Twice the log-likelihood gained by the variance; exactly 0 where its estimate is 0.
    pub statistic: f64,
    /// From the mixture ½χ²₀ + ½χ²₁; 1 where the statistic is 0. Conservative when the other variance is 0 too.
    pub p: f64,
    /// The variances without it.
    pub without: Variances,
    /// The log-likelihood without it.
    pub log_likelihood: f64,
}

/// One point of a profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfilePoint {
    /// The variance held fixed.
    pub variance: f64,
    /// The log-likelihood with the other variance at its best.
    pub log_likelihood: f64,
}

impl ThreeLevel {
    /// The deviance at a value of one variance, the other at its best.
    fn profiled(&self, component: Component, value: f64) -> Result<f64, Undefined> {
        let free = Free::Holding(component, value);
        optimum(&self.nested, self.likelihood, free).map(|best| best.deviance)
    }

    /// The lowest deviance; that of the variances of the fit, which need not be the best when they were given.
    fn lowest(&self) -> Result<(Variances, f64), Undefined> {
        self.nested.identifiable()?;
        if self.certificate.identifiable && self.certificate.evaluations > 1 {
            return Ok((self.variances, -2.0 * self.log_likelihood));
        }
        let best = optimum(&self.nested, self.likelihood, Free::Both)?;
        Ok((best.variances, best.deviance))
    }

    /// The test that one variance is 0.
    ///
    /// # Errors
    /// Those of [`super::super::nested::NestedEffects::identifiable`]; [`Undefined::NoOptimum`].
    ///
    /// ```
    /// # use alliance_stats::{interval::Level, meta::{design::Design, effect_size::Effect}};
    /// use alliance_stats::meta::three_level::{Component, Likelihood, ThreeLevel};
    /// let effects = [0.1, 0.6, 0.6, 0.1, 0.5, 0.2].map(|z| Effect::from_fisher_z(z, 0.001).unwrap());
    /// let design = Design::intercept(6);
    /// let fit = ThreeLevel::fit(&effects, &[1, 1, 2, 2, 3, 3], &design, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// let test = fit.likelihood_ratio(Component::BetweenStudies).unwrap();
    /// assert!(fit.variances.between_studies == 0.0 && test.statistic == 0.0 && test.p == 1.0);
    /// ```
    pub fn likelihood_ratio(&self, component: Component) -> Result<LikelihoodRatio, Undefined> {
        let (variances, lowest) = self.lowest()?;
        let without = optimum(&self.nested, self.likelihood, Free::Holding(component, 0.0))?;
        let statistic = if component.of(variances) == 0.0 {
            0.0
        } else {
            (without.deviance - lowest).max(0.0)
        };
        // METHOD: under the hypothesis the estimate is 0 half of the time (Self & Liang 1987).
        let p = if statistic == 0.0 {
            1.0
        } else {
            never_zero(0.5 * chi_squared_sf(statistic, 1.0))
        };
        Ok(LikelihoodRatio {
            statistic,
            p,
            without: without.variances,
            log_likelihood: -0.5 * without.deviance,
        })
    }

    /// The profile likelihood interval of one variance; its lower limit is exactly 0 where 0 is plausible, its upper one is never a search limit.
    ///
    /// # Errors
    /// Those of [`super::super::nested::NestedEffects::identifiable`]; [`Undefined::NoOptimum`].
    ///
    /// ```
    /// # use alliance_stats::{interval::Level, meta::{design::Design, effect_size::Effect}};
    /// use alliance_stats::meta::three_level::{Component, Likelihood, ThreeLevel};
    /// let effects = [0.1, 0.6, 0.6, 0.1, 0.5, 0.2].map(|z| Effect::from_fisher_z(z, 0.001).unwrap());
    /// let design = Design::intercept(6);
    /// let fit = ThreeLevel::fit(&effects, &[1, 1, 2, 2, 3, 3], &design, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// let interval = fit.profile_interval(Component::BetweenStudies, Level::NINETY_FIVE).unwrap();
    /// assert!(interval.low() == 0.0 && interval.high() > 0.0);
    /// ```
    pub fn profile_interval(
        &self,
        component: Component,
        level: Level,
    ) -> Result<Interval, Undefined> {
        let (variances, lowest) = self.lowest()?;
        let estimate = component.of(variances);
        let allowed = lowest + chi_squared_quantile(level.value(), 1.0);
        let excess = |value: f64| {
            self.profiled(component, value)
                .map_or(f64::NAN, |deviance| deviance - allowed)
        };
        let low = if estimate == 0.0 || excess(0.0) <= 0.0 {
            0.0
        } else {
            root(excess, 0.0, estimate).ok_or(NO_OPTIMUM)?
        };
        let unit = finest(&self.nested)[component.index()];
        let start = estimate + estimate.max(unit);
        let high = root_above(excess, estimate, start).ok_or(NO_OPTIMUM)?;
        Interval::new(low, high, level)
    }

    /// Points of the profile of one variance for a figure: over its interval and a quarter of its width to both sides (not below 0).
    ///
    /// # Errors
    /// As [`ThreeLevel::profile_interval`]; [`Undefined::TooFew`] for fewer than 2 points.
    ///
    /// ```
    /// # use alliance_stats::{interval::Level, meta::{design::Design, effect_size::Effect}};
    /// use alliance_stats::meta::three_level::{Component, Likelihood, ThreeLevel};
    /// let effects = [0.1, 0.6, 0.6, 0.1, 0.5, 0.2].map(|z| Effect::from_fisher_z(z, 0.001).unwrap());
    /// let design = Design::intercept(6);
    /// let fit = ThreeLevel::fit(&effects, &[1, 1, 2, 2, 3, 3], &design, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// let curve = fit.profile_curve(Component::BetweenEffects, Level::NINETY_FIVE, 40).unwrap();
    /// assert!(curve.len() == 40 && curve.iter().all(|point| point.log_likelihood <= fit.log_likelihood + 1e-9));
    /// ```
    pub fn profile_curve(
        &self,
        component: Component,
        level: Level,
        points: usize,
    ) -> Result<Vec<ProfilePoint>, Undefined> {
        if points < 2 {
            return Err(Undefined::TooFew {
                found: points,
                needed: 2,
            });
        }
        let interval = self.profile_interval(component, level)?;
        let margin = 0.25 * (interval.high() - interval.low());
        let (from, to) = ((interval.low() - margin).max(0.0), interval.high() + margin);
        (0..points)
            .map(|i| {
                let share = i as f64 / (points - 1) as f64;
                let variance = from + share * (to - from);
                Ok(ProfilePoint {
                    variance,
                    log_likelihood: -0.5 * self.profiled(component, variance)?,
                })
            })
            .collect()
    }
}
