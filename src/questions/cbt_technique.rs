//! Question 3: in CBT, does technique work better where the alliance is stronger?
//!
//! Post score on pre score, early alliance, technique and their product; beside it, the alliance in
//! CBT and in all other treatments.

use super::beside_others::{beside_others, nobody_in};
use super::sample::{Analysis, with_correlation_of};
use crate::features::Rating;
use crate::findings::{Answer, Display, Estimate, Interaction, InteractionLine, Scale};
use crate::intake::Score;
use crate::stats::Undefined;
use crate::stats::numeric::moments::Moments;
use crate::stats::numeric::quantile::quantile_of_sorted;
use crate::stats::regression::{Coefficient, Regression, regression};
use crate::study::Question;

/// Ids and labels of the coefficients, in their order.
const TERMS: [(&str, &str); 5] = [
    ("intercept", "intercept"),
    ("pre", "per point of the score before"),
    (
        "alliance",
        "per point of early alliance, at the mean technique",
    ),
    (
        "technique",
        "per point of technique, at the mean early alliance",
    ),
    ("alliance_x_technique", "alliance × technique"),
];
/// Where the alliance is held to say what technique does there.
const SLOPES: [(&str, &str, f64); 3] = [
    ("low", "1 SD below the mean", -1.0),
    ("mean", "mean", 0.0),
    ("high", "1 SD above the mean", 1.0),
];
const METHOD: &str = "least squares in CBT clients: post ~ pre + early alliance + technique + their product, both centred on these clients' means; oriented scores, technique averaged over the same sessions";
/// Points of a line in the figure.
const POINTS: usize = 21;

/// CBT clients who have every number.
struct Rows {
    pre: Vec<f64>,
    post: Vec<f64>,
    alliance: Centred,
    technique: Centred,
}

/// A score as deviations from its mean.
struct Centred {
    mean: f64,
    sd: f64,
    deviations: Vec<f64>,
}

impl Centred {
    fn of(values: &[f64]) -> Result<Centred, Undefined> {
        let moments = Moments::from_values(values)?;
        let too_few = Undefined::TooFew {
            found: values.len(),
            needed: 2,
        };
        let (mean, variance) = moments.mean(0).zip(moments.variance(0)).ok_or(too_few)?;
        Ok(Centred {
            mean,
            sd: variance.sqrt(),
            deviations: values.iter().map(|x| x - mean).collect(),
        })
    }
}

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(
        Question::CbtTechnique,
        "CBT: does technique work better where the alliance is stronger?",
    );
    if !analysis.clients.has_treatment {
        answer.not_measured = Some("the outcomes file has no column treatment".into());
        return answer;
    }
    let Some(cbt) = analysis.group("cbt") else {
        answer.not_measured = Some("the study has no group cbt".into());
        return answer;
    };
    answer.not_measured = nobody_in(analysis, "cbt");
    if answer.not_measured.is_some() {
        return answer;
    }
    let shells: Vec<Estimate> = TERMS
        .iter()
        .map(|(term, label)| shell(term, label))
        .collect();
    let technique = analysis.clients.ratings(Rating::Technique);
    let complete = analysis.complete(&analysis.early, &analysis.sample, &|i| {
        cbt.group.holds[i] && technique[i].is_some()
    });
    if let Some(hidden) = cbt.hidden {
        let reason = hidden.in_words(analysis.minimum());
        answer
            .estimates
            .extend(shells.into_iter().map(|e| e.suppressed(&reason)));
    } else if !analysis.clients.has.score(Score::Technique) {
        let reason = "the sessions file has no column technique";
        answer
            .estimates
            .extend(shells.into_iter().map(|e| e.not_measured(reason)));
    } else if analysis.is_small(complete.n()) {
        let reason = analysis.too_few();
        answer
            .estimates
            .extend(shells.into_iter().map(|e| e.suppressed(&reason)));
    } else {
        let of_complete: Vec<f64> = complete.who.iter().filter_map(|i| technique[*i]).collect();
        match model(
            analysis,
            &complete.alliance,
            &of_complete,
            &complete.pre,
            &complete.post,
        ) {
            Ok((rows, fit)) => {
                answer.estimates.extend(
                    shells
                        .into_iter()
                        .zip(&fit.coefficients)
                        .map(|(shell, c)| with_coefficient(shell, c, &fit)),
                );
                answer.estimates.extend(simple_slopes(&rows, &fit));
                answer
                    .displays
                    .extend(figure(analysis, &rows, &fit).map(Display::Interaction));
            }
            Err(reason) => answer.estimates.extend(
                shells
                    .into_iter()
                    .map(|e| e.with_n(complete.n()).not_estimable(reason)),
            ),
        }
        let shell = Estimate::new(
            Question::CbtTechnique.word(),
            "technique",
            "partial",
            Scale::Correlation,
            "partial correlation of technique and post score given pre score, in CBT clients; Fisher z interval (std_error on that scale), t test",
        )
        .labelled("Technique and outcome");
        let of_technique = analysis
            .complete(&technique, &analysis.sample, &|i| cbt.group.holds[i])
            .of("technique");
        answer.estimates.push(with_correlation_of(
            shell,
            of_technique.n(),
            of_technique.partial(),
            analysis,
        ));
    }
    beside_others(&mut answer, analysis, "cbt", "Other treatments");
    answer.caveats = vec![
        "Technique was not assigned by chance: therapists may use less of it, or more, with clients who are doing badly.".into(),
        "An interaction needs far more clients than a correlation; that none is seen does not show that there is none.".into(),
    ];
    answer
}

