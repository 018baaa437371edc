//! The settings of a made-up clinic: the truth that an analysis should find again.
//! **Question.** Which clinic is made up, and can such a clinic exist?
//! **Method.** One value holds every setting; `validate` lists each one that is impossible, in plain words.
//! **Not.** Nothing here is estimated from a real clinic: the defaults are plausible, no more.
//! **Sources.** The default correlations lie near Flückiger et al. (2018), Psychotherapy 55, 316–340.

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;

/// A made-up clinic. The default is the demo clinic of about 400 clients.
///
/// Correlations are partial: of a client's early alliance (the mean of the ratings in sessions 1 to
/// 5) with the PHQ-9 after treatment given the PHQ-9 before, turned so that a positive value means
/// *a better alliance goes with a better outcome*. Shares lie between 0 and 1.
///
/// ```
/// use alliance::simulation::Clinic;
/// let clinic = Clinic { r_online: 0.0, ..Clinic::default() };
/// assert!(clinic.validate().is_ok());
/// let impossible = Clinic { r_online: 1.2, therapists: 500, ..Clinic::default() };
/// assert_eq!(impossible.validate().unwrap_err().len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clinic {
    /// Where every random stream starts; the same seed gives the same bytes.
    pub seed: u64,
    /// Number of clients, 1 to 100 million.
    pub clients: u64,
    /// Number of therapists, from the number of sites to the number of clients (at most 1 million);
    /// each has at least one client.
    pub therapists: u32,
    /// Number of sites, 1 to the number of therapists.
    pub sites: u32,
    /// True correlation of clients who are always, or nearly always, seen online; between −1 and 1.
    pub r_online: f64,
    /// True correlation of clients who are always, or nearly always, seen in person.
    pub r_in_person: f64,
    /// True correlation of clients with both kinds of session.
    pub r_hybrid: f64,
    /// How much higher the correlation of clients in CBT (`cbt`, `cbtp`) is than that of the
    /// others; the correlations by delivery stay what they are.
    pub cbt_shift: f64,
    /// How much higher the correlation of clients with psychosis is than that of the others.
    pub psychosis_shift: f64,
    /// CBT only: by how many SD of the adjusted outcome the slope on the alliance (per SD) rises
    /// with each SD of technique.
    pub technique_by_alliance: f64,
    /// By how many PHQ-9 points symptoms lie lower after a session rated one point above the
    /// client's own mean; −1 to 1.
    pub lagged_effect: f64,
    /// Share of the variance of the early alliance that lies between therapists.
    pub therapist_share_alliance: f64,
    /// Share of the variance of the adjusted outcome that lies between therapists, including what
    /// their part in the alliance brings along; at 0 there is only that part.
    pub therapist_share_outcome: f64,
    /// Share of clients with an ended treatment who left early; below 1.
    pub dropout: f64,
    /// Share of clients whose treatment goes on: no score after treatment yet; below 1.
    pub ongoing: f64,
    /// Share of sessions without an alliance rating (a fifth of them are those of clients who never
    /// rate), at most 0.95.
    pub missing_rating: f64,
    /// Share of clients with an ended treatment and no score after it; below 1.
    pub missing_post: f64,
    /// Share of clients with a rupture among those with at least five sessions.
    pub ruptures: f64,
    /// Share of clients seen online.
    pub share_online: f64,
    /// Share of clients with both kinds of session; the rest is seen in person.
    pub share_hybrid: f64,
    /// Share of clients with psychosis.
    pub share_psychosis: f64,
    /// Mean number of sessions, 4 to 30; whoever leaves early has fewer.
    pub sessions_per_client: f64,
    /// Write the rows of `sessions.csv` in a pseudo-random order instead of client by client.
    pub shuffle: bool,
}

