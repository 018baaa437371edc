//! What a single cell looks like: an e-mail address, a day, a name, a flag, …

use super::dates::{Day, day_of};
use super::fold;
use super::names;
use super::numbers::{has_check_digit, has_form, is_written_like_one};
use super::places;

/// What can be seen in a cell. The first eight give a person away in a single cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    Email,
    Web,
    PersonalNumber,
    StreetOrPostcode,
    Phone,
    TitledName,
    /// A sentence about somebody.
    Narrative,
    CoordinatePair,
    /// A number whose check digit is that of a national number.
    Checked,
    /// `07700900123`: a phone number without marks, or any other number.
    PlainPhone,
    /// `10115 Berlin`, `1012 AB`, `921 Frances Shores`, `Flat 2 Mill Lane`.
    AddressLike,
    GivenAndSurname,
    FullName,
    GivenName,
    BareName,
    /// Four words and more.
    Wordy,
    /// Three words and more.
    Phrase,
    /// Many small words, none of a place.
    Sentence,
    Day,
    CompactDay,
    /// A day before [`RECENT`].
    OldDay,
    /// Letters, and no digits; not an answer such as `yes` or `unknown`.
    Letters,
    /// Digits that are no day and no decimal number: at least four, five, six, seven of them.
    FourDigits,
    FiveDigits,
    SixDigits,
    SevenDigits,
    /// A digit among at least five letters and digits; no day.
    Code,
    /// A long run without spaces that is no number and no day.
    Opaque,
    /// A number with three and more decimals.
    ThreeDecimals,
    /// One with four and more that can be a degree.
    Degrees,
    /// More than a label: a long text, or a sentence that has ended.
    LongText,
}

/// The first year in which a day is rather one of treatment than of birth.
pub(super) const RECENT: u16 = 2005;

/// The number of traits.
pub(super) const TRAITS: usize = Trait::LongText as usize + 1;

/// The traits of a cell, and the year of a day in it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Look {
    traits: u32,
    pub year: Option<u16>,
    /// A number that can be a degree.
    pub degrees: Option<f64>,
}

impl Look {
    pub fn has(&self, wanted: Trait) -> bool {
        self.traits & (1 << wanted as u32) != 0
    }

    /// The traits by their numbers.
    pub fn numbers(&self) -> impl Iterator<Item = usize> + use<> {
        let traits = self.traits;
        (0..TRAITS).filter(move |at| traits & (1 << at) != 0)
    }

    fn with(mut self, seen: Trait) -> Look {
        self.traits |= 1 << seen as u32;
        self
    }

    fn with_if(self, seen: Trait, is_seen: bool) -> Look {
        if is_seen { self.with(seen) } else { self }
    }
}

/// Answers in many languages: whatever the header says, they are nobody's.
const FLAGS: &str = "yes no y n t f true false ja nein j oui non si nee tak nie sim nao nej nei x unknown unbekannt onbekend \
    inconnu desconocido sconosciuto none keine keiner geen aucun ninguno nessuno other sonstige sonstiges male female man woman \
    m w d v mannlich weiblich divers small medium large big low middle high urban rural suburban never rarely sometimes often \
    always daily weekly monthly good poor bad fair redacted removed deleted anonymised anonymized anonymous anonym xxx home \
    work private public mobile landline given granted refused declined pending valid invalid verified unverified sent opened \
    alive dead deceased open closed online complete incomplete active inactive ios android windows web";

/// Words that tell of a third person.
const TELLING: &str = "was were had been he she her his him hers they their felt feels says said told wants wanted reports reported \
    describes hat hatte sie ihr ihre ihrer seine seinen wurde berichtet klagt fuhlt wirkt heeft voelt zegt vertelt zijn haar was \
    etait avait elle lui ses dit estaba tenia tiene ella refiere siente dice aveva riferisce estava tinha ela seu sua";

/// Looks at a cell that is not empty.
pub(super) fn look(cell: &[u8]) -> Look {
    let Ok(text) = std::str::from_utf8(cell) else {
        return Look::default();
    };
    let digits = cell.iter().filter(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return look_at_words(text);
    }
    if let Some(number) = decimal_number(text) {
        return number;
    }
    match day_of(text) {
        Some(day) => look_at_day(day, digits),
        None => look_at_code(text, digits),
    }
}

