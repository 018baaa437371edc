//! Parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    alliance::commands::run(alliance::cli::Cli::parse())
}
