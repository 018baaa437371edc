//! Which numbers may be shown beside those of earlier reports.
//!
//! **Question.** Would this report and an earlier one, side by side, tell something about fewer
//! clients than the minimum cell, such as the one who came since?
//! **Method.** A number may be shown when it is the same as before, or when the clients behind it (of
//! shares and counts: those of whom it is so, and the others) differ by at least the minimum cell.
//! Where a whole is divided, what is hidden does not follow from the growth of the whole and of the
//! other parts either. What a report leaves out it remembers as it was shown last, so that the next
//! report is held against that.
//! **Not.** Clients who left while as many came: the growth of a number of clients is all there is
//! to see. Reports that were made without the one before them.
//! **Sources.** Hundepool et al. (2012), Statistical Disclosure Control, chapters 4 and 5; the attack
//! by differences is described in Denning & Schlörer (1983), Computer 16(7), 69–82.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Count, Display, Estimate, Findings, Scale, Stage, Value};

/// What a report showed, and what it left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// The day of its data, where it states it.
    pub day: Option<String>,
    /// What it, or one before it, showed last: by the id of an estimate, or the place in a figure.
    pub numbers: BTreeMap<String, Number>,
    /// Estimates it hid.
    pub hidden: BTreeSet<String>,
}

/// A number as it was shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Number {
    /// Clients behind it, where that is printed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub n: Option<u64>,
    /// Is n to the nearest 5?
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_rounded: bool,
    /// Of a share or a count: those of the n of whom it is so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub count: Option<u64>,
    pub values: Vec<f64>,
}

/// Two numbers of clients to the nearest 5 may lie so much further apart than the clients do.
const ROUNDING: u64 = 4;

/// Do two numbers of clients differ by one to less than the minimum?
pub fn tells_of_few(before: u64, now: u64, minimum: u64) -> bool {
    before != now && before.abs_diff(now) < minimum
}

impl Number {
    pub fn of_clients(n: u64) -> Number {
        Number {
            n: Some(n),
            ..Number::default()
        }
    }

    pub fn rounded(n: u64, values: Vec<f64>) -> Number {
        Number {
            n: Some(n),
            is_rounded: true,
            values,
            ..Number::default()
        }
    }

    /// None for an estimate without a number.
    pub fn of_estimate(e: &Estimate) -> Option<Number> {
        let Value::Estimated {
            estimate,
            std_error,
            conf_low,
            conf_high,
            statistic,
            n,
            k,
            ..
        } = &e.value
        else {
            return None;
        };
        // Elsewhere k counts clusters.
        let is_share = |x: f64, n: u64, k: u64| (x - k as f64 / n as f64).abs() < 1e-12;
        let count = match (e.scale, estimate, n, k) {
            (Scale::Count, Some(x), Some(_), _) => Some(*x as u64),
            (Scale::Proportion, Some(x), Some(n), Some(k)) if is_share(*x, *n, *k) => Some(*k),
            _ => None,
        };
        let values = [estimate, std_error, conf_low, conf_high, statistic];
        Some(Number {
            n: *n,
            is_rounded: false,
            count,
            values: values.into_iter().flatten().copied().collect(),
        })
    }

    /// May it be shown where `before` was shown? `unknown` is the answer where the clients behind it
    /// are not printed.
    pub fn is_safe_beside(&self, before: &Number, minimum: u64, unknown: bool) -> bool {
        let is_same = self.n == before.n && self.count == before.count;
        if is_same && self.values == before.values {
            return true;
        }
        let slack = if self.is_rounded || before.is_rounded {
            ROUNDING
        } else {
            0
        };
        let (Some(n), Some(n_before)) = (self.n, before.n) else {
            return unknown;
        };
        if n.abs_diff(n_before) < minimum + slack {
            return false;
        }
        match (self.count, before.count) {
            (Some(count), Some(count_before)) => {
                let others = n_before.saturating_sub(count_before);
                !tells_of_few(count_before, count, minimum)
                    && !tells_of_few(others, n.saturating_sub(count), minimum)
            }
            _ => true,
        }
    }
}

impl Earlier {
    /// What these findings show, and what they remember of those before them.
    pub fn of(findings: &Findings) -> Earlier {
        let mut numbers = findings.last_shown.clone();
        numbers.extend(shown(findings));
        let hidden = findings
            .estimates()
            .filter(|e| matches!(e.value, Value::Suppressed { .. }));
        Earlier {
            day: findings.data_lock().map(str::to_owned),
            numbers,
            hidden: hidden.map(|e| e.id.clone()).collect(),
        }
    }

    /// Is there no earlier report?
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// May this number be shown? `unknown` is the answer where the clients behind it are not printed.
    pub fn allows(&self, name: &str, now: &Number, minimum: u64, unknown: bool) -> bool {
        let before = self.numbers.get(name);
        before.is_none_or(|before| now.is_safe_beside(before, minimum, unknown))
    }

    /// What these findings do not show of what was shown before.
    pub fn not_in(&self, findings: &Findings) -> BTreeMap<String, Number> {
        let shown = shown(findings);
        let gone = self
            .numbers
            .iter()
            .filter(|(name, _)| !shown.contains_key(*name));
        gone.map(|(name, number)| (name.clone(), number.clone()))
            .collect()
    }
}

/// Every number that findings show.
fn shown(findings: &Findings) -> BTreeMap<String, Number> {
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

/// A unit of a funnel. A share that is adjusted moves with the model of all clients; what tells of its
/// own is the number of those of whom it is so.
pub fn funnel_unit(n: u64, share: f64) -> Number {
    Number {
        n: Some(n),
        count: Some((share * n as f64).round() as u64),
        ..Number::default()
    }
}

/// A part of a whole that grew since the last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// By how many clients, where the last report showed the part.
    pub growth: Option<i64>,
    /// May it be shown, for all other reasons?
    pub is_shown: bool,
}

/// Which parts of a whole may be shown when the growth of the whole is known: neither a part that
/// grew by a few, nor one from which the growth of such a part would follow.
///
/// A part that the last report hid is shown again only when those not known grew by enough.
pub fn shown_parts(whole: i64, parts: &[Part], minimum: u64) -> Vec<bool> {
    let is_few = |growth: i64| growth != 0 && growth.unsigned_abs() < minimum;
    let mut shown: Vec<bool> = parts
        .iter()
        .map(|part| part.is_shown && !part.growth.is_some_and(is_few))
        .collect();
    let rest = |shown: &[bool]| -> i64 {
        let known = parts.iter().zip(shown).filter(|(_, shown)| **shown);
        whole - known.filter_map(|(part, _)| part.growth).sum::<i64>()
    };
    while is_few(rest(&shown)) {
        let next = (0..parts.len())
            .filter(|i| shown[*i] && parts[*i].growth.is_some_and(|growth| growth != 0))
            .min_by_key(|i| parts[*i].growth.unwrap_or_default().unsigned_abs());
        match next {
            Some(i) => shown[i] = false,
            None => break,
        }
    }
    if rest(&shown).unsigned_abs() < minimum {
        for (shown, part) in shown.iter_mut().zip(parts) {
            *shown &= part.growth.is_some();
        }
    }
    shown
}
