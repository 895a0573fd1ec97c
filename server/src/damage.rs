//! Damage to what was well formed, for tests of whatever reads it.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Bytes that repeating makes at most.
const LARGEST: usize = 100_000;

#[derive(Debug, Clone)]
enum Blow {
    /// A byte becomes another.
    Change(Index, u8),
    /// Everything from there on is lost.
    Cut(Index),
    /// A part is lost.
    Drop(Index, Index),
    /// A part comes so many times more.
    Repeat(Index, Index, usize),
    /// Something else stands there as well.
    Insert(Index, Vec<u8>),
}

impl Blow {
    fn strike(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len() + 1;
        let between = |one: &Index, other: &Index| {
            let (one, other) = (one.index(length), other.index(length));
            one.min(other)..one.max(other)
        };
        match self {
            Self::Change(at, byte) => {
                if let Some(place) = bytes.get_mut(at.index(length)) {
                    *place = *byte;
                }
            }
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Drop(from, to) => drop(bytes.drain(between(from, to))),
            Self::Repeat(from, to, times) => {
                let range = between(from, to);
                // Blows multiply: without an end to it, a few of them would fill the memory.
                let times = (*times).min(LARGEST / bytes.len().max(1));
                let part = bytes[range.clone()].repeat(times);
                bytes.splice(range.start..range.start, part);
            }
            Self::Insert(at, more) => {
                let at = at.index(length);
                bytes.splice(at..at, more.iter().copied());
            }
        }
    }
}

fn blow() -> impl Strategy<Value = Blow> {
    let place = any::<Index>;
    let tokens: &[&[u8]] = &[
        b"{", b"}", b"[", b"]", b"\"", b",", b":", b"\\", b"\\ud800", b"\\u0000", b"null", b"-", b"1e999",
        b"\xff",
    ];
    let tokens = tokens.iter().map(|token| token.to_vec()).collect::<Vec<_>>();
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Blow::Change(at, byte)),
        place().prop_map(Blow::Cut),
        (place(), place()).prop_map(|(from, to)| Blow::Drop(from, to)),
        (place(), place(), 1usize..300).prop_map(|(from, to, times)| Blow::Repeat(from, to, times)),
        (place(), select(tokens)).prop_map(|(at, token)| Blow::Insert(at, token)),
    ]
}

/// One of these texts after some blows.
pub(crate) fn damaged(whole: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    (select(whole), proptest::collection::vec(blow(), 0..6)).prop_map(|(text, blows)| {
        let mut bytes = text.as_bytes().to_vec();
        for blow in blows {
            blow.strike(&mut bytes);
        }
        bytes
    })
}
