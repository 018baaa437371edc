//! Codes of clients that are the same in both files but for what a spreadsheet does to them.

/// What was done to a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Done {
    /// `001` became `1`.
    Zeros,
    /// `17` became `17.0`.
    Decimals,
    /// `k17` beside `K17`.
    Case,
    /// `202412345678901` became `2.02E+14`: which it was cannot be told.
    Exponent,
}

impl Done {
    pub const ALL: [Done; 4] = [Done::Zeros, Done::Decimals, Done::Case, Done::Exponent];

    /// What is said of so many clients.
    pub fn message(self, clients: usize) -> String {
        let (who, are) = match clients {
            1 => ("1 client".to_owned(), "is"),
            n => (format!("{n} clients"), "are"),
        };
        match self {
            Done::Zeros => format!(
                "{who} {are} in both files under codes that differ by zeros in front, as 001 and 1 do"
            ),
            Done::Decimals => format!(
                "{who} {are} in both files under codes that differ by decimals, as 17 and 17.0 do"
            ),
            Done::Case => format!(
                "{who} {are} in both files under codes that differ by capital letters, as k17 and K17 do"
            ),
            Done::Exponent => format!(
                "{who} {are} under a code in the form 2.02E+14: a spreadsheet took a long number for one, and the digits are gone"
            ),
        }
    }

    pub fn hint(self) -> &'static str {
        match self {
            Done::Zeros => {
                "a spreadsheet drops zeros in front: export again and do not save from the spreadsheet, or open the file by Data > From Text/CSV with the column as text"
            }
            Done::Decimals => {
                "the column was exported as a number: export it as text, or write the codes alike in both files"
            }
            Done::Case => "write the codes alike in both files",
            Done::Exponent => {
                "export again from the system, and do not save from a spreadsheet; to look at the file, open it by Data > From Text/CSV with the column as text"
            }
        }
    }

    /// The code as it was before; nothing where this was not done to it, or where it cannot be told.
    fn undone(self, code: &str) -> Option<String> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match self {
            Done::Zeros => is_number(code).then(|| code.trim_start_matches('0').to_owned()),
            Done::Decimals => {
                let whole = code
                    .split_once(['.', ','])
                    .map_or(Some(code), |(whole, rest)| {
                        rest.bytes().all(|b| b == b'0').then_some(whole)
                    })?;
                is_number(whole).then(|| whole.to_owned())
            }
            Done::Case => Some(code.to_lowercase()),
            Done::Exponent => None,
        }
    }
}

/// Is this a long number as a spreadsheet writes it?
fn is_in_exponent_form(code: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    code.split_once(['E', 'e'])
        .is_some_and(|(mantissa, exponent)| {
            let digits = mantissa.replacen(['.', ','], "", 1);
            is_number(&digits) && exponent.strip_prefix('+').is_some_and(is_number)
        })
}

/// A long number that may have been one of those.
fn may_have_been(code: &str) -> bool {
    code.len() >= 12 && code.bytes().all(|b| b.is_ascii_digit())
}

/// Clients that are in one file only, by code and line, and what was done to the codes of some of them.
pub(super) struct Orphans<'a> {
    /// Of the sessions, and of the outcomes file.
    pub of: [Vec<(&'a str, u64)>; 2],
    /// What was done, the file and line where it is said, and to how many clients.
    pub done: Vec<(Done, usize, u64, usize)>,
}

/// Clients whose code is in exponent form in both files, and the first line of one.
pub(super) fn exponents_in_both<'a>(
    in_sessions: &[(&'a str, u64)],
    orphans: &[(&'a str, u64)],
) -> Option<(usize, u64)> {
    let lost = |clients: &[(&str, u64)]| -> (usize, Option<u64>) {
        let lost = clients.iter().filter(|(code, _)| is_in_exponent_form(code));
        (lost.clone().count(), lost.map(|(_, line)| *line).min())
    };
    let (all, line) = lost(in_sessions);
    let (orphans, _) = lost(orphans);
    (all > orphans).then_some((all - orphans, line?))
}

impl<'a> Orphans<'a> {
    /// Takes out those that have their counterpart in the other file.
    pub fn of(of: [Vec<(&'a str, u64)>; 2]) -> Orphans<'a> {
        let mut orphans = Orphans {
            of,
            done: Vec::new(),
        };
        for done in Done::ALL {
            if done == Done::Exponent {
                orphans.take_exponents();
            } else {
                orphans.take(done);
            }
        }
        orphans
    }

    fn take(&mut self, done: Done) {
        let undone = |side: &[(&str, u64)]| -> std::collections::BTreeSet<String> {
            let codes = side.iter().filter_map(|(code, _)| done.undone(code));
            codes.collect()
        };
        let [sessions, outcomes] = self.of.each_ref().map(|side| undone(side));
        let both: std::collections::BTreeSet<&String> = sessions.intersection(&outcomes).collect();
        if both.is_empty() {
            return;
        }
        let is_both = |code: &str| done.undone(code).is_some_and(|code| both.contains(&code));
        let first = self.of[0].iter().filter(|(code, _)| is_both(code));
        let line = first.map(|(_, line)| *line).min();
        self.done.push((done, 0, line.unwrap_or(1), both.len()));
        for side in &mut self.of {
            side.retain(|(code, _)| !is_both(code));
        }
    }

    fn take_exponents(&mut self) {
        for file in 0..2 {
            let other = 1 - file;
            let lines = self.of[file]
                .iter()
                .filter(|(code, _)| is_in_exponent_form(code))
                .map(|(_, line)| *line);
            let lines: Vec<u64> = lines.collect();
            let Some(line) = lines.iter().min() else {
                continue;
            };
            self.done.push((Done::Exponent, file, *line, lines.len()));
            self.of[file].retain(|(code, _)| !is_in_exponent_form(code));
            self.of[other].retain(|(code, _)| !may_have_been(code));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sessions: &[&'static str], outcomes: &[&'static str]) -> Orphans<'static> {
        let numbered =
            |codes: &[&'static str]| (2..).zip(codes).map(|(line, code)| (*code, line)).collect();
        Orphans::of([numbered(sessions), numbered(outcomes)])
    }

    #[test]
    fn what_a_spreadsheet_did_to_codes_is_told_by_kind() {
        let zeros = of(&["007", "0012", "x"], &["7", "12", "y"]);
        assert_eq!(zeros.done, [(Done::Zeros, 0, 2, 2)]);
        assert_eq!(zeros.of, [vec![("x", 4)], vec![("y", 4)]]);
        assert_eq!(of(&["17"], &["17.0"]).done, [(Done::Decimals, 0, 2, 1)]);
        assert_eq!(of(&["a", "K17"], &["k17"]).done, [(Done::Case, 0, 3, 1)]);
        let long = of(&["4.71E+13"], &["47110000000123", "47110000000124"]);
        assert_eq!(long.done, [(Done::Exponent, 0, 2, 1)]);
        assert!(long.of.iter().all(Vec::is_empty));
        let long = of(&["47110000000123"], &["4,7E+13"]);
        assert_eq!(long.done, [(Done::Exponent, 1, 2, 1)]);
    }

    #[test]
    fn codes_that_are_others_are_left_alone() {
        let others = of(&["E7", "10", "C07"], &["7", "100", "C7", "1E+"]);
        assert_eq!(others.done, []);
        assert_eq!(others.of.map(|side| side.len()), [3, 4]);
    }
}
