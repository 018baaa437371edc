//! Question 10: do I feel heard, safe, seen?

use super::columns::named;
use super::sample::{Analysis, Complete, with_correlation_of, with_share};
use crate::features::Rating;
use crate::findings::{Answer, Estimate, Scale};
use crate::intake::Score;
use crate::stats::Undefined;
use crate::stats::compare::{Dependent, dependent_difference};
use crate::stats::consistency::{cronbach_alpha, item_rest};
use crate::stats::correlation::{Correlation, pearson};
use crate::study::Question;

/// An item: its id, its column, its mean over the early sessions, its answer in session 3.
struct Item {
    id: &'static str,
    score: Score,
    early: Rating,
    session_3: Rating,
}

const ITEMS: [Item; 3] = [
    Item {
        id: "heard",
        score: Score::Heard,
        early: Rating::Heard,
        session_3: Rating::HeardInSession3,
    },
    Item {
        id: "safe",
        score: Score::Safe,
        early: Rating::Safe,
        session_3: Rating::SafeInSession3,
    },
    Item {
        id: "seen",
        score: Score::Seen,
        early: Rating::Seen,
        session_3: Rating::SeenInSession3,
    },
];
const WORD: &str = "items";

fn shell(group: &str, term: &str, scale: Scale, method: &str, label: &str) -> Estimate {
    Estimate::new(WORD, group, term, scale, method).labelled(label)
}

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(Question::Items, "Do I feel heard, safe, seen?");
    let items: Vec<&Item> = ITEMS
        .iter()
        .filter(|item| analysis.clients.has.score(item.score))
        .collect();
    if items.is_empty() {
        answer.not_measured =
            Some("the sessions file has none of the columns heard, safe, seen".into());
        return answer;
    }
    let early: Vec<Vec<Option<f64>>> = items
        .iter()
        .map(|item| analysis.clients.ratings(item.early))
        .collect();
    for (item, ratings) in items.iter().zip(&early) {
        answer
            .estimates
            .extend(with_others(analysis, item, ratings));
    }
    for (i, first) in items.iter().enumerate() {
        for (j, second) in items.iter().enumerate().skip(i + 1) {
            answer.estimates.push(pair(
                analysis,
                shell(
                    first.id,
                    &format!("with_{}", second.id),
                    Scale::Correlation,
                    "Pearson correlation of the means of the early sessions; Fisher z interval (std_error on that scale), t test",
                    &format!("{} and {}", first.id, second.id),
                ),
                &early[i],
                &early[j],
            ));
        }
    }
    answer.estimates.extend(strongest(analysis, &items, &early));
    answer.estimates.extend(in_session_3(analysis, &items));
    let reversed = reversed_item(&answer.estimates);
    answer.caveats = vec![
        "The three are answered together by the same client; they share what the client thinks of the session as a whole.".into(),
        "Answers given to a therapist's clinic tend to be friendly: with many answers at the top of the scale, a correlation comes out too small.".into(),
    ];
    answer.caveats.extend(reversed);
    answer
}

/// That the items contradict each other, which answers to the same question do only where one of them
/// is coded the other way round.
///
/// METHOD: a correlation with the rest whose whole interval lies below 0, or an α below 0. Of three items
/// a reversed one spoils the rest of the others too, so the lowest is named.
fn reversed_item(estimates: &[Estimate]) -> Option<String> {
    let rests = estimates.iter().filter(|e| e.term == "item_rest");
    let rests = rests.filter_map(|e| Some((e, e.estimate()?)));
    let (lowest, r) = rests.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let alpha = estimates.iter().find(|e| e.term == "alpha");
    let alpha = alpha
        .and_then(Estimate::estimate)
        .filter(|alpha| *alpha < 0.0);
    let is_clear = lowest.interval().is_some_and(|(_, high, _)| high < 0.0);
    if alpha.is_none() && !is_clear {
        return None;
    }
    let alpha = alpha.map_or(String::new(), |alpha| format!(" and their α is {alpha:.2}"));
    Some(format!(
        "The items contradict each other: {} go together with r = {r:.2}{alpha}. Answers to such questions rise and fall together; where they do not, an item is usually coded the other way round. Look at {} first, and do not read its numbers, nor α, before that is mended.",
        lowest.label, lowest.group
    ))
}

