//! What one cluster contributes to a robust covariance.
//! **Question.** How do the residuals of one study enter, and what would they be expected to contribute if the working model were true?
//! **Method.** Effects of a study that share variance and moderators count through their mean; the rest is a small matrix per study, its inverse root from a symmetric eigendecomposition.
//! **Not.** Sums over clusters: see [`super`].
//! **Sources.** Bell & McCaffrey (2002), Surv. Methodol. 28, 169–181; Pustejovsky & Tipton (2018), JBES 36, 672–683 (the adjustment matrices of CR2).

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::RobustType;
use crate::meta::linear::form;
use crate::meta::nested::{NestedEffects, Variances};

/// One cluster, with E the p × n matrix that takes its residuals to its contribution.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cluster {
    /// `E e`, p.
    pub score: Vec<f64>,
    /// `E V Eᵀ`, p × p row by row.
    pub spread: Vec<f64>,
    /// `E X`, p × p row by row.
    pub reach: Vec<f64>,
}

/// Effects of a study with the same variance and moderators; all is scaled by the root of their number.
///
/// Contrasts inside such a group are untouched by V, by X and hence by every adjustment: they never reach the coefficients.
struct Group {
    root: f64,
    count: f64,
    /// Sampling variance plus the variance between effects.
    diagonal: f64,
    first: usize,
    residual: f64,
}

/// A direction of a cluster that the design explains up to this share has no residual left.
const EXPLAINED: f64 = 1e-10;

impl Cluster {
    /// Study `j`; `line` are the coefficients of the centred z in the basis, `covariance` is `(XᵀV⁻¹X)⁻¹`.
    pub fn of(
        nested: &NestedEffects,
        j: usize,
        variances: Variances,
        robust_type: RobustType,
        line: &[f64],
        covariance: &[f64],
    ) -> Self {
        let groups = groups(nested, j, variances.between_effects, line);
        let shared = variances.between_studies;
        match (robust_type, groups.as_slice()) {
            (RobustType::Cr2, [group]) => Self::adjusted_alone(nested, group, shared, covariance),
            (RobustType::Cr2, _) => Self::adjusted(nested, &groups, shared, covariance),
            _ => Self::plain(nested, &groups, shared),
        }
    }

    /// `E = XᵀV⁻¹`.
    fn plain(nested: &NestedEffects, groups: &[Group], shared: f64) -> Self {
        let p = nested.columns();
        let precision: f64 = groups.iter().map(|g| g.count / g.diagonal).sum();
        let inflation = 1.0 + shared * precision;
        let mut mean = vec![0.0; p];
        for group in groups {
            for (sum, x) in mean.iter_mut().zip(nested.basis(group.first)) {
                *sum += group.count / group.diagonal * x / precision;
            }
        }
        let mut cluster = Self::zero(p);
        let mut row = vec![0.0; p];
        for group in groups {
            let x = nested.basis(group.first);
            let weight = group.root / group.diagonal;
            for a in 0..p {
                row[a] = weight * (x[a] - mean[a]) + weight / inflation * mean[a];
                cluster.score[a] += row[a] * group.residual;
                for (b, value) in x.iter().enumerate() {
                    cluster.reach[a * p + b] += row[a] * group.root * value;
                }
            }
        }
        // XᵀV⁻¹V V⁻¹X.
        cluster.spread.clone_from(&cluster.reach);
        cluster
    }

    /// CR2 where one group is the whole study: the adjustment is a number, `(1 − h)^(−1/2)`.
    fn adjusted_alone(
        nested: &NestedEffects,
        group: &Group,
        shared: f64,
        covariance: &[f64],
    ) -> Self {
        let p = nested.columns();
        let x = nested.basis(group.first);
        let variance = group.diagonal + shared * group.count;
        let leverage = group.count * form(x, covariance, x) / variance;
        let left = 1.0 - leverage;
        let mut cluster = Self::zero(p);
        if left <= EXPLAINED {
            return cluster;
        }
        let weight = 1.0 / (variance * left.sqrt());
        for a in 0..p {
            cluster.score[a] = weight * group.root * x[a] * group.residual;
            for b in 0..p {
                let square = weight * group.count * x[a] * x[b];
                cluster.reach[a * p + b] = square;
                cluster.spread[a * p + b] = square * weight * variance;
            }
        }
        cluster
    }

