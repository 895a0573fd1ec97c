//! Words of the configuration and of the imported data.

mod rows;

use protocol::message::{Fault, FaultKind};
use protocol::schema::ProblemCause;

use super::plural;
use crate::browser::intl;

pub use rows::*;

/// Heading of the page, for those who hear it.
pub const TITLE: &str = "Configuration";
/// Nothing was ever saved.
pub const NEVER_SAVED: &str = "Not saved yet";
/// The button that saves.
pub const SAVE: &str = "Save Configuration";
/// The same, while it is at work.
pub const SAVING: &str = "Saving …";
/// Opens the list of changes.
pub const REVIEW: &str = "Review changes";
/// Heading of that list.
pub const REVIEW_TITLE: &str = "Your unsaved changes";
/// Drops the changes.
pub const DISCARD: &str = "Discard";
/// Asks before dropping them.
pub const DISCARD_TITLE: &str = "Discard your changes?";
/// What discarding does.
pub const DISCARD_BODY: &str = "Everything goes back to what was saved last. This cannot be undone.";
/// Says yes to that.
pub const DISCARD_YES: &str = "Discard changes";
/// Goes on editing.
pub const KEEP_EDITING: &str = "Keep editing";
/// Closes a dialog that only shows.
pub const CLOSE: &str = "Close";
/// Takes one change back.
pub const UNDO: &str = "Undo";
/// Asks again after a failure.
pub const RETRY: &str = "Try again";
/// Closes a message.
pub const DISMISS: &str = "Dismiss";
/// Nothing is chosen.
pub const NONE: &str = "Not set";
/// The empty option of a choice.
pub const CHOOSE: &str = "Choose …";
/// Takes a value away.
pub const CLEAR: &str = "Clear";
/// A switch that is on.
pub const ON: &str = "On";
/// A switch that is off.
pub const OFF: &str = "Off";
/// A field that must have a value.
pub const REQUIRED: &str = "needed";
/// A field that was changed.
pub const CHANGED: &str = "changed";
/// Between the old and the new value.
pub const BECOMES: &str = "becomes";
/// Name of the list of sections.
pub const SECTIONS: &str = "Sections";
/// While the page is being read.
pub const LOADING: &str = "Reading the configuration …";
/// The page could not be read.
pub const LOAD_FAILED: &str = "The configuration could not be read.";
/// Heading before anything was ever connected.
pub const NOT_CONNECTED: &str = "Nothing to configure yet";
/// The lists arrive while the page is open.
pub const IMPORTING: &str =
    "The lists are being imported. Pickers and tables fill by themselves; you can begin now.";
/// This visitor may only look.
pub const READ_ONLY: &str = "You can look at these settings. Changing them needs the right to configure.";
/// Settings of a connection that is off.
pub const SWITCHED_OFF: &str =
    "This connection is off. Its settings are kept and can be changed once it is on again.";
/// The draft could not be kept.
pub const NOT_KEPT: &str = "Your changes could not be kept on the server yet; we try again.";
/// Nothing is in the way.
pub const ALL_GOOD: &str = "Everything needed is set.";
/// Heading of what blocks.
pub const BLOCKS: &str = "Needed";
/// Heading of what only warns.
pub const WARNS: &str = "Check";
/// Heading of the conflict.
pub const CONFLICT_TITLE: &str = "Somebody else saved in the meantime";
/// The same, where it was the visitor in person.
pub const CONFLICT_OWN: &str = "You saved elsewhere in the meantime";
/// Keeps the own change.
pub const KEEP_MINE: &str = "Keep the change made here";
/// Takes the other's change.
pub const TAKE_THEIRS: &str = "Take what was saved";
/// Saves after a conflict.
pub const SAVE_AGAIN: &str = "Save again";
/// Heading of what both changed.
pub const BOTH_CHANGED: &str = "Changed here, and saved otherwise";
/// Heading of what only the other changed.
pub const THEY_CHANGED: &str = "Also saved (kept)";
/// In place of nothing that both changed.
pub const NO_CLASH: &str = "None of your changes touch what was saved. Saving again keeps both.";
/// The list of changes became empty.
pub const NO_CHANGES: &str = "No changes left.";
/// A picker looks.
pub const SEARCHING: &str = "Searching …";
/// A picker could not look.
pub const SEARCH_FAILED: &str = "The search failed. Type again to retry.";
/// Name of a picker's list.
pub const RESULTS: &str = "Results";
/// A number was typed that is none.
pub const NOT_A_NUMBER: &str = "Type a whole number.";

