//! What a single cell looks like: an e-mail address, a day, a name, a flag, …

use super::dates::day_of;
use super::fold;
use super::names;
use super::numbers::{has_check_digit, has_form, is_written_like_one};

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
    if let Some(day) = day_of(text) {
        let kind = if day.is_compact {
            Trait::CompactDay
        } else {
            Trait::Day
        };
        let look = Look {
            year: Some(day.year),
            ..Look::default()
        };
        let look = if day.is_compact {
            with_digits(look, digits)
        } else {
            look
        };
        return look
            .with(kind)
            .with_if(Trait::OldDay, !day.is_compact && day.year < RECENT);
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let lower = text.to_ascii_lowercase();
    let has_space = text.contains(' ');
    let mut look = with_digits(Look::default(), digits)
        .with_if(Trait::Code, letters + digits >= 5)
        .with_if(Trait::Opaque, !has_space && cell.len() >= 12)
        .with_if(Trait::Checked, has_check_digit(lower.as_bytes()))
        .with_if(Trait::PersonalNumber, is_written_like_one(lower.as_bytes()))
        .with_if(Trait::Phone, is_phone(cell, digits))
        .with_if(Trait::PlainPhone, is_plain_phone(cell, digits))
        .with_if(Trait::Web, is_device_address(text));
    if letters > 0 {
        look = look
            .with_if(
                Trait::StreetOrPostcode,
                is_postcode(lower.as_bytes()) || is_street(text, &lower),
            )
            .with_if(Trait::AddressLike, is_like_address(text));
    } else {
        look = look.with_if(Trait::CoordinatePair, is_coordinate_pair(text));
    }
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
fn decimal_number(text: &str) -> Option<Look> {
    let unsigned = text.trim_start_matches(['-', '+']);
    let (whole, rest) = unsigned.split_once(['.', ','])?;
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let mantissa = rest.split(['e', 'E']).next().unwrap_or_default();
    let exponent = &rest[mantissa.len()..];
    let exponent = exponent.trim_start_matches(['e', 'E', '-', '+']);
    if whole.len() > 7 || !all_digits(whole) || !all_digits(mantissa) || !all_digits(exponent) {
        return None;
    }
    let number: Option<f64> = text.replace(',', ".").parse().ok();
    let degrees = number.filter(|x| mantissa.len() >= 4 && x.abs() <= 180.0);
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

/// A British postcode, such as `SW1A 1AA`; other countries' are too much like codes.
fn is_postcode(lower: &[u8]) -> bool {
    [
        "a9 9aa", "a99 9aa", "aa9 9aa", "aa99 9aa", "a9a 9aa", "aa9a 9aa",
    ]
    .iter()
    .any(|form| has_form(lower, form))
}

/// `10115 Berlin`, `1012 AB`, `1012 AB Amsterdam`, `K1A 0B1`, `94103-1234`.
fn is_like_address(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is = |form| has_form(lower.as_bytes(), form);
    if is("9999 aa") || is("a9a 9a9") || is("99999-9999") {
        return true;
    }
    let Some((code, town)) = text.split_once(' ') else {
        return false;
    };
    let is_number = code.bytes().all(|b| b.is_ascii_digit());
    let is_proper = |word: &str| {
        word.chars().count() >= 3
            && word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().any(char::is_lowercase)
            && !word.chars().any(|c| c.is_ascii_digit())
    };
    let is_road = || town.split(' ').count() == 2 && town.split(' ').all(is_proper);
    let is_flat = || {
        let number = town.split(' ').next().unwrap_or_default();
        ["flat", "apt", "apt.", "studio", "unit", "suite"]
            .contains(&lower.split(' ').next().unwrap_or_default())
            && number.starts_with(|c: char| c.is_ascii_digit())
            && town.split(' ').skip(1).any(is_proper)
    };
    match code.len() {
        4..=5 if is_number => is_proper(town),
        1..=3 if is_number => is_road(),
        _ => is_flat(),
    }
}

/// `12 High Street`, `Hauptstraße 7a`, `12 rue de la Paix`, `Calle Mayor 12`, `ul. Długa 5`.
fn is_street(text: &str, lower: &str) -> bool {
    const LAST: &str = "street st road rd avenue ave lane ln drive crescent terrace boulevard blvd close court gardens way";
    const ENDING: [&str; 19] = [
        "straße", "strasse", "str.", "gasse", "weg", "platz", "allee", "straat", "laan", "gracht",
        "plein", "singel", "gatan", "vägen", "gade", "vej", "gata", "veien", "gaten",
    ];
    const FIRST: &str = "rue avenue av. bd boulevard place impasse chemin allée calle c/ avenida avda. avda plaza paseo via viale \
        piazza corso rua avenida travessa ul. ulica al.";
    if lower.len() > 80 {
        return false;
    }
    let words = |text: &'_ str| -> Vec<String> {
        text.split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (words, original) = (words(lower), words(text));
    let is_in = |list: &str, word: &String| list.split_whitespace().any(|known| known == word);
    let is_house = |word: &String| {
        let number = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        (1..=4).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && word.len() - number.len() <= 1
    };
    let is_proper = |word: &String| word.chars().next().is_some_and(char::is_uppercase);
    let is_last = |word: &String| is_in(LAST, &word.trim_end_matches('.').to_owned());
    let english = (2..words.len()).any(|last| {
        is_last(&words[last])
            && (0..last - 1).any(|at| is_house(&words[at]) && is_proper(&original[at + 1]))
    });
    let germanic = words.windows(2).any(|pair| {
        let is_road = |e: &&str| pair[0].len() > e.len() && pair[0].ends_with(e);
        ENDING.iter().any(|e| is_road(&e)) && is_house(&pair[1])
    });
    let has_house = |at: usize| words.get(at).is_some_and(is_house);
    let romance = words.len() >= 3
        && (0..2).any(|at| is_in(FIRST, &words[at]) && original.iter().skip(at + 1).any(is_proper))
        && (has_house(0) || has_house(words.len() - 1) || words.iter().skip(2).any(is_house));
    english || germanic || romance
}

/// `51.5074, -0.1278`: two numbers with four and more decimals.
fn is_coordinate_pair(text: &str) -> bool {
    let plain = text.trim_matches(['(', ')', '[', ']']);
    let mut parts = plain
        .split([' ', ';'])
        .map(|part| part.trim_end_matches(','))
        .filter(|part| !part.is_empty());
    let mut comma = plain.split(',').map(str::trim);
    let is_one = |part: Option<&str>| {
        part.and_then(decimal_number)
            .is_some_and(|look| look.degrees.is_some())
    };
    let by_space = is_one(parts.next()) && is_one(parts.next()) && parts.next().is_none();
    let by_comma = is_one(comma.next()) && is_one(comma.next()) && comma.next().is_none();
    by_space || by_comma
}
