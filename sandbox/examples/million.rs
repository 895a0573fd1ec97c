//! Measures the sandbox with a company of 1,000,000 customers: how long a page of 1,000 by Id takes over loopback,
//! and how much memory the process has, this client included. Fails when a page or the memory is over its budget.
//! `cargo run --release -p sandbox --example million`

use std::{io::Write, time::Duration};

use anyhow::{Result, bail};
use sandbox::{Client, Config, Generated, access_token, start};
use tokio::time::Instant;

const CUSTOMERS: u32 = 1_000_000;
const PAGE: u32 = 1_000;
const PAGES: u32 = 400;
/// 95 of 100 pages are quicker.
const PAGE_BUDGET: Duration = Duration::from_millis(50);
/// Resident memory at its highest.
const MEMORY_BUDGET: u64 = 200_000_000;
const REDIRECT: &str = "http://localhost:1/callback";

#[tokio::main]
async fn main() -> Result<()> {
    let company = Generated { customers: CUSTOMERS, vendors: 50_000, items: 20_000, ..Generated::new(1) };
    let app = Client::new("bench", "secret", vec![REDIRECT.to_owned()]);
    let clients = vec![app.clone()];
    let sandbox = start(Config { clients, generated: vec![company.clone()], ..Config::default() }).await?;
    // The sandbox may have chosen one already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build()?;
    let token = access_token(sandbox.url(), &app, &company.name).await?;
    let reader = Reader { http, url: format!("{}/v3/company/{}/query", sandbox.url(), company.realm), token };

    let count = reader.timed("SELECT COUNT(*) FROM Customer WHERE Active IN (true, false)").await?;
    let mut pages = Vec::new();
    for page in 0..PAGES {
        // A stride without a common factor meets pages everywhere.
        let start = u64::from(page) * 617 % u64::from(CUSTOMERS / PAGE) * u64::from(PAGE) + 1;
        let statement = format!(
            "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
        );
        pages.push(reader.timed(&statement).await?);
    }
    pages.sort_unstable();
    let (middle, slow) = (pages[pages.len() / 2], pages[pages.len() * 95 / 100]);
    let memory = highest_memory();
    let mut out = std::io::stdout();
    writeln!(out, "{CUSTOMERS} customers, {PAGES} pages of {PAGE} by Id, over loopback")?;
    writeln!(out, "count        {count:>10.1?}")?;
    writeln!(out, "page, p50    {middle:>10.1?}")?;
    writeln!(out, "page, p95    {slow:>10.1?}   budget {PAGE_BUDGET:?}")?;
    match memory {
        Some(bytes) => writeln!(out, "memory, top  {bytes:>10}   budget {MEMORY_BUDGET} bytes")?,
        None => writeln!(out, "memory       is told only where there is /proc")?,
    }
    if slow > PAGE_BUDGET || memory.is_some_and(|bytes| bytes > MEMORY_BUDGET) {
        bail!("over the budget");
    }
    Ok(())
}

struct Reader {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Reader {
    /// How long it takes until the whole answer is here.
    async fn timed(&self, statement: &str) -> Result<Duration> {
        let begin = Instant::now();
        let request = self.http.get(&self.url).query(&[("query", statement)]).bearer_auth(&self.token);
        let answer = request.header("accept", "application/json").send().await?.error_for_status()?;
        let length = answer.bytes().await?.len();
        let elapsed = begin.elapsed();
        if !statement.contains("COUNT") && length < 500_000 {
            bail!("a page of {length} bytes is no page of {PAGE} customers");
        }
        Ok(elapsed)
    }
}

/// The most resident memory that this process ever had, in bytes, as Linux tells it.
fn highest_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
