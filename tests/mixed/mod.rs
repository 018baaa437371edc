//! Linear mixed models against lme4 and lmerTest, against closed forms, and in the corners.

mod clinic;
mod laws;
mod levels;
mod pitfalls;
mod read;
mod reference;
