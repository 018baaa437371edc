//! What findings show: every number by name, with the clients behind it.

use std::collections::BTreeMap;

use super::Number;
use crate::findings::monitoring::ChartKind;
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
        Display::BinnedScatter(d) => {
            let bins = d.bins.iter().enumerate().flat_map(|(at, b)| {
                let place = format!("scatter/{} bins/{at}", d.bins.len());
                one(&place, b.n, vec![b.x, b.y])
            });
            let whole = one("scatter", d.n, Vec::new());
            whole.into_iter().chain(bins).collect()
        }
        Display::Interaction(d) => one(
            "interaction",
            d.n,
            d.lines
                .iter()
                .flat_map(|l| l.line.iter().map(|p| p.1))
                .collect(),
        ),
        // The number of clients of these two may be one to the nearest 5.
        Display::NextSession(d) => {
            let line = d.line.iter().map(|p| p.1).collect();
            vec![(
                name("next_session".into()),
                Number::rounded(d.clients, line),
            )]
        }
        Display::Growth(d) => {
            let line = d.mean.iter().map(|p| p.1).collect();
            vec![(name("growth".into()), Number::rounded(d.clients, line))]
        }
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
                let number = charted(chart.kind, p.n?, p.value?);
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
                // Of an adjusted share, overall · observed / expected, the observed.
                let observed = unit.expected.map(|sum| unit.share * sum / funnel.target);
                let observed = observed.unwrap_or(unit.share * unit.n as f64);
                let number = funnel_unit(unit.n, observed.round() as u64);
                (funnel_place(&funnel.id, &label), number)
            })
            .chain((funnel.n > 0).then(|| {
                let observed = funnel.target * funnel.n as f64;
                let whole = funnel_unit(funnel.n, observed.round() as u64);
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

/// A point of a chart over time.
pub fn charted(kind: ChartKind, n: u64, value: f64) -> Number {
    match kind {
        ChartKind::Xmr => Number::rounded(n, vec![value]),
        ChartKind::P | ChartKind::PPrime => Number {
            count: Some((value * n as f64).round() as u64),
            values: vec![value],
            ..Number::of_clients(n)
        },
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

/// A unit of a funnel, by its clients and those of whom it is so. A share that is adjusted moves with the model
/// of all clients; what tells of its own clients are these two.
pub fn funnel_unit(n: u64, observed: u64) -> Number {
    Number {
        n: Some(n),
        count: Some(observed),
        ..Number::default()
    }
}
