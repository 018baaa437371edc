//! A client's course of therapy: level of the alliance, number of sessions, ratings, rupture.
//! **Question.** Which alliance does a client of this made-up clinic report, session by session?
//! **Method.** Rating = level (therapist + client) + growth + AR(1) noise − rupture, rounded, kept within 12 to 60.
//! **Not.** The outcome is not drawn here: it follows the level, and never knows which forms were filled in.
//! **Sources.** Level and noise give one rating a generalisability of .77: Crits-Christoph et al. (2011), J Consult Clin Psychol 79, 267.

use super::case_mix::{Delivery, Diagnosis, Treatment};
use super::clinic::Clinic;
use super::lengths::Lengths;
use super::stream::Stream;

/// The last session of the early alliance.
pub(super) const EARLY: usize = 5;
/// Clients who never rate carry this share of all missing ratings.
const NEVER_RATED: f64 = 0.2;
/// The share of ruptures that are repaired.
const REPAIRED: f64 = 0.55;
/// Sessions below which no rupture is made up.
pub(super) const RUPTURE_NEEDS: u32 = 5;

/// Mean rating of the first session.
pub(super) const MEAN_ALLIANCE: f64 = 46.5;
const SD_LEVEL: f64 = 6.5;
const SD_SESSION: f64 = 3.6;
const SESSION_TO_SESSION: f64 = 0.35;
/// How strongly a client's level falls with symptoms at intake, and leaving early with the level.
const LEVEL_ON_PRE: f64 = 0.12;
const LEAVING_ON_LEVEL: f64 = 0.35;
/// Skewness of the levels: the standard deviation of a lognormal's logarithm.
const SKEW: f64 = 0.22;

/// How a treatment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Completed,
    DroppedOut,
    Ongoing,
}

impl Status {
    /// The label in `outcomes.csv`.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Completed => "completed",
            Status::DroppedOut => "dropped_out",
            Status::Ongoing => "ongoing",
        }
    }
}

/// What a client would rate after a session, and whether the form was filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    /// WAI-SR total, 12 to 60.
    pub score: u8,
    /// Was the form filled in?
    pub given: bool,
}

/// A sudden fall of the alliance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rupture {
    /// The first session after the fall, counted from 1.
    pub session: u32,
    /// Points of the WAI-SR.
    pub fall: f64,
    /// The session in which the earlier level is back, at most three later.
    pub repaired_in: Option<u32>,
}

/// A therapist's part in the alliance and in the outcome, both standard normal.
#[derive(Clone, Copy, Default)]
pub(super) struct TherapistEffect {
    pub(super) alliance: f64,
    pub(super) outcome: f64,
}

/// What is settled about a client before the course begins.
pub(super) struct Arrival {
    pub(super) delivery: Delivery,
    pub(super) offered_emdr: bool,
    pub(super) therapist: TherapistEffect,
    /// The therapists' share of the variance of the level.
    pub(super) therapist_share: f64,
}

/// A client's course.
pub(super) struct Course {
    pub(super) delivery: Delivery,
    pub(super) diagnosis: Diagnosis,
    pub(super) treatment: Treatment,
    pub(super) status: Status,
    /// PHQ-9 at intake, and the normal draw behind it.
    pub(super) pre: f64,
    pub(super) pre_normal: f64,
    /// The level of the alliance, mean 0 and variance 1 over all clients.
    pub(super) level: f64,
    /// Sessions the treatment is to have; an ongoing one has had fewer.
    pub(super) planned: u32,
    pub(super) ratings: Vec<Rating>,
    pub(super) rupture: Option<Rupture>,
}

impl Course {
    pub(super) fn draw(
        clinic: &Clinic,
        lengths: &Lengths,
        arrival: &Arrival,
        stream: &mut Stream,
    ) -> Course {
        let delivery = arrival.delivery;
        let mut diagnosis = Diagnosis::draw(clinic, stream);
        let mut treatment = Treatment::draw(diagnosis, stream);
        if arrival.offered_emdr && diagnosis != Diagnosis::Psychosis {
            (diagnosis, treatment) = (Diagnosis::Ptsd, Treatment::Emdr);
        }
        let pre_normal = stream.normal();
        let pre = (diagnosis.mean_pre() + 4.5 * pre_normal)
            .round()
            .clamp(0.0, 27.0);

        let own = mixed(-pre_normal, LEVEL_ON_PRE, stream.normal());
        let shared = arrival.therapist_share.sqrt() * arrival.therapist.alliance;
        let rest = (1.0 - arrival.therapist_share).sqrt();
        let (level, level_normal) = (shared + rest * skewed(own), shared + rest * own);

        let leaves = normal_share_below(mixed(level_normal, LEAVING_ON_LEVEL, stream.normal()));
        let (status, planned) = if stream.chance(clinic.ongoing) {
            (Status::Ongoing, lengths.completed(stream))
        } else if leaves < clinic.dropout {
            (Status::DroppedOut, lengths.dropped_out(stream))
        } else {
            (Status::Completed, lengths.completed(stream))
        };
        // Nobody can be seen both ways in one session.
        let planned = planned.max(1 + u32::from(delivery == Delivery::Hybrid));
        let sessions = match status {
            Status::Ongoing if delivery == Delivery::Hybrid => 2 + stream.below(planned - 1),
            Status::Ongoing => 1 + stream.below(planned),
            Status::Completed | Status::DroppedOut => planned,
        };

        let rupture = (sessions >= RUPTURE_NEEDS && stream.chance(clinic.ruptures))
            .then(|| Rupture::draw(sessions, stream));
        let mean = MEAN_ALLIANCE + shift(delivery, diagnosis) + SD_LEVEL * level;
        let ratings = ratings(clinic, mean, sessions, rupture, stream);
        Course {
            delivery,
            diagnosis,
            treatment,
            status,
            pre,
            pre_normal,
            level,
            planned,
            ratings,
            rupture,
        }
    }

