//! What the name of a column gives away.

use super::Personal;

/// What words give away, and parts of the name without spaces; the first line that fits counts.
const SIGNS: [(Personal, &[&str], &[&str]); 8] = [
    (Personal::Email, &["email", "mail"], &["email"]),
    (
        Personal::Phone,
        &[
            "phone",
            "telephone",
            "tel",
            "mobile",
            "fax",
            "telefon",
            "handy",
        ],
        &[],
    ),
    (
        Personal::BirthDate,
        &[
            "dob",
            "birthdate",
            "birthday",
            "birth",
            "born",
            "geburtsdatum",
            "geboren",
        ],
        &[],
    ),
    (
        Personal::RecordNumber,
        &[
            "nhs",
            "ssn",
            "mrn",
            "nino",
            "nin",
            "bsn",
            "ahv",
            "passport",
            "insurance",
            "iban",
            "konto",
            "kontonummer",
        ],
        &[
            "nhsnumber",
            "socialsecurity",
            "medicalrecord",
            "hospitalnumber",
            "patientnumber",
            "versicherungsnummer",
            "versichertennummer",
        ],
    ),
    (
        Personal::Address,
        &[
            "address", "street", "postcode", "zip", "zipcode", "postal", "city", "town", "adresse",
            "strasse", "plz",
        ],
        &[],
    ),
    (
        Personal::WebOrDevice,
        &[
            "ip", "url", "website", "photo", "device", "serial", "username", "login",
        ],
        &[],
    ),
    (
        Personal::Name,
        &[
            "firstname",
            "lastname",
            "surname",
            "forename",
            "fullname",
            "nachname",
            "vorname",
            "initials",
        ],
        &[
            "firstname",
            "lastname",
            "fullname",
            "clientname",
            "patientname",
            "therapistname",
            "providername",
            "practitionername",
        ],
    ),
    (
        Personal::FreeText,
        &[
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
        ],
        &[],
    ),
];

/// What a column name gives away.
pub fn by_header(header: &str) -> Option<Personal> {
    let words: Vec<String> = split_camel(header)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    // A measure has a name too; alone the word means a person's.
    if words == ["name"] {
        return Some(Personal::Name);
    }
    let joined = words.concat();
    SIGNS
        .iter()
        .find(|(_, whole, parts)| {
            words.iter().any(|word| whole.contains(&word.as_str()))
                || parts.iter().any(|part| joined.contains(part))
        })
        .map(|(kind, ..)| *kind)
}

/// Does the column say who works with the client? Codes may stand there, names may not.
pub fn is_of_staff(header: &str) -> bool {
    const STAFF: [&str; 14] = [
        "therapist",
        "therapists",
        "therapeut",
        "therapeutin",
        "clinician",
        "practitioner",
        "provider",
        "supervisor",
        "doctor",
        "gp",
        "arzt",
        "hausarzt",
        "behandler",
        "staff",
    ];
    let spaced = split_camel(header).to_lowercase();
    let mut words = spaced.split(|c: char| !c.is_alphanumeric());
    words.any(|word| STAFF.contains(&word))
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

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(by_header(header), None, "{header}");
        }
    }
}
