//! Effects in studies: which effects belong together, prepared once for every fit.
//! **Question.** Which effects come from the same study, and can the data tell variation between studies from variation within them?
//! **Method.** Effects are put in the order of their studies and centred on the weighted fit without heterogeneity; fits run in the orthonormal basis of the design.
//! **Not.** Known correlations of the sampling errors inside a study: they count as 0, which is why [`super::robust`] exists.
//! **Sources.** Harville (1977), JASA 72, 320–338, for the two variances as a linear covariance structure.

use std::ops::Range;

use super::design::Design;
use super::effect_size::Effect;
use super::linear::{inverse, solve_triangle};
use crate::Undefined;

/// The two variances of effects in studies, in squared units of Fisher's z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variances {
    /// Of the studies' true mean effects around the line of the moderators.
    pub between_studies: f64,
    /// Of the true effects of one study around that study's mean.
    pub between_effects: f64,
}

impl Variances {
    /// Of one true effect around the line of the moderators.
    pub fn total(&self) -> f64 {
        self.between_studies + self.between_effects
    }

    /// Both finite and not negative.
    pub(super) fn checked(self) -> Result<Self, Undefined> {
        for value in [self.between_studies, self.between_effects] {
            if !value.is_finite() {
                return Err(Undefined::NotFinite {
                    variable: "a variance",
                });
            }
            if value < 0.0 {
                return Err(Undefined::OutOfRange {
                    what: "a variance",
                    value,
                    allowed: "0 or more",
                });
            }
        }
        Ok(self)
    }
}

/// k effects of J studies, ordered by study.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedEffects {
    /// Sampling variances, k.
    pub(super) variances: Vec<f64>,
    /// k rows of p basis values and the centred z.
    pub(super) rows: Vec<f64>,
    /// First effect of each study, and k at the end.
    pub(super) starts: Vec<usize>,
    /// The design as given; its rows are in the caller's order.
    pub(super) design: Design,
    /// The fit taken out of z, in the basis.
    pub(super) centre: Vec<f64>,
}

impl NestedEffects {
    /// Effects with the study of each; studies are told apart by number, in any order.
    ///
    /// # Errors
    /// [`Undefined::UnequalLengths`] unless there is one study and one row of the design per effect, [`Undefined::TooFew`] unless there are
    /// more effects than coefficients, [`Undefined::Collinear`] for a design that the weights make singular.
    ///
    /// ```
    /// use alliance_stats::meta::{design::Design, effect_size::Effect, nested::NestedEffects};
    /// let effects = [0.1, 0.3, 0.2].map(|z| Effect::from_fisher_z(z, 0.02).unwrap());
    /// let nested = NestedEffects::new(&effects, &[7, 4, 7], &Design::intercept(3)).unwrap();
    /// assert_eq!((nested.effects(), nested.studies()), (3, 2));
    /// ```
    pub fn new(effects: &[Effect], studies: &[usize], design: &Design) -> Result<Self, Undefined> {
        let (k, p) = (effects.len(), design.columns());
        for second in [studies.len(), design.rows()] {
            if k != second {
                return Err(Undefined::UnequalLengths { first: k, second });
            }
        }
        if k <= p {
            return Err(Undefined::TooFew {
                found: k,
                needed: p + 1,
            });
        }
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by_key(|&i| studies[i]);
        let starts: Vec<usize> = (0..k)
            .filter(|&i| i == 0 || studies[order[i]] != studies[order[i - 1]])
            .chain([k])
            .collect();
        let variances: Vec<f64> = order.iter().map(|&i| effects[i].variance()).collect();
        let mut rows = Vec::with_capacity(k * (p + 1));
        for &i in &order {
            rows.extend_from_slice(design.basis_row(i));
            rows.push(effects[i].z());
        }
        let mut nested = Self {
            variances,
            rows,
            starts,
            design: design.clone(),
            centre: vec![0.0; p],
        };
        // Twice: the second pass takes out what rounding left of the first.
        nested.recentre()?;
        nested.recentre()?;
        Ok(nested)
    }

    /// k.
    pub fn effects(&self) -> usize {
        self.variances.len()
    }

    /// J.
    pub fn studies(&self) -> usize {
        self.starts.len() - 1
    }

    /// Coefficients, the intercept included.
    pub fn columns(&self) -> usize {
        self.design.columns()
    }

    /// Where the effects of study `j` are.
    pub(super) fn study(&self, j: usize) -> Range<usize> {
        self.starts[j]..self.starts[j + 1]
    }

    /// Basis values of effect `i`.
    pub(super) fn basis(&self, i: usize) -> &[f64] {
        let m = self.columns() + 1;
        &self.rows[i * m..i * m + m - 1]
    }

