//! What the deviance needs of the sums, put in order once per model.
//! **Question.** How can `XᵀV⁻¹X`, `XᵀV⁻¹y` and `ln |V|` be had at any variances without rows and without a matrix per group?
//! **Method.** A part within groups that never changes, and means (and slopes) of groups, weighted by what the variances say; groups of one size share their weight.
//! **Not.** The statistics themselves: see [`super::objective`].
//! **Sources.** Bates et al. (2015), J. Stat. Softw. 67(1), section 3; Woodbury's identity per group, as in Lindstrom & Bates (1988), JASA 83, 1014–1022.

mod intercepts;
mod nested;
mod slopes;

use super::derivative::Number;
use super::triangle::{Factor, half, left_over, place};
use super::{GroupSums, RandomEffects};
use crate::Undefined;
use intercepts::Intercepts;
use nested::Nested;
pub(super) use slopes::Slopes;

/// Below this share of what it started with, a sum of squares is rounding.
const NOTHING: f64 = 1e-13;

/// The sums of one model; column 0 is the intercept, the last one the outcome, all others about their means.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    pub rows: usize,
    pub groups: usize,
    pub parents: Option<usize>,
    /// Means of predictors and outcome over all rows.
    pub centre: Vec<f64>,
    pub structure: Structure,
    /// Of predictors and outcome: what lies within groups, after the groups' own slopes if they have any.
    within: Vec<f64>,
}

#[derive(Debug, Clone)]
pub(super) enum Structure {
    Intercepts(Intercepts),
    Nested(Nested),
    Slopes(Slopes),
}

/// `[X y]ᵀ V⁻¹ [X y]` as a lower half, and `ln |V|`, both for a residual variance of 1.
pub(super) struct Weighted<T> {
    pub matrix: Vec<T>,
    pub log_det: T,
}

impl<T: Number> Weighted<T> {
    /// `weight · v vᵀ`.
    fn add_outer(&mut self, weight: T, v: &[f64]) {
        let mut at = 0;
        for i in 0..v.len() {
            for j in 0..=i {
                self.matrix[at] = self.matrix[at] + weight.times(v[i] * v[j]);
                at += 1;
            }
        }
    }

    /// `weight · part` for a lower half.
    fn add_part(&mut self, weight: T, part: &[f64]) {
        for (sum, &entry) in self.matrix.iter_mut().zip(part) {
            *sum = *sum + weight.times(entry);
        }
    }
}

impl Blocks {
    /// Puts sums in order, and says what no search could find out.
    pub fn new(sums: &GroupSums, random: RandomEffects) -> Result<Self, Undefined> {
        let (rows, groups) = (sums.rows(), sums.groups());
        let p = sums.predictors() + 1;
        if rows <= p {
            return Err(Undefined::TooFew {
                found: rows,
                needed: p + 1,
            });
        }
        if groups < 2 {
            return Err(Undefined::TooFewClusters {
                found: groups,
                needed: 2,
            });
        }
        if groups == rows {
            return Err(Undefined::NoRepeatedGroup { groups });
        }
        let k = sums.variables();
        let mut centre = vec![0.0; k];
        for group in sums.numbers() {
            let weight = sums.count(group) as f64 / rows as f64;
            for (c, mean) in centre.iter_mut().zip(sums.means(group)) {
                *c += weight * mean;
            }
        }
        let (mut inside, mut total) = (vec![0.0; half(k)], vec![0.0; half(k)]);
        for group in sums.numbers() {
            let n = sums.count(group) as f64;
            let means = sums.means(group);
            let products = sums.products(group);
            for i in 0..k {
                let apart = n * (means[i] - centre[i]);
                for j in 0..=i {
                    let at = place(i, j);
                    inside[at] += products[at];
                    total[at] += products[at] + apart * (means[j] - centre[j]);
                }
            }
        }
        check_columns(&total, &centre, rows)?;
        let (structure, parents, own) = match random {
            RandomEffects::Intercept => {
                let intercepts = Intercepts::new(sums, &centre);
                (Structure::Intercepts(intercepts), None, inside)
            }
            RandomEffects::NestedIntercepts => {
                let nested = Nested::new(sums, &centre)?;
                let parents = Some(nested.parents());
                (Structure::Nested(nested), parents, inside)
            }
            RandomEffects::Slope { predictor } => {
                let (slopes, own) = Slopes::new(sums, &centre, predictor)?;
                (Structure::Slopes(slopes), None, own)
            }
        };
        let scale: Vec<f64> = (0..k).map(|i| total[place(i, i)]).collect();
        // METHOD: without anything inside groups the residual variance is 0 and the likelihood has no maximum.
        if left_over(&own, &scale, NOTHING) <= NOTHING * scale[k - 1] {
            return Err(Undefined::NothingLeft);
        }
        Ok(Self {
            rows,
            groups,
            parents,
            centre,
            structure,
            within: own,
        })
    }

