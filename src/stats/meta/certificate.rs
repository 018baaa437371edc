//! How a fit was found: part of the answer, so that nobody has to trust the search.
//! **Question.** Was the best value found, is it the boundary, and could the data have told it apart from another?
//! **Method.** What the search itself saw: evaluations, the second best optimum, the objective at the end.
//! **Not.** A test of the model: a certified optimum of a wrong model is still wrong.
//! **Sources.** Own; the cases where it matters are from simulations of problems on which Fisher scoring stops elsewhere.

/// What is known about the search behind a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certificate {
    /// What was searched or solved, in words.
    pub method: &'static str,
    /// How often the objective (or its slope) was computed; 1 for a closed form.
    pub evaluations: usize,
    /// Is a variance exactly 0 because the objective is best there?
    pub at_boundary: bool,
    /// τ² of the next best local optimum, when there is one.
    pub competing_optimum: Option<f64>,
    /// Do the data tell the parameters apart?
    pub identifiable: bool,
    /// The log-likelihood at the estimate, metafor's constant: restricted, or full for ML and a common effect.
    pub objective: f64,
}
