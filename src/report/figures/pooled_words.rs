//! Turns of phrase that the figures of a pooling share, and where their data are.

use super::effect::words_of;
use crate::findings::pooled::PooledValue;
use crate::findings::{Display, Findings, Scale};
use crate::report::words;

/// The first display of one kind, whichever answer holds it.
pub(super) fn first<'a, T: 'a>(
    findings: &'a Findings,
    wanted: impl Fn(&'a Display) -> Option<&'a T>,
) -> Option<&'a T> {
    displays(findings).find_map(wanted)
}

/// Every display, in the order of the report.
pub(super) fn displays(findings: &Findings) -> impl Iterator<Item = &Display> {
    findings.answers.iter().flat_map(|answer| &answer.displays)
}

/// The display of one kind that answers one question.
pub(super) fn answering<'a, T: 'a>(
    findings: &'a Findings,
    question: &str,
    wanted: impl Fn(&'a Display) -> Option<&'a T>,
) -> Option<&'a T> {
    findings.answer(question)?.displays.iter().find_map(wanted)
}

/// `1 study`, `15 studies`.
pub(super) fn counted(n: u64, unit: &str) -> String {
    let plural = match unit.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{unit}s"),
    };
    format!(
        "{} {}",
        words::count(n),
        if n == 1 { unit } else { &plural }
    )
}

/// `102 effects of 15 studies, 1,523 clients`; `15 studies, 1,523 clients` where each has one.
pub(super) fn extent(value: &PooledValue, unit: &str) -> String {
    let effects = if value.k == value.studies {
        String::new()
    } else {
        format!("{} of ", counted(value.k, "effect"))
    };
    let clients = if value.n == 0 {
        String::new()
    } else {
        format!(", {}", counted(value.n, "client"))
    };
    format!("{effects}{}{clients}", counted(value.studies, unit))
}

/// The extent of what was pooled, where the findings have the studies.
pub(super) fn extent_of(findings: &Findings) -> Option<String> {
    let forest = answering(findings, "pooled", |display| match display {
        Display::PooledForest(forest) => Some(forest),
        _ => None,
    })?;
    Some(extent(&forest.overall, &forest.unit))
}

/// The same, or else the number of effects drawn.
pub(super) fn extent_or(findings: &Findings, effects: usize) -> String {
    extent_of(findings).unwrap_or_else(|| counted(effects as u64, "effect"))
}

/// `.27 [.15, .38]`
pub(super) fn numbers(value: &PooledValue) -> String {
    let interval = Some((value.conf_low, value.conf_high));
    words_of(value.r, interval, Scale::Correlation)
}

/// The range in which the correlation of a new study is expected, where there is one.
pub(super) fn prediction(value: &PooledValue) -> Option<(f64, f64)> {
    value.prediction_low.zip(value.prediction_high)
}

/// `[−.16, .61]`
pub(super) fn range(limits: (f64, f64)) -> String {
    let (low, high) = (words::correlation(limits.0), words::correlation(limits.1));
    format!("[{low}, {high}]")
}

/// `r = .27 [.15, .38], prediction interval [−.16, .61]`
pub(super) fn spoken(value: &PooledValue) -> String {
    let expected = prediction(value)
        .map(|limits| format!(", prediction interval {}", range(limits)))
        .unwrap_or_default();
    format!("r = {}{expected}", numbers(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_unit() {
        assert_eq!(counted(1, "study"), "1 study");
        assert_eq!(counted(1523, "study"), "1,523 studies");
        assert_eq!(counted(2, "site"), "2 sites");
    }
}
