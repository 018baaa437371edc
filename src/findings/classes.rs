//! Which classes of the same clients may be counted beside each other.
//!
//! **Question.** Improved, recovered, unrepaired: may the number of clients in a class be shown when
//! those of other classes are?
//! **Method.** A class is shown when it, and all that follow from it and one class shown before by
//! subtraction (what one has beyond the other where they are nested, what two classes leave of the
//! whole where they share nobody), holds nobody or at least the minimum cell.
//! What three classes that share nobody leave of the whole counts as shown with them.
//! There may be several wholes, such as those with one questionnaire and those with two: what a class leaves of
//! its whole is held against the classes of the others too.
//! Beside the last report the same is asked of how much each class grew since.
//! **Not.** What follows in other ways from three classes or more. How many the wholes are: the numbers of
//! clients that stand with every estimate tell it.
//! **Sources.** Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.

use super::earlier::Earlier;

/// Classes of the same clients, those that may be shown so far.
#[derive(Clone, Debug)]
pub struct Classes<'a> {
    minimum: u64,
    earlier: &'a Earlier,
    wholes: Vec<Whole>,
    /// The wholes, and what one has beyond another.
    public: Vec<Vec<bool>>,
    shown: Vec<Class>,
}

/// Clients whose number is public.
#[derive(Clone, Debug)]
struct Whole {
    /// One entry per client.
    holds: Vec<bool>,
    /// As many as the last report counted, where it did.
    before: Option<u64>,
}

/// A class that may be shown.
#[derive(Clone, Debug)]
struct Class {
    /// Of its estimate; empty where it follows from two others.
    id: String,
    /// One entry per client.
    holds: Vec<bool>,
}

/// A class, or what it leaves of a whole.
struct Side {
    holds: Vec<bool>,
    /// The whole it is what is left of.
    rest_of: Option<usize>,
}

impl<'a> Classes<'a> {
    /// Of the clients of a whole, all of them counted in public; `before` as many as the last report counted.
    /// `whole` has one entry per client, as every class has.
    pub fn of(
        whole: Vec<bool>,
        before: Option<u64>,
        minimum: u64,
        earlier: &'a Earlier,
    ) -> Classes<'a> {
        let classes = Classes {
            minimum,
            earlier,
            wholes: Vec::new(),
            public: Vec::new(),
            shown: Vec::new(),
        };
        classes.and(whole, before)
    }

    /// The same with another whole that is counted in public.
    pub fn and(mut self, whole: Vec<bool>, before: Option<u64>) -> Classes<'a> {
        self.shown.push(Class {
            id: String::new(),
            holds: whole.clone(),
        });
        for other in &self.wholes {
            let beyond = |a: &[bool], b: &[bool]| both(a, b, |a, b| a && !b);
            self.public.push(beyond(&whole, &other.holds));
            self.public.push(beyond(&other.holds, &whole));
        }
        self.public.push(whole.clone());
        self.wholes.push(Whole {
            holds: whole,
            before,
        });
        self
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
        // What it and another class that shares nobody with it leave of a whole follows from the two.
        let mut rests: Vec<Class> = Vec::new();
        for (whole, other) in self.wholes.iter().flat_map(|whole| {
            let shown = self.shown.iter();
            shown.map(move |other| (&whole.holds, other))
        }) {
            let is_pair = is_within(&class.holds, whole)
                && is_within(&other.holds, whole)
                && !both(&class.holds, &other.holds, |a, b| a && b).contains(&true);
            let taken = both(&class.holds, &other.holds, |a, b| a || b);
            let holds = both(whole, &taken, |all, taken| all && !taken);
            let is_new = || {
                let known = self.shown.iter().chain(&rests);
                let mut known = known;
                let mut is_known = || known.any(|known| known.holds == holds);
                holds.contains(&true) && !self.public.contains(&holds) && !is_known()
            };
            if is_pair && is_new() {
                rests.push(Class {
                    id: String::new(),
                    holds,
                });
            }
        }
        if !rests.iter().all(|rest| self.is_safe(rest)) {
            return None;
        }
        let size = size(&class.holds);
        self.shown.push(class);
        self.shown.extend(rests);
        Some(size)
    }

    /// Do neither the class nor what follows from it and one that is shown tell of a few, now or since the last
    /// report?
    fn is_safe(&self, class: &Class) -> bool {
        let size = size(&class.holds);
        let number = self.earlier.numbers.get(&class.id);
        let own = number.and_then(|last| last.count);
        if self.is_few(size) || own.is_some_and(|before| self.is_few(size.abs_diff(before))) {
            return false;
        }
        let sides = self.sides(class);
        self.shown.iter().all(|other| {
            let before = self.earlier.counts_of(&class.id, &other.id);
            let others = self.sides(other);
            let pairs = sides
                .iter()
                .flat_map(|a| others.iter().map(move |b| (a, b)));
            // What two classes leave of one whole differs as they do themselves.
            pairs
                .filter(|(a, b)| a.rest_of.is_none() || a.rest_of != b.rest_of)
                .all(|(a, b)| !self.tells_of_few(a, b, &before))
        })
    }

    /// Does one of two sets lie within the other, with few more in that, now or by how it grew? `before` are the
    /// numbers of clients that their classes counted in earlier reports.
    fn tells_of_few(&self, a: &Side, b: &Side, before: &[(u64, u64)]) -> bool {
        let are_nested = is_within(&a.holds, &b.holds) || is_within(&b.holds, &a.holds);
        let is_public = |side: &Side| size(&side.holds) == 0 || self.public.contains(&side.holds);
        if !are_nested || is_public(a) && is_public(b) {
            return false;
        }
        let (now_a, now_b) = (size(&a.holds), size(&b.holds));
        let grew_apart = |(of_a, of_b): &(u64, u64)| {
            let before = self.before(a, *of_a).zip(self.before(b, *of_b));
            before.is_some_and(|(before_a, before_b)| {
                let apart = (now_a as i64 - before_a) - (now_b as i64 - before_b);
                self.is_few(apart.unsigned_abs())
            })
        };
        self.is_few(now_a.abs_diff(now_b)) || before.iter().any(grew_apart)
    }

    fn is_few(&self, clients: u64) -> bool {
        clients > 0 && clients < self.minimum
    }

    /// A class, and what it leaves of each whole that it is part of.
    fn sides(&self, class: &Class) -> Vec<Side> {
        let own = Side {
            holds: class.holds.clone(),
            rest_of: None,
        };
        let wholes = self.wholes.iter().enumerate();
        let rests = wholes
            .filter(|(_, whole)| is_within(&class.holds, &whole.holds))
            .map(|(at, whole)| Side {
                holds: both(&whole.holds, &class.holds, |all, held| all && !held),
                rest_of: Some(at),
            });
        [own].into_iter().chain(rests).collect()
    }

    /// The clients of a side when its class counted so many.
    fn before(&self, side: &Side, class: u64) -> Option<i64> {
        match side.rest_of {
            None => Some(class as i64),
            Some(whole) => Some(self.wholes[whole].before? as i64 - class as i64),
        }
    }
}

