//! Every test in one program: a program of its own per file would link polars as often.

mod age_of_data;
mod asked_scores;
mod both_questionnaires;
mod build;
mod changing_files;
mod commands;
mod effect_rows;
mod effects;
mod faults;
mod figures;
mod findings;
mod first_bytes;
mod floors;
mod fuzz;
#[cfg(unix)]
mod interrupted;
mod labels;
mod meta;
mod mixed;
mod mixed_models;
mod notices;
mod parquet;
mod personal;
#[cfg(unix)]
mod pipes;
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
mod ways_out;
mod words;
