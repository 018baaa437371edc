//! One cell of a CSV file: numbers, whole numbers, days, labels.

use crate::study::Decimal;

/// Spaces around a cell do not count.
pub fn trim(cell: &[u8]) -> &[u8] {
    cell.trim_ascii()
}

/// Why a cell is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotANumber {
    /// `NaN`, `inf`: computed, but not numbers.
    NotFinite,
    /// `1,5` in a file whose decimal mark is the point.
    DecimalComma,
    /// `1.5` in a file whose decimal mark is the comma.
    DecimalPoint,
    Text,
}

/// A finite number.
///
/// The decimal mark is the file's, never guessed cell by cell: `1,5` must not become 15.
#[inline]
pub fn number(cell: &[u8], decimal: Decimal) -> Result<f64, NotANumber> {
    // Most scores are whole numbers of one to three digits.
    if cell.len() <= 3 && !cell.is_empty() && cell.iter().all(u8::is_ascii_digit) {
        let value = cell
            .iter()
            .fold(0u32, |sum, b| sum * 10 + u32::from(b - b'0'));
        return Ok(f64::from(value));
    }
    other_number(cell, decimal)
}

fn other_number(cell: &[u8], decimal: Decimal) -> Result<f64, NotANumber> {
    let has = |mark: u8| cell.contains(&mark);
    let replaced;
    let cell = match decimal {
        Decimal::Point if has(b',') => return Err(comma_or_text(cell)),
        Decimal::Point => cell,
        Decimal::Comma if has(b'.') => {
            return Err(match fast_float2::parse::<f64, _>(cell) {
                Ok(_) => NotANumber::DecimalPoint,
                Err(_) => NotANumber::Text,
            });
        }
        Decimal::Comma => {
            replaced = cell
                .iter()
                .map(|&b| if b == b',' { b'.' } else { b })
                .collect::<Vec<u8>>();
            &replaced
        }
    };
    match fast_float2::parse::<f64, _>(cell) {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(_) => Err(NotANumber::NotFinite),
        Err(_) => typeset(cell).map_or(Err(NotANumber::Text), |cell| number(&cell, Decimal::Point)),
    }
}

/// A number that came through typesetting, as from the table of a paper, with the signs of a keyboard:
/// `−.22`, or spaces that do not break around it. `None` where that changes nothing.
#[cold]
fn typeset(cell: &[u8]) -> Option<Vec<u8>> {
    const DASHES: [char; 8] = ['‐', '‑', '‒', '–', '—', '−', '﹣', '－'];
    let text = std::str::from_utf8(cell).ok()?;
    let bare = text.trim();
    let plain = match bare.strip_prefix(DASHES) {
        Some(size) => format!("-{}", size.trim_start()),
        None => bare.to_owned(),
    };
    // A second sign is no number, and what is plain already has been tried.
    (plain != text && plain.is_ascii()).then(|| plain.into_bytes())
}

fn comma_or_text(cell: &[u8]) -> NotANumber {
    let is_number = cell
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b',' | b'-' | b'+'));
    if is_number {
        NotANumber::DecimalComma
    } else {
        NotANumber::Text
    }
}

/// A whole number from 1 to 9999, as sessions are counted; `4.00`, `4,0` and `04` are 4.
#[inline]
pub fn session_number(cell: &[u8]) -> Option<u32> {
    // Most are of one or two digits.
    if cell.len() <= 4 && cell.iter().all(u8::is_ascii_digit) {
        return whole_number(cell);
    }
    // A column of numbers with gaps is often exported as 4.0, one with a format of two decimals as 4.00.
    let mark = cell.iter().position(|b| matches!(b, b'.' | b','));
    let (whole, decimals) = cell.split_at(mark.unwrap_or(cell.len()));
    let is_zero = |digits: &[u8]| !digits.is_empty() && digits.iter().all(|b| *b == b'0');
    if !(decimals.is_empty() || is_zero(&decimals[1..])) {
        return None;
    }
    let zeros = whole.iter().take_while(|b| **b == b'0').count();
    whole_number(&whole[zeros..])
}

fn whole_number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0u32, |sum, b| sum * 10 + u32::from(b - b'0'));
    (value >= 1).then_some(value)
}

/// The first eight bytes of a text as a number that sorts as they do: most comparisons
/// of ids end there.
pub fn start_of(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_infinity_are_not_numbers() {
        for cell in ["NaN", "nan", "inf", "-inf", "Infinity", "1e999"] {
            assert_eq!(
                number(cell.as_bytes(), Decimal::Point),
                Err(NotANumber::NotFinite),
                "{cell}"
            );
        }
    }

    #[test]
    fn a_decimal_comma_is_never_read_as_thousands() {
        assert_eq!(
            number(b"1,5", Decimal::Point),
            Err(NotANumber::DecimalComma)
        );
        assert_eq!(number(b"1,5", Decimal::Comma), Ok(1.5));
        assert_eq!(
            number(b"1.5", Decimal::Comma),
            Err(NotANumber::DecimalPoint)
        );
        assert_eq!(number(b"1.5", Decimal::Point), Ok(1.5));
        assert_eq!(number(b"1.234,5", Decimal::Comma), Err(NotANumber::Text));
        assert_eq!(number(b"-12", Decimal::Point), Ok(-12.0));
        assert_eq!(number(b"4.x2", Decimal::Point), Err(NotANumber::Text));
    }

    #[test]
    fn a_dash_of_typesetting_is_a_minus() {
        let read = |text: &str| number(text.as_bytes(), Decimal::Point);
        for text in ["−.22", "–0.22", "－0.22", "\u{a0}−.22\u{202f}", "— 0.22"] {
            assert_eq!(read(text), Ok(-0.22), "{text}");
        }
        assert_eq!(number("−0,22".as_bytes(), Decimal::Comma), Ok(-0.22));
        for text in ["−", "–", "−−1", "−-1", "1−2", "−x", "½"] {
            assert_eq!(read(text), Err(NotANumber::Text), "{text}");
        }
    }

    #[test]
    fn sessions_count_from_one() {
        assert_eq!(session_number(b"1"), Some(1));
        assert_eq!(session_number(b"0"), None);
        assert_eq!(session_number(b"-1"), None);
        assert_eq!(session_number(b"2.0"), Some(2));
        assert_eq!(session_number(b"2.5"), None);
        for (cell, session) in [
            ("20.00", 20),
            ("1.000", 1),
            ("3,0", 3),
            ("01", 1),
            ("007", 7),
            ("00012", 12),
            ("9999", 9999),
        ] {
            assert_eq!(session_number(cell.as_bytes()), Some(session), "{cell}");
        }
        for cell in [
            "", "0", "00", "0.00", "1.", ".0", "1.05", "1.0.0", "1.0e0", "10000", "1 0",
        ] {
            assert_eq!(session_number(cell.as_bytes()), None, "{cell}");
        }
    }
}
