//! Made-up months and units of a clinic, and the edges of what their figures must bear.

use alliance::findings::monitoring::*;
use alliance::findings::*;

use super::sample;

const SHARE: &str = "of the clients who ended in the month, share";
/// What the months of a measure go up and down by, in units of a twelfth of the way to a limit.
const WOBBLE: [f64; 12] = [
    1.0, -3.0, 4.0, -2.0, 5.0, -4.0, 2.0, -1.0, 3.0, -5.0, 1.0, -2.0,
];

/// Two years and all variations, with a second phase; limits that move; two funnels of 30 sites.
pub fn common() -> Findings {
    let mut early = xmr("early_alliance", "Early alliance", 45.6, 4.8, 24);
    early.good = Some(Good::Up);
    early.y_label = "WAI-SR (12 to 60 points, higher is better)".into();
    shift(&mut early.phases[0].points[8..16], 2.2);
    early.variation = Variation::SpecialCauseImprovement;
    let mut phases = xmr("dropout", "Left early", 0.24, 0.15, 24);
    phases.y_label = format!("lower is better: {SHARE}");
    phases.good = Some(Good::Down);
    let later = phases.phases[0].points.split_off(13);
    phases.phases.push(ChartPhase {
        reason: Some("reminders by text message".into()),
        center: 0.16,
        points: later,
    });
    phases.phases[1].points.iter_mut().for_each(|p| {
        p.value = p.value.map(|value| value - 0.09);
        (p.low, p.high) = (Some(0.03), Some(0.29));
    });
    phases.phases[1].points[10].value = Some(0.33);
    phases.variation = Variation::SpecialCauseConcern;
    let mut trend = xmr("symptoms", "Symptoms at intake", 15.2, 3.1, 24);
    trend.y_label = "PHQ-9 (0 to 27 points)".into();
    for (i, point) in trend.phases[0].points[14..22].iter_mut().enumerate() {
        point.value = Some(13.4 + 0.5 * i as f64);
    }
    trend.variation = Variation::SpecialCauseNeither;
    let mut falling = xmr("waiting", "Weeks to the first session", 6.4, 2.4, 24);
    falling.y_label = "weeks, lower is better".into();
    falling.good = Some(Good::Down);
    for (i, point) in falling.phases[0].points[15..23].iter_mut().enumerate() {
        point.value = Some(8.1 - 0.47 * i as f64);
    }
    falling.variation = Variation::SpecialCauseImprovement;
    let mut moving = varying(24);
    moving.id = "recovery".into();
    let mut charts = vec![early, phases, trend, falling, moving];
    charts.iter_mut().for_each(mark);
    of(charts, vec![thirty(0.11), raw()])
}

/// Half a year, with months that have no value; a measure without any.
pub fn trial() -> Findings {
    let mut early = xmr("early_alliance", "Early alliance", 45.6, 4.8, 6);
    early.is_trial = true;
    early.good = Some(Good::Up);
    early.variation = Variation::CannotTell;
    for place in [1, 4] {
        let point = &mut early.phases[0].points[place];
        (point.value, point.n) = (None, None);
    }
    let mut shares = varying(6);
    shares.is_trial = true;
    shares.variation = Variation::CannotTell;
    shares.phases[0].points.remove(2);
    let point = &mut shares.phases[0].points[3];
    (point.value, point.n, point.low, point.high) = (None, None, None, None);
    let mut empty = xmr("ruptures", "Ruptures", 0.2, 0.1, 6);
    for point in &mut empty.phases[0].points {
        (point.value, point.n) = (None, None);
    }
    // A point stands for half a year.
    let mut halves = xmr("dropout", "Left early, by half-year", 0.2, 0.1, 12);
    halves.y_label = format!("lower is better: {SHARE}");
    halves.months_per_point = 6;
    halves.is_trial = true;
    let mut at = 0;
    halves.phases[0].points.retain(|_| {
        at += 1;
        at % 6 == 1
    });
    of(vec![early, shares, empty, halves], vec![two()])
}

