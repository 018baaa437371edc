//! `alliance man`: the manual page, in roff.

use anyhow::Context;
use clap::CommandFactory;

use super::Failure;
use crate::cli::Cli;

pub fn run() -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .context("cannot write the manual page")?;
    super::print(&String::from_utf8_lossy(&page))
}
