//! How many access tokens a portal's backend can read, and how long one takes: a fresh token, sixteen
//! connections that ask without a pause, on the same cores as the proxy.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Figure;
use super::connect::{COMPANY, beside_quickbooks, flow, secret, ticket};
use super::ground::Ground;
use super::web::head;
use crate::clock::Stopwatch;
use crate::dist::Shipped;
use crate::say;

/// Milliseconds that ten thousand reads may take.
const TEN_THOUSAND: u64 = 1_000;
/// Microseconds that one read in two may take.
const HALF: u64 = 1_000;

const CONNECTIONS: usize = 16;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);

/// Connects a company, and reads its token as fast as the proxy gives it.
pub(super) fn figures(shipped: &Shipped) -> Result<Vec<Figure>> {
    say::step(format_args!("reads of a fresh token over {CONNECTIONS} connections"));
    let (ground, sandbox) = beside_quickbooks("bench-tokens", shipped)?;
    let cookie = ground.sign_in("bench", 1, &["view", "connect", "import"])?;
    let mut socket = ground.proxy.socket(&cookie, &shipped.build)?;
    flow((&ground.proxy, &sandbox), &ticket(&mut socket, 1)?, COMPANY)?;
    drop(socket);
    let key = ground.key("connections,tokens", &[secret()])?;
    let path = path(&ground, &key)?;
    let request = head(&format!("GET {path}"), ground.proxy.port, &[bearer(&key)]);
    timed(&ground, &request, WARM_UP)?;
    let took = timed(&ground, &request, MEASURED)?;
    let at = |hundredths: usize| took[took.len() * hundredths / 100];
    let rate = took.len() as u64 * 1000 / u64::try_from(MEASURED.as_millis())?;
    say::line(format_args!(
        "{rate} reads a second, p50 {} \u{b5}s, p99 {} \u{b5}s",
        at(50).as_micros(),
        at(99).as_micros()
    ));
    let value = 10_000 * 1000 / rate.max(1);
    let half = u64::try_from(at(50).as_micros())?;
    Ok(vec![
        Figure { what: "10,000 reads of a token, 16 connections", value, budget: TEN_THOUSAND, unit: "ms" },
        Figure { what: "a read of a token, p50", value: half, budget: HALF, unit: "\u{b5}s" },
    ])
}

fn bearer(key: &str) -> String {
    format!("Authorization: Bearer {key}")
}

/// The address of the one connection's token.
fn path(ground: &Ground, key: &str) -> Result<String> {
    let list = ground.proxy.get("/api/v1/connections", &[bearer(key)])?;
    let list: serde_json::Value = serde_json::from_str(&list.body)?;
    let id = list["connections"][0]["id"].as_str().context("nothing is connected")?;
    Ok(format!("/api/v1/connections/{id}/token"))
}

/// Reads for so long over all connections; how long each read took, the quickest first.
fn timed(ground: &Ground, request: &str, time: Duration) -> Result<Vec<Duration>> {
    let over = AtomicBool::new(false);
    let mut took = thread::scope(|scope| {
        let readers: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| read_until(ground.proxy.connect()?, request.as_bytes(), &over)))
            .collect();
        thread::sleep(time);
        over.store(true, Ordering::Relaxed);
        let mut took = Vec::new();
        for reader in readers {
            match reader.join() {
                Ok(read) => took.extend(read?),
                Err(_) => bail!("a reader broke off"),
            }
        }
        Ok(took)
    })?;
    took.sort_unstable();
    Ok(took)
}

fn read_until(mut stream: TcpStream, request: &[u8], over: &AtomicBool) -> Result<Vec<Duration>> {
    stream.set_nodelay(true)?;
    let (mut took, mut buffer) = (Vec::new(), vec![0; 16 * 1024]);
    // The answers to one question are of one length, so that only the first is taken apart here: what
    // measures must cost little, and this is no release build.
    stream.write_all(request)?;
    let length = whole(&mut stream, &mut buffer)?;
    while !over.load(Ordering::Relaxed) {
        let watch = Stopwatch::start();
        stream.write_all(request)?;
        stream.read_exact(&mut buffer[..length])?;
        took.push(watch.elapsed());
        if !buffer.starts_with(b"HTTP/1.1 200 ") || buffer[length - 1] != b'}' {
            bail!("a token was not given: {}", String::from_utf8_lossy(&buffer[..length]));
        }
    }
    Ok(took)
}

/// How long one answer is, which is read to the end of its body.
fn whole(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    loop {
        let more = stream.read(&mut buffer[filled..])?;
        if more == 0 {
            bail!("the proxy hung up, or its answer is too long");
        }
        filled += more;
        if length(&buffer[..filled]).is_some_and(|length| filled >= length) {
            return Ok(filled);
        }
    }
}

/// How long an answer is in all, once its head is there.
fn length(answer: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length: ";
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let start = answer[..head].windows(NAME.len()).position(|name| name == NAME)? + NAME.len();
    let digits: Vec<u8> = answer[start..head].iter().copied().take_while(u8::is_ascii_digit).collect();
    Some(head + std::str::from_utf8(&digits).ok()?.parse::<usize>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_head_says() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{}";
        assert_eq!(length(answer), Some(answer.len() + 10));
        assert_eq!(length(b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n"), None);
    }
}
