//! How much do the studies differ beyond chance, and where does the difference lie?

use super::data::Pool;
use super::model::{Fit, Levels};
use crate::findings::pooled::{Certificates, FitCertificate, Profile, Profiles};
use crate::findings::{Answer, Display, Estimate, Scale};
use crate::stats::Undefined;
use crate::stats::interval::Level;
use crate::stats::meta::design::Design;
use crate::stats::meta::effect_size::Effect;
use crate::stats::meta::hunter_schmidt::{BareBones, bare_bones};
use crate::stats::meta::tau_squared::{QProfile, q_profile};
use crate::stats::meta::three_level::{Component, ThreeLevel};
use crate::stats::meta::two_level::{Test, TwoLevel};
use crate::stats::numeric::search::{root, root_above};
use crate::study::TauSquared;

const QUESTION: &str = "heterogeneity";
/// Points of a profile.
const CURVE: usize = 61;

fn new(id: &str, label: &str, scale: Scale, method: &str, k: usize) -> Estimate {
    Estimate::new(QUESTION, "overall", id, scale, method)
        .called(id)
        .labelled(label)
        .with_k(k)
}

/// `others` are the certificates of the other models of the report.
pub fn answer(pool: &Pool, fit: &Fit, others: Vec<FitCertificate>) -> Answer {
    let mut displays = Vec::new();
    let mut estimates = match &fit.levels {
        Levels::Two(two) => {
            let profiles: Vec<Profile> = profile_of_two(pool, two).into_iter().collect();
            if !profiles.is_empty() {
                displays.push(Display::Profiles(Profiles { profiles }));
            }
            two_level(pool, two)
        }
        Levels::Three(three) => {
            let (estimates, profiles) = three_level(pool, three);
            if !profiles.is_empty() {
                displays.push(Display::Profiles(Profiles { profiles }));
            }
            estimates
        }
    };
    estimates.extend(psychometric(pool));
    let mut fits = vec![fit.certified("pooled")];
    fits.extend(others);
    displays.push(Display::Certificates(Certificates { fits }));
    Answer {
        question: QUESTION.into(),
        title: "How much do the studies differ beyond chance?".into(),
        not_measured: None,
        estimates,
        verdicts: Vec::new(),
        displays,
        caveats: vec![
            "I² is a share of the variance, not a size of differences: with large studies it is high although they differ little. The prediction interval shows how much they differ.".into(),
            "A τ² of 0 is an estimate at the edge of what is possible; it does not show that the studies agree.".into(),
        ],
    }
}

fn two_level(pool: &Pool, fit: &TwoLevel) -> Vec<Estimate> {
    let k = fit.k;
    let h = &fit.heterogeneity;
    let estimator = pool.settings.pooling.tau_squared.word().to_uppercase();
    let q = new(
        "q",
        "Q",
        Scale::Unitless,
        "Cochran's Q of all effects, χ² test",
        k,
    )
    .with_test(h.q, Some(h.df), h.p);
    let mut tau = new(
        "tau2",
        "τ², the variance between studies",
        Scale::Variance,
        &format!("{estimator}; Q-profile interval"),
        k,
    )
    .with_estimate(fit.tau_squared);
    if let Some(error) = fit.tau_squared_se {
        tau = tau.with_std_error(error);
    }
    let share = new(
        "i2",
        "I²",
        Scale::Percent,
        "share of the variance that is not chance",
        k,
    )
    .with_estimate(h.i_squared);
    let ratio = new(
        "h2",
        "H²",
        Scale::Unitless,
        "total variance over that of chance",
        k,
    )
    .with_estimate(h.h_squared);
    let mut estimates = vec![q];
    estimates.extend(with_q_profile(
        vec![tau, share, ratio],
        &pool.effects,
        pool.level,
        "the effects differ by less than chance would make them, which is no sign of precision",
    ));
    estimates.push(log_likelihood(k, fit.certificate.objective));
    estimates
}

/// τ² and, where they are given too, I² and H², in this order, with their Q-profile intervals; or why
/// they have none in their methods. `empty` says what an empty interval means.
pub fn with_q_profile(
    estimates: Vec<Estimate>,
    effects: &[Effect],
    level: Level,
    empty: &str,
) -> Vec<Estimate> {
    let why = match q_profile(effects, &Design::intercept(effects.len()), level) {
        Ok(QProfile::Interval {
            tau_squared,
            i_squared,
            h_squared,
        }) => {
            let limits = [tau_squared, i_squared, h_squared];
            let pairs = estimates.into_iter().zip(limits);
            return pairs
                .map(|(e, i)| e.with_interval(i.low(), i.high(), i.level().value()))
                .collect();
        }
        Ok(QProfile::NullSet) => format!("; the Q-profile interval is empty: {empty}"),
        Err(reason) => format!("; no interval: {reason}"),
    };
    let mut estimates = estimates;
    for estimate in &mut estimates {
        estimate.method.push_str(&why);
    }
    estimates
}

