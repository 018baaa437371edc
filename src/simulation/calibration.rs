//! Calibration: the slopes and variances that make the settings come true.
//! **Question.** How must the outcome hang on the level of the alliance so that the early ratings correlate as set?
//! **Method.** A rehearsal of 60,000 courses gives the covariances of rating, level and burden given intake; the rest is algebra.
//! **Not.** Rounding and bounds of the outcome itself are not undone: they cost less than .005 of a correlation.
//! **Sources.** The definition of a partial correlation; the test recovers it from the finished files.

use super::case_mix::{Delivery, share_in_cbt};
use super::clinic::Clinic;
use super::course::{Arrival, Course, TherapistEffect};
use super::lengths::Lengths;
use super::stream::{Purpose, Stream};

/// Courses rehearsed per delivery; the seed is fixed, so that equal settings mean equal truth.
const REHEARSED: u64 = 20_000;
const REHEARSAL_SEED: u64 = 1;
/// Least variance of an adjusted outcome that is left to chance.
const LEAST_CHANCE: f64 = 0.05;
/// CBT: SD of the adjusted outcome per SD of technique.
pub(super) const TECHNIQUE: f64 = 0.10;

/// What ties outcomes to courses. The adjusted outcome has mean 0 and variance 1.
#[derive(Clone)]
pub(super) struct Calibration {
    pub(super) lengths: Lengths,
    /// The therapists' share of the variance of the level.
    pub(super) therapist_level: f64,
    /// The therapists' own part in the outcome, as a standard deviation.
    pub(super) therapist_outcome: f64,
    /// Mean burden by delivery.
    burden: [f64; 3],
    /// By delivery, CBT and psychosis.
    cells: [[[Cell; 2]; 2]; 3],
}

/// The outcome of clients alike in delivery, CBT and psychosis.
#[derive(Clone, Copy, Default)]
pub(super) struct Cell {
    /// Slope of the adjusted outcome on the level.
    pub(super) slope: f64,
    /// Standard deviation of what is left to chance.
    pub(super) chance: f64,
}

impl Calibration {
    pub(super) fn of(clinic: &Clinic) -> Result<Calibration, Vec<String>> {
        let mut problems = clinic.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let Some(lengths) = Lengths::of(clinic) else {
            return Err(vec![format!(
                "sessions_per_client: a mean of {} cannot be reached while a share of {} leaves early and {} is ongoing",
                clinic.sessions_per_client, clinic.dropout, clinic.ongoing
            )]);
        };
        let rehearsals = Delivery::ALL.map(|delivery| Rehearsal::of(clinic, &lengths, delivery));
        let mean = |value: &dyn Fn(usize) -> f64| -> f64 {
            let shares = Delivery::ALL.iter().enumerate();
            shares
                .map(|(at, delivery)| delivery.share(clinic) * value(at))
                .sum()
        };
        let reliability = mean(&|at| rehearsals[at].reliability);
        let therapist_level = clinic.therapist_share_alliance / reliability;
        if therapist_level > 1.0 {
            problems.push(format!(
                "therapist_share_alliance: found {}, but a mean of ratings can hold at most {reliability:.2} (the rest is noise from session to session)",
                clinic.therapist_share_alliance
            ));
        }

        let wanted = |delivery| match delivery {
            Delivery::Online => clinic.r_online,
            Delivery::InPerson => clinic.r_in_person,
            Delivery::Hybrid => clinic.r_hybrid,
        };
        let slope = mean(&|at| rehearsals[at].slope(wanted(Delivery::ALL[at])));
        let by_alliance = slope * slope * therapist_level;
        let own_part = clinic.therapist_share_outcome - by_alliance;
        // A share of 0 asks for nothing beyond the therapists' part in the alliance.
        if own_part < 0.0 && clinic.therapist_share_outcome > 0.0 {
            problems.push(format!(
                "therapist_share_outcome: found {}, but therapists' part in the alliance alone makes {by_alliance:.3} at these correlations",
                clinic.therapist_share_outcome
            ));
        }
        let own_part = own_part.max(0.0);

        let in_cbt = share_in_cbt(clinic);
        let mut cells = [[[Cell::default(); 2]; 2]; 3];
        for (at, delivery) in Delivery::ALL.into_iter().enumerate() {
            for (cbt, psychosis) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                // METHOD: shifts are centred, so that the correlation of a delivery stays as set.
                let r = wanted(delivery)
                    + clinic.cbt_shift * (cbt as f64 - in_cbt)
                    + clinic.psychosis_shift * (psychosis as f64 - clinic.share_psychosis);
                let technique = if cbt == 1 {
                    TECHNIQUE.powi(2) + clinic.technique_by_alliance.powi(2)
                } else {
                    0.0
                };
                let slope = rehearsals[at].slope(r);
                let left = 1.0 - rehearsals[at].explained(slope) - own_part - technique;
                if left < LEAST_CHANCE {
                    problems.push(format!(
                        "r_{}: a correlation of {r:.2}{} cannot exist beside therapists' share of {} in the outcome, the ruptures and the early leavers",
                        delivery.as_str(),
                        match (cbt, psychosis) {
                            (0, 0) => "",
                            (1, 0) => " (in CBT)",
                            (0, _) => " (in psychosis)",
                            _ => " (in CBT for psychosis)",
                        },
                        clinic.therapist_share_outcome
                    ));
                }
                cells[at][cbt][psychosis] = Cell {
                    slope,
                    chance: left.max(0.0).sqrt(),
                };
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Calibration {
            lengths,
            therapist_level,
            therapist_outcome: own_part.sqrt(),
            burden: std::array::from_fn(|at| rehearsals[at].burden),
            cells,
        })
    }

