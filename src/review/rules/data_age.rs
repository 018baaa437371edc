//! Are the data recent enough for this review?

use super::Found;
use crate::findings::Findings;
use crate::review::Verdict;
use crate::review::policy::Rule;
use crate::study::day_number;

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule, on: Option<&str>) -> Found<'a> {
    let lock = findings.data_lock();
    let age = on
        .and_then(day_number)
        .zip(lock.and_then(day_number))
        .map(|(on, lock)| on - lock);
    let verdict = match (age, rule.at_most_days) {
        (Some(age), Some(most)) if (0..=most).contains(&age) => Verdict::Pass,
        (Some(age), Some(most)) if age > most => Verdict::Hold,
        // Data from the future are a mistake somewhere.
        _ => Verdict::CannotTell,
    };
    let threshold = rule.at_most_days.map_or_else(
        || "no threshold".into(),
        |days| format!("at most {days} days"),
    );
    let observed = match (age, on, lock) {
        (Some(age), _, _) if age < 0 => "the data are of a later day than the review".into(),
        (Some(1), _, _) => "1 day".to_owned(),
        (Some(age), _, _) => format!("{age} days"),
        (None, None, _) => "not known, the day of the review was not given (--on)".into(),
        (None, _, None) => {
            "not known, the study does not state the day of its data (data_lock)".into()
        }
        (None, _, _) => "not known".into(),
    };
    Found {
        title: "Age of the data",
        sentence: format!("Age of the data: {observed} ({threshold})."),
        threshold,
        estimate: None,
        observed: age.map(|age| age as f64),
        verdict,
    }
}
