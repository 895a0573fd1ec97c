//! Mapping rows with the changes laid over them. A choice made by hand is never overwritten.

use protocol::mapping::{MappingChoice, MappingRow, MappingState, MappingTable, TableCounts};
use protocol::record::Record;

use super::names::Names;
use super::{Changes, Key, What};

/// Who decided what a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is as saved.
    Saved,
    /// A change of this row.
    ByHand,
    /// The rule that accepts suggestions.
    ByRule,
}

/// A row with the changes laid over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Where it stands.
    pub state: MappingState,
    /// What it is mapped to, or what is suggested.
    pub target: Option<Record>,
    /// Who decided.
    pub decided: Decided,
}

/// The decision that a row's state amounts to.
fn decision(state: MappingState, target: Option<&Record>) -> MappingChoice {
    match (state, target) {
        (MappingState::Confirmed | MappingState::Broken, Some(record)) => {
            MappingChoice::Link(record.id.clone())
        }
        (MappingState::CreateNew, _) => MappingChoice::CreateNew,
        (MappingState::Ignored, _) => MappingChoice::Ignore,
        _ => MappingChoice::Undecided,
    }
}

/// A tax whose rate is not that of the code it is mapped to. The proxy has compared the two of a row as
/// saved; of a code chosen since, the words are compared.
pub fn rates_differ(row: &MappingRow, target: Option<&Record>) -> bool {
    let Some(target) = target else {
        return false;
    };
    if row.target.as_ref().is_some_and(|saved| saved.id == target.id) {
        return row.rate_mismatch;
    }
    target.detail.is_some() && target.detail != row.source.detail
}

/// How many suggestions have at least this score.
pub fn at_least(counts: &TableCounts, score: u8) -> u32 {
    let enough = counts.scores.iter().filter(|(of, _)| *of >= score);
    enough.map(|(_, rows)| rows).sum()
}

impl Changes {
    /// Decides a row.
    pub fn choose(&mut self, table: MappingTable, row: &MappingRow, choice: MappingChoice) {
        let key = Key::Row(table, row.source.id.clone());
        let (state, _) = self.ruled(table, row);
        // Two rows claim the record of a conflict: naming it again settles which of them has it.
        let settled = state != MappingState::Conflict || choice == MappingChoice::Undecided;
        if settled && decision(state, row.target.as_ref()) == choice {
            self.entries.remove(&key);
        } else {
            self.entries.insert(key, What::Choice(choice));
        }
    }

    /// Confirms every suggestion of a table with at least this score.
    pub fn accept(&mut self, table: MappingTable, score: u8) {
        let key = Key::Accept(table);
        self.entries.insert(key, What::AtLeast(score));
    }

    /// The least score accepted in a table, if any is.
    pub fn accepted(&self, table: MappingTable) -> Option<u8> {
        match self.entries.get(&Key::Accept(table)) {
            Some(What::AtLeast(score)) => Some(*score),
            _ => None,
        }
    }

    /// A row as the rule leaves it, without its own change.
    fn ruled(&self, table: MappingTable, row: &MappingRow) -> (MappingState, Decided) {
        let enough = self.accepted(table).is_some_and(|score| row.score >= score);
        if enough && row.state == MappingState::Suggested {
            (MappingState::Confirmed, Decided::ByRule)
        } else {
            (row.state, Decided::Saved)
        }
    }

    /// A row with the changes laid over it.
    pub fn show(&self, table: MappingTable, row: &MappingRow, names: &Names) -> Shown {
        let key = Key::Row(table, row.source.id.clone());
        let Some(What::Choice(choice)) = self.entries.get(&key) else {
            let (state, decided) = self.ruled(table, row);
            return Shown { state, target: row.target.clone(), decided };
        };
        let (state, target) = match choice {
            MappingChoice::Link(id) => {
                let own = row.target.clone().filter(|target| target.id == *id);
                let target = own.or_else(|| Some(names.target(table, id)));
                (MappingState::Confirmed, target)
            }
            MappingChoice::CreateNew => (MappingState::CreateNew, None),
            MappingChoice::Ignore => (MappingState::Ignored, None),
            MappingChoice::Undecided => match row.state {
                MappingState::Suggested | MappingState::NeedsReview => (row.state, row.target.clone()),
                _ => (MappingState::Unmatched, None),
            },
        };
        Shown { state, target, decided: Decided::ByHand }
    }
}