/// An item with the outcome, the alliance and empathy.
fn with_others(analysis: &Analysis, item: &Item, ratings: &[Option<f64>]) -> Vec<Estimate> {
    let complete = analysis
        .complete(ratings, &analysis.sample, &|_| true)
        .of("the item");
    let outcome = shell(
        item.id,
        analysis.settings.outcome.term(),
        Scale::Correlation,
        "question 1 with this item (mean of the early sessions) in the place of the alliance; Fisher z interval (std_error on that scale), t test",
        &format!("{} and outcome", item.id),
    );
    let mut estimates = vec![with_correlation_of(
        outcome,
        complete.n(),
        complete.headline(analysis.settings.outcome),
        analysis,
    )];
    let mut others = vec![("alliance", "early alliance", analysis.early.clone())];
    if analysis.clients.has.score(Score::Empathy) {
        let empathy = analysis.clients.ratings(Rating::Empathy);
        others.push(("empathy", "empathy", empathy));
    }
    for (id, words, other) in others {
        estimates.push(pair(
            analysis,
            shell(
                item.id,
                &format!("with_{id}"),
                Scale::Correlation,
                "Pearson correlation of the means of the early sessions; Fisher z interval (std_error on that scale), t test",
                &format!("{} and {words}", item.id),
            ),
            ratings,
            &other,
        ));
    }
    estimates
}

fn pair(
    analysis: &Analysis,
    estimate: Estimate,
    first: &[Option<f64>],
    second: &[Option<f64>],
) -> Estimate {
    let (x, y): (Vec<f64>, Vec<f64>) = first
        .iter()
        .zip(second)
        .filter_map(|(x, y)| x.zip(*y))
        .unzip();
    let r = named(pearson(&x, &y), ["one of the two", "the other", ""]);
    with_correlation_of(estimate, x.len(), r, analysis)
}

/// Which of the items says most, and is that more than chance? The strongest against the next, in
/// the clients who answered both.
fn strongest(analysis: &Analysis, items: &[&Item], early: &[Vec<Option<f64>>]) -> Option<Estimate> {
    let outcome = analysis.settings.outcome;
    let r = |at: usize| -> Option<f64> {
        let complete = analysis.complete(&early[at], &analysis.sample, &|_| true);
        if analysis.is_small(complete.n()) {
            return None;
        }
        Some(complete.headline(outcome).ok()?.r())
    };
    let mut by_strength: Vec<(usize, f64)> = (0..items.len())
        .filter_map(|at| Some((at, r(at)?)))
        .collect();
    by_strength.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let [(first, _), (second, _), ..] = by_strength[..] else {
        return None;
    };
    let label = format!("{} − {}", items[first].id, items[second].id);
    let estimate = shell(
        "strongest",
        "difference",
        Scale::DifferenceOfCorrelations,
        "the correlation with the outcome that is largest in size minus the next, in clients who answered both; Steiger (1980) z, Zou (2007) interval for correlations that share a variable; chosen after seeing them, so the difference is too large rather than too small",
        &label,
    );
    let both = analysis
        .complete(&early[first], &analysis.sample, &|i| {
            early[second][i].is_some()
        })
        .of("an item");
    if analysis.is_small(both.n()) {
        return Some(estimate.suppressed(analysis.too_few()));
    }
    let found = || -> Result<Estimate, Undefined> {
        let other: Vec<f64> = both.who.iter().filter_map(|i| early[second][*i]).collect();
        let of_other = Complete {
            alliance: other.clone(),
            ..both.clone()
        };
        let (a, b) = (both.headline(outcome)?, of_other.headline(outcome)?);
        let between = between(&both, &other, &a)?;
        let difference = dependent_difference(
            Dependent {
                first: &a,
                second: &b,
                between: &between,
            },
            analysis.level,
        )?;
        let interval = difference.interval;
        Ok(estimate
            .clone()
            .with_n(both.n())
            .with_estimate(difference.estimate)
            .with_interval(interval.low(), interval.high(), interval.level().value())
            .with_test(difference.z, None, difference.p))
    };
    Some(match found() {
        Ok(estimate) => estimate,
        Err(reason) => estimate.with_n(both.n()).not_estimable(reason),
    })
}

