//! What others feel while one visitor floods the proxy: how long their intents take, beside what they
//! take in quiet (WS-11).

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use super::Figure;
use super::ground::Ground;
use super::web::{ask, intent_frame};
use crate::clock::Stopwatch;
use crate::dist::Shipped;
use crate::say;

/// The slowest in a hundred may take twice as long as in quiet.
const BUDGET: u64 = 200;

/// So many people of another organisation, each with so many intents: within what a session may say.
const OTHERS: u64 = 20;
const EACH: u64 = 100;

/// A hundred messages every ten milliseconds.
const BURST: usize = 100;
const EVERY: Duration = Duration::from_millis(10);

const INTENT: &str = r#"{"MarkRead":{"upto":"9"}}"#;

/// Measures in quiet, then under a flood.
pub(super) fn figures(shipped: &Shipped) -> Result<Vec<Figure>> {
    say::step(format_args!("{OTHERS} visitors, in quiet and while another floods the proxy"));
    let ground = Ground::prepare("bench-flood", shipped)?.serve("", &[])?;
    let quiet = slowest_of_a_hundred(&ground, shipped, "quiet")?;
    let (over, said) = (AtomicBool::new(false), AtomicU64::new(0));
    let cookie = ground.sign_in("flood", 0, &["view"])?;
    let flooded = thread::scope(|scope| {
        let flood = scope.spawn(|| flood(&ground, (&cookie, &shipped.build), &over, &said));
        let flooded = slowest_of_a_hundred(&ground, shipped, "busy");
        over.store(true, Ordering::Relaxed);
        match flood.join() {
            Ok(flood) => flood.and(flooded),
            Err(_) => bail!("the flood broke off"),
        }
    })?;
    say::line(format_args!(
        "p99 {} \u{b5}s in quiet, {} \u{b5}s beside {} messages of a flood",
        quiet.as_micros(),
        flooded.as_micros(),
        said.load(Ordering::Relaxed)
    ));
    let value = u64::try_from(flooded.as_micros() * 100 / quiet.as_micros().max(1))?;
    Ok(vec![Figure { what: "others' p99 under a flood, of quiet", value, budget: BUDGET, unit: "%" }])
}

/// The time that one intent in a hundred takes or exceeds.
fn slowest_of_a_hundred(ground: &Ground, shipped: &Shipped, tenant: &str) -> Result<Duration> {
    let mut others = (0..OTHERS)
        .map(|person| {
            let cookie = ground.sign_in(tenant, person, &["view"])?;
            ground.proxy.socket(&cookie, &shipped.build)
        })
        .collect::<Result<Vec<_>>>()?;
    let mut took = Vec::new();
    for round in 0..EACH {
        for socket in &mut others {
            let watch = Stopwatch::start();
            let answer = ask(socket, &format!("q-{round}"), INTENT)?;
            if !answer.contains("\"Done\"") {
                bail!("an intent failed: {answer}");
            }
            took.push(watch.elapsed());
        }
    }
    took.sort_unstable();
    Ok(took[took.len() * 99 / 100])
}

/// Says more than a session may until it is told to stop; each time it is shut out it comes back.
fn flood(ground: &Ground, (cookie, build): (&str, &str), over: &AtomicBool, said: &AtomicU64) -> Result<()> {
    let frame = intent_frame("f", INTENT).repeat(BURST);
    let mut socket: Option<TcpStream> = None;
    while !over.load(Ordering::Relaxed) {
        let stream = match socket.take() {
            Some(stream) => stream,
            None => ground.proxy.socket(cookie, build)?,
        };
        socket = burst(stream, &frame, said);
        thread::sleep(EVERY);
    }
    Ok(())
}

/// The socket, if it still stands after the burst.
fn burst(mut stream: TcpStream, frame: &[u8], said: &AtomicU64) -> Option<TcpStream> {
    stream.write_all(frame).ok()?;
    said.fetch_add(BURST as u64, Ordering::Relaxed);
    Some(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_an_intent() {
        let golden = include_str!("../../../protocol/tests/golden/client.txt");
        assert!(golden.contains(&format!("{{\"Intent\":{INTENT}}}")), "{INTENT}");
    }
}
