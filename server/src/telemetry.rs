//! Where the log goes and what it looks like. Nothing logs a secret: the types do not let it. Nothing
//! that is logged ends its line or begins another (IN-08), in either form.

mod count;
mod json;
mod one_line;

use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::Log;
pub use count::{Lines, lines};
use one_line::OneLine;

/// Libraries that print headers and frames when asked for much: those hold cookies, tickets and codes
/// (OA-19). They stay quiet whatever the level.
const QUIET: &str = "tungstenite=warn,tokio_tungstenite=warn,h2=warn,hyper=warn,hyper_util=warn,\
                     reqwest=warn,rustls=warn,sqlx=warn";

/// Starts logging to standard error. Does nothing when it was started before.
///
/// # Errors
/// A sentence when the level cannot be understood.
pub fn start(log: &Log) -> Result<(), String> {
    // A second start, in tests, keeps the first one's settings.
    drop(subscriber(log, std::io::stderr)?.try_init());
    Ok(())
}

/// What `start` starts, writing elsewhere.
///
/// # Errors
/// A sentence when the level cannot be understood.
pub fn subscriber<W>(log: &Log, writer: W) -> Result<impl Subscriber + Send + Sync + 'static, String>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(format!("{},{QUIET}", log.level))
        .map_err(|cause| format!("log.level {:?} cannot be understood: {cause}", log.level))?;
    Ok(Registry::default().with(filter).with(count::Counting).with(form(log.json, OneLine(writer))))
}

/// For machines one JSON object a line, for people a text.
fn form<S, W>(json: bool, writer: OneLine<W>) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    if json {
        Box::new(fmt::layer().fmt_fields(json::fields()).event_format(json::Objects).with_writer(writer))
    } else {
        Box::new(fmt::layer().with_ansi(false).with_writer(writer))
    }
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

#[cfg(test)]
mod tests;
