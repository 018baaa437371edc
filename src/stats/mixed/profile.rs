//! How far each standard deviation may be from its estimate, and whether it could be 0.
//! **Question.** Which values of a standard deviation (or the correlation) are still plausible when everything else adapts?
//! **Method.** The deviance with one of them fixed and the rest at its best; limits where it exceeds the lowest by the χ²₁ quantile, found as roots. Likelihood-ratio tests with the mixtures that hold at a boundary.
//! **Not.** Fixed effects: their intervals come from t. `confint(lmer)` profiles ML whatever the fit was; here the fit's own likelihood is profiled, so compare it with an ML fit.
//! **Sources.** Bates et al. (2015), J. Stat. Softw. 67(1), section 5.1; Self & Liang (1987), JASA 82, 605–610; Stram & Lee (1994), Biometrics 50, 1171–1177.

use super::derivative::{Jet, Number};
use super::search::{NO_OPTIMUM, along, settle};
use super::{MixedModel, RandomEffects};
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::{chi_squared_quantile, chi_squared_sf};
use crate::numeric::search::{root, root_above};

/// What is profiled or tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Component {
    /// Standard deviation between groups.
    Intercept,
    /// Standard deviation between the larger groups.
    Parent,
    /// Standard deviation of the slopes.
    Slope,
    /// Correlation of slope and intercept.
    Correlation,
    /// Standard deviation within groups.
    Residual,
}

/// A likelihood-ratio test that groups do not differ in something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikelihoodRatio {
    /// Twice the log-likelihood gained; exactly 0 where the variance is.
    pub statistic: f64,
    /// From ½χ²₀ + ½χ²₁ for a variance, ½χ²₁ + ½χ²₂ for a slope with its covariance; never 0.
    pub p: f64,
    /// The log-likelihood without it.
    pub log_likelihood: f64,
}

const ABSENT: Undefined = Undefined::NotInModel;

impl MixedModel {
    /// The lowest deviance; a fit at a given θ has none.
    fn lowest(&self) -> Result<f64, Undefined> {
        if self.certificate.converged {
            Ok(-2.0 * self.log_likelihood)
        } else {
            Err(NO_OPTIMUM)
        }
    }

    /// The test that the variance between groups, between larger groups, or of the slopes is 0.
    ///
    /// # Errors
    /// [`Undefined::NotInModel`] for what the model does not have or what has no such test; [`Undefined::NoOptimum`].
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::mixed::{Component, GroupSums, Likelihood, MixedModel, RandomEffects};
    /// let sums = GroupSums::from_columns(&[], &[1.0, 5.0, 2.0, 4.0], &[0, 0, 1, 1]).unwrap();
    /// let fit = MixedModel::fit(&sums, RandomEffects::Intercept, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// let test = fit.likelihood_ratio(Component::Intercept).unwrap();
    /// assert!(fit.variances.intercept == 0.0 && test.statistic == 0.0 && test.p == 1.0);
    /// ```
    pub fn likelihood_ratio(&self, component: Component) -> Result<LikelihoodRatio, Undefined> {
        use Component::{Intercept, Parent, Slope};
        let zero = Jet::<1>::constant(0.0);
        let finest = 1.0 / self.rows as f64;
        let lowest = self.lowest()?;
        let without = match (self.random, component) {
            (RandomEffects::Intercept, Intercept) => {
                self.blocks.profiled(self.likelihood, &[0.0; 3])
            }
            (RandomEffects::NestedIntercepts, Parent) | (RandomEffects::Slope { .. }, Slope) => {
                let groups = |gamma| [gamma, zero, zero];
                along(&self.blocks, self.likelihood, groups, finest).map(|found| found.value)
            }
            (RandomEffects::NestedIntercepts, Intercept) => {
                let parents = |gamma| [zero, gamma, zero];
                along(&self.blocks, self.likelihood, parents, finest).map(|found| found.value)
            }
            _ => return Err(ABSENT),
        }
        .ok_or(NO_OPTIMUM)?;
        // Differences below this are rounding of two large numbers.
        let gained = without - lowest;
        let statistic = if gained > 1e-10 * (1.0 + lowest.abs()) {
            gained
        } else {
            0.0
        };
        // METHOD: under the hypothesis the variance is estimated as 0 half of the time (Self & Liang 1987; Stram & Lee 1994).
        let p = match component {
            _ if statistic == 0.0 => 1.0,
            Slope => 0.5 * chi_squared_sf(statistic, 1.0) + 0.5 * chi_squared_sf(statistic, 2.0),
            _ => 0.5 * chi_squared_sf(statistic, 1.0),
        };
        Ok(LikelihoodRatio {
            statistic,
            p: p.max(f64::MIN_POSITIVE),
            log_likelihood: -0.5 * without,
        })
    }

