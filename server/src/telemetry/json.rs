//! The log for machines: one JSON object a line, all names at its top: timestamp, level, target,
//! message, the fields of the line, and those of the request that it belongs to (`request`, `method`,
//! `route`, `path`).

use serde_json::{Map, Value};
use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// How the fields of a span are kept until a line needs them.
pub(super) fn fields() -> JsonFields {
    JsonFields::new()
}

/// Writes the objects.
pub(super) struct Objects;

impl<S, N> FormatEvent<S, N> for Objects
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut object = Fields(Map::new());
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let metadata = event.metadata();
        object.put("timestamp", time.into());
        object.put("level", metadata.level().as_str().into());
        object.put("target", metadata.target().into());
        event.record(&mut object);
        for span in context.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let kept = extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.fields.as_str());
            // What cannot be read is no field; the line is worth more than it.
            for (name, value) in serde_json::from_str::<Map<String, Value>>(kept).unwrap_or_default() {
                object.put(&name, value);
            }
        }
        let text = serde_json::to_string(&object.0).map_err(|_| fmt::Error)?;
        writeln!(writer, "{text}")
    }
}

/// The names of an object; the first to take one keeps it, so that no field forges another.
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, name: &str, value: Value) {
        self.0.entry(name).or_insert(value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field.name(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }
}
