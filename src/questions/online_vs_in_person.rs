//! Is it the same online and in person? Always online minus in person.
//!
//! Two questions in one: does the alliance matter as much (difference of correlations), and is it
//! as good (difference of the mean early alliance)? Equivalence is shown or it is not; a large p
//! never means "the same".

use super::contrasts::{Contrast, as_finding};
use super::counts::{blurred, rounded};
use super::sample::{Analysis, ShownGroup};
use crate::features::CourseScore;
use crate::findings::{
    Answer, Bin, Course, CoursePoint, Courses, Display, Distribution, Distributions, Estimate,
    Scale, VerdictOn,
};
use crate::intake::Delivery;
use crate::stats::Undefined;
use crate::stats::equivalence::{Bound, Verdict, two_one_sided_tests};
use crate::stats::interval::Level;
use crate::stats::means::{hedges_g, pooled_sd, welch};
use crate::stats::numeric::moments::Moments;
use crate::stats::power::{Plan, smallest_mean_difference};
use crate::study::Direction;

pub const QUESTION: &str = "online_vs_in_person";

pub fn answer(analysis: &Analysis) -> Answer {
    let label = "Online − in person";
    let mut estimates = Vec::new();
    let mut verdicts = Vec::new();
    let mut displays = Vec::new();
    let mut not_measured = None;
    match both(analysis) {
        Ok([online, in_person]) => {
            let contrast =
                Contrast::of_correlations(analysis, QUESTION, "", label, online, in_person);
            estimates.extend(contrast.estimates);
            verdicts.extend(contrast.verdict);
            let (alliance, verdict) = mean_difference(analysis, label, online, in_person);
            estimates.extend(alliance);
            verdicts.extend(verdict);
            displays
                .extend(distributions(analysis, &[online, in_person]).map(Display::Distributions));
        }
        Err(reason) => {
            estimates.extend(unmeasured(label).map(|estimate| estimate.not_measured(&reason)));
            not_measured = Some(reason);
        }
    }
    displays.extend(courses(analysis).map(Display::Courses));
    Answer {
        question: QUESTION.into(),
        title: "Is it the same online and in person?".into(),
        not_measured,
        estimates,
        verdicts,
        displays,
        caveats: vec![
            "Clients were not assigned to online or in-person sessions by chance; who comes online may differ in severity, distance, age or therapist.".into(),
            "Equivalence is judged against bounds that the study sets; whether a difference of that size matters is a clinical question.".into(),
            "The courses show whoever still came to that session: clients who ended early are in the first points only.".into(),
        ],
    }
}

/// The clients seen online and those seen in person, or why they cannot be compared.
fn both<'a>(analysis: &'a Analysis) -> Result<[&'a ShownGroup; 2], String> {
    if !analysis.clients.has.delivery {
        return Err("the sessions file has no column delivery".into());
    }
    if let Some(reason) = analysis.no_early_rating() {
        return Err(reason);
    }
    let group = |key: &str| {
        analysis
            .group(key)
            .ok_or_else(|| format!("there is no group {key}"))
    };
    let groups = [group("delivery.online")?, group("delivery.in_person")?];
    let is_anybody = |shown: &ShownGroup| shown.group.holds.iter().any(|holds| *holds);
    let is_hybrid = analysis.group("delivery.hybrid").is_some_and(is_anybody);
    Err(match groups.map(is_anybody) {
        [true, true] => return Ok(groups),
        [false, true] => "no client was seen online",
        [true, false] => "no client was seen in person",
        [false, false] if is_hybrid => "every client whose delivery is recorded was seen both ways",
        [false, false] => "no session has its delivery recorded",
    }
    .into())
}

fn unmeasured(label: &str) -> [Estimate; 2] {
    [
        Estimate::new(
            QUESTION,
            "",
            "correlation",
            Scale::DifferenceOfCorrelations,
            "",
        )
        .labelled(label),
        Estimate::new(QUESTION, "", "alliance", Scale::Points, "").labelled(label),
    ]
}

