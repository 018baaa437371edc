//! Which sites or therapists lie outside what chance explains? Funnels, adjusted for the case mix.
//!
//! Units are in no order of merit. Therapists stay unnamed, and are looked at only where each has
//! enough clients for a dependable number.

use std::collections::BTreeMap;

use super::monitoring::outcomes;
use super::sample::Analysis;
use super::shares::{Split, shown_parts};
use crate::findings::earlier::{UNNAMED, WHOLE, funnel_place, funnel_unit};
use crate::findings::monitoring::{FunnelFlag, FunnelLimits, FunnelUnit, UnitFunnel};
use crate::findings::{Answer, Display};
use crate::stats::case_mix::{effective_number, expected, standardised_share};
use crate::stats::funnel_limits::{Flag, Funnel, Unit, Winsorise, Z_95, Z_998, funnel_about};
use crate::study::Question;

/// Clients a therapist must have (about 60 ratings make a dependable mean: Crits-Christoph et al. 2011).
const FEWEST_OF_A_THERAPIST: usize = 60;
/// The share of the units that must be showable for a funnel to be drawn of them.
const SHOWABLE: f64 = 2.0 / 3.0;
/// Points of the limits.
const POINTS: u64 = 40;

const OUTCOMES: [(&str, &str, &str); 3] = [
    (
        "reliable_improvement",
        "Reliable improvement",
        "of clients with both scores: share",
    ),
    (
        "reliable_deterioration",
        "Reliable deterioration",
        "of clients with both scores: share",
    ),
    (
        "dropout",
        "Treatments broken off",
        "of ended treatments: share",
    ),
];

pub fn answer(analysis: &Analysis) -> Answer {
    let mut answer = Answer::new(
        Question::Units,
        "Which units lie outside what chance explains?",
    );
    let pooled_units: Vec<(Option<String>, Vec<usize>)> = analysis
        .units
        .iter()
        .filter(|unit| unit.hidden.is_none())
        .map(|unit| {
            let held = unit
                .group
                .holds
                .iter()
                .enumerate()
                .filter(|(_, held)| **held);
            (
                Some(unit.group.label.clone()),
                held.map(|(i, _)| i).collect(),
            )
        })
        .collect();
    let mut by_therapist: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (who, therapist) in analysis.clients.therapists().into_iter().enumerate() {
        if let Some(therapist) = therapist {
            by_therapist.entry(therapist).or_default().push(who);
        }
    }
    let therapists: Vec<(Option<String>, Vec<usize>)> = by_therapist
        .into_values()
        .filter(|clients| clients.len() >= FEWEST_OF_A_THERAPIST)
        .map(|clients| (None, clients))
        .collect();
    let pooled = analysis.settings.pool_by.word();
    for (kind, units) in [(pooled, &pooled_units), ("therapist", &therapists)] {
        for (id, title, y_label) in OUTCOMES {
            let funnel = match kind {
                "therapist" => format!("{id}_{kind}"),
                _ => id.to_owned(),
            };
            if let Some(of_client) = outcomes(analysis, id)
                && let Some(found) = of_units(analysis, &funnel, kind, units, &of_client)
            {
                answer.displays.push(Display::UnitFunnel(UnitFunnel {
                    title: format!("{title} by {kind}"),
                    y_label: y_label.into(),
                    ..found
                }));
            }
        }
    }
    if answer.displays.is_empty() {
        let nothing_counted = OUTCOMES
            .iter()
            .all(|(id, _, _)| outcomes(analysis, id).is_none());
        answer.not_measured = Some(if nothing_counted {
            "neither reliable change nor the end of a treatment is known of the clients".into()
        } else if analysis.units.is_empty() && therapists.is_empty() {
            format!(
                "no {pooled} is recorded, and no therapist has {FEWEST_OF_A_THERAPIST} clients or more"
            )
        } else {
            "fewer than two thirds of the sites, and of the therapists with 60 clients or more, have enough clients to be shown".into()
        });
    }
    answer.caveats = vec![
        "A unit outside the limits differs by more than chance and its case mix explain; that is a reason to ask, not a judgement. Its clients may differ in what is not recorded.".into(),
        "The units are in no order of merit.".into(),
    ];
    answer
}

