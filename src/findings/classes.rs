//! Which classes of the same clients may be counted beside each other.
//!
//! **Question.** Improved, recovered, unrepaired: may the number of clients in a class be shown when
//! those of other classes are?
//! **Method.** A class is shown when it, and all that follow from it and one class shown before by
//! subtraction (what one has beyond the other where they are nested, what two classes leave of the
//! whole where they share nobody), holds nobody or at least the minimum cell.
//! What three classes that share nobody leave of the whole counts as shown with them.
//! **Not.** What follows in other ways from three classes or more, and from other reports.
//! **Sources.** Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.

/// Classes of one set of clients, those that may be shown so far.
#[derive(Clone, Debug)]
pub struct Classes {
    minimum: u64,
    /// One entry per class, in it one per client.
    shown: Vec<Vec<bool>>,
}

impl Classes {
    /// Of so many clients, all of them counted in public.
    pub fn of(clients: usize, minimum: u64) -> Classes {
        Classes {
            minimum,
            shown: vec![vec![true; clients]],
        }
    }

    /// The number of clients in a class, if it may be shown; from then on it counts as shown.
    /// `class` has one entry per client.
    pub fn release(&mut self, class: &[bool]) -> Option<u64> {
        if !self.is_safe(class) {
            return None;
        }
        // What it and another class that shares nobody with it leave of the whole follows from the two.
        let rests: Vec<Vec<bool>> = self
            .shown
            .iter()
            .filter(|other| !class.iter().zip(*other).any(|(a, b)| *a && *b))
            .map(|other| class.iter().zip(other).map(|(a, b)| !a && !b).collect())
            .filter(|rest: &Vec<bool>| rest.contains(&true) && !self.shown.contains(rest))
            .collect();
        if !rests.iter().all(|rest| self.is_safe(rest)) {
            return None;
        }
        self.shown.push(class.to_vec());
        self.shown.extend(rests);
        Some(class.iter().filter(|held| **held).count() as u64)
    }

    /// Do neither the class nor what follows from it and one that is shown tell of a few?
    fn is_safe(&self, class: &[bool]) -> bool {
        let count = |of: &dyn Fn(usize) -> bool| (0..class.len()).filter(|i| of(*i)).count() as u64;
        let is_small = |n: u64| n > 0 && n < self.minimum;
        let size = count(&|i| class[i]);
        let is_safe_beside = |other: &Vec<bool>| {
            let beyond = count(&|i| class[i] && !other[i]);
            let missing = count(&|i| other[i] && !class[i]);
            let neither = count(&|i| !class[i] && !other[i]);
            let are_nested = beyond == 0 || missing == 0;
            let are_apart = beyond == size;
            !(are_nested && (is_small(beyond) || is_small(missing))
                || are_apart && is_small(neither))
        };
        !is_small(size) && self.shown.iter().all(is_safe_beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(of: std::ops::Range<usize>) -> Vec<bool> {
        (0..100).map(|i| of.contains(&i)).collect()
    }

    #[test]
    fn a_class_is_hidden_with_what_would_give_it_away() {
        let mut classes = Classes::of(100, 5);
        assert_eq!(classes.release(&class(0..40)), Some(40));
        assert_eq!(classes.release(&class(40..43)), None, "three clients");
        assert_eq!(classes.release(&class(43..100)), None, "all but 40 and 3");
        assert_eq!(classes.release(&class(0..38)), None, "40 − 38 = 2");
        assert_eq!(classes.release(&class(0..0)), Some(0), "nobody is nobody");
        assert_eq!(classes.release(&class(0..40)), Some(40), "the same again");
        assert_eq!(
            classes.release(&class(30..60)),
            Some(30),
            "overlapping classes cannot be subtracted"
        );
    }

    #[test]
    fn what_three_classes_leave_is_held_against_others() {
        // Under one rule 0..40 improved and 50..100 stayed; 40..50 got worse. Under another 40..48 did.
        let mut classes = Classes::of(100, 5);
        assert_eq!(classes.release(&class(0..40)), Some(40));
        assert_eq!(classes.release(&class(50..100)), Some(50));
        assert_eq!(classes.release(&class(40..48)), None, "10 − 8 = 2");
        let mut classes = Classes::of(100, 5);
        assert_eq!(classes.release(&class(40..48)), Some(8));
        assert_eq!(classes.release(&class(0..40)), Some(40));
        assert_eq!(classes.release(&class(50..100)), None, "10 − 8 = 2");
    }

    #[test]
    fn almost_everybody_is_hidden() {
        let mut classes = Classes::of(100, 5);
        assert_eq!(classes.release(&class(0..97)), None);
        assert_eq!(classes.release(&class(0..95)), Some(95));
    }
}
