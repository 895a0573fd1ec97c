//! Where the log goes and what it looks like. Nothing logs a secret: the types do not let it.

use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU64, Ordering};

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

static PANICS: AtomicU64 = AtomicU64::new(0);

/// From now on every panic, of a handler or of a task, is counted and logged by its place (SM-04). Its
/// message may hold anything, so it is told nowhere.
pub fn watch_panics() {
    std::panic::set_hook(Box::new(panicked));
}

fn panicked(panic: &PanicHookInfo<'_>) {
    let count = PANICS.fetch_add(1, Ordering::Relaxed) + 1;
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, count, "a handler or a task panicked");
}

/// How many panicked since [`watch_panics`].
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}
