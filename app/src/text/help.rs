//! Words around a help article; the article itself is Markdown under `public/help/`.

use crate::model::help::Step;

/// A step is done for this organisation.
pub const DONE: &str = "Done";
/// A step is still to do.
pub const TO_DO: &str = "To do";
/// No such article.
pub const UNKNOWN_TITLE: &str = "This article does not exist";

/// How far this organisation is.
pub fn progress(done: &str, all: &str) -> String {
    [done, " of ", all, " steps done for your organisation"].concat()
}

/// The button of the first step, where there is a connection of the old kind.
pub const UPGRADE: &str = "Upgrade and sign in";

/// The button of a step.
pub fn action(step: Step, done: bool) -> &'static str {
    match (step, done) {
        (Step::Connected, _) => "Switch on and connect",
        (Step::Imported, false) => "Show the import",
        (Step::Imported, true) => "Show the imported data",
        (Step::Mapped, _) => "Open the mappings",
        (Step::Saved, _) => "Open the configuration",
    }
}