/// The difference of the mean early alliance: Welch, Hedges g, two one-sided tests.
fn mean_difference(
    analysis: &Analysis,
    label: &str,
    online: &ShownGroup,
    in_person: &ShownGroup,
) -> (Vec<Estimate>, Option<VerdictOn>) {
    let new = |term: &str, scale: Scale, method: &str| {
        Estimate::new(QUESTION, "", term, scale, method).labelled(label)
    };
    let bound_sd = analysis.settings.equivalence_alliance_sd;
    let found = analysis.early_alliance_of(&[online, in_person]);
    let whose = if found.of_complete_only {
        " of clients with both scores"
    } else {
        ""
    };
    let estimates = [
        new(
            "alliance",
            Scale::Points,
            &format!("difference of mean early alliance{whose}; Welch t test and interval"),
        ),
        new(
            "alliance.ci90",
            Scale::Points,
            "the same with its 90 % interval, for equivalence at α = .05",
        ),
        new(
            "alliance.g",
            Scale::StandardDeviations,
            "Hedges g with exact small-sample correction; normal interval",
        ),
        new(
            "alliance.tost_lower",
            Scale::Points,
            &format!("one-sided Welch test against −{bound_sd} pooled SD"),
        ),
        new(
            "alliance.tost_upper",
            Scale::Points,
            &format!("one-sided Welch test against +{bound_sd} pooled SD"),
        ),
        new(
            "alliance.detectable",
            Scale::StandardDeviations,
            "smallest difference detectable with 80 % power at α = .05 (normal approximation)",
        ),
    ];
    if online.hidden.is_some() || in_person.hidden.is_some() {
        return (
            estimates
                .map(|e| e.suppressed("one of the two groups is suppressed"))
                .into(),
            None,
        );
    }
    let of_groups = &found.of_groups;
    let compared = || -> Result<(Vec<Estimate>, VerdictOn), Undefined> {
        let (a, b) = (
            Moments::from_values(&of_groups[0])?,
            Moments::from_values(&of_groups[1])?,
        );
        let wide = welch(&a, &b, analysis.level)?;
        let narrow = welch(&a, &b, Level::NINETY)?;
        let g = hedges_g(&a, &b, analysis.level)?;
        let bound = Bound::new(bound_sd)?;
        let tests = two_one_sided_tests(&a, &b, bound)?;
        let points = Bound::new(bound_sd * pooled_sd(&a, &b)?)?;
        let n = a.count() + b.count();
        let [difference, ninety, effect, lower, upper, power] = estimates.clone();
        let fill = |e: Estimate, w: &crate::stats::means::Welch| {
            e.with_estimate(w.difference)
                .with_std_error(w.std_error)
                .with_interval(
                    w.interval.low(),
                    w.interval.high(),
                    w.interval.level().value(),
                )
                .with_test(w.t, Some(w.df), w.p)
        };
        let filled = vec![
            fill(difference, &wide),
            fill(ninety, &narrow),
            effect
                .with_estimate(g.g)
                .with_std_error(g.variance.sqrt())
                .with_interval(
                    g.interval.low(),
                    g.interval.high(),
                    g.interval.level().value(),
                ),
            lower.with_estimate(wide.difference).with_test(
                tests.t_lower,
                Some(tests.df),
                tests.p_lower,
            ),
            upper.with_estimate(wide.difference).with_test(
                tests.t_upper,
                Some(tests.df),
                tests.p_upper,
            ),
            power.with_estimate(smallest_mean_difference(Plan::USUAL, a.count(), b.count())?),
        ];
        let filled: Vec<Estimate> = filled.into_iter().map(|e| e.with_n(n).with_k(2)).collect();
        let verdict = VerdictOn {
            estimate_id: filled[0].id.clone(),
            verdict: as_finding(Verdict::of(&wide.interval, &narrow.interval, points)),
            bound: points.value(),
        };
        Ok((filled, verdict))
    };
    match compared() {
        Ok((estimates, verdict)) => (estimates, Some(verdict)),
        Err(reason) => (estimates.map(|e| e.not_estimable(reason)).into(), None),
    }
}

