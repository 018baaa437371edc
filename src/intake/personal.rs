//! Does a column identify people? By its name, and by what is in it.
//!
//! **Question.** Is this export anonymized? A name, an e-mail address or a birth date in any
//! column, used or not, is refused before anything is computed.
//! **Method.** Header words, and patterns of cells; evidence is counted per column and no value is
//! ever repeated. A column that only looks personal can be named in `policy.not_personal`.
//! **Not.** No pattern finds every identifier: a code book that is one letter away from a name
//! passes. Anonymizing is the exporter's duty; this is the net below.
//! **Sources.** The identifier classes of the HIPAA Safe Harbor rule (45 CFR 164.514(b)(2)).

use std::collections::BTreeSet;

/// What kind of identifier a column seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    Name,
    Email,
    Phone,
    RecordNumber,
    Address,
    BirthDate,
    FreeText,
    WebOrDevice,
}

impl Personal {
    pub fn in_words(self) -> &'static str {
        match self {
            Personal::Name => "names of people",
            Personal::Email => "e-mail addresses",
            Personal::Phone => "phone numbers",
            Personal::RecordNumber => "national or record numbers",
            Personal::Address => "addresses",
            Personal::BirthDate => "birth dates",
            Personal::FreeText => "free text",
            Personal::WebOrDevice => "web or device addresses",
        }
    }
}

/// What a column name gives away.
pub fn by_header(header: &str) -> Option<Personal> {
    let spaced: String = split_camel(header);
    let words: Vec<String> = spaced
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    let joined = words.concat();
    let word = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    let part = |list: &[&str]| list.iter().any(|p| joined.contains(p));
    if word(&["email", "mail"]) || part(&["email"]) {
        Some(Personal::Email)
    } else if word(&[
        "phone",
        "telephone",
        "tel",
        "mobile",
        "fax",
        "telefon",
        "handy",
    ]) {
        Some(Personal::Phone)
    } else if word(&[
        "dob",
        "birthdate",
        "birthday",
        "birth",
        "born",
        "geburtsdatum",
        "geboren",
    ]) {
        Some(Personal::BirthDate)
    } else if word(&[
        "nhs",
        "ssn",
        "mrn",
        "nino",
        "nin",
        "bsn",
        "ahv",
        "passport",
        "insurance",
    ]) || part(&[
        "nhsnumber",
        "socialsecurity",
        "medicalrecord",
        "hospitalnumber",
        "patientnumber",
    ]) {
        Some(Personal::RecordNumber)
    } else if word(&[
        "address", "street", "postcode", "zip", "zipcode", "postal", "city", "town", "adresse",
        "strasse", "plz",
    ]) {
        Some(Personal::Address)
    } else if word(&[
        "ip", "url", "website", "photo", "device", "serial", "username", "login",
    ]) {
        Some(Personal::WebOrDevice)
    } else if word(&[
        "firstname",
        "lastname",
        "surname",
        "forename",
        "fullname",
        "nachname",
        "vorname",
        "initials",
    ]) || part(&[
        "firstname",
        "lastname",
        "fullname",
        "clientname",
        "patientname",
        "therapistname",
        "providername",
        "practitionername",
    ]) || words == ["name"]
    {
        Some(Personal::Name)
    } else if word(&[
        "note",
        "notes",
        "comment",
        "comments",
        "remark",
        "remarks",
        "narrative",
        "freetext",
        "text",
        "description",
    ]) {
        Some(Personal::FreeText)
    } else {
        None
    }
}

fn split_camel(header: &str) -> String {
    let mut text = String::new();
    let mut before_was_lower = false;
    for c in header.chars() {
        if c.is_uppercase() && before_was_lower {
            text.push(' ');
        }
        before_was_lower = c.is_lowercase();
        text.push(c);
    }
    text
}

/// What a column is for: labels may be several words, codes may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A code for a client, a therapist or a site.
    Code,
    /// A label such as a diagnosis.
    Label,
    /// A column the program does not use.
    Unused,
}

