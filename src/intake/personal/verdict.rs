//! The one place that decides, by the name of a column and by what is in it.

use super::contents::{RECENT, Trait};
use super::evidence::Evidence;
use super::headers::{Sign, Strength, is_event, signs_of};
use super::{Finding, Personal, Purpose, Why};

/// What gives a person away in a single cell of any column.
const AT_ONCE: [(Trait, Personal); 8] = [
    (Trait::Email, Personal::Email),
    (Trait::Web, Personal::WebOrDevice),
    (Trait::PersonalNumber, Personal::RecordNumber),
    (Trait::StreetOrPostcode, Personal::Address),
    (Trait::Phone, Personal::Phone),
    (Trait::TitledName, Personal::Name),
    (Trait::Narrative, Personal::FreeText),
    (Trait::CoordinatePair, Personal::Place),
];

/// What gives a person away among codes: none of them is a name, a day or a text.
const AT_ONCE_IN_CODES: [(Trait, Personal); 3] = [
    (Trait::GivenAndSurname, Personal::Name),
    (Trait::OldDay, Personal::BirthDate),
    (Trait::Sentence, Personal::FreeText),
];

/// What a column seems to hold, why, and the line of the first sign.
pub(super) fn verdict(header: &str, purpose: Purpose, evidence: &Evidence) -> Option<Finding> {
    // METHOD: an empty column identifies nobody, whatever its name says.
    if evidence.seen() == 0 {
        return None;
    }
    if purpose == Purpose::Allowed {
        let line = evidence.first(Trait::Email)?;
        return Some(Finding::new(Personal::Email, Why::Content, line));
    }
    // The names of used columns are the program's, or the study file's.
    let signs = match purpose {
        Purpose::Unused => signs_of(header),
        _ => Vec::new(),
    };
    if let Some((kind, line)) = by_content(header, purpose, evidence) {
        let says_so = signs.iter().any(|sign| sign.kind == kind);
        let why = if says_so { Why::Both } else { Why::Content };
        return Some(Finding::new(kind, why, line));
    }
    signs.iter().find_map(|sign| {
        let line = fits(sign, evidence)?;
        let why = match sign.strength {
            Strength::Certain => Why::Header,
            Strength::Ambiguous | Strength::Weak => Why::Both,
        };
        Some(Finding::new(sign.kind, why, line))
    })
}

fn by_content(header: &str, purpose: Purpose, e: &Evidence) -> Option<(Personal, u64)> {
    let is_code = matches!(purpose, Purpose::Code | Purpose::Site);
    let in_codes = AT_ONCE_IN_CODES.iter().filter(|_| is_code);
    let at_once = AT_ONCE
        .iter()
        .chain(in_codes)
        .filter_map(|(sign, kind)| Some((e.first(*sign)?, *kind)))
        .min_by_key(|(line, _)| *line);
    if let Some((line, kind)) = at_once {
        return Some((kind, line));
    }
    let text = match purpose {
        Purpose::Code => e.first(Trait::Phrase),
        Purpose::Label => e.first(Trait::LongText),
        _ => None,
    };
    if let Some(line) = text {
        return Some((Personal::FreeText, line));
    }
    if e.is_of_short_numbers() {
        return None;
    }
    let all = e.sampled();
    let nearly_all = |sign: Trait| all >= 3 && e.count(sign) * 10 >= all * 9;
    let half = |sign: Trait| all >= 3 && e.count(sign) * 2 >= all;
    let numbers = [
        (
            Trait::Checked,
            Personal::RecordNumber,
            nearly_all(Trait::Checked),
        ),
        (
            Trait::PlainPhone,
            Personal::Phone,
            nearly_all(Trait::PlainPhone),
        ),
        (
            Trait::AddressLike,
            Personal::Address,
            half(Trait::AddressLike),
        ),
    ];
    let found = numbers.iter().find(|(.., is_found)| *is_found);
    found
        .and_then(|(sign, kind, _)| Some((*kind, e.first(*sign)?)))
        .or_else(|| birth_dates(header, e))
        .or_else(|| names(purpose, e))
        .or_else(|| {
            let is_text = purpose == Purpose::Unused && is_written_freely(e, Trait::Wordy);
            let line = is_text.then(|| e.first(Trait::Wordy)).flatten()?;
            Some((Personal::FreeText, line))
        })
}

/// Days of which the middle one is long ago.
// METHOD: days of treatment lie close together, births of a clinic's clients in many decades; days
// before 2005 of a column about an event count as such while they span twelve years at most.
fn birth_dates(header: &str, e: &Evidence) -> Option<(Personal, u64)> {
    const SPAN: u16 = 12;
    let compact = e.count(Trait::CompactDay);
    let is_compact = e.sampled() >= 3 && compact * 10 >= e.sampled() * 9;
    let days = e.count(Trait::Day) + if is_compact { compact } else { 0 };
    if days == 0 || days * 5 < e.sampled() {
        return None;
    }
    let mut years: Vec<u16> = e
        .looks()
        .filter(|look| is_compact || look.has(Trait::Day))
        .filter_map(|look| look.year)
        .collect();
    years.sort_unstable();
    let at = |share: usize| years[(years.len() - 1) * share / 10];
    if at(5) >= RECENT || (is_event(header) && at(9) - at(1) <= SPAN) {
        return None;
    }
    let first = e.first(Trait::OldDay).or(e.first(Trait::CompactDay));
    Some((Personal::BirthDate, first.unwrap_or(e.first_seen())))
}