    /// The cell of clients with these levels.
    pub(super) fn cell(&self, delivery: Delivery, cbt: bool, psychosis: bool) -> Cell {
        self.cells[delivery as usize][usize::from(cbt)][usize::from(psychosis)]
    }

    /// The mean burden of clients with this delivery.
    pub(super) fn mean_burden(&self, delivery: Delivery) -> f64 {
        self.burden[delivery as usize]
    }
}

/// What many courses of one delivery have in common: covariances given the score at intake.
struct Rehearsal {
    alliance: f64,
    level: f64,
    burden_variance: f64,
    alliance_level: f64,
    alliance_burden: f64,
    level_burden: f64,
    /// Mean burden.
    burden: f64,
    /// Squared correlation of the early alliance with the level.
    reliability: f64,
}

impl Rehearsal {
    fn of(clinic: &Clinic, lengths: &Lengths, delivery: Delivery) -> Rehearsal {
        let arrival = Arrival {
            delivery,
            offered_emdr: false,
            therapist: TherapistEffect::default(),
            therapist_share: 0.0,
        };
        let rows: Vec<[f64; 4]> = (0..REHEARSED)
            .map(|index| {
                let mut stream = Stream::new(REHEARSAL_SEED, Purpose::Rehearsal, index);
                let course = Course::draw(clinic, lengths, &arrival, &mut stream);
                [
                    course.pre,
                    course.early_alliance(),
                    course.level,
                    course.burden(),
                ]
            })
            .collect();
        let n = rows.len() as f64;
        let mean: [f64; 4] =
            std::array::from_fn(|i| rows.iter().map(|row| row[i]).sum::<f64>() / n);
        let covariance = |i: usize, j: usize| {
            rows.iter()
                .map(|row| (row[i] - mean[i]) * (row[j] - mean[j]))
                .sum::<f64>()
                / n
        };
        let pre = covariance(0, 0);
        let given_pre = |i, j| covariance(i, j) - covariance(0, i) * covariance(0, j) / pre;
        Rehearsal {
            alliance: given_pre(1, 1),
            level: given_pre(2, 2),
            burden_variance: given_pre(3, 3),
            alliance_level: given_pre(1, 2),
            alliance_burden: given_pre(1, 3),
            level_burden: given_pre(2, 3),
            burden: mean[3],
            reliability: covariance(1, 2).powi(2) / (covariance(1, 1) * covariance(2, 2)),
        }
    }

    /// The slope `b` of the outcome `b·level − burden + …` at which the early alliance correlates `r` with it.
    fn slope(&self, r: f64) -> f64 {
        (r * self.alliance.sqrt() + self.alliance_burden) / self.alliance_level
    }

    /// The variance of `b·level − burden`.
    fn explained(&self, slope: f64) -> f64 {
        slope * slope * self.level + self.burden_variance - 2.0 * slope * self.level_burden
    }
}
