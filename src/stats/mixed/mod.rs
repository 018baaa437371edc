//! Linear mixed models: clients seen again and again, clients who share a therapist.
//! **Question.** How large is an effect when rows come in groups, and how much of what varies lies between the groups?
//! **Method.** `y = Xβ + Zb + e` from one pass over the rows: sums per group, the profiled deviance of lme4 with exact derivatives, a search whose end is certified; Satterthwaite's degrees of freedom.
//! **Not.** Crossed groups, more than two nested levels, weights, outcomes that are not normal.
//! **Sources.** Bates, Mächler, Bolker & Walker (2015), J. Stat. Softw. 67(1); Kuznetsova, Brockhoff & Christensen (2017), J. Stat. Softw. 82(13). Checked against lme4 1.1-31 and lmerTest 3.1-3, their search redone.
//!
//! Own code, not a crate: `mixeff-rs` and `lme-rs` take a formula and a data frame of all rows, so neither can fit what several sites have merged;
//! the first brings 95,000 lines and three minutes of building (45 ms for 100,000 rows; here 3), the second a data frame library of its own and MKL.

mod blocks;
mod derivative;
pub mod detrend;
mod fit;
mod modes;
pub mod multilevel_correlation;
mod newton;
mod objective;
mod profile;
mod satterthwaite;
mod search;
mod sums;
mod triangle;

pub use crate::meta::three_level::Likelihood;
pub use modes::{ConditionalModes, GroupMode};
pub use objective::deviance;
pub use profile::{Component, LikelihoodRatio};
pub use sums::GroupSums;

use crate::interval::{Interval, Level};
use blocks::Blocks;

/// What varies between groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RandomEffects {
    /// Every group has a level of its own: `(1 | client)`.
    Intercept,
    /// Groups lie in larger groups, both with levels of their own: `(1 | therapist/client)`.
    NestedIntercepts,
    /// Every group has a level and a slope of its own, correlated: `(1 + session | client)`.
    Slope {
        /// Which predictor has the slope, counted from 0; it is a fixed effect as well.
        predictor: usize,
    },
}

/// One fixed effect with Satterthwaite's t test and interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// Units of the outcome (per unit of the predictor).
    pub estimate: f64,
    /// Model-based, in the same unit.
    pub std_error: f64,
    /// Satterthwaite's, as in lmerTest.
    pub df: f64,
    /// Estimate over standard error.
    pub t: f64,
    /// Two-sided; never 0.
    pub p: f64,
    /// From t with `df`.
    pub interval: Interval,
}

/// The variances of a fit, in squared units of the outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceComponents {
    /// Between groups (clients); at 0 of the slope's predictor when there is a slope. Exactly 0 at the boundary.
    pub intercept: f64,
    /// Between the larger groups (therapists); exactly 0 at the boundary.
    pub parent: Option<f64>,
    /// Of the slopes.
    pub slope: Option<SlopeVariance>,
    /// Within groups.
    pub residual: f64,
}

/// How slopes vary between groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeVariance {
    /// Of the slopes; exactly 0 at the boundary.
    pub variance: f64,
    /// Of slope and intercept.
    pub covariance: f64,
    /// Of slope and intercept; exactly ±1 where the covariance matrix is singular, none where a variance is 0.
    pub correlation: Option<f64>,
}

/// Where the optimum lies in the space of variances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// All variances positive, the covariance matrix of the random effects regular.
    Interior,
    /// The variance between groups is exactly 0.
    NoGroupVariance,
    /// The variance between the larger groups is exactly 0.
    NoParentVariance,
    /// No variance between groups on any level.
    NoVariance,
    /// Slope and intercept are a line: their correlation is exactly −1 or 1, or one of the two variances is 0.
    SingularCovariance,
}

/// How a fit was found: part of the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// What was searched, in words.
    pub method: &'static str,
    /// How often the deviance was computed, with or without derivatives.
    pub evaluations: usize,
    /// Did the slope of the deviance vanish (or point outwards, at a boundary) with a curvature that makes it a minimum?
    pub converged: bool,
    /// Newton's estimate of what is left to gain, in units of the deviance.
    pub remaining: f64,
    /// Where the optimum lies.
    pub boundary: Boundary,
    /// The deviance of the next best local optimum, when there is one.
    pub competing: Option<f64>,
}

/// A fitted linear mixed model.
#[derive(Debug, Clone)]
pub struct MixedModel {
    blocks: Blocks,
    level: Level,
    /// What was maximised.
    pub likelihood: Likelihood,
    /// What varies between groups.
    pub random: RandomEffects,
    /// Rows used.
    pub rows: usize,
    /// Groups (clients).
    pub groups: usize,
    /// Larger groups (therapists), when nested.
    pub parents: Option<usize>,
    /// Intercept first, then the predictors in their order.
    pub coefficients: Vec<Coefficient>,
    /// Covariance of the coefficients, p rows of p.
    pub covariance: Vec<Vec<f64>>,
    /// All variances.
    pub variances: VarianceComponents,
    /// lme4's θ: relative standard deviations of groups [and larger groups], or the Cholesky factor by columns.
    pub theta: Vec<f64>,
    /// With lme4's constant: `logLik(lmer)`.
    pub log_likelihood: f64,
    /// How θ was found.
    pub certificate: Certificate,
}

impl MixedModel {
    /// The confidence level of the intervals.
    pub fn level(&self) -> Level {
        self.level
    }
}