fn shell(term: &str, label: &str) -> Estimate {
    let question = Question::CbtTechnique.word();
    Estimate::new(question, "", term, Scale::Slope, METHOD).labelled(label)
}

fn with_coefficient(estimate: Estimate, c: &Coefficient, fit: &Regression) -> Estimate {
    let level = c.interval.level().value();
    estimate
        .with_n(fit.n)
        .with_estimate(c.estimate)
        .with_std_error(c.std_error)
        .with_interval(c.interval.low(), c.interval.high(), level)
        .with_test(c.t, Some(fit.df), c.p)
}

fn model(
    analysis: &Analysis,
    alliance: &[f64],
    technique: &[f64],
    pre: &[f64],
    post: &[f64],
) -> Result<(Rows, Regression), Undefined> {
    let rows = Rows {
        pre: pre.to_vec(),
        post: post.to_vec(),
        alliance: Centred::of(alliance)?,
        technique: Centred::of(technique)?,
    };
    let (a, q) = (&rows.alliance.deviations, &rows.technique.deviations);
    let product: Vec<f64> = a.iter().zip(q).map(|(a, q)| a * q).collect();
    let fit = regression(&[&rows.pre, a, q, &product], &rows.post, analysis.level)?;
    Ok((rows, fit))
}

/// What a point of technique goes with where the alliance is low, usual and high.
fn simple_slopes(rows: &Rows, fit: &Regression) -> Vec<Estimate> {
    SLOPES
        .iter()
        .map(|(term, label, sds)| {
            let mut estimate = shell(
                &format!("technique_at.{term}"),
                &format!("per point of technique, alliance {label}"),
            );
            estimate.method = format!("simple slope; {METHOD}");
            match fit.combination(&[0.0, 0.0, 0.0, 1.0, sds * rows.alliance.sd]) {
                Ok(slope) => with_coefficient(estimate, &slope, fit),
                Err(reason) => estimate.not_estimable(reason),
            }
        })
        .collect()
}

fn figure(analysis: &Analysis, rows: &Rows, fit: &Regression) -> Option<Interaction> {
    let pre = Moments::from_values(&rows.pre).ok()?.mean(0)?;
    let mut sorted = rows.technique.deviations.clone();
    sorted.sort_by(f64::total_cmp);
    // METHOD: from the 5th to the 95th percentile; the lowest and the highest are single clients.
    let ends = [0.05, 0.95].map(|share| quantile_of_sorted(&sorted, share));
    let (from, to) = (ends[0]?, ends[1]?);
    let measure = analysis.measure();
    let direction = measure.direction?;
    let line = |alliance: f64| -> Option<Vec<(f64, f64, f64, f64)>> {
        (0..POINTS)
            .map(|i| {
                let q = from + (to - from) * i as f64 / (POINTS - 1) as f64;
                let at = fit
                    .combination(&[1.0, pre, alliance, q, alliance * q])
                    .ok()?;
                // As recorded: oriented back.
                let ends = [at.interval.low(), at.interval.high()].map(|y| direction.orient(y));
                let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                Some((
                    rows.technique.mean + q,
                    direction.orient(at.estimate),
                    low,
                    high,
                ))
            })
            .collect()
    };
    let lines = SLOPES
        .iter()
        .map(|(_, label, sds)| {
            Some(InteractionLine {
                label: (*label).into(),
                at: rows.alliance.mean + sds * rows.alliance.sd,
                line: line(sds * rows.alliance.sd)?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Interaction {
        x_label: "technique (mean rating of the early sessions)".into(),
        y_label: format!(
            "expected {} score after treatment, at the mean score before ({})",
            measure.name,
            direction.in_words()
        ),
        moderator: "early alliance".into(),
        conf_level: analysis.level.value(),
        n: fit.n as u64,
        lines,
    })
}
