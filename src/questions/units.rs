//! Which sites or therapists lie outside what chance explains? Funnels, adjusted for the case mix.
//!
//! Units are in no order of merit. Therapists stay unnamed, and are looked at only where each has
//! enough clients for a dependable number.

use std::collections::BTreeMap;

use super::monitoring::{last_total, outcomes, total_id};
use super::sample::Analysis;
use super::shares::{Split, shown_beside_last, shown_parts};
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
/// Units from which the limits allow for overdispersion.
const FEWEST_FOR_TAU: usize = 10;
/// Clients expected to show the outcome, and expected not to, for a unit to be judged.
const FEWEST_EXPECTED: f64 = 5.0;
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
    let pooled_units: Vec<OfUnit> = analysis
        .units
        .iter()
        .map(|unit| {
            let held = unit
                .group
                .holds
                .iter()
                .enumerate()
                .filter(|(_, held)| **held);
            OfUnit {
                label: Some(unit.group.label.clone()),
                who: held.map(|(i, _)| i).collect(),
                may_be_shown: unit.hidden.is_none(),
            }
        })
        .collect();
    let mut by_therapist: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (who, therapist) in analysis.clients.therapists().into_iter().enumerate() {
        if let Some(therapist) = therapist {
            by_therapist.entry(therapist).or_default().push(who);
        }
    }
    let therapists: Vec<OfUnit> = by_therapist
        .into_values()
        .filter(|clients| clients.len() >= FEWEST_OF_A_THERAPIST)
        .map(|who| OfUnit {
            label: None,
            who,
            may_be_shown: true,
        })
        .collect();
    let pooled = analysis.settings.pool_by.word();
    for (kind, units) in [(pooled, &pooled_units), ("therapist", &therapists)] {
        for (id, title, y_label) in OUTCOMES {
            let funnel = match kind {
                "therapist" => format!("{id}_{kind}"),
                _ => id.to_owned(),
            };
            if let Some(of_client) = outcomes(analysis, id)
                && let Some(found) = of_units(analysis, (id, &funnel), kind, units, &of_client)
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
            let beside = if analysis.earlier.is_empty() {
                ""
            } else {
                ", also beside the last report"
            };
            format!(
                "fewer than two thirds of the {pooled}s, and of the therapists with {FEWEST_OF_A_THERAPIST} clients or more, have enough clients of whom it is so, and not so, to be shown{beside}"
            )
        });
    }
    answer.caveats = vec![
        "A unit outside the limits differs by more than chance, and by more than the differences between clients that the chart says it is adjusted for; that is a reason to ask, not a judgement. Its clients may differ in what is not recorded.".into(),
        "A unit that is not drawn has too few clients of whom it is so, or not so. It may be the one to look at, in the clinic's own records.".into(),
        "The units are in no order of merit.".into(),
    ];
    answer
}

/// The clients of a site, a year or a therapist.
struct OfUnit {
    label: Option<String>,
    who: Vec<usize>,
    may_be_shown: bool,
}