/// Ten measures with long names over eleven years, numbers in millions, three phases with long
/// reasons; thirty flagged sites with long names.
pub fn huge() -> Findings {
    let long = "Costs of all sessions including those that were cancelled less than a day before, by the tariff of the insurances of the year in which treatment began";
    let mut charts: Vec<ControlChart> = (0..10)
        .map(|i| xmr(&format!("costs_{i}"), long, 1_250_000.0, 431_000.0, 136))
        .collect();
    let (first, small) = (&mut charts[0], 0.000_21);
    first.y_label = long.into();
    first.is_trial = true;
    let later = first.phases[0].points.split_off(100);
    let latest = later[3..].to_vec();
    for points in [later[..3].to_vec(), latest] {
        first.phases.push(ChartPhase {
            reason: Some(long.into()),
            center: 900_000.0,
            points,
        });
    }
    charts[1] = xmr("rare", "Something rare", small, small / 2.0, 1);
    charts[1].y_label = SHARE.into();
    charts[9].variation = Variation::SpecialCauseConcern;
    charts.iter_mut().for_each(mark);
    let mut funnel = thirty(0.0);
    funnel.title = long.into();
    funnel.adjusted_for = Some(long.to_lowercase());
    for (i, unit) in funnel.units.iter_mut().enumerate() {
        unit.label = Some(format!(
            "Day hospital for borderline personality disorder {i}"
        ));
        (unit.n, unit.share) = (unit.n * 100, 0.02 * (i + 20) as f64);
        unit.flag = FunnelFlag::Above998;
    }
    funnel.limits.iter_mut().for_each(|limits| limits.n *= 100);
    of(charts, vec![funnel])
}

pub fn charts(findings: &mut Findings) -> Vec<&mut ControlChart> {
    let displays = findings.answers[0].displays.iter_mut();
    displays
        .map(|display| match display {
            Display::ControlChart(chart) => chart,
            other => panic!("{other:?} is no control chart"),
        })
        .collect()
}

pub fn funnels(findings: &mut Findings) -> Vec<&mut UnitFunnel> {
    let displays = findings.answers[1].displays.iter_mut();
    displays
        .map(|display| match display {
            Display::UnitFunnel(funnel) => funnel,
            other => panic!("{other:?} is no funnel of units"),
        })
        .collect()
}

fn of(charts: Vec<ControlChart>, funnels: Vec<UnitFunnel>) -> Findings {
    let mut findings = sample::empty();
    let mut monitoring = sample::answer("monitoring", "What moved over time?");
    monitoring.displays = charts.into_iter().map(Display::ControlChart).collect();
    let mut units = sample::answer("units", "Which units are unlike the others?");
    units.displays = funnels.into_iter().map(Display::UnitFunnel).collect();
    findings.answers = vec![monitoring, units];
    findings
}

fn xmr(id: &str, title: &str, center: f64, reach: f64, months: usize) -> ControlChart {
    let points = (0..months).map(|i| ChartPoint {
        month: format!("{}-{:02}", 2024 + i / 12, i % 12 + 1),
        value: Some(center + reach * WOBBLE[(i * 5 + i / 12) % 12] / 12.0),
        n: Some(25 + 5 * (i as u64 % 4)),
        low: Some(center - reach),
        high: Some(center + reach),
        signals: vec![],
    });
    ControlChart {
        id: id.into(),
        title: title.into(),
        y_label: "points".into(),
        kind: ChartKind::Xmr,
        good: None,
        months_per_point: 1,
        as_before: false,
        is_trial: false,
        runs: None,
        phases: vec![ChartPhase {
            reason: None,
            center,
            points: points.collect(),
        }],
        variation: Variation::CommonCause,
    }
}

/// Shares of so many clients that the limits move from month to month.
fn varying(months: usize) -> ControlChart {
    let mut chart = xmr(
        "recovery",
        "Recovered (NHS Talking Therapies)",
        0.47,
        0.3,
        months,
    );
    chart.kind = ChartKind::P;
    chart.good = Some(Good::Up);
    chart.y_label = format!("higher is better: {SHARE}");
    for (i, point) in chart.phases[0].points.iter_mut().enumerate() {
        let n = 20 + 15 * ((i * 7) % 5) as u64;
        let half = 3.0 * libm::sqrt(0.47 * 0.53 / n as f64);
        point.n = Some(n);
        (point.low, point.high) = (Some(0.47 - half), Some(0.47 + half));
    }
    chart
}

fn shift(points: &mut [ChartPoint], by: f64) {
    for point in points {
        point.value = point.value.map(|value| value + by);
    }
}