/// The likelihood over τ², where it was estimated by likelihood.
fn profile_of_two(pool: &Pool, fit: &TwoLevel) -> Option<Profile> {
    let is_restricted = match pool.settings.pooling.tau_squared {
        TauSquared::Reml => true,
        TauSquared::Ml => false,
        _ => return None,
    };
    let design = Design::intercept(fit.k);
    let likelihood = |tau_squared: f64| {
        TwoLevel::fit_at(
            &pool.effects,
            &design,
            tau_squared,
            Test::Normal,
            pool.level,
        )
        .map_or(f64::NAN, |fit| {
            if is_restricted {
                fit.restricted_log_likelihood
            } else {
                fit.log_likelihood
            }
        })
    };
    let half_width = pool.level.critical_z();
    // χ² with one degree of freedom is the square of a normal.
    let cutoff = fit.certificate.objective - half_width * half_width / 2.0;
    let missing = |tau_squared: f64| cutoff - likelihood(tau_squared);
    let low = if missing(0.0) <= 0.0 {
        0.0
    } else {
        root(missing, 0.0, fit.tau_squared)?
    };
    let typical = pool.effects.iter().map(Effect::variance).sum::<f64>() / fit.k as f64;
    let high = root_above(missing, fit.tau_squared, fit.tau_squared + typical)?;
    let points: Vec<(f64, f64)> = (0..CURVE)
        .map(|i| 1.25 * high * i as f64 / (CURVE - 1) as f64)
        .map(|at| (at, likelihood(at)))
        .collect();
    points.iter().all(|(_, y)| y.is_finite()).then(|| Profile {
        component: "between studies".into(),
        estimate: fit.tau_squared,
        interval: Some((low, high)),
        conf_level: pool.level.value(),
        cutoff,
        points,
    })
}

fn log_likelihood(k: usize, value: f64) -> Estimate {
    new(
        "loglik",
        "Log-likelihood",
        Scale::Unitless,
        "at the estimates, with the constant of metafor; compare differences only",
        k,
    )
    .with_estimate(value)
}

fn three_level(pool: &Pool, fit: &ThreeLevel) -> (Vec<Estimate>, Vec<Profile>) {
    let k = pool.k();
    let mut estimates = vec![
        new(
            "q",
            "Q",
            Scale::Unitless,
            "Cochran's Q of all effects, χ² test",
            k,
        )
        .with_test(fit.q.statistic, Some(fit.q.df as f64), fit.q.p),
    ];
    let mut profiles = Vec::new();
    for (component, id, label, words, variance) in [
        (
            Component::BetweenStudies,
            "study",
            "σ² between studies",
            "between studies",
            fit.variances.between_studies,
        ),
        (
            Component::BetweenEffects,
            "effect",
            "σ² between effects of a study",
            "between effects of a study",
            fit.variances.between_effects,
        ),
    ] {
        let method = "profile likelihood interval; likelihood-ratio test against 0 with the boundary mixture ½χ²₀ + ½χ²₁";
        let mut estimate =
            new(&format!("sigma2.{id}"), label, Scale::Variance, method, k).with_estimate(variance);
        let interval = fit.profile_interval(component, pool.level);
        match &interval {
            Ok(interval) => {
                estimate =
                    estimate.with_interval(interval.low(), interval.high(), pool.level.value());
            }
            Err(reason) => estimate.method = format!("no profile interval: {reason}"),
        }
        if let Ok(ratio) = fit.likelihood_ratio(component) {
            estimate = estimate.with_test(ratio.statistic, None, ratio.p);
        }
        estimates.push(estimate);
        profiles.extend(profile(
            fit,
            component,
            words,
            variance,
            interval.ok(),
            pool,
        ));
    }
    for (id, label, share) in [
        ("study", "I² between studies", fit.i_squared.between_studies),
        (
            "effect",
            "I² between effects of a study",
            fit.i_squared.between_effects,
        ),
    ] {
        estimates.push(
            new(
                &format!("i2.{id}"),
                label,
                Scale::Percent,
                "share of the total variance, chance included",
                k,
            )
            .with_estimate(share),
        );
    }
    estimates.push(log_likelihood(k, fit.log_likelihood));
    (estimates, profiles)
}

fn profile(
    fit: &ThreeLevel,
    component: Component,
    words: &str,
    estimate: f64,
    interval: Option<crate::stats::interval::Interval>,
    pool: &Pool,
) -> Option<Profile> {
    let points = fit.profile_curve(component, pool.level, CURVE).ok()?;
    let half_width = pool.level.critical_z();
    Some(Profile {
        component: words.into(),
        estimate,
        interval: interval.map(|i| (i.low(), i.high())),
        conf_level: pool.level.value(),
        // χ² with one degree of freedom is the square of a normal.
        cutoff: fit.log_likelihood - half_width * half_width / 2.0,
        points: points
            .iter()
            .map(|p| (p.variance, p.log_likelihood))
            .collect(),
    })
}

/// The bare-bones psychometric view, on the scale of r.
fn psychometric(pool: &Pool) -> Vec<Estimate> {
    let found = || -> Result<BareBones, Undefined> {
        let pairs: Option<Vec<(f64, usize)>> = pool
            .effects
            .iter()
            .zip(&pool.clients)
            .map(|(effect, n)| Some((effect.r(), (*n)? as usize)))
            .collect();
        bare_bones(&pairs.ok_or(Undefined::NotFinite {
            variable: "the number of clients",
        })?)
    };
    let method = "Hunter & Schmidt, bare bones: weighted by clients, on the scale of r";
    match found() {
        Err(_) => Vec::new(),
        Ok(found) => [
            (
                "mean_r",
                "Mean r, weighted by clients",
                Scale::Correlation,
                found.mean_r,
            ),
            ("var_r", "Variance of r", Scale::Variance, found.variance_r),
            (
                "var_error",
                "of it by chance",
                Scale::Variance,
                found.variance_error,
            ),
            ("var_rho", "of it true", Scale::Variance, found.variance_rho),
        ]
        .into_iter()
        .map(|(id, label, scale, x)| {
            new(
                &format!("hunter_schmidt.{id}"),
                label,
                scale,
                method,
                pool.k(),
            )
            .with_estimate(x)
        })
        .collect(),
    }
}
