//! The model of a pooling: two or three levels, with or without moderators, model-based and robust.

use super::data::{Moderator, Pool, design_of};
use crate::findings::Estimate;
use crate::findings::pooled::{FitCertificate, PooledValue};
use crate::stats::Undefined;
use crate::stats::interval::{Interval, Level};
use crate::stats::meta::certificate::Certificate;
use crate::stats::meta::design::Design;
use crate::stats::meta::effect_size::Effect;
use crate::stats::meta::nested::{NestedEffects, Variances};
use crate::stats::meta::robust::{Robust as RobustFit, RobustType};
use crate::stats::meta::tau_squared::Estimator;
use crate::stats::meta::three_level::{Likelihood, ThreeLevel};
use crate::stats::meta::two_level::{Coefficient, Test, TwoLevel};
use crate::study::{Pooling, PoolingTest, Robust, TauSquared};

/// A test of all moderators together.
#[derive(Clone, Copy, Debug)]
pub struct Omnibus {
    pub statistic: f64,
    pub df: f64,
    /// Of F; a χ² has none.
    pub df_residual: Option<f64>,
    pub p: f64,
}

/// A fitted model.
pub struct Fit {
    pub level: Level,
    pub coefficients: Vec<Coefficient>,
    pub omnibus: Option<Omnibus>,
    /// Cluster-robust, where that was asked for and studies have several effects.
    pub robust: Option<Result<RobustFit, Undefined>>,
    pub certificate: Certificate,
    pub levels: Levels,
}

/// What only a model with this many levels has.
pub enum Levels {
    Two(TwoLevel),
    Three(ThreeLevel),
}

/// The estimator of the stats floor.
pub fn estimator(tau_squared: TauSquared) -> Estimator {
    match tau_squared {
        TauSquared::Reml => Estimator::Reml,
        TauSquared::Ml => Estimator::Ml,
        TauSquared::DerSimonianLaird => Estimator::DerSimonianLaird,
        TauSquared::PauleMandel => Estimator::PauleMandel,
        TauSquared::EmpiricalBayes => Estimator::EmpiricalBayes,
        TauSquared::Hedges => Estimator::Hedges,
        TauSquared::HunterSchmidt => Estimator::HunterSchmidt,
        TauSquared::SidikJonkman => Estimator::SidikJonkman,
        TauSquared::None => Estimator::None,
    }
}

/// The test of the stats floor.
pub fn test(test: PoolingTest) -> Test {
    match test {
        PoolingTest::AdHoc => Test::AdHoc,
        PoolingTest::KnappHartung => Test::KnappHartung,
        PoolingTest::Normal => Test::Normal,
    }
}

/// The likelihood of a three-level model.
pub fn likelihood(pooling: &Pooling) -> Likelihood {
    if pooling.tau_squared == TauSquared::Ml {
        Likelihood::Ml
    } else {
        Likelihood::Reml
    }
}

fn robust_type(robust: Robust) -> Option<RobustType> {
    match robust {
        Robust::Cr2 => Some(RobustType::Cr2),
        Robust::Cr1 => Some(RobustType::Cr1),
        Robust::Cr0 => Some(RobustType::Cr0),
        Robust::None => None,
    }
}

impl Pool<'_> {
    /// The model of the settings, for the effects at these positions.
    pub fn fit(&self, rows: &[usize], moderators: &[&Moderator]) -> Result<Fit, Undefined> {
        let effects: Vec<Effect> = rows.iter().map(|i| self.effects[*i]).collect();
        self.fit_effects(&effects, rows, moderators)
    }

    /// The same with other effects in the place of those at `rows`.
    pub fn fit_effects(
        &self,
        effects: &[Effect],
        rows: &[usize],
        moderators: &[&Moderator],
    ) -> Result<Fit, Undefined> {
        let design = design_of(moderators, rows)?;
        let studies: Vec<usize> = rows.iter().map(|i| self.studies[*i]).collect();
        self.fit_design(effects, &studies, &design)
    }

    /// The model of the settings with any design.
    ///
    /// METHOD: where the three-level model is asked for but none of these effects share a study (a
    /// subgroup, say), the two-level model is fitted: it is the same model there.
    pub fn fit_design(
        &self,
        effects: &[Effect],
        studies: &[usize],
        design: &Design,
    ) -> Result<Fit, Undefined> {
        let pooling = &self.settings.pooling;
        if effects.len() < 2 {
            return Err(Undefined::OneStudy);
        }
        let share = has_repeats(studies);
        let clustered = robust_type(pooling.robust).filter(|_| share);
        if self.is_three_level && share {
            let fit = ThreeLevel::fit(effects, studies, design, likelihood(pooling), self.level)?;
            Ok(Fit::of_three(fit, clustered, self.level))
        } else {
            let fit = TwoLevel::fit(
                effects,
                design,
                estimator(pooling.tau_squared),
                test(pooling.test),
                self.level,
            )?;
            let robust = clustered.map(|kind| {
                let working = Variances {
                    between_studies: 0.0,
                    between_effects: fit.tau_squared,
                };
                let nested = NestedEffects::new(effects, studies, design)?;
                RobustFit::fit(&nested, working, kind, self.level)
            });
            Ok(Fit::of_two(fit, robust, self.level))
        }
    }
}

