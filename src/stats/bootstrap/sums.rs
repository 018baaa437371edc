//! Sums of a therapist's clients: what a replicate adds up.
//! **Question.** How can two thousand resamplings of a clinic cost a millisecond?
//! **Method.** Per cluster the count, sums and sums of products about the grand mean; a replicate is additions and one correlation.
//! **Not.** A way to store or share data: about a distant centre these sums would lose digits, [`CrossProducts`] do not.
//! **Sources.** Efron (1987), JASA 82, 171–185 (acceleration). Checked in `tests/bootstrap.rs` against copied rows.

use crate::Undefined;
use crate::correlation::Correlation;
use crate::numeric::moments::CrossProducts;

/// Plain sums about the grand mean, so that a replicate is nothing but additions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums<const K: usize> {
    count: usize,
    sums: [f64; K],
    products: [[f64; K]; K],
}

impl<const K: usize> Sums<K> {
    pub(super) const NONE: Self = Self {
        count: 0,
        sums: [0.0; K],
        products: [[0.0; K]; K],
    };

    pub(super) fn about(centre: &[f64; K], cluster: &CrossProducts<K>) -> Self {
        let n = cluster.count() as f64;
        let apart: [f64; K] = std::array::from_fn(|i| cluster.means()[i] - centre[i]);
        let products = std::array::from_fn(|i| {
            std::array::from_fn(|j| cluster.products()[i][j] + n * (apart[i] * apart[j]))
        });
        Self {
            count: cluster.count(),
            sums: apart.map(|value| n * value),
            products,
        }
    }

    /// Only the upper triangle is kept up.
    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        for i in 0..K {
            self.sums[i] += other.sums[i];
            for j in i..K {
                self.products[i][j] += other.products[i][j];
            }
        }
    }

    pub(super) fn correlation(&self) -> Result<f64, Undefined> {
        let n = self.count as f64;
        let means = self.sums.map(|sum| sum / n);
        let products = std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let (a, b) = (i.min(j), i.max(j));
                let whole = self.products[a][b];
                let left = whole - means[a] * self.sums[b];
                // A subtraction leaves rounding where a constant column should leave nothing.
                if i == j && left <= 1e-12 * whole {
                    0.0
                } else {
                    left
                }
            })
        });
        Correlation::from_cross_products(&CrossProducts::assembled(self.count, means, products))
            .map(|c| c.r())
    }
}

/// Efron's acceleration from leaving out one cluster at a time; 0 when no cluster makes a difference.
pub(super) fn acceleration<const K: usize>(sums: &[Sums<K>]) -> Result<f64, Undefined> {
    // The sums after each cluster, from the back; with those before it they give all others in one pass.
    let mut after = vec![Sums::NONE; sums.len()];
    for i in (1..sums.len()).rev() {
        after[i - 1] = after[i];
        after[i - 1].add(&sums[i]);
    }
    let mut before = Sums::NONE;
    let mut left_out = Vec::with_capacity(sums.len());
    for (cluster, mut rest) in sums.iter().zip(after) {
        rest.add(&before);
        left_out.push(rest.correlation()?);
        before.add(cluster);
    }
    let mean = left_out.iter().sum::<f64>() / left_out.len() as f64;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in left_out {
        let lower = mean - value;
        squares += lower * lower;
        cubes += lower * lower * lower;
    }
    Ok(if squares > 0.0 {
        cubes / (6.0 * squares * squares.sqrt())
    } else {
        0.0
    })
}
