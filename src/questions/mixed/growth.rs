//! How does the alliance develop over sessions, and how much do clients differ in it?

use super::{Naming, at_the_boundary};
use crate::findings::mixed::Growth;
use crate::findings::{Answer, Display, Scale};
use crate::questions::counts::{PrintedCounts, rounded, with_released};
use crate::questions::sample::Analysis;
use crate::stats::interval::Level;
use crate::stats::mixed::{GroupSums, Likelihood, MixedModel, RandomEffects};

pub const QUESTION: &str = "alliance_growth";
/// METHOD: later sessions hold few clients, and other ones: the line is that of sessions 1 to 8.
const LAST: u32 = 8;
/// Share of the clients whose courses the figure spans.
const SHARE: f64 = 0.8;

pub fn answer(analysis: &Analysis, printed: &mut PrintedCounts) -> Answer {
    let mut answer = Answer {
        question: QUESTION.into(),
        title: "How does the alliance develop over the first sessions?".into(),
        not_measured: None,
        estimates: Vec::new(),
        verdicts: Vec::new(),
        displays: Vec::new(),
        caveats: vec![
            "Clients who leave early are in the first sessions only; the model takes their later ratings as those of clients like them.".into(),
        ],
    };
    let mut sums = GroupSums::new(1);
    let mut filled = Ok(());
    let mut clients = 0;
    for client in 0..analysis.clients.len() {
        let mut has_rating = false;
        for row in analysis.clients.series(client) {
            if let (Some(rating), 1..=LAST) = (row.alliance, row.session)
                && filled.is_ok()
            {
                filled = sums.insert(clients, &[f64::from(row.session)], rating);
                has_rating = true;
            }
        }
        clients += usize::from(has_rating);
    }
    if (clients as u64) < analysis.minimum() {
        answer.not_measured = Some("too few clients have a rating in sessions 1 to 8".into());
        return answer;
    }
    let naming = Naming {
        question: QUESTION,
        model: "",
        words: "Alliance",
        terms: &[("intercept", "at session 0"), ("session", "per session")],
        groups: "client",
        parents: None,
        method: "mixed model alliance ~ session + (1 + session | client), sessions 1 to 8, REML, Satterthwaite df",
    };
    let random = RandomEffects::Slope { predictor: 0 };
    let fit =
        filled.and_then(|()| MixedModel::fit(&sums, random, Likelihood::Reml, analysis.level));
    let released = printed.release(clients);
    match &fit {
        Err(reason) => {
            answer.estimates = naming.without_numbers(reason);
            answer.not_measured = Some(format!("the model cannot be fitted: {reason}"));
        }
        Ok(fit) => {
            // The variances have names of their own here.
            answer.estimates = naming.coefficients(fit, analysis.level);
            let slope = fit.variances.slope;
            for (term, label, variance) in [
                (
                    "intercept",
                    "variance of the levels at session 0",
                    Some(fit.variances.intercept),
                ),
                (
                    "session",
                    "variance of the slopes",
                    slope.map(|s| s.variance),
                ),
                (
                    "covariance",
                    "covariance of level and slope",
                    slope.map(|s| s.covariance),
                ),
                (
                    "residual",
                    "variance within clients",
                    Some(fit.variances.residual),
                ),
            ] {
                if let Some(variance) = variance {
                    answer.estimates.push(
                        naming
                            .estimate(&format!("variance.{term}"), label, Scale::Variance)
                            .with_estimate(variance),
                    );
                }
            }
            answer.estimates.push(naming.log_likelihood(fit));
            answer
                .caveats
                .extend(at_the_boundary(fit, "Courses of the alliance"));
            let shown = released.map_or_else(|| rounded(clients), |n| n as u64);
            answer
                .displays
                .push(Display::Growth(figure(analysis, fit, shown)));
        }
    }
    answer.estimates = std::mem::take(&mut answer.estimates)
        .into_iter()
        .map(|e| with_released(e, released))
        .collect();
    answer
}

fn figure(analysis: &Analysis, fit: &MixedModel, clients: u64) -> Growth {
    let [level, slope] = [0, 1].map(|i| fit.coefficients[i].estimate);
    let covariance = &fit.covariance;
    let margin = analysis.level.critical_z();
    let spread_of = |session: f64| {
        let slopes = fit.variances.slope;
        let variance = fit.variances.intercept
            + slopes.map_or(0.0, |s| {
                2.0 * session * s.covariance + session * session * s.variance
            });
        variance.max(0.0).sqrt()
    };
    let share = Level::new(SHARE).map_or(0.0, Level::critical_z);
    let sessions = || (1..=LAST).map(f64::from);
    let mean_at = |session: f64| level + slope * session;
    let mean = sessions()
        .map(|session| {
            let variance = covariance[0][0]
                + 2.0 * session * covariance[0][1]
                + session * session * covariance[1][1];
            let half = margin * variance.max(0.0).sqrt();
            let y = mean_at(session);
            (session, y, y - half, y + half)
        })
        .collect();
    let spread = sessions()
        .map(|session| {
            let half = share * spread_of(session);
            (session, mean_at(session) - half, mean_at(session) + half)
        })
        .collect();
    let alliance = analysis.alliance_measure();
    Growth {
        y_label: format!(
            "{} (points; higher is better)",
            alliance.map_or("alliance", |m| &m.name)
        ),
        conf_level: analysis.level.value(),
        mean,
        spread,
        spread_share: SHARE,
        clients,
    }
}
