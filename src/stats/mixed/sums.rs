//! Sums per group: all that a mixed model needs of its rows.
//! **Question.** What must be kept of a client's sessions so that a mixed model can still be fitted, and sites merged?
//! **Method.** Count, means and centred cross-products of predictors and outcome per group (Welford), merged pairwise (Chan and others); a group may know the larger group it lies in.
//! **Not.** Missing values (only complete rows come here) and groups crossed with others.
//! **Sources.** Welford (1962), Technometrics 4, 419–420; Chan, Golub & LeVeque (1983), American Statistician 37, 242–247.

use super::triangle::{half, place};
use crate::Undefined;

/// Group numbers lie below this: they index a table with room for every number up to the largest.
const MOST_GROUPS: usize = 1 << 22;
/// Marks a group whose larger group is not known.
const NOWHERE: usize = usize::MAX;

/// Count, means and centred cross-products of `predictors + 1` variables (the outcome last) in each group.
///
/// Laws (tested): merging with an empty one changes nothing; split and merge gives the whole; the order of rows does not matter
/// beyond 1e-12; a group number without rows is no group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSums {
    predictors: usize,
    counts: Vec<usize>,
    /// Per group: means, then the lower half of the products.
    sums: Vec<f64>,
    /// Per group; empty when no group has been placed.
    parents: Vec<usize>,
}

impl GroupSums {
    /// No rows yet, for so many predictors; the intercept is not counted and always there.
    ///
    /// ```
    /// use alliance_stats::mixed::GroupSums;
    /// assert_eq!(GroupSums::new(2).rows(), 0);
    /// ```
    pub fn new(predictors: usize) -> Self {
        Self {
            predictors,
            counts: Vec::new(),
            sums: Vec::new(),
            parents: Vec::new(),
        }
    }

    /// The sums of columns of equal length; `groups` numbers each row's group from 0.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`]; those of [`Self::insert`].
    ///
    /// ```
    /// use alliance_stats::mixed::GroupSums;
    /// let session = [1.0, 2.0, 1.0, 2.0, 3.0];
    /// let rating = [40.0, 44.0, 50.0, 51.0, 55.0];
    /// let sums = GroupSums::from_columns(&[&session], &rating, &[0, 0, 1, 1, 1]).unwrap();
    /// assert_eq!((sums.rows(), sums.groups(), sums.count(1)), (5, 2, 3));
    /// ```
    pub fn from_columns(
        predictors: &[&[f64]],
        outcome: &[f64],
        groups: &[usize],
    ) -> Result<Self, Undefined> {
        let lengths = predictors.iter().map(|column| column.len());
        if let Some(other) = lengths.chain([groups.len()]).find(|&n| n != outcome.len()) {
            return Err(Undefined::UnequalLengths {
                first: outcome.len(),
                second: other,
            });
        }
        let mut whole = Self::new(predictors.len());
        if let Some(&last) = groups.iter().max() {
            whole.make_room(last)?;
        }
        let mut row = vec![0.0; predictors.len() + 1];
        for (i, &group) in groups.iter().enumerate() {
            for (value, column) in row.iter_mut().zip(predictors) {
                *value = column[i];
            }
            row[predictors.len()] = outcome[i];
            whole.add(group, &row)?;
        }
        Ok(whole)
    }

    /// Adds one complete row.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`] for another number of predictors, [`Undefined::NotFinite`] for NaN or an infinite value,
    /// [`Undefined::OutOfRange`] for a group number of 2²² or more; nothing is added then.
    ///
    /// ```
    /// use alliance_stats::mixed::GroupSums;
    /// let mut sums = GroupSums::new(1);
    /// sums.insert(3, &[1.0], 40.0).unwrap();
    /// assert_eq!((sums.groups(), sums.count(3), sums.count(0)), (1, 1, 0));
    /// ```
    pub fn insert(
        &mut self,
        group: usize,
        predictors: &[f64],
        outcome: f64,
    ) -> Result<(), Undefined> {
        if predictors.len() != self.predictors {
            return Err(Undefined::UnequalLengths {
                first: self.predictors,
                second: predictors.len(),
            });
        }
        self.make_room(group)?;
        let row: Vec<f64> = predictors.iter().copied().chain([outcome]).collect();
        self.add(group, &row)
    }

    /// Says in which larger group a group lies.
    ///
    /// # Errors
    /// [`Undefined::TwoParents`] if it was placed in another one before; [`Undefined::OutOfRange`] as above.
    pub fn nest(&mut self, group: usize, parent: usize) -> Result<(), Undefined> {
        self.make_room(group)?;
        checked_number(parent)?;
        if self.parents.len() < self.counts.len() {
            self.parents.resize(self.counts.len(), NOWHERE);
        }
        let known = self.parents[group];
        if known != NOWHERE && known != parent {
            return Err(Undefined::TwoParents);
        }
        self.parents[group] = parent;
        Ok(())
    }