    /// The profile likelihood interval of a standard deviation or of the correlation; squares of the limits are those of the variance.
    ///
    /// A lower limit is exactly 0 where 0 is plausible, a limit of the correlation exactly ±1 where ±1 is.
    ///
    /// # Errors
    /// [`Undefined::NotInModel`] for what the model does not have; [`Undefined::NoOptimum`] where no limit is finite or the fit was not searched.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::mixed::{Component, GroupSums, Likelihood, MixedModel, RandomEffects};
    /// let sums = GroupSums::from_columns(&[], &[1.0, 5.0, 2.0, 4.0, 3.0, 6.0], &[0, 0, 1, 1, 2, 2]).unwrap();
    /// let fit = MixedModel::fit(&sums, RandomEffects::Intercept, Likelihood::Ml, Level::NINETY_FIVE).unwrap();
    /// let interval = fit.profile_interval(Component::Intercept, Level::NINETY_FIVE).unwrap();
    /// assert!(interval.low() == 0.0 && interval.high() > 1.0);
    /// ```
    pub fn profile_interval(
        &self,
        component: Component,
        level: Level,
    ) -> Result<Interval, Undefined> {
        let estimate = self.of(component).ok_or(ABSENT)?;
        let allowed = self.lowest()? + chi_squared_quantile(level.value(), 1.0);
        let excess = |value: f64| {
            self.profiled_at(component, value)
                .map_or(f64::NAN, |deviance| deviance - allowed)
        };
        if component == Component::Correlation {
            let limit = |end: f64| {
                if estimate == end || excess(end) <= 0.0 {
                    Some(end)
                } else {
                    root(excess, estimate, end)
                }
            };
            let (low, high) = (
                limit(-1.0).ok_or(NO_OPTIMUM)?,
                limit(1.0).ok_or(NO_OPTIMUM)?,
            );
            return Interval::new(low, high, level);
        }
        let low = if component == Component::Residual {
            let mut below = 0.5 * estimate;
            while excess(below) <= 0.0 && below > 0.0 {
                below *= 0.5;
            }
            root(excess, below, estimate).ok_or(NO_OPTIMUM)?
        } else if estimate == 0.0 || excess(0.0) <= 0.0 {
            0.0
        } else {
            root(excess, 0.0, estimate).ok_or(NO_OPTIMUM)?
        };
        let unit = self.variances.residual.sqrt() / (self.rows as f64).sqrt();
        let step = if component == Component::Slope {
            0.5 * estimate
        } else {
            unit
        };
        let start = estimate + step.max(0.5 * estimate).max(1e-3 * unit);
        let high = root_above(excess, estimate, start).ok_or(NO_OPTIMUM)?;
        Interval::new(low, high, level)
    }

    /// The estimate of a component, on the scale of its interval.
    fn of(&self, component: Component) -> Option<f64> {
        let v = self.variances;
        match component {
            Component::Intercept => Some(v.intercept.sqrt()),
            Component::Parent => v.parent.map(f64::sqrt),
            Component::Slope => v.slope.map(|slope| slope.variance.sqrt()),
            Component::Correlation => v.slope.and_then(|slope| slope.correlation),
            Component::Residual => Some(v.residual.sqrt()),
        }
    }

