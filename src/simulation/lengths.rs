//! Lengths of treatment, with the mean that the clinic asks for.
//! **Question.** How many sessions does a client have?
//! **Method.** Completed: 3 + a beta-binomial number (by default at most 20 in all); left early: uniform from 1 to 0.8 of the mean.
//! **Not.** The length does not depend on the alliance, but for those who leave early.
//! **Sources.** None: the shape is made up.

use rand_distr::Beta;

use super::clinic::Clinic;
use super::stream::Stream;

/// How many sessions clients have.
#[derive(Clone)]
pub(super) struct Lengths {
    completed_most: u32,
    completed: Beta<f64>,
    dropped_out_most: u32,
}

impl Lengths {
    /// Fewest sessions of a completed treatment.
    const FEWEST: f64 = 3.0;

    /// Lengths whose mean over all clients is the clinic's, if there are such.
    pub(super) fn of(clinic: &Clinic) -> Option<Lengths> {
        let wanted = clinic.sessions_per_client;
        let dropped_out_most = (0.8 * wanted).round();
        let mean_dropped_out = (1.0 + dropped_out_most) / 2.0;
        // Whoever is in the middle of a treatment of m sessions has had 1 to m, on average (m + 1)/2.
        // So wanted = ended · (stays · m + leaves · mean_dropped_out) + ongoing · (m + 1)/2.
        let (ongoing, ended) = (clinic.ongoing, 1.0 - clinic.ongoing);
        let (leaves, stays) = (clinic.dropout, 1.0 - clinic.dropout);
        let mean = (wanted - ended * leaves * mean_dropped_out - ongoing / 2.0)
            / (ended * stays + ongoing / 2.0);
        let most = (2.0 * mean).ceil().max(20.0);
        let share = (mean - Self::FEWEST) / (most - Self::FEWEST);
        if !(share > 0.0 && share < 1.0 && most <= 80.0) {
            return None;
        }
        Some(Lengths {
            completed_most: most as u32,
            completed: Beta::new(2.0, 2.0 * (1.0 - share) / share).ok()?,
            dropped_out_most: dropped_out_most as u32,
        })
    }

    /// The number of sessions of a treatment that ends as planned.
    pub(super) fn completed(&self, stream: &mut Stream) -> u32 {
        let share = stream.draw(self.completed);
        let fewest = Self::FEWEST as u32;
        fewest
            + (fewest..self.completed_most)
                .filter(|_| stream.chance(share))
                .count() as u32
    }

    /// The number of sessions of a treatment that the client leaves early.
    pub(super) fn dropped_out(&self, stream: &mut Stream) -> u32 {
        1 + stream.below(self.dropped_out_most)
    }
}
