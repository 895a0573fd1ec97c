//! The wire, held still: golden files of every message and every enum, round trips, refusals.
//!
//! A golden that differs means that stores and proxies of two builds no longer understand each
//! other. Where that is meant (a variant or field appended), write the files anew with
//! `UPDATE_GOLDEN=1 cargo test -p protocol --test wire` and read the difference.

#![cfg(test)]

mod wire {
    pub(crate) mod enums;
    pub(crate) mod samples;
    pub(crate) mod variants;
}

use std::fmt::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;
use protocol::ids::{EventSeq, IntegrationId, RequestId};
use protocol::message::{ClientMessage, Intent, ServerMessage};
use protocol::{DecodeError, Envelope, FRAME_LIMIT, decode, decode_json, encode, encode_json};
use serde::Serialize;
use serde::de::DeserializeOwned;

use wire::{enums, samples, variants};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn request() -> RequestId {
    RequestId::new("r-1").unwrap()
}

/// One entry of a golden file: a name, the JSON, the postcard bytes.
fn entry<M: Serialize>(name: &str, envelope: &Envelope<M>) -> String {
    let (json, bytes) = (encode_json(envelope), hex(&encode(envelope)));
    format!("# {name}\n{json}\n{bytes}\n")
}

fn compare(file: &str, entries: &[String]) {
    let now = entries.join("\n");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (ours, theirs)) in now.lines().zip(golden.lines()).enumerate() {
        assert_eq!(ours, theirs, "{file}, line {}", line + 1);
    }
    let (ours, theirs) = (now.lines().count(), golden.lines().count());
    assert_eq!(ours, theirs, "{file} has another number of lines");
}

fn survives<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(envelope: &Envelope<M>) {
    assert_eq!(decode(&encode(envelope)).as_ref(), Ok(envelope));
    assert_eq!(decode_json(&encode_json(envelope)).as_ref(), Ok(envelope));
}

#[test]
fn what_the_store_says_keeps_its_shape() {
    let entries: Vec<_> = samples::client()
        .into_iter()
        .map(|message| {
            let name = variants::client(&message);
            let envelope = Envelope::new(request(), message);
            survives(&envelope);
            entry(&name, &envelope)
        })
        .collect();
    compare("client.txt", &entries);
}

#[test]
fn what_the_proxy_says_keeps_its_shape() {
    let entries: Vec<_> = samples::server()
        .into_iter()
        .map(|message| {
            let name = variants::server(&message);
            let envelope = Envelope::new(request(), message);
            survives(&envelope);
            entry(&name, &envelope)
        })
        .collect();
    compare("server.txt", &entries);
}

#[test]
fn every_variant_of_every_enum_keeps_its_number() {
    compare("enums.txt", &enums::entries());
}

#[test]
fn every_message_has_a_golden() {
    let client: Vec<_> = samples::client().iter().map(variants::client).collect();
    for name in variants::client_names() {
        assert!(client.contains(&name), "no sample of {name}");
    }
    let server: Vec<_> = samples::server().iter().map(variants::server).collect();
    for name in variants::server_names() {
        assert!(server.contains(&name), "no sample of {name}");
    }
}