impl Default for Clinic {
    fn default() -> Clinic {
        Clinic {
            seed: 2018,
            clients: 400,
            therapists: 24,
            sites: 6,
            r_online: 0.27,
            r_in_person: 0.29,
            r_hybrid: 0.28,
            cbt_shift: 0.0,
            psychosis_shift: 0.0,
            technique_by_alliance: 0.10,
            lagged_effect: 0.10,
            therapist_share_alliance: 0.08,
            therapist_share_outcome: 0.06,
            dropout: 0.18,
            ongoing: 0.04,
            missing_rating: 0.10,
            missing_post: 0.05,
            ruptures: 0.25,
            share_online: 0.42,
            share_hybrid: 0.08,
            share_psychosis: 0.14,
            sessions_per_client: 8.0,
            shuffle: false,
        }
    }
}

impl Clinic {
    /// Can this clinic exist?
    ///
    /// # Errors
    /// Every impossible setting, one sentence each.
    pub fn validate(&self) -> Result<(), Vec<String>> {
        Calibration::of(self).map(|_| ())
    }

    /// The settings that are impossible by themselves.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut expect = |holds: bool, problem: String| {
            if !holds {
                problems.push(problem);
            }
        };
        let (clients, therapists, sites) = (self.clients, self.therapists, self.sites);
        expect(
            (1..=100_000_000).contains(&clients),
            format!("clients: found {clients}, expected 1 to 100000000"),
        );
        expect(
            (1..=1_000_000).contains(&therapists),
            format!("therapists: found {therapists}, expected 1 to 1000000"),
        );
        expect(
            u64::from(therapists) <= clients,
            format!(
                "therapists: {therapists} therapists cannot each have one of {clients} clients"
            ),
        );
        expect(
            (1..=therapists.max(1)).contains(&sites),
            format!(
                "sites: found {sites}, expected 1 to {therapists} (every site has a therapist)"
            ),
        );
        for (name, r) in [
            ("r_online", self.r_online),
            ("r_in_person", self.r_in_person),
            ("r_hybrid", self.r_hybrid),
            ("cbt_shift", self.cbt_shift),
            ("psychosis_shift", self.psychosis_shift),
            ("technique_by_alliance", self.technique_by_alliance),
        ] {
            expect(
                r > -1.0 && r < 1.0,
                format!("{name}: found {r}, expected a number between −1 and 1"),
            );
        }
        expect(
            (-1.0..=1.0).contains(&self.lagged_effect),
            format!(
                "lagged_effect: found {}, expected −1 to 1 PHQ-9 points",
                self.lagged_effect
            ),
        );
        for (name, share) in [
            ("therapist_share_alliance", self.therapist_share_alliance),
            ("therapist_share_outcome", self.therapist_share_outcome),
            ("dropout", self.dropout),
            ("ongoing", self.ongoing),
            ("missing_post", self.missing_post),
        ] {
            expect(
                (0.0..1.0).contains(&share),
                format!("{name}: found {share}, expected a share from 0 to less than 1"),
            );
        }
        for (name, share) in [
            ("ruptures", self.ruptures),
            ("share_online", self.share_online),
            ("share_hybrid", self.share_hybrid),
            ("share_psychosis", self.share_psychosis),
        ] {
            expect(
                (0.0..=1.0).contains(&share),
                format!("{name}: found {share}, expected a share from 0 to 1"),
            );
        }
        expect(
            (0.0..=0.95).contains(&self.missing_rating),
            format!(
                "missing_rating: found {}, expected a share from 0 to 0.95",
                self.missing_rating
            ),
        );
        let both = self.share_online + self.share_hybrid;
        expect(
            // Above 1 by rounding alone is no mistake of the reader's.
            both.is_nan() || both <= 1.0 + 1e-9,
            format!("share_online and share_hybrid: together {both}, expected at most 1"),
        );
        expect(
            (4.0..=30.0).contains(&self.sessions_per_client),
            format!(
                "sessions_per_client: found {}, expected 4 to 30",
                self.sessions_per_client
            ),
        );
        problems
    }
}