    /// The mean of the early ratings; of those not given where none was.
    pub(super) fn early_alliance(&self) -> f64 {
        let early = &self.ratings[..self.ratings.len().min(EARLY)];
        let mean = |counts: &dyn Fn(&Rating) -> bool| {
            let scores = early
                .iter()
                .filter(|r| counts(r))
                .map(|r| f64::from(r.score));
            let (sum, n) = scores.fold((0.0, 0.0), |(sum, n), score| (sum + score, n + 1.0));
            (n > 0.0).then(|| sum / n)
        };
        mean(&|r| r.given)
            .or_else(|| mean(&|_| true))
            .expect("every client has a session")
    }

    /// SD of the adjusted outcome that leaving early and an open rupture cost.
    pub(super) fn burden(&self) -> f64 {
        let open = self.rupture.is_some_and(|r| r.repaired_in.is_none());
        0.55 * f64::from(u8::from(open))
            + 0.45 * f64::from(u8::from(self.status == Status::DroppedOut))
    }
}

impl Rupture {
    fn draw(sessions: u32, stream: &mut Stream) -> Rupture {
        let session = 3 + stream.below(sessions - 3);
        let fall = 8.0 + 5.0 * stream.uniform();
        let repaired_in = stream
            .chance(REPAIRED)
            .then(|| session + 1 + stream.below((sessions - session).min(3)));
        Rupture {
            session,
            fall,
            repaired_in,
        }
    }

    fn open_in(&self, session: u32) -> bool {
        session >= self.session && self.repaired_in.is_none_or(|repaired| session < repaired)
    }
}

fn ratings(
    clinic: &Clinic,
    mean: f64,
    sessions: u32,
    rupture: Option<Rupture>,
    stream: &mut Stream,
) -> Vec<Rating> {
    let never = NEVER_RATED * clinic.missing_rating;
    let now_and_then = (clinic.missing_rating - never) / (1.0 - never);
    let never_rates = stream.chance(never);
    let mut noise = stream.normal();
    (1..=sessions)
        .map(|session| {
            if session > 1 {
                noise = mixed(noise, SESSION_TO_SESSION, stream.normal());
            }
            let growth = 1.5 * (1.0 - 1.0 / f64::from(session));
            let fall = rupture
                .filter(|r| r.open_in(session))
                .map_or(0.0, |r| r.fall);
            let score = mean + growth + SD_SESSION * noise - fall;
            let given = !stream.chance(now_and_then) && !never_rates;
            Rating {
                score: score.round().clamp(12.0, 60.0) as u8,
                given,
            }
        })
        .collect()
}

/// Points by which the mean alliance of a group lies off the clinic's.
fn shift(delivery: Delivery, diagnosis: Diagnosis) -> f64 {
    let by_delivery = match delivery {
        Delivery::Online => -0.4,
        Delivery::InPerson => 0.3,
        Delivery::Hybrid => 0.0,
    };
    by_delivery
        - if diagnosis == Diagnosis::Psychosis {
            1.5
        } else {
            0.0
        }
}

/// A standard normal that correlates with another one as given.
fn mixed(with: f64, correlation: f64, own: f64) -> f64 {
    correlation * with + (1.0 - correlation * correlation).sqrt() * own
}

/// A standard normal turned into a value of mean 0 and variance 1 with a long lower tail.
fn skewed(normal: f64) -> f64 {
    let variance = SKEW * SKEW;
    let mean = libm::exp(variance / 2.0);
    (mean - libm::exp(-SKEW * normal)) / (mean * libm::expm1(variance).sqrt())
}

/// The share of a standard normal below a value.
fn normal_share_below(value: f64) -> f64 {
    0.5 * libm::erfc(-value * std::f64::consts::FRAC_1_SQRT_2)
}
