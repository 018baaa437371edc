//! A client's own trend, taken out.
//! **Question.** Does a session that is better than this client's line predict what follows, when both measures move with time anyway?
//! **Method.** Least squares of the measure on time for each client alone; what remains, `x − (a + b·t)` with the client's own a and b, replaces the deviation from the client's mean.
//! **Not.** Curved trends, and trends shared by all clients (put time into the model for those). Clients with fewer than 3 rows, or with one time only, have no line: they are left out and counted, since two points lie on their line exactly.
//! **Sources.** Wang & Maxwell (2015), Psychol. Methods 20, 63–83; Curran & Bauer (2011), Annu. Rev. Psychol. 62, 583–619. Checked against R `lm` with a line per client.

use super::multilevel_correlation::{RepeatedMeasures, common_slope};
use crate::stats::Undefined;
use crate::stats::interval::Level;
use crate::stats::numeric::moments::CrossProducts;

/// Fewest rows of a client whose line leaves anything.
const FEWEST_ROWS: usize = 3;

/// What the clients' own lines leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Detrended {
    /// Row by row, in the unit of the measure; none for clients without a line.
    pub residuals: Vec<Option<f64>>,
    /// Clients with a line.
    pub clients: usize,
    /// Clients left out: fewer than 3 rows, or one time only.
    pub too_short: usize,
}

/// Takes each client's own line out of a measure; `groups` numbers the rows' clients from 0.
///
/// # Errors
/// [`Undefined::UnequalLengths`]; [`Undefined::NotFinite`].
///
/// ```
/// use alliance::stats::mixed::detrend::detrend;
/// let line = detrend(&[1.0, 2.0, 6.0, 5.0], &[1.0, 2.0, 3.0, 1.0], &[0, 0, 0, 1]).unwrap();
/// // The line −2 + 2.5 t leaves .5, −1, .5; the second client has one row.
/// assert!((line.residuals[1].unwrap() + 1.0).abs() < 1e-14);
/// assert_eq!((line.residuals[3], line.clients, line.too_short), (None, 1, 1));
/// ```
pub fn detrend(values: &[f64], times: &[f64], groups: &[usize]) -> Result<Detrended, Undefined> {
    if let Some(other) = [times.len(), groups.len()]
        .into_iter()
        .find(|&n| n != values.len())
    {
        return Err(Undefined::UnequalLengths {
            first: values.len(),
            second: other,
        });
    }
    let sums = super::GroupSums::from_columns(&[times], values, groups)?;
    let mut lines = vec![None; groups.iter().max().map_or(0, |last| last + 1)];
    let (mut clients, mut too_short) = (0, 0);
    for group in sums.numbers() {
        let (means, products) = (sums.means(group), sums.products(group));
        // Products of (time, value): tt, vt, vv.
        if sums.count(group) >= FEWEST_ROWS && moves(products[0], means[0], sums.count(group)) {
            lines[group] = Some((means[0], means[1], products[1] / products[0]));
            clients += 1;
        } else {
            too_short += 1;
        }
    }
    let residuals = groups
        .iter()
        .zip(values.iter().zip(times))
        .map(|(&group, (value, time))| {
            lines[group].map(|(t, level, slope)| (value - level) - slope * (time - t))
        })
        .collect();
    Ok(Detrended {
        residuals,
        clients,
        too_short,
    })
}

/// Does time move, beyond rounding?
fn moves(squares: f64, mean: f64, rows: usize) -> bool {
    squares > rows as f64 * (1e-14 * mean) * (1e-14 * mean) && squares > 0.0
}

/// The cross-products of two measures after a client's own line was taken out of both; variables are (time, first, second).
///
/// None for a client without a line. The count stays that of the rows, though two parameters were spent.
///
/// ```
/// use alliance::stats::{mixed::detrend::without_trend, numeric::moments::CrossProducts};
/// let rows = [[1.0, 1.0, 2.0], [2.0, 2.0, 4.0], [3.0, 6.0, 6.0]];
/// let left = without_trend(&CrossProducts::from_rows(&rows).unwrap()).unwrap();
/// // .5, −1, .5 remain of the first, nothing of the second.
/// assert!((left.products()[0][0] - 1.5).abs() < 1e-14 && left.products()[1][1].abs() < 1e-14);
/// ```
pub fn without_trend(client: &CrossProducts<3>) -> Option<CrossProducts<2>> {
    let (p, n) = (client.products(), client.count());
    if n < FEWEST_ROWS || !moves(p[0][0], client.means()[0], n) {
        return None;
    }
    let left = |i: usize, j: usize| {
        let rest = p[i][j] - p[0][i] * p[0][j] / p[0][0];
        // A perfect line leaves rounding, which must not become a correlation.
        if i == j && rest <= 1e-14 * p[i][i] {
            0.0
        } else {
            rest
        }
    };
    let both = left(1, 2);
    Some(CrossProducts::assembled(
        n,
        [client.means()[1], client.means()[2]],
        [[left(1, 1), both], [both, left(2, 2)]],
    ))
}

/// The correlation within clients after each client's own lines were taken out of both measures; df = rows − 2 × clients − 1.
///
/// # Errors
/// As [`super::multilevel_correlation::repeated_measures`]; clients without a line are left out and counted in `left_out`.
///
/// ```
/// use alliance::stats::interval::Level;
/// use alliance::stats::{mixed::detrend::detrended_correlation, numeric::moments::CrossProducts};
/// let client = |b: f64| {
///     let rows = [0.0, 1.0, 2.0, 3.0, 4.0].map(|t| [t, b * t + (t - 2.0) * (t - 2.0), t + (t * t * b).sin()]);
///     CrossProducts::from_rows(&rows).unwrap()
/// };
/// let r = detrended_correlation(&[client(1.0), client(2.0)], Level::NINETY_FIVE).unwrap();
/// assert_eq!((r.df, r.clients), (5.0, 2));
/// ```
pub fn detrended_correlation(
    clients: &[CrossProducts<3>],
    level: Level,
) -> Result<RepeatedMeasures, Undefined> {
    let left: Vec<CrossProducts<2>> = clients.iter().filter_map(without_trend).collect();
    let with_rows = clients.iter().filter(|client| client.count() > 0).count();
    let rows = left.iter().map(|client| client.count()).sum();
    // METHOD: a mean and a slope per client are held fixed.
    let removed = (2 * left.len()).max(1) - 1;
    common_slope(&left, rows, removed, with_rows - left.len(), level)
}
