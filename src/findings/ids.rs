//! Names that the data give, as parts of the ids of estimates: no two of them give one id.
//!
//! An id joins its parts by dots: `leave_one_out.<study>[.<effect>]`. A name may hold anything, so a
//! character of it that could be taken for a part of the id is written as `%` and its two hexadecimal
//! digits, as in web addresses: study `A.1` is `A%2E1`, while effect `1` of study `A` is `A.1`. A dot
//! before a space cannot be taken for one between parts, so `Axelsson et al. 2009` stays as it is; so
//! does every other name that cannot be mistaken. [`name_of`] reads the name back.

/// A name that another part may follow, as a study before its effect; beside words that are `taken` by
/// the program itself.
///
/// ```
/// use alliance::findings::ids::part;
/// assert_eq!(part("Axelsson et al. 2009", &[]), "Axelsson et al. 2009");
/// assert_eq!(part("A.1", &[]), "A%2E1");
/// assert_eq!(part("joint", &["joint"]), "%6Aoint");
/// ```
pub fn part(name: &str, taken: &[&str]) -> String {
    let is_taken = taken.contains(&name);
    let is_between_parts = |at: usize| {
        let next = name.as_bytes().get(at + 1);
        at == 0 || next.is_some_and(|next| !next.is_ascii_whitespace())
    };
    escaped(name, |at, c| {
        (at == 0 && is_taken) || (c == '.' && is_between_parts(at))
    })
}

/// A name that ends an id, or stands before its last word; beside words that are `taken`.
///
/// ```
/// use alliance::findings::ids::last;
/// assert_eq!(last("53.59", &["qm"]), "53.59");
/// assert_eq!(last("qm", &["qm"]), "%71m");
/// ```
pub fn last(name: &str, taken: &[&str]) -> String {
    let is_taken = taken.contains(&name);
    escaped(name, |at, c| at == 0 && (is_taken || c == '.'))
}

/// Two names that are compared: `<first>_vs_<second>`.
///
/// ```
/// use alliance::findings::ids::pair;
/// assert_eq!(pair("client", "observer"), "client_vs_observer");
/// assert_ne!(pair("a_vs_b", "c"), pair("a", "b_vs_c"));
/// ```
pub fn pair(first: &str, second: &str) -> String {
    let one = |name: &str| {
        let is_vs = |at: usize| {
            let rest = &name[at..];
            (at == 0 || name[..at].ends_with('_')) && (rest == "vs" || rest.starts_with("vs_"))
        };
        escaped(name, |at, c| {
            (at == 0 && c == '.') || (c == 'v' && is_vs(at))
        })
    };
    format!("{}_vs_{}", one(first), one(second))
}

/// A moderator; all of them together are called `joint`.
pub fn moderator(name: &str) -> String {
    part(name, &["joint"])
}

/// The name that became a part of an id.
///
/// ```
/// use alliance::findings::ids::{name_of, part};
/// assert_eq!(name_of(&part("50 %.x", &[])), "50 %.x");
/// ```
pub fn name_of(part: &str) -> String {
    let mut name = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(at) = rest.find('%') {
        name.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match hexadecimal(rest) {
            Some(byte) => {
                name.push(char::from(byte));
                3
            }
            None => {
                name.push('%');
                1
            }
        };
        rest = &rest[taken..];
    }
    name.push_str(rest);
    name
}

/// Writes the characters for which `is_special`, and each `%` that would be read as one of them, by
/// their digits; all of them are ASCII.
fn escaped(name: &str, is_special: impl Fn(usize, char) -> bool) -> String {
    let mut part = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        let is_read_back = c == '%' && hexadecimal(&name[at..]).is_some();
        if c.is_ascii() && (is_read_back || is_special(at, c)) {
            part.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            part.push(c);
        }
    }
    part
}

/// The character that `%2E` at the start of a text stands for.
fn hexadecimal(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('%')?.get(..2)?;
    let is_digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
    let byte = digits
        .bytes()
        .all(is_digit)
        .then(|| u8::from_str_radix(digits, 16).ok())??;
    byte.is_ascii().then_some(byte)
}