/// Histograms of the early alliance; every bin holds nobody or at least the minimum cell.
fn distributions(analysis: &Analysis, groups: &[&ShownGroup]) -> Option<Distributions> {
    let measure = analysis.alliance_measure();
    let shown = groups.iter().copied().filter(|g| g.hidden.is_none());
    let shown: Vec<&ShownGroup> = shown.collect();
    let of_groups = analysis.early_alliance_of(&shown).of_groups;
    let all: Vec<f64> = of_groups.concat();
    if all.len() < 2 * analysis.minimum() as usize {
        return None;
    }
    let low = measure
        .and_then(|m| m.minimum)
        .unwrap_or_else(|| all.iter().copied().fold(f64::INFINITY, f64::min));
    let high = measure
        .and_then(|m| m.maximum)
        .unwrap_or_else(|| all.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    let (low, high, step) = edges(low, high)?;
    let groups: Vec<Distribution> = shown
        .iter()
        .zip(&of_groups)
        .filter_map(|(group, values)| {
            let moments = Moments::from_values(values).ok()?;
            Some(Distribution {
                group: group.group.key.clone(),
                label: group.group.label.clone(),
                n: values.len() as u64,
                mean: moments.mean(0)?,
                sd: moments.variance(0)?.sqrt(),
                bins: histogram(values, low, high, step, analysis.minimum()),
            })
        })
        .collect();
    let name = measure.map_or(String::new(), |m| format!("{}, ", m.name));
    (!groups.is_empty()).then(|| Distributions {
        x_label: format!("Early alliance ({name}points; higher is better)"),
        groups,
    })
}

/// Limits and width of about sixteen bins at round numbers.
fn edges(low: f64, high: f64) -> Option<(f64, f64, f64)> {
    let width = (high - low) / 16.0;
    if width <= 0.0 || width.is_nan() {
        return None;
    }
    let power = 10f64.powi(width.log10().floor() as i32);
    let step = [1.0, 2.0, 2.5, 3.0, 5.0, 10.0]
        .map(|s| s * power)
        .into_iter()
        .find(|s| *s >= width * 0.999)?;
    Some((
        (low / step).floor() * step,
        (high / step).ceil() * step,
        step,
    ))
}

fn histogram(values: &[f64], low: f64, high: f64, step: f64, minimum: u64) -> Vec<Bin> {
    let count = (((high - low) / step).round() as usize).max(1);
    let mut counts = vec![0u64; count];
    for x in values {
        counts[(((x - low) / step) as usize).min(count - 1)] += 1;
    }
    // METHOD: bins with fewer clients than the minimum cell grow to the right, the last to the left.
    let mut bins: Vec<Bin> = Vec::new();
    let mut open: Option<Bin> = None;
    for (i, n) in counts.into_iter().enumerate() {
        let (left, right) = (low + step * i as f64, low + step * (i + 1) as f64);
        let bin = match open.take() {
            Some(bin) => Bin {
                low: bin.low,
                high: right,
                n: bin.n + n,
            },
            None => Bin {
                low: left,
                high: right,
                n,
            },
        };
        if bin.n == 0 || bin.n >= minimum {
            bins.push(bin)
        } else {
            open = Some(bin)
        }
    }
    if let Some(rest) = open {
        let mut rest = rest;
        while let Some(before) = bins.pop() {
            rest = Bin {
                low: before.low,
                high: rest.high,
                n: before.n + rest.n,
            };
            if before.n > 0 {
                break;
            }
        }
        bins.push(rest);
    }
    bins
}

/// Mean alliance and symptoms by session, for each delivery that may be shown.
fn courses(analysis: &Analysis) -> Option<Courses> {
    let clients = analysis.clients;
    let groups: Vec<(Option<Delivery>, &str, &str)> = if clients.has.delivery {
        [
            (Some(Delivery::Online), "delivery.online"),
            (Some(Delivery::InPerson), "delivery.in_person"),
            (Some(Delivery::Hybrid), "delivery.hybrid"),
        ]
        .into_iter()
        .filter_map(|(delivery, key)| {
            let shown = analysis.group(key).filter(|g| g.hidden.is_none())?;
            Some((
                delivery,
                shown.group.key.as_str(),
                shown.group.label.as_str(),
            ))
        })
        .collect()
    } else {
        vec![(None, "overall", "All clients")]
    };
    let alliance = analysis
        .alliance_measure()
        .map_or("Alliance", |m| m.name.as_str());
    let symptom = analysis.symptom_measure();
    let symptom_direction = analysis
        .symptom_direction()
        .map_or("which way is better is not known", Direction::in_words);
    let symptom_range = symptom.and_then(|m| m.range());
    let symptom = symptom.map_or("Symptoms", |m| m.name.as_str());
    let mut courses = Vec::new();
    for (score, range, id, y_label) in [
        (
            CourseScore::Alliance,
            analysis.alliance_measure().and_then(|m| m.range()),
            "alliance",
            format!("{alliance} (points; higher is better)"),
        ),
        (
            CourseScore::Symptom,
            symptom_range,
            "symptom",
            format!("{symptom} (points; {symptom_direction})"),
        ),
    ] {
        for (delivery, key, label) in &groups {
            let points: Vec<CoursePoint> = clients
                .courses
                .of(*delivery, score)
                .iter()
                .enumerate()
                .filter_map(|(i, moments)| course_point(i as u32 + 1, moments, range, analysis))
                .collect();
            if points.len() >= 2 {
                courses.push(Course {
                    score: id.into(),
                    y_label: y_label.clone(),
                    group: (*key).into(),
                    label: (*label).into(),
                    points,
                });
            }
        }
    }
    (!courses.is_empty()).then_some(Courses { courses })
}

fn course_point(
    session: u32,
    moments: &Moments,
    range: Option<(f64, f64)>,
    analysis: &Analysis,
) -> Option<CoursePoint> {
    let n = moments.count();
    // METHOD: a mean of fewer than ten clients says too little to be drawn.
    if (n as u64) < analysis.minimum().max(10) {
        return None;
    }
    let (mean, sd) = (moments.mean(0)?, moments.variance(0)?.sqrt());
    let margin = analysis.level.critical_t(n as f64 - 1.0) * sd / (n as f64).sqrt();
    Some(CoursePoint {
        session,
        mean: blurred(mean, n, range),
        conf_low: blurred(mean - margin, n, range),
        conf_high: blurred(mean + margin, n, range),
        // METHOD: rounded to 5, so that two sessions, or a session and the clients analysed, do not
        // differ by one person.
        n: rounded(n),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bin_of_a_histogram_holds_fewer_than_the_minimum() {
        let values: Vec<f64> = (0..100)
            .map(|i| f64::from(i % 23) + 0.5)
            .chain([59.0, 12.0])
            .collect();
        let bins = histogram(&values, 0.0, 60.0, 1.0, 5);
        assert_eq!(bins.iter().map(|b| b.n).sum::<u64>(), 102);
        assert!(bins.iter().all(|b| b.n == 0 || b.n >= 5), "{bins:?}");
        assert_eq!(bins.last().unwrap().high, 60.0);
    }

    #[test]
    fn bins_begin_and_end_at_round_numbers() {
        assert_eq!(edges(12.0, 60.0), Some((12.0, 60.0, 3.0)));
        assert_eq!(edges(0.0, 1.0).map(|e| e.0), Some(0.0));
        assert_eq!(edges(3.0, 3.0), None);
    }
}
