//! Charts over time, and units beside each other.

use crate::findings::monitoring::{ControlChart, FunnelFlag, UnitFunnel, Variation};
use crate::findings::{Display, Findings};
use crate::report::words::count;

pub(super) fn over_time(findings: &Findings) -> Option<String> {
    let displays = &findings.answer("monitoring")?.displays;
    let charts: Vec<&ControlChart> = displays
        .iter()
        .filter_map(|display| match display {
            Display::ControlChart(chart) => Some(chart),
            _ => None,
        })
        .collect();
    let named = |wanted: Variation| -> Vec<String> {
        charts
            .iter()
            .filter(|chart| chart.variation == wanted)
            .map(|chart| chart.title.to_lowercase())
            .collect()
    };
    let told: Vec<String> = [
        (Variation::SpecialCauseConcern, "special cause, concern"),
        (
            Variation::SpecialCauseImprovement,
            "special cause, improvement",
        ),
        (Variation::SpecialCauseNeither, "special cause"),
        (Variation::CannotTell, "too few points to tell"),
        (Variation::CommonCause, "nothing but chance"),
    ]
    .into_iter()
    .filter_map(|(variation, words)| {
        let named = named(variation);
        (!named.is_empty()).then(|| format!("{words}: {}", named.join("; ")))
    })
    .collect();
    (!told.is_empty()).then(|| {
        format!(
            "What the last point of each chart says. {}.",
            capitalised(&told)
        )
    })
}

fn capitalised(told: &[String]) -> String {
    let each = told.iter().map(|text| crate::report::words::capital(text));
    each.collect::<Vec<_>>().join(". ")
}

pub(super) fn units(findings: &Findings) -> Option<String> {
    let displays = &findings.answer("units")?.displays;
    let told: Vec<String> = displays
        .iter()
        .filter_map(|display| match display {
            Display::UnitFunnel(funnel) => Some(outside(funnel)),
            _ => None,
        })
        .collect();
    (!told.is_empty()).then(|| told.join(" "))
}

fn outside(funnel: &UnitFunnel) -> String {
    let is_outside = |flag: FunnelFlag| flag != FunnelFlag::Inside;
    let flagged: Vec<&str> = funnel
        .units
        .iter()
        .filter(|unit| is_outside(unit.flag))
        .map(|unit| unit.label.as_deref().unwrap_or("one without a name"))
        .collect();
    let of = count(funnel.units.len() as u64);
    if flagged.is_empty() {
        format!(
            "{}: none of {of} {}s lies outside the 95 % limits.",
            funnel.title, funnel.unit
        )
    } else {
        format!(
            "{}: {} of {of} {}s outside the 95 % limits ({}).",
            funnel.title,
            flagged.len(),
            funnel.unit,
            flagged.join(", ")
        )
    }
}
