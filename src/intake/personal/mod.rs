//! Does a column identify people? By its name and by what is in it, together.
//!
//! **Question.** Is this export anonymized? Names, e-mail addresses, birth dates and the like in any
//! column, used or not, are refused before anything is computed.
//! **Method.** What the name of a column says is looked up in one table of words ([`headers`]); what
//! its cells look like is counted in one pass ([`contents`], [`evidence`]); one function decides with
//! both ([`verdict`]). A sure word (`surname`, `dob`) is refused with any content that can be that;
//! an unsure one (`insurance`, `device`) only with content that can hardly be anything else; some
//! contents (an e-mail address, a street) are refused in a single cell of any column, others (names,
//! dates of birth, numbers with the check digits of national numbers) when much of the column is so.
//! Only distinct cells count, so that neither the order of the rows nor how often a cell is repeated
//! changes the verdict. No value is ever repeated. A column that only looks personal can be named in
//! `policy.not_personal`.
//! **Not.** No pattern finds every identifier: a code book that is one letter away from a name
//! passes, and so do years of birth, days of treatment and births after 2005 that no header names.
//! Anonymizing is the exporter's duty; this is the net below.
//! **Sources.** The identifier classes of the HIPAA Safe Harbor rule (45 CFR 164.514(b)(2)). Check
//! digits: NHS data dictionary (NHS number); the eleven-test of the burgerservicenummer; § 290 SGB V
//! (Krankenversichertennummer); Orden INT/2058/2008 (DNI, NIE); INSEE (NIR, key modulo 97); ISO 13616
//! (IBAN). Distinct cells by their smallest hashes: Bar-Yossef et al. (2002).

mod contents;
mod dates;
mod evidence;
mod headers;
mod names;
mod numbers;
mod places;
mod verdict;

pub use evidence::Evidence;

/// What kind of identifier a column seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    Name,
    Email,
    Phone,
    RecordNumber,
    Address,
    Place,
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
            Personal::Place => "towns, small areas or coordinates",
            Personal::BirthDate => "dates of birth or death",
            Personal::FreeText => "free text",
            Personal::WebOrDevice => "web or device addresses",
        }
    }
}

/// What a column is for: labels may be several words, codes may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A code for a client or a therapist.
    Code,
    /// A code for a site, which may be the name of a town.
    Site,
    /// A label such as a diagnosis.
    Label,
    /// A column the program does not use.
    Unused,
    /// A column that the study says identifies nobody; only what beyond doubt does is seen.
    Allowed,
}

/// What tells that a column identifies people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Header,
    Content,
    Both,
}

/// A column that identifies people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: Personal,
    pub why: Why,
    /// The line of the first cell that shows it.
    pub line: u64,
}

impl Finding {
    fn new(kind: Personal, why: Why, line: u64) -> Finding {
        Finding { kind, why, line }
    }
}

/// Does a column with this name and this content identify people?
pub fn identifies(header: &str, purpose: Purpose, evidence: &Evidence) -> Option<Finding> {
    verdict::verdict(header, purpose, evidence)
}

/// Does a column with this name identify people, if anything is in it?
pub fn sounds_personal(header: &str) -> bool {
    let signs = headers::signs_of(header);
    signs
        .first()
        .is_some_and(|sign| sign.strength == headers::Strength::Certain)
}

/// Are two neighbouring columns, neither of which says so, latitude and longitude?
pub fn are_coordinates(first: &Evidence, second: &Evidence) -> Option<Finding> {
    verdict::are_coordinates(first, second)
}

/// Small letters without marks: `Straße` and `STRASSE` are one word, `Prénom` is `prenom`.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' => folded.push('a'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => folded.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => folded.push('i'),
            'ł' => folded.push('l'),
            'ñ' | 'ń' => folded.push('n'),
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => folded.push('o'),
            'ś' | 'š' | 'ş' => folded.push('s'),
            'ú' | 'ù' | 'û' | 'ü' => folded.push('u'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            'ğ' => folded.push('g'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            // A mark that stands after its letter, the dot that İ leaves behind, and that of Nº.
            '\u{300}'..='\u{36f}' | 'º' | 'ª' => {}
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests;
