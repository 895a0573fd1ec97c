//! Two people saved: which of my changes meet theirs, and what becomes of each. Nothing is lost:
//! what they alone changed stays, what I alone changed stays, and where both did a person decides.

use protocol::schema::SaveConflict;
use protocol::store::Stamp;

use super::{Changes, Key, What};

/// A key that both changed, differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// What it is about.
    pub key: Key,
    /// What I want.
    pub mine: What,
    /// What they saved.
    pub theirs: What,
}

/// A conflict while a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The version there is now.
    pub version: u32,
    /// Who saved it, and when.
    pub saved: Stamp,
    /// Where both changed something, in the order of the page.
    pub clashes: Vec<Clash>,
    /// What they alone changed.
    pub theirs: Vec<(Key, What)>,
    equal: Vec<Key>,
    taken: Vec<Key>,
}

impl Merge {
    /// Compares my changes with what was saved in between.
    pub fn new(mine: &Changes, conflict: &SaveConflict) -> Self {
        let mut merge = Self {
            version: conflict.version,
            saved: conflict.saved.clone(),
            clashes: Vec::new(),
            theirs: Vec::new(),
            equal: Vec::new(),
            taken: Vec::new(),
        };
        // Several saves may have touched a key: the last of them is what stands there now.
        let theirs = Changes::of(0, &conflict.theirs);
        for (key, theirs) in theirs.iter() {
            let (key, theirs) = (key.clone(), theirs.clone());
            match mine.get(&key) {
                None => merge.theirs.push((key, theirs)),
                Some(what) if *what == theirs => merge.equal.push(key),
                Some(what) => merge.clashes.push(Clash { mine: what.clone(), key, theirs }),
            }
        }
        merge
    }

    /// What they saved, as changes.
    pub fn as_saved(&self) -> Changes {
        let mut saved = Changes::on(self.version);
        let clashes = self.clashes.iter().map(|clash| (&clash.key, &clash.theirs));
        for (key, theirs) in clashes.chain(self.theirs.iter().map(|(key, theirs)| (key, theirs))) {
            saved.entries.insert(key.clone(), theirs.clone());
        }
        saved
    }

    /// Decides one clash: theirs stays, or mine is saved over it.
    pub fn take(&mut self, key: &Key, theirs: bool) {
        if theirs {
            self.taken.push(key.clone());
        } else {
            self.taken.retain(|taken| taken != key);
        }
    }

    /// Theirs stays.
    pub fn takes(&self, key: &Key) -> bool {
        self.taken.contains(key)
    }

    /// My changes on top of their version, without what they already have or keep.
    pub fn resolve(&self, mine: &Changes) -> Changes {
        let mut changes = mine.clone();
        changes.base = self.version;
        for key in self.equal.iter().chain(&self.taken) {
            changes.undo(key);
        }
        changes
    }
}
