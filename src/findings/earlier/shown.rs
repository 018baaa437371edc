//! What findings show: every number by name, with the clients behind it.

use std::collections::BTreeMap;

use super::Number;
use crate::findings::{Count, Display, Findings, Stage};

/// Every number that findings show.
pub(super) fn shown(findings: &Findings) -> BTreeMap<String, Number> {
    let estimates = findings
        .estimates()
        .filter_map(|e| Some((e.id.clone(), Number::of_estimate(e)?)));
    let figures = findings.answers.iter().flat_map(|answer| {
        let displays = answer.displays.iter();
        displays.flat_map(|display| of_display(&answer.question, display))
    });
    let clinic = findings.clinic().map(|clinic| &clinic.flow);
    let flow = clinic.into_iter().flat_map(|flow| {
        let stages = [
            ("sessions", &flow.sessions),
            ("outcomes", &flow.outcomes),
            ("clients", &flow.clients),
        ];
        let counts = stages
            .into_iter()
            .flat_map(|(name, stage)| of_stage(name, stage));
        let by_measure = flow.complete_by_measure.iter();
        counts.chain(by_measure.map(|(key, n)| (format!("flow/complete/{key}"), *n)))
    });
    let flow = flow.filter_map(|(name, n)| Some((name, Number::of_clients(n.exactly()?))));
    estimates.chain(figures).chain(flow).collect()
}

/// The counts of a stage of the flow, by name.
pub fn of_stage(name: &str, stage: &Stage) -> Vec<(String, Count)> {
    let own = [("read", stage.read), ("used", stage.used)];
    let excluded = stage.excluded.iter().map(|e| (e.reason.as_str(), e.count));
    own.into_iter()
        .chain(excluded)
        .map(|(what, n)| (format!("flow/{name}/{what}"), n))
        .collect()
}

/// The numbers of clients in a figure and what is drawn of them, by their place in it.
pub fn of_display(question: &str, display: &Display) -> Vec<(String, Number)> {
    let name = |rest: String| format!("figure/{question}/{rest}");
    let one = |rest: &str, n: u64, values: Vec<f64>| {
        let number = Number {
            values,
            ..Number::of_clients(n)
        };
        vec![(name(rest.into()), number)]
    };
    match display {
        Display::BinnedScatter(d) => one(
            "scatter",
            d.n,
            d.bins.iter().flat_map(|b| [b.x, b.y, b.n as f64]).collect(),
        ),
        Display::Interaction(d) => one(
            "interaction",
            d.n,
            d.lines
                .iter()
                .flat_map(|l| l.line.iter().map(|p| p.1))
                .collect(),
        ),
        Display::NextSession(d) => one(
            "next_session",
            d.clients,
            d.line.iter().map(|p| p.1).collect(),
        ),
        Display::Growth(d) => one(
            "growth",
            d.clients,
            d.observed.iter().map(|p| p.1).collect(),
        ),
        Display::Distributions(d) => d
            .groups
            .iter()
            .flat_map(|g| {
                let place = format!("distribution/{}", g.group);
                let bins = g.bins.iter().map({
                    let place = place.clone();
                    move |b| {
                        (
                            name(format!("{place}/{}–{}", b.low, b.high)),
                            Number::of_clients(b.n),
                        )
                    }
                });
                let whole = one(&place, g.n, vec![g.mean, g.sd]);
                whole.into_iter().chain(bins).collect::<Vec<_>>()
            })
            .collect(),
        Display::PrePost(d) => d
            .squares
            .iter()
            .filter_map(|s| {
                let place = format!("pre_post/{}/{}/{}", d.width, s.pre, s.post);
                Some((name(place), Number::of_clients(s.n.exactly()?)))
            })
            .collect(),
        Display::Courses(d) => d
            .courses
            .iter()
            .flat_map(|course| {
                let points = course.points.iter();
                points.map(move |p| {
                    let place = format!("course/{}/{}/{}", course.score, course.group, p.session);
                    let values = vec![p.mean, p.conf_low, p.conf_high];
                    (name(place), Number::rounded(p.n, values))
                })
            })
            .collect(),
        Display::RuptureCourses(d) => d
            .courses
            .iter()
            .map(|course| {
                let means = course.points.iter().map(|p| p.mean).collect();
                let number = Number::rounded(course.ruptures, means);
                (name(format!("rupture/{}", course.label)), number)
            })
            .collect(),
        Display::ControlChart(chart) => chart
            .phases
            .iter()
            .flat_map(|phase| &phase.points)
            .filter_map(|p| {
                let number = Number::rounded(p.n?, vec![p.value?]);
                Some((chart_point(&chart.id, &chart.title, &p.month), number))
            })
            .collect(),
        Display::UnitFunnel(funnel) => funnel
            .units
            .iter()
            .enumerate()
            .map(|(at, unit)| {
                let unnamed = || format!("{UNNAMED}{at}");
                let label = unit.label.clone().unwrap_or_else(unnamed);
                let number = funnel_unit(unit.n, unit.share);
                (funnel_place(&funnel.id, &label), number)
            })
            .chain((funnel.n > 0).then(|| {
                let whole = funnel_unit(funnel.n, funnel.target);
                (funnel_place(&funnel.id, WHOLE), whole)
            }))
            .collect(),
        Display::Caterpillar(d) => d
            .panels
            .iter()
            .map(|panel| {
                let number = Number {
                    values: panel.effects.iter().map(|e| e.effect).collect(),
                    ..Number::default()
                };
                (name(format!("caterpillar/{}", panel.label)), number)
            })
            .collect(),
        // What these are made of stands among the estimates.
        Display::PooledForest(_)
        | Display::Funnel(_)
        | Display::Baujat(_)
        | Display::LeaveOneOut(_)
        | Display::Bubble(_)
        | Display::Orchard(_)
        | Display::Profiles(_)
        | Display::Certificates(_)
        | Display::Placements(_) => Vec::new(),
    }
}

/// The name of a point of a chart over time. The title says how long its periods are.
pub fn chart_point(chart: &str, title: &str, month: &str) -> String {
    format!("figure/monitoring/{chart}/{title}/{month}")
}

pub fn funnel_place(funnel: &str, unit: &str) -> String {
    format!("figure/units/{funnel}/{unit}")
}

/// How the places of units without a name begin.
pub const UNNAMED: &str = "#";

/// The place of all clients.
pub const WHOLE: &str = "*";

/// A unit of a funnel. A share that is adjusted moves with the model of all clients; what tells of its
/// own is the number of those of whom it is so.
pub fn funnel_unit(n: u64, share: f64) -> Number {
    Number {
        n: Some(n),
        count: Some((share * n as f64).round() as u64),
        ..Number::default()
    }
}
