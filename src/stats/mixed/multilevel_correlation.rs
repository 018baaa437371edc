//! One pair of measures on two levels: within clients and between them.
//! **Question.** Do better sessions go with better outcomes within a client, and do clients with better sessions do better? Both are called "the correlation", and they are different numbers.
//! **Method.** From each client's cross-products: r of the deviations from the clients' means, r of the means (each client counts once), r of all rows; intraclass correlations by analysis of variance; the repeated-measures correlation; percentile intervals from a bootstrap of whole clients.
//! **Not.** Trends: two measures that both move with time correlate within clients; see [`super::detrend`]. The r of means is not corrected for their reliability, which is reported beside it.
//! **Sources.** Bakdash & Marusich (2017), Front. Psychol. 8, 456, with the interval as corrected in rmcorr 0.5.4; Shrout & Fleiss (1979), Psychol. Bull. 86, 420–428; Bliese (2000), in Klein & Kozlowski, 349–381. Checked against R `lm` and `anova`.

mod jackknife;
mod resampling;

pub use jackknife::{Jackknifed, MultilevelJackknife, multilevel_jackknife};
pub use resampling::{MultilevelBootstrap, Replicates, multilevel_bootstrap};

use crate::Undefined;
use crate::correlation::Correlation;
use crate::fisher::{fisher_interval, t_test};
use crate::interval::{Interval, Level};
use crate::numeric::moments::CrossProducts;

/// Correlations of two measures on both levels.
#[derive(Debug, Clone, PartialEq)]
pub struct MultilevelCorrelation {
    /// Rows with both measures.
    pub rows: usize,
    /// Clients with at least one row.
    pub clients: usize,
    /// Clients with a single row: they say nothing about what happens within a client and are left out there.
    pub single_row_clients: usize,
    /// Of deviations from the clients' own means.
    pub within: Result<f64, Undefined>,
    /// Of the clients' means, each client once.
    pub between: Result<f64, Undefined>,
    /// Of all rows, clients ignored.
    pub total: Result<f64, Undefined>,
    /// How much of the first measure lies between clients.
    pub first: Result<GroupReliability, Undefined>,
    /// How much of the second measure lies between clients.
    pub second: Result<GroupReliability, Undefined>,
}

/// How much of a measure lies between clients, and how reliable their means are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupReliability {
    /// ICC(1): the share between clients; negative where clients differ less than chance makes them.
    pub icc1: f64,
    /// ICC(2): the reliability of means of `typical_size` rows; negative where ICC(1) is.
    pub icc2: f64,
    /// Rows per client that stand for unequal numbers, `(N − Σn²/N)/(k − 1)`.
    pub typical_size: f64,
    /// λ, the reliability of a mean of as many rows as clients have on average; 0 where ICC(1) is not positive.
    pub reliability: f64,
    /// λ with the harmonic mean of the rows per client; 0 where ICC(1) is not positive.
    pub reliability_harmonic: f64,
}

/// The repeated-measures correlation: the common slope of all clients as a correlation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatedMeasures {
    /// The correlation within clients.
    pub r: f64,
    /// Rows less clients less 1, of clients with two rows or more.
    pub df: f64,
    /// Student's t.
    pub t: f64,
    /// Two-sided; never 0.
    pub p: f64,
    /// By Fisher's z with standard error `1/√(df − 1)`.
    pub interval: Interval,
    /// Clients used.
    pub clients: usize,
    /// Clients left out because their rows are too few.
    pub left_out: usize,
}

/// Correlations within and between clients; one [`CrossProducts`] per client, empty ones ignored.
///
/// # Errors
/// [`Undefined::TooFewClusters`] for fewer than two clients with rows; what a level cannot say stands in its own place.
///
/// ```
/// use alliance_stats::{mixed::multilevel_correlation::multilevel_correlation, numeric::moments::CrossProducts};
/// // Within each client falling, between clients rising.
/// let clients = [0.0, 1.0, 2.0].map(|c| {
///     let rows = [[3.0 * c, 3.0 * c + 1.0], [3.0 * c + 1.0, 3.0 * c]];
///     CrossProducts::from_rows(&rows).unwrap()
/// });
/// let r = multilevel_correlation(&clients).unwrap();
/// assert!((r.within.unwrap() + 1.0).abs() < 1e-12 && (r.between.unwrap() - 1.0).abs() < 1e-12);
/// ```
pub fn multilevel_correlation(
    clients: &[CrossProducts<2>],
) -> Result<MultilevelCorrelation, Undefined> {
    let used = || clients.iter().filter(|client| client.count() > 0);
    let count = used().count();
    if count < 2 {
        return Err(Undefined::TooFewClusters {
            found: count,
            needed: 2,
        });
    }
    let whole = used().fold(CrossProducts::empty(), |sum, client| sum.merge(client));
    let means: Vec<[f64; 2]> = used().map(|client| *client.means()).collect();
    let between = CrossProducts::from_rows(&means)?;
    let within = pooled(clients);
    Ok(MultilevelCorrelation {
        rows: whole.count(),
        clients: count,
        single_row_clients: used().filter(|client| client.count() == 1).count(),
        within: ratio(&within, whole.products()),
        between: Correlation::from_cross_products(&between).map(|c| c.r()),
        total: Correlation::from_cross_products(&whole).map(|c| c.r()),
        first: reliability(clients, &whole, &within, 0),
        second: reliability(clients, &whole, &within, 1),
    })
}

