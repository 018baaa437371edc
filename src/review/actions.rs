//! What is to be done: agreed by a meeting, kept by the clinic in a file, carried over until done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to be done, by whom and until when. Empty where the meeting fills it in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    pub text: String,
    pub owner: String,
    /// `YYYY-MM-DD`, or empty.
    pub due: String,
    /// `open`, `begun` or `done`.
    pub state: String,
    /// Was it in the last review?
    #[serde(default)]
    pub carried_over: bool,
}

/// The state of an action that the last review has as not done and the clinic's file does not have; said once.
const NOT_IN_THE_FILE: &str = "no longer in the file";
/// Empty lines for the meeting.
const EMPTY: usize = 3;

impl Action {
    /// An action as the clinic's file has it; without a state it is open.
    pub fn kept(text: String, owner: String, due: String, state: String) -> Action {
        let state = if state.is_empty() {
            "open".into()
        } else {
            state
        };
        Action {
            text,
            owner,
            due,
            state,
            carried_over: false,
        }
    }

    fn is_done(&self) -> bool {
        self.state.eq_ignore_ascii_case("done")
    }

    /// What is to be done, and whether it was in the last review.
    pub(super) fn in_words(&self) -> String {
        let carried_over = if self.carried_over {
            " (carried over)"
        } else {
            ""
        };
        format!("{}{carried_over}", self.text)
    }

    /// How it stands on the day of the review; an action that is due earlier and not done is overdue.
    pub(super) fn standing(&self, on: Option<&str>) -> String {
        let is_overdue = !self.is_done()
            && self.state != NOT_IN_THE_FILE
            && !self.due.is_empty()
            && on > Some(self.due.as_str());
        match (is_overdue, self.state.as_str()) {
            (false, state) => state.to_owned(),
            (true, "") => "overdue".into(),
            (true, state) => format!("{state}, overdue"),
        }
    }
}

/// The actions of a review: those of the clinic's file, or of the last review where there is no file,
/// then empty lines. What is done is named once more where the last review has it as not done.
pub(super) fn actions(kept: Option<Vec<Action>>, last: &[Action]) -> Vec<Action> {
    let was_open = |action: &Action| last.iter().any(|l| l.text == action.text && !l.is_done());
    let mut actions: Vec<Action> = match kept {
        Some(mut actions) => {
            for action in &mut actions {
                action.carried_over = was_open(action);
            }
            // What was open and is no longer in the file is not lost: somebody must say what became of it.
            let gone: Vec<Action> = last
                .iter()
                .filter(|l| !l.text.is_empty() && !l.is_done())
                .filter(|l| actions.iter().all(|action| action.text != l.text))
                .map(|l| Action {
                    state: NOT_IN_THE_FILE.into(),
                    carried_over: true,
                    ..l.clone()
                })
                .filter(|gone| {
                    last.iter()
                        .all(|l| l.text != gone.text || l.state != NOT_IN_THE_FILE)
                })
                .collect();
            actions.retain(|action| action.carried_over || !action.is_done());
            actions.extend(gone);
            actions
        }
        None => last
            .iter()
            .filter(|action| !action.text.is_empty() && !action.is_done())
            .map(|action| Action {
                carried_over: true,
                ..action.clone()
            })
            .collect(),
    };
    actions.extend(std::iter::repeat_n(Action::default(), EMPTY));
    actions
}
