//! Which counts and groups may be shown, so that no small group can be recognised.
//!
//! **Question.** Does a table, together with all others, tell something about fewer clients than
//! the minimum cell?
//! **Method.** Cells below the minimum are hidden (primary suppression). Where a hidden cell
//! follows from a total or from another group by subtraction, one more is hidden (secondary
//! suppression): every set of clients that can be had by subtracting shown sets from each other
//! holds nobody or at least the minimum.
//! **Not.** It looks at sets nested in each other and at divisions with a total, not at every
//! linear system of margins; and it looks at one report, not at the last month's beside it.
//! **Sources.** Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.

/// Which cells of a division may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    pub shown: Vec<bool>,
    /// May the total be shown?
    pub total_shown: bool,
}

/// A cell of a division, as the suppression sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// May be hidden.
    Free,
    /// Is printed elsewhere, so hiding it would not help.
    Fixed,
    /// Is not printed at all, but follows from the total and the others.
    Unprinted,
}

/// Decides on the cells of a division whose total is known.
pub fn divide(cells: &[(u64, CellKind)], minimum: u64) -> Division {
    let is_small = |n: u64| n > 0 && n < minimum;
    let mut shown: Vec<bool> = cells
        .iter()
        .map(|(n, kind)| !is_small(*n) && *kind != CellKind::Unprinted)
        .collect();
    let any_small = cells.iter().any(|(n, _)| is_small(*n));
    if !any_small {
        let shown = cells
            .iter()
            .map(|(_, kind)| *kind != CellKind::Unprinted)
            .collect();
        return Division {
            shown,
            total_shown: true,
        };
    }
    loop {
        let hidden = || {
            cells
                .iter()
                .zip(&shown)
                .filter(|(cell, shown)| !**shown && cell.0 > 0)
        };
        let sum: u64 = hidden().map(|(cell, _)| cell.0).sum();
        // With this sum every value below the minimum stays possible for the smallest cell.
        if hidden().count() >= 2 && sum >= 2 * minimum - 1 {
            return Division {
                shown,
                total_shown: true,
            };
        }
        let next = (0..cells.len())
            .filter(|&i| shown[i] && cells[i].1 == CellKind::Free && cells[i].0 > 0)
            .min_by_key(|&i| cells[i].0);
        match next {
            Some(i) => shown[i] = false,
            None => {
                return Division {
                    shown,
                    total_shown: false,
                };
            }
        }
    }
}

/// A set of clients that estimates are to be shown for, as a union of atoms.
#[derive(Clone, Debug)]
pub struct Set {
    /// One entry per atom.
    pub holds: Vec<bool>,
    /// Sets with the same number divide the clients; `None` for groups of their own.
    pub division: Option<usize>,
}

/// Why a set may not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    TooSmall,
    WouldReveal,
}

impl Hidden {
    pub fn in_words(self, minimum: u64) -> String {
        match self {
            Hidden::TooSmall => format!("fewer than {minimum} clients"),
            Hidden::WouldReveal => {
                format!("shown, it would reveal a group of fewer than {minimum} clients")
            }
        }
    }
}

/// Decides which sets may be shown. `atoms` are the numbers of clients in the smallest classes
/// that the sets are unions of; the whole is always shown.
pub fn release(atoms: &[u64], sets: &[Set], minimum: u64) -> Vec<Option<Hidden>> {
    let count = |holds: &dyn Fn(usize) -> bool| -> u64 {
        atoms
            .iter()
            .enumerate()
            .filter(|(i, _)| holds(*i))
            .map(|(_, n)| n)
            .sum()
    };
    let sizes: Vec<u64> = sets.iter().map(|set| count(&|i| set.holds[i])).collect();
    let is_small = |n: u64| n > 0 && n < minimum;
    let mut hidden: Vec<Option<Hidden>> = sizes
        .iter()
        .map(|n| is_small(*n).then_some(Hidden::TooSmall))
        .collect();

    let divisions: std::collections::BTreeSet<usize> =
        sets.iter().filter_map(|set| set.division).collect();
    for division in divisions {
        let members: Vec<usize> = (0..sets.len())
            .filter(|&s| sets[s].division == Some(division))
            .collect();
        let rest = count(&|i| members.iter().all(|&s| !sets[s].holds[i]));
        let mut cells: Vec<(u64, CellKind)> = members
            .iter()
            .map(|&s| (sizes[s], CellKind::Free))
            .collect();
        cells.push((rest, CellKind::Unprinted));
        let decided = divide(&cells, minimum);
        for (&s, shown) in members.iter().zip(&decided.shown) {
            if !shown {
                hidden[s].get_or_insert(Hidden::WouldReveal);
            }
        }
        if !decided.total_shown {
            // The total of all clients is always shown, so nothing else of the division may be.
            for &s in &members {
                if sizes[s] > 0 {
                    hidden[s].get_or_insert(Hidden::WouldReveal);
                }
            }
        }
    }

    for s in 0..sets.len() {
        if hidden[s].is_none() && sizes[s] > 0 && reveals(s, atoms, sets, &sizes, &hidden, minimum)
        {
            hidden[s] = Some(Hidden::WouldReveal);
        }
    }
    hidden
}

