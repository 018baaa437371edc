//! Parse, run, exit code.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    alliance::commands::guarded(|| match alliance::cli::Cli::try_parse() {
        Ok(cli) => alliance::commands::run(cli),
        Err(message) => alliance::commands::not_run(&message),
    })
}
