//! Question 7: are three sessions magic?
//!
//! How strongly the rating of each single session goes with outcome, when the mean alliance stops
//! moving, how well a rating foretells the later ones, and whether those who leave early rated it
//! lower.

use super::columns::named;
use super::contrasts::as_finding;
use super::sample::{Analysis, with_correlation, with_correlation_of};
use crate::features::Rating;
use crate::findings::{Answer, Estimate, Scale, VerdictOn};
use crate::intake::Status;
use crate::stats::Undefined;
use crate::stats::correlation::pearson;
use crate::stats::equivalence::{Bound, Verdict};
use crate::stats::interval::{Interval, Level};
use crate::stats::means::{hedges_g, paired, welch};
use crate::stats::numeric::moments::Moments;

use crate::study::Question;

/// Sessions looked at one by one.
const SESSIONS: usize = 10;

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(Question::ThreeSessions, "Are three sessions magic?");
    let ratings = Ratings::of(analysis);
    let rated = |session: &&Vec<Option<f64>>| session.iter().any(Option::is_some);
    if ratings.of_session.iter().filter(rated).count() < 2 {
        answer.not_measured = Some(format!(
            "fewer than two of the sessions 1 to {SESSIONS} have an alliance rating"
        ));
        return answer;
    }
    for session in 1..=SESSIONS {
        answer
            .estimates
            .extend(by_session(analysis, &ratings, session));
    }
    for session in 1..SESSIONS {
        let (estimates, verdict) = change(analysis, &ratings, session);
        answer.estimates.extend(estimates);
        answer.verdicts.extend(verdict);
    }
    for session in 1..SESSIONS {
        answer
            .estimates
            .extend(foretells(analysis, &ratings, session));
    }
    answer.estimates.extend(leaving_early(analysis));
    answer.caveats = vec![
        "Each session has other clients: those still there, who rated it. A correlation that falls from session to session may be one of who stays.".into(),
        "Ten correlations are looked at; that one of them is the largest is no reason to trust it most.".into(),
        "A mean that stands still does not mean that nobody's alliance moves.".into(),
    ];
    answer
}

/// The ratings of the first sessions: `[session − 1][client]`, and the mean of each client's later
/// ratings, whatever their session.
struct Ratings {
    of_session: Vec<Vec<Option<f64>>>,
    later: Vec<Vec<Option<f64>>>,
}

impl Ratings {
    fn of(analysis: &Analysis) -> Ratings {
        let clients = analysis.clients.len();
        let empty = || vec![vec![None; clients]; SESSIONS];
        let (mut of_session, mut later) = (empty(), empty());
        let mut rated: Vec<(usize, f64)> = Vec::new();
        for client in 0..clients {
            rated.clear();
            let series = analysis.clients.series(client);
            rated.extend(series.filter_map(|row| Some((row.session as usize, row.alliance?))));
            let (mut sum, mut n) = (0.0, 0.0);
            for &(session, rating) in rated.iter().rev() {
                if let Some(at) = session.checked_sub(1).filter(|at| *at < SESSIONS) {
                    of_session[at][client] = Some(rating);
                    later[at][client] = (n > 0.0).then(|| sum / n);
                }
                sum += rating;
                n += 1.0;
            }
        }
        Ratings { of_session, later }
    }

    fn session(&self, session: usize) -> &[Option<f64>] {
        &self.of_session[session - 1]
    }
}

/// The rating of one session in the place of the early alliance.
fn by_session(analysis: &Analysis, ratings: &Ratings, session: usize) -> Option<Estimate> {
    let rating = ratings.session(session);
    let complete = analysis.complete(rating, &analysis.sample, &|_| true);
    let estimate = Estimate::new(
        "by_session",
        &session.to_string(),
        analysis.settings.outcome.term(),
        Scale::Correlation,
        "question 1 with the rating of this session alone; Fisher z interval (std_error on that scale), t test",
    )
    .labelled(&format!("Rating of session {session}"));
    if complete.n() == 0 {
        return None;
    }
    Some(with_correlation_of(
        estimate,
        complete.n(),
        complete.headline(analysis.settings.outcome),
        analysis,
    ))
}

