//! RFC 6455 frame by frame, as a client that builds each byte itself: what is allowed is understood
//! however it is cut, and what is not ends the socket at once, with the right code where one is said.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::world::{ALL, World};

const HELLO: &str =
    r#"{"id":"h","message":{"Hello":{"build":"dev","auth":"Cookie","cursor":null,"portal":null}}}"#;
const PATIENCE: Duration = Duration::from_secs(5);
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A socket whose frames are made by hand.
struct Raw(TcpStream);

impl Raw {
    async fn open(world: &World, cookie: &str) -> Self {
        let mut stream = TcpStream::connect(world.running.address()).await.expect("connected");
        let ours = world.running.url();
        let head = format!(
            "GET /socket HTTP/1.1\r\nHost: store\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: patchbay.v1.json\r\nOrigin: {ours}\r\nCookie: {cookie}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            seen.push(stream.read_u8().await.expect("a head"));
        }
        assert!(seen.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&seen));
        Self(stream)
    }

    async fn say(&mut self, bytes: &[u8]) {
        // What was refused in the middle may be closed already.
        drop(self.0.write_all(bytes).await);
    }

    /// The next frame: its opcode and what is in it; none at the end.
    async fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let head = timeout(PATIENCE, self.0.read_u16()).await.expect("an end, or a frame, in time").ok()?;
        let [first, second] = head.to_be_bytes();
        let length = match second & 127 {
            126 => u64::from(self.0.read_u16().await.ok()?),
            127 => self.0.read_u64().await.ok()?,
            short => u64::from(short),
        };
        let mut body = vec![0; usize::try_from(length).expect("a length")];
        self.0.read_exact(&mut body).await.ok()?;
        Some((first & 15, body))
    }

    /// What is heard until the end: frames, and the code of the close if there was one.
    async fn end(&mut self) -> Option<u16> {
        let mut code = None;
        while let Some((opcode, body)) = self.hear().await {
            if opcode == CLOSE && body.len() >= 2 {
                code = Some(u16::from_be_bytes([body[0], body[1]]));
            }
        }
        code
    }
}

/// A masked frame; `first` is its first byte, with FIN and the reserved bits.
fn frame(first: u8, body: &[u8]) -> Vec<u8> {
    let mask = [7, 77, 177, 27];
    let length = u16::try_from(body.len()).expect("a short body");
    let mut bytes = vec![first];
    match length {
        0..=125 => bytes.push(128 | u8::try_from(length).expect("short")),
        _ => bytes.extend([254, length.to_be_bytes()[0], length.to_be_bytes()[1]]),
    }
    bytes.extend(mask);
    bytes.extend(body.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn whole(opcode: u8, body: &[u8]) -> Vec<u8> {
    frame(128 | opcode, body)
}

fn welcomed(heard: Option<(u8, Vec<u8>)>) {
    let (opcode, body) = heard.expect("a frame");
    let text = String::from_utf8(body).expect("text");
    assert!(opcode == TEXT && text.contains("\"Welcome\""), "{text}");
}

#[tokio::test]
async fn ws_01_what_breaks_the_protocol_ends_the_socket() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let unmasked = [&[129, 2][..], b"{}"].concat();
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("a frame without a mask", unmasked, 1002),
        ("a reserved opcode", whole(3, b"x"), 1002),
        ("a reserved control opcode", whole(11, b""), 1002),
        ("a reserved bit", frame(128 | 64 | TEXT, b"{}"), 1002),
        ("a long ping", whole(PING, &[0; 126]), 1002),
        ("a ping in pieces", frame(PING, b"x"), 1002),
        ("a continuation of nothing", whole(0, b"x"), 1002),
        ("a text inside a text", [frame(TEXT, b"{"), whole(TEXT, b"}")].concat(), 1002),
        ("a text that is none", whole(TEXT, &[0xff, 0xfe]), 1007),
        ("a text that breaks off", [frame(TEXT, &[0xe2, 0x82]), whole(0, b"x")].concat(), 1007),
        ("a close with half a code", whole(CLOSE, &[3]), 1002),
        ("a close with a code that nobody may send", whole(CLOSE, &1005_u16.to_be_bytes()), 1002),
        ("a binary frame in a text conversation", whole(BINARY, b"x"), 1003),
    ];
    for (what, bytes, code) in cases {
        let mut raw = Raw::open(&world, &zoe.cookie).await;
        raw.say(&bytes).await;
        let said = raw.end().await;
        assert!(said.is_none_or(|said| said == code), "{what}: closed with {said:?} instead of {code}");
    }
}

#[tokio::test]
async fn ws_01_what_is_allowed_is_understood_however_it_is_cut() {
    let world = World::start().await;
    let zoe = world.person("riverside", "Zoë", ALL).await;
    let hello = HELLO.as_bytes();

    let mut pieces = Raw::open(&world, &zoe.cookie).await;
    let cut =
        [frame(TEXT, &hello[..7]), whole(PING, b"between"), frame(0, &hello[7..30]), whole(0, &hello[30..])];
    pieces.say(&cut.concat()).await;
    assert_eq!(pieces.hear().await, Some((PONG, b"between".to_vec())));
    welcomed(pieces.hear().await);

    let mut bytewise = Raw::open(&world, &zoe.cookie).await;
    for byte in whole(TEXT, hello) {
        bytewise.say(&[byte]).await;
    }
    welcomed(bytewise.hear().await);
    bytewise.say(&whole(PONG, b"unasked")).await;
    bytewise.say(&whole(PING, b"")).await;
    // The pings of the proxy itself come between.
    while bytewise.hear().await.expect("a frame") != (PONG, Vec::new()) {}
    bytewise.say(&whole(CLOSE, &[&1000_u16.to_be_bytes()[..], b"bye"].concat())).await;
    assert_eq!(bytewise.end().await, Some(1000), "a close is answered by its own code");
}