/// Names of people: few places, roles and diagnoses begin with a common given name.
fn names(purpose: Purpose, e: &Evidence) -> Option<(Personal, u64)> {
    let all = e.sampled();
    let with_given = e.count(Trait::GivenAndSurname);
    let full = e.count(Trait::FullName);
    let bare = e.count(Trait::BareName);
    let given = e.count(Trait::GivenName);
    let is_full = with_given > 0
        && (with_given * 4 >= all || (all >= 5 && full * 4 >= all * 3 && with_given * 10 >= full));
    let is_full_code = full >= 2 && full * 2 >= all;
    let is_given = (all >= 3 && given * 2 >= all) || (all >= 6 && given * 3 >= all);
    let is_bare_code = e.seen() >= 3 && bare * 2 > all;
    let (is_name, sign) = match purpose {
        Purpose::Code if is_full_code => (true, Trait::FullName),
        Purpose::Code if is_bare_code => (true, Trait::BareName),
        Purpose::Code => (is_given, Trait::GivenName),
        Purpose::Unused if is_given => (true, Trait::GivenName),
        Purpose::Unused | Purpose::Label => (is_full, Trait::GivenAndSurname),
        // Towns are named like people.
        Purpose::Site | Purpose::Allowed => return None,
    };
    is_name.then(|| (Personal::Name, e.first(sign).unwrap_or(e.first_seen())))
}

/// Are the cells of many words hardly ever alike? Labels repeat more often than clients have sessions.
// METHOD: a tenth of the cells in a small file, a thirtieth where there are 25 different ones.
fn is_written_freely(e: &Evidence, sign: Trait) -> bool {
    const MANY: f64 = 25.0;
    let texts = e.count(sign);
    let share = texts as f64 / e.sampled().max(1) as f64;
    let distinct = e.distinct() * share;
    let cells = e.seen() as f64 * share;
    let repeats = if distinct >= MANY { 30.0 } else { 10.0 };
    texts >= 4 && share >= 0.2 && distinct * repeats > cells
}

/// The line of the first cell that can be what the header says.
fn fits(sign: &Sign, e: &Evidence) -> Option<u64> {
    use Strength::{Ambiguous, Certain, Weak};
    let first = |signs: &[Trait]| signs.iter().filter_map(|s| e.first(*s)).min();
    let many = |signs: &[Trait]| {
        let all = e.sampled();
        let is_half = |sign: &&Trait| e.count(**sign) * 2 >= all;
        let found = signs.iter().find(is_half)?;
        (all >= 3 && !e.is_of_short_numbers())
            .then(|| e.first(*found))
            .flatten()
    };
    match (sign.kind, sign.strength) {
        (Personal::Email, _) => first(&[Trait::Email, Trait::Opaque]),
        (Personal::Phone, _) => first(&[Trait::Phone, Trait::SixDigits]),
        (Personal::BirthDate, _) => first(&[Trait::Day, Trait::CompactDay, Trait::FiveDigits]),
        (Personal::RecordNumber, Certain) => first(&[Trait::Code]),
        (Personal::RecordNumber, _) => many(&[Trait::SevenDigits]),
        (Personal::Place, Certain) => first(&[Trait::Letters, Trait::ThreeDecimals, Trait::Code]),
        (Personal::Place, Ambiguous) => many(&[Trait::Degrees]),
        (Personal::Place, Weak) => many(&[Trait::BareName, Trait::FullName]),
        (Personal::Address, Ambiguous) => many(&[Trait::FourDigits]),
        (Personal::Address, _) => first(&[
            Trait::Letters,
            Trait::FourDigits,
            Trait::Code,
            Trait::AddressLike,
        ]),
        (Personal::Name, Certain) => first(&[Trait::Letters]),
        (Personal::Name, Ambiguous) => many(&[Trait::GivenName, Trait::FullName, Trait::BareName]),
        (Personal::Name, Weak) => many(&[Trait::GivenName, Trait::FullName]),
        (Personal::WebOrDevice, Certain) => {
            first(&[Trait::Web, Trait::Letters, Trait::Code, Trait::Opaque])
        }
        (Personal::WebOrDevice, _) => many(&[Trait::Opaque]),
        (Personal::FreeText, Certain) => first(&[Trait::Phrase]),
        (Personal::FreeText, _) => is_written_freely(e, Trait::Phrase)
            .then(|| e.first(Trait::Phrase))
            .flatten(),
    }
}

/// Do the cells of two columns lie together like the places of a clinic's clients?
// METHOD: both nearly all with four and more decimals, within six degrees of latitude away from the
// equator and ten of longitude; standardized scores lie around 0, T-scores spread wider.
pub(super) fn are_coordinates(first: &Evidence, second: &Evidence) -> Option<Finding> {
    let range = |e: &Evidence| -> Option<(f64, f64)> {
        let numbers: Vec<f64> = e.looks().filter_map(|look| look.degrees).collect();
        let is_all = numbers.len() >= 3 && numbers.len() * 10 >= e.sampled() * 9;
        if !is_all || e.is_of_short_numbers() {
            return None;
        }
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some((low, high))
    };
    let (a, b) = (range(first)?, range(second)?);
    let are = |latitude: (f64, f64), longitude: (f64, f64)| {
        let away = latitude.0.abs().min(latitude.1.abs());
        latitude.0.signum() == latitude.1.signum()
            && (25.0..=72.0).contains(&away)
            && latitude.1 - latitude.0 <= 6.0
            && longitude.0 >= -180.0
            && longitude.1 <= 180.0
            && longitude.1 - longitude.0 <= 10.0
            && longitude.0.abs().max(longitude.1.abs()) < 180.0
    };
    (are(a, b) || are(b, a))
        .then(|| Finding::new(Personal::Place, Why::Content, first.first_seen()))
}
