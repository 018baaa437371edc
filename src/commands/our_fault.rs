//! A fault of the program: what its user is told, and what to send.
//!
//! A panic is a mistake of the program, never of its user, and what it says may hold a value of a row. So it is
//! not printed where it happens: its place in the source is noted, and told when nothing else has dealt with it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use clap::CommandFactory;

use crate::cli::Cli;

/// Where the last panic was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// A panic that nothing dealt with.
#[derive(Debug, PartialEq)]
pub struct OurFault {
    /// File and line of the source.
    place: String,
}

/// Notes panics from now on, instead of printing them.
pub fn listen() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| place(at.file(), at.line()));
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}

/// What `run` gives, or the panic that ended it, on whatever thread it was.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, OurFault> {
    // Nothing that a panic left half done is used after it.
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| {
        let last = PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        OurFault {
            place: last.unwrap_or_else(|| "a place that is not known".into()),
        }
    })
}

/// The place without the folders of whoever built the program.
fn place(file: &str, line: u32) -> String {
    let of_a_crate = file
        .split_once("/registry/src/")
        .and_then(|(_, inside)| inside.split_once('/'));
    let file = of_a_crate.map_or(file, |(_, inside)| inside);
    format!("{file}:{line}")
}

/// The command that was given, without the names of files.
fn verb() -> String {
    let known = Cli::command();
    let is_known = |word: &String| known.find_subcommand(word).is_some();
    let words = std::env::args_os().filter_map(|word| word.into_string().ok());
    words.skip(1).find(is_known).unwrap_or_default()
}

impl OurFault {
    /// What to send: nothing of the data.
    fn to_send(&self) -> String {
        format!(
            "alliance {} ({} {}), alliance {}, {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
            verb(),
            self.place
        )
    }

    pub fn as_json(&self) -> serde_json::Value {
        serde_json::json!({ "status": "our_fault", "message": SORRY, "send": self.to_send() })
    }
}

const SORRY: &str = "the program itself failed. This is our fault, and not one of your files or settings. A report is put in place only when it is complete: the last one is untouched";

impl fmt::Display for OurFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "alliance: {SORRY}.\n  hint: send this line to those who maintain the program; it holds nothing of your data:\n        {}",
            self.to_send()
        )
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    /// Set in the process of its own that is let panic.
    const LET_PANIC: &str = "LET_A_TEST_PANIC";

    #[test]
    fn a_panic_becomes_our_fault_on_any_thread() {
        assert_eq!(caught(|| 7), Ok(7));
        let on_another = || -> u32 {
            let numbers = [1, 2, 3].par_iter();
            numbers
                .map(|n| if *n == 2 { panic!("Mary Smith") } else { *n })
                .sum()
        };
        let fault = caught(on_another).expect_err("it panics");
        assert!(!fault.to_string().contains("Mary"), "{fault}");
        assert!(!fault.as_json().to_string().contains("Mary"));
        assert!(
            fault.to_string().contains(env!("CARGO_PKG_VERSION")),
            "{fault}"
        );
    }

    #[test]
    fn a_place_does_not_tell_who_built_the_program() {
        let file = "/home/mary/.cargo/registry/src/index.crates.io-19/csv-1.4.0/src/reader.rs";
        assert_eq!(place(file, 12), "csv-1.4.0/src/reader.rs:12");
        assert_eq!(place("src/report/mod.rs", 3), "src/report/mod.rs:3");
    }

    #[test]
    fn only_the_outer_boundary_speaks() {
        if std::env::var_os(LET_PANIC).is_some() {
            listen();
            // Whoever expects a panic deals with it, and nobody hears of it.
            assert!(catch_unwind(|| panic!("of a reader")).is_err());
            let fault = caught(|| [0u8; 0].first().map(|_| ()).expect("Mary Smith"));
            eprintln!("{}", fault.expect_err("it panics"));
            return;
        }
        let program = std::env::current_exe().expect("a test is a program");
        let name = "commands::our_fault::tests::only_the_outer_boundary_speaks";
        let run = std::process::Command::new(program)
            .args([name, "--exact", "--nocapture"])
            .env(LET_PANIC, "1")
            .output()
            .expect("it can be run again");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{said}");
        assert_eq!(said.matches("our fault").count(), 1, "{said}");
        assert!(said.contains("our_fault.rs:"), "{said}");
        for unsaid in ["Mary", "of a reader", "panicked"] {
            assert!(!said.contains(unsaid), "{said}");
        }
    }
}
