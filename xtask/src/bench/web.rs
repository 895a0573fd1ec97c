//! The little HTTP and WebSocket that measuring needs, on plain sockets: a thousand connections that
//! do nothing must cost this side nothing either.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program on this machine.
pub(super) struct Site {
    pub(super) port: u16,
}

/// An answer; header names are in lower case.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The cookie that it sets, as a browser sends it back.
    pub(super) fn cookie(&self) -> Option<String> {
        self.header("set-cookie")?.split(';').next().map(str::to_owned)
    }
}

impl Site {
    /// What a browser adds to a form of the store's own page.
    pub(super) fn own_page(&self) -> [String; 2] {
        [format!("Origin: {}", self.origin()), "Sec-Fetch-Site: same-origin".to_owned()]
    }

    /// The origin that browsers would see.
    pub(super) fn origin(&self) -> String {
        format!("http://store.localhost:{}", self.port)
    }

    pub(super) fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// One request on a connection of its own; `headers` are whole lines.
    pub(super) fn get(&self, path: &str, headers: &[String]) -> Result<Answer> {
        self.send(&format!("GET {path}"), headers, "")
    }

    /// The same with a body.
    pub(super) fn post(&self, path: &str, headers: &[String], body: &str) -> Result<Answer> {
        self.send(&format!("POST {path}"), headers, body)
    }

    fn send(&self, request: &str, headers: &[String], body: &str) -> Result<Answer> {
        let mut stream = self.connect()?;
        let own = [format!("Content-Length: {}", body.len()), "Connection: close".to_owned()];
        stream.write_all(head(request, self.port, &[&own, headers].concat()).as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text)?;
        parse(&String::from_utf8_lossy(&text))
    }

    /// Opens a socket, says hello under a session's cookie, and waits for the welcome.
    pub(super) fn socket(&self, cookie: &str, build: &str) -> Result<TcpStream> {
        Ok(self.welcomed(cookie, build)?.0)
    }

    /// The same, with the welcome, an envelope as JSON.
    pub(super) fn welcomed(&self, cookie: &str, build: &str) -> Result<(TcpStream, String)> {
        let mut stream = self.connect()?;
        let headers = [
            "Connection: Upgrade".to_owned(),
            "Upgrade: websocket".to_owned(),
            "Sec-WebSocket-Version: 13".to_owned(),
            "Sec-WebSocket-Key: cGF0Y2hiYXlwYXRjaGJheQ==".to_owned(),
            "Sec-WebSocket-Protocol: patchbay.v1.json".to_owned(),
            format!("Origin: {}", self.origin()),
            format!("Cookie: {cookie}"),
        ];
        stream.write_all(head("GET /socket", self.port, &headers).as_bytes())?;
        let answer = parse(&read_head(&mut stream)?)?;
        if answer.status != 101 {
            bail!("the socket was refused with status {}", answer.status);
        }
        let hello = format!(
            r#"{{"id":"hello","message":{{"Hello":{{"build":"{build}","auth":"Cookie","cursor":null}}}}}}"#
        );
        stream.write_all(&text_frame(&hello))?;
        let frame = read_frame(&mut stream)?;
        if !frame.contains("\"Welcome\"") {
            bail!("instead of a welcome the proxy said {}", frame.chars().take(200).collect::<String>());
        }
        Ok((stream, frame))
    }
}

