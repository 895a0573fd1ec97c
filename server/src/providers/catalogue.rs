//! The catalogue: an entry per integration, as data.

/// Every integration there is.
#[derive(Default)]
pub struct Catalogue {}
