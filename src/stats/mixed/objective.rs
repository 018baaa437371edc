//! The profiled deviance as a plain function of θ.
//! **Question.** How well do relative standard deviations explain the rows, with everything else at its best?
//! **Method.** Weighted least squares from the sums, coefficients and residual variance in closed form; REML or ML with lme4's constant. Callable without a search, with derivatives inside.
//! **Not.** The search: see [`super::search`].
//! **Sources.** Bates et al. (2015), J. Stat. Softw. 67(1), equations 33–42 (`lmer(…, devFunOnly = TRUE)`).

use super::blocks::Blocks;
use super::derivative::Number;
use super::triangle::Factor;
use super::{GroupSums, Likelihood, RandomEffects};
use crate::Undefined;

/// `ln 2π`.
const LN_TWO_PI: f64 = 1.837_877_066_409_345_5;

/// What both deviances are made of, for a residual variance of 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<T> {
    /// `ln |V|`.
    pub log_det: T,
    /// `ln |XᵀV⁻¹X|`.
    pub log_det_design: T,
    /// Weighted squares left over.
    pub squares: T,
}

/// None where the weighted design is numerically singular.
pub(super) fn parts<T: Number>(blocks: &Blocks, relative: &[T]) -> Option<Parts<T>> {
    let sums = blocks.weighted(relative);
    let p = blocks.coefficients();
    let factor = Factor::new(sums.matrix, p + 1)?;
    let mut log_det_design = T::constant(0.0);
    for i in 0..p {
        log_det_design = log_det_design + factor.pivot(i).ln();
    }
    Some(Parts {
        log_det: sums.log_det,
        log_det_design,
        squares: factor.pivot(p),
    })
}

impl Blocks {
    /// Rows, or rows less coefficients.
    pub fn degrees(&self, likelihood: Likelihood) -> f64 {
        match likelihood {
            Likelihood::Ml => self.rows as f64,
            Likelihood::Reml => (self.rows - self.coefficients()) as f64,
        }
    }

    /// −2 log-likelihood at relative variances, the residual variance at its best.
    pub fn profiled<T: Number>(&self, likelihood: Likelihood, relative: &[T]) -> Option<T> {
        let parts = parts(self, relative)?;
        let degrees = self.degrees(likelihood);
        let spread = parts.squares.times(1.0 / degrees).ln() + T::constant(1.0 + LN_TWO_PI);
        Some(with_design(&parts, likelihood) + spread.times(degrees))
    }

    /// −2 log-likelihood at relative variances and the logarithm of the residual standard deviation.
    pub fn at_sigma<T: Number>(
        &self,
        likelihood: Likelihood,
        relative: &[T],
        ln_sigma: T,
    ) -> Option<T> {
        let parts = parts(self, relative)?;
        let spread = (ln_sigma.times(2.0) + T::constant(LN_TWO_PI)).times(self.degrees(likelihood));
        let precision = ln_sigma.times(-2.0).exp();
        Some(with_design(&parts, likelihood) + spread + parts.squares * precision)
    }
}

fn with_design<T: Number>(parts: &Parts<T>, likelihood: Likelihood) -> T {
    match likelihood {
        Likelihood::Ml => parts.log_det,
        Likelihood::Reml => parts.log_det + parts.log_det_design,
    }
}

/// −2 log-likelihood at lme4's θ: relative standard deviations of groups [and larger groups], or the Cholesky factor by columns.
///
/// # Errors
/// Those of a fit (see [`super::MixedModel::fit`]); [`Undefined::UnequalLengths`] for a wrong number of θ,
/// [`Undefined::NotFinite`] for one that is not finite.
///
/// ```
/// use alliance_stats::mixed::{GroupSums, Likelihood, RandomEffects, deviance};
/// let sums = GroupSums::from_columns(&[], &[1.0, 2.0, 4.0, 5.0], &[0, 0, 1, 1]).unwrap();
/// // At θ = 0 this is the deviance of a sample with variance 2.5 (ML): 4 (1 + ln 2π·2.5).
/// let at_zero = deviance(&sums, RandomEffects::Intercept, Likelihood::Ml, &[0.0]).unwrap();
/// assert!((at_zero - 15.016671193134002).abs() < 1e-12);
/// ```
pub fn deviance(
    sums: &GroupSums,
    random: RandomEffects,
    likelihood: Likelihood,
    theta: &[f64],
) -> Result<f64, Undefined> {
    let blocks = Blocks::new(sums, random)?;
    if theta.len() != blocks.thetas() {
        return Err(Undefined::UnequalLengths {
            first: blocks.thetas(),
            second: theta.len(),
        });
    }
    let relative = blocks.relative(theta);
    blocks
        .profiled(likelihood, &relative)
        .filter(|value| value.is_finite())
        .ok_or(Undefined::NotFinite { variable: "θ" })
}
