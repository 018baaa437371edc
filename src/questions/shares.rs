//! The share of clients of whom something is so, over all and by the levels of a modality.

use super::sample::{Analysis, ShownGroup, with_share};
use crate::features::GroupKind;
use crate::findings::Estimate;
use crate::findings::disclosure::{CellKind, divide};
use crate::findings::earlier::{self, Part};
use crate::study::Modality;

/// Clients of a group of whom it is so, and of whom it is not.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    pub yes: u64,
    pub no: u64,
}

/// The share of all clients, then of each level of some modalities. `of_client` says of each client
/// whether it is so, where that is known; `shell` makes the estimate of a group, still empty.
///
/// What is hidden of a level does not follow from the total and the other levels, neither for those
/// of whom it is so nor for the others.
pub fn by_level(
    analysis: &Analysis,
    modalities: &[Modality],
    of_client: &[Option<bool>],
    shell: impl Fn(&ShownGroup) -> Estimate,
) -> Vec<Estimate> {
    let split = |shown: &ShownGroup| {
        let count = |wanted: bool| {
            let held = of_client.iter().zip(&shown.group.holds);
            held.filter(|(is, held)| **held && **is == Some(wanted))
                .count() as u64
        };
        Split {
            yes: count(true),
            no: count(false),
        }
    };
    let all = analysis.everybody();
    let total = split(all);
    let mut estimates = vec![share(analysis, all, shell(all), total, true)];
    for &modality in modalities {
        let levels: Vec<&ShownGroup> = analysis
            .groups
            .iter()
            .filter(|g| g.group.kind == GroupKind::Level(modality))
            .collect();
        let splits: Vec<Split> = levels.iter().map(|level| split(level)).collect();
        let may: Vec<bool> = levels.iter().map(|level| level.hidden.is_none()).collect();
        let shown = shown_parts(&may, &splits, total, analysis.minimum());
        for ((level, split), shown) in levels.iter().zip(splits).zip(shown) {
            estimates.push(share(analysis, level, shell(level), split, shown));
        }
    }
    estimates
}

fn share(
    analysis: &Analysis,
    of: &ShownGroup,
    estimate: Estimate,
    split: Split,
    may_be_shown: bool,
) -> Estimate {
    if let Some(hidden) = of.hidden {
        return estimate.suppressed(hidden.in_words(analysis.minimum()));
    }
    if !may_be_shown {
        return estimate.suppressed(analysis.too_few_follow());
    }
    with_share(
        estimate,
        split.yes as usize,
        (split.yes + split.no) as usize,
        analysis,
    )
}

/// Which parts of all clients may be shown beside their total: what is hidden follows neither for
/// those of whom it is so nor for the others. `may` says which parts may be shown at all.
pub fn shown_parts(may: &[bool], splits: &[Split], total: Split, minimum: u64) -> Vec<bool> {
    decided(may, splits, total, minimum, None)
}

/// The same for parts in the order of time: the latest is hidden only where it must be.
pub fn shown_periods(splits: &[Split], total: Split, minimum: u64) -> Vec<bool> {
    let may = vec![true; splits.len()];
    decided(&may, splits, total, minimum, splits.len().checked_sub(1))
}

/// Which parts of a whole may be shown beside the last report, of those that `shown` allows: `last` has each part
/// as that report showed it (nobody, where it is new), or nothing where it hid it; `totals` are all clients then
/// and now, where both are known.
///
/// METHOD: what is left of the growth of all beside the parts that are shown must not be a few, nor what the hidden
/// ones grew by together; of all, of whom it is so, and of the others, until nothing more follows.
pub fn shown_beside_last(
    now: &[Split],
    last: &[Option<Split>],
    totals: Option<[Split; 2]>,
    mut shown: Vec<bool>,
    minimum: u64,
) -> Vec<bool> {
    let sides: [fn(&Split) -> i64; 3] =
        [|n| (n.yes + n.no) as i64, |n| n.yes as i64, |n| n.no as i64];
    loop {
        let before = shown.clone();
        for of in sides {
            let parts: Vec<Part> = now
                .iter()
                .zip(last)
                .zip(&shown)
                .map(|((now, last), is_shown)| Part {
                    growth: last.as_ref().map(|last| of(now) - of(last)),
                    is_shown: *is_shown,
                })
                .collect();
            let known = parts.iter().filter_map(|part| part.growth).sum();
            let whole = totals.map_or(known, |[last, now]| of(&now) - of(&last));
            shown = earlier::shown_parts(whole, &parts, minimum);
        }
        if shown == before {
            return shown;
        }
    }
}

fn decided(
    may: &[bool],
    splits: &[Split],
    total: Split,
    minimum: u64,
    wanted: Option<usize>,
) -> Vec<bool> {
    let is_small = |n: u64| n > 0 && n < minimum;
    let mut shown: Vec<bool> = may
        .iter()
        .zip(splits)
        .map(|(may, n)| *may && !is_small(n.yes) && !is_small(n.no))
        .collect();
    // What hides a part for the one hides it for the other, until nothing more follows.
    loop {
        let before = shown.clone();
        for of in [|n: &Split| n.yes, |n: &Split| n.no] {
            let mut cells: Vec<(u64, CellKind)> = splits
                .iter()
                .zip(&shown)
                .enumerate()
                .map(|(at, (n, shown))| {
                    let kind = match shown {
                        false => CellKind::Unprinted,
                        true if wanted == Some(at) => CellKind::Wanted,
                        true => CellKind::Free,
                    };
                    (of(n), kind)
                })
                .collect();
            let in_a_part: u64 = splits.iter().map(of).sum();
            cells.push((of(&total) - in_a_part, CellKind::Unprinted));
            let decided = divide(&cells, minimum);
            for (shown, may) in shown.iter_mut().zip(&decided.shown) {
                *shown &= may & decided.total_shown;
            }
        }
        if shown == before {
            return shown;
        }
    }
}
