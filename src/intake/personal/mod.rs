//! Does a column identify people? By its name, and by what is in it.
//!
//! **Question.** Is this export anonymized? A name, an e-mail address or a birth date in any
//! column, used or not, is refused before anything is computed.
//! **Method.** Header words, and patterns of cells; evidence is counted per column and no value is
//! ever repeated. A column that only looks personal can be named in `policy.not_personal`.
//! **Not.** No pattern finds every identifier: a code book that is one letter away from a name
//! passes. Anonymizing is the exporter's duty; this is the net below.
//! **Sources.** The identifier classes of the HIPAA Safe Harbor rule (45 CFR 164.514(b)(2)).

mod contents;
mod headers;

use std::collections::BTreeSet;

use contents::{certain_kind, is_bare_name, is_full_name, is_nhs_number};
pub use headers::{by_header, is_of_staff};

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

/// What a column is for: labels may be several words, codes may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A code for a client, a therapist or a site.
    Code,
    /// A label such as a diagnosis.
    Label,
    /// A column the program does not use.
    Unused,
    /// A column that the study says identifies nobody; only what beyond doubt does is seen.
    Allowed,
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

    pub fn purpose(&self) -> Purpose {
        self.purpose
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
        if self.purpose != Purpose::Allowed && is_full_name(cell) {
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
            Purpose::Allowed => false,
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
        for name in ["Dr. Müller", "Frau Klein", "Mrs Smith"] {
            assert_eq!(verdict(Purpose::Unused, &[name, "T2", "T3"]), Some(Name));
        }
        for name in ["K. Müller", "Meier, Anna"] {
            assert_eq!(verdict(Purpose::Code, &[name, "T2", "T3"]), Some(Name));
        }
        assert_eq!(
            verdict(Purpose::Code, &["Jörg", "Jürgen", "Änne"]),
            Some(Name)
        );
        for account in ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"] {
            assert_eq!(verdict(Purpose::Unused, &[account]), Some(RecordNumber));
        }
        let allowed = [
            "Mary Smith",
            "Client was upset about the move to a new flat.",
        ];
        assert_eq!(verdict(Purpose::Allowed, &allowed), None);
        assert_eq!(verdict(Purpose::Allowed, &["x@y.org"]), Some(Email));
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
        // One digit off: no account number.
        assert_eq!(verdict(Purpose::Unused, &["GB82WEST12345698765431"]), None);
    }
}