    /// Both sets of rows together; groups of the same number are one group.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`] for another number of predictors; those of [`Self::nest`].
    ///
    /// ```
    /// use alliance_stats::mixed::GroupSums;
    /// let first = GroupSums::from_columns(&[], &[1.0, 2.0], &[0, 0]).unwrap();
    /// let second = GroupSums::from_columns(&[], &[6.0, 9.0], &[0, 1]).unwrap();
    /// let whole = first.merge(&second).unwrap();
    /// assert_eq!((whole.count(0), whole.count(1)), (3, 1));
    /// ```
    pub fn merge(&self, other: &Self) -> Result<Self, Undefined> {
        if self.predictors != other.predictors {
            return Err(Undefined::UnequalLengths {
                first: self.predictors,
                second: other.predictors,
            });
        }
        let mut whole = self.clone();
        if let Some(last) = other.counts.len().checked_sub(1) {
            whole.make_room(last)?;
        }
        for group in 0..other.counts.len() {
            whole.absorb(group, other);
            if let Some(parent) = other.parent(group) {
                whole.nest(group, parent)?;
            }
        }
        Ok(whole)
    }

    fn absorb(&mut self, group: usize, other: &Self) {
        let (k, stride) = (self.variables(), self.stride());
        let theirs = &other.sums[group * stride..(group + 1) * stride];
        let (a, b) = (self.counts[group] as f64, other.counts[group] as f64);
        let mine = &mut self.sums[group * stride..(group + 1) * stride];
        self.counts[group] += other.counts[group];
        if b == 0.0 {
            return;
        }
        if a == 0.0 {
            mine.copy_from_slice(theirs);
            return;
        }
        let apart: Vec<f64> = (0..k).map(|i| theirs[i] - mine[i]).collect();
        for i in 0..k {
            mine[i] += apart[i] * (b / (a + b));
            for j in 0..=i {
                mine[k + place(i, j)] +=
                    theirs[k + place(i, j)] + (apart[i] * apart[j]) * (a / (a + b) * b);
            }
        }
    }

    fn make_room(&mut self, group: usize) -> Result<(), Undefined> {
        checked_number(group)?;
        if group >= self.counts.len() {
            self.counts.resize(group + 1, 0);
            self.sums.resize((group + 1) * self.stride(), 0.0);
        }
        Ok(())
    }

    /// `row` holds the predictors and the outcome; the group has room.
    #[inline]
    fn add(&mut self, group: usize, row: &[f64]) -> Result<(), Undefined> {
        // A sum is finite unless a part of it is not, or the parts are too large to be squared anyway.
        if !row
            .iter()
            .fold(0.0, |sum, value| sum + value.abs())
            .is_finite()
        {
            return Err(Undefined::NotFinite { variable: "a row" });
        }
        let (k, stride) = (row.len(), self.stride());
        self.counts[group] += 1;
        let n = self.counts[group] as f64;
        let (means, products) = self.sums[group * stride..(group + 1) * stride].split_at_mut(k);
        let inverse = 1.0 / n;
        let share = (n - 1.0) * inverse;
        let mut at = 0;
        // (n − 1)/n · dᵢ · dⱼ with the deviations from the means before this row.
        for i in 0..k {
            let scaled = share * (row[i] - means[i]);
            for j in 0..=i {
                products[at] += scaled * (row[j] - means[j]);
                at += 1;
            }
        }
        for i in 0..k {
            means[i] += (row[i] - means[i]) * inverse;
        }
        Ok(())
    }

    /// Rows of all groups.
    pub fn rows(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Groups with at least one row.
    pub fn groups(&self) -> usize {
        self.numbers().count()
    }

    /// Predictors, the intercept not counted.
    pub fn predictors(&self) -> usize {
        self.predictors
    }

    /// Rows of a group.
    pub fn count(&self, group: usize) -> usize {
        self.counts.get(group).copied().unwrap_or(0)
    }

    /// The larger group a group lies in.
    pub fn parent(&self, group: usize) -> Option<usize> {
        self.parents
            .get(group)
            .copied()
            .filter(|&parent| parent != NOWHERE)
    }

    /// The numbers of the groups that have rows, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.counts.len()).filter(|&group| self.counts[group] > 0)
    }

    /// Predictors and outcome.
    pub(super) fn variables(&self) -> usize {
        self.predictors + 1
    }

    fn stride(&self) -> usize {
        self.variables() + half(self.variables())
    }

    /// Means of predictors and outcome.
    pub(super) fn means(&self, group: usize) -> &[f64] {
        &self.sums[group * self.stride()..][..self.variables()]
    }

    /// Lower half of the centred products.
    pub(super) fn products(&self, group: usize) -> &[f64] {
        &self.sums[group * self.stride() + self.variables()..][..half(self.variables())]
    }
}

fn checked_number(number: usize) -> Result<(), Undefined> {
    if number < MOST_GROUPS {
        Ok(())
    } else {
        Err(Undefined::OutOfRange {
            what: "the number of a group",
            value: number as f64,
            allowed: "below 4,194,304",
        })
    }
}
