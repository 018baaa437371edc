//! `alliance man`: the manual page, in roff.

use anyhow::Context;
use clap::CommandFactory;

use super::Failure;
use crate::cli::Cli;

pub fn run() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    clap_mangen::Man::new(Cli::command())
        .render(&mut out)
        .context("cannot print the manual page")?;
    Ok(())
}