/// The correlation of two items, adjusted for the pre score where theirs with the outcome are.
fn between(
    both: &Complete,
    other: &[f64],
    adjusted: &Correlation,
) -> Result<Correlation, Undefined> {
    both.named(if adjusted.adjusted_for() > 0 {
        crate::stats::correlation::partial(&both.alliance, other, &both.pre)
    } else {
        pearson(&both.alliance, other)
    })
}

/// Reliability, and how many answers lie at the ends, in session 3.
fn in_session_3(analysis: &Analysis, items: &[&Item]) -> Vec<Estimate> {
    let answers: Vec<Vec<Option<f64>>> = items
        .iter()
        .map(|item| analysis.clients.ratings(item.session_3))
        .collect();
    let who: Vec<usize> = (0..analysis.clients.len())
        .filter(|i| answers.iter().all(|item| item[*i].is_some()))
        .collect();
    let complete: Vec<Vec<f64>> = answers
        .iter()
        .map(|item| who.iter().filter_map(|i| item[*i]).collect())
        .collect();
    let columns: Vec<&[f64]> = complete.iter().map(Vec::as_slice).collect();
    let mut estimates = Vec::new();
    if items.len() > 1 {
        let alpha = shell(
            "",
            "alpha",
            Scale::Unitless,
            "Cronbach's α of the answers in session 3; Feldt's interval",
            "α of the items",
        );
        estimates.push(if analysis.is_small(who.len()) {
            alpha.suppressed(analysis.too_few())
        } else {
            match cronbach_alpha(&columns, analysis.level) {
                Ok(found) => alpha
                    .with_n(found.n)
                    .with_k(items.len())
                    .with_estimate(found.alpha)
                    .with_interval(
                        found.interval.low(),
                        found.interval.high(),
                        found.interval.level().value(),
                    ),
                Err(reason) => alpha.with_n(who.len()).not_estimable(reason),
            }
        });
        for (at, item) in items.iter().enumerate() {
            let rest = shell(
                item.id,
                "item_rest",
                Scale::Correlation,
                "correlation with the sum of the other items in session 3; Fisher z interval (std_error on that scale), t test",
                &format!("{} and the other items", item.id),
            );
            estimates.push(with_correlation_of(
                rest,
                who.len(),
                item_rest(&columns, at),
                analysis,
            ));
        }
    }
    estimates.extend(at_the_ends(analysis, items, &answers));
    estimates
}

/// Shares of clients who answer at the ends of the scale, or low on any item, in session 3.
fn at_the_ends(
    analysis: &Analysis,
    items: &[&Item],
    answers: &[Vec<Option<f64>>],
) -> Vec<Estimate> {
    let method = "share of the clients who answered in session 3; Wilson interval";
    let shell =
        |group: &str, term: &str, label: &str| shell(group, term, Scale::Proportion, method, label);
    let range = analysis
        .items_measure()
        .and_then(|m| m.minimum.zip(m.maximum));
    let mut shells = Vec::new();
    for item in items {
        shells.push(shell(
            item.id,
            "floor",
            &format!("{}: lowest answer", item.id),
        ));
        shells.push(shell(
            item.id,
            "ceiling",
            &format!("{}: highest answer", item.id),
        ));
    }
    shells.push(shell("", "any_low", "a low answer to any item"));
    let Some((lowest, highest)) = range else {
        let reason =
            "the range of the items is not known: name their questionnaire as measures.items";
        return shells.into_iter().map(|e| e.not_measured(reason)).collect();
    };
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for item in answers {
        let given = item.iter().flatten();
        let of = given.clone().count();
        let at = |end: f64| given.clone().filter(|x| (**x - end).abs() < 1e-9).count();
        counts.push((at(lowest), of));
        counts.push((at(highest), of));
    }
    // METHOD: low is the lower half of the scale, its middle not included.
    let middle = (lowest + highest) / 2.0;
    let (mut low, mut of) = (0, 0);
    for i in 0..analysis.clients.len() {
        let mut given = answers.iter().filter_map(|item| item[i]).peekable();
        if given.peek().is_some() {
            of += 1;
            low += usize::from(given.any(|x| x < middle));
        }
    }
    counts.push((low, of));
    shells
        .into_iter()
        .zip(counts)
        .map(|(shell, (count, of))| with_share(shell, count, of, analysis))
        .collect()
}