/// Can a small set be had by subtracting a shown set from set `s`, or `s` from a shown set?
fn reveals(
    s: usize,
    atoms: &[u64],
    sets: &[Set],
    sizes: &[u64],
    hidden: &[Option<Hidden>],
    minimum: u64,
) -> bool {
    let count = |holds: &dyn Fn(usize) -> bool| -> u64 {
        atoms
            .iter()
            .enumerate()
            .filter(|(i, _)| holds(*i))
            .map(|(_, n)| n)
            .sum()
    };
    let is_small = |n: u64| n > 0 && n < minimum;
    let inside = |a: usize, b: usize| count(&|i| sets[a].holds[i] && !sets[b].holds[i]) == 0;
    let own = &sets[s].holds;
    if is_small(count(&|i| !own[i])) {
        return true;
    }
    for other in (0..sets.len()).filter(|&o| o != s && sizes[o] > 0) {
        let is_same_division =
            sets[s].division.is_some() && sets[s].division == sets[other].division;
        if is_same_division {
            continue;
        }
        let gap = if inside(s, other) {
            count(&|i| sets[other].holds[i] && !own[i])
        } else if inside(other, s) {
            count(&|i| own[i] && !sets[other].holds[i])
        } else {
            continue;
        };
        // Next to a shown set the gap must not be small; next to a hidden one `s` must not be
        // (nearly) the same, or it would show what is hidden.
        let tells = if hidden[other].is_none() {
            other < s && is_small(gap)
        } else {
            gap < minimum
        };
        if tells {
            return true;
        }
    }
    // The shown parts of a division that lie inside the set, and those that touch it.
    let divisions: std::collections::BTreeSet<usize> =
        sets.iter().filter_map(|set| set.division).collect();
    divisions
        .into_iter()
        .filter(|d| sets[s].division != Some(*d))
        .any(|division| {
            let parts: Vec<usize> = (0..sets.len())
                .filter(|&o| {
                    sets[o].division == Some(division) && hidden[o].is_none() && sizes[o] > 0
                })
                .collect();
            let inner: Vec<usize> = parts.iter().copied().filter(|&o| inside(o, s)).collect();
            let touching: Vec<usize> = parts
                .iter()
                .copied()
                .filter(|&o| count(&|i| sets[o].holds[i] && own[i]) > 0)
                .collect();
            let rest = count(&|i| own[i] && !inner.iter().any(|&o| sets[o].holds[i]));
            let around = count(&|i| !own[i] && touching.iter().any(|&o| sets[o].holds[i]));
            let is_covered = count(&|i| own[i] && !touching.iter().any(|&o| sets[o].holds[i])) == 0;
            (!inner.is_empty() && is_small(rest)) || (is_covered && is_small(around))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use CellKind::*;

    #[test]
    fn a_single_small_cell_takes_another_with_it() {
        let d = divide(&[(100, Free), (3, Free), (40, Free), (12, Free)], 5);
        assert_eq!(d.shown, [true, false, true, false]);
        assert!(d.total_shown);
    }

    #[test]
    fn nothing_small_nothing_hidden() {
        let d = divide(&[(100, Free), (0, Free), (5, Free)], 5);
        assert_eq!(
            d,
            Division {
                shown: vec![true; 3],
                total_shown: true
            }
        );
    }

    #[test]
    fn when_only_printed_cells_are_left_the_total_goes() {
        let d = divide(&[(542, Fixed), (3, Free)], 5);
        assert_eq!(
            d,
            Division {
                shown: vec![true, false],
                total_shown: false
            }
        );
    }

    #[test]
    fn a_small_rest_without_a_label_is_protected_too() {
        let d = divide(&[(100, Free), (30, Free), (2, Unprinted)], 5);
        assert_eq!(d.shown, [true, false, false]);
    }

    #[test]
    fn the_hidden_sum_leaves_every_small_value_possible() {
        // 4 + 5 = 9: the small one may be 1, 2, 3 or 4.
        let d = divide(&[(4, Free), (5, Free), (90, Free)], 5);
        assert_eq!(d.shown, [false, false, true]);
        // 1 + 5 = 6 would betray the 1: a third is hidden.
        let d = divide(&[(1, Free), (5, Free), (9, Free), (90, Free)], 5);
        assert_eq!(d.shown, [false, false, false, true]);
    }

    fn set(holds: &[u8], division: Option<usize>) -> Set {
        Set {
            holds: holds.iter().map(|h| *h == 1).collect(),
            division,
        }
    }

    #[test]
    fn a_group_that_gives_away_a_hidden_level_is_hidden() {
        // Atoms: cbt 100, cbtp 3, act 40, other 30. `cbt` as a group is cbt + cbtp.
        let atoms = [100, 3, 40, 30];
        let sets = [
            set(&[1, 0, 0, 0], Some(0)),
            set(&[0, 1, 0, 0], Some(0)),
            set(&[0, 0, 1, 0], Some(0)),
            set(&[0, 0, 0, 1], Some(0)),
            set(&[1, 1, 0, 0], None),
        ];
        let hidden = release(&atoms, &sets, 5);
        assert_eq!(hidden[0], None);
        assert_eq!(hidden[1], Some(Hidden::TooSmall));
        assert_eq!(hidden[3], Some(Hidden::WouldReveal));
        assert_eq!(hidden[4], Some(Hidden::WouldReveal));
    }

    #[test]
    fn a_group_that_equals_a_hidden_level_is_hidden() {
        let atoms = [100, 3, 12];
        let sets = [
            set(&[1, 0, 0], Some(0)),
            set(&[0, 1, 0], Some(0)),
            set(&[0, 0, 1], Some(0)),
            set(&[0, 0, 1], None),
        ];
        let hidden = release(&atoms, &sets, 5);
        assert_eq!(
            hidden,
            [
                None,
                Some(Hidden::TooSmall),
                Some(Hidden::WouldReveal),
                Some(Hidden::WouldReveal)
            ]
        );
    }

    #[test]
    fn a_group_of_all_but_three_is_hidden() {
        let hidden = release(&[97, 3], &[set(&[1, 0], None)], 5);
        assert_eq!(hidden, [Some(Hidden::WouldReveal)]);
    }
}
