//! The ground floor against outside witnesses: R, 60-digit arithmetic, laws, and simulated truth.

mod bootstrap;
mod case_mix;
mod change;
mod clustered;
mod comparison;
mod consistency;
mod control_chart;
mod control_rules;
mod coverage;
mod distributions;
mod funnel_limits;
mod laws;
mod read;
mod reference;
mod regression;
mod ruptures;
