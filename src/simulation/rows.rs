//! Rows: one client's sessions and outcomes as lines of CSV.
//! **Question.** What do the files show of a client?
//! **Method.** Everything in a session hangs on that session's alliance; symptoms run from intake to outcome with AR(1) noise.
//! **Not.** The truth behind the ratings (level, rupture, technique) is not written.
//! **Sources.** Columns: [`crate::study::SESSION_COLUMNS`], [`crate::study::OUTCOME_COLUMNS`].

use super::calendar::{Appointments, Calendar};
use super::case_mix::Delivery;
use super::course::MEAN_ALLIANCE;
use super::population::{Client, Outcome, Population};
use super::stream::Stream;

/// Writes one client's sessions.
pub(super) fn sessions(
    population: &Population,
    calendar: &Calendar,
    number: u64,
    out: &mut Vec<u8>,
) {
    let clinic = &population.clinic;
    let (client, mut stream) = population.draw(number);
    let stream = &mut stream;
    let count = client.ratings.len() as u32;
    let mut who = Vec::with_capacity(24);
    write_code(&client, &mut who);
    who.extend_from_slice(b",T");
    write_padded(client.therapist, clinic.therapists, 2, &mut who);
    who.extend_from_slice(b",S");
    write_padded(client.site, clinic.sites, 1, &mut who);
    who.push(b',');

    let delivery = DeliveryPlan::draw(client.delivery, count, stream);
    let mut appointments = Appointments::draw(count, client.status, stream);
    let own_mean = client
        .ratings
        .iter()
        .map(|r| f64::from(r.score))
        .sum::<f64>()
        / f64::from(count);
    let warmth = stream.normal();
    let openness = stream.normal();
    let mut symptoms = Symptoms::new(&client);

    for (session, rating) in (1u32..).zip(&client.ratings) {
        out.extend_from_slice(&who);
        write_number(session, out);
        out.push(b',');
        out.extend_from_slice(appointments.next(session, calendar, stream));
        out.push(b',');
        let seen_online = delivery.online(session);
        out.extend_from_slice(if seen_online {
            b"online,"
        } else {
            b"in_person,"
        });
        // Half of the missing ratings are whole forms that nobody filled in.
        let form = rating.given || stream.chance(0.5);
        if rating.given {
            write_number(u32::from(rating.score), out);
        }
        out.push(b',');
        let off = f64::from(rating.score) - MEAN_ALLIANCE;
        let empathy = 39.0 + 3.5 * warmth + 0.45 * off + 2.0 * stream.normal();
        if form {
            write_number(whole(empathy, 10.0, 50.0), out);
        }
        out.push(b',');
        if client.treatment.is_cbt() {
            let technique = 3.0 + 0.8 * client.technique + 0.6 * stream.normal();
            write_halves(whole(2.0 * technique, 0.0, 12.0), out);
        }
        out.push(b',');
        let symptom = symptoms.next(session, stream);
        symptoms.after(f64::from(rating.score) - own_mean, clinic.lagged_effect);
        if !stream.chance(0.07) {
            write_number(whole(symptom, 0.0, 27.0), out);
        }
        for mean in [3.9, 4.1, 3.7] {
            out.push(b',');
            let item = mean + 0.07 * off + 0.4 * openness + 0.5 * stream.normal();
            if form {
                write_number(whole(item, 1.0, 5.0), out);
            }
        }
        out.push(b'\n');
    }
}

/// Writes one client's outcomes, one line per measure.
pub(super) fn outcomes(population: &Population, number: u64, out: &mut Vec<u8>) {
    let client = population.client(number);
    let mut line = |measure: &[u8], outcome: Outcome| {
        write_code(&client, out);
        out.extend_from_slice(measure);
        write_number(u32::from(outcome.pre), out);
        out.push(b',');
        if let Some(post) = outcome.post {
            write_number(u32::from(post), out);
        }
        for label in [
            client.diagnosis.as_str(),
            client.treatment.as_str(),
            client.status.as_str(),
        ] {
            out.push(b',');
            out.extend_from_slice(label.as_bytes());
        }
        out.push(b'\n');
    };
    line(b",PHQ-9,", client.phq9);
    if let Some(gad7) = client.gad7 {
        line(b",GAD-7,", gad7);
    }
}

