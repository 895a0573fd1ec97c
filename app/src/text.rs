//! Every sentence of the store, in one place.

pub mod configuration;

/// The word for one thing or for several.
pub fn plural(count: u64, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
