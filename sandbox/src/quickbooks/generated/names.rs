//! Names without end, no two the same, and each of them tells the number that it was made from: whether a name is
//! taken is known without looking through a million of them.

use super::{
    mix::{PAIRS, mixed, shuffled, unshuffled},
    styles::{PEOPLE, Style, THINGS},
};
use crate::quickbooks::folding::fold;

/// All names of one kind in one company.
pub(super) struct Names {
    seed: u64,
    styles: &'static [Style],
}

/// Names that there are of one kind: two for every word.
pub(super) const NAMES: u32 = PAIRS * 2;

impl Names {
    pub(super) fn of_people(seed: u64) -> Self {
        Self { seed, styles: PEOPLE }
    }

    pub(super) fn of_things(seed: u64) -> Self {
        Self { seed, styles: THINGS }
    }

    /// The nth name, below `NAMES`. Twins have neighbouring numbers.
    pub(super) fn name(&self, n: u32) -> String {
        let style = self.style(n / 2);
        let (before, after) = style.twins[usize::from(n % 2 == 1)];
        let word = self.word(n);
        [before, &word, after].concat()
    }

    /// The invented word in the nth name.
    pub(super) fn word(&self, n: u32) -> String {
        self.style(n / 2).script.word(shuffled(self.seed, n / 2))
    }

    /// The number of a folded name, if it is one of these.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        let candidates = self.styles.iter().flat_map(|style| {
            style.twins.iter().zip(0..).map(move |((before, after), twin)| (style, before, after, twin))
        });
        candidates.into_iter().find_map(|(style, before, after, twin)| {
            let rest = name.strip_prefix(fold(before).as_str())?;
            let word = rest.strip_suffix(fold(after).as_str())?;
            let n = unshuffled(self.seed, style.script.number(word)?) * 2 + twin;
            (fold(&self.name(n)) == name).then_some(n)
        })
    }

    fn style(&self, pair: u32) -> &'static Style {
        let chance = mixed(self.seed ^ (u64::from(pair) << 32));
        &self.styles[usize::try_from(chance).unwrap_or_default() % self.styles.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_names_are_the_same() {
        for names in [Names::of_people(1), Names::of_things(1)] {
            let different: HashSet<String> = (0..40_000).map(|n| fold(&names.name(n))).collect();
            assert_eq!(different.len(), 40_000);
        }
    }

    #[test]
    fn every_name_tells_its_number() {
        for names in [Names::of_people(9), Names::of_things(9)] {
            for n in (0..NAMES).step_by(2503).chain([NAMES - 1]) {
                let name = names.name(n);
                assert_eq!(names.number(&fold(&name)), Some(n), "{name}");
            }
            assert_eq!(names.number("nobody at all"), None);
        }
    }

    #[test]
    fn names_keep_to_the_lengths_of_quickbooks() {
        let longest = |names: Names| (0..4000).map(|n| names.name(n).chars().count()).max();
        assert!(longest(Names::of_people(1)).is_some_and(|most| (450..=500).contains(&most)));
        assert!(longest(Names::of_things(1)).is_some_and(|most| (90..=100).contains(&most)));
    }

    #[test]
    fn every_kind_of_trouble_is_among_them() {
        let names = Names::of_people(1);
        let all: Vec<String> = (0..4000).map(|n| names.name(n)).collect();
        for part in
            ["'", "’", "é", "е", "شركة", "בע", "<script>", "=cmd|", "@SUM", "+44", "株式会社", "\u{202e}"]
        {
            assert!(all.iter().any(|name| name.contains(part)), "{part}");
        }
        assert!(all.iter().all(|name| !name.contains(':') && name.trim() == name));
    }
}
