//! The demo portal as a program: `portal --proxy-url .. --key-file ..`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;

#[derive(Parser)]
#[command(about = "Northwind Stock, a demo portal that offers the store to its customers")]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7320")]
    listen: SocketAddr,
    /// Where the proxy's API is.
    #[arg(long, default_value = "http://127.0.0.1:7300")]
    proxy_url: String,
    /// Where the store is in the browser.
    #[arg(long, default_value = "http://store.localhost:7300")]
    store_url: String,
    /// Where people open this portal.
    #[arg(long, default_value = "http://portal.localhost:7320")]
    public_url: String,
    /// The file that holds our API key.
    #[arg(long)]
    key_file: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            portal::say(&format!("{problem:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<()> {
    let key = std::fs::read_to_string(&arguments.key_file)
        .with_context(|| format!("cannot read the API key in {}", arguments.key_file.display()))?;
    let running = portal::start(portal::Config {
        listen: arguments.listen,
        proxy_url: arguments.proxy_url,
        store_url: arguments.store_url,
        api_key: key.trim().to_owned(),
        public_url: arguments.public_url,
    })
    .await?;
    portal::say(&format!("open {}", running.url()));
    tokio::select! {
        ended = running.ended() => ended,
        signal = tokio::signal::ctrl_c() => signal.context("cannot wait for Ctrl-C"),
    }
}
