//! What an operator sees of a running proxy: the sections `[log]` and `[metrics]`.

use super::table::Section;
use super::{Log, Metrics};

/// Reads `[log]`.
pub(super) fn log(mut section: Section<'_>) -> Log {
    let level = section.text("level").unwrap_or_else(|| Log::default().level);
    let json = section.parse("json", "true or false");
    let format = section.text("format");
    if let Some(other) = format.as_ref().filter(|format| !matches!(format.as_str(), "text" | "json")) {
        section.tell("format", &format!("is {other:?}; it is \"text\" or \"json\""));
    }
    if json.is_some() && format.is_some() {
        section.tell("format", "says again what json says; leave one of them out");
    }
    section.finish();
    Log { level, json: json.unwrap_or(format.as_deref() == Some("json")) }
}

/// Reads `[metrics]`.
pub(super) fn metrics(mut section: Section<'_>) -> Metrics {
    let listen = section.parse("listen", "an address and a port such as 127.0.0.1:9464");
    section.finish();
    Metrics { listen }
}
