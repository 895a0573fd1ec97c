//! The demo portal as a program: `portal --proxy-url .. --key-file ..`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
    /// The file that holds the secret of our webhook endpoint, `/patchbay/webhooks`.
    #[arg(long)]
    webhook_secret_file: Option<PathBuf>,
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
    let key = read(&arguments.key_file, "API key")?;
    let webhook_secret =
        arguments.webhook_secret_file.map(|file| read(&file, "webhook's secret")).transpose()?;
    let running = portal::start(portal::Config {
        listen: arguments.listen,
        proxy_url: arguments.proxy_url,
        store_url: arguments.store_url,
        api_key: key,
        public_url: arguments.public_url,
        webhook_secret,
    })
    .await?;
    portal::say(&format!("open {}", running.url()));
    tokio::select! {
        ended = running.ended() => ended,
        signal = tokio::signal::ctrl_c() => signal.context("cannot wait for Ctrl-C"),
    }
}

fn read(file: &Path, what: &str) -> Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the {what} in {}", file.display()))?;
    Ok(text.trim().to_owned())
}
