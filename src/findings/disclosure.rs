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
    /// May be hidden where no other is left: the latest of a chart over time.
    Wanted,
    /// Is printed elsewhere, so hiding it would not help.
    Fixed,
    /// Is not printed at all, but follows from the total and the others.
    Unprinted,
}

impl CellKind {
    fn may_be_hidden(self) -> bool {
        matches!(self, CellKind::Free | CellKind::Wanted)
    }
}

/// Decides on the cells of a division whose total is known; of the cells that may be hidden, the
/// smallest goes first.
pub fn divide(cells: &[(u64, CellKind)], minimum: u64) -> Division {
    divide_by_cost(cells, minimum, |i| cells[i].0)
}

/// The same, with a cost of hiding each cell.
fn divide_by_cost(
    cells: &[(u64, CellKind)],
    minimum: u64,
    cost: impl Fn(usize) -> u64,
) -> Division {
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
        let sizes: Vec<u64> = hidden().map(|(cell, _)| cell.0).collect();
        if protect_each_other(&sizes, minimum) {
            return Division {
                shown,
                total_shown: true,
            };
        }
        let next = (0..cells.len())
            .filter(|&i| shown[i] && cells[i].1.may_be_hidden() && cells[i].0 > 0)
            .min_by_key(|&i| (cells[i].1 == CellKind::Wanted, cost(i)));
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

/// Does the sum of these cells, none of them empty, leave every value below the minimum possible for each
/// of the small ones?
///
/// METHOD: a reader may know which of them are small: the reason why a cell is hidden says so. A small cell
/// is the larger the smaller the others are, each at least 1, or the minimum where it is not small; and the
/// smaller the larger the others are.
fn protect_each_other(cells: &[u64], minimum: u64) -> bool {
    let small = cells.iter().filter(|n| **n < minimum).count() as u64;
    if small == 0 {
        return true;
    }
    let large = cells.len() as u64 - small;
    let sum: u64 = cells.iter().sum();
    let may_be_largest = sum >= (small - 1) + large * minimum + (minimum - 1);
    let may_be_one = large > 0 || sum <= (small - 1) * (minimum - 1) + 1;
    cells.len() >= 2 && may_be_largest && may_be_one
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
    /// Beside the last report, it would tell of a few.
    BesideLast,
}

impl Hidden {
    pub fn in_words(self, minimum: u64) -> String {
        match self {
            Hidden::TooSmall => format!("fewer than {minimum} clients"),
            Hidden::WouldReveal => {
                format!("shown, it would reveal a group of fewer than {minimum} clients")
            }
            Hidden::BesideLast => {
                format!("beside the last report, it would tell of fewer than {minimum} clients")
            }
        }
    }
}

/// Decides which sets may be shown.
///
/// Each of `populations` (the clients analysed, those with a rating …) gives the numbers of clients
/// in the atoms, the smallest classes that the sets are unions of; a set is shown only when it may
/// be shown for every population. The whole is always shown.
pub fn release(populations: &[Vec<u64>], sets: &[Set], minimum: u64) -> Vec<Option<Hidden>> {
    let populations: Vec<Population> = populations
        .iter()
        .map(|atoms| Population::new(atoms, sets, minimum))
        .collect();
    let mut hidden: Vec<Option<Hidden>> = vec![None; sets.len()];
    for population in &populations {
        for (s, hidden) in hidden.iter_mut().enumerate() {
            if population.is_small(population.sizes[s]) {
                *hidden = Some(Hidden::TooSmall);
            }
        }
    }
    for population in &populations {
        population.protect_divisions(&mut hidden);
    }
    for s in 0..sets.len() {
        if hidden[s].is_none() && populations.iter().any(|p| p.reveals(s, &hidden)) {
            hidden[s] = Some(Hidden::WouldReveal);
        }
    }
    hidden
}

/// The sets as one population fills them.
struct Population<'a> {
    atoms: &'a [u64],
    sets: &'a [Set],
    sizes: Vec<u64>,
    /// The atoms of each set that hold anybody, a bit each: sets are compared by the thousand.
    masks: Vec<Vec<u64>>,
    minimum: u64,
}

/// The atoms that a set holds and that hold anybody, 64 to a word.
fn mask(holds: &[bool], atoms: &[u64]) -> Vec<u64> {
    let mut words = vec![0; atoms.len().div_ceil(64)];
    for (i, (held, n)) in holds.iter().zip(atoms).enumerate() {
        words[i / 64] |= u64::from(*held && *n > 0) << (i % 64);
    }
    words
}

