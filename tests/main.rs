//! Every test in one program: a program of its own per file would link polars as often.

mod asked_scores;
mod build;
mod commands;
mod effects;
mod faults;
mod figures;
mod findings;
mod floors;
#[cfg(unix)]
mod interrupted;
mod meta;
mod mixed;
mod mixed_models;
mod pooling;
mod privacy;
mod questions;
mod recovery;
mod reference;
mod review;
mod scores_of_few;
mod shared;
mod simulation;
mod stats;
mod two_reports;
mod words;
