//! How numbers look, in one place: r = .28, p < .001, − not -.
//!
//! Rounding happens here, where people read; files keep full precision.

use crate::findings::monitoring::{FunnelFlag, RunRule, UnitFunnel, Variation};
use crate::findings::{Count, Estimate, Findings, Judgement, Scale, Verdict};
use crate::study::{DEFAULT_PREDICTOR, Month};

/// The mark of a number that may not be shown, in tables and figures.
pub const SUPPRESSED: &str = "suppressed";
/// The mark of a question whose columns are not there.
pub const NOT_MEASURED: &str = "not measured";
/// The mark of a number that does not follow from the data.
pub const NOT_ESTIMABLE: &str = "not estimable";

/// A number with a fixed number of decimals and a true minus sign; never "−0.00".
pub fn number(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    match text.strip_prefix('-') {
        Some(positive) if is_zero(positive) => positive.to_owned(),
        Some(positive) => format!("−{positive}"),
        None => text,
    }
}

/// Is nothing but zeros written?
fn is_zero(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0' | b'.'))
}

/// A number that cannot exceed 1: two decimals without the leading zero; three where two would
/// hide on which side of zero it lies.
pub fn correlation(r: f64) -> String {
    let decimals = if r != 0.0 && r.abs() < 0.005 { 3 } else { 2 };
    without_zero(&number(r, decimals))
}

/// `0.23` as `.23`, `−0.23` as `−.23`; `20.13` stays what it is.
pub fn without_zero(text: &str) -> String {
    match text.strip_prefix('−') {
        Some(rest) => format!("−{}", without_zero(rest)),
        None if text.starts_with("0.") => text[1..].to_owned(),
        None => text.to_owned(),
    }
}

/// `p < .001` or `p = .034`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < .001".into()
    } else if p > 0.999 {
        "p > .999".into()
    } else {
        format!("p = {}", without_zero(&number(p, 3)))
    }
}

/// The same in a column headed p: `< .001` or `.034`.
pub fn p_in_column(p: f64) -> String {
    p_value(p)
        .trim_start_matches("p ")
        .trim_start_matches("= ")
        .to_owned()
}

/// A count with a comma between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// What a positive r means: `a better alliance goes with a better outcome`.
pub fn meaning(findings: &Findings) -> String {
    match findings.meta().map(|meta| &meta.settings) {
        Some(s) if s.predictor != DEFAULT_PREDICTOR => {
            format!("more {} goes with a better {}", s.predictor, s.outcome)
        }
        Some(s) => format!("a better alliance goes with a better {}", s.outcome),
        None => "a better alliance goes with a better outcome".into(),
    }
}

/// What goes with the outcome: `the alliance`, or what a meta-analysis is about.
pub fn predictor(findings: &Findings) -> &str {
    findings
        .meta()
        .map_or(DEFAULT_PREDICTOR, |meta| &meta.settings.predictor)
}

/// A count that may be hidden.
pub fn shown_count(n: Count) -> String {
    match n {
        Count::Exactly(n) => count(n),
        Count::Suppressed => SUPPRESSED.into(),
    }
}

/// The text of a page, in which a number is not parted from its sign at the end of a line.
pub fn unbroken(html: &str) -> String {
    let mut text = html.replace(" %", "\u{a0}%");
    for number in "0123456789.−".chars() {
        text = text.replace(&format!(" = {number}"), &format!("\u{a0}=\u{a0}{number}"));
        for sign in ["&lt;", "&gt;"] {
            let kept = format!("{sign}\u{a0}{number}");
            text = text.replace(&format!("{sign} {number}"), &kept);
            text = text.replace(&format!(" p {kept}"), &format!(" p\u{a0}{kept}"));
        }
    }
    text
}

/// So many of something: `350 clients`, or `number of clients suppressed`.
pub fn amount(n: Count, of: &str) -> String {
    match n {
        Count::Exactly(n) => format!("{} {of}", count(n)),
        Count::Suppressed => format!("number of {of} {SUPPRESSED}"),
    }
}

