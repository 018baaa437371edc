//! Totals that are none: items that were coded from 1 instead of 0, so that none lies below the number of
//! items, and means of the items, of which none lies above the highest answer.

use super::super::problem::Problem;
use super::{ScoreColumn, Tally};
use crate::study::WhatIsRight;

/// METHOD: so many scores, and so many of them at the lowest: of simulated files of eight questionnaires
/// by seven severities, .4 % have their lowest score just there at 30 clients and .1 % at 300; where all
/// are very ill, up to 7 % of one questionnaire.
const FEWEST: u64 = 30;
const AT_THE_LOWEST: u64 = 2;
/// Items on more steps than this are marks on a line, whose totals have no gap below the number of items.
const MOST_STEPS: f64 = 10.0;

/// Asks whether items were coded from 1, where no total of `tally` lies below the number of items.
/// `shown` is the tally whose first such row is told.
pub(super) fn problem(column: &ScoreColumn, tally: &Tally, shown: &Tally) -> Option<Problem> {
    let measure = column.measure?;
    let items = f64::from(measure.items?);
    let (minimum, maximum) = measure.range()?;
    let last = maximum / items;
    let is_sum = items > 1.0 && minimum == 0.0 && last.fract() == 0.0 && last < MOST_STEPS;
    let is_suspect = is_sum
        && tally.outside.is_empty()
        && tally.count >= FEWEST
        && tally.lowest == items
        && tally.met(items).count >= AT_THE_LOWEST
        && !column.is_right(WhatIsRight::NoneBelow(items));
    let first = Some(shown.met(items))
        .filter(|met| is_suspect && met.count > 0)?
        .first;
    let message = format!(
        "found no score below {items} in {}, and {} has {items} items: items coded from 1 to {} instead of 0 to {last} give such totals",
        tally.count,
        measure.name,
        last + 1.0
    );
    Some(column.problem(first, message).hint(format!(
        "if the items were coded from 1, subtract {items} from every total in the export; if nobody scores lower, say so {}",
        column.if_right(WhatIsRight::NoneBelow(items))
    )))
}

/// Asks whether the scores are means of the items: fractions, none above the highest answer to one item.
pub(super) fn means(column: &ScoreColumn, tally: &Tally) -> Option<Problem> {
    let measure = column.measure?;
    let items = f64::from(measure.items?);
    let (minimum, maximum) = measure.range()?;
    let highest = maximum / items;
    let is_suspect = items > 2.0
        && minimum == 0.0
        && tally.outside.is_empty()
        && tally.count >= FEWEST
        && tally.highest <= highest
        && 2 * tally.fractions() > tally.count
        && !column.is_right(WhatIsRight::NoneAbove(highest));
    if !is_suspect {
        return None;
    }
    let message = format!(
        "found no score above {highest} in {}, and most are fractions: means of the items, of which {} has {items}, are such scores; expected totals of {minimum} to {maximum}",
        tally.count, measure.name
    );
    Some(column.problem(tally.first, message).hint(format!(
        "if they are means, give {items} times each in the export; if they are totals, say so {}",
        column.if_right(WhatIsRight::NoneAbove(highest))
    )))
}

/// Whether items were coded from 1, of the scores before and after treatment. Who is treated has a high score before, so those
/// after treatment tell, alone or both together.
pub(super) fn of_outcomes(columns: &[ScoreColumn; 2], tallies: &[Tally; 2]) -> Option<Problem> {
    let items = columns[0].measure?.items?;
    // Said of one of the two, it is said of the coding of the items.
    let said = WhatIsRight::NoneBelow(f64::from(items));
    if columns.iter().any(|column| column.is_right(said)) {
        return None;
    }
    let [before, after] = tallies;
    let mut both = before.clone();
    both.merge(after, 0);
    problem(&columns[1], after, after)
        .or_else(|| problem(&columns[1], &both, after))
        .or_else(|| problem(&columns[0], &both, before))
}