/// The funnel of one outcome; the words are for the caller to fill in.
fn of_units(
    analysis: &Analysis,
    id: &str,
    kind: &str,
    units: &[(Option<String>, Vec<usize>)],
    of_client: &[Option<bool>],
) -> Option<UnitFunnel> {
    let splits: Vec<Split> = units
        .iter()
        .map(|(_, who)| {
            let count = |wanted: bool| {
                who.iter()
                    .filter(|i| of_client[**i] == Some(wanted))
                    .count() as u64
            };
            Split {
                yes: count(true),
                no: count(false),
            }
        })
        .collect();
    let count = |wanted: bool| of_client.iter().filter(|o| **o == Some(wanted)).count() as u64;
    let total = Split {
        yes: count(true),
        no: count(false),
    };
    let shown = shown_parts(&vec![true; units.len()], &splits, total, analysis.minimum());
    // METHOD: only units that may be shown take part, so that no other follows from the limits.
    let kept: Vec<usize> = (0..units.len())
        .filter(|at| shown[*at] && splits[*at].yes + splits[*at].no > 0)
        .collect();
    // METHOD: the hidden ones are those in which it happened to few; the others alone would draw limits
    // that are too high.
    let with_clients = splits.iter().filter(|n| n.yes + n.no > 0).count();
    if (kept.len() as f64) < SHOWABLE * with_clients as f64 {
        return None;
    }
    let expected = case_mix(analysis, of_client);
    let clients = total.yes + total.no;
    let overall = total.yes as f64 / clients as f64;
    let whole = funnel_unit(clients, overall);
    let earlier = analysis.earlier;
    if !earlier.allows(&funnel_place(id, WHOLE), &whole, analysis.minimum(), false) {
        return None;
    }
    let of_unit = |at: usize| -> Standardised {
        let (split, who) = (splits[at], &units[at].1);
        let n = split.yes + split.no;
        let raw = Standardised {
            n,
            share: split.yes as f64 / n as f64,
            expected: None,
            effective_n: n,
        };
        let Some(expected) = &expected else {
            return raw;
        };
        let asked = who.iter().filter(|i| of_client[**i].is_some());
        let expected: Vec<f64> = asked.map(|i| expected[*i]).collect();
        let sum = expected.iter().sum();
        match (
            standardised_share(split.yes as f64, sum, overall),
            effective_number(&expected, overall),
        ) {
            (Some(share), Some(effective_n)) => Standardised {
                n,
                share,
                expected: Some(sum),
                effective_n,
            },
            _ => raw,
        }
    };
    let kept = beside_last(analysis, id, kept, |at| {
        let unit = of_unit(at);
        (units[at].0.as_deref(), unit.n, unit.share)
    });
    if kept.len() < 2 {
        return None;
    }
    let found: Vec<Standardised> = kept.iter().map(|at| of_unit(*at)).collect();
    let given: Vec<Unit> = found
        .iter()
        .map(|unit| Unit {
            count: unit.share * unit.effective_n as f64,
            of: unit.effective_n,
        })
        .collect();
    // METHOD: the limits lie about the share of all clients, those of hidden units included: a unit in
    // which as much happens as expected lies on the line. Dispersion is that of the units shown.
    let funnel = funnel_about(overall, &given, Winsorise::TenPercent).ok()?;
    let sizes: Vec<u64> = given.iter().map(|unit| unit.of).collect();
    let units = kept
        .iter()
        .zip(&found)
        .zip(&funnel.flags)
        .map(|((at, unit), flag)| FunnelUnit {
            label: units[*at].0.clone(),
            n: unit.n,
            effective_n: unit.effective_n,
            share: unit.share,
            expected: unit.expected,
            flag: as_finding(*flag),
        })
        .collect();
    Some(UnitFunnel {
        id: id.into(),
        title: String::new(),
        y_label: String::new(),
        unit: kind.into(),
        n: clients,
        target: funnel.target,
        tau: funnel.tau_squared.sqrt(),
        phi: funnel.phi,
        adjusted_for: expected.map(|_| "intake severity and diagnosis".into()),
        hidden: (with_clients - kept.len()) as u64,
        limits: limits(&funnel, &sizes),
        units,
    })
}

