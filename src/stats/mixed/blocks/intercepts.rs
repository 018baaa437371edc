//! Groups with a level of their own.
//! **Question.** What do groups of one size have in common?
//! **Method.** Their weight `n/(1 + nγ)`: so the outer products of their means are added up per size, and a deviance costs as much as there are sizes.
//! **Not.** The part within groups: it does not depend on γ.
//! **Sources.** Searle, Casella & McCulloch (1992), *Variance Components*, section 3.5.

use std::collections::BTreeMap;

use super::Weighted;
use crate::mixed::GroupSums;
use crate::mixed::derivative::Number;
use crate::mixed::triangle::half;

/// Groups of one size.
#[derive(Debug, Clone)]
struct Size {
    rows: f64,
    groups: f64,
    /// `Σ v vᵀ` of the means `v = (1, x̄ − centre, ȳ − centre)`.
    outer: Vec<f64>,
}

#[derive(Debug, Clone)]
pub(in crate::mixed) struct Intercepts {
    sizes: Vec<Size>,
}

impl Intercepts {
    pub fn new(sums: &GroupSums, centre: &[f64]) -> Self {
        let m = centre.len() + 1;
        let mut sizes: BTreeMap<usize, Size> = BTreeMap::new();
        let mut v = vec![1.0; m];
        for group in sums.numbers() {
            let n = sums.count(group);
            let size = sizes.entry(n).or_insert_with(|| Size {
                rows: n as f64,
                groups: 0.0,
                outer: vec![0.0; half(m)],
            });
            size.groups += 1.0;
            for ((v, mean), c) in v[1..].iter_mut().zip(sums.means(group)).zip(centre) {
                *v = mean - c;
            }
            let mut at = 0;
            for i in 0..m {
                for j in 0..=i {
                    size.outer[at] += v[i] * v[j];
                    at += 1;
                }
            }
        }
        Self {
            sizes: sizes.into_values().collect(),
        }
    }

    pub fn add_to<T: Number>(&self, sums: &mut Weighted<T>, gamma: T) {
        let one = T::constant(1.0);
        for size in &self.sizes {
            let inflation = one + gamma.times(size.rows);
            sums.log_det = sums.log_det + inflation.ln().times(size.groups);
            sums.add_part(inflation.reciprocal().times(size.rows), &size.outer);
        }
    }

    pub fn largest(&self) -> f64 {
        self.sizes.last().map_or(1.0, |size| size.rows)
    }
}
