//! Groups with a level and a slope of their own.
//! **Question.** What must a group tell of itself when its line may differ from that of the others?
//! **Method.** Its mean and its own slope, scaled to unit error variance (they are uncorrelated); a 2×2 system per group does the rest.
//! **Not.** A slope from a group in which the predictor does not move: that group speaks of its level only.
//! **Sources.** Laird & Ware (1982), Biometrics 38, 963–974; Lindstrom & Bates (1988), JASA 83, 1014–1022.

use super::{NOTHING, Weighted};
use crate::Undefined;
use crate::mixed::GroupSums;
use crate::mixed::derivative::Number;
use crate::mixed::triangle::{half, place};

#[derive(Debug, Clone)]
pub(in crate::mixed) struct Slopes {
    /// Per group: rows, mean of the slope's predictor, the root of its sum of squares.
    pub groups: Vec<[f64; 3]>,
    /// Per group: √n times the means `(1, x̄ − centre, ȳ − centre)`, then √s times the slopes `(0, …)`.
    lines: Vec<f64>,
    width: usize,
    /// Mean of the slope's predictor and its standard deviation within groups: the search works on this scale.
    pub centre: f64,
    pub unit: f64,
}

impl Slopes {
    /// The groups, and what their own lines leave of predictors and outcome.
    pub fn new(
        sums: &GroupSums,
        centre: &[f64],
        predictor: usize,
    ) -> Result<(Self, Vec<f64>), Undefined> {
        let k = centre.len();
        if predictor >= k - 1 {
            return Err(Undefined::OutOfRange {
                what: "the number of the slope's predictor",
                value: predictor as f64,
                allowed: "the number of a predictor, counted from 0",
            });
        }
        // lme4 refuses as many random effects as rows: they could not be told from the error.
        let (rows, groups) = (sums.rows(), sums.groups());
        if rows <= 2 * groups {
            return Err(Undefined::TooFew {
                found: rows,
                needed: 2 * groups + 1,
            });
        }
        let t = predictor;
        let within: f64 = sums.numbers().map(|g| sums.products(g)[place(t, t)]).sum();
        let scale = sums.rows() as f64 * centre[t] * centre[t];
        if within <= NOTHING * NOTHING * scale || within <= 0.0 {
            return Err(Undefined::NoVariation {
                variable: "the predictor with a random slope, within every group,",
            });
        }
        let mut own = vec![0.0; half(k)];
        let mut slopes = Self {
            groups: Vec::with_capacity(groups),
            lines: Vec::with_capacity(groups * 2 * (k + 1)),
            width: k + 1,
            centre: centre[t],
            unit: (within / (rows - groups) as f64).sqrt(),
        };
        let mut slope = vec![0.0; k];
        for group in sums.numbers() {
            let n = sums.count(group) as f64;
            let (means, products) = (sums.means(group), sums.products(group));
            let squares = products[place(t, t)];
            let moves = squares > NOTHING * within / groups as f64;
            let root = if moves { squares.sqrt() } else { 0.0 };
            for (i, slope) in slope.iter_mut().enumerate() {
                let product = products[place(i.max(t), i.min(t))];
                *slope = if !moves {
                    0.0
                } else if i == t {
                    root
                } else {
                    product / root
                };
            }
            for i in 0..k {
                for j in 0..=i {
                    // The predictor itself leaves exactly nothing where it moves.
                    if !moves || (i != t && j != t) {
                        own[place(i, j)] += products[place(i, j)] - slope[i] * slope[j];
                    }
                }
            }
            slopes.groups.push([n, means[t], root]);
            slopes.lines.push(n.sqrt());
            let level = means
                .iter()
                .zip(centre)
                .map(|(mean, c)| n.sqrt() * (mean - c));
            slopes.lines.extend(level);
            slopes.lines.push(0.0);
            slopes.lines.extend(&slope);
        }
        Ok((slopes, own))
    }

    /// `relative` holds the variance of the intercepts, the covariance, the variance of the slopes.
    pub fn add_to<T: Number>(&self, sums: &mut Weighted<T>, relative: &[T]) {
        let one = T::constant(1.0);
        let m = self.width;
        for (&[n, t, root], line) in self.groups.iter().zip(self.lines.chunks_exact(2 * m)) {
            let (level, slope) = line.split_at(m);
            // Variances of the scaled mean and slope, error included.
            let middle = relative[0] + relative[1].times(2.0 * t) + relative[2].times(t * t);
            let mean = one + middle.times(n);
            if root == 0.0 {
                sums.log_det = sums.log_det + mean.ln();
                sums.add_outer(mean.reciprocal(), level);
                continue;
            }
            let own = one + relative[2].times(root * root);
            let both = (relative[1] + relative[2].times(t)).times(n.sqrt() * root);
            let determinant = mean * own - both * both;
            let inverse = determinant.reciprocal();
            let (of_level, of_both, of_slope) =
                (own * inverse, both.times(-1.0) * inverse, mean * inverse);
            sums.log_det = sums.log_det + determinant.ln();
            let mut at = 0;
            for i in 0..m {
                for j in 0..=i {
                    sums.matrix[at] = sums.matrix[at]
                        + of_level.times(level[i] * level[j])
                        + of_both.times(level[i] * slope[j] + slope[i] * level[j])
                        + of_slope.times(slope[i] * slope[j]);
                    at += 1;
                }
            }
        }
    }

    pub fn largest(&self) -> f64 {
        self.groups
            .iter()
            .fold(1.0, |most, group| group[0].max(most))
    }
}
