//! Technique, psychosis, single sessions, ruptures, empathy, the items.

use super::{interval_of, is_clear, r_of};
use crate::findings::{Estimate, Findings, Verdict};
use crate::report::words::{self, capital, count, on_scale};

pub(super) fn technique(findings: &Findings) -> Option<String> {
    let find = |term: &str| findings.estimate(&format!("cbt_technique.{term}"));
    let slope = |at: &str| {
        let e = find(&format!("technique_at.{at}"))?;
        Some(format!(
            "{} {}",
            on_scale(e.estimate()?, e.scale),
            words::interval(e)?
        ))
    };
    let product = find("alliance_x_technique")?;
    let verdict = if is_clear(product)? {
        "The two differ by more than chance"
    } else {
        "That the two differ cannot be told from chance"
    };
    Some(format!(
        "In CBT, the outcome differs per point of technique by {} points where the early alliance is 1 SD above its mean, and by {} where it is 1 SD below (positive: better). {verdict}: interaction {} {}, n = {}.",
        slope("high")?,
        slope("low")?,
        on_scale(product.estimate()?, product.scale),
        words::interval(product)?,
        count(product.n()?)
    ))
}

pub(super) fn psychosis(findings: &Findings) -> Option<String> {
    let own = findings.estimate("alliance_outcome.psychosis.partial")?;
    let others = findings.estimate("psychosis.others.partial")?;
    let difference = findings.estimate("psychosis.correlation")?;
    let verdict = if is_clear(difference)? {
        "The two differ by more than chance"
    } else {
        "That the two differ cannot be told from chance"
    };
    let published: Vec<f64> = findings
        .published
        .iter()
        .filter(|p| p.topic == "alliance_outcome" && p.group == "psychosis" && p.scale == "r")
        .map(|p| p.estimate)
        .collect();
    let range = published
        .iter()
        .copied()
        .reduce(f64::min)
        .zip(published.iter().copied().reduce(f64::max))
        .map(|(low, high)| {
            format!(
                " Published correlations in psychosis run from {} to {}, by who rated the alliance and by outcome.",
                words::correlation(low),
                words::correlation(high)
            )
        })
        .unwrap_or_default();
    Some(format!(
        "In psychosis the early alliance goes with the outcome at {} (n = {}), in all other clients at {} (n = {}). {verdict}: {} {}.{range}",
        r_of(own)?,
        count(own.n()?),
        r_of(others)?,
        count(others.n()?),
        on_scale(difference.estimate()?, difference.scale),
        words::interval(difference)?
    ))
}

pub(super) fn three_sessions(findings: &Findings) -> Option<String> {
    let answer = findings.answer("three_sessions")?;
    let sessions: Vec<&Estimate> = answer
        .estimates
        .iter()
        .filter(|e| e.question == "by_session" && e.estimate().is_some())
        .collect();
    let at = |e: &Estimate| Some(format!("session {} at {}", e.group, r_of(e)?));
    let third = sessions.iter().find(|e| e.group == "3")?;
    let (first, last) = (sessions.first()?, sessions.last()?);
    let others: Vec<String> = [first, last]
        .into_iter()
        .filter(|e| e.group != "3")
        .filter_map(|e| at(e))
        .collect();
    let beside = if others.is_empty() {
        String::new()
    } else {
        format!(", that of {}", others.join(" and that of "))
    };
    let still = answer
        .verdicts
        .iter()
        .find(|v| matches!(v.verdict, Verdict::Equivalent | Verdict::Both))
        .and_then(|v| Some((answer.estimate(&v.estimate_id)?, v.bound)));
    let steady = match still {
        Some((e, bound)) => {
            let session = e.group.split('_').next().unwrap_or_default();
            format!(
                " The first session after which the mean alliance moves by less than ±{} SD is session {session}: {} SD {} to the next.",
                words::number(bound, 1),
                on_scale(e.estimate()?, e.scale),
                words::interval(e)?
            )
        }
        None => " After no session could it be shown that the mean alliance stands still.".into(),
    };
    let leaving = findings
        .estimate("leaving_early.g")
        .and_then(|e| {
            let which = if e.estimate()? > 0.0 { "higher" } else { "lower" };
            Some(if is_clear(e)? {
                format!(
                    " Clients who completed had rated sessions 1–3 {which} than those who left early, by {} SD {}.",
                    on_scale(e.estimate()?.abs(), e.scale),
                    words::interval(e)?
                )
            } else {
                format!(
                    " That clients who left early had rated sessions 1–3 otherwise cannot be told from chance: completed minus left {} SD {}.",
                    on_scale(e.estimate()?, e.scale),
                    words::interval(e)?
                )
            })
        })
        .unwrap_or_default();
    Some(format!(
        "The rating of session 3 alone goes with the outcome at {}{beside}.{steady}{leaving}",
        r_of(third)?
    ))
}

