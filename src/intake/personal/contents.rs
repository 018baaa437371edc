//! What a single cell gives away: patterns of e-mail addresses, phone numbers, dates, names, …

use super::{Personal, Purpose};

/// Does a single cell give a person away beyond doubt?
pub(super) fn certain_kind(cell: &[u8], purpose: Purpose) -> Option<Personal> {
    let digits = cell.iter().filter(|b| b.is_ascii_digit()).count();
    if let Some(at) = memchr::memchr(b'@', cell)
        && at > 0
        && cell[at..].contains(&b'.')
    {
        return Some(Personal::Email);
    }
    if purpose == Purpose::Allowed {
        return None;
    }
    let lower = cell.to_ascii_lowercase();
    if lower.starts_with(b"http://") || lower.starts_with(b"https://") || lower.starts_with(b"www.")
    {
        return Some(Personal::WebOrDevice);
    }
    if is_ip_address(cell) {
        return Some(Personal::WebOrDevice);
    }
    if matches_form(cell, b"999-99-9999")
        || matches_form(cell, b"999 999 9999")
        || matches_form(&lower, b"aa999999a")
        || is_iban(&lower)
    {
        return Some(Personal::RecordNumber);
    }
    if is_postcode(&lower) || is_street(&lower) {
        return Some(Personal::Address);
    }
    let is_phone = (9..=15).contains(&digits)
        && cell.iter().all(|b| {
            b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'(' | b')' | b'/' | b'.' | b'+')
        })
        && (cell[0] == b'+' || (matches!(cell[0], b'0' | b'(') && cell.len() > digits));
    if is_phone {
        return Some(Personal::Phone);
    }
    if year_of_date(cell).is_some_and(|year| (1900..2005).contains(&year)) {
        return Some(Personal::BirthDate);
    }
    if is_titled_name(cell) {
        return Some(Personal::Name);
    }
    let words = cell.split(|b| *b == b' ').filter(|w| w.len() > 1).count();
    let is_free_text = match purpose {
        Purpose::Code => words >= 3,
        Purpose::Label => {
            cell.len() > 80 || (words >= 4 && memchr::memmem::find(cell, b". ").is_some())
        }
        Purpose::Unused | Purpose::Allowed => words >= 4 && cell.len() >= 25,
    };
    is_free_text.then_some(Personal::FreeText)
}

/// Letters where the form has `a`, digits where it has `9`, everything else as it is.
fn matches_form(cell: &[u8], form: &[u8]) -> bool {
    cell.len() == form.len()
        && cell.iter().zip(form).all(|(c, f)| match f {
            b'9' => c.is_ascii_digit(),
            b'a' => c.is_ascii_lowercase(),
            other => c == other,
        })
}

/// A British postcode, such as `SW1A 1AA`; other countries' are too much like codes.
fn is_postcode(lower: &[u8]) -> bool {
    [
        &b"a9 9aa"[..],
        b"a99 9aa",
        b"aa9 9aa",
        b"aa99 9aa",
        b"a9a 9aa",
        b"aa9a 9aa",
    ]
    .iter()
    .any(|form| matches_form(lower, form))
}

/// `12 High Street`, `Hauptstraße 7a`.
fn is_street(lower: &[u8]) -> bool {
    const LAST: [&str; 8] = [
        "street",
        "road",
        "avenue",
        "lane",
        "drive",
        "crescent",
        "terrace",
        "boulevard",
    ];
    const ENDING: [&str; 6] = ["straße", "strasse", "gasse", "weg", "platz", "straat"];
    if lower.len() > 80 || !lower.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let Ok(text) = std::str::from_utf8(lower) else {
        return false;
    };
    let words: Vec<&str> = text
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let is_house = |word: &str| {
        let number = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
        (1..=4).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && word.len() - number.len() <= 1
    };
    let english =
        words.len() >= 3 && is_house(words[0]) && words[1..].iter().any(|word| LAST.contains(word));
    let german = words.windows(2).any(|pair| {
        let is_road = |word: &str| {
            ENDING
                .iter()
                .any(|e| word.len() > e.len() && word.ends_with(e))
        };
        is_road(pair[0]) && is_house(pair[1])
    });
    english || german
}

fn is_ip_address(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| {
        text.matches('.').count() == 3 && text.parse::<std::net::Ipv4Addr>().is_ok()
    })
}

/// The year of `1984-05-17`, `17.05.1984`, `17/05/1984`.
fn year_of_date(cell: &[u8]) -> Option<u32> {
    let is_date = |form: &[u8]| matches_form(cell, form);
    let year = if is_date(b"9999-99-99") {
        &cell[..4]
    } else if is_date(b"99.99.9999") || is_date(b"99/99/9999") || is_date(b"99-99-9999") {
        &cell[6..]
    } else {
        return None;
    };
    std::str::from_utf8(year).ok()?.parse().ok()
}

fn is_name_word(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase)
        && word.chars().count() >= 2
        && chars.all(|c| c.is_alphabetic() || matches!(c, '-' | '\''))
}

/// `Dr. Smith`, `Frau Müller`.
fn is_titled_name(cell: &[u8]) -> bool {
    const TITLES: [&str; 12] = [
        "Dr", "Prof", "Mr", "Mrs", "Ms", "Miss", "Herr", "Hr", "Frau", "Fr", "Mme", "Sr",
    ];
    let Ok(text) = std::str::from_utf8(cell) else {
        return false;
    };
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let is_title = |word: &str| TITLES.contains(&word.trim_end_matches('.'));
    words.next().is_some_and(is_title) && words.next().is_some_and(is_name_word)
}

/// An international bank account number: its check digits are right.
fn is_iban(lower: &[u8]) -> bool {
    let plain: Vec<u8> = lower.iter().copied().filter(|b| *b != b' ').collect();
    let is_form = (15..=34).contains(&plain.len())
        && plain[..2].iter().all(u8::is_ascii_lowercase)
        && plain[2..4].iter().all(u8::is_ascii_digit)
        && plain.iter().all(u8::is_ascii_alphanumeric);
    let rest = |remainder: u32, byte: &u8| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        _ => (remainder * 100 + u32::from(byte - b'a') + 10) % 97,
    };
    is_form && plain[4..].iter().chain(&plain[..4]).fold(0, rest) == 1
}

/// `Mary Smith`, `Smith, John`, `José María García`, `K. Müller`.
pub(super) fn is_full_name(cell: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(cell) else {
        return false;
    };
    if text.len() > 50 || !text.contains([' ', ',']) {
        return false;
    }
    let words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let is_initial = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.as_str() == "."
    };
    (2..=4).contains(&words.len())
        && words.iter().any(|word| is_name_word(word))
        && words
            .iter()
            .all(|word| is_name_word(word) || is_initial(word))
}

/// `Anna`: a capital and small letters, no digit.
pub(super) fn is_bare_name(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| {
        let mut chars = text.chars();
        cell.len() >= 3
            && chars.next().is_some_and(char::is_uppercase)
            && chars.all(char::is_lowercase)
    })
}

pub(super) fn is_nhs_number(cell: &[u8]) -> bool {
    if cell.len() != 10 || !cell.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = (0..9)
        .map(|i| u32::from(cell[i] - b'0') * (10 - i as u32))
        .sum();
    let check = (11 - sum % 11) % 11;
    check == u32::from(cell[9] - b'0')
}
