//! The ground floor against outside witnesses: R, 60-digit arithmetic, laws, and simulated truth.

mod bootstrap;
mod coverage;
mod distributions;
mod laws;
mod reference;
