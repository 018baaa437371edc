//! Question 8: what happens around a rupture, and how many are repaired?
//!
//! Four criteria side by side, because published rates run from 11 % to 50 % as criteria differ;
//! and an individuals chart for clients with six or more ratings.

mod course;

use super::sample::{Analysis, with_share_of_count};
use super::shares::by_level;
use crate::findings::classes::Classes;
use crate::findings::{Answer, Display, Estimate, Scale};
use crate::stats::numeric::moments::Moments;
use crate::stats::numeric::quantile::median;
use crate::stats::regression::regression;
use crate::stats::rupture::{
    Course, Criterion, Repair, Rupture, below_control_limit, pooled_within_sd, ruptures, yardstick,
};
use crate::study::{Modality, Question};

const WORD: &str = "ruptures";
/// Ratings a client must have.
const FEWEST_RATINGS: usize = 4;

/// A client with enough ratings.
struct Series {
    /// The position in the list of all clients.
    who: usize,
    ratings: Vec<f64>,
    /// What a fall is measured by, in points.
    yardstick: f64,
}

/// How deep a fall must be, and how much of it must come back.
struct Rule {
    /// Parts of the id.
    fall: &'static str,
    repair_id: &'static str,
    words: &'static str,
    falls: f64,
    repair: Repair,
}

const RULES: [Rule; 4] = [
    Rule {
        fall: "k1",
        repair_id: "half",
        words: "1 SD, half regained",
        falls: 1.0,
        repair: Repair::Half,
    },
    Rule {
        fall: "k1",
        repair_id: "all",
        words: "1 SD, all regained",
        falls: 1.0,
        repair: Repair::All,
    },
    Rule {
        fall: "k2",
        repair_id: "half",
        words: "2 SD, half regained",
        falls: 2.0,
        repair: Repair::Half,
    },
    Rule {
        fall: "k2",
        repair_id: "all",
        words: "2 SD, all regained",
        falls: 2.0,
        repair: Repair::All,
    },
];
const CLASSES: [(Course, &str, &str); 3] = [
    (Course::None, "none", "no rupture"),
    (Course::Repaired, "repaired", "every rupture repaired"),
    (Course::Unrepaired, "unrepaired", "a rupture not repaired"),
];

impl Rule {
    fn criterion(&self, analysis: &Analysis) -> Criterion {
        Criterion {
            falls: self.falls,
            repair: self.repair,
            window: analysis.settings.repair_window as usize,
        }
    }

    fn estimate(&self, term: &str, scale: Scale, label: &str, method: &str) -> Estimate {
        let group = format!("{}.{}", self.fall, self.repair_id);
        Estimate::new(WORD, &group, term, scale, method)
            .labelled(&format!("{}: {label}", self.words))
    }
}

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(
        Question::Ruptures,
        "What happens around a rupture, and how many are repaired?",
    );
    let (series, pooled) = match all_series(analysis) {
        Ok(found) => found,
        Err(reason) => {
            answer.not_measured = Some(reason);
            return answer;
        }
    };
    answer.estimates.push(
        Estimate::new(
            WORD,
            "",
            "pooled_within_sd",
            Scale::Points,
            "standard deviation of the ratings within clients who have at least 4; a fall is measured by the client's own SD where that is larger",
        )
        .labelled("SD within clients")
        .with_n(series.len())
        .with_estimate(pooled),
    );
    let ruptured = analysis.earlier.numbers.get("ruptures.overall.k1.ruptured");
    let before = ruptured.and_then(|last| last.n);
    let whole = vec![true; series.len()];
    let mut classes = Classes::of(whole, before, analysis.minimum(), analysis.earlier);
    for rule in &RULES {
        let found: Vec<Vec<Rupture>> = series
            .iter()
            .map(|s| ruptures(&s.ratings, s.yardstick, &rule.criterion(analysis)))
            .collect();
        answer
            .estimates
            .extend(of_rule(analysis, rule, &series, &found, &mut classes));
        if rule.fall == "k1" && rule.repair == Repair::Half {
            answer
                .estimates
                .extend(by_delivery(analysis, &series, &found));
            answer.displays.extend(
                course::courses(
                    analysis,
                    &format!("fall of {}", rule.words),
                    &series,
                    &found,
                )
                .map(Display::RuptureCourses),
            );
        }
    }
    answer.estimates.extend(control_chart(analysis, &series));
    answer.caveats = vec![
        "A fall of the rating is a sign of a rupture and no more: what happened in the session is not in the data.".into(),
        "Longer treatments have more ratings in which to fall; clients with and without ruptures differ in more than that.".into(),
        "A rating that fell by chance tends to come back by itself: some repairs are regression to the mean. A fall at the last rating cannot be repaired any more and counts as not repaired.".into(),
    ];
    answer
}