/// What to do before there is anything to configure.
pub fn not_connected(provider: &str) -> String {
    let begin = "Connect ";
    let end = " first: its accounts, taxes, customers and suppliers are needed to choose from.";
    [begin, provider, end].concat()
}

/// Less than a minute ago.
pub const JUST_NOW: &str = "just now";

/// A count and its noun.
pub fn counted(count: u64, one: &'static str, many: &'static str) -> String {
    [&intl::count(count), " ", plural(count, one, many)].concat()
}

/// How much is unsaved.
pub fn unsaved(changes: usize) -> String {
    counted(changes as u64, "unsaved change", "unsaved changes")
}

/// The one message after a save.
pub fn saved(changes: usize) -> String {
    if changes == 0 {
        return "Configuration saved.".to_owned();
    }
    let changes = counted(changes as u64, "change is", "changes are");
    ["Configuration saved. ", &changes, " in use."].concat()
}

/// A kept draft was found.
pub fn restored(changes: usize) -> String {
    let changes = counted(changes as u64, "change", "changes");
    ["Your unsaved changes are back (", &changes, ")."].concat()
}

/// Who saved last, and when.
pub fn last_saved(by: &str, when: &str) -> String {
    ["Last saved by ", by, ", ", when].concat()
}

/// What happened in a conflict.
pub fn conflict(by: &str, when: &str) -> String {
    [by, " saved this configuration ", when, ". Nothing is lost: decide below, then save again."].concat()
}

/// The same, where it was the visitor in person.
pub fn conflict_own(when: &str) -> String {
    let begin = "You saved this configuration in another window or on another device ";
    [begin, when, ". Nothing is lost: decide below, then save again."].concat()
}

/// Heading of the problems.
pub fn problems(blocking: usize, warning: usize) -> String {
    let blocks = counted(blocking as u64, "thing is", "things are");
    let warns = counted(warning as u64, "warning", "warnings");
    match (blocking, warning) {
        (0, 0) => ALL_GOOD.to_owned(),
        (0, _) => [ALL_GOOD, " ", &warns, " to look at."].concat(),
        (_, 0) => [&blocks, " needed before this connection is active."].concat(),
        _ => [&blocks, " needed before this connection is active, and ", &warns, "."].concat(),
    }
}

/// One problem, after the label of its field.
pub fn problem(cause: ProblemCause, count: u32, provider: &str) -> String {
    let rows = |one, many| counted(u64::from(count), one, many);
    match cause {
        ProblemCause::Missing => "choose one".to_owned(),
        ProblemCause::Broken => ["the chosen record is gone or inactive in ", provider].concat(),
        ProblemCause::WrongKind => "what is chosen has the wrong type".to_owned(),
        ProblemCause::Undecided => rows("row is not decided", "rows are not decided"),
        ProblemCause::Conflict => rows("row claims a record twice", "rows claim the same records"),
        ProblemCause::RateMismatch => rows("row has another rate", "rows have other rates"),
    }
}

/// A number outside its bounds.
pub fn bounds(min: i32, max: i32) -> String {
    ["Type a number from ", &min.to_string(), " to ", &max.to_string(), "."].concat()
}

/// How many results a picker found.
pub fn results(count: usize) -> String {
    if count == 0 {
        return "Nothing found".to_owned();
    }
    counted(count as u64, "result", "results")
}

/// More was found than is shown.
pub fn narrow(more: u32) -> String {
    [&intl::count(u64::from(more)), " more: type to narrow it down"].concat()
}

/// Why a wish came to nothing, in words with a way out.
pub fn fault(fault: &Fault) -> String {
    let words = match fault.kind {
        FaultKind::SessionInvalid => "Your session has ended. Open the store again from your portal.",
        FaultKind::NotAllowed => "You do not have the right to do this.",
        FaultKind::NotFound => "This is no longer there.",
        FaultKind::Unreadable => "The answer could not be read. Load the page again.",
        FaultKind::Invalid => "One of the values is not allowed. Check the marked fields.",
        FaultKind::NotNow => "This cannot be done in the connection's present state.",
        FaultKind::TooMany => "That was a lot at once. Try again in a minute.",
        FaultKind::ProviderUnreachable => "The provider does not answer. Try again later.",
        FaultKind::Internal => "Something went wrong on our side. Try again.",
    };
    if fault.reference.is_empty() {
        return words.to_owned();
    }
    [words, " (", &fault.reference, ")"].concat()
}