    /// CR2 in general: `E = XᵀV⁻¹A` with `A = L G^(−1/2) Lᵀ`, `V = LLᵀ`, `G = Lᵀ(V − X(XᵀV⁻¹X)⁻¹Xᵀ)L`.
    fn adjusted(nested: &NestedEffects, groups: &[Group], shared: f64, covariance: &[f64]) -> Self {
        let (n, p) = (groups.len(), nested.columns());
        let x = DMatrix::from_fn(n, p, |i, a| {
            groups[i].root * nested.basis(groups[i].first)[a]
        });
        let residual = DVector::from_fn(n, |i, _| groups[i].residual);
        let lower = factor(groups, shared);
        // V is positive definite: every diagonal element is.
        let t = lower
            .solve_lower_triangular(&x)
            .unwrap_or_else(|| x.clone());
        let squared = lower.transpose() * &lower;
        let covariance = DMatrix::from_row_slice(p, p, covariance);
        let turned = &squared * &t;
        let within = &squared * &squared - &turned * &covariance * turned.transpose();
        let rank = n - explained(&t, &covariance);

        let SymmetricEigen {
            eigenvalues,
            eigenvectors,
        } = SymmetricEigen::new(within);
        // METHOD: as with a Moore–Penrose inverse, directions the design explains entirely are dropped; how many they are is
        // known from the leverages, which no unit of measurement changes.
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| eigenvalues[b].total_cmp(&eigenvalues[a]));
        let mut y = eigenvectors.transpose() * t;
        for (place, &i) in order.iter().enumerate() {
            let kept = place < rank && eigenvalues[i] > 0.0;
            let scale = if kept {
                1.0 / eigenvalues[i].sqrt()
            } else {
                0.0
            };
            y.row_mut(i).scale_mut(scale);
        }
        let y = eigenvectors * y;
        let half = &squared * &y;
        let e = &lower * &y;
        let spread = half.transpose() * &half;
        let reach = e.transpose() * &x;
        let score = e.transpose() * residual;
        Self {
            score: score.iter().copied().collect(),
            // Row by row from a matrix that is stored column by column.
            spread: spread.transpose().iter().copied().collect(),
            reach: reach.transpose().iter().copied().collect(),
        }
    }

    /// Multiplies E.
    pub fn scale(&mut self, factor: f64) {
        self.score.iter_mut().for_each(|x| *x *= factor);
        self.reach.iter_mut().for_each(|x| *x *= factor);
        self.spread.iter_mut().for_each(|x| *x *= factor * factor);
    }

    fn zero(p: usize) -> Self {
        Self {
            score: vec![0.0; p],
            spread: vec![0.0; p * p],
            reach: vec![0.0; p * p],
        }
    }
}

fn groups(nested: &NestedEffects, j: usize, between_effects: f64, line: &[f64]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for i in nested.study(j) {
        let (variance, x) = (nested.variances[i], nested.basis(i));
        let fitted: f64 = x.iter().zip(line).map(|(x, b)| x * b).sum();
        let residual = nested.centred(i) - fitted;
        let same =
            |g: &&mut Group| nested.variances[g.first] == variance && nested.basis(g.first) == x;
        match groups.iter_mut().find(same) {
            Some(group) => {
                group.count += 1.0;
                group.residual += residual;
            }
            None => groups.push(Group {
                root: 1.0,
                count: 1.0,
                diagonal: variance + between_effects,
                first: i,
                residual,
            }),
        }
    }
    for group in &mut groups {
        group.root = group.count.sqrt();
        group.residual /= group.root;
    }
    groups
}

/// The lower Cholesky factor of diagonal plus rank one.
fn factor(groups: &[Group], shared: f64) -> DMatrix<f64> {
    let n = groups.len();
    let mut lower = DMatrix::zeros(n, n);
    // `left` is what the columns before leave of the shared variance.
    let mut left = shared;
    for c in 0..n {
        let pivot = groups[c].diagonal + left * groups[c].count;
        let root = pivot.sqrt();
        lower[(c, c)] = root;
        for r in c + 1..n {
            lower[(r, c)] = left * groups[r].root * groups[c].root / root;
        }
        left *= groups[c].diagonal / pivot;
    }
    lower
}

/// How many directions of the cluster the design explains entirely.
fn explained(t: &DMatrix<f64>, covariance: &DMatrix<f64>) -> usize {
    let leverage = t * covariance * t.transpose();
    // Nearly always: all leverages together are far from 1.
    if leverage.trace() < 1.0 - 1e-3 {
        return 0;
    }
    SymmetricEigen::new(leverage)
        .eigenvalues
        .iter()
        .filter(|&&h| 1.0 - h <= EXPLAINED)
        .count()
}