/// The same with a small first letter, unless the word is an abbreviation.
pub fn small(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// A confidence level: `95 %`.
pub fn level(level: f64) -> String {
    share(level)
}

/// A share of a whole: `7.5 %`.
pub fn share(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        return "< 0.1 %".into();
    }
    format!("{} %", number(share * 100.0, 1).trim_end_matches(".0"))
}

/// As many decimals as tell the limits of an interval apart: 2 for a few tenths, 3 for hundredths.
pub fn decimals((low, high): (f64, f64)) -> usize {
    match (high - low).abs() {
        wide if wide >= 100.0 => 0,
        wide if wide >= 10.0 => 1,
        narrow if narrow < 0.001 => 5,
        narrow if narrow < 0.01 => 4,
        narrow if narrow < 0.1 => 3,
        _ => 2,
    }
}

/// A number with its interval: `−0.048 [−0.072, −0.024]`; one more decimal where these would hide on
/// which side of zero it lies.
pub fn with_interval(x: f64, (low, high): (f64, f64), decimals: usize) -> String {
    let show = |x: f64| match number(x, decimals) {
        text if x != 0.0 && is_zero(&text) => number(x, decimals + 1),
        text => text,
    };
    format!("{} [{}, {}]", show(x), show(low), show(high))
}

/// A value in the form its scale is read in.
pub fn on_scale(x: f64, scale: Scale) -> String {
    match scale {
        Scale::Correlation | Scale::DifferenceOfCorrelations => correlation(x),
        // A slope per year is small and not nothing.
        Scale::FisherZ | Scale::Slope if x != 0.0 && x.abs() < 0.0095 => number(x, 4),
        Scale::FisherZ | Scale::Slope if x != 0.0 && x.abs() < 0.095 => number(x, 3),
        Scale::Proportion if x == 0.0 || x == 1.0 => share(x),
        // One decimal throughout, so that a value and its limits stand alike.
        Scale::Proportion => format!("{} %", number(100.0 * x, 1)),
        Scale::FisherZ | Scale::Slope | Scale::Points | Scale::StandardDeviations => number(x, 2),
        Scale::Count if x >= 0.0 => count(x.round() as u64),
        Scale::Count => number(x, 0),
        Scale::Variance => variance(x),
        Scale::Percent => format!("{} %", number(x, 0)),
        Scale::Unitless => number(x, 2),
    }
}

/// A variance on Fisher's scale: `.036`, or `0` where it is exactly 0.
fn variance(x: f64) -> String {
    if x == 0.0 {
        "0".into()
    } else {
        let decimals = if x.abs() < 0.0095 { 4 } else { 3 };
        without_zero(&number(x, decimals))
    }
}

/// The limits of an estimate: `[.15, .31]`.
pub fn interval(estimate: &Estimate) -> Option<String> {
    let (low, high, _) = estimate.interval()?;
    Some(format!(
        "[{}, {}]",
        on_scale(low, estimate.scale),
        on_scale(high, estimate.scale)
    ))
}

pub fn judgement(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::MoreThanChance => "more than chance",
        Judgement::NotDistinguishable => "not distinguishable",
        Judgement::TooFew => "too few",
    }
}

pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equivalent => "equivalent",
        Verdict::Different => "different",
        Verdict::Both => "both: different, but by less than matters",
        Verdict::NotDistinguishable => "not distinguishable",
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `Mar`
pub fn month_of_year(month: Month) -> &'static str {
    MONTHS[usize::from(month.of_year())]
}

/// `Mar 2025`
pub fn month(month: Month) -> String {
    format!("{} {}", month_of_year(month), month.year())
}

