//! `patchbay-sandbox`: the sandbox as a program of its own.

use std::{env, fs, io::Write, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Parser;
use sandbox::{
    Client, Config, Consumer, Generated, Limits, Pkce, Replay, Rotation, WebhookFormat, Webhooks, start,
};

/// Where the secret is looked for when there is no file.
const SECRET: &str = "PATCHBAY_SANDBOX_CLIENT_SECRET";

/// QuickBooks Online, played on loopback.
///
/// The client secret is read from a file or from the environment variable `PATCHBAY_SANDBOX_CLIENT_SECRET`,
/// never from the command line, where other users of the machine could see it.
#[derive(Parser)]
#[command(name = "patchbay-sandbox", version)]
struct Flags {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:4170")]
    listen: SocketAddr,
    /// Origin that browsers use, e.g. `http://intuit.localhost:0`; port 0 stands for the bound port.
    #[arg(long)]
    public_url: Option<String>,
    /// Client id of an app; may be given several times.
    #[arg(long, required = true)]
    client_id: Vec<String>,
    /// File with the client secret; one for each client id, in their order.
    #[arg(long)]
    client_secret_file: Vec<PathBuf>,
    /// Redirect URI that the apps may use, compared letter by letter; may be given several times.
    #[arg(long, required = true)]
    redirect_uri: Vec<String>,
    /// Consumer key under OAuth 1.0a of the first app, so that connections can be moved to OAuth 2.0.
    #[arg(long, requires = "consumer_secret_file")]
    consumer_key: Option<String>,
    /// File with the consumer secret.
    #[arg(long, requires = "consumer_key")]
    consumer_secret_file: Option<PathBuf>,
    /// Where the first app is told of changes.
    #[arg(long, requires = "webhook_verifier_token_file")]
    webhook_url: Option<String>,
    /// File with the verifier token that webhooks are signed with.
    #[arg(long, requires = "webhook_url")]
    webhook_verifier_token_file: Option<PathBuf>,
    /// What webhooks look like.
    #[arg(long, value_enum, default_value_t)]
    webhook_format: WebhookFormat,
    /// Name of the app on the consent page.
    #[arg(long, default_value = "Patchbay")]
    app_name: String,
    /// Milliseconds that each page of a query takes.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// How refresh tokens change.
    #[arg(long, value_enum, default_value_t)]
    rotation: Rotation,
    /// Seconds that an old refresh token still works with `--rotation grace`.
    #[arg(long, default_value_t = 60)]
    grace_seconds: u64,
    /// What comes of an old refresh token; with `--rotation strict` it always ends the grant.
    #[arg(long, value_enum, default_value = "refused")]
    refresh_replay: Replay,
    /// `error_description` of a refresh that is refused, e.g. `Incorrect or invalid refresh token`.
    #[arg(long)]
    refresh_error_description: Option<String>,
    /// Seconds that an access token lives.
    #[arg(long, default_value_t = 3600)]
    access_token_seconds: u64,
    /// Let in everything, where Intuit would answer 429.
    #[arg(long)]
    no_limits: bool,
    /// Seconds that a code lives.
    #[arg(long, default_value_t = 600)]
    code_seconds: u64,
    /// What comes of a code that is used a second time.
    #[arg(long, value_enum, default_value = "ends-grant")]
    code_replay: Replay,
    /// What is made of a code challenge.
    #[arg(long, value_enum, default_value_t)]
    pkce: Pkce,
    /// Callbacks carry `iss`, and discovery says so.
    #[arg(long)]
    iss_on_callback: bool,
    /// A computed company, e.g. `seed=1,customers=1000000,vendors=500,items=2000,realm=1,name=Big`; may be given
    /// several times.
    #[arg(long)]
    generated: Vec<Generated>,
    /// The page, the switches and the ledger (which holds every secret) answer to other machines too.
    #[arg(long)]
    allow_remote_control: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let flags = Flags::parse();
    let clients = clients(&flags)?;
    let config = Config {
        listen: flags.listen,
        public_url: flags.public_url,
        clients,
        rotation: flags.rotation,
        grace: Duration::from_secs(flags.grace_seconds),
        refresh_replay: flags.refresh_replay,
        refresh_error_description: flags.refresh_error_description,
        latency_per_page: Duration::from_millis(flags.latency_ms),
        access_token_seconds: flags.access_token_seconds,
        code_seconds: flags.code_seconds,
        code_replay: flags.code_replay,
        pkce: flags.pkce,
        iss_on_callback: flags.iss_on_callback,
        allow_remote_control: flags.allow_remote_control,
        generated: flags.generated,
        webhook_format: flags.webhook_format,
        limits: if flags.no_limits { Limits::default() } else { Limits::intuit() },
        ..Config::default()
    };
    let sandbox = start(config).await?;
    let mut out = std::io::stdout();
    writeln!(out, "QuickBooks sandbox: {} (bound to {})", sandbox.url(), sandbox.address())?;
    writeln!(out, "Its switches: {}/sandbox", sandbox.url())?;
    out.flush()?;
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    sandbox.stop().await;
    Ok(())
}

fn clients(flags: &Flags) -> Result<Vec<Client>> {
    let secrets = match (flags.client_secret_file.as_slice(), flags.client_id.len()) {
        ([], 1) => {
            vec![env::var(SECRET).with_context(|| format!("give --client-secret-file or set {SECRET}"))?]
        }
        (files, ids) if files.len() == ids => files.iter().map(secret).collect::<Result<_>>()?,
        (files, ids) => bail!("{ids} client ids need {ids} secret files, not {}", files.len()),
    };
    let client = |(id, secret): (&String, String)| Client {
        name: flags.app_name.clone(),
        ..Client::new(id, secret, flags.redirect_uri.clone())
    };
    let mut clients: Vec<Client> = flags.client_id.iter().zip(secrets).map(client).collect();
    if let (Some(key), Some(file), Some(first)) =
        (&flags.consumer_key, &flags.consumer_secret_file, clients.first_mut())
    {
        first.consumer = Some(Consumer { key: key.clone(), secret: secret(file)? });
    }
    if let (Some(url), Some(file), Some(first)) =
        (&flags.webhook_url, &flags.webhook_verifier_token_file, clients.first_mut())
    {
        first.webhooks = Some(Webhooks { url: url.clone(), verifier_token: secret(file)? });
    }
    Ok(clients)
}

fn secret(file: &PathBuf) -> Result<String> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read the secret in {}", file.display()))?;
    let secret = text.trim().to_owned();
    if secret.is_empty() {
        bail!("{} is empty: it must hold the client secret", file.display());
    }
    Ok(secret)
}