fn look_at_day(day: Day, digits: usize) -> Look {
    let look = Look {
        year: Some(day.year),
        ..Look::default()
    };
    if day.is_compact {
        with_digits(look, digits).with(Trait::CompactDay)
    } else {
        look.with(Trait::Day)
            .with_if(Trait::OldDay, day.year < RECENT)
    }
}

/// A cell with digits that is neither a decimal number nor a day.
fn look_at_code(text: &str, digits: usize) -> Look {
    let lower = text.to_ascii_lowercase();
    let (cell, small) = (text.as_bytes(), lower.as_bytes());
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let has_space = text.contains(' ');
    let look = with_digits(Look::default(), digits)
        .with_if(Trait::Code, letters + digits >= 5)
        .with_if(Trait::Opaque, !has_space && cell.len() >= 12)
        .with_if(Trait::Checked, has_check_digit(small))
        .with_if(Trait::PersonalNumber, is_written_like_one(small))
        .with_if(Trait::Phone, is_phone(cell, digits))
        .with_if(Trait::PlainPhone, is_plain_phone(cell, digits))
        .with_if(Trait::Web, is_device_address(text))
        .with_if(
            Trait::CoordinatePair,
            letters == 0 && places::is_coordinate_pair(text),
        )
        .with_if(Trait::AddressLike, places::is_like_address(text, &lower))
        .with_if(
            Trait::StreetOrPostcode,
            has_space && (places::is_postcode(small) || places::is_street(text, &lower)),
        );
    with_prose(with_links(look, text, &lower), text)
}