    /// Columns of the design, the intercept included.
    pub fn coefficients(&self) -> usize {
        self.centre.len()
    }

    /// How many θ the model has.
    pub fn thetas(&self) -> usize {
        match self.structure {
            Structure::Intercepts(_) => 1,
            Structure::Nested(_) => 2,
            Structure::Slopes(_) => 3,
        }
    }

    /// Weighted sums at variances relative to the residual one: of groups [and larger groups], or of intercept, both and slope.
    pub fn weighted<T: Number>(&self, relative: &[T]) -> Weighted<T> {
        let m = self.centre.len() + 1;
        let zero = T::constant(0.0);
        let mut sums = Weighted {
            matrix: vec![zero; half(m)],
            log_det: zero,
        };
        match &self.structure {
            Structure::Intercepts(intercepts) => intercepts.add_to(&mut sums, relative[0]),
            Structure::Nested(nested) => nested.add_to(&mut sums, relative[0], relative[1]),
            Structure::Slopes(slopes) => slopes.add_to(&mut sums, relative),
        }
        for i in 1..m {
            for j in 1..=i {
                let at = place(i, j);
                let fixed = T::constant(self.within[place(i - 1, j - 1)]);
                sums.matrix[at] = sums.matrix[at] + fixed;
            }
        }
        sums
    }

    /// lme4's θ as relative variances: squares, or `ΛΛᵀ`.
    pub fn relative<T: Number>(&self, theta: &[T]) -> [T; 3] {
        let zero = T::constant(0.0);
        match *theta {
            [a] => [a * a, zero, zero],
            [a, b] => [a * a, b * b, zero],
            [a, b, c] => [a * a, a * b, b * b + c * c],
            _ => [zero; 3],
        }
    }

    /// The largest group.
    pub fn largest_group(&self) -> f64 {
        match &self.structure {
            Structure::Intercepts(i) => i.largest(),
            Structure::Nested(n) => n.largest(),
            Structure::Slopes(s) => s.largest(),
        }
    }
}

/// Do the predictors and the outcome vary, and do the predictors differ from each other?
fn check_columns(total: &[f64], centre: &[f64], rows: usize) -> Result<(), Undefined> {
    let k = centre.len();
    if total.iter().any(|entry| !entry.is_finite()) {
        return Err(Undefined::NotFinite {
            variable: "a predictor or the outcome",
        });
    }
    for (i, mean) in centre.iter().enumerate() {
        // The mean of a constant is right to a few units of its last digit.
        let rounding = rows as f64 * (1e-14 * mean) * (1e-14 * mean);
        if total[place(i, i)] <= rounding {
            let variable = if i + 1 == k {
                "the outcome"
            } else {
                "a predictor"
            };
            return Err(Undefined::NoVariation { variable });
        }
    }
    let factor = Factor::new(total.to_vec(), k);
    let left = |i: usize, factor: &Factor<f64>| factor.pivot(i) > NOTHING * total[place(i, i)];
    match factor {
        Some(factor) if (0..k - 1).all(|i| left(i, &factor)) => {
            if left(k - 1, &factor) {
                Ok(())
            } else {
                Err(Undefined::NothingLeft)
            }
        }
        Some(_) => Err(Undefined::Collinear),
        None => {
            let predictors = Factor::new(total[..half(k - 1)].to_vec(), k - 1);
            match predictors {
                Some(factor) if (0..k - 1).all(|i| left(i, &factor)) => Err(Undefined::NothingLeft),
                _ => Err(Undefined::Collinear),
            }
        }
    }
}