/// Sends an intent on a socket and waits for its answer, which is an envelope as JSON.
pub(super) fn ask(socket: &mut TcpStream, id: &str, intent: &str) -> Result<String> {
    socket.write_all(&intent_frame(id, intent))?;
    let answers = format!(r#"{{"id":"{id}","#);
    loop {
        let frame = read_frame(socket)?;
        if frame.starts_with(&answers) {
            return Ok(frame);
        }
    }
}

/// An intent as it crosses the socket.
pub(super) fn intent_frame(id: &str, intent: &str) -> Vec<u8> {
    text_frame(&format!(r#"{{"id":"{id}","message":{{"Intent":{intent}}}}}"#))
}

/// A request as it is written on the wire; `headers` are whole lines.
pub(super) fn head(request: &str, port: u16, headers: &[String]) -> String {
    format!("{request} HTTP/1.1\r\nHost: store.localhost:{port}\r\n{}\r\n\r\n", headers.join("\r\n"))
}

fn read_head(stream: &mut impl Read) -> Result<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).context("the proxy hung up in the middle of a head")?;
        text.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn parse(text: &str) -> Result<Answer> {
    let (head, body) = text.split_once("\r\n\r\n").context("the answer has no end of its head")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    Ok(Answer {
        status: status.context("the answer has no status")?,
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: body.to_owned(),
    })
}

/// A masked text frame (RFC 6455, 5.2). The mask is all zeros: it guards proxies in between, and
/// on loopback there is none.
fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(short @ 0..126) => frame.push(0x80 | u8::try_from(short).unwrap_or_default()),
        Ok(long) => {
            frame.push(0xfe);
            frame.extend(long.to_be_bytes());
        }
        Err(_) => frame.clear(),
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

/// The next text of the proxy's. Whether we are there, it is answered on the way.
pub(super) fn read_frame(stream: &mut (impl Read + Write)) -> Result<String> {
    loop {
        match frame(stream)? {
            (TEXT, text) => return Ok(text),
            (PING, _) => stream.write_all(&EMPTY_PONG)?,
            (other, _) => bail!("instead of a text the proxy sent a frame of kind {other}"),
        }
    }
}

/// Kinds of frames (RFC 6455, 5.2).
const TEXT: u8 = 1;
const PING: u8 = 9;
/// Ours, masked; the proxy's pings have no payload to be sent back.
const EMPTY_PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

/// The next frame: its kind and its payload.
fn frame(stream: &mut impl Read) -> Result<(u8, String)> {
    let mut start = [0; 2];
    stream.read_exact(&mut start).context("the proxy closed the socket instead of answering")?;
    let length = match start[1] & 0x7f {
        126 => {
            let mut long = [0; 2];
            stream.read_exact(&mut long)?;
            u64::from(u16::from_be_bytes(long))
        }
        127 => {
            let mut long = [0; 8];
            stream.read_exact(&mut long)?;
            u64::from_be_bytes(long)
        }
        short => u64::from(short),
    };
    let mut payload = vec![0; usize::try_from(length)?];
    stream.read_exact(&mut payload)?;
    Ok((start[0] & 0x0f, String::from_utf8_lossy(&payload).into_owned()))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn frames_have_their_length_in_one_or_three_bytes() {
        let short = text_frame("hi");
        assert_eq!(short, [0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
        let long = text_frame(&"x".repeat(300));
        assert_eq!(long[..4], [0x81, 0xfe, 1, 44]);
        assert_eq!(long.len(), 308);
    }

    #[test]
    fn a_frame_is_read_to_its_end() {
        let mut bytes = vec![0x81, 126, 0, 200];
        bytes.extend(vec![b'y'; 200]);
        bytes.extend(b"next");
        assert_eq!(frame(&mut bytes.as_slice()).expect("a whole frame").1.len(), 200);
        assert!(frame(&mut [0x81, 5, b'a'].as_slice()).is_err());
    }

    #[test]
    fn whether_we_are_there_is_answered() {
        let mut sent = Cursor::new(vec![0x89, 0, 0x81, 2, b'h', b'i']);
        assert!(read_frame(&mut sent).is_err(), "the pong is written over the text");
        assert_eq!(sent.get_ref()[2..], EMPTY_PONG);
        assert!(read_frame(&mut Cursor::new(vec![0x88, 0])).is_err(), "closed");
    }

    #[test]
    fn an_answer_is_status_headers_and_body() {
        let answer = parse("HTTP/1.1 201 Created\r\nSet-Cookie: a=b; Path=/\r\n\r\n{}").expect("an answer");
        assert_eq!((answer.status, answer.body.as_str()), (201, "{}"));
        assert_eq!(answer.headers, [("set-cookie".to_owned(), "a=b; Path=/".to_owned())]);
    }
}