/// Does a short number stand here, such as a score? No pattern fits it.
#[inline]
pub(super) fn is_short_number(cell: &[u8]) -> bool {
    if cell.len() > 7 {
        return false;
    }
    let unsigned = cell.strip_prefix(b"-").unwrap_or(cell);
    let whole = unsigned.iter().take_while(|b| b.is_ascii_digit()).count();
    let is_whole = (1..=3).contains(&whole);
    match &unsigned[whole..] {
        [] => is_whole,
        [b'.' | b',', rest @ ..] => {
            is_whole && rest.len() <= 2 && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

/// Does the cell say that nothing is known?
#[inline]
pub(super) fn is_missing(cell: &[u8]) -> bool {
    match cell {
        [] | [b'.' | b'-' | b'?' | b'*'] => true,
        [a, ..] if cell.len() <= 4 => {
            matches!(a, b'N' | b'n' | b'#' | b'-' | b'*')
                && [
                    &b"na"[..],
                    b"n/a",
                    b"null",
                    b"nan",
                    b"none",
                    b"nil",
                    b"#n/a",
                    b"--",
                    b"---",
                    b"***",
                ]
                .iter()
                .any(|word| cell.eq_ignore_ascii_case(word))
        }
        _ => false,
    }
}

fn with_digits(look: Look, digits: usize) -> Look {
    look.with_if(Trait::FourDigits, digits >= 4)
        .with_if(Trait::FiveDigits, digits >= 5)
        .with_if(Trait::SixDigits, digits >= 6)
        .with_if(Trait::SevenDigits, digits >= 7)
}

/// A number with a decimal mark or an exponent.
pub(super) fn decimal_number(text: &str) -> Option<Look> {
    let unsigned = text.trim_start_matches(['-', '+']);
    let (whole, rest) = unsigned.split_once(['.', ','])?;
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let mantissa = rest.split(['e', 'E']).next().unwrap_or_default();
    let exponent = &rest[mantissa.len()..];
    let exponent = exponent.trim_start_matches(['e', 'E', '-', '+']);
    if whole.len() > 7 || !all_digits(whole) || !all_digits(mantissa) || !all_digits(exponent) {
        return None;
    }
    let degrees = if mantissa.len() >= 4 {
        let number: Option<f64> = text.replace(',', ".").parse().ok();
        number.filter(|x| x.abs() <= 180.0)
    } else {
        None
    };
    let look = Look {
        degrees,
        ..Look::default()
    };
    Some(
        look.with_if(Trait::ThreeDecimals, mantissa.len() >= 3)
            .with_if(Trait::Degrees, degrees.is_some()),
    )
}

/// A cell without digits.
fn look_at_words(text: &str) -> Look {
    let has_letter = text.chars().any(char::is_alphabetic);
    if !has_letter {
        return Look::default();
    }
    let lower = text.to_lowercase();
    let is_flag = text.len() <= 12 && {
        let folded = fold(text);
        FLAGS.split_whitespace().any(|flag| flag == folded)
    };
    if is_flag {
        return Look::default();
    }
    let forms = names::forms(text);
    let look = Look::default()
        .with(Trait::Letters)
        .with_if(Trait::TitledName, forms.titled)
        .with_if(Trait::GivenAndSurname, forms.given_full)
        .with_if(Trait::FullName, forms.full)
        .with_if(Trait::GivenName, forms.given)
        .with_if(Trait::BareName, forms.bare)
        .with_if(Trait::Opaque, !text.contains(' ') && text.len() >= 16);
    with_prose(with_links(look, text, &lower), text)
}

fn with_links(look: Look, text: &str, lower: &str) -> Look {
    let is_link = ["http://", "https://", "www."]
        .iter()
        .any(|start| lower.starts_with(start));
    look.with_if(Trait::Email, is_email(text))
        .with_if(Trait::Web, is_link)
}

fn with_prose(look: Look, text: &str) -> Look {
    if !text.contains(' ') {
        return look;
    }
    let words: Vec<&str> = text.split_whitespace().filter(|w| w.len() > 1).collect();
    if words.len() < 3 {
        return look;
    }
    let starts_small = |word: &&&str| word.chars().next().is_some_and(char::is_lowercase);
    let small = words.iter().filter(starts_small).count();
    let is_long = words.len() >= 4 && text.len() >= 18;
    let tells = is_long && {
        let is_telling = |word: &&str| {
            let plain = fold(word.trim_matches(|c: char| !c.is_alphabetic()));
            TELLING.split_whitespace().any(|telling| telling == plain)
        };
        words.iter().any(is_telling)
    };
    look.with(Trait::Phrase)
        .with_if(Trait::Wordy, words.len() >= 4 && text.len() >= 25)
        .with_if(Trait::Narrative, tells)
        .with_if(Trait::Sentence, words.len() >= 4 && small >= 3)
        .with_if(
            Trait::LongText,
            text.len() > 80 || (words.len() >= 4 && text.contains(". ")),
        )
}

/// `x@y.org`: something, an at sign, and a domain that ends in letters.
fn is_email(text: &str) -> bool {
    text.split([' ', ';', ',', '<', '>']).any(|word| {
        word.split_once('@').is_some_and(|(before, domain)| {
            let end = domain.rsplit('.').next().unwrap_or_default();
            !before.is_empty()
                && domain.contains('.')
                && end.len() >= 2
                && end.chars().all(|c| c.is_alphabetic() || c == ')')
        })
    })
}

/// An Internet or hardware address.
fn is_device_address(text: &str) -> bool {
    let is_v4 = || text.matches('.').count() == 3 && text.parse::<std::net::Ipv4Addr>().is_ok();
    let is_v6 = || text.matches(':').count() >= 4 && text.parse::<std::net::Ipv6Addr>().is_ok();
    let is_hardware = || {
        text.len() == 17
            && text.split([':', '-']).count() == 6
            && text
                .split([':', '-'])
                .all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    is_v4() || is_v6() || is_hardware()
}

/// `+44 20 7946 0958`, `(030) 123 45 67`, `06 12 34 56 78`, `555-123-4567`.
fn is_phone(cell: &[u8], digits: usize) -> bool {
    let has_marks = cell.len() > digits;
    (9..=15).contains(&digits)
        && has_marks
        && cell.iter().all(|b| {
            b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'(' | b')' | b'/' | b'.' | b'+')
        })
        && (matches!(cell[0], b'+' | b'0' | b'(') || has_form(cell, "999-999-9999"))
}

/// Ten or eleven digits after one zero.
fn is_plain_phone(cell: &[u8], digits: usize) -> bool {
    digits == cell.len()
        && (10..=11).contains(&digits)
        && cell[0] == b'0'
        && matches!(cell[1], b'1'..=b'9')
}
