//! Question 11: how many clients changed, and by which rule?
//!
//! The same word means different numbers in different systems; so two rules stand side by side,
//! each with its boundary, its source and its confidence. All on the primary measure, in clients
//! with both scores; the rule of NHS Talking Therapies also on two questionnaires together, as that
//! service counts.

mod jacobson_truax;
mod pre_post;
mod talking_therapies;

use super::counts::{PrintedCounts, with_released};
use super::sample::{Analysis, with_share, with_share_of_count};
use crate::features::Sample;
use crate::findings::classes::Classes;
use crate::findings::{Answer, Display, Estimate, Scale};
use crate::intake::Status;
use crate::stats::Undefined;
use crate::stats::numeric::moments::CrossProducts;
use crate::study::{Measure, Question};

const WORD: &str = "change";

/// Clients with both scores of one questionnaire, or of each of several.
pub(super) struct Paired<'a> {
    analysis: &'a Analysis<'a>,
    /// The position of each in the list of all clients.
    who: Vec<usize>,
    /// By questionnaire.
    of: Vec<Scores<'a>>,
}

/// The scores of one questionnaire, as recorded.
struct Scores<'a> {
    measure: &'a Measure,
    pre: Vec<f64>,
    post: Vec<f64>,
    /// Points of change; more is better.
    gain: Vec<f64>,
}

