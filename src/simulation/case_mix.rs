//! The case mix: who comes, what they get, and how they are seen.
//! **Question.** Which diagnosis, treatment and delivery does a client have?
//! **Method.** Independent draws from fixed shares; the treatment depends on the diagnosis; `emdr` is rare on purpose.
//! **Not.** Clients are not matched to therapists: a therapist's caseload differs from others by chance alone.
//! **Sources.** None: the shares are made up.

use super::clinic::Clinic;
use super::stream::Stream;

/// How a client is seen, by the rule of 80 % of the sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Online,
    InPerson,
    Hybrid,
}

impl Delivery {
    /// Every delivery, in the order of the declaration.
    pub const ALL: [Delivery; 3] = [Delivery::Online, Delivery::InPerson, Delivery::Hybrid];

    /// The label of one session; a hybrid client has sessions of both other kinds.
    pub fn as_str(self) -> &'static str {
        match self {
            Delivery::Online => "online",
            Delivery::InPerson => "in_person",
            Delivery::Hybrid => "hybrid",
        }
    }

    pub(super) fn draw(clinic: &Clinic, stream: &mut Stream) -> Delivery {
        let drawn = stream.uniform();
        if drawn < clinic.share_online {
            Delivery::Online
        } else if drawn < clinic.share_online + clinic.share_hybrid {
            Delivery::Hybrid
        } else {
            Delivery::InPerson
        }
    }

    pub(super) fn share(self, clinic: &Clinic) -> f64 {
        match self {
            Delivery::Online => clinic.share_online,
            Delivery::Hybrid => clinic.share_hybrid,
            Delivery::InPerson => (1.0 - clinic.share_online - clinic.share_hybrid).max(0.0),
        }
    }
}

/// A client's diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    Depression,
    Anxiety,
    Ptsd,
    Psychosis,
}

impl Diagnosis {
    /// The label in `outcomes.csv`.
    pub fn as_str(self) -> &'static str {
        match self {
            Diagnosis::Depression => "depression",
            Diagnosis::Anxiety => "anxiety",
            Diagnosis::Ptsd => "ptsd",
            Diagnosis::Psychosis => "psychosis",
        }
    }

    /// Mean PHQ-9 at intake.
    pub(super) fn mean_pre(self) -> f64 {
        match self {
            Diagnosis::Depression => 16.0,
            Diagnosis::Anxiety => 13.5,
            Diagnosis::Ptsd => 15.5,
            Diagnosis::Psychosis => 13.0,
        }
    }

    pub(super) fn draw(clinic: &Clinic, stream: &mut Stream) -> Diagnosis {
        if stream.chance(clinic.share_psychosis) {
            return Diagnosis::Psychosis;
        }
        *pick(
            &[
                (0.46, Diagnosis::Depression),
                (0.36, Diagnosis::Anxiety),
                (0.18, Diagnosis::Ptsd),
            ],
            stream,
        )
    }
}

/// Every so many clients, one is offered EMDR for PTSD (unless the diagnosis is psychosis).
pub(super) const OFFERED_EMDR: u64 = 110;

/// A client's treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    Cbt,
    Cbtp,
    Psychodynamic,
    Act,
    Counselling,
    Family,
    Emdr,
}

impl Treatment {
    /// The label in `outcomes.csv`.
    pub fn as_str(self) -> &'static str {
        match self {
            Treatment::Cbt => "cbt",
            Treatment::Cbtp => "cbtp",
            Treatment::Psychodynamic => "psychodynamic",
            Treatment::Act => "act",
            Treatment::Counselling => "counselling",
            Treatment::Family => "family",
            Treatment::Emdr => "emdr",
        }
    }

    /// Is it CBT, for psychosis or not?
    pub fn is_cbt(self) -> bool {
        matches!(self, Treatment::Cbt | Treatment::Cbtp)
    }

    pub(super) fn draw(diagnosis: Diagnosis, stream: &mut Stream) -> Treatment {
        *pick(treatments_of(diagnosis), stream)
    }
}

fn treatments_of(diagnosis: Diagnosis) -> &'static [(f64, Treatment)] {
    match diagnosis {
        Diagnosis::Psychosis => &[
            (0.58, Treatment::Cbtp),
            (0.27, Treatment::Family),
            (0.15, Treatment::Counselling),
        ],
        Diagnosis::Ptsd => &[
            (0.50, Treatment::Cbt),
            (0.22, Treatment::Psychodynamic),
            (0.18, Treatment::Counselling),
            (0.10, Treatment::Act),
        ],
        Diagnosis::Depression | Diagnosis::Anxiety => &[
            (0.44, Treatment::Cbt),
            (0.23, Treatment::Psychodynamic),
            (0.18, Treatment::Counselling),
            (0.12, Treatment::Act),
            (0.03, Treatment::Family),
        ],
    }
}

/// The share of clients in CBT.
pub(super) fn share_in_cbt(clinic: &Clinic) -> f64 {
    let within = |diagnosis| -> f64 {
        let shares = treatments_of(diagnosis).iter();
        shares
            .filter(|(_, treatment)| treatment.is_cbt())
            .map(|(share, _)| share)
            .sum()
    };
    let psychosis = clinic.share_psychosis;
    let others = (1.0 - 1.0 / OFFERED_EMDR as f64)
        * (0.82 * within(Diagnosis::Depression) + 0.18 * within(Diagnosis::Ptsd));
    psychosis * within(Diagnosis::Psychosis) + (1.0 - psychosis) * others
}

/// One of the levels; their shares add up to 1.
fn pick<'a, T>(levels: &'a [(f64, T)], stream: &mut Stream) -> &'a T {
    let mut left = stream.uniform();
    for (share, level) in levels {
        left -= share;
        if left < 0.0 {
            return level;
        }
    }
    &levels[levels.len() - 1].1
}
