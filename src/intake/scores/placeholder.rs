//! Numbers inside a questionnaire's range that stand for "not filled in".
//!
//! Scores of people lie close together: a real distribution declines towards its ends, also where many
//! have no complaint at all (0, 1, 2, 3 … ever fewer). A number that the export puts where there was no
//! answer leaves a gap, or stands alone far above its neighbours and away from where most scores are.

use super::super::problem::Problem;
use super::super::suspects::CODES;
use super::pairs::SameOfLeavers;
use super::tally::Steps;
use super::{ScoreColumn, Tally, rows, share};
use crate::study::WhatIsRight;

// METHOD: the limits were set by simulation: 44 questionnaires × 7 severities, real-looking samples with
// many zeros, ceilings, rounded ratings; n = 30 to 2,000. At most 1 % of clean columns are asked about;
// of columns of 100 scores with a tenth of zeros (ORS, SRS) or of 99 (WAI, GAF) more than 90 % are.
/// Fewer scores than this tell nothing.
const FEWEST: u64 = 20;
/// Fewer possible scores than this have no neighbourhood.
const FEWEST_STEPS: usize = 20;
/// A gap: how wide as a share of the range, how often the number must be there, in rows and as a share.
const GAP: f64 = 0.2;
const GAP_OF_UNKNOWN_RANGE: f64 = 0.3;
const IN_A_GAP: (u64, f64) = (3, 0.005);
/// A spike: how often, in rows and as a share, and how many times as often as its neighbours.
const IN_A_SPIKE: (u64, f64) = (6, 0.03);
const ABOVE_NEIGHBOURS: f64 = 5.0;
/// A code is no score by its looks, so a smaller share is enough, and it may stand where most scores are.
const IN_A_SPIKE_OF_A_CODE: (u64, f64) = (6, 0.02);
const ABOVE_NEIGHBOURS_OF_A_CODE: f64 = 6.0;
/// How many neighbours, as a share of the range; and how few scores they have beside the fullest place.
const NEIGHBOURS: f64 = 0.1;
const FEWEST_NEIGHBOURS: usize = 3;
const VALLEY: f64 = 0.4;

/// Asks about numbers that look like "not filled in", each with its problem; of the scores after treatment also with regard
/// to those who left.
pub(super) fn problems(
    column: &ScoreColumn,
    tally: &Tally,
    leavers: Option<&SameOfLeavers>,
) -> Vec<(f64, Problem)> {
    let is_right = |number: f64| column.is_right(WhatIsRight::Score(number));
    let mut problems: Vec<(f64, Problem)> = Vec::new();
    if let Some(suspects) = &tally.suspects {
        for (code, met) in suspects.apart().filter(|(code, _)| !is_right(*code)) {
            let message = format!(
                "found {code} in {}, every other score is {} to {}",
                rows(met.count),
                suspects.lowest,
                suspects.highest
            );
            let problem = column.problem(met.first, message);
            problems.push((code, problem.hint(hint(column, code, None))));
        }
    }
    if tally.count < FEWEST || tally.is_off || !tally.outside.is_empty() {
        return problems;
    }
    let steps = tally.steps();
    let candidates = [0.0].into_iter().chain(CODES);
    for number in candidates.filter(|number| !is_right(*number)) {
        if problems.iter().any(|(told, _)| *told == number) {
            continue;
        }
        if let Some(at) = steps.of(number)
            && let Some(how) = stands_out(&steps, at, tally, column.range())
        {
            let met = steps.at[at];
            let message = format!("found {number} in {}, {how}", share(met.count, tally.count));
            let same = leavers.filter(|same| same.value == number);
            let problem = column.problem(met.first, message);
            problems.push((number, problem.hint(hint(column, number, same))));
        }
    }
    problems
}

fn hint(column: &ScoreColumn, number: f64, leavers: Option<&SameOfLeavers>) -> String {
    let only_leavers = leavers.map_or(String::new(), |same| {
        let line = column
            .study
            .sources
            .declared
            .with_code(&same.of(column), number);
        format!(" (only of those who left: {line})")
    });
    format!(
        "{}{only_leavers}; if it is a score, {}",
        column.if_missing(&column.of, number),
        column.if_right(WhatIsRight::Score(number))
    )
}

/// How a number stands out from the other scores, if it does.
fn stands_out(
    steps: &Steps,
    at: usize,
    tally: &Tally,
    range: Option<(f64, f64)>,
) -> Option<String> {
    let count = steps.at[at].count;
    let number = steps.value(at);
    let enough =
        |(fewest, least): (u64, f64)| count >= fewest && count as f64 >= least * tally.count as f64;
    let others: Vec<usize> = (0..steps.all.len())
        .filter(|i| steps.all[*i] > if *i == at { count } else { 0 })
        .collect();
    let (first, last) = (*others.first()?, *others.last()?);
    // The lowest score of a questionnaire that does not begin at 0 is no code.
    if range.is_some_and(|(low, _)| low != 0.0 && number == low) {
        return None;
    }
    let (width, widest_gap) = match range {
        Some(_) => (steps.all.len(), GAP),
        None => (last.max(at) + 1, GAP_OF_UNKNOWN_RANGE),
    };
    if range.is_some() && width < FEWEST_STEPS {
        return None;
    }
    let gap = others.iter().map(|i| i.abs_diff(at)).min()?;
    let gap_elsewhere = others
        .windows(2)
        .filter(|pair| !(pair[0] < at && at < pair[1]))
        .map(|pair| pair[1] - pair[0])
        .max()
        .unwrap_or(0);
    if enough(IN_A_GAP) && gap as f64 >= widest_gap * (width - 1) as f64 && gap >= 2 * gap_elsewhere
    {
        return Some(format!(
            "every other is {} to {}",
            steps.value(first),
            steps.value(last)
        ));
    }
    // Without a range there is no telling where the scores could lie.
    range?;
    let reach = FEWEST_NEIGHBOURS.max((NEIGHBOURS * width as f64).round() as usize);
    let (from, to) = (at.saturating_sub(reach), (at + reach).min(width - 1));
    let near: u64 = steps.all[from..=to].iter().sum::<u64>() - count;
    let near = near as f64 / (to - from) as f64;
    let is_above = |times: f64| count as f64 >= times * (near + 0.5);
    let stands_out = if number == 0.0 {
        let fullest = steps
            .all
            .windows(reach)
            .enumerate()
            .filter(|(i, _)| *i > at || i + reach <= at);
        let fullest = fullest
            .map(|(_, window)| window.iter().sum::<u64>())
            .max()?;
        enough(IN_A_SPIKE)
            && is_above(ABOVE_NEIGHBOURS)
            && near <= VALLEY * fullest as f64 / reach as f64
    } else {
        enough(IN_A_SPIKE_OF_A_CODE) && is_above(ABOVE_NEIGHBOURS_OF_A_CODE)
    };
    stands_out.then(|| format!("far more often than the scores near it ({near:.0} each)"))
}
