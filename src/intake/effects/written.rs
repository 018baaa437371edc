//! A number as a table prints it: rounded, and sometimes only a bound.

use crate::intake::cell;
use crate::intake::cell::NotANumber;
use crate::study::Decimal;

/// A number with the digits it was written with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    pub text: String,
    pub value: f64,
    /// Half a unit of the last digit: how far the number meant may lie from the one written.
    half_unit: f64,
    bound: Option<Bound>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    Below,
    Above,
}

impl Written {
    /// A number.
    pub fn number(text: &[u8], decimal: Decimal) -> Result<Written, NotANumber> {
        let value = cell::number(text, decimal)?;
        let text = String::from_utf8_lossy(text).into_owned();
        Ok(Written {
            half_unit: half_unit(&text),
            value,
            text,
            bound: None,
        })
    }

    /// A p: a number, or a bound such as `<.001`; also as it stands in a text, `p = .03`.
    pub fn number_or_bound(text: &[u8], decimal: Decimal) -> Result<Written, NotANumber> {
        let all = String::from_utf8_lossy(text);
        let bare = all.trim_start_matches(['p', 'P', ' ', '=']);
        let bound = match bare.chars().next() {
            Some('<' | '≤') => Bound::Below,
            Some('>' | '≥') => Bound::Above,
            _ => return Written::number(bare.as_bytes(), decimal),
        };
        let rest = bare.trim_start_matches(['<', '≤', '>', '≥', '=', ' ']);
        let number = Written::number(rest.as_bytes(), decimal)?;
        Ok(Written {
            text: all.clone().into_owned(),
            bound: Some(bound),
            ..number
        })
    }

    /// Could its decimal mark stand between thousands, as in `1.200`?
    pub fn may_have_thousands(&self) -> bool {
        let parts = self.text.split_once(['.', ',']);
        parts.is_some_and(|(whole, part)| {
            let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            (1..=3).contains(&whole.len()) && part.len() == 3 && is_digits(whole) && is_digits(part)
        })
    }

    pub fn is_bound(&self) -> bool {
        self.bound.is_some()
    }

    /// The same number with this value: its sign was given elsewhere.
    pub fn with_value(self, value: f64) -> Written {
        Written { value, ..self }
    }

    /// From where to where the number meant can lie.
    pub fn range(&self) -> (f64, f64) {
        let (low, high) = (self.value - self.half_unit, self.value + self.half_unit);
        match self.bound {
            None => (low, high),
            Some(Bound::Below) => (f64::NEG_INFINITY, high),
            Some(Bound::Above) => (low, f64::INFINITY),
        }
    }
}

/// Half a unit of the last digit written: .005 of `0.31`, .5 of `4`, 50 of `1e2`.
fn half_unit(text: &str) -> f64 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let decimals = mantissa.split_once(['.', ',']).map_or(0, |(_, part)| {
        part.bytes().filter(u8::is_ascii_digit).count()
    });
    let exponent: i32 = exponent.parse().unwrap_or(0);
    0.5 * 10f64.powi(exponent - decimals as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_all_that_round_to_it() {
        let range = |text: &str| {
            Written::number_or_bound(text.as_bytes(), Decimal::Point)
                .unwrap()
                .range()
        };
        assert_eq!(range("0.5"), (0.45, 0.55));
        assert_eq!(range("-4"), (-4.5, -3.5));
        assert_eq!(range("1e2"), (50.0, 150.0));
        let (low, high) = range("< .05");
        assert!(low == f64::NEG_INFINITY && (high - 0.055).abs() < 1e-15);
        assert_eq!(range("> .5").1, f64::INFINITY);
        assert_eq!(range("p < .05"), range("<.05"));
        assert_eq!(range("p = .050"), range(".050"));
    }

    #[test]
    fn the_signs_of_typesetting_are_read() {
        for text in ["−.22", "–0.22", "-0.22", "\u{2212}0.220", "\u{a0}-.22"] {
            let value = Written::number(text.as_bytes(), Decimal::Point)
                .unwrap()
                .value;
            assert_eq!(value, -0.22, "{text}");
        }
    }
}