/// The clients with enough ratings, and the SD within them.
fn all_series(analysis: &Analysis) -> Result<(Vec<Series>, f64), String> {
    let mut series: Vec<Series> = (0..analysis.clients.len())
        .filter_map(|who| {
            let ratings: Vec<f64> = analysis
                .clients
                .series(who)
                .filter_map(|row| row.alliance)
                .collect();
            (ratings.len() >= FEWEST_RATINGS).then_some(Series {
                who,
                ratings,
                yardstick: 0.0,
            })
        })
        .collect();
    if series.is_empty() || analysis.is_small(series.len()) {
        return Err(format!(
            "fewer than {} clients have {FEWEST_RATINGS} ratings or more",
            analysis.minimum()
        ));
    }
    let moments = series
        .iter()
        .map(|s| Moments::from_values(&s.ratings))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| reason.to_string())?;
    let pooled = pooled_within_sd(moments).map_err(|reason| reason.to_string())?;
    for s in &mut series {
        s.yardstick = yardstick(&s.ratings, pooled);
    }
    Ok((series, pooled))
}

/// Classes, ruptures, time to repair, and the outcome by class, under one rule.
fn of_rule(
    analysis: &Analysis,
    rule: &Rule,
    series: &[Series],
    found: &[Vec<Rupture>],
    classes: &mut Classes,
) -> Vec<Estimate> {
    let of_client: Vec<Course> = found
        .iter()
        .map(|r| crate::stats::rupture::course(r))
        .collect();
    let window = analysis.settings.repair_window;
    let method = format!(
        "clients with at least {FEWEST_RATINGS} ratings; rupture: a fall from the last rating of at least {} × the larger of the client's own SD and the SD within clients; repaired: one of the next {window} ratings regains {} of it",
        rule.falls,
        match rule.repair {
            Repair::Half => "half",
            Repair::All => "all",
        }
    );
    let share = rule.estimate(
        "unrepaired_share",
        Scale::Proportion,
        "share with a rupture not repaired",
        &format!("share of {method}; Wilson interval; k: clients with a rupture not repaired"),
    );
    let mut estimates = Vec::new();
    let mut all_shown = true;
    for (course, term, words) in CLASSES {
        let class: Vec<bool> = of_client.iter().map(|c| *c == course).collect();
        let shell = rule.estimate(term, Scale::Count, words, &method);
        let released = classes.release(&shell.id, &class);
        all_shown &= released.is_some();
        estimates.push(match released {
            Some(count) => shell.with_n(series.len()).with_estimate(count as f64),
            None => shell.suppressed(analysis.too_few_follow()),
        });
    }
    let [.., unrepaired] = &estimates[..] else {
        unreachable!("a count for every class")
    };
    estimates.push(with_share_of_count(
        share,
        unrepaired,
        Some(series.len()),
        analysis,
    ));
    let ruptures = rule.estimate("episodes", Scale::Count, "ruptures", &method);
    let time = rule.estimate(
        "repair_time",
        Scale::Unitless,
        "ratings until repaired (median)",
        &format!("median number of ratings from the fall to the repair, of those repaired within {window}; k: repaired ruptures"),
    );
    if all_shown {
        let count: usize = found.iter().map(Vec::len).sum();
        estimates.push(ruptures.with_n(series.len()).with_estimate(count as f64));
        let repaired: Vec<f64> = found
            .iter()
            .flatten()
            .filter_map(|r| r.repaired_after.map(|after| after as f64))
            .collect();
        estimates.push(match median(&repaired) {
            Some(middle) => time.with_k(repaired.len()).with_estimate(middle),
            None => time.not_estimable("no rupture was repaired"),
        });
    } else {
        estimates.push(ruptures.suppressed(analysis.too_few_follow()));
        estimates.push(time.suppressed(analysis.too_few_follow()));
    }
    estimates.extend(outcome_by_class(analysis, rule, series, &of_client));
    estimates
}