    /// Centred z of effect `i`.
    pub(super) fn centred(&self, i: usize) -> f64 {
        let m = self.columns() + 1;
        self.rows[i * m + m - 1]
    }

    /// Coefficients of the moderators from those of the centred fit in the basis.
    pub(super) fn coefficients(&self, in_basis: &[f64]) -> Vec<f64> {
        let mut sum: Vec<f64> = in_basis
            .iter()
            .zip(&self.centre)
            .map(|(a, b)| a + b)
            .collect();
        solve_triangle(self.design.triangle(), &mut sum);
        sum
    }

    /// Rows of the inverse triangle: each takes basis coefficients to one coefficient of a moderator.
    pub(super) fn to_moderators(&self) -> Vec<Vec<f64>> {
        let p = self.columns();
        let mut inverse = vec![vec![0.0; p]; p];
        for c in 0..p {
            let mut unit = vec![0.0; p];
            unit[c] = 1.0;
            solve_triangle(self.design.triangle(), &mut unit);
            for r in 0..p {
                inverse[r][c] = unit[r];
            }
        }
        inverse
    }

    /// Takes the weighted least squares fit with weights 1/variance out of z.
    fn recentre(&mut self) -> Result<(), Undefined> {
        let (p, m) = (self.columns(), self.columns() + 1);
        let mut normal = vec![0.0; p * p];
        let mut right = vec![0.0; p];
        for (row, variance) in self.rows.chunks_exact(m).zip(&self.variances) {
            for a in 0..p {
                right[a] += row[a] * row[p] / variance;
                for b in 0..p {
                    normal[a * p + b] += row[a] * row[b] / variance;
                }
            }
        }
        let inverse = inverse(&normal, p).ok_or(Undefined::Collinear)?;
        let fit: Vec<f64> = (0..p)
            .map(|a| (0..p).map(|b| inverse[a * p + b] * right[b]).sum())
            .collect();
        for row in self.rows.chunks_exact_mut(m) {
            for a in 0..p {
                row[p] -= row[a] * fit[a];
            }
        }
        for (centre, fit) in self.centre.iter_mut().zip(&fit) {
            *centre += fit;
        }
        Ok(())
    }

    /// Can the two variances be told apart?
    ///
    /// They can when the error contrasts (what the moderators leave) of "same study" and of "same effect" are linearly independent:
    /// not with one effect in every study, not with one study, not when the moderators already tell all studies apart.
    ///
    /// # Errors
    /// [`Undefined::NoRepeatedStudy`], [`Undefined::NothingBetweenStudies`], [`Undefined::StudiesExplained`].
    ///
    /// ```
    /// use alliance_stats::Undefined;
    /// use alliance_stats::meta::{design::Design, effect_size::Effect, nested::NestedEffects};
    /// let effects = [0.1, 0.3, 0.2].map(|z| Effect::from_fisher_z(z, 0.02).unwrap());
    /// let of = |studies| NestedEffects::new(&effects, studies, &Design::intercept(3)).unwrap().identifiable();
    /// assert_eq!(of(&[1, 1, 2]), Ok(()));
    /// assert_eq!(of(&[1, 2, 3]), Err(Undefined::NoRepeatedStudy { studies: 3 }));
    /// ```
    pub fn identifiable(&self) -> Result<(), Undefined> {
        let (k, p, studies) = (self.effects(), self.columns(), self.studies());
        if studies == 1 {
            return Err(Undefined::NothingBetweenStudies { effects: k });
        }
        if studies == k {
            return Err(Undefined::NoRepeatedStudy { studies });
        }
        // With M = I − QQᵀ and Z the indicator of studies: tr(M ZZᵀ) and |ZᵀMZ|², from the totals t of the basis over each study.
        let (mut sizes, mut squares, mut inner, mut weighted) = (0.0, 0.0, 0.0, 0.0);
        let mut products = vec![0.0; p * p];
        for j in 0..studies {
            let n = self.study(j).len() as f64;
            let mut total = vec![0.0; p];
            for i in self.study(j) {
                for (sum, value) in total.iter_mut().zip(self.basis(i)) {
                    *sum += value;
                }
            }
            let length: f64 = total.iter().map(|t| t * t).sum();
            sizes += n;
            squares += n * n;
            inner += length;
            weighted += n * length;
            for a in 0..p {
                for b in 0..p {
                    products[a * p + b] += total[a] * total[b];
                }
            }
        }
        let within = (k - p) as f64;
        let cross = sizes - inner;
        let between = squares - 2.0 * weighted + products.iter().map(|x| x * x).sum::<f64>();
        if between <= 1e-10 * squares
            || within * between - cross * cross <= 1e-10 * within * between
        {
            return Err(Undefined::StudiesExplained);
        }
        Ok(())
    }
}
