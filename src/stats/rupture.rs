//! Ruptures and repairs: does the relationship fall suddenly, and does it come back?
//! **Question.** At which ratings did the alliance fall by more than it usually moves, and how many ratings later was the loss made good?
//! **Method.** A fall from the last rating of at least k yardsticks, the yardstick being the larger of the client's own SD and the SD within all clients; repaired when one of the next ratings regains half or all of it. Beside it, an individuals chart.
//! **Not.** What was said in the room: observers find other ruptures. Rates differ with the criterion from 11 % to 50 %, so show several. A fall at the last rating was not followed by any, and counts as unrepaired.
//! **Sources.** Strauss et al. (2006), J. Consult. Clin. Psychol. 74, 337–345 (1 SD); Stiles et al. (2004), J. Consult. Clin. Psychol. 72, 81–92; Gumz et al. (2012), PMC3320522 (the stricter SD). Checked against an independent count in `tests/reference/clinic/`.

use super::Undefined;
use super::control_chart::xmr;
use super::numeric::moments::Moments;

/// A fall or a regain this share short of what is asked is short by rounding only.
const ROUNDING: f64 = 1e-9;
/// Fewest ratings for a chart of one client.
const FEWEST_FOR_A_CHART: usize = 6;

/// How much of a fall must come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repair {
    /// At least half of it.
    Half,
    /// All of it.
    All,
}

impl Repair {
    fn share(self) -> f64 {
        match self {
            Self::Half => 0.5,
            Self::All => 1.0,
        }
    }
}

/// What counts as a rupture, and what as its repair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criterion {
    /// A rupture is a fall of at least this many yardsticks (k), above 0.
    pub falls: f64,
    /// How much of the fall a later rating must regain.
    pub repair: Repair,
    /// How many of the next ratings may do so.
    pub window: usize,
}

/// One sudden fall of the alliance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rupture {
    /// Index of the rating that fell, from 1.
    pub at: usize,
    /// How far it lies below the rating before, in points, above 0.
    pub fall: f64,
    /// Ratings until one regained enough, 1 to the window; none when none did.
    pub repaired_after: Option<usize>,
}

/// A client's course by ruptures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Course {
    /// No rupture.
    None,
    /// At least one, and every one was repaired.
    Repaired,
    /// At least one was not repaired.
    Unrepaired,
}

/// The standard deviation of ratings within clients, in points: `√(Σ squared deviations / Σ (n − 1))` over clients with at least 2 ratings.
///
/// # Errors
/// [`Undefined::TooFew`] when no client has 2 ratings, [`Undefined::NoVariation`] when nobody's ratings vary, [`Undefined::NotFinite`] on overflow.
///
/// ```
/// use alliance_stats::{numeric::moments::Moments, rupture::pooled_within_sd};
/// let client = |ratings: &[f64]| Moments::from_values(ratings).unwrap();
/// let clients = [client(&[50.0, 54.0]), client(&[30.0]), client(&[40.0, 41.0, 42.0])];
/// // (8 + 2)/(1 + 2)
/// assert!((pooled_within_sd(clients).unwrap() - (10.0f64 / 3.0).sqrt()).abs() < 1e-15);
/// ```
pub fn pooled_within_sd(clients: impl IntoIterator<Item = Moments>) -> Result<f64, Undefined> {
    let (mut squares, mut df, mut most) = (0.0, 0usize, 0);
    for client in clients {
        most = most.max(client.count());
        df += client.count().saturating_sub(1);
        if !client.is_constant(0) {
            squares += client.products()[0][0];
        }
    }
    if df == 0 {
        return Err(Undefined::TooFew {
            found: most,
            needed: 2,
        });
    }
    let sd = (squares / df as f64).sqrt();
    if sd == 0.0 {
        Err(Undefined::NoVariation {
            variable: "every client's alliance",
        })
    } else if sd.is_finite() {
        Ok(sd)
    } else {
        Err(Undefined::NotFinite {
            variable: "a sum of squares",
        })
    }
}