/// How much better the outcome of each class is than that of clients without a rupture.
fn outcome_by_class(
    analysis: &Analysis,
    rule: &Rule,
    series: &[Series],
    of_client: &[Course],
) -> [Estimate; 2] {
    let method = "least squares: post ~ pre + class, oriented scores; points of the outcome measure, positive: better than without a rupture";
    let shells = [
        rule.estimate(
            "repaired_vs_none",
            Scale::Points,
            "outcome where all were repaired, against none",
            method,
        ),
        rule.estimate(
            "unrepaired_vs_none",
            Scale::Points,
            "outcome where one was not repaired, against none",
            method,
        ),
    ];
    let (mut pre, mut post, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for (s, course) in series.iter().zip(of_client) {
        let scores = analysis.sample.pre[s.who].zip(analysis.sample.post[s.who]);
        if let Some((before, after)) = scores {
            pre.push(before);
            post.push(after);
            classes.push(*course);
        }
    }
    let is = |course: Course| -> Vec<f64> {
        classes
            .iter()
            .map(|c| f64::from(u8::from(*c == course)))
            .collect()
    };
    let count = |course: Course| classes.iter().filter(|c| **c == course).count();
    if CLASSES.iter().any(|(c, ..)| analysis.is_small(count(*c))) {
        return shells.map(|e| e.suppressed(analysis.too_few()));
    }
    let shells = shells.map(|e| e.with_n(classes.len()));
    if CLASSES.iter().any(|(c, ..)| count(*c) == 0) {
        return shells.map(|e| e.not_estimable("nobody is in one of the classes"));
    }
    let (repaired, unrepaired) = (is(Course::Repaired), is(Course::Unrepaired));
    match regression(&[&pre, &repaired, &unrepaired], &post, analysis.level) {
        Ok(fit) => {
            let mut coefficients = fit.coefficients.iter().skip(2);
            shells.map(|shell| {
                let c = coefficients.next().expect("two classes");
                shell
                    .with_estimate(c.estimate)
                    .with_std_error(c.std_error)
                    .with_interval(c.interval.low(), c.interval.high(), analysis.level.value())
                    .with_test(c.t, Some(fit.df), c.p)
            })
        }
        Err(reason) => shells.map(|e| e.not_estimable(reason)),
    }
}

/// The share of clients with a rupture, over all and by delivery.
fn by_delivery(analysis: &Analysis, series: &[Series], found: &[Vec<Rupture>]) -> Vec<Estimate> {
    let mut ruptured = vec![None; analysis.clients.len()];
    for (s, found) in series.iter().zip(found) {
        ruptured[s.who] = Some(!found.is_empty());
    }
    by_level(analysis, &[Modality::Delivery], &ruptured, |shown| {
        Estimate::new(
            WORD,
            &shown.group.key,
            "k1.ruptured",
            Scale::Proportion,
            "share of clients with at least one fall of 1 SD; Wilson interval; k: clients with a rupture",
        )
        .labelled(&format!("{}: a rupture", shown.group.label))
    })
}

/// Clients whose rating fell below the lower limit of their own individuals chart.
fn control_chart(analysis: &Analysis, series: &[Series]) -> [Estimate; 2] {
    let below: Vec<bool> = series
        .iter()
        .filter_map(|s| below_control_limit(&s.ratings))
        .map(|below| !below.is_empty())
        .collect();
    let method = "clients with 6 ratings or more; a rating below the lower limit of the client's own individuals chart, mean − 2.66 × mean moving range";
    let shells = [
        ("none", "no rating below the limit"),
        ("ruptured", "a rating below the limit"),
    ]
    .map(|(term, words)| {
        Estimate::new(WORD, "control_chart", term, Scale::Count, method)
            .labelled(&format!("Control chart: {words}"))
    });
    let ruptured = below.iter().filter(|b| **b).count();
    let counts = [below.len() - ruptured, ruptured];
    if below.is_empty() {
        return shells.map(|e| e.not_estimable("nobody has 6 ratings"));
    }
    if analysis.is_small(below.len()) || counts.iter().any(|n| analysis.is_small(*n)) {
        return shells.map(|e| e.suppressed(analysis.too_few_follow()));
    }
    let mut counts = counts.into_iter();
    shells.map(|e| {
        e.with_n(below.len())
            .with_estimate(counts.next().expect("two") as f64)
    })
}
