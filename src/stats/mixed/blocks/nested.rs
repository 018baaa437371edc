//! Groups with a level of their own in larger groups with one too.
//! **Question.** How do clients inside therapists enter a deviance, one level after the other?
//! **Method.** Clients of one size share a weight; their deviations from the therapist's mean are added up per size, then the weighted mean of a therapist enters as one observation.
//! **Not.** Groups crossed with others: a client has one therapist.
//! **Sources.** Longford (1987), Biometrika 74, 817–827 (nested levels by recursion).

use std::collections::BTreeMap;

use super::Weighted;
use crate::Undefined;
use crate::mixed::GroupSums;
use crate::mixed::derivative::Number;
use crate::mixed::triangle::{half, place};

/// Groups of one size, over all larger groups.
#[derive(Debug, Clone)]
struct Size {
    rows: f64,
    groups: f64,
    /// `Σ d dᵀ` of the deviations from the mean of the larger group.
    spread: Vec<f64>,
}

/// Groups of one size in one larger group.
#[derive(Debug, Clone)]
struct Cell {
    size: usize,
    groups: f64,
    /// `Σ d`.
    sum: Vec<f64>,
}

#[derive(Debug, Clone)]
struct Parent {
    /// The mean of its groups' means, about the centre; 1 for the intercept.
    mean: Vec<f64>,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone)]
pub(in crate::mixed) struct Nested {
    sizes: Vec<Size>,
    parents: Vec<Parent>,
}

impl Nested {
    pub fn new(sums: &GroupSums, centre: &[f64]) -> Result<Self, Undefined> {
        let m = centre.len() + 1;
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for group in sums.numbers() {
            let parent = sums.parent(group).ok_or(Undefined::NoParent)?;
            members.entry(parent).or_default().push(group);
            sizes.insert(sums.count(group), 0);
        }
        if members.len() < 2 {
            return Err(Undefined::TooFewClusters {
                found: members.len(),
                needed: 2,
            });
        }
        if members.len() == sums.groups() {
            return Err(Undefined::NoRepeatedParent {
                parents: members.len(),
            });
        }
        for (index, slot) in sizes.values_mut().enumerate() {
            *slot = index;
        }
        let mut nested = Self {
            sizes: sizes
                .keys()
                .map(|&rows| Size {
                    rows: rows as f64,
                    groups: 0.0,
                    spread: vec![0.0; half(m)],
                })
                .collect(),
            parents: Vec::with_capacity(members.len()),
        };
        for groups in members.values() {
            let mut mean = vec![0.0; m];
            mean[0] = 1.0;
            for &group in groups {
                for (sum, (value, c)) in mean[1..]
                    .iter_mut()
                    .zip(sums.means(group).iter().zip(centre))
                {
                    *sum += (value - c) / groups.len() as f64;
                }
            }
            let mut cells: BTreeMap<usize, Cell> = BTreeMap::new();
            let mut d = vec![0.0; m];
            for &group in groups {
                let size = sizes[&sums.count(group)];
                for (i, value) in sums.means(group).iter().enumerate() {
                    d[i + 1] = value - centre[i] - mean[i + 1];
                }
                let shared = &mut nested.sizes[size];
                shared.groups += 1.0;
                for i in 0..m {
                    for j in 0..=i {
                        shared.spread[place(i, j)] += d[i] * d[j];
                    }
                }
                let cell = cells.entry(size).or_insert_with(|| Cell {
                    size,
                    groups: 0.0,
                    sum: vec![0.0; m],
                });
                cell.groups += 1.0;
                for (sum, value) in cell.sum.iter_mut().zip(&d) {
                    *sum += value;
                }
            }
            nested.parents.push(Parent {
                mean,
                cells: cells.into_values().collect(),
            });
        }
        Ok(nested)
    }

    pub fn add_to<T: Number>(&self, sums: &mut Weighted<T>, gamma: T, parent_gamma: T) {
        let one = T::constant(1.0);
        let weights: Vec<T> = self
            .sizes
            .iter()
            .map(|size| {
                let inflation = one + gamma.times(size.rows);
                sums.log_det = sums.log_det + inflation.ln().times(size.groups);
                let weight = inflation.reciprocal().times(size.rows);
                sums.add_part(weight, &size.spread);
                weight
            })
            .collect();
        let m = self.parents.first().map_or(0, |parent| parent.mean.len());
        let mut apart = vec![T::constant(0.0); m];
        for parent in &self.parents {
            let mut total = T::constant(0.0);
            apart.fill(T::constant(0.0));
            for cell in &parent.cells {
                let weight = weights[cell.size];
                total = total + weight.times(cell.groups);
                for (sum, &value) in apart.iter_mut().zip(&cell.sum).skip(1) {
                    *sum = *sum + weight.times(value);
                }
            }
            let inflation = one + total * parent_gamma;
            sums.log_det = sums.log_det + inflation.ln();
            let shrunk = total * inflation.reciprocal();
            let inverse = total.reciprocal();
            // The weighted mean differs from the plain one by apart/total; about itself the spread is smaller by its square.
            let mut at = 0;
            for i in 0..m {
                let mean_i = T::constant(parent.mean[i]) + apart[i] * inverse;
                for j in 0..=i {
                    let mean_j = T::constant(parent.mean[j]) + apart[j] * inverse;
                    sums.matrix[at] =
                        sums.matrix[at] + shrunk * mean_i * mean_j - inverse * apart[i] * apart[j];
                    at += 1;
                }
            }
        }
    }

    pub fn parents(&self) -> usize {
        self.parents.len()
    }

    pub fn largest(&self) -> f64 {
        self.sizes.last().map_or(1.0, |size| size.rows)
    }
}