fn has_repeats(studies: &[usize]) -> bool {
    let mut sorted = studies.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}

impl Fit {
    pub fn of_three(fit: ThreeLevel, clustered: Option<RobustType>, level: Level) -> Fit {
        Fit {
            level,
            coefficients: fit
                .coefficients
                .iter()
                .map(|c| Coefficient {
                    estimate: c.estimate,
                    std_error: c.std_error,
                    statistic: c.z,
                    df: None,
                    p: c.p,
                    interval: c.interval,
                })
                .collect(),
            omnibus: fit.moderators.map(|m| Omnibus {
                statistic: m.statistic,
                df: m.df as f64,
                df_residual: None,
                p: m.p,
            }),
            robust: clustered.map(|kind| fit.robust(kind)),
            certificate: fit.certificate,
            levels: Levels::Three(fit),
        }
    }

    fn of_two(fit: TwoLevel, robust: Option<Result<RobustFit, Undefined>>, level: Level) -> Fit {
        Fit {
            level,
            coefficients: fit.coefficients.clone(),
            omnibus: fit.moderation.map(|m| Omnibus {
                statistic: m.statistic,
                df: m.df,
                df_residual: m.df_residual,
                p: m.p,
            }),
            robust,
            certificate: fit.certificate,
            levels: Levels::Two(fit),
        }
    }

    /// The pooled z (with moderators: the intercept).
    pub fn pooled(&self) -> &Coefficient {
        &self.coefficients[0]
    }

    /// A robust coefficient, where robust errors were asked for.
    fn robust_coefficient(&self, at: usize) -> Option<Result<Coefficient, Undefined>> {
        Some(match self.robust.as_ref()? {
            Err(reason) => Err(*reason),
            Ok(robust) => robust.coefficients[at].map(|c| Coefficient {
                estimate: c.estimate,
                std_error: c.std_error,
                statistic: c.t,
                df: Some(c.df),
                p: c.p,
                interval: c.interval,
            }),
        })
    }

    /// The robust pooled z, where robust errors were asked for.
    pub fn robust_pooled(&self) -> Option<Result<Coefficient, Undefined>> {
        self.robust_coefficient(0)
    }

    /// The value headlines are about: robust where it can be had.
    pub fn headline(&self) -> Coefficient {
        match self.robust_pooled() {
            Some(Ok(robust)) => robust,
            _ => *self.pooled(),
        }
    }

    /// The coefficients a moderator is judged by: robust where robust errors were asked for.
    pub fn tested(&self) -> Vec<Result<Coefficient, Undefined>> {
        (0..self.coefficients.len())
            .map(|at| {
                self.robust_coefficient(at)
                    .unwrap_or(Ok(self.coefficients[at]))
            })
            .collect()
    }

    /// The test of all moderators together, in the same way.
    pub fn tested_omnibus(&self) -> Option<Result<Omnibus, Undefined>> {
        let omnibus = self.omnibus?;
        let Some(robust) = &self.robust else {
            return Some(Ok(omnibus));
        };
        let all: Vec<usize> = (1..self.coefficients.len()).collect();
        Some(match robust {
            Err(reason) => Err(*reason),
            Ok(robust) => robust.joint_test(&all).map(|test| Omnibus {
                statistic: test.f,
                df: test.df1 as f64,
                df_residual: Some(test.df2),
                p: test.p,
            }),
        })
    }