/// The change of the rating from a session to the next, and whether it is none for practical purposes.
fn change(
    analysis: &Analysis,
    ratings: &Ratings,
    session: usize,
) -> (Vec<Estimate>, Option<VerdictOn>) {
    let (before, after): (Vec<f64>, Vec<f64>) = ratings
        .session(session)
        .iter()
        .zip(ratings.session(session + 1))
        .filter_map(|(before, after)| before.zip(*after))
        .unzip();
    if before.is_empty() {
        return (Vec::new(), None);
    }
    let bound = analysis.settings.equivalence_change_sd;
    let group = format!("{session}_{}", session + 1);
    let new = |term: &str, scale: Scale, method: &str, what: &str| {
        Estimate::new("first_sessions", &group, term, scale, method)
            .labelled(&format!("Session {session} to {}: {what}", session + 1))
            .with_n(before.len())
    };
    let shells = [
        new(
            "change",
            Scale::Points,
            "mean change of the rating in clients who rated both sessions; paired t",
            "change of the rating",
        ),
        new(
            "change.standardised",
            Scale::StandardDeviations,
            &format!(
                "the same in standard deviations of the first of the two ratings, with its 90 % interval for equivalence within ±{bound} SD"
            ),
            "change in SD",
        ),
        new(
            "r",
            Scale::Correlation,
            "Pearson correlation of the two ratings; Fisher z interval (std_error on that scale), t test",
            "correlation of the two ratings",
        ),
    ];
    if analysis.is_small(before.len()) {
        let suppressed = shells.map(|e| e.suppressed(analysis.too_few()));
        return (suppressed.into(), None);
    }
    let [points, standardised, correlation] = shells;
    let found = || -> Result<(Vec<Estimate>, VerdictOn), Undefined> {
        let differences: Vec<f64> = before.iter().zip(&after).map(|(b, a)| a - b).collect();
        let differences = Moments::from_values(&differences)?;
        let (test, narrow) = (
            paired(&differences, analysis.level)?,
            paired(&differences, Level::NINETY)?,
        );
        let sd = Moments::from_values(&before)?
            .variance(0)
            .filter(|v| *v > 0.0)
            .ok_or(Undefined::NoVariation {
                variable: "the rating",
            })?
            .sqrt();
        // METHOD: the SD's own error is ignored.
        let scaled = |i: &Interval| Interval::new(i.low() / sd, i.high() / sd, i.level());
        let (wide, ninety) = (scaled(&test.interval)?, scaled(&narrow.interval)?);
        let verdict = VerdictOn {
            estimate_id: standardised.id.clone(),
            verdict: as_finding(Verdict::of(&wide, &ninety, Bound::new(bound)?)),
            bound,
        };
        let level = analysis.level.value();
        Ok((
            vec![
                points
                    .clone()
                    .with_estimate(test.mean)
                    .with_std_error(test.std_error)
                    .with_interval(test.interval.low(), test.interval.high(), level)
                    .with_test(test.t, Some(test.df), test.p),
                standardised
                    .clone()
                    .with_estimate(test.mean / sd)
                    .with_std_error(test.std_error / sd)
                    .with_interval(ninety.low(), ninety.high(), ninety.level().value()),
            ],
            verdict,
        ))
    };
    let names = ["the rating", "the rating of the next session", ""];
    let r = named(pearson(&before, &after), names);
    let r = with_correlation(correlation, r, analysis.level);
    match found() {
        Ok((mut estimates, verdict)) => {
            estimates.push(r);
            (estimates, Some(verdict))
        }
        Err(reason) => (
            vec![
                points.not_estimable(reason),
                standardised.not_estimable(reason),
                r,
            ],
            None,
        ),
    }
}

/// The rating of a session with the mean of all later ones.
fn foretells(analysis: &Analysis, ratings: &Ratings, session: usize) -> Option<Estimate> {
    let (now, later): (Vec<f64>, Vec<f64>) = ratings
        .session(session)
        .iter()
        .zip(&ratings.later[session - 1])
        .filter_map(|(now, later)| now.zip(*later))
        .unzip();
    if now.is_empty() {
        return None;
    }
    let estimate = Estimate::new(
        "first_sessions",
        &session.to_string(),
        "later",
        Scale::Correlation,
        "Pearson correlation of the rating of this session and the mean of all later ratings; Fisher z interval (std_error on that scale), t test",
    )
    .labelled(&format!("Rating of session {session} and the later ratings"));
    Some(with_correlation_of(
        estimate,
        now.len(),
        named(
            pearson(&now, &later),
            ["the rating", "the mean of the later ratings", ""],
        ),
        analysis,
    ))
}

/// The mean alliance of sessions 1–3 in clients who completed, minus that of those who dropped out.
fn leaving_early(analysis: &Analysis) -> [Estimate; 2] {
    let new = |term: &str, scale: Scale, method: &str| {
        Estimate::new("leaving_early", "", term, scale, method)
            .labelled("Alliance of sessions 1–3, completed − dropped out")
    };
    let shells = [
        new(
            "difference",
            Scale::Points,
            "difference of the means of sessions 1–3; Welch t",
        ),
        new(
            "g",
            Scale::StandardDeviations,
            "the same in pooled standard deviations, Hedges g",
        ),
    ];
    if !analysis.clients.has_status {
        return shells.map(|e| e.not_measured("the outcomes file has no column status"));
    }
    let statuses = analysis.clients.statuses();
    let early = analysis.clients.ratings(Rating::Sessions1To3);
    let of = |status: Status| -> Vec<f64> {
        early
            .iter()
            .zip(&statuses)
            .filter(|(_, s)| **s == Some(status))
            .filter_map(|(rating, _)| *rating)
            .collect()
    };
    let (completed, dropped) = (of(Status::Completed), of(Status::DroppedOut));
    if analysis.is_small(completed.len()) || analysis.is_small(dropped.len()) {
        return shells.map(|e| e.suppressed(analysis.too_few()));
    }
    let shells = shells.map(|e| e.with_n(completed.len() + dropped.len()));
    let found = || -> Result<[Estimate; 2], Undefined> {
        let (a, b) = (
            Moments::from_values(&completed)?,
            Moments::from_values(&dropped)?,
        );
        let (test, g) = (
            welch(&a, &b, analysis.level)?,
            hedges_g(&a, &b, analysis.level)?,
        );
        let level = analysis.level.value();
        let [points, sd] = shells.clone();
        Ok([
            points
                .with_estimate(test.difference)
                .with_std_error(test.std_error)
                .with_interval(test.interval.low(), test.interval.high(), level)
                .with_test(test.t, Some(test.df), test.p),
            sd.with_estimate(g.g)
                .with_std_error(g.variance.sqrt())
                .with_interval(g.interval.low(), g.interval.high(), level),
        ])
    };
    match found() {
        Ok(estimates) => estimates,
        Err(reason) => shells.map(|e| e.not_estimable(reason)),
    }
}
