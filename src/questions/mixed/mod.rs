//! Therapists, clients and sessions: questions that need to know which rows belong together.

pub mod growth;
pub mod multilevel_correlation;
pub mod session_to_session;
pub mod therapists;

use crate::findings::{Estimate, Scale};
use crate::stats::Undefined;
use crate::stats::interval::Level;
use crate::stats::mixed::{Boundary, Component, MixedModel};

/// Groups up to which the variances get profile intervals.
const MOST_PROFILED: usize = 2_000;

/// What a model is called in ids, and what its parts are called.
pub struct Naming<'a> {
    pub question: &'static str,
    /// The group part of the ids: `between_within`.
    pub model: &'a str,
    /// The model in words, for the label.
    pub words: &'a str,
    /// Id and label of each fixed effect, the intercept first.
    pub terms: &'a [(&'a str, &'a str)],
    /// What the groups are called in ids: `therapist`, `client`.
    pub groups: &'a str,
    /// What the larger groups are called, when nested.
    pub parents: Option<&'a str>,
    pub method: &'a str,
}

impl Naming<'_> {
    pub fn estimate(&self, term: &str, label: &str, scale: Scale) -> Estimate {
        Estimate::new(self.question, self.model, term, scale, self.method)
            .labelled(&format!("{}: {label}", self.words))
    }

    /// Every part of a model: fixed effects, variances, log-likelihood; or why there is none.
    pub fn estimates(&self, fit: &Result<MixedModel, Undefined>, level: Level) -> Vec<Estimate> {
        let fit = match fit {
            Ok(fit) => fit,
            Err(reason) => return self.without_numbers(reason),
        };
        let mut estimates = self.coefficients(fit, level);
        estimates.extend(self.variances(fit, level));
        estimates.push(self.log_likelihood(fit));
        estimates
    }

    /// The fixed effects of a model.
    pub fn coefficients(&self, fit: &MixedModel, level: Level) -> Vec<Estimate> {
        self.terms
            .iter()
            .zip(&fit.coefficients)
            .map(|((term, label), c)| {
                self.with_groups(self.estimate(term, label, Scale::Slope), fit)
                    .with_estimate(c.estimate)
                    .with_std_error(c.std_error)
                    .with_interval(c.interval.low(), c.interval.high(), level.value())
                    .with_test(c.t, Some(c.df), c.p)
            })
            .collect()
    }

    /// Where clients are the groups, their number is for the question to print, or not.
    fn with_groups(&self, estimate: Estimate, fit: &MixedModel) -> Estimate {
        if self.groups == "client" {
            estimate
        } else {
            estimate.with_k(fit.groups)
        }
    }

    /// The variances of a model of intercepts.
    fn variances(&self, fit: &MixedModel, level: Level) -> Vec<Estimate> {
        let variances = &fit.variances;
        let mut components = vec![(
            self.groups,
            format!("variance between {}s", self.groups),
            variances.intercept,
            Component::Intercept,
        )];
        if let (Some(name), Some(parent)) = (self.parents, variances.parent) {
            components.push((
                name,
                format!("variance between {name}s"),
                parent,
                Component::Parent,
            ));
        }
        components.push((
            "residual",
            format!("variance within {}s", self.groups),
            variances.residual,
            Component::Residual,
        ));
        components
            .into_iter()
            .map(|(name, label, variance, component)| {
                let shell = self.estimate(&format!("variance.{name}"), &label, Scale::Variance);
                let mut estimate = self.with_groups(shell, fit).with_estimate(variance);
                // METHOD: the profile fits the model many times; with many groups the variance is
                // known well and the profile is left out.
                if fit.groups > MOST_PROFILED {
                    estimate.method =
                        format!("no profile interval for more than {MOST_PROFILED} groups");
                } else {
                    estimate.method = "profile likelihood interval".into();
                    if let Ok(interval) = fit.profile_interval(component, level) {
                        let (low, high) = (interval.low(), interval.high());
                        estimate = estimate.with_interval(low * low, high * high, level.value());
                    }
                }
                if let Ok(test) = fit.likelihood_ratio(component) {
                    estimate = estimate.with_test(test.statistic, None, test.p);
                    estimate
                        .method
                        .push_str("; likelihood-ratio test against 0 with the boundary mixture");
                }
                estimate
            })
            .collect()
    }

    pub fn log_likelihood(&self, fit: &MixedModel) -> Estimate {
        let mut estimate = self
            .estimate("loglik", "log-likelihood", Scale::Unitless)
            .with_estimate(fit.log_likelihood);
        estimate.method = format!(
            "restricted, with the constant of lme4; {}, {} evaluations, {}",
            fit.certificate.method,
            fit.certificate.evaluations,
            if fit.certificate.converged {
                "converged"
            } else {
                "not converged"
            }
        );
        estimate
    }

    /// The shells of the fixed effects, each with the reason why it has no number.
    pub fn without_numbers(&self, reason: impl ToString) -> Vec<Estimate> {
        let reason = reason.to_string();
        self.terms
            .iter()
            .map(|(term, label)| {
                self.estimate(term, label, Scale::Slope)
                    .not_estimable(&reason)
            })
            .collect()
    }

    /// The same where the columns are not there.
    pub fn not_measured(&self, reason: &str) -> Vec<Estimate> {
        self.terms
            .iter()
            .map(|(term, label)| {
                self.estimate(term, label, Scale::Slope)
                    .not_measured(reason)
            })
            .collect()
    }
}

/// What a variance of exactly 0 means, where a fit ended there.
pub fn at_the_boundary(fit: &MixedModel, what: &str) -> Option<String> {
    match fit.certificate.boundary {
        Boundary::Interior => None,
        Boundary::SingularCovariance => Some(format!(
            "{what}: levels and slopes vary along one line only; the data do not tell their variances apart."
        )),
        _ => Some(format!(
            "{what}: a variance is estimated as exactly 0, the edge of what it may be. That is no proof that there are no differences: small ones cannot be seen with so few."
        )),
    }
}