/// `Mar 2025`, or `Jan to Mar 2025` where so many months from this one are meant.
pub fn months(first: Month, count: u16) -> String {
    match first.later(count.saturating_sub(1)) {
        last if last == first => month(first),
        last if last.year() == first.year() => {
            format!("{} to {}", month_of_year(first), month(last))
        }
        last => format!("{} to {}", month(first), month(last)),
    }
}

/// What a chart over time shows: `special cause, concern`.
pub fn variation(variation: Variation) -> &'static str {
    match variation {
        Variation::SpecialCauseConcern => "special cause, concern",
        Variation::SpecialCauseImprovement => "special cause, improvement",
        Variation::SpecialCauseNeither => "special cause",
        Variation::CannotTell => "too few points to tell",
        Variation::CommonCause => "common cause, no signal",
    }
}

/// The pattern of points behind a signal.
pub fn run_rule(rule: RunRule) -> &'static str {
    match rule {
        RunRule::OutsideLimits => "outside the limits",
        RunRule::SevenOnOneSide => "seven on one side",
        RunRule::SevenTrending => "seven in a trend",
        RunRule::TwoOfThreeNearLimit => "two of three near a limit",
    }
}

/// The units outside the 95 % limits, by name where they have one: `S09 above; S01, S14 below`, or
/// `1 above; 5 below`; empty where there are none.
pub fn units_outside(funnel: &UnitFunnel) -> String {
    let is_above = |flag: FunnelFlag| matches!(flag, FunnelFlag::Above95 | FunnelFlag::Above998);
    let sides = [("above", true), ("below", false)].map(|(side, wanted)| {
        let units: Vec<_> = funnel
            .outside()
            .filter(|unit| is_above(unit.flag) == wanted)
            .collect();
        let names: Option<Vec<&str>> = units.iter().map(|unit| unit.label.as_deref()).collect();
        let which = match names {
            Some(names) => names.join(", "),
            None => units.len().to_string(),
        };
        (!units.is_empty()).then(|| format!("{which} {side}"))
    });
    let sides: Vec<String> = sides.into_iter().flatten().collect();
    sides.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_named_in_words() {
        let march = Month::of_text("2025-03").expect("a month");
        assert_eq!(months(march, 1), "Mar 2025");
        assert_eq!(months(march, 6), "Mar to Aug 2025");
        let december = march.later(9);
        assert_eq!(month(december), "Dec 2025");
        assert_eq!(months(december, 3), "Dec 2025 to Feb 2026");
        for wrong in ["2025", "2025-13", "2025-00", "March", "-1-2", ""] {
            assert_eq!(Month::of_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_look_as_the_field_writes_them() {
        assert_eq!(correlation(0.278), ".28");
        assert_eq!(correlation(-0.051), "−.05");
        assert_eq!(correlation(-0.001), "−.001");
        assert_eq!(correlation(0.0), ".00");
        assert_eq!(correlation(1.0), "1.00");
        assert_eq!(on_scale(20.134, Scale::Variance), "20.134");
        assert_eq!(on_scale(-0.961, Scale::Variance), "−.961");
        assert_eq!(p_value(3.6e-8), "p < .001");
        assert_eq!(p_value(0.0342), "p = .034");
        assert_eq!(
            (p_in_column(0.0342), p_in_column(1e-9)),
            (".034".into(), "< .001".into())
        );
        assert_eq!(number(-10.25, 1), "−10.2");
        assert_eq!(count(1234567), "1,234,567");
        assert_eq!(level(0.95), "95 %");
        assert_eq!(level(0.998), "99.8 %");
        assert_eq!(
            (share(0.0), share(0.0002)),
            ("0 %".into(), "< 0.1 %".into())
        );
        let slope = (-0.072, -0.024);
        assert_eq!(
            with_interval(-0.0481, slope, decimals(slope)),
            "−0.048 [−0.072, −0.024]"
        );
        assert_eq!(
            with_interval(-0.03, (-0.06, -0.0002), 3),
            "−0.030 [−0.060, −0.0002]"
        );
    }
}