/// Which sessions are online, so that the rule of 80 % gives the client's delivery.
enum DeliveryPlan {
    /// One kind, but for at most one session (never more than a fifth).
    One { online: bool, exception: u32 },
    /// One kind up to a session, the other from then on.
    Switch { online_first: bool, after: u32 },
}

impl DeliveryPlan {
    fn draw(delivery: Delivery, sessions: u32, stream: &mut Stream) -> DeliveryPlan {
        if delivery == Delivery::Hybrid {
            // More than a fifth of the sessions on either side.
            let fewest = sessions / 5 + 1;
            let after = fewest + stream.below(sessions - 2 * fewest + 1);
            return DeliveryPlan::Switch {
                online_first: stream.chance(0.3),
                after,
            };
        }
        let exception = if sessions >= 5 && stream.chance(0.12) {
            1 + stream.below(sessions)
        } else {
            0
        };
        DeliveryPlan::One {
            online: delivery == Delivery::Online,
            exception,
        }
    }

    fn online(&self, session: u32) -> bool {
        match *self {
            DeliveryPlan::One { online, exception } => online != (session == exception),
            DeliveryPlan::Switch {
                online_first,
                after,
            } => online_first == (session <= after),
        }
    }
}

/// The course of symptoms: a falling curve, and what is carried over from session to session.
struct Symptoms {
    pre: f64,
    change: f64,
    planned: u32,
    carried: f64,
}

impl Symptoms {
    /// Standard deviation of the noise, and how much of it stays until the next session.
    const NOISE: f64 = 1.6;
    const CARRIED: f64 = 0.3;

    fn new(client: &Client) -> Symptoms {
        let (destination, planned) = client.destination;
        let pre = f64::from(client.phq9.pre);
        Symptoms {
            pre,
            change: destination - pre,
            planned,
            carried: 0.0,
        }
    }

    fn next(&mut self, session: u32, stream: &mut Stream) -> f64 {
        let done = f64::from(session - 1) / f64::from((self.planned - 1).max(1));
        self.carried += Self::NOISE * stream.normal();
        self.pre + self.change * done * (1.6 - 0.6 * done) + self.carried
    }

    /// What the next session inherits: symptoms, and relief after a good session.
    fn after(&mut self, alliance_off_mean: f64, lagged_effect: f64) {
        self.carried = Self::CARRIED * self.carried - lagged_effect * alliance_off_mean;
    }
}

fn whole(value: f64, low: f64, high: f64) -> u32 {
    value.round().clamp(low, high) as u32
}

fn write_code(client: &Client, out: &mut Vec<u8>) {
    out.push(b'C');
    write_long(client.code, out);
}

/// A number of the clinic's widest width, at least `least` digits.
fn write_padded(number: u32, widest: u32, least: u32, out: &mut Vec<u8>) {
    let digits = |n: u32| n.max(1).ilog10() + 1;
    for _ in digits(number)..digits(widest).max(least) {
        out.push(b'0');
    }
    write_long(u64::from(number), out);
}

/// A number below 100 in two steps, any other the long way.
fn write_number(number: u32, out: &mut Vec<u8>) {
    match number {
        0..10 => out.push(b'0' + number as u8),
        10..100 => out.extend_from_slice(&[b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]),
        _ => write_long(u64::from(number), out),
    }
}

fn write_long(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// A number of halves, e.g. 5 as `2.5`.
fn write_halves(halves: u32, out: &mut Vec<u8>) {
    write_number(halves / 2, out);
    if halves % 2 == 1 {
        out.extend_from_slice(b".5");
    }
}