/// The funnel of one outcome; the words are for the caller to fill in.
fn of_units(
    analysis: &Analysis,
    (outcome, id): (&str, &str),
    kind: &str,
    units: &[OfUnit],
    of_client: &[Option<bool>],
) -> Option<UnitFunnel> {
    let splits: Vec<Split> = units
        .iter()
        .map(|unit| {
            let count = |wanted: bool| {
                unit.who
                    .iter()
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
    // METHOD: where fewer than five are expected, of whom it is so or not so, a share of 0 is common and lies outside the
    // limits all the same.
    let overall = total.yes as f64 / (total.yes + total.no) as f64;
    let is_told = |n: u64| n as f64 * overall.min(1.0 - overall) >= FEWEST_EXPECTED;
    let may: Vec<bool> = units.iter().map(|unit| unit.may_be_shown).collect();
    let shown = shown_parts(&may, &splits, total, analysis.minimum());
    // METHOD: only units that may be shown take part, so that no other follows from the limits.
    let kept: Vec<usize> = (0..units.len())
        .filter(|at| shown[*at] && is_told(splits[*at].yes + splits[*at].no))
        .collect();
    let expected = case_mix(analysis, of_client);
    let clients = total.yes + total.no;
    let whole = funnel_unit(clients, total.yes);
    let earlier = analysis.earlier;
    // The number of all clients stands with the estimate of the outcome as well.
    let estimate = total_id(analysis, outcome).unwrap_or_default();
    let places = [funnel_place(id, WHOLE), estimate.to_owned()];
    let may_be_told = |place: &String| {
        let before = earlier
            .numbers
            .get(place)
            .and_then(|last| Some((last.n?, last.count?)));
        before.is_none_or(|(n, yes)| {
            whole.is_safe_beside(&funnel_unit(n, yes), analysis.minimum(), false)
        })
    };
    if !places.iter().all(may_be_told) {
        return None;
    }
    let of_unit = |at: usize| -> Standardised {
        let (split, who) = (splits[at], &units[at].who);
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
    let of_all: Vec<(Option<&str>, Split)> = units
        .iter()
        .zip(&splits)
        .map(|(unit, split)| (unit.label.as_deref(), *split))
        .collect();
    let last_total = last_total(analysis, outcome);
    let kept = beside_last(
        analysis,
        id,
        kept,
        &of_all,
        last_total.map(|last| [last, total]),
    );
    // METHOD: the hidden ones are those in which it happened to few, or to nearly all; the others alone would
    // draw limits about the wrong place.
    let with_clients = splits.iter().filter(|n| n.yes + n.no > 0).count();
    if kept.len() < 2 || (kept.len() as f64) < SHOWABLE * with_clients as f64 {
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
    // METHOD: from fewer than ten units a single one far out is not drawn in by winsorising, and would widen
    // the limits that are to find it; then the limits are those of chance alone.
    let overdispersion = (given.len() >= FEWEST_FOR_TAU).then_some(Winsorise::TenPercent);
    let funnel = funnel_about(overall, &given, overdispersion).ok()?;
    let sizes: Vec<u64> = given.iter().map(|unit| unit.of).collect();
    let units = kept
        .iter()
        .zip(&found)
        .zip(&funnel.flags)
        .map(|((at, unit), flag)| FunnelUnit {
            label: units[*at].label.clone(),
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
/// against all of those that were there without one. `totals` are all clients then and now.
fn beside_last(
    analysis: &Analysis,
    id: &str,
    kept: Vec<usize>,
    units: &[(Option<&str>, Split)],
    totals: Option<[Split; 2]>,
) -> Vec<usize> {
    let earlier = analysis.earlier;
    let minimum = analysis.minimum();
    if earlier.is_empty() {
        return kept;
    }
    let unnamed = funnel_place(id, UNNAMED);
    let is_allowed = |(label, split): &(Option<&str>, Split)| {
        let now = funnel_unit(split.yes + split.no, split.yes);
        let allows = |name: &str| earlier.allows(name, &now, minimum, false);
        match label {
            Some(label) => allows(&funnel_place(id, label)),
            None => earlier
                .numbers
                .keys()
                .filter(|name| name.starts_with(&unnamed))
                .all(|name| allows(name)),
        }
    };
    let mut shown: Vec<bool> = (0..units.len())
        .map(|at| kept.contains(&at) && is_allowed(&units[at]))
        .collect();
    let now: Vec<Split> = units.iter().map(|(_, split)| *split).collect();
    let last: Vec<Option<Split>> = units
        .iter()
        .map(|(label, _)| {
            let last = earlier.numbers.get(&funnel_place(id, (*label)?))?;
            let (n, yes) = (last.n?, last.count?);
            let no = n.saturating_sub(yes);
            Some(Split { yes, no })
        })
        .collect();
    let are_named = units.iter().all(|(label, _)| label.is_some());
    if are_named && last.iter().any(Option::is_some) {
        shown = shown_beside_last(&now, &last, totals, shown, minimum);
    }
    kept.into_iter().filter(|at| shown[*at]).collect()
}

/// The share expected of each client by score before and diagnosis; none where the model cannot be
/// fitted, and then nothing is adjusted.
fn case_mix(analysis: &Analysis, of_client: &[Option<bool>]) -> Option<Vec<f64>> {
    let who: Vec<usize> = (0..of_client.len())
        .filter(|i| of_client[*i].is_some() && analysis.sample.pre[*i].is_some())
        .collect();
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
    // METHOD: of a client without a score before nothing is known that others have not.
    let overall = outcome.iter().filter(|o| **o).count() as f64 / outcome.len() as f64;
    let mut of_all = vec![overall; of_client.len()];
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