/// Marks the signals by their definition, written out.
fn mark(chart: &mut ControlChart) {
    for phase in &mut chart.phases {
        let values: Vec<f64> = phase.points.iter().filter_map(|p| p.value).collect();
        let center = phase.center;
        for (i, point) in phase.points.iter_mut().enumerate() {
            let (low, high) = (point.low.unwrap_or(0.0), point.high.unwrap_or(1.0));
            let run_through = |length: usize, holds: &dyn Fn(&[f64]) -> bool| {
                let starts = (i + 1).saturating_sub(length)..=i;
                starts
                    .filter(|start| start + length <= values.len())
                    .any(|start| holds(&values[start..start + length]))
            };
            let one_side =
                |run: &[f64]| run.iter().all(|&v| v > center) || run.iter().all(|&v| v < center);
            let trending = |run: &[f64]| {
                run.windows(2).all(|w| w[1] > w[0]) || run.windows(2).all(|w| w[1] < w[0])
            };
            let near = |value: f64, limit: f64| (value - center) / (limit - center) > 2.0 / 3.0;
            let two_of_three = |run: &[f64]| {
                [low, high].into_iter().any(|limit| {
                    let is_near = near(values[i], limit);
                    is_near && run.iter().filter(|&&v| near(v, limit)).count() >= 2
                })
            };
            let rules = [
                (values[i] < low || values[i] > high, RunRule::OutsideLimits),
                (run_through(7, &one_side), RunRule::SevenOnOneSide),
                (run_through(7, &trending), RunRule::SevenTrending),
                (run_through(3, &two_of_three), RunRule::TwoOfThreeNearLimit),
            ];
            point.signals = rules.into_iter().filter(|r| r.0).map(|r| r.1).collect();
        }
    }
}

const TARGET: f64 = 0.5295;

/// Limits by their definition: the arcsine of the root, plus and minus z standard errors.
fn limits(n: u64, tau: f64) -> FunnelLimits {
    let middle = libm::asin(libm::sqrt(TARGET));
    let at = |z: f64| {
        let error = libm::sqrt(1.0 / (4.0 * n as f64) + tau * tau);
        let angle = (middle + z * error).clamp(0.0, std::f64::consts::FRAC_PI_2);
        libm::pow(libm::sin(angle), 2.0)
    };
    FunnelLimits {
        n,
        low_95: at(-1.959_964),
        high_95: at(1.959_964),
        low_998: at(-3.090_232),
        high_998: at(3.090_232),
    }
}

fn funnel(id: &str, title: &str, tau: f64, units: &[(Option<String>, u64, f64)]) -> UnitFunnel {
    let most = units.iter().map(|unit| unit.1).max().unwrap_or(1);
    let unit = |(label, n, share): &(Option<String>, u64, f64)| {
        let drawn = limits(*n, tau);
        let flag = match *share {
            share if share > drawn.high_998 => FunnelFlag::Above998,
            share if share < drawn.low_998 => FunnelFlag::Below998,
            share if share > drawn.high_95 => FunnelFlag::Above95,
            share if share < drawn.low_95 => FunnelFlag::Below95,
            _ => FunnelFlag::Inside,
        };
        FunnelUnit {
            label: label.clone(),
            n: *n,
            effective_n: *n,
            share: *share,
            expected: Some(TARGET * *n as f64),
            flag,
        }
    };
    UnitFunnel {
        id: id.into(),
        title: title.into(),
        y_label: "of clients, higher is better: share".into(),
        unit: "site".into(),
        n: units.iter().map(|unit| unit.1).sum(),
        target: TARGET,
        tau,
        phi: 1.0 + 20.0 * tau,
        adjusted_for: None,
        hidden: 0,
        limits: (1..=40)
            .map(|i| limits((10 + i * most / 40).min(most + 10), tau))
            .collect(),
        units: units.iter().map(unit).collect(),
    }
}

fn thirty(tau: f64) -> UnitFunnel {
    let units: Vec<(Option<String>, u64, f64)> = (0..30)
        .map(|i: u64| {
            let n = 20 + (i * 37) % 170;
            let share = match i {
                4 => 0.93,
                11 => 0.79,
                12 => 0.80,
                17 => 0.15,
                23 => 0.27,
                _ => TARGET + WOBBLE[i as usize % 12] / 40.0,
            };
            (Some(format!("Site {}", i + 1)), n, share)
        })
        .collect();
    let title = "Reliable improvement by site";
    let mut funnel = funnel("reliable_improvement", title, tau, &units);
    funnel.adjusted_for = Some("intake severity and diagnosis".into());
    funnel
}

/// Therapists without names, raw shares, nothing beyond chance between them.
fn raw() -> UnitFunnel {
    let units: Vec<(Option<String>, u64, f64)> = (0..14)
        .map(|i: u64| (None, 60 + i * 9, TARGET - WOBBLE[i as usize % 12] / 80.0))
        .collect();
    let mut funnel = funnel("dropout", "Left early by therapist", 0.0, &units);
    funnel.unit = "therapist".into();
    funnel.y_label = "of clients, lower is better: share".into();
    funnel
}

fn two() -> UnitFunnel {
    let units = [
        (Some("North".into()), 64, 0.78),
        (Some("South".into()), 64, 0.41),
    ];
    funnel(
        "reliable_improvement",
        "Reliable improvement by site",
        0.004,
        &units,
    )
}
