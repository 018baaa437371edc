//! Numbers that stand for a person, known by their form or by their check digits.

/// Letters where the form has `a`, digits where it has `9`, everything else as it is.
pub(super) fn has_form(lower: &[u8], form: &str) -> bool {
    lower.len() == form.len()
        && lower.iter().zip(form.bytes()).all(|(c, f)| match f {
            b'9' => c.is_ascii_digit(),
            b'a' => c.is_ascii_lowercase(),
            other => *c == other,
        })
}

/// A number that nothing else is written like: one of the United States, Britain, Italy, Switzerland,
/// France, Mexico, Argentina or Chile, or a bank account.
pub(super) fn is_written_like_one(lower: &[u8]) -> bool {
    let is = |form| has_form(lower, form);
    is("999-99-9999")
        || (is("999 999 9999") && has_check_digit(lower))
        || is("aa999999a")
        || is("aa 99 99 99 a")
        || is("aaaaaa99a99a999a")
        || is("756.9999.9999.99")
        || is("9 99 99 99 999 999 99")
        || is("aaaa999999aaaaaa99")
        || is("99-99999999-9")
        || is("99.999.999-9")
        || is("99.999.999-k")
        || is_iban(lower)
}

/// Is the last digit or letter the one that a national number must have?
pub(super) fn has_check_digit(lower: &[u8]) -> bool {
    let mut plain = [0u8; 15];
    let mut length = 0;
    for byte in lower
        .iter()
        .filter(|b| !matches!(b, b' ' | b'-' | b'.' | b'/'))
    {
        if length == plain.len() || !byte.is_ascii_alphanumeric() {
            return false;
        }
        plain[length] = *byte;
        length += 1;
    }
    let plain = &plain[..length];
    let is = |form| has_form(plain, form);
    if plain.iter().all(|b| *b == plain[0]) {
        return false;
    }
    match length {
        9 if is("999999999") => is_dutch(plain),
        9 if is("99999999a") => is_spanish(&plain[..8], plain[8]),
        9 if is("x9999999a") || is("y9999999a") || is("z9999999a") => {
            let mut number = [0; 8];
            number.copy_from_slice(&plain[..8]);
            number[0] = number[0] - b'x' + b'0';
            is_spanish(&number, plain[8])
        }
        10 if is("9999999999") => is_british(plain) || is_swedish(plain),
        10 if is("a999999999") => is_german(plain),
        11 if is("99999999999") => is_polish(plain),
        15 if is("999999999999999") => is_french(plain),
        _ => false,
    }
}

fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    let products = digits.iter().zip(weights);
    products
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum()
}

fn value(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}

/// An NHS number: weights 10 to 2, modulo 11.
fn is_british(plain: &[u8]) -> bool {
    let sum = weighted(plain, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 11 == u32::from(plain[9] - b'0')
}

/// A burgerservicenummer: the eleven-test.
fn is_dutch(plain: &[u8]) -> bool {
    let sum = weighted(plain, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum % 11 == u32::from(plain[8] - b'0')
}

/// A DNI or NIE: the letter is that of the number modulo 23.
fn is_spanish(number: &[u8], letter: u8) -> bool {
    b"trwagmyfpdxbnjzsqvhlcke"[(value(number) % 23) as usize] == letter
}

/// A Krankenversichertennummer: the letter as two digits, then weights 1 and 2, modulo 10.
fn is_german(plain: &[u8]) -> bool {
    let letter = plain[0] - b'a' + 1;
    let digits = [b'0' + letter / 10, b'0' + letter % 10];
    let all = digits.iter().chain(&plain[1..9]).enumerate();
    let sum: u32 = all
        .map(|(at, digit)| {
            let product = u32::from(digit - b'0') * (1 + at as u32 % 2);
            product / 10 + product % 10
        })
        .sum();
    sum % 10 == u32::from(plain[9] - b'0')
}

/// A PESEL: weights 1, 3, 7, 9, and a month that can be.
fn is_polish(plain: &[u8]) -> bool {
    let sum = weighted(plain, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    (10 - sum % 10) % 10 == u32::from(plain[10] - b'0')
        && (1..=12).contains(&(value(&plain[2..4]) % 20))
        && (1..=31).contains(&value(&plain[4..6]))
}

/// A personnummer: a day that can be, and Luhn's sum.
fn is_swedish(plain: &[u8]) -> bool {
    let sum: u32 = (0..)
        .zip(plain)
        .map(|(at, digit)| {
            let product = u32::from(digit - b'0') * (2 - at % 2);
            product / 10 + product % 10
        })
        .sum();
    sum.is_multiple_of(10)
        && (1..=12).contains(&value(&plain[2..4]))
        && (1..=31).contains(&value(&plain[4..6]))
}

/// A numéro de sécurité sociale: sex, month, and the key modulo 97.
fn is_french(plain: &[u8]) -> bool {
    matches!(plain[0], b'1' | b'2')
        && (1..=12).contains(&value(&plain[3..5]))
        && 97 - value(&plain[..13]) % 97 == value(&plain[13..])
}

/// An international bank account number: its check digits are right.
fn is_iban(lower: &[u8]) -> bool {
    let begins = matches!(lower, [a, b, c, d, ..] if has_form(&[*a, *b, *c, *d], "aa99"));
    if !begins || !(15..=42).contains(&lower.len()) {
        return false;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_seven_countries_are_known() {
        for number in [
            "9434765919",
            "111222333",
            "a123456780",
            "12345678z",
            "x1234567l",
            "44051401359",
            "811218-1006",
            "255081416802538",
        ] {
            assert!(has_check_digit(number.as_bytes()), "{number}");
            // Another last character: no such number.
            let (start, last) = number.split_at(number.len() - 1);
            let other = match last.as_bytes()[0] {
                b'0'..=b'8' => char::from(last.as_bytes()[0] + 1),
                b'9' => '0',
                _ => 'b',
            };
            let wrong = format!("{start}{other}");
            assert!(!has_check_digit(wrong.as_bytes()), "{wrong}");
        }
        assert!(!has_check_digit(b"000000000"));
        // One digit off: no account number.
        assert!(is_iban(b"gb82west12345698765432"));
        assert!(!is_iban(b"gb82west12345698765431"));
    }
}