fn both(a: &[bool], b: &[bool], is: impl Fn(bool, bool) -> bool) -> Vec<bool> {
    a.iter().zip(b).map(|(a, b)| is(*a, *b)).collect()
}

fn size(holds: &[bool]) -> u64 {
    holds.iter().filter(|held| **held).count() as u64
}

fn is_within(inner: &[bool], outer: &[bool]) -> bool {
    inner
        .iter()
        .zip(outer)
        .all(|(inner, outer)| *outer || !*inner)
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
        let mut classes = Classes::of(vec![true; 100], None, 5, &none);
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
        let mut classes = Classes::of(vec![true; 100], None, 5, &none);
        assert_eq!(classes.release("", &class(0..40)), Some(40));
        assert_eq!(classes.release("", &class(50..100)), Some(50));
        assert_eq!(classes.release("", &class(40..48)), None, "10 − 8 = 2");
        let mut classes = Classes::of(vec![true; 100], None, 5, &none);
        assert_eq!(classes.release("", &class(40..48)), Some(8));
        assert_eq!(classes.release("", &class(0..40)), Some(40));
        assert_eq!(classes.release("", &class(50..100)), None, "10 − 8 = 2");
    }

    #[test]
    fn what_a_class_leaves_of_one_whole_is_held_against_those_of_another() {
        // All hundred answered one questionnaire, 98 of them another too: the first two did not.
        let none = Earlier::default();
        let wholes = || Classes::of(class(0..100), None, 5, &none).and(class(2..100), None);
        let mut classes = wholes();
        assert_eq!(classes.release("", &class(0..40)), Some(40));
        assert_eq!(
            classes.release("", &class(2..40)),
            None,
            "two of the 40 lack the other questionnaire"
        );
        assert_eq!(classes.release("", &class(2..60)), Some(58));
        let mut classes = wholes();
        assert_eq!(classes.release("", &class(0..40)), Some(40));
        assert_eq!(
            classes.release("", &class(2..42)),
            None,
            "60 of the hundred less 58 of the 98 are two"
        );
        let mut classes = wholes();
        assert_eq!(
            classes.release("", &class(2..100)),
            Some(98),
            "how many the whole is, is public"
        );
        assert_eq!(classes.release("", &class(0..0)), Some(0));
        let mut classes = wholes();
        assert_eq!(classes.release("", &class(2..40)), Some(38));
        assert_eq!(
            classes.release("", &class(43..100)),
            None,
            "98 less 38 and 57 are three"
        );
    }

    #[test]
    fn what_a_class_leaves_of_its_whole_must_not_grow_beside_another_whole() {
        let last = shown(&[("alone", 40), ("both", 40)]);
        let mut classes =
            Classes::of(class(0..100), Some(90), 5, &last).and(class(10..100), Some(80));
        assert_eq!(classes.release("alone", &class(0..45)), Some(45), "5 more");
        assert_eq!(
            classes.release("both", &class(10..60)),
            Some(50),
            "10 more, and nobody more beside it"
        );
        let last = shown(&[("alone", 40), ("both", 44)]);
        let mut classes =
            Classes::of(class(0..100), Some(90), 5, &last).and(class(10..100), Some(80));
        assert_eq!(classes.release("alone", &class(0..45)), Some(45), "5 more");
        assert_eq!(
            classes.release("both", &class(10..60)),
            None,
            "5 more beside the one, 4 beside the other"
        );
        let last = shown(&[("alone", 48), ("both", 30)]);
        let mut classes =
            Classes::of(class(0..100), Some(95), 5, &last).and(class(10..100), Some(80));
        assert_eq!(classes.release("alone", &class(0..60)), Some(60), "12 more");
        assert_eq!(
            classes.release("both", &class(10..50)),
            None,
            "10 more, and 2 beyond it"
        );
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
        let mut classes = Classes::of(vec![true; 100], Some(80), 5, &last);
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
        let mut classes = Classes::of(vec![true; 100], None, 5, &last);
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
        let mut classes = Classes::of(vec![true; 100], None, 5, &none);
        assert_eq!(classes.release("", &class(0..97)), None);
        assert_eq!(classes.release("", &class(0..95)), Some(95));
    }
}
