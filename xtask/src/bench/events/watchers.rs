//! Sockets that do nothing but hear of an import, and when.

use std::net::TcpStream;
use std::thread::JoinHandle;

use anyhow::{Result, bail};

use super::super::web::read_frame;
use super::{PATIENCE, beside, now};
use crate::clock::Stopwatch;

/// What a socket heard of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// When, in microseconds since 1970.
    pub(super) at: u64,
    pub(super) import: u64,
    pub(super) revision: u64,
    /// Records read, over all lists.
    pub(super) done: u64,
    pub(super) over: bool,
}

/// A socket in a thread of its own.
pub(super) struct Watcher(Result<JoinHandle<Result<Vec<Seen>>>>);

/// Watches until the import ends.
pub(super) fn watch(socket: TcpStream) -> Watcher {
    Watcher(beside(move || hear(socket)))
}

impl Watcher {
    /// What it heard, once the import has ended.
    pub(super) fn end(self) -> Result<Vec<Seen>> {
        match self.0?.join() {
            Ok(heard) => heard,
            Err(_) => bail!("a watcher broke off"),
        }
    }
}

fn hear(mut socket: TcpStream) -> Result<Vec<Seen>> {
    socket.set_read_timeout(Some(PATIENCE))?;
    let (watch, mut heard) = (Stopwatch::start(), Vec::new());
    while watch.elapsed() < PATIENCE {
        let frame = read_frame(&mut socket)?;
        if let Some(seen) = seen(&frame, now()) {
            heard.push(seen);
            if seen.over {
                return Ok(heard);
            }
        }
    }
    bail!("an import did not end in time")
}

/// What a frame tells of an import; numbers of 64 bits are texts in it. Reading it whole a hundred thousand
/// times would be measured too.
fn seen(frame: &str, at: u64) -> Option<Seen> {
    let import = frame.strip_prefix(r#"{"id":null,"message":{"Import":"#)?;
    let number = |name: &str| digits(import.split_once(name)?.1);
    let done = import.split(r#""done":"#).skip(1).filter_map(digits).sum();
    Some(Seen {
        at,
        import: number(r#""import":"#)?,
        revision: number(r#""revision":"#)?,
        done,
        // The run's own state stands before those of its lists.
        over: !import.split_once(r#""state":"#)?.1.starts_with(r#""Running""#),
    })
}

fn digits(text: &str) -> Option<u64> {
    let text = text.trim_start_matches('"');
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_tells_of_its_import() {
        let frame = include_str!("../../../../protocol/tests/golden/server.txt");
        let frame = frame.lines().find(|line| line.contains(r#"{"Import":{"#)).unwrap();
        let frame = frame.replace(r#""id":"r-1""#, r#""id":null"#);
        let told = Seen { at: 5, import: 7, revision: 41, done: 180, over: false };
        assert_eq!(seen(&frame, 5), Some(told));
        assert_eq!(seen(&frame.replacen("Running", "Done", 1), 5), Some(Seen { over: true, ..told }));
        assert_eq!(seen(r#"{"id":null,"message":{"Unread":{}}}"#, 5), None);
    }
}
