//! Predictors as an orthonormal basis.
//! **Question.** Which directions do the predictors span once their means are taken out, and does one of them add nothing?
//! **Method.** Gram–Schmidt, twice, on the deviations from the means; the triangle leads back to the predictors.
//! **Not.** Which predictor to leave out when one repeats the others.
//! **Sources.** Björck (1996), *Numerical Methods for Least Squares Problems*, section 2.4. Checked through [`super::regression`] and [`super::case_mix`].

use super::Undefined;
use super::numeric::moments::Moments;

/// Less than this share of a predictor's variance left beside the others counts as nothing left, as for a partial correlation.
const COLLINEAR: f64 = 1e-10;

/// A column as its mean and the deviations from it.
pub(super) struct Centred {
    pub(super) mean: f64,
    pub(super) deviations: Vec<f64>,
}

impl Centred {
    pub(super) fn new(values: &[f64], variable: &'static str) -> Result<Self, Undefined> {
        let moments = Moments::from_values(values)?;
        if moments.is_constant(0) {
            return Err(Undefined::NoVariation { variable });
        }
        let [rough] = *moments.means();
        // A second pass takes out the rounding of the first mean.
        let rest = values.iter().map(|value| value - rough).sum::<f64>() / values.len() as f64;
        let mean = rough + rest;
        let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
        let size = norm(&deviations);
        if size.is_finite() && size > 0.0 {
            Ok(Self { mean, deviations })
        } else {
            Err(Undefined::NotFinite { variable })
        }
    }
}

/// Orthonormal columns that span those inserted so far, and the triangle that leads back to them.
#[derive(Default)]
pub(super) struct Basis {
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) triangle: Triangle,
}

impl Basis {
    /// The centred predictors (p columns of n values) and the basis they span, column by column.
    ///
    /// # Errors
    /// [`Undefined::NotFinite`], [`Undefined::NoVariation`] of a predictor, [`Undefined::Collinear`] when one is determined by the others.
    pub(super) fn of(predictors: &[&[f64]]) -> Result<(Vec<Centred>, Self), Undefined> {
        let columns = predictors
            .iter()
            .map(|column| Centred::new(column, "a predictor"))
            .collect::<Result<Vec<_>, _>>()?;
        let mut basis = Basis::default();
        for column in &columns {
            basis.insert(&column.deviations)?;
        }
        for (j, column) in columns.iter().enumerate() {
            let mut own = vec![0.0; columns.len()];
            own[j] = 1.0;
            basis.triangle.solve_transposed(&mut own);
            let share = 1.0 / (norm(&own) * norm(&column.deviations));
            // A share that is no number must not pass.
            let says_more = share * share > COLLINEAR;
            if !says_more {
                return Err(Undefined::Collinear);
            }
        }
        Ok((columns, basis))
    }

    fn insert(&mut self, column: &[f64]) -> Result<(), Undefined> {
        let (mut along, mut left) = self.project(column.to_vec());
        let size = norm(&left);
        if size == 0.0 {
            return Err(Undefined::Collinear);
        }
        left.iter_mut().for_each(|value| *value /= size);
        along.push(size);
        self.columns.push(left);
        self.triangle.0.push(along);
        Ok(())
    }

    /// The part of a vector along each column, and what none of them explains.
    pub(super) fn project(&self, mut left: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
        let mut along = vec![0.0; self.columns.len()];
        for _ in 0..2 {
            for (part, column) in along.iter_mut().zip(&self.columns) {
                let product = dot(column, &left);
                *part += product;
                left.iter_mut()
                    .zip(column)
                    .for_each(|(value, unit)| *value -= product * unit);
            }
        }
        (along, left)
    }
}

/// An upper triangular matrix R, column by column: column j has j + 1 entries.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Triangle(Vec<Vec<f64>>);

impl Triangle {
    /// Solves `R x = right` in place.
    pub(super) fn solve(&self, right: &mut [f64]) {
        for (j, column) in self.0.iter().enumerate().rev() {
            right[j] /= column[j];
            let solved = right[j];
            right[..j]
                .iter_mut()
                .zip(column)
                .for_each(|(value, entry)| *value -= entry * solved);
        }
    }

    /// Solves `Rᵀ x = right` in place.
    pub(super) fn solve_transposed(&self, right: &mut [f64]) {
        for (j, column) in self.0.iter().enumerate() {
            right[j] = (right[j] - dot(&column[..j], &right[..j])) / column[j];
        }
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

pub(super) fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}
