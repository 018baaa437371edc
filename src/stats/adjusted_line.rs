//! The line behind a partial correlation: outcome on alliance, intake held fixed.
//! **Question.** By how many points is the outcome better for each point of alliance?
//! **Method.** Least squares of y on x and z; the line at the mean of z, with the t interval of its height.
//! **Not.** An interval for single clients, or a sign that raising the alliance would move the outcome.
//! **Sources.** Any regression text; checked against the normal equations solved the slow way.

use super::Undefined;
use super::interval::{Interval, Level};
use super::numeric::moments::CrossProducts;

/// y = intercept + slope · x for clients with the mean z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdjustedLine {
    /// Height at x = 0.
    pub intercept: f64,
    /// Points of y per point of x, z held fixed.
    pub slope: f64,
    /// Points of y per point of z, x held fixed.
    pub slope_of_z: f64,
    /// Mean of z.
    pub mean_z: f64,
    /// Residual degrees of freedom, n − 3.
    pub df: f64,
    n: f64,
    mean_x: f64,
    /// Residual variance.
    variance: f64,
    /// Sum of squares of x that z does not explain.
    own_x: f64,
}

/// Fits y on x and z; variables in the order x, y, z, as for the partial correlation.
///
/// # Errors
/// [`Undefined::TooFew`] below 5 clients; [`Undefined::NoVariation`] and [`Undefined::Collinear`] when x or z say nothing of their own.
///
/// ```
/// use alliance_stats::{adjusted_line::adjusted_line, numeric::moments::CrossProducts};
/// let rows: Vec<[f64; 3]> =
///     (0..20).map(|i| f64::from(i)).map(|i| [i, 3.0 + 2.0 * i - (i % 4.0) + 0.1 * (i % 3.0), i % 4.0]).collect();
/// let line = adjusted_line(&CrossProducts::from_rows(&rows).unwrap()).unwrap();
/// assert!((line.slope - 2.0).abs() < 0.01 && (line.slope_of_z + 1.0).abs() < 0.05);
/// ```
pub fn adjusted_line(products: &CrossProducts<3>) -> Result<AdjustedLine, Undefined> {
    if products.count() < 5 {
        return Err(Undefined::TooFew {
            found: products.count(),
            needed: 5,
        });
    }
    let [[xx, xy, xz], [_, yy, yz], [_, _, zz]] = *products.products();
    // Cross-products are finite by construction.
    if xx <= 0.0 {
        return Err(Undefined::NoVariation {
            variable: "the predictor",
        });
    }
    if zz <= 0.0 {
        return Err(Undefined::NoVariation {
            variable: "the variable held fixed",
        });
    }
    let own_x = xx - xz * xz / zz;
    if own_x <= 1e-12 * xx {
        return Err(Undefined::Collinear);
    }
    let slope = (xy - xz * yz / zz) / own_x;
    let slope_of_z = (yz - slope * xz) / zz;
    let residual = (yy - slope * xy - slope_of_z * yz).max(0.0);
    let n = products.count() as f64;
    let [mean_x, mean_y, mean_z] = *products.means();
    Ok(AdjustedLine {
        intercept: mean_y - slope * mean_x,
        slope,
        slope_of_z,
        mean_z,
        df: n - 3.0,
        n,
        mean_x,
        variance: residual / (n - 3.0),
        own_x,
    })
}

impl AdjustedLine {
    /// Height of the line at x with the interval of that height.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] only for an x that is not finite.
    pub fn height(&self, x: f64, level: Level) -> Result<Interval, Undefined> {
        let height = self.intercept + self.slope * x;
        // METHOD: at the mean of z, so the covariance of slope and intercept runs through x alone.
        let apart = x - self.mean_x;
        let error = (self.variance * (1.0 / self.n + apart * apart / self.own_x)).sqrt();
        let margin = level.critical_t(self.df) * error;
        Interval::new(height - margin, height + margin, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Solves the normal equations of y on (1, x, z) by elimination and returns the coefficients
    /// and the inverse of the matrix.
    fn slow(rows: &[[f64; 3]]) -> ([f64; 3], [[f64; 3]; 3]) {
        let mut m = [[0.0; 7]; 3];
        for [x, y, z] in rows {
            let design = [1.0, *x, *z];
            for i in 0..3 {
                for j in 0..3 {
                    m[i][j] += design[i] * design[j];
                }
                m[i][3] += design[i] * y;
            }
        }
        for i in 0..3 {
            m[i][4 + i] = 1.0;
        }
        for i in 0..3 {
            let pivot = m[i][i];
            m[i].iter_mut().for_each(|v| *v /= pivot);
            for other in 0..3 {
                if other != i {
                    let factor = m[other][i];
                    let pivot_row = m[i];
                    m[other]
                        .iter_mut()
                        .zip(pivot_row)
                        .for_each(|(v, p)| *v -= factor * p);
                }
            }
        }
        (
            [m[0][3], m[1][3], m[2][3]],
            std::array::from_fn(|i| std::array::from_fn(|j| m[i][4 + j])),
        )
    }

    #[test]
    fn the_line_is_that_of_the_normal_equations() {
        let rows: Vec<[f64; 3]> = (0..40)
            .map(f64::from)
            .map(|i| {
                let (x, z) = (40.0 + (i * 7.0) % 13.0, (i * 5.0) % 11.0);
                [x, 2.0 - 0.3 * x + 0.7 * z + ((i * 3.0) % 7.0 - 3.0), z]
            })
            .collect();
        let line = adjusted_line(&CrossProducts::from_rows(&rows).unwrap()).unwrap();
        let ([b0, bx, bz], inverse) = slow(&rows);
        assert!((line.slope - bx).abs() < 1e-10 && (line.slope_of_z - bz).abs() < 1e-10);
        assert!((line.intercept - (b0 + bz * line.mean_z)).abs() < 1e-9);

        let variance = rows
            .iter()
            .map(|[x, y, z]| (y - b0 - bx * x - bz * z).powi(2))
            .sum::<f64>()
            / 37.0;
        let at = [1.0, 45.0, line.mean_z];
        let error: f64 = (0..3)
            .flat_map(|i| (0..3).map(move |j| (i, j)))
            .map(|(i, j)| at[i] * inverse[i][j] * at[j])
            .sum::<f64>()
            .mul_add(variance, 0.0)
            .sqrt();
        let height = line.height(45.0, Level::NINETY_FIVE).unwrap();
        let half = (height.high() - height.low()) / 2.0;
        assert!((half / (Level::NINETY_FIVE.critical_t(37.0) * error) - 1.0).abs() < 1e-9);
    }
}
