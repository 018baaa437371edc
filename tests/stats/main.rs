//! The ground floor against outside witnesses: R, 60-digit arithmetic, laws, and simulated truth.

mod bootstrap;
mod change;
mod comparison;
mod consistency;
mod coverage;
mod distributions;
mod laws;
mod read;
mod reference;
mod regression;
mod ruptures;
