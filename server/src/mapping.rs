//! Mappings: which of the provider's records a portal record is, who said so, and how sure it is.

pub mod similarity;
pub mod suggest;
