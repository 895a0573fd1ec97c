//! Where the log goes and what it looks like. Nothing logs a secret: the types do not let it.

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Libraries that print headers and frames when asked for much: those hold cookies, tickets and codes
/// (OA-19). They stay quiet whatever the level.
const QUIET: &str = "tungstenite=warn,tokio_tungstenite=warn,h2=warn,hyper=warn,hyper_util=warn,\
                     reqwest=warn,rustls=warn,sqlx=warn";

/// Starts logging to standard error. Does nothing when it was started before.
///
/// # Errors
/// A sentence when the level cannot be understood.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(format!("{},{QUIET}", log.level))
        .map_err(|cause| format!("log.level {:?} cannot be understood: {cause}", log.level))?;
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, in tests, keeps the first one's settings.
    drop(if log.json { base.json().try_init() } else { base.with_ansi(false).try_init() });
    Ok(())
}