    /// Variance of the true effects of new studies around the pooled value.
    pub fn true_variance(&self) -> f64 {
        match &self.levels {
            Levels::Two(fit) => fit.tau_squared,
            Levels::Three(fit) => fit.variances.total(),
        }
    }

    /// Where the true z of a new study is expected, model-based.
    pub fn prediction(&self) -> Result<Interval, Undefined> {
        match &self.levels {
            Levels::Two(fit) => fit.prediction(),
            Levels::Three(fit) => fit.prediction(),
        }
    }

    /// The same with the robust standard error and its degrees of freedom.
    pub fn robust_prediction(&self) -> Option<Result<Interval, Undefined>> {
        let robust = self.robust_pooled()?;
        Some(robust.and_then(|c| {
            let df = c.df.unwrap_or(f64::INFINITY);
            match &self.levels {
                Levels::Three(fit) => fit.prediction_robust(c.std_error, df),
                Levels::Two(fit) => {
                    let spread = libm::hypot(c.std_error, fit.tau_squared.sqrt());
                    let margin = self.level.critical_t(df) * spread;
                    Interval::new(c.estimate - margin, c.estimate + margin, self.level)
                }
            }
        }))
    }

    /// How the pooled value was had, in words: `three-level REML, CR2`.
    pub fn method(&self, pooling: &Pooling) -> String {
        let estimator = pooling.tau_squared.word().to_uppercase();
        let with = |first: String| match (&self.robust, pooling.robust) {
            (Some(Ok(_)), robust) => format!("{first}, {}", robust.word().to_uppercase()),
            _ => first,
        };
        match &self.levels {
            Levels::Three(_) => with(format!("three-level {estimator}")),
            Levels::Two(_) if pooling.tau_squared == TauSquared::None => {
                with("common effect".into())
            }
            Levels::Two(_) => with(format!(
                "two-level {estimator}, {}",
                pooling.test.in_words()
            )),
        }
    }

    /// How the search ended, for the archive.
    pub fn certified(&self, model: &str) -> FitCertificate {
        FitCertificate {
            model: model.into(),
            method: self.certificate.method.into(),
            evaluations: self.certificate.evaluations as u64,
            at_boundary: self.certificate.at_boundary,
            competing_optimum: self.certificate.competing_optimum,
            identifiable: self.certificate.identifiable,
            log_likelihood: Some(self.certificate.objective).filter(|x| x.is_finite()),
        }
    }

    /// The pooled correlation as a figure shows it.
    pub fn value(&self, label: &str, pool: &Pool, rows: &[usize]) -> PooledValue {
        let pooled = self.headline();
        let prediction = self
            .robust_prediction()
            .and_then(Result::ok)
            .or_else(|| self.prediction().ok());
        PooledValue {
            label: label.into(),
            r: libm::tanh(pooled.estimate),
            conf_low: libm::tanh(pooled.interval.low()),
            conf_high: libm::tanh(pooled.interval.high()),
            prediction_low: prediction.map(|p| libm::tanh(p.low())),
            prediction_high: prediction.map(|p| libm::tanh(p.high())),
            k: rows.len() as u64,
            studies: pool.studies_in(rows) as u64,
            n: pool.clients_in(rows),
        }
    }
}

/// An estimate filled from a coefficient on Fisher's scale.
pub fn with_coefficient(estimate: Estimate, c: &Coefficient) -> Estimate {
    estimate
        .with_estimate(c.estimate)
        .with_std_error(c.std_error)
        .with_interval(
            c.interval.low(),
            c.interval.high(),
            c.interval.level().value(),
        )
        .with_test(c.statistic, c.df, c.p)
}

/// An estimate filled from a coefficient, as a correlation; the standard error stays on Fisher's scale.
pub fn with_correlation(estimate: Estimate, c: &Coefficient) -> Estimate {
    estimate
        .with_estimate(libm::tanh(c.estimate))
        .with_std_error(c.std_error)
        .with_interval(
            libm::tanh(c.interval.low()),
            libm::tanh(c.interval.high()),
            c.interval.level().value(),
        )
        .with_test(c.statistic, c.df, c.p)
}