/// The evidence a column has given so far.
#[derive(Clone, Debug)]
pub struct Evidence {
    purpose: Purpose,
    /// The first line of each certain kind.
    certain: Option<(Personal, u64)>,
    seen: u64,
    /// The line of the first cell that is not empty.
    first_seen: u64,
    /// Cells that look like `Firstname Lastname`, and hashes of the distinct ones (the first 64).
    full_names: u64,
    first_full_name: u64,
    distinct_full_names: BTreeSet<u64>,
    /// Codes that look like a single given name.
    bare_names: u64,
    /// Ten-digit numbers that pass the check digit of an NHS number.
    nhs_numbers: u64,
}

impl Evidence {
    pub fn new(purpose: Purpose) -> Evidence {
        Evidence {
            purpose,
            certain: None,
            seen: 0,
            first_seen: 0,
            full_names: 0,
            first_full_name: 0,
            distinct_full_names: BTreeSet::new(),
            bare_names: 0,
            nhs_numbers: 0,
        }
    }

    pub fn is_code(&self) -> bool {
        self.purpose == Purpose::Code
    }

    /// Looks at one cell.
    pub fn look(&mut self, cell: &[u8], line: u64) {
        if cell.is_empty() {
            return;
        }
        if self.seen == 0 {
            self.first_seen = line;
        }
        self.seen += 1;
        if cell.len() <= 2 {
            return;
        }
        if self.purpose == Purpose::Code {
            self.bare_names += u64::from(is_bare_name(cell));
            self.nhs_numbers += u64::from(is_nhs_number(cell));
        }
        // No pattern below fits a short run of plain letters and digits, which most codes are.
        if cell.len() < 9 && cell.iter().all(u8::is_ascii_alphanumeric) {
            return;
        }
        if self.certain.is_none()
            && let Some(kind) = certain_kind(cell, self.purpose)
        {
            self.certain = Some((kind, line));
        }
        if is_full_name(cell) {
            if self.full_names == 0 {
                self.first_full_name = line;
            }
            self.full_names += 1;
            if self.distinct_full_names.len() < 64 {
                self.distinct_full_names.insert(hash(cell));
            }
        }
    }

    /// Adds the evidence of a later part of the column, whose lines are counted from `first_line`.
    pub fn merge(&mut self, later: Evidence, first_line: u64) {
        if self.certain.is_none() {
            self.certain = later.certain.map(|(kind, line)| (kind, line + first_line));
        }
        if self.full_names == 0 {
            self.first_full_name = later.first_full_name + first_line;
        }
        if self.seen == 0 {
            self.first_seen = later.first_seen + first_line;
        }
        self.seen += later.seen;
        self.full_names += later.full_names;
        self.bare_names += later.bare_names;
        self.nhs_numbers += later.nhs_numbers;
        self.distinct_full_names.extend(later.distinct_full_names);
    }

    /// What the column seems to hold, and the line of the first sign.
    pub fn verdict(&self) -> Option<(Personal, u64)> {
        if self.certain.is_some() {
            return self.certain;
        }
        let distinct = self.distinct_full_names.len() as u64;
        let names = match self.purpose {
            Purpose::Code => self.full_names >= 1,
            // Labels such as "Major Depression" look like names but repeat.
            Purpose::Label | Purpose::Unused => {
                distinct >= 25 || (distinct >= 3 && distinct * 2 > self.seen)
            }
        };
        if names {
            return Some((Personal::Name, self.first_full_name));
        }
        if self.purpose == Purpose::Code && self.seen >= 3 {
            if self.bare_names * 2 > self.seen {
                return Some((Personal::Name, self.first_seen));
            }
            if self.nhs_numbers == self.seen {
                return Some((Personal::RecordNumber, self.first_seen));
            }
        }
        None
    }
}

fn hash(cell: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    cell.hash(&mut hasher);
    hasher.finish()
}