/// The larger of the SD of a client's `ratings` and the `pooled` SD, in points; NaN when a rating is no usable number.
///
/// ```
/// use alliance_stats::rupture::yardstick;
/// assert_eq!(yardstick(&[40.0, 41.0, 42.0], 3.0), 3.0);
/// assert_eq!(yardstick(&[30.0, 40.0, 50.0], 3.0), 10.0);
/// ```
pub fn yardstick(ratings: &[f64], pooled: f64) -> f64 {
    // METHOD: the stricter of the two, so that a very even course is not read as one rupture after the other.
    match Moments::from_values(ratings).map(|moments| moments.variance(0)) {
        Ok(Some(variance)) if variance.sqrt() > pooled => variance.sqrt(),
        Ok(_) => pooled,
        Err(_) => f64::NAN,
    }
}

/// The ruptures in the `ratings` of one client, in the order given, with the client's `yardstick` in points.
///
/// # Panics
/// Unless all ratings are finite and the yardstick and `criterion.falls` are finite and above 0: with an unknown number among
/// them no fall would ever be found, and the client would count as one without ruptures.
///
/// ```
/// use alliance_stats::rupture::{Course, Criterion, Repair, course, ruptures};
/// let criterion = Criterion { falls: 1.0, repair: Repair::Half, window: 3 };
/// let found = ruptures(&[50.0, 51.0, 45.0, 46.0, 48.0], 3.0, &criterion);
/// assert_eq!((found[0].at, found[0].fall, found[0].repaired_after), (2, 6.0, Some(2)));
/// assert_eq!(course(&found), Course::Repaired);
/// ```
pub fn ruptures(ratings: &[f64], yardstick: f64, criterion: &Criterion) -> Vec<Rupture> {
    let least = criterion.falls * yardstick;
    assert!(
        least.is_finite() && yardstick > 0.0 && criterion.falls > 0.0,
        "a yardstick of {yardstick} and {} falls measure nothing",
        criterion.falls
    );
    assert!(
        ratings.iter().all(|rating| rating.is_finite()),
        "a rating is no usable number"
    );
    let reaches = |points: f64, asked: f64| points >= asked * (1.0 - ROUNDING);
    ratings
        .windows(2)
        .enumerate()
        .map(|(before, pair)| (before + 1, pair[0] - pair[1]))
        .filter(|&(_, fall)| reaches(fall, least))
        .map(|(at, fall)| Rupture {
            at,
            fall,
            repaired_after: ratings[at + 1..]
                .iter()
                .take(criterion.window)
                .position(|later| reaches(later - ratings[at], criterion.repair.share() * fall))
                .map(|next| next + 1),
        })
        .collect()
}

/// A client's course from all of the client's ruptures.
///
/// ```
/// use alliance_stats::rupture::{Course, course};
/// assert_eq!(course(&[]), Course::None);
/// ```
pub fn course(ruptures: &[Rupture]) -> Course {
    if ruptures.is_empty() {
        Course::None
    } else if ruptures.iter().all(|one| one.repaired_after.is_some()) {
        Course::Repaired
    } else {
        Course::Unrepaired
    }
}

/// Indices of the ratings strictly below the lower limit of the client's own individuals chart ([`xmr`]), `mean − 2.66 · mean moving range`.
///
/// None below 6 ratings, or when a rating is no usable number; ratings that do not vary are never below.
///
/// ```
/// use alliance_stats::rupture::below_control_limit;
/// // mean 48, mean moving range 4.125, limit 37.0275
/// let ratings = [50.0, 50.0, 51.0, 49.0, 50.0, 50.0, 36.0, 49.0, 47.0];
/// assert_eq!(below_control_limit(&ratings), Some(vec![6]));
/// assert_eq!(below_control_limit(&ratings[..5]), None);
/// ```
pub fn below_control_limit(ratings: &[f64]) -> Option<Vec<usize>> {
    if ratings.len() < FEWEST_FOR_A_CHART {
        return None;
    }
    let limits = match xmr(ratings) {
        Ok(limits) => limits,
        Err(Undefined::NoVariation { .. }) => return Some(Vec::new()),
        Err(_) => return None,
    };
    let below = |i: &usize| {
        let margin = limits.center - limits.low[*i];
        limits.center - ratings[*i] > margin * (1.0 + ROUNDING)
    };
    Some((0..ratings.len()).filter(below).collect())
}
