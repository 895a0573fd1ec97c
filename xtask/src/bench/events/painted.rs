//! A browser that watches an import, and when its page had painted what.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::told::Change;
use super::watchers::Seen;
use crate::run;

/// What stood on the painted page: when, in microseconds since 1970, and how many records it said.
pub(super) type Paint = (u64, u64);

/// An open page.
pub(super) struct Page {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Page {
    /// Opens the store by a one-time link, and waits until the page is watched.
    pub(super) fn open(link: &str) -> Result<Self> {
        let mut command = run::cargo("run --quiet -p e2e --example painted --");
        let mut child = command.arg(link).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("it writes to a pipe")?);
        let mut told = String::new();
        output.read_line(&mut told)?;
        if told.trim() != "watching" {
            bail!("the browser does not watch: {told}");
        }
        Ok(Self { child, output })
    }

    /// What it painted until now.
    pub(super) fn end(mut self) -> Result<Vec<Paint>> {
        self.child.stdin.take().context("it reads from a pipe")?.write_all(b"\n")?;
        let mut text = String::new();
        self.output.read_to_string(&mut text)?;
        self.child.wait()?;
        let paints: Vec<Value> = serde_json::from_str(&text)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a moment of this century"
        )]
        let micros = |value: &Value| value.as_f64().map(|millis| (millis * 1_000.0) as u64);
        Ok(paints.iter().filter_map(|paint| Some((micros(&paint[0])?, paint[1].as_u64()?))).collect())
    }
}

/// From each commit that read more records to the paint that says so, in microseconds, the quickest first.
pub(super) fn latencies(changes: &[Change], seen: &[Vec<Seen>], paints: &[Paint]) -> Vec<u64> {
    let socket = seen.first().map_or(&[][..], Vec::as_slice);
    let mut took: Vec<u64> = changes
        .iter()
        .filter_map(|change| {
            let known = socket.iter().find(|seen| seen.revision >= change.revision)?;
            let before = socket.iter().take_while(|seen| seen.revision < change.revision).last();
            // What reads no records moves no number on the page, and the end takes the numbers away.
            let moved = !known.over && before.is_none_or(|before| before.done < known.done);
            let paint = paints.iter().find(|(_, done)| *done >= known.done && moved)?;
            Some(paint.0.saturating_sub(change.at))
        })
        .collect();
    took.sort_unstable();
    took
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_painted_when_the_page_says_its_records() {
        let seen = |at, revision, done, over| Seen { at, import: 7, revision, done, over };
        let socket = vec![
            seen(10, 1, 0, false),
            seen(20, 2, 25, false),
            seen(30, 3, 25, false),
            seen(40, 4, 50, true),
        ];
        let change = |at, revision| Change { at, import: 7, revision };
        let changes = [change(15, 2), change(25, 3), change(35, 4)];
        assert_eq!(latencies(&changes, &[socket], &[(12, 0), (60, 25), (90, 50)]), [45]);
    }
}
