//! Which classes of the same clients may be counted beside each other.
//!
//! **Question.** Improved, recovered, unrepaired: may the number of clients in a class be shown when
//! those of other classes are?
//! **Method.** A class is shown when it, and all that follow from it and one class shown before by
//! subtraction (what one has beyond the other where they are nested, what two classes leave of the
//! whole where they share nobody), holds nobody or at least the minimum cell.
//! What three classes that share nobody leave of the whole counts as shown with them.
//! Beside the last report the same is asked of how much each class grew since.
//! **Not.** What follows in other ways from three classes or more.
//! **Sources.** Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.

use super::earlier::Earlier;

/// Classes of one set of clients, those that may be shown so far.
#[derive(Clone, Debug)]
pub struct Classes<'a> {
    minimum: u64,
    earlier: &'a Earlier,
    /// By how many more all clients are than in the last report, where that counted them.
    growth: Option<i64>,
    shown: Vec<Class>,
}

/// A class that may be shown.
#[derive(Clone, Debug)]
struct Class {
    /// Of its estimate; empty where it follows from two others.
    id: String,
    /// One entry per client.
    holds: Vec<bool>,
}

impl<'a> Classes<'a> {
    /// Of so many clients, all of them counted in public; `before` as many as the last report counted.
    pub fn of(
        clients: usize,
        before: Option<u64>,
        minimum: u64,
        earlier: &'a Earlier,
    ) -> Classes<'a> {
        Classes {
            minimum,
            earlier,
            growth: before.map(|before| clients as i64 - before as i64),
            shown: vec![Class {
                id: String::new(),
                holds: vec![true; clients],
            }],
        }
    }

    /// The number of clients in the class of an estimate, if it may be shown; from then on it counts as shown.
    /// `class` has one entry per client.
    pub fn release(&mut self, id: &str, class: &[bool]) -> Option<u64> {
        let class = Class {
            id: id.into(),
            holds: class.to_vec(),
        };
        if !self.is_safe(&class) {
            return None;
        }
        // What it and another class that shares nobody with it leave of the whole follows from the two.
        let pair = |other: &Class, is: fn(bool, bool) -> bool| -> Vec<bool> {
            let both = class.holds.iter().zip(&other.holds);
            both.map(|(a, b)| is(*a, *b)).collect()
        };
        let rests: Vec<Class> = self
            .shown
            .iter()
            .filter(|other| !pair(other, |a, b| a && b).contains(&true))
            .map(|other| Class {
                id: String::new(),
                holds: pair(other, |a, b| !a && !b),
            })
            .filter(|rest| rest.holds.contains(&true))
            .filter(|rest| self.shown.iter().all(|shown| shown.holds != rest.holds))
            .collect();
        if !rests.iter().all(|rest| self.is_safe(rest)) {
            return None;
        }
        let size = class.size();
        self.shown.push(class);
        self.shown.extend(rests);
        Some(size)
    }

    /// Do neither the class nor what follows from it and one that is shown tell of a few, now or since the last
    /// report?
    fn is_safe(&self, class: &Class) -> bool {
        let holds = &class.holds;
        let count = |of: &dyn Fn(usize) -> bool| (0..holds.len()).filter(|i| of(*i)).count() as u64;
        let is_small = |n: u64| n > 0 && n < self.minimum;
        let size = class.size();
        let number = self.earlier.numbers.get(&class.id);
        let own = number.and_then(|last| last.count);
        let grew_by_few = |now: i64, before: i64| is_small(now.abs_diff(before));
        if is_small(size) || own.is_some_and(|before| grew_by_few(size as i64, before as i64)) {
            return false;
        }
        self.shown.iter().all(|other| {
            let beyond = count(&|i| holds[i] && !other.holds[i]);
            let missing = count(&|i| other.holds[i] && !holds[i]);
            let neither = count(&|i| !holds[i] && !other.holds[i]);
            let are_nested = beyond == 0 || missing == 0;
            let are_apart = beyond == size;
            let of_other = other.size() as i64;
            let before = self.earlier.counts_of(&class.id, &other.id);
            let tells = |(own, of_before): &(u64, u64)| {
                let (own, of_before) = (*own as i64, *of_before as i64);
                let more = (size as i64 - own, of_other - of_before);
                are_nested && grew_by_few(more.0, more.1)
                    || are_apart
                        && self
                            .growth
                            .is_some_and(|whole| grew_by_few(whole, more.0 + more.1))
            };
            !(are_nested && (is_small(beyond) || is_small(missing))
                || are_apart && is_small(neither)
                || before.iter().any(tells))
        })
    }
}