    /// −2 log-likelihood with one component fixed, all else at its best.
    fn profiled_at(&self, component: Component, value: f64) -> Option<f64> {
        let (blocks, likelihood) = (&self.blocks, self.likelihood);
        let u = libm::log(self.variances.residual) / 2.0;
        let theta = self.theta.as_slice();
        match (self.random, component) {
            (RandomEffects::Intercept, Component::Intercept) => {
                let fixed = |x: &[Jet<1>; 1]| {
                    let a = x[0].times(-1.0).exp().times(value);
                    blocks.at_sigma(likelihood, &blocks.relative(&[a]), x[0])
                };
                Some(settle(&fixed, [u], [false])?.value)
            }
            (RandomEffects::Intercept, Component::Residual) => {
                let fixed = |x: &[Jet<1>; 1]| {
                    let u = Jet::constant(libm::log(value));
                    blocks.at_sigma(likelihood, &blocks.relative(x), u)
                };
                Some(settle(&fixed, [theta[0]], [true])?.value)
            }
            (RandomEffects::NestedIntercepts, Component::Residual) => {
                let fixed = |x: &[Jet<2>; 2]| {
                    let u = Jet::constant(libm::log(value));
                    blocks.at_sigma(likelihood, &blocks.relative(x), u)
                };
                Some(settle(&fixed, [theta[0], theta[1]], [true; 2])?.value)
            }
            (RandomEffects::NestedIntercepts, Component::Intercept | Component::Parent) => {
                let of_groups = component == Component::Intercept;
                let fixed = |x: &[Jet<2>; 2]| {
                    let held = x[1].times(-1.0).exp().times(value);
                    let pair = if of_groups {
                        [held, x[0]]
                    } else {
                        [x[0], held]
                    };
                    blocks.at_sigma(likelihood, &blocks.relative(&pair), x[1])
                };
                let other = theta[usize::from(of_groups)];
                Some(settle(&fixed, [other, u], [true, false])?.value)
            }
            (RandomEffects::Slope { .. }, _) => self.slope_profiled_at(component, value),
            _ => None,
        }
    }

    fn slope_profiled_at(&self, component: Component, value: f64) -> Option<f64> {
        let (blocks, likelihood) = (&self.blocks, self.likelihood);
        let u = libm::log(self.variances.residual) / 2.0;
        let &[a, b, c] = self.theta.as_slice() else {
            return None;
        };
        let (zero, of_slopes) = (Jet::<1>::constant(0.0), (b * b + c * c).sqrt());
        let finest = 1.0 / self.rows as f64;
        let angle = libm::atan2(b, c);
        let found = match component {
            Component::Residual => {
                let fixed = |x: &[Jet<3>; 3]| {
                    let u = Jet::constant(libm::log(value));
                    blocks.at_sigma(likelihood, &blocks.relative(x), u)
                };
                settle(&fixed, [a, b, c], [true, false, true])?.value
            }
            Component::Intercept if value == 0.0 => {
                let slopes = |gamma| [zero, zero, gamma];
                along(blocks, likelihood, slopes, finest)?.value
            }
            Component::Slope if value == 0.0 => {
                let levels = |gamma| [gamma, zero, zero];
                along(blocks, likelihood, levels, finest)?.value
            }
            Component::Intercept => {
                let fixed = |x: &[Jet<3>; 3]| {
                    let a = x[2].times(-1.0).exp().times(value);
                    blocks.at_sigma(likelihood, &blocks.relative(&[a, x[0], x[1]]), x[2])
                };
                settle(&fixed, [b, c, u], [false, true, false])?.value
            }
            Component::Slope => {
                let fixed = |x: &[Jet<3>; 3]| {
                    let of_slopes = x[2].times(-1.0).exp().times(value);
                    let both = x[0] * of_slopes * sine(x[1]);
                    blocks.at_sigma(
                        likelihood,
                        &[x[0] * x[0], both, of_slopes * of_slopes],
                        x[2],
                    )
                };
                settle(&fixed, [a, angle, u], [true, false, false])?.value
            }
            Component::Correlation => {
                let fixed = |x: &[Jet<2>; 2]| {
                    let both = (x[0] * x[1]).times(value);
                    blocks.profiled(likelihood, &[x[0] * x[0], both, x[1] * x[1]])
                };
                settle(&fixed, [a, of_slopes], [true; 2])?.value
            }
            Component::Parent => return None,
        };
        Some(found)
    }
}

fn sine<const N: usize>(angle: Jet<N>) -> Jet<N> {
    let (sin, cos) = (libm::sin(angle.value), libm::cos(angle.value));
    angle.chained(sin, cos, -sin)
}
