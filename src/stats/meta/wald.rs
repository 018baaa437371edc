//! Coefficients and their tests, once τ² is known.
//! **Question.** How large is each coefficient, how sure is it, and do the moderators matter together?
//! **Method.** Weighted least squares in the orthonormal basis of the design, carried back to the moderators as given; Wald tests, t and F with Knapp–Hartung.
//! **Not.** The estimation of τ²: see [`super::tau_squared`].
//! **Sources.** Viechtbauer (2010), J. Stat. Softw. 36(3); Knapp & Hartung (2003), Stat. Med. 22, 2693–2710.

use nalgebra::{DMatrix, DVector};

use super::design::Design;
use super::effect_size::Effect;
use super::tau_squared::{self, Estimator};
use super::two_level::{Coefficient, Moderation, Test};
use super::weighting::{Centred, factored};
use crate::Undefined;
use crate::interval::{Interval, Level};
use crate::numeric::distribution::{
    chi_squared_sf, f_sf, normal_two_sided_p, student_t_two_sided_p,
};

/// A fit at one τ², in the basis of the design.
pub(super) struct Weighted {
    estimates: DVector<f64>,
    information: DMatrix<f64>,
    /// Weighted squares left over.
    pub squares: f64,
}

impl Weighted {
    pub fn new(data: &Centred, tau_squared: f64) -> Result<Self, Undefined> {
        let step = data.coefficients(tau_squared)?;
        let squares = data.squares(&step, tau_squared);
        Ok(Self {
            estimates: step + DVector::from_column_slice(&data.start),
            information: data.information(tau_squared),
            squares,
        })
    }

    /// Coefficients of the moderators as given.
    pub fn coefficients(
        &self,
        data: &Centred,
        scale: f64,
        df: Option<f64>,
        level: Level,
    ) -> Result<Vec<Coefficient>, Undefined> {
        let p = data.p();
        let triangle = DMatrix::from_row_slice(p, p, data.design.triangle());
        let inverse = triangle
            .solve_upper_triangular(&DMatrix::identity(p, p))
            .ok_or(Undefined::Collinear)?;
        let estimates = &inverse * &self.estimates;
        let covariance = &inverse * factored(self.information.clone())?.solve(&inverse.transpose());
        let critical = df.map_or_else(|| level.critical_z(), |df| level.critical_t(df));
        (0..p)
            .map(|j| {
                let centre = if j == 0 { data.centre } else { 0.0 };
                let estimate = estimates[j] + centre;
                let std_error = (scale * covariance[(j, j)]).sqrt();
                if !(std_error > 0.0 && std_error.is_finite()) {
                    return Err(Undefined::NotFinite {
                        variable: "a standard error",
                    });
                }
                let statistic = estimate / std_error;
                let p = match df {
                    Some(df) => student_t_two_sided_p(statistic, df),
                    None => normal_two_sided_p(statistic),
                };
                Ok(Coefficient {
                    estimate,
                    std_error,
                    statistic,
                    df,
                    p: at_least_smallest(p),
                    interval: Interval::around(estimate, critical * std_error, level)?,
                })
            })
            .collect()
    }

    /// Wald statistic of all coefficients but the intercept: in the basis the others do not depend on it.
    fn statistic(&self, scale: f64) -> Result<f64, Undefined> {
        let p = self.estimates.len();
        let a = &self.information;
        let rest = self.estimates.rows(1, p - 1);
        let cross = a.view((1, 0), (p - 1, 1));
        let schur = a.view((1, 1), (p - 1, p - 1)) - cross * cross.transpose() / a[(0, 0)];
        let statistic = rest.dot(&(schur * rest)) / scale;
        if statistic.is_finite() {
            Ok(statistic)
        } else {
            Err(Undefined::NotFinite {
                variable: "the test of the moderators",
            })
        }
    }

    pub fn moderation(
        &self,
        data: &Centred,
        scale: f64,
        df: Option<f64>,
        r_squared: Option<f64>,
    ) -> Result<Moderation, Undefined> {
        let m = (data.p() - 1) as f64;
        let chi_squared = self.statistic(scale)?;
        let (statistic, p) = match df {
            Some(df) => (chi_squared / m, f_sf(chi_squared / m, m, df)),
            None => (chi_squared, chi_squared_sf(chi_squared, m)),
        };
        Ok(Moderation {
            statistic,
            df: m,
            df_residual: df,
            p: at_least_smallest(p),
            r_squared,
        })
    }
}

/// A p too small for a double is the smallest double, never 0.
pub(super) fn at_least_smallest(p: f64) -> f64 {
    p.max(f64::MIN_POSITIVE)
}

/// The omnibus statistic of the moderators alone: χ² in the normal test, otherwise F.
pub(super) fn moderator_statistic(
    effects: &[Effect],
    design: &Design,
    estimator: Estimator,
    test: Test,
) -> Result<f64, Undefined> {
    let data = Centred::new(effects, design)?;
    let tau = tau_squared::estimate_only(&data, estimator)?;
    let weighted = Weighted::new(&data, tau)?;
    let scale = scale(test, weighted.squares / data.df())?;
    let m = (data.p() - 1) as f64;
    let chi_squared = weighted.statistic(scale)?;
    Ok(if test == Test::Normal {
        chi_squared
    } else {
        chi_squared / m
    })
}

/// What the squared standard errors are multiplied by.
pub(super) fn scale(test: Test, q: f64) -> Result<f64, Undefined> {
    match test {
        Test::Normal => Ok(1.0),
        Test::AdHoc => Ok(q.max(1.0)),
        Test::KnappHartung if q > 0.0 => Ok(q),
        // METHOD: a standard error of 0 would be certainty from coincidence; the floor or the normal test says more.
        Test::KnappHartung => Err(Undefined::EqualEffects),
    }
}

/// The pooled z alone; a single effect is its own.
pub(super) fn pooled_only(effects: &[Effect], estimator: Estimator) -> Result<f64, Undefined> {
    if let [only] = effects {
        return Ok(only.z());
    }
    let design = Design::intercept(effects.len());
    let data = Centred::new(effects, &design)?;
    let tau = tau_squared::estimate_only(&data, estimator)?;
    Ok(data.centre + data.mean(tau))
}

/// Without moderators: the pooled z at a given τ², and what its squared standard error was multiplied by.
pub(super) fn pooled_of(
    data: &Centred,
    tau_squared: f64,
    test: Test,
    level: Level,
) -> Result<(Coefficient, f64), Undefined> {
    let weighted = Weighted::new(data, tau_squared)?;
    let scale = scale(test, weighted.squares / data.df())?;
    let df = (test != Test::Normal).then_some(data.df());
    let coefficients = weighted.coefficients(data, scale, df, level)?;
    Ok((coefficients[0], scale))
}
