//! A client's own trend, taken out.
//! **Question.** Does a session that is better than this client's line predict what follows, when both measures move with time anyway?
//! **Method.** Least squares of the measure on time for each client alone; what remains, `x − (a + b·t)` with the client's own a and b, replaces the deviation from the client's mean.
//! **Not.** Curved trends, and trends shared by all clients (put time into the model for those). Clients with fewer than 3 rows, or with one time only, have no line: they are left out and counted, since two points lie on their line exactly.
//! **Sources.** Wang & Maxwell (2015), Psychol. Methods 20, 63–83; Curran & Bauer (2011), Annu. Rev. Psychol. 62, 583–619. Checked against R `lm` with a line per client.

use crate::Undefined;

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
/// use alliance_stats::mixed::detrend::detrend;
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
