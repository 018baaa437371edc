//! The population of a made-up clinic: any client can be drawn by number, in any order.
//! **Question.** Who is client 17: course, outcome, therapist, code?
//! **Method.** Adjusted outcome = slope · level − burden + therapist + technique (CBT) + chance; scores are rounded, kept in range.
//! **Not.** The second measure, GAD-7, is no independent witness: three quarters of its adjusted outcome are the PHQ-9's.
//! **Sources.** None: the structure is made up; [`Clinic`] states what of it is true by design.

use super::calibration::{Calibration, TECHNIQUE};
use super::case_mix::{Delivery, Diagnosis, OFFERED_EMDR, Treatment};
use super::clinic::Clinic;
use super::course::{Arrival, Course, Rating, Rupture, Status, TherapistEffect};
use super::stream::{Permutation, Purpose, Stream};

/// How much of the PHQ-9's adjusted outcome the GAD-7 shares.
const GAD_ON_PHQ: f64 = 0.75;
/// The share of clients with a GAD-7.
const WITH_GAD: f64 = 0.85;

/// A made-up clinic whose clients can be drawn.
pub struct Population {
    pub(super) clinic: Clinic,
    calibration: Calibration,
    therapists: Vec<TherapistEffect>,
    roster: Permutation,
    codes: Permutation,
    first_code: u64,
}

/// One client, with the truth that the files do not show.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// A code such as `C104882`: unique, in no order, without meaning.
    pub code: u64,
    /// Number of the therapist, from 1.
    pub therapist: u32,
    /// Number of the site, from 1.
    pub site: u32,
    pub delivery: Delivery,
    pub diagnosis: Diagnosis,
    pub treatment: Treatment,
    pub status: Status,
    /// The level of the alliance behind the ratings: mean 0, variance 1.
    pub level: f64,
    pub rupture: Option<Rupture>,
    /// One rating per session, given or not.
    pub ratings: Vec<Rating>,
    /// Level of technique in CBT: mean 0, variance 1.
    pub technique: f64,
    pub phq9: Outcome,
    /// The second measure, where it was taken.
    pub gad7: Option<Outcome>,
    /// PHQ-9 that the course of symptoms leads to, and in how many sessions.
    pub(super) destination: (f64, u32),
}

/// Scores before and after treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub pre: u8,
    pub post: Option<u8>,
}

impl Population {
    /// The population of a clinic.
    ///
    /// # Errors
    /// Every impossible setting, one sentence each.
    pub fn new(clinic: &Clinic) -> Result<Population, Vec<String>> {
        let calibration = Calibration::of(clinic)?;
        let therapists = (0..clinic.therapists)
            .map(|therapist| {
                let mut stream = Stream::new(clinic.seed, Purpose::Therapist, u64::from(therapist));
                TherapistEffect {
                    alliance: stream.normal(),
                    outcome: stream.normal(),
                }
            })
            .collect();
        let mut first_code = 100_000;
        while 9 * first_code < 2 * clinic.clients {
            first_code *= 10;
        }
        Ok(Population {
            clinic: clinic.clone(),
            calibration,
            therapists,
            roster: Permutation::new(clinic.seed, Purpose::Roster, u64::from(clinic.therapists)),
            codes: Permutation::new(clinic.seed, Purpose::ClientId, 9 * first_code),
            first_code,
        })
    }

    /// The client with this number, counted from 0.
    pub fn client(&self, number: u64) -> Client {
        self.draw(number).0
    }

    /// The client, and the stream to draw the details of the sessions from.
    pub(super) fn draw(&self, number: u64) -> (Client, Stream) {
        let (clinic, calibration) = (&self.clinic, &self.calibration);
        let mut stream = Stream::new(clinic.seed, Purpose::Client, number);
        let therapist = self.therapist(number, &mut stream);
        let effect = self.therapists[therapist as usize];
        let arrival = Arrival {
            delivery: Delivery::draw(clinic, &mut stream),
            offered_emdr: number % OFFERED_EMDR == OFFERED_EMDR / 2,
            therapist: effect,
            therapist_share: calibration.therapist_level,
        };
        let course = Course::draw(clinic, &calibration.lengths, &arrival, &mut stream);

        let technique = stream.normal();
        let adjusted = self.adjusted_outcome(&course, effect, technique, stream.normal());
        let destination = 9.2 + 0.5 * (course.pre - 15.0) - 4.6 * adjusted;
        let has_post = course.status != Status::Ongoing && !stream.chance(clinic.missing_post);
        let phq9 = Outcome {
            pre: course.pre as u8,
            post: has_post.then(|| destination.round().clamp(0.0, 27.0) as u8),
        };
        let gad7 = gad7(&course, adjusted, has_post, &mut stream);
        let client = Client {
            code: self.first_code + self.codes.of(number),
            therapist: therapist + 1,
            site: therapist % clinic.sites + 1,
            delivery: course.delivery,
            diagnosis: course.diagnosis,
            treatment: course.treatment,
            status: course.status,
            level: course.level,
            rupture: course.rupture,
            ratings: course.ratings,
            technique,
            phq9,
            gad7: stream.chance(WITH_GAD).then_some(gad7),
            destination: (destination, course.planned),
        };
        (client, stream)
    }

    /// Everybody has a client; the therapists with low numbers have more.
    fn therapist(&self, number: u64, stream: &mut Stream) -> u32 {
        let therapists = self.clinic.therapists;
        let drawn = stream.uniform();
        if number < u64::from(therapists) {
            return self.roster.of(number) as u32;
        }
        let place = drawn * (0.6 + 0.4 * drawn) * f64::from(therapists);
        (place as u32).min(therapists - 1)
    }

    fn adjusted_outcome(
        &self,
        course: &Course,
        therapist: TherapistEffect,
        technique: f64,
        chance: f64,
    ) -> f64 {
        let calibration = &self.calibration;
        let cbt = course.treatment.is_cbt();
        let cell = calibration.cell(
            course.delivery,
            cbt,
            course.diagnosis == Diagnosis::Psychosis,
        );
        let by_technique = if cbt {
            technique * (TECHNIQUE + self.clinic.technique_by_alliance * course.level)
        } else {
            0.0
        };
        cell.slope * course.level - (course.burden() - calibration.mean_burden(course.delivery))
            + calibration.therapist_outcome * therapist.outcome
            + by_technique
            + cell.chance * chance
    }
}

fn gad7(course: &Course, adjusted: f64, has_post: bool, stream: &mut Stream) -> Outcome {
    let pre = (12.0 + 4.0 * (0.6 * course.pre_normal + 0.8 * stream.normal())).round();
    let pre = pre.clamp(0.0, 21.0);
    let rest = (1.0 - GAD_ON_PHQ * GAD_ON_PHQ).sqrt() * stream.normal();
    let post = 7.6 + 0.45 * (pre - 12.0) - 3.8 * (GAD_ON_PHQ * adjusted + rest);
    Outcome {
        pre: pre as u8,
        post: has_post.then(|| post.round().clamp(0.0, 21.0) as u8),
    }
}
