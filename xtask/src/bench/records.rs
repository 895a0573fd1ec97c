//! How fast a portal's records are taken: a hundred thousand lines in one request, and the same again.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result, bail};

use super::Figure;
use super::ground::Ground;
use super::web::head;
use crate::clock::Stopwatch;
use crate::dist::Shipped;
use crate::say;

const LINES: u64 = 100_000;
/// Milliseconds that they may take: 20,000 lines a second.
const NEW: u64 = 5_000;
/// Milliseconds that they may take when nothing has changed.
const AGAIN: u64 = 4_000;

/// Sends lines to a proxy that has none, and sends them again.
pub(super) fn figures(shipped: &Shipped) -> Result<Vec<Figure>> {
    say::step(format_args!("{LINES} records of a portal in one request"));
    let ground = Ground::prepare("bench-records", shipped)?.serve("", &[])?;
    ground.sign_in("bench", 1, &["view"])?;
    let key = ground.key("records", &[])?;
    let lines = lines();
    let new = send(&ground, &key, &lines, "\"added\":100000")?;
    let again = send(&ground, &key, &lines, "\"unchanged\":100000")?;
    say::line(format_args!("{} lines a second, {} when nothing changed", rate(new), rate(again)));
    Ok(vec![
        Figure { what: "100,000 records of a portal, new", value: new, budget: NEW, unit: "ms" },
        Figure { what: "100,000 records of a portal, as before", value: again, budget: AGAIN, unit: "ms" },
    ])
}

fn rate(milliseconds: u64) -> u64 {
    LINES * 1000 / milliseconds.max(1)
}

fn lines() -> String {
    let mut lines = String::new();
    for number in 0..LINES {
        // A string takes whatever is written to it.
        let _ = writeln!(
            lines,
            "{{\"id\":\"c{number}\",\"name\":\"Customer {number} Ltd\",\"email\":\"books@customer{number}.example\",\
             \"code\":\"CU{number}\",\"phone\":\"+44 1632 {number}\"}}"
        );
    }
    lines
}

/// Milliseconds until all of it was answered as told.
fn send(ground: &Ground, key: &str, lines: &str, told: &str) -> Result<u64> {
    let headers = [
        format!("Authorization: Bearer {key}"),
        "Content-Type: application/x-ndjson".to_owned(),
        format!("Content-Length: {}", lines.len()),
        "Connection: close".to_owned(),
    ];
    let request = head("PUT /api/v1/tenants/bench/records/customer", ground.proxy.port, &headers);
    let mut stream = ground.proxy.connect()?;
    let watch = Stopwatch::start();
    stream.write_all(request.as_bytes())?;
    stream.write_all(lines.as_bytes()).context("the proxy hung up while it was sent to")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.contains(told) {
        bail!("the records were not taken: {answer}");
    }
    Ok(u64::try_from(watch.elapsed().as_millis())?)
}