/// A unit with its clients allowed for.
struct Standardised {
    n: u64,
    share: f64,
    /// Clients of whom it was expected to be so.
    expected: Option<f64>,
    effective_n: u64,
}

/// The units that do not tell of a few clients beside the last report. Units without a name are held
/// against all of those that were there without one.
fn beside_last<'a>(
    analysis: &Analysis,
    id: &str,
    mut kept: Vec<usize>,
    of_unit: impl Fn(usize) -> (Option<&'a str>, u64, f64),
) -> Vec<usize> {
    let earlier = analysis.earlier;
    let unnamed = funnel_place(id, UNNAMED);
    let is_allowed = |at: &usize| {
        let (label, n, share) = of_unit(*at);
        let now = funnel_unit(n, share);
        let allows = |name: &str| earlier.allows(name, &now, analysis.minimum(), false);
        match label {
            Some(label) => allows(&funnel_place(id, label)),
            None => earlier
                .numbers
                .keys()
                .filter(|name| name.starts_with(&unnamed))
                .all(|name| allows(name)),
        }
    };
    let before = kept.len();
    kept.retain(is_allowed);
    // A single one would follow from the growth of all.
    if before - kept.len() == 1 {
        let smallest = (0..kept.len()).min_by_key(|at| of_unit(kept[*at]).1);
        smallest.map(|at| kept.remove(at));
    }
    kept
}

/// The share expected of each client by score before and diagnosis; none where the model cannot be
/// fitted, and then nothing is adjusted.
fn case_mix(analysis: &Analysis, of_client: &[Option<bool>]) -> Option<Vec<f64>> {
    let who: Vec<usize> = (0..of_client.len())
        .filter(|i| of_client[*i].is_some() && analysis.sample.pre[*i].is_some())
        .collect();
    // Everybody counted must have an expectation.
    if who.len() != of_client.iter().flatten().count() {
        return None;
    }
    let outcome: Vec<bool> = who.iter().filter_map(|i| of_client[*i]).collect();
    let mut columns: Vec<Vec<f64>> =
        vec![who.iter().filter_map(|i| analysis.sample.pre[*i]).collect()];
    let levels = analysis
        .groups
        .iter()
        .filter(|g| g.group.key.starts_with("diagnosis.") && g.hidden.is_none());
    for level in levels.skip(1) {
        let held = |i: &usize| f64::from(u8::from(level.group.holds[*i]));
        columns.push(who.iter().map(held).collect());
    }
    let predictors: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let fitted = expected(&outcome, &predictors).ok()?;
    let mut of_all = vec![0.0; of_client.len()];
    for (at, p) in who.into_iter().zip(fitted) {
        of_all[at] = p;
    }
    Some(of_all)
}

/// The limits from the smallest unit to the largest by effective number, those of the units among them.
fn limits(funnel: &Funnel, sizes: &[u64]) -> Vec<FunnelLimits> {
    let (least, most) = (
        sizes.iter().copied().min().unwrap_or(1),
        sizes.iter().copied().max().unwrap_or(1),
    );
    let (from, to) = ((least * 4 / 5).max(1), most * 6 / 5 + 1);
    let mut at: Vec<u64> = (0..=POINTS)
        .map(|i| from + (to - from) * i / POINTS)
        .collect();
    at.extend(sizes);
    at.sort_unstable();
    at.dedup();
    at.into_iter()
        .map(|n| {
            let (low_95, high_95) = funnel.limits(n, Z_95);
            let (low_998, high_998) = funnel.limits(n, Z_998);
            FunnelLimits {
                n,
                low_95,
                high_95,
                low_998,
                high_998,
            }
        })
        .collect()
}

fn as_finding(flag: Flag) -> FunnelFlag {
    match flag {
        Flag::Inside => FunnelFlag::Inside,
        Flag::Above95 => FunnelFlag::Above95,
        Flag::Below95 => FunnelFlag::Below95,
        Flag::Above998 => FunnelFlag::Above998,
        Flag::Below998 => FunnelFlag::Below998,
    }
}