#[test]
fn an_unasked_message_bears_no_id() {
    let envelope = Envelope::unasked(ServerMessage::SessionEnded);
    survives(&envelope);
    assert_eq!(encode(&envelope)[0], 0);
    assert!(encode_json(&envelope).starts_with(r#"{"id":null,"#));
}

#[test]
fn an_unknown_variant_is_answered_with_its_id() {
    let malformed = DecodeError::Malformed { id: Some(request()) };
    let mut bytes = encode(&Envelope::new(request(), ()));
    bytes.push(99);
    assert_eq!(decode::<ClientMessage>(&bytes), Err(malformed.clone()));
    let text = r#"{"id":"r-1","message":{"Dance":{"with":"me"}}}"#;
    assert_eq!(decode_json::<ClientMessage>(text), Err(malformed));
}

#[test]
fn an_unknown_intent_is_answered_with_its_id() {
    let mut bytes = encode(&Envelope::new(request(), ()));
    bytes.extend([1, 99]);
    let error = decode::<ClientMessage>(&bytes).unwrap_err();
    assert_eq!(error.id(), Some(&request()));
    let text = r#"{"id":"r-1","message":{"Intent":{"Dance":{}}}}"#;
    let error = decode_json::<ClientMessage>(text).unwrap_err();
    assert_eq!(error.id(), Some(&request()));
}

#[test]
fn noise_has_no_id_to_answer() {
    let malformed = DecodeError::Malformed { id: None };
    assert_eq!(decode::<ClientMessage>(&[]), Err(malformed.clone()));
    assert_eq!(decode::<ClientMessage>(&[7, 7]), Err(malformed.clone()));
    assert_eq!(decode_json::<ClientMessage>("{"), Err(malformed));
}

#[test]
fn an_illegal_id_is_refused() {
    let malformed = DecodeError::Malformed { id: None };
    let spaced = encode(&Envelope { id: None, message: () });
    assert_eq!(spaced, [0]);
    let bytes = [1, 3, b'a', b' ', b'b', 0];
    assert_eq!(decode::<ClientMessage>(&bytes), Err(malformed.clone()));
    let text = r#"{"id":"a b","message":"SessionEnded"}"#;
    assert_eq!(decode_json::<ServerMessage>(text), Err(malformed));
    assert!(RequestId::new("").is_err());
    assert!(RequestId::new("x".repeat(65)).is_err());
}

#[test]
fn a_frame_beyond_the_limit_is_refused_unread() {
    let bytes = vec![0; FRAME_LIMIT + 1];
    assert_eq!(decode::<ServerMessage>(&bytes), Err(DecodeError::TooLong));
    let text = " ".repeat(FRAME_LIMIT + 1);
    assert_eq!(decode_json::<ServerMessage>(&text), Err(DecodeError::TooLong));
}

#[test]
fn bytes_after_the_message_are_refused() {
    let trailing = DecodeError::Trailing { id: Some(request()) };
    let envelope = Envelope::new(request(), ServerMessage::SessionEnded);
    let mut bytes = encode(&envelope);
    bytes.push(0);
    assert_eq!(decode::<ServerMessage>(&bytes), Err(trailing.clone()));
    let text = format!("{} {{}}", encode_json(&envelope));
    assert_eq!(decode_json::<ServerMessage>(&text), Err(trailing));
}

#[test]
fn a_64_bit_number_is_a_string_in_json() {
    let upto = EventSeq(u64::MAX);
    let envelope = Envelope::new(request(), ClientMessage::Intent(Intent::MarkRead { upto }));
    assert!(encode_json(&envelope).contains(r#""upto":"18446744073709551615""#));
    survives(&envelope);
    let text = r#"{"id":"r-1","message":{"Intent":{"MarkRead":{"upto":5}}}}"#;
    assert!(decode_json::<ClientMessage>(text).is_err());
}

/// What a store may send, as bytes, in both encodings.
fn sent_samples() -> Vec<Vec<u8>> {
    let golden = include_str!("golden/client.txt");
    let digit = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let lines = golden.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(
            |line| {
                if line.starts_with('{') {
                    line.into()
                } else {
                    line.as_bytes().chunks(2).map(digit).collect()
                }
            },
        )
        .collect()
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
        let _ = decode::<ClientMessage>(&bytes);
        let _ = decode::<ServerMessage>(&bytes);
    }

    #[test]
    fn no_text_makes_the_decoder_panic(text: String) {
        let _ = decode_json::<ClientMessage>(&text);
        let _ = decode_json::<ServerMessage>(&text);
    }

    #[test]
    fn any_legal_name_crosses_unchanged(name in "[a-zA-Z0-9._-]{1,64}") {
        let integration = IntegrationId::new(name).unwrap();
        let intent = Intent::OpenConfiguration { integration };
        survives(&Envelope::new(request(), ClientMessage::Intent(intent)));
    }

    #[test]
    fn ws_13_a_damaged_message_is_a_message_or_a_typed_error(
        sample in prop::sample::select(sent_samples()),
        (place, byte) in (any::<prop::sample::Index>(), any::<u8>()),
        how in 0..3,
    ) {
        let mut bytes = sample;
        let place = place.index(bytes.len());
        match how {
            0 => bytes[place] = byte,
            1 => bytes.insert(place, byte),
            _ => bytes.truncate(place),
        }
        if let Ok(envelope) = decode::<ClientMessage>(&bytes) {
            prop_assert_eq!(decode(&encode(&envelope)), Ok(envelope));
        }
        if let Ok(envelope) = std::str::from_utf8(&bytes).map(decode_json::<ClientMessage>) {
            prop_assert!(envelope.is_ok() || envelope.is_err_and(|error| error != DecodeError::TooLong));
        }
    }
}
