//! Which classes of the same clients may be counted beside each other.
//!
//! **Question.** Improved, recovered, unrepaired: may the number of clients in a class be shown when
//! those of other classes are?
//! **Method.** A class is shown when it, and all that follow from it and one class shown before by
//! subtraction (what one has beyond the other where they are nested, what two classes leave of the
//! whole where they share nobody), holds nobody or at least the minimum cell.
//! **Not.** What follows from three classes or more, and from other reports.
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
        if is_small(size) || !self.shown.iter().all(is_safe_beside) {
            return None;
        }
        self.shown.push(class.to_vec());
        Some(size)
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
    fn almost_everybody_is_hidden() {
        let mut classes = Classes::of(100, 5);
        assert_eq!(classes.release(&class(0..97)), None);
        assert_eq!(classes.release(&class(0..95)), Some(95));
    }
}
