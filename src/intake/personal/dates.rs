//! Days as people and programs write them.

use super::fold;

/// A day in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub year: u16,
    /// Eight digits without anything between them, as an id may be too.
    pub is_compact: bool,
}

/// How the names of months begin.
const MONTHS: &str = "jan ene gen sty feb fev lut mar mae maa mrt apr avr abr kwi may mai mei mag maj jun jui giu cze \
    jul lug lip aug aou ago sie sep set wrz oct okt ott out paz nov lis dec dez dic des gru";

/// A part of a day: a number and its digits, or the name of a month.
#[derive(Clone, Copy)]
enum Part {
    Number(u32, usize),
    Month,
}

/// `1984-05-17 00:00:00`, `17-MAY-1950`, `17.5.50`, `19500517`, `17 de mayo de 1950`, …
pub(super) fn day_of(cell: &str) -> Option<Day> {
    if !(6..=40).contains(&cell.len()) {
        return None;
    }
    let day = without_time(cell);
    if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        return compact(day);
    }
    let words = day.split([' ', '-', '/', '.', ',']);
    let mut parts = words
        .filter(|word| !word.is_empty() && !["de", "del", "of"].contains(word))
        .map(part);
    let three = [parts.next()??, parts.next()??, parts.next()??];
    if parts.next().is_some() {
        return None;
    }
    let year = year_of(three)?;
    Some(Day {
        year: u16::try_from(year).ok()?,
        is_compact: false,
    })
}

/// The text before a time of day.
fn without_time(cell: &str) -> &str {
    let Some(colon) = cell.find(':') else {
        return cell;
    };
    let before = cell[..colon].trim_end_matches(|c: char| c.is_ascii_digit());
    match before.strip_suffix([' ', 'T', 't']) {
        Some(day) => day.trim_end_matches([' ', ',']),
        None => cell,
    }
}

fn compact(day: &str) -> Option<Day> {
    let number = |range: std::ops::Range<usize>| day[range].parse::<u32>().ok();
    let is_day = |month: u32, day: u32| (1..=12).contains(&month) && (1..=31).contains(&day);
    let first = number(0..4)?;
    let last = number(4..8)?;
    let year = if is_year(first) && is_day(number(4..6)?, number(6..8)?) {
        first
    } else if is_year(last)
        && (is_day(number(2..4)?, number(0..2)?) || is_day(number(0..2)?, number(2..4)?))
    {
        last
    } else {
        return None;
    };
    Some(Day {
        year: u16::try_from(year).ok()?,
        is_compact: true,
    })
}

fn part(word: &str) -> Option<Part> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=4).contains(&digits) {
        let is_plain = matches!(&word[digits..], "" | "st" | "nd" | "rd" | "th" | "er");
        return is_plain.then(|| Part::Number(word[..digits].parse().unwrap_or(0), digits));
    }
    let is_month = (3..=11).contains(&word.len())
        && fold(word)
            .get(..3)
            .is_some_and(|start| MONTHS.split(' ').any(|month| month == start));
    is_month.then_some(Part::Month)
}

fn is_year(year: u32) -> bool {
    (1900..=2099).contains(&year)
}

fn year_of(parts: [Part; 3]) -> Option<u32> {
    use Part::{Month, Number};
    let in_month = |a: u32, b: u32| {
        let is = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
        is(a, b) || is(b, a)
    };
    let year = match parts {
        [Number(year, 4), Number(a, ..=2), Number(b, ..=2)] if in_month(a, b) => year,
        [Number(a, ..=2), Number(b, ..=2), Number(year, 4)] if in_month(a, b) => year,
        [Number(a, ..=2), Number(b, ..=2), Number(year, 2)] if in_month(a, b) => of_century(year),
        [Number(year, 2), Number(a, 2), Number(b, 2)] if year > 31 && in_month(a, b) => 1900 + year,
        [Number(day, ..=2), Month, Number(year, digits @ (2 | 4))]
        | [Month, Number(day, ..=2), Number(year, digits @ (2 | 4))]
        | [Number(year, digits @ 4), Month, Number(day, ..=2)]
            if (1..=31).contains(&day) =>
        {
            if digits == 2 {
                of_century(year)
            } else {
                year
            }
        }
        _ => return None,
    };
    is_year(year).then_some(year)
}

/// Two digits of a year: nobody is treated after 2030 yet.
fn of_century(year: u32) -> u32 {
    if year > 30 { 1900 + year } else { 2000 + year }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_many_forms() {
        for cell in [
            "1984-05-17",
            "1984-05-17 00:00:00",
            "1984-05-17T00:00:00Z",
            "1984-05-17T00:00:00.000000+01:00",
            "1984/5/17",
            "17.05.1984",
            "17.5.84",
            "5/17/1984",
            "17-MAY-1984",
            "17 May 1984",
            "May 17, 1984",
            "May 17th, 1984 3:07:09 PM",
            "17. Mai 1984",
            "17 de mayo de 1984",
            "17 août 1984",
            "17 mrt 1984",
            "19840517",
            "17051984",
        ] {
            assert_eq!(day_of(cell).map(|day| day.year), Some(1984), "{cell}");
        }
        for cell in [
            "10.1.2.3",
            "19841317",
            "1984",
            "3.75",
            "T07-12-03",
            "45.12.1984",
            "17-ABC-1984",
            "00:17:05",
            "1980-1989",
        ] {
            assert_eq!(day_of(cell), None, "{cell}");
        }
    }
}
