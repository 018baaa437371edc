//! Charts over time, and units beside each other.

use crate::findings::monitoring::{ControlChart, Runs, UnitFunnel, Variation};
use crate::findings::{Display, Findings};
use crate::report::words;

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
        Variation::SpecialCauseConcern,
        Variation::SpecialCauseImprovement,
        Variation::SpecialCauseNeither,
        Variation::CannotTell,
        Variation::CommonCause,
    ]
    .into_iter()
    .filter_map(|variation| {
        let named = named(variation);
        let words = words::variation(variation);
        (!named.is_empty()).then(|| format!("{words}: {}", named.join("; ")))
    })
    .collect();
    (!told.is_empty()).then(|| {
        format!(
            "What the last point of each chart says. {}.{}",
            capitalised(&told),
            runs(&charts)
        )
    })
}

/// The runs of each chart that has points enough, by Anhøj's rules.
fn runs(charts: &[&ControlChart]) -> String {
    let known: Vec<(&ControlChart, Runs)> = charts
        .iter()
        .filter_map(|chart| Some((*chart, chart.runs?)))
        .collect();
    if known.is_empty() {
        return String::new();
    }
    let told: Vec<String> = known
        .iter()
        .filter(|(_, runs)| runs.is_more_than_chance())
        .map(|(chart, runs)| {
            format!(
                "{} (longest run {}, by chance up to {}; {} crossings of the median, by chance at least {})",
                chart.title.to_lowercase(),
                runs.longest,
                runs.longest_allowed,
                runs.crossings,
                runs.fewest_crossings
            )
        })
        .collect();
    let charts = match known.len() {
        1 => "one chart".to_owned(),
        n => format!("{n} charts"),
    };
    if told.is_empty() {
        format!(
            " Runs about the median (Anhøj) show nothing but chance in {charts} with ten points or more."
        )
    } else {
        format!(
            " Runs about the median (Anhøj) show a change: {}.",
            told.join("; ")
        )
    }
}

fn capitalised(told: &[String]) -> String {
    let each = told.iter().map(|text| words::capital(text));
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
    let outside = funnel.outside().count();
    let of = words::count(funnel.units.len() as u64);
    if outside == 0 {
        format!(
            "{}: none of {of} {}s lies outside the 95 % limits.",
            funnel.title, funnel.unit
        )
    } else {
        format!(
            "{}: {outside} of {of} {}s outside the 95 % limits ({}).",
            funnel.title,
            funnel.unit,
            words::units_outside(funnel)
        )
    }
}
