//! Are the data recent enough for this review?
//!
//! The day the study states is typed by somebody, and may be renewed while the export is not: so the newest
//! sessions are judged as well.

use super::Found;
use crate::findings::Findings;
use crate::report::words;
use crate::review::Verdict;
use crate::review::policy::Rule;
use crate::study::{Month, day_number};

pub(super) fn judge<'a>(findings: &'a Findings, rule: &Rule, on: Option<&str>) -> Found<'a> {
    let lock = findings.data_lock();
    let day = on.and_then(day_number);
    let of_lock = day
        .zip(lock.and_then(day_number))
        .map(|(on, lock)| on - lock);
    let newest = findings.period().and_then(|p| Month::of_text(&p.last));
    let of_sessions = day
        .zip(newest)
        .and_then(|(on, newest)| since(newest, on, lock));
    // The older of the two; none where the sessions are of a later month than the review.
    let age = match (of_lock, of_sessions) {
        (Some(lock), Some(sessions)) if lock >= 0 => Some(lock.max(sessions)),
        (Some(_), None) if newest.is_some() => None,
        (lock, _) => lock,
    };
    let is_too_old = |age: Option<i64>| age.zip(rule.at_most_days).is_some_and(|(a, m)| a > m);
    let verdict = match (age, rule.at_most_days) {
        _ if is_too_old(age) || is_too_old(of_sessions) => Verdict::Hold,
        (Some(age), Some(most)) if (0..=most).contains(&age) => Verdict::Pass,
        // Data from the future are a mistake somewhere.
        _ => Verdict::CannotTell,
    };
    let threshold = rule.at_most_days.map_or_else(
        || "no threshold".into(),
        |days| format!("at most {days} days"),
    );
    let observed = match (of_lock, on, lock) {
        (Some(age), _, _) if age < 0 => "the data are of a later day than the review".into(),
        (Some(age), _, _) => days(age),
        (None, None, _) => "not known, the day of the review was not given (--on)".into(),
        (None, _, None) => {
            "not known, the study does not state the day of its data (data_lock)".into()
        }
        (None, _, _) => "not known".into(),
    };
    let sessions = match (newest, of_sessions) {
        (Some(newest), Some(age)) => format!(
            "; the newest sessions, of {}, are {} old",
            words::month(newest),
            days(age)
        ),
        (Some(newest), None) => format!("; the newest sessions are of {}", words::month(newest)),
        (None, _) if of_lock.is_some() => ", by the day that the study states alone".into(),
        (None, _) => String::new(),
    };
    Found {
        title: "Age of the data",
        sentence: format!("Age of the data: {observed}{sessions} ({threshold})."),
        threshold,
        estimate: None,
        observed: age.or(of_sessions).map(|age| age as f64),
        verdict,
    }
}

/// Days from the end of the month of the newest sessions, or from the day the data were locked in it, to the review;
/// nothing where the month lies after it.
fn since(newest: Month, on: i64, lock: Option<&str>) -> Option<i64> {
    let locked = lock.filter(|lock| Month::of_day(lock.as_bytes()) == Some(newest));
    let end = locked.and_then(day_number).or(newest.last_day())?;
    let has_begun = day_number(&format!("{newest}-01"))? <= on;
    has_begun.then(|| (on - end).max(0))
}

/// `1 day`
fn days(n: i64) -> String {
    if n == 1 {
        "1 day".into()
    } else {
        format!("{n} days")
    }
}
