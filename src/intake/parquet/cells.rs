//! The values of a Parquet column, each as the text a CSV file of the same rows would have.

use std::fmt::Write;

use polars_arrow::array::{
    Array, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, StaticArray,
    Utf8ViewArray,
};
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::types::{NativeType, i256};

use super::Form;
use super::column::{Clock, Kind};
use crate::study::{Dates, Decimal, iso_day};

/// Writes the value of a row; nothing where there is none.
pub type Cell<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

/// What a column is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A column of the study that holds days.
    Day,
    /// Another column of the study.
    Used,
    /// Looked at for personal data.
    Watched,
}

const SECONDS_OF_A_DAY: i64 = 86_400;

/// The cells of a column; `None` where the array is not of its kind.
pub fn cells<'a>(
    kind: &'a Kind,
    array: &'a dyn Array,
    purpose: Purpose,
    form: &'a Form,
) -> Option<Cell<'a>> {
    let any = array.as_any();
    let dates = dates_of(purpose, form);
    Some(match kind {
        Kind::Plain(field) => plain(&field.dtype, array, form)?,
        Kind::Bytes(_) => {
            let values = any.downcast_ref::<BinaryViewArray>()?;
            let is_used = purpose != Purpose::Watched;
            Box::new(
                move |row, out| match values.get(row).map(std::str::from_utf8) {
                    Some(Ok(text)) => out.push_str(text),
                    // Refused as what it is, where it is needed.
                    Some(Err(_)) if is_used => out.push(char::REPLACEMENT_CHARACTER),
                    _ => {}
                },
            )
        }
        Kind::Decimal(field, scale) => match field.dtype {
            ArrowDataType::Decimal256(..) => decimal(array_of::<i256>(array)?, *scale, form),
            _ => decimal(array_of::<i128>(array)?, *scale, form),
        },
        Kind::Uuid(_) => {
            let values = any.downcast_ref::<FixedSizeBinaryArray>()?;
            Box::new(move |row, out| {
                for (i, byte) in values.get(row).into_iter().flatten().enumerate() {
                    let dash = if [4, 6, 8, 10].contains(&i) { "-" } else { "" };
                    let _ = write!(out, "{dash}{byte:02x}");
                }
            })
        }
        Kind::Day(_) => {
            let values = array_of::<i32>(array)?;
            Box::new(move |row, out| {
                if let Some(days) = values.get(row) {
                    push_day(i64::from(days), dates, out);
                }
            })
        }
        Kind::Moment(_, clock) => moment(array_of(array)?, clock, purpose, form),
        Kind::Other(_) => return None,
    })
}

/// How a day is written: the study says so of the column it reads as days.
fn dates_of(purpose: Purpose, form: &Form) -> Dates {
    match purpose {
        Purpose::Day => form.dates,
        Purpose::Used | Purpose::Watched => Dates::Iso,
    }
}

fn moment<'a>(
    values: &'a PrimitiveArray<i64>,
    clock: &'a Clock,
    purpose: Purpose,
    form: &'a Form,
) -> Cell<'a> {
    let dates = dates_of(purpose, form);
    Box::new(move |row, out| {
        let Some(ticks) = values.get(row) else { return };
        let Some(seconds) = clock.seconds(ticks) else {
            let _ = write!(out, "{ticks}");
            return;
        };
        push_day(seconds.div_euclid(SECONDS_OF_A_DAY), dates, out);
        // A code or a label is all that it is: two moments of one day are not one client.
        if purpose == Purpose::Used {
            push_time(seconds, ticks.rem_euclid(clock.per_second), clock, out);
        }
    })
}

impl Clock {
    /// Seconds since 1970 on the clock of the zone; `None` beyond the years 1 to 9999.
    fn seconds(&self, ticks: i64) -> Option<i64> {
        const YEARS: std::ops::Range<i64> = -62_135_510_400..253_402_214_400;
        let seconds = ticks.div_euclid(self.per_second);
        YEARS.contains(&seconds).then(|| (self.local)(seconds))
    }

    /// The second of its day, where the zone is not known.
    pub fn second_of_day(&self, ticks: i64) -> Option<i64> {
        Some(self.seconds(ticks)?.rem_euclid(SECONDS_OF_A_DAY))
    }
}