pub(super) fn ruptures(findings: &Findings) -> Option<String> {
    let find = |id: &str| findings.estimate(&format!("ruptures.{id}"));
    let share = find("overall.k1.ruptured")?;
    let unrepaired: Vec<(u64, u64)> = ["k1.half", "k1.all", "k2.half", "k2.all"]
        .into_iter()
        .filter_map(|rule| {
            let e = find(&format!("{rule}.unrepaired"))?;
            Some((e.estimate()? as u64, e.n()?))
        })
        .collect();
    let by_rule = match (unrepaired.iter().min()?, unrepaired.iter().max()?) {
        (_, (hits, n)) if unrepaired.len() == 1 => format!(
            "{} of {} had one that was not repaired, by the one rule of repair whose number may be shown",
            count(*hits),
            count(*n)
        ),
        ((fewest, _), (most, n)) => format!(
            "One that was not repaired had between {} and {} of {}, by which of {} rules of repair is taken",
            count(*fewest),
            count(*most),
            count(*n),
            ["two", "three", "four"][unrepaired.len() - 2]
        ),
    };
    let outcome = find("k1.half.unrepaired_vs_none").and_then(|e| {
        let value = format!("{} points {}", on_scale(e.estimate()?, e.scale), words::interval(e)?);
        Some(if is_clear(e)? {
            let which = if e.estimate()? > 0.0 { "better" } else { "worse" };
            format!(" Where half of a fall of 1 SD must come back, clients with one not repaired have, adjusted for intake, a {which} outcome than clients without a rupture: {value}.")
        } else {
            format!(" Where half of a fall of 1 SD must come back, the outcome of clients with one not repaired, adjusted for intake, cannot be told from that of clients without a rupture: {value}.")
        })
    });
    Some(format!(
        "{} of the clients with four ratings or more had at least one fall of 1 SD. {by_rule}; published shares differ by rule as well.{}",
        capital(&interval_of(share)?),
        outcome.unwrap_or_default()
    ))
}

pub(super) fn empathy(findings: &Findings) -> Option<String> {
    let find = |term: &str| findings.estimate(&format!("empathy.{term}"));
    let main = find(findings.clinic()?.settings.outcome.term())?;
    let which = match (is_clear(main)?, main.estimate()? > 0.0) {
        (true, true) => "More empathy goes with a better outcome",
        (true, false) => "More empathy goes with a worse outcome",
        (false, _) => "A link of empathy with the outcome cannot be told from chance",
    };
    let with_alliance = find("with_alliance")
        .and_then(r_of)
        .map(|r| format!(" With the early alliance it goes together at {r}."))
        .unwrap_or_default();
    let published = findings
        .published
        .iter()
        .find(|p| p.topic == "empathy_outcome" && p.scale == "r")
        .map(|p| {
            format!(
                " Published: r = {} ({}).",
                words::correlation(p.estimate),
                p.citation
            )
        })
        .unwrap_or_default();
    Some(format!(
        "{which}: {}, n = {}.{with_alliance}{published}",
        r_of(main)?,
        count(main.n()?)
    ))
}

pub(super) fn items(findings: &Findings) -> Option<String> {
    let term = findings.clinic()?.settings.outcome.term();
    let each: Vec<String> = ["heard", "safe", "seen"]
        .into_iter()
        .filter_map(|item| {
            let e = findings.estimate(&format!("items.{item}.{term}"))?;
            Some(format!("{item} at {}", r_of(e)?))
        })
        .collect();
    if each.is_empty() {
        return None;
    }
    let most = findings
        .estimate("items.strongest.difference")
        .and_then(|e| {
            let (first, second) = e.label.split_once(" − ")?;
            let how = if is_clear(e)? {
                format!("{first} says most, more than {second} does")
            } else {
                format!("{first} says most, but that it says more than {second} cannot be told from chance")
            };
            Some(format!(
                " Of them, {how}: difference {} {}.",
                on_scale(e.estimate()?, e.scale),
                words::interval(e)?
            ))
        })
        .unwrap_or_default();
    let low = findings
        .estimate("items.any_low")
        .and_then(interval_of)
        .map(|share| {
            format!(" {share} of the clients gave a low answer to any of them in session 3.")
        })
        .unwrap_or_default();
    Some(format!(
        "Feeling {} goes with the outcome.{most}{low}",
        each.join(", feeling ")
    ))
}