impl Class {
    fn size(&self) -> u64 {
        self.holds.iter().filter(|held| **held).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::earlier::Number;

    fn class(of: std::ops::Range<usize>) -> Vec<bool> {
        (0..100).map(|i| of.contains(&i)).collect()
    }

    #[test]
    fn a_class_is_hidden_with_what_would_give_it_away() {
        let none = Earlier::default();
        let mut classes = Classes::of(100, None, 5, &none);
        assert_eq!(classes.release("", &class(0..40)), Some(40));
        assert_eq!(classes.release("", &class(40..43)), None, "three clients");
        assert_eq!(
            classes.release("", &class(43..100)),
            None,
            "all but 40 and 3"
        );
        assert_eq!(classes.release("", &class(0..38)), None, "40 − 38 = 2");
        assert_eq!(
            classes.release("", &class(0..0)),
            Some(0),
            "nobody is nobody"
        );
        assert_eq!(
            classes.release("", &class(0..40)),
            Some(40),
            "the same again"
        );
        assert_eq!(
            classes.release("", &class(30..60)),
            Some(30),
            "overlapping classes cannot be subtracted"
        );
    }

    #[test]
    fn what_three_classes_leave_is_held_against_others() {
        // Under one rule 0..40 improved and 50..100 stayed; 40..50 got worse. Under another 40..48 did.
        let none = Earlier::default();
        let mut classes = Classes::of(100, None, 5, &none);
        assert_eq!(classes.release("", &class(0..40)), Some(40));
        assert_eq!(classes.release("", &class(50..100)), Some(50));
        assert_eq!(classes.release("", &class(40..48)), None, "10 − 8 = 2");
        let mut classes = Classes::of(100, None, 5, &none);
        assert_eq!(classes.release("", &class(40..48)), Some(8));
        assert_eq!(classes.release("", &class(0..40)), Some(40));
        assert_eq!(classes.release("", &class(50..100)), None, "10 − 8 = 2");
    }

    fn shown(counts: &[(&str, u64)]) -> Earlier {
        let number = |n: u64| Number {
            count: Some(n),
            ..Number::default()
        };
        let numbers = counts.iter();
        Earlier {
            numbers: numbers
                .map(|(id, n)| ((*id).to_owned(), number(*n)))
                .collect(),
            ..Earlier::default()
        }
    }

    #[test]
    fn what_grew_by_a_few_follows_from_no_two_classes() {
        let last = shown(&[("a", 30), ("b", 48), ("c", 28), ("d", 22)]);
        let mut classes = Classes::of(100, Some(80), 5, &last);
        assert_eq!(classes.release("a", &class(0..40)), Some(40), "10 more");
        assert_eq!(
            classes.release("b", &class(0..60)),
            None,
            "12 more, 2 of them beyond a"
        );
        assert_eq!(classes.release("c", &class(60..90)), None, "2 more");
        assert_eq!(
            classes.release("d", &class(60..90)),
            None,
            "8 more, and 2 that are left"
        );
        assert_eq!(
            classes.release("e", &class(60..90)),
            Some(30),
            "not known before"
        );
    }

    #[test]
    fn a_class_that_was_hidden_is_held_against_the_others_as_they_were_then() {
        // Shown together: 48 recovered, 30 of them reliably. Since then the first was renewed alone.
        let last = shown(&[
            ("recovered", 53),
            ("reliably", 30),
            ("reliably@recovered", 48),
        ]);
        let mut classes = Classes::of(100, None, 5, &last);
        assert_eq!(
            classes.release("recovered", &class(0..60)),
            Some(60),
            "7 more"
        );
        assert_eq!(
            classes.release("reliably", &class(0..40)),
            None,
            "18 beyond it then, 20 now"
        );
        assert_eq!(
            classes.release("reliably", &class(0..37)),
            Some(37),
            "18 then, 23 now"
        );
    }

    #[test]
    fn almost_everybody_is_hidden() {
        let none = Earlier::default();
        let mut classes = Classes::of(100, None, 5, &none);
        assert_eq!(classes.release("", &class(0..97)), None);
        assert_eq!(classes.release("", &class(0..95)), Some(95));
    }
}