fn push_day(days: i64, dates: Dates, out: &mut String) {
    let Ok(days) = i32::try_from(days) else {
        let _ = write!(out, "{days}");
        return;
    };
    let iso = iso_day(days);
    let _ = match (dates, &iso.split('-').collect::<Vec<_>>()[..]) {
        (Dates::DayFirst, [year, month, day]) => write!(out, "{day}.{month}.{year}"),
        (Dates::MonthFirst, [year, month, day]) => write!(out, "{month}/{day}/{year}"),
        _ => write!(out, "{iso}"),
    };
}

fn push_time(seconds: i64, rest: i64, clock: &Clock, out: &mut String) {
    let of_day = seconds.rem_euclid(SECONDS_OF_A_DAY);
    let (hours, minutes) = (of_day / 3600, of_day / 60 % 60);
    let _ = write!(out, "T{hours:02}:{minutes:02}:{:02}", of_day % 60);
    if rest > 0 {
        let digits = clock.per_second.ilog10() as usize;
        let _ = write!(out, ".{rest:0digits$}");
    }
}

fn array_of<T: NativeType>(array: &dyn Array) -> Option<&PrimitiveArray<T>> {
    array.as_any().downcast_ref()
}

fn plain<'a>(dtype: &ArrowDataType, array: &'a dyn Array, form: &'a Form) -> Option<Cell<'a>> {
    use ArrowDataType::{
        Boolean, Float16, Float32, Float64, Int8, Int16, Int32, Int64, Null, UInt8, UInt16, UInt32,
        UInt64, Utf8View,
    };
    Some(match dtype {
        Null => Box::new(|_, _| {}),
        Utf8View => {
            let values = array.as_any().downcast_ref::<Utf8ViewArray>()?;
            Box::new(move |row, out| out.push_str(values.get(row).unwrap_or_default()))
        }
        Boolean => {
            let values = array.as_any().downcast_ref::<BooleanArray>()?;
            Box::new(move |row, out| {
                if let Some(value) = values.get(row) {
                    let _ = write!(out, "{value}");
                }
            })
        }
        Int8 => whole(array_of::<i8>(array)?),
        Int16 => whole(array_of::<i16>(array)?),
        Int32 => whole(array_of::<i32>(array)?),
        Int64 => whole(array_of::<i64>(array)?),
        UInt8 => whole(array_of::<u8>(array)?),
        UInt16 => whole(array_of::<u16>(array)?),
        UInt32 => whole(array_of::<u32>(array)?),
        UInt64 => whole(array_of::<u64>(array)?),
        Float16 => fraction(array_of::<polars::prelude::pf16>(array)?, form),
        Float32 => fraction(array_of::<f32>(array)?, form),
        Float64 => fraction(array_of::<f64>(array)?, form),
        _ => return None,
    })
}

fn whole<T: NativeType>(values: &PrimitiveArray<T>) -> Cell<'_> {
    Box::new(move |row, out| {
        if let Some(value) = values.get(row) {
            let _ = write!(out, "{value}");
        }
    })
}

/// The shortest digits that give the same number back, as every CSV writer has them.
fn fraction<'a, T: NativeType>(values: &'a PrimitiveArray<T>, form: &'a Form) -> Cell<'a> {
    Box::new(move |row, out| {
        let Some(value) = values.get(row) else { return };
        let start = out.len();
        let _ = write!(out, "{value}");
        if form.is_nan_missing && &out[start..] == "NaN" {
            out.truncate(start);
        }
        with_mark(out, start, form.decimal);
    })
}

/// The digits as they are stored, so nothing is rounded: 385 with one digit behind the point is 38.5.
fn decimal<'a, T: NativeType>(
    values: &'a PrimitiveArray<T>,
    scale: usize,
    form: &'a Form,
) -> Cell<'a> {
    Box::new(move |row, out| {
        let Some(value) = values.get(row) else { return };
        let digits = value.to_string();
        let (sign, digits) = match digits.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", &digits[..]),
        };
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, part) = padded.split_at(padded.len() - scale);
        let part = part.trim_end_matches('0');
        let start = out.len();
        let _ = match part {
            "" => write!(out, "{sign}{whole}"),
            part => write!(out, "{sign}{whole}.{part}"),
        };
        with_mark(out, start, form.decimal);
    })
}

fn with_mark(out: &mut String, start: usize, decimal: Decimal) {
    if decimal == Decimal::Comma
        && let Some(at) = out[start..].find('.')
    {
        out.replace_range(start + at..=start + at, ",");
    }
}