impl<'a> Population<'a> {
    fn new(atoms: &'a [u64], sets: &'a [Set], minimum: u64) -> Population<'a> {
        let mut population = Population {
            atoms,
            sets,
            sizes: Vec::new(),
            masks: sets.iter().map(|set| mask(&set.holds, atoms)).collect(),
            minimum,
        };
        population.sizes = sets
            .iter()
            .map(|set| population.count(|i| set.holds[i]))
            .collect();
        population
    }

    fn count(&self, holds: impl Fn(usize) -> bool) -> u64 {
        self.atoms
            .iter()
            .enumerate()
            .filter(|(i, _)| holds(*i))
            .map(|(_, n)| n)
            .sum()
    }

    fn is_small(&self, n: u64) -> bool {
        n > 0 && n < self.minimum
    }

    fn holds_all_of(&self, outer: usize, inner: usize) -> bool {
        let pairs = self.masks[outer].iter().zip(&self.masks[inner]);
        pairs.into_iter().all(|(outer, inner)| inner & !outer == 0)
    }

    fn divisions(&self) -> std::collections::BTreeSet<usize> {
        self.sets.iter().filter_map(|set| set.division).collect()
    }

    fn members(&self, division: usize) -> Vec<usize> {
        (0..self.sets.len())
            .filter(|&s| self.sets[s].division == Some(division))
            .collect()
    }

    /// Clients in no member of a division: nothing is recorded of them.
    fn unrecorded(&self, members: &[usize], inside: Option<usize>) -> u64 {
        self.count(|i| {
            inside.is_none_or(|s| self.sets[s].holds[i])
                && members.iter().all(|&s| !self.sets[s].holds[i])
        })
    }

    /// Hides what would follow from the total of a division.
    fn protect_divisions(&self, hidden: &mut [Option<Hidden>]) {
        for division in self.divisions() {
            let members = self.members(division);
            let mut cells: Vec<(u64, CellKind)> = members
                .iter()
                .map(|&s| (self.sizes[s], CellKind::Free))
                .collect();
            cells.push((self.unrecorded(&members, None), CellKind::Unprinted));
            // METHOD: hiding a level costs its clients and those of every named group that holds
            // it, for the group would have to go with it.
            let cost = |at: usize| {
                let groups = (0..self.sets.len()).filter(|&g| {
                    self.sets[g].division.is_none() && self.holds_all_of(g, members[at])
                });
                self.sizes[members[at]] + groups.map(|g| self.sizes[g]).sum::<u64>()
            };
            let decided = divide_by_cost(&cells, self.minimum, cost);
            for (&s, shown) in members.iter().zip(&decided.shown) {
                // The total of all clients is always shown: without it nothing else may be.
                if self.sizes[s] > 0 && (!shown || !decided.total_shown) {
                    hidden[s].get_or_insert(Hidden::WouldReveal);
                }
            }
        }
    }

    /// Would showing set `s` beside what is shown already tell of a small set?
    fn reveals(&self, s: usize, hidden: &[Option<Hidden>]) -> bool {
        if self.sizes[s] == 0 {
            return false;
        }
        let own = &self.sets[s].holds;
        if self.is_small(self.count(|i| !own[i])) {
            return true;
        }
        for other in (0..self.sets.len()).filter(|&o| o != s && self.sizes[o] > 0) {
            if self.sets[s].division.is_some() && self.sets[s].division == self.sets[other].division
            {
                continue;
            }
            let gap = if self.holds_all_of(other, s) {
                self.count(|i| self.sets[other].holds[i] && !own[i])
            } else if self.holds_all_of(s, other) {
                self.count(|i| own[i] && !self.sets[other].holds[i])
            } else {
                continue;
            };
            // Beside a shown set the gap must not be small; a set that is (nearly) a hidden one
            // would show what is hidden.
            let tells = if hidden[other].is_none() {
                other < s && self.is_small(gap)
            } else {
                gap < self.minimum
            };
            if tells {
                return true;
            }
        }
        self.divisions()
            .into_iter()
            .filter(|d| self.sets[s].division != Some(*d))
            .any(|division| self.splits(s, division, hidden))
    }

    /// Does set `s` divide the levels of a division so that a hidden one follows?
    fn splits(&self, s: usize, division: usize, hidden: &[Option<Hidden>]) -> bool {
        let own = &self.sets[s].holds;
        let members = self.members(division);
        let is_shown = |o: &usize| hidden[*o].is_none() && self.sizes[*o] > 0;
        let inner: Vec<usize> = members
            .iter()
            .copied()
            .filter(|o| is_shown(o) && self.holds_all_of(s, *o))
            .collect();
        let touching: Vec<usize> = members
            .iter()
            .copied()
            .filter(is_shown)
            .filter(|&o| self.count(|i| self.sets[o].holds[i] && own[i]) > 0)
            .collect();
        let rest = self.count(|i| own[i] && !inner.iter().any(|&o| self.sets[o].holds[i]));
        let around = self.count(|i| !own[i] && touching.iter().any(|&o| self.sets[o].holds[i]));
        let is_covered =
            self.count(|i| own[i] && !touching.iter().any(|&o| self.sets[o].holds[i])) == 0;
        if (!inner.is_empty() && self.is_small(rest)) || (is_covered && self.is_small(around)) {
            return true;
        }
        // A set of whole levels splits the sum of the hidden levels in two; each part must be safe.
        let is_whole = touching.len() == inner.len()
            && members.iter().all(|&o| {
                let shared = self.count(|i| self.sets[o].holds[i] && own[i]);
                shared == 0 || shared == self.sizes[o]
            });
        if !is_whole {
            return false;
        }
        let unrecorded_inside = self.unrecorded(&members, Some(s));
        let unrecorded_outside = self.unrecorded(&members, None) - unrecorded_inside;
        let part = |inside: bool, unrecorded: u64| -> Vec<u64> {
            let levels = members
                .iter()
                .filter(|&&o| {
                    hidden[o].is_some() && self.sizes[o] > 0 && self.holds_all_of(s, o) == inside
                })
                .map(|&o| self.sizes[o]);
            levels
                .chain((unrecorded > 0).then_some(unrecorded))
                .collect()
        };
        let is_safe = |cells: Vec<u64>| protect_each_other(&cells, self.minimum);
        !is_safe(part(true, unrecorded_inside)) || !is_safe(part(false, unrecorded_outside))
    }
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

    #[test]
    fn cells_that_would_all_be_as_small_as_they_can_are_protected_by_one_more() {
        // 1 + 1 + 3 = 5 under a minimum of 3: two ones and a three is all that adds up.
        let d = divide(&[(1, Free), (1, Free), (3, Free), (40, Free)], 3);
        assert_eq!(d.shown, [false; 4]);
        // 4 + 4 = 8 under a minimum of 5: two fours.
        let d = divide(&[(4, Free), (4, Free), (30, Free), (90, Free)], 5);
        assert_eq!(d.shown, [false, false, false, true]);
        // 2 + 3 = 5: one may be 1 to 4, and so may the other.
        let d = divide(&[(2, Free), (3, Free), (30, Free)], 5);
        assert_eq!(d.shown, [false, false, true]);
    }

    fn set(holds: &[u8], division: Option<usize>) -> Set {
        Set {
            holds: holds.iter().map(|h| *h == 1).collect(),
            division,
        }
    }

    #[test]
    fn a_level_outside_the_named_groups_is_hidden_first() {
        // Atoms: cbt 100, cbtp 24, emdr 4, family 25. The group `cbt` is cbt + cbtp; were cbtp
        // hidden beside emdr, the group would give cbtp away and with it emdr.
        let sets = [
            set(&[1, 0, 0, 0], Some(0)),
            set(&[0, 1, 0, 0], Some(0)),
            set(&[0, 0, 1, 0], Some(0)),
            set(&[0, 0, 0, 1], Some(0)),
            set(&[1, 1, 0, 0], None),
        ];
        let hidden = release(&[vec![100, 24, 4, 25]], &sets, 5);
        assert_eq!(
            hidden,
            [
                None,
                None,
                Some(Hidden::TooSmall),
                Some(Hidden::WouldReveal),
                None
            ]
        );
    }

    #[test]
    fn a_group_that_splits_the_hidden_levels_is_hidden() {
        // Every level is in a group, so one of them must go, and the group with it.
        let sets = [
            set(&[1, 0, 0], Some(0)),
            set(&[0, 1, 0], Some(0)),
            set(&[0, 0, 1], Some(0)),
            set(&[1, 1, 0], None),
        ];
        let hidden = release(&[vec![100, 24, 4]], &sets, 5);
        assert_eq!(hidden[2], Some(Hidden::TooSmall));
        assert_eq!(hidden[1], Some(Hidden::WouldReveal));
        assert_eq!(
            hidden[3],
            Some(Hidden::WouldReveal),
            "total − group is the hidden level"
        );
    }

    #[test]
    fn a_group_that_gives_away_a_hidden_level_is_hidden() {
        // cbtp 3 inside the group: group − cbt would be 3.
        let sets = [
            set(&[1, 0, 0, 0], Some(0)),
            set(&[0, 1, 0, 0], Some(0)),
            set(&[0, 0, 1, 0], Some(0)),
            set(&[0, 0, 0, 1], Some(0)),
            set(&[1, 1, 0, 0], None),
        ];
        let hidden = release(&[vec![100, 3, 40, 30]], &sets, 5);
        assert_eq!(hidden[0], None);
        assert_eq!(hidden[1], Some(Hidden::TooSmall));
        assert_eq!(hidden[4], Some(Hidden::WouldReveal));
    }

    #[test]
    fn a_set_is_hidden_when_any_population_makes_it_small() {
        let sets = [
            set(&[1, 0, 0], Some(0)),
            set(&[0, 1, 0], Some(0)),
            set(&[0, 0, 1], Some(0)),
        ];
        let hidden = release(&[vec![50, 40, 30], vec![48, 40, 3]], &sets, 5);
        assert_eq!(
            hidden,
            [None, Some(Hidden::WouldReveal), Some(Hidden::TooSmall)]
        );
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
        let hidden = release(&[atoms.to_vec()], &sets, 5);
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
        let hidden = release(&[vec![97, 3]], &[set(&[1, 0], None)], 5);
        assert_eq!(hidden, [Some(Hidden::WouldReveal)]);
    }
}
