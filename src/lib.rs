//! How strongly does the therapeutic alliance go with outcome, by modality?
pub mod cli;
pub mod commands;
pub mod features;
pub mod findings;
pub mod intake;
pub mod questions;
pub mod report;
pub mod simulation;
pub mod stats;
pub mod study;
