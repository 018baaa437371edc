//! Conditional modes: what the model says about one group.
//! **Question.** How far does a client (a therapist) lie from the average, and how sure is that?
//! **Method.** The best linear prediction given the rows, shrunk towards 0 the more, the fewer rows a group has; its conditional standard deviation, as `ranef(condVar = TRUE)`.
//! **Not.** The uncertainty of coefficients and variances: they are taken as known. Not a ranking of therapists: intervals of most will overlap.
//! **Sources.** Robinson (1991), Statistical Science 6, 15–32; Bates et al. (2015), J. Stat. Softw. 67(1), section 2.2.

use std::collections::BTreeMap;

use super::triangle::place;
use super::{GroupSums, MixedModel, RandomEffects};
use crate::Undefined;

/// How far a group lies from the average, in units of the outcome (per unit of the predictor).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupMode {
    /// The number of the group.
    pub group: usize,
    /// Of its level; with a slope: where the predictor is 0.
    pub intercept: f64,
    /// Conditional standard deviation of the level; 0 where the variance is 0.
    pub intercept_std_error: f64,
    /// Of its slope, with the conditional standard deviation.
    pub slope: Option<(f64, f64)>,
}

/// The conditional modes of all groups, by number.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionalModes {
    /// Of the groups (clients), beyond their larger group.
    pub groups: Vec<GroupMode>,
    /// Of the larger groups (therapists), when nested.
    pub parents: Vec<GroupMode>,
}

impl MixedModel {
    /// What the model says about the groups in `sums`: those it was fitted to, or others.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`] for another number of predictors, [`Undefined::NoParent`] for a group that was not placed.
    ///
    /// ```
    /// use alliance_stats::interval::Level;
    /// use alliance_stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};
    /// let sums = GroupSums::from_columns(&[], &[1.0, 2.0, 4.0, 5.0, 7.0, 8.0], &[0, 0, 1, 1, 2, 2]).unwrap();
    /// let fit = MixedModel::fit(&sums, RandomEffects::Intercept, Likelihood::Reml, Level::NINETY_FIVE).unwrap();
    /// // Shrunk by 8.75/(8.75 + .5/2) from 3 points below the average.
    /// let first = fit.conditional_modes(&sums).unwrap().groups[0];
    /// assert!((first.intercept + 3.0 * 8.75 / 9.0).abs() < 1e-10);
    /// ```
    pub fn conditional_modes(&self, sums: &GroupSums) -> Result<ConditionalModes, Undefined> {
        if sums.predictors() + 1 != self.coefficients.len() {
            return Err(Undefined::UnequalLengths {
                first: self.coefficients.len() - 1,
                second: sums.predictors(),
            });
        }
        match self.random {
            RandomEffects::Intercept => Ok(self.of_groups(sums, |_| Ok((0.0, 0.0)))?),
            RandomEffects::NestedIntercepts => self.of_both_levels(sums),
            RandomEffects::Slope { predictor } => Ok(self.of_lines(sums, predictor)),
        }
    }

    /// What the fixed effects leave of a group's mean.
    fn residual_mean(&self, means: &[f64]) -> f64 {
        let slopes = self.coefficients[1..].iter().zip(means);
        let fitted = slopes.fold(self.coefficients[0].estimate, |sum, (c, x)| {
            sum + c.estimate * x
        });
        means[means.len() - 1] - fitted
    }

    /// `parent` gives the mode of a group's larger group and its variance.
    fn of_groups(
        &self,
        sums: &GroupSums,
        parent: impl Fn(usize) -> Result<(f64, f64), Undefined>,
    ) -> Result<ConditionalModes, Undefined> {
        let (between, within) = (self.variances.intercept, self.variances.residual);
        let groups = sums
            .numbers()
            .map(|group| {
                let n = sums.count(group) as f64;
                let (above, variance_above) = parent(group)?;
                let shrink = n * between / (within + n * between);
                let own = between * within / (within + n * between);
                Ok(GroupMode {
                    group,
                    intercept: shrink * (self.residual_mean(sums.means(group)) - above),
                    intercept_std_error: (own + shrink * shrink * variance_above).sqrt(),
                    slope: None,
                })
            })
            .collect::<Result<Vec<_>, Undefined>>()?;
        Ok(ConditionalModes {
            groups,
            parents: Vec::new(),
        })
    }

    fn of_both_levels(&self, sums: &GroupSums) -> Result<ConditionalModes, Undefined> {
        let (between, within) = (self.variances.intercept, self.variances.residual);
        let above = self.variances.parent.unwrap_or(0.0);
        // Precision of a therapist's clients and their weighted residuals.
        let mut weights: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for group in sums.numbers() {
            let parent = sums.parent(group).ok_or(Undefined::NoParent)?;
            let n = sums.count(group) as f64;
            let weight = n / (within + n * between);
            let entry = weights.entry(parent).or_default();
            entry.0 += weight;
            entry.1 += weight * self.residual_mean(sums.means(group));
        }
        let modes: BTreeMap<usize, (f64, f64)> = weights
            .into_iter()
            .map(|(parent, (weight, residual))| {
                let variance = above / (1.0 + weight * above);
                (parent, (variance * residual, variance))
            })
            .collect();
        let mut both = self.of_groups(sums, |group| {
            let parent = sums.parent(group).ok_or(Undefined::NoParent)?;
            Ok(modes[&parent])
        })?;
        both.parents = modes
            .into_iter()
            .map(|(group, (intercept, variance))| GroupMode {
                group,
                intercept,
                intercept_std_error: variance.sqrt(),
                slope: None,
            })
            .collect();
        Ok(both)
    }

    fn of_lines(&self, sums: &GroupSums, t: usize) -> ConditionalModes {
        let y = self.coefficients.len() - 1;
        let [a, b, c] = [self.theta[0], self.theta[1], self.theta[2]];
        let sigma = self.variances.residual.sqrt();
        let groups = sums
            .numbers()
            .map(|group| {
                let n = sums.count(group) as f64;
                let (means, products) = (sums.means(group), sums.products(group));
                let (middle, squares) = (means[t], products[place(t, t)]);
                let mut with_slope = products[place(y, t)];
                for (k, coefficient) in self.coefficients[1..].iter().enumerate() {
                    with_slope -= coefficient.estimate * products[place(k.max(t), k.min(t))];
                }
                let mean = n * self.residual_mean(means);
                // Zᵀ of the residuals, and ZᵀZ.
                let right = [mean, middle * mean + with_slope];
                let z = [n, n * middle, n * middle * middle + squares];
                // I + Λᵀ ZᵀZ Λ and its inverse.
                let k00 = 1.0 + a * a * z[0] + 2.0 * a * b * z[1] + b * b * z[2];
                let k01 = c * (a * z[1] + b * z[2]);
                let k11 = 1.0 + c * c * z[2];
                let determinant = k00 * k11 - k01 * k01;
                let scaled = [a * right[0] + b * right[1], c * right[1]];
                let u = [
                    (k11 * scaled[0] - k01 * scaled[1]) / determinant,
                    (k00 * scaled[1] - k01 * scaled[0]) / determinant,
                ];
                let slope_variance = (b * b * k11 - 2.0 * b * c * k01 + c * c * k00) / determinant;
                GroupMode {
                    group,
                    intercept: a * u[0],
                    intercept_std_error: sigma * (a * a * k11 / determinant).sqrt(),
                    slope: Some((b * u[0] + c * u[1], sigma * slope_variance.max(0.0).sqrt())),
                }
            })
            .collect();
        ConditionalModes {
            groups,
            parents: Vec::new(),
        }
    }
}
