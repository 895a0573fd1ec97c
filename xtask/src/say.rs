//! What the tasks print: one line a step, so that a long wait always has a reason on the screen.

use std::fmt::Display;
use std::io::Write as _;

/// Begins a step: what is being done now.
pub(crate) fn step(text: impl Display) {
    line(format_args!("==> {text}"));
}

/// Says something about the step that runs.
pub(crate) fn note(text: impl Display) {
    line(format_args!("    {text}"));
}

/// Prints a line as it is, for tables and lists.
pub(crate) fn line(text: impl Display) {
    // A closed pipe (`cargo xtask size | head`) is no reason to fail a build.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints an error and what caused it, outermost first.
pub(crate) fn problem(problem: &anyhow::Error) {
    let mut text = format!("error: {problem}");
    for cause in problem.chain().skip(1) {
        text.push_str("\n  because: ");
        text.push_str(&cause.to_string());
    }
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
