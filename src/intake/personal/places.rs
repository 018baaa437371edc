//! Streets, postcodes and coordinates.

use super::contents::decimal_number;
use super::numbers::has_form;

/// A British postcode, such as `SW1A 1AA`; other countries' are too much like codes.
pub(super) fn is_postcode(lower: &[u8]) -> bool {
    [
        "a9 9aa", "a99 9aa", "aa9 9aa", "aa99 9aa", "a9a 9aa", "aa9a 9aa",
    ]
    .iter()
    .any(|form| has_form(lower, form))
}

/// `10115 Berlin`, `1012 AB`, `1012 AB Amsterdam`, `K1A 0B1`, `94103-1234`.
pub(super) fn is_like_address(text: &str, lower: &str) -> bool {
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
pub(super) fn is_street(text: &str, lower: &str) -> bool {
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
        let is_road = |e: &&str| pair[0].len() > e.len() && pair[0].ends_with(*e);
        ENDING.iter().any(is_road) && is_house(&pair[1])
    });
    let has_house = |at: usize| words.get(at).is_some_and(is_house);
    let romance = words.len() >= 3
        && (0..2).any(|at| is_in(FIRST, &words[at]) && original.iter().skip(at + 1).any(is_proper))
        && (has_house(0) || has_house(words.len() - 1) || words.iter().skip(2).any(is_house));
    english || germanic || romance
}

/// `51.5074, -0.1278`: two numbers with four and more decimals.
pub(super) fn is_coordinate_pair(text: &str) -> bool {
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