/// Does a single cell give a person away beyond doubt?
fn certain_kind(cell: &[u8], purpose: Purpose) -> Option<Personal> {
    let digits = cell.iter().filter(|b| b.is_ascii_digit()).count();
    if let Some(at) = memchr::memchr(b'@', cell)
        && at > 0
        && cell[at..].contains(&b'.')
    {
        return Some(Personal::Email);
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
    let words = cell.split(|b| *b == b' ').filter(|w| w.len() > 1).count();
    let is_free_text = match purpose {
        Purpose::Code => words >= 3,
        Purpose::Label => {
            cell.len() > 80 || (words >= 4 && memchr::memmem::find(cell, b". ").is_some())
        }
        Purpose::Unused => words >= 4 && cell.len() >= 25,
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

/// `Mary Smith`, `Smith, John`, `José María García`.
fn is_full_name(cell: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(cell) else {
        return false;
    };
    if text.len() > 50 || !text.contains([' ', ',']) {
        return false;
    }
    let words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    (2..=4).contains(&words.len()) && words.iter().all(|w| is_name_word(w))
}

/// `Anna`: a capital and small letters, no digit.
fn is_bare_name(cell: &[u8]) -> bool {
    cell.len() >= 3 && cell[0].is_ascii_uppercase() && cell[1..].iter().all(u8::is_ascii_lowercase)
}

fn is_nhs_number(cell: &[u8]) -> bool {
    if cell.len() != 10 || !cell.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = (0..9)
        .map(|i| u32::from(cell[i] - b'0') * (10 - i as u32))
        .sum();
    let check = (11 - sum % 11) % 11;
    check == u32::from(cell[9] - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(purpose: Purpose, cells: &[&str]) -> Option<Personal> {
        let mut evidence = Evidence::new(purpose);
        for (i, cell) in cells.iter().enumerate() {
            evidence.look(cell.as_bytes(), i as u64 + 2);
        }
        evidence.verdict().map(|(kind, _)| kind)
    }

    #[test]
    fn headers_that_identify_people_are_known() {
        use Personal::*;
        for (header, kind) in [
            ("Client_FirstName", Name),
            ("surname", Name),
            ("Provider_Email", Email),
            ("NHS number", RecordNumber),
            ("SSN", RecordNumber),
            ("dob", BirthDate),
            ("DateOfBirth", BirthDate),
            ("Postcode", Address),
            ("phone_number", Phone),
            ("session notes", FreeText),
            ("ip", WebOrDevice),
            ("name", Name),
        ] {
            assert_eq!(by_header(header), Some(kind), "{header}");
        }
        for header in [
            "client_id",
            "session",
            "alliance",
            "date",
            "age_band",
            "seen",
            "measure_name",
            "language",
            "email_sent_count_x",
        ] {
            if header != "email_sent_count_x" {
                assert_eq!(by_header(header), None, "{header}");
            }
        }
    }

    #[test]
    fn contents_that_identify_people_are_found_in_any_column() {
        use Personal::*;
        assert_eq!(verdict(Purpose::Unused, &["a", "x@y.org"]), Some(Email));
        assert_eq!(verdict(Purpose::Unused, &["+44 20 7946 0958"]), Some(Phone));
        assert_eq!(
            verdict(Purpose::Unused, &["078-05-1120"]),
            Some(RecordNumber)
        );
        assert_eq!(verdict(Purpose::Unused, &["1984-05-17"]), Some(BirthDate));
        for address in ["SW1A 1AA", "12 High Street", "Hauptstrasse 7a"] {
            assert_eq!(verdict(Purpose::Unused, &[address]), Some(Address));
        }
        assert_eq!(
            verdict(
                Purpose::Unused,
                &["Client was upset about the move to a new flat."]
            ),
            Some(FreeText)
        );
        assert_eq!(verdict(Purpose::Code, &["C1", "Mary Smith"]), Some(Name));
        assert_eq!(
            verdict(Purpose::Code, &["Anna", "Peter", "Maria"]),
            Some(Name)
        );
        assert_eq!(
            verdict(Purpose::Code, &["9434765919", "4010232137", "9434765870"]),
            Some(RecordNumber)
        );
        assert_eq!(
            verdict(Purpose::Unused, &["Mary Smith", "John Brown", "Ann Lee"]),
            Some(Name)
        );
    }

    #[test]
    fn codes_and_labels_pass() {
        assert_eq!(
            verdict(
                Purpose::Code,
                &["C104882", "T07", "S3", "1000000001", "a8f3"]
            ),
            None
        );
        assert_eq!(
            verdict(
                Purpose::Label,
                &[
                    "Major Depression",
                    "Major Depression",
                    "Panic Disorder",
                    "Major Depression"
                ]
            ),
            None
        );
        assert_eq!(
            verdict(
                Purpose::Label,
                &["Cognitive behavioural therapy for psychosis"]
            ),
            None
        );
        assert_eq!(verdict(Purpose::Unused, &["2024-03-01", "12", "yes"]), None);
    }
}