/// Sums of products about the clients' own means: xx, xy, yy.
fn pooled(clients: &[CrossProducts<2>]) -> [f64; 3] {
    clients.iter().fold([0.0; 3], |sum, client| {
        let p = client.products();
        [sum[0] + p[0][0], sum[1] + p[0][1], sum[2] + p[1][1]]
    })
}

/// A correlation from sums of products, none where a measure does not move; `scale` says what counts as rounding.
fn ratio(sums: &[f64; 3], scale: &[[f64; 2]; 2]) -> Result<f64, Undefined> {
    let moves = |sum: f64, i: usize| sum > 1e-24 * scale[i][i] && sum > 0.0;
    if !(moves(sums[0], 0) && moves(sums[2], 1)) {
        return Err(Undefined::NoVariation {
            variable: "one of the measures, within every client,",
        });
    }
    let r = sums[1] / (sums[0].sqrt() * sums[2].sqrt());
    // METHOD: rounding can carry a perfect correlation to either side of ±1; it is put back there.
    Ok(if r.abs() >= 1.0 - 1e-12 {
        r.signum()
    } else {
        r
    })
}

fn reliability(
    clients: &[CrossProducts<2>],
    whole: &CrossProducts<2>,
    within: &[f64; 3],
    variable: usize,
) -> Result<GroupReliability, Undefined> {
    let sizes = || {
        let counts = clients.iter().map(|client| client.count() as f64);
        counts.filter(|n| *n > 0.0)
    };
    let (n, k) = (whole.count() as f64, sizes().count() as f64);
    if n <= k {
        return Err(Undefined::NoRepeatedGroup {
            groups: sizes().count(),
        });
    }
    let total = whole.products()[variable][variable];
    let inside = within[2 * variable];
    if total <= 0.0 {
        return Err(Undefined::NoVariation {
            variable: "the measure",
        });
    }
    let between = (total - inside).max(0.0) / (k - 1.0);
    let error = inside / (n - k);
    let typical_size = (n - sizes().map(|n| n * n).sum::<f64>() / n) / (k - 1.0);
    let icc1 = (between - error) / (between + (typical_size - 1.0) * error);
    if between == 0.0 {
        return Err(Undefined::NoVariation {
            variable: "the mean of the clients",
        });
    }
    let of_mean = |size: f64| {
        if icc1 > 0.0 {
            size * icc1 / (1.0 + (size - 1.0) * icc1)
        } else {
            0.0
        }
    };
    Ok(GroupReliability {
        icc1,
        icc2: (between - error) / between,
        typical_size,
        reliability: of_mean(n / k),
        reliability_harmonic: of_mean(k / sizes().map(|n| 1.0 / n).sum::<f64>()),
    })
}

/// The repeated-measures correlation; clients with a single row are left out and counted.
///
/// # Errors
/// [`Undefined::TooFew`] for fewer than two degrees of freedom, [`Undefined::NoVariation`] where a measure never moves within a client,
/// [`Undefined::Perfect`] at ±1.
///
/// ```
/// use alliance_stats::interval::Level;
/// use alliance_stats::{mixed::multilevel_correlation::repeated_measures, numeric::moments::CrossProducts};
/// let clients = [[[1.0, 2.0], [2.0, 2.0], [3.0, 5.0]], [[5.0, 1.0], [6.0, 3.0], [7.0, 3.0]]]
///     .map(|rows| CrossProducts::from_rows(&rows).unwrap());
/// let r = repeated_measures(&clients, Level::NINETY_FIVE).unwrap();
/// assert!((r.r - 5.0 / (4.0f64 * (6.0 + 8.0 / 3.0)).sqrt()).abs() < 1e-14 && r.df == 3.0);
/// ```
pub fn repeated_measures(
    clients: &[CrossProducts<2>],
    level: Level,
) -> Result<RepeatedMeasures, Undefined> {
    let repeated: Vec<CrossProducts<2>> = clients
        .iter()
        .copied()
        .filter(|client| client.count() > 1)
        .collect();
    let single = clients.iter().filter(|client| client.count() == 1).count();
    let rows: usize = repeated.iter().map(|client| client.count()).sum();
    // METHOD: each client's mean is held fixed, which costs a degree of freedom per client.
    let removed = repeated.len().max(1) - 1;
    if rows < removed + 4 {
        return Err(Undefined::TooFew {
            found: rows,
            needed: removed + 4,
        });
    }
    let scale = repeated.iter().fold([[0.0; 2]; 2], |mut sum, client| {
        for (i, row) in sum.iter_mut().enumerate() {
            let mean = client.means()[i];
            row[i] += client.products()[i][i] + client.count() as f64 * mean * mean;
        }
        sum
    });
    let r = ratio(&pooled(&repeated), &scale)?;
    let correlation = Correlation::new(r, rows, removed)?;
    let test = t_test(&correlation)?;
    Ok(RepeatedMeasures {
        r,
        df: test.df,
        t: test.t,
        p: test.p.max(f64::MIN_POSITIVE),
        interval: fisher_interval(&correlation, level)?,
        clients: repeated.len(),
        left_out: single,
    })
}
