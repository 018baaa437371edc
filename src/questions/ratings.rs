//! How high and how complete are the ratings? Both change how the headline reads.
//!
//! Where many ratings are at the top of the scale, a correlation has little room; where ratings are
//! missing, it is about those who gave them.

use super::counts::{PrintedCounts, with_released};
use super::sample::{Analysis, with_correlation_of, with_share};
use crate::findings::{Answer, Estimate, Scale};
use crate::stats::clustered::clustered_share;
use crate::study::Question;

/// Ratings of a client: given, and at each end of the scale.
#[derive(Clone, Copy, Default)]
struct Given {
    sessions: u32,
    rated: u32,
    lowest: u32,
    highest: u32,
}

pub fn answer(analysis: &Analysis, printed: &mut PrintedCounts) -> Answer {
    let mut answer = Answer::new(
        Question::Ratings,
        "How complete and how high are the ratings?",
    );
    let ends = analysis
        .alliance_measure()
        .and_then(|m| m.minimum.zip(m.maximum));
    let given = given(analysis, ends);
    let shell = |term: &str, method: &str, label: &str| {
        Estimate::new(
            Question::Ratings.word(),
            "",
            term,
            Scale::Proportion,
            method,
        )
        .labelled(label)
    };
    let of_ratings = "logit interval, clients as clusters";
    let shares = [
        shell(
            "sessions_rated",
            "share of all sessions that have an alliance rating; logit interval, clients as clusters",
            "sessions with an alliance rating",
        ),
        shell(
            "ceiling",
            &format!("share of the alliance ratings at the highest possible score; {of_ratings}"),
            "ratings at the highest possible score",
        ),
        shell(
            "floor",
            &format!("share of the alliance ratings at the lowest possible score; {of_ratings}"),
            "ratings at the lowest possible score",
        ),
    ];
    let no_range =
        "the highest and the lowest possible score are not known: name the alliance questionnaire";
    for (at, estimate) in shares.into_iter().enumerate() {
        let of_client = |g: &Given| match at {
            0 => (g.rated, g.sessions),
            1 => (g.highest, g.rated),
            _ => (g.lowest, g.rated),
        };
        answer.estimates.push(if at > 0 && ends.is_none() {
            estimate.not_measured(no_range)
        } else {
            clustered(analysis, estimate, given.iter().map(of_client), printed)
        });
    }
    let at_top = shell(
        "ceiling_clients",
        "share of the clients with an early alliance all of whose early ratings are at the highest possible score; Wilson interval",
        "clients whose early ratings are all at the top",
    );
    answer.estimates.push(match ends {
        None => at_top.not_measured(no_range),
        Some((_, highest)) => {
            let rated = analysis.early.iter().flatten();
            let of = rated.clone().count();
            let count = rated.filter(|x| **x >= highest - 1e-9).count();
            with_share(at_top, count, of, analysis)
        }
    });
    answer.estimates.push(missing(analysis, &given, printed));
    answer.caveats = vec![
        "The intervals allow for clients, and not for their therapists; where therapists differ, they are too narrow.".into(),
        "With many ratings at the top of the scale the alliance can hardly go with anything: a small correlation then says little about the relationship.".into(),
        "Clients who skip the rating may be those for whom it would have been low.".into(),
    ];
    answer
}

fn given(analysis: &Analysis, ends: Option<(f64, f64)>) -> Vec<Given> {
    let sessions = analysis.clients.sessions();
    (0..analysis.clients.len())
        .map(|client| {
            let mut given = Given {
                sessions: sessions[client].unwrap_or(0),
                ..Given::default()
            };
            for rating in analysis
                .clients
                .series(client)
                .filter_map(|row| row.alliance)
            {
                given.rated += 1;
                if let Some((lowest, highest)) = ends {
                    given.lowest += u32::from(rating <= lowest + 1e-9);
                    given.highest += u32::from(rating >= highest - 1e-9);
                }
            }
            given
        })
        .collect()
}

/// A share of ratings or sessions, of which a client has several.
///
/// METHOD: it is hidden where the clients behind those counted, or behind the others, are too few.
fn clustered(
    analysis: &Analysis,
    estimate: Estimate,
    pairs: impl Iterator<Item = (u32, u32)> + Clone,
    printed: &mut PrintedCounts,
) -> Estimate {
    let clients = |is: fn((u32, u32)) -> bool| pairs.clone().filter(|pair| is(*pair)).count();
    let with_some = clients(|(hits, _)| hits > 0);
    let with_others = clients(|(hits, of)| hits < of);
    if analysis.is_small(with_some) || analysis.is_small(with_others) {
        return estimate.suppressed(analysis.too_few());
    }
    let of_clients = clients(|(_, of)| of > 0);
    let estimate = with_released(estimate, printed.release(of_clients));
    match clustered_share(pairs, analysis.level) {
        Ok(found) => {
            // METHOD: from an exact share of ratings two reports would give those that came since.
            let coarse = |share: f64| match estimate.term.as_str() {
                "ceiling" | "floor" => (share * 1000.0).round() / 1000.0,
                _ => share,
            };
            let shown = estimate.clone().with_estimate(coarse(found.share));
            match found.interval {
                Some(i) => {
                    shown.with_interval(coarse(i.low()), coarse(i.high()), i.level().value())
                }
                None => shown,
            }
        }
        Err(reason) => estimate.not_estimable(reason),
    }
}

/// Do clients who rate more of their sessions have better outcomes?
fn missing(analysis: &Analysis, given: &[Given], printed: &mut PrintedCounts) -> Estimate {
    let share: Vec<Option<f64>> = given
        .iter()
        .map(|g| (g.sessions > 0).then(|| f64::from(g.rated) / f64::from(g.sessions)))
        .collect();
    // METHOD: of all with both scores; but of those with an early rating only, where the two numbers
    // of clients would tell how many few have none.
    let mut complete = analysis.complete(&share, &analysis.sample, &|_| true);
    if printed.release(complete.n()).is_none() {
        complete = analysis.complete(&share, &analysis.sample, &|i| analysis.early[i].is_some());
    }
    let complete = complete.of("the share of sessions rated");
    let estimate = Estimate::new(
        Question::Ratings.word(),
        "sessions_rated",
        analysis.settings.outcome.term(),
        Scale::Correlation,
        "question 1 with the share of a client's sessions that have a rating in the place of the alliance; Fisher z interval (std_error on that scale), t test",
    )
    .labelled("share of sessions rated and outcome");
    with_correlation_of(
        estimate,
        complete.n(),
        complete.headline(analysis.settings.outcome),
        analysis,
    )
}