impl<'a> Scores<'a> {
    fn of(measure: &'a Measure, sample: &Sample, who: &[usize]) -> Scores<'a> {
        let direction = measure
            .direction
            .expect("intake refuses unknown directions");
        let of = |scores: &[Option<f64>]| -> Vec<f64> {
            who.iter()
                .map(|i| scores[*i].expect("those who have both scores"))
                .collect()
        };
        let (pre, post) = (of(&sample.pre), of(&sample.post));
        let gain = pre.iter().zip(&post).map(|(a, b)| b - a).collect();
        let recorded =
            |oriented: Vec<f64>| oriented.into_iter().map(|x| direction.orient(x)).collect();
        Scores {
            measure,
            pre: recorded(pre),
            post: recorded(post),
            gain,
        }
    }
}

impl<'a> Paired<'a> {
    fn of(analysis: &'a Analysis<'a>, measures: &[(&'a Measure, &Sample)]) -> Paired<'a> {
        let has_both = |i: &usize| {
            let mut samples = measures.iter().map(|(_, sample)| sample);
            samples.all(|sample| sample.pre[*i].is_some() && sample.post[*i].is_some())
        };
        let who: Vec<usize> = (0..analysis.clients.len()).filter(has_both).collect();
        let of = |(measure, sample): &(&'a Measure, &Sample)| Scores::of(measure, sample, &who);
        Paired {
            analysis,
            of: measures.iter().map(of).collect(),
            who,
        }
    }

    /// Of the measure that the report is about.
    fn of_primary(analysis: &'a Analysis<'a>) -> Paired<'a> {
        Paired::of(analysis, &[(analysis.measure(), &analysis.sample)])
    }

    /// Of the two questionnaires that NHS Talking Therapies counts together; or why there are none.
    fn of_both(analysis: &'a Analysis<'a>) -> Result<Paired<'a>, String> {
        let names = &analysis.settings.nhs_measures;
        let measures = names.each_ref().map(|name| {
            let known = analysis.study.catalogue.find(name);
            let key = known.expect("a resolved study names known measures").key();
            analysis.clients.measures.get_key_value(&key)
        });
        let missing: Vec<&str> = names
            .iter()
            .zip(&measures)
            .filter(|(_, there)| there.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        let [Some((one, first)), Some((other, second))] = measures else {
            return Err(format!("the outcomes hold no {}", missing.join(" and no ")));
        };
        let samples = [one, other].map(|key| analysis.clients.sample(key));
        let paired = Paired::of(analysis, &[(first, &samples[0]), (second, &samples[1])]);
        if paired.n() == 0 || analysis.is_small(paired.n()) {
            return Err(format!(
                "fewer than {} clients have both scores of {}",
                analysis.minimum(),
                names.join(" and of ")
            ));
        }
        Ok(paired)
    }

    /// The scores of the first questionnaire.
    fn first(&self) -> &Scores<'a> {
        &self.of[0]
    }

    fn n(&self) -> usize {
        self.who.len()
    }

    /// The clients a rule says yes to, as a class of all clients.
    fn class(&self, holds: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut class = vec![false; self.analysis.clients.len()];
        for (at, client) in self.who.iter().enumerate() {
            class[*client] = holds(at);
        }
        class
    }
}

pub fn answer(analysis: &Analysis, printed: &mut PrintedCounts) -> Answer {
    let mut answer = Answer::new(Question::Change, "How many clients changed reliably?");
    let paired = Paired::of_primary(analysis);
    if analysis.is_small(paired.n()) || paired.n() == 0 {
        answer.not_measured = Some(format!(
            "fewer than {} clients have both scores",
            analysis.minimum()
        ));
        return answer;
    }
    let both = Paired::of_both(analysis);
    let mut classes = classes_of(&paired, both.as_ref().ok());
    let counting = talking_therapies::Counting::one(&paired);
    answer.estimates.extend(counting.estimates(&mut classes));
    let counting = talking_therapies::Counting::both(&both, analysis);
    answer.estimates.extend(counting.estimates(&mut classes));
    answer
        .estimates
        .extend(jacobson_truax::estimates(&paired, &mut classes));
    let clients = printed.release(paired.n());
    answer
        .estimates
        .push(with_released(standardised(&paired), clients));
    answer.estimates.push(completeness(analysis));
    answer
        .displays
        .extend(pre_post::squares(&paired, clients).map(Display::PrePost));
    answer.caveats = vec![
        "The intervals take clients as independent; where therapists differ, they are too narrow.".into(),
        "Clients come when they feel worst: part of the change is regression to the mean and would have come without treatment. There is no group to compare with.".into(),
        "Only clients with both scores are counted; those who left without a second score are likely to have changed less.".into(),
        "A rate under one rule must not be compared with a rate under another, nor with that of a service that counts other clients.".into(),
    ];
    let measure = paired.first().measure;
    if both.is_err() && measure.cutoff.is_some() && measure.reliable_change.is_some() {
        answer.caveats.push(format!(
            "NHS Talking Therapies counts two questionnaires together ({}); here {} alone is counted: the service's own shares may be higher or lower.",
            analysis.settings.nhs_measures.join(" and "),
            measure.name
        ));
    }
    answer
}

/// The classes of those with both scores of the primary measure, and of those with both of the two that the
/// service counts.
fn classes_of<'a>(paired: &Paired<'a>, both: Option<&Paired<'a>>) -> Classes<'a> {
    let analysis = paired.analysis;
    let numbers = &analysis.earlier.numbers;
    let points = numbers.get("change.jacobson_truax.points");
    let before = points.and_then(|last| last.n);
    let everybody = |paired: &Paired| paired.class(|_| true);
    let classes = Classes::of(
        everybody(paired),
        before,
        analysis.minimum(),
        analysis.earlier,
    );
    match both {
        Some(both) => {
            let before = talking_therapies::counted_before(analysis.earlier);
            classes.and(everybody(both), before)
        }
        None => classes,
    }
}

/// Is a gain of so many points reliable? By the questionnaire's own rule where it has one, otherwise
/// by that of Jacobson and Truax.
pub(super) fn reliable_change(analysis: &Analysis) -> Option<Box<dyn Fn(f64) -> bool>> {
    if let Some(rule) = analysis.measure().reliable_change {
        return Some(Box::new(move |gain| rule.is_met_by(gain)));
    }
    let (rule, _) = jacobson_truax::rule(&Paired::of_primary(analysis)).ok()?;
    Some(Box::new(move |gain| gain > rule.points))
}

/// Clients in a class, as a count.
fn counted(
    group: &str,
    term: &str,
    label: &str,
    method: &str,
    class: &[bool],
    paired: &Paired,
    classes: &mut Classes,
) -> Estimate {
    let shell = Estimate::new(WORD, group, term, Scale::Count, method).labelled(label);
    match classes.release(&shell.id, class) {
        Some(count) => shell.with_n(paired.n()).with_estimate(count as f64),
        None => shell.suppressed(paired.analysis.too_few_follow()),
    }
}

/// The share that a count is of others, where the count may be shown.
fn rate(
    count: &Estimate,
    term: &str,
    of: Option<usize>,
    of_words: &str,
    analysis: &Analysis,
) -> Estimate {
    let shell = Estimate::new(
        WORD,
        &count.group,
        term,
        Scale::Proportion,
        &format!("{}, of {of_words}; Wilson interval", count.method),
    )
    .labelled(&count.label);
    with_share_of_count(shell, count, of, analysis)
}

/// The mean change in standard deviations of the scores before.
fn standardised(paired: &Paired) -> Estimate {
    let shell = Estimate::new(
        WORD,
        "",
        "pre_post_d",
        Scale::StandardDeviations,
        "mean change (positive: better) divided by the standard deviation of the scores before; normal interval with the large-sample variance 2(1 − r)/n + d²/(2n) (Becker 1988)",
    )
    .labelled("Mean change, in SD of the scores before");
    let scores = paired.first();
    let found = || -> Result<Estimate, Undefined> {
        let products = CrossProducts::<2>::from_columns([&scores.pre, &scores.post])?;
        let few = Undefined::TooFew {
            found: paired.n(),
            needed: 3,
        };
        let sd = products.variance(0).ok_or(few)?.sqrt();
        if sd == 0.0 {
            return Err(Undefined::NoVariation {
                variable: "the score before",
            });
        }
        let n = paired.n() as f64;
        let d = scores.gain.iter().sum::<f64>() / n / sd;
        let r = crate::stats::correlation::pearson(&scores.pre, &scores.post)?.r();
        let error = (2.0 * (1.0 - r) / n + d * d / (2.0 * n)).sqrt();
        let half = paired.analysis.level.critical_z() * error;
        Ok(shell
            .clone()
            .with_estimate(d)
            .with_std_error(error)
            .with_interval(d - half, d + half, paired.analysis.level.value()))
    };
    found().unwrap_or_else(|reason| shell.clone().not_estimable(reason))
}

/// The share of ended treatments, or of all clients, with both scores.
fn completeness(analysis: &Analysis) -> Estimate {
    let has_both = |i: usize| analysis.sample.pre[i].is_some() && analysis.sample.post[i].is_some();
    let statuses = analysis.clients.statuses();
    let is_ended = |i: usize| {
        !analysis.clients.has_status
            || matches!(statuses[i], Some(Status::Completed | Status::DroppedOut))
    };
    let of: Vec<usize> = (0..analysis.clients.len())
        .filter(|i| is_ended(*i))
        .collect();
    let who = if analysis.clients.has_status {
        "ended treatments"
    } else {
        "all clients"
    };
    let shell = Estimate::new(
        WORD,
        "",
        "completeness",
        Scale::Proportion,
        &format!("share of {who} with both scores of the measure; Wilson interval"),
    )
    .labelled("Scores before and after are there");
    let count = of.iter().filter(|i| has_both(**i)).count();
    // METHOD: how many scores are missing follows from the numbers of clients that dropout and change are of, so
    // this share is hidden only where it counts a few itself.
    with_share(shell, count, of.len(), analysis)
}
