//! The upgrade campaign: connections that were made under OAuth 1.0a are loaded, line by line, checked before
//! anything is taken, and counted until the last has moved.
//!
//! A file may be loaded again and again. A line that says what it said before changes nothing; another deadline,
//! company or mapping is taken over as long as nobody has connected or decided meanwhile.

mod duplicates;
pub mod file;
mod judge;
mod load;
pub mod row;

pub use load::{Conduct, LoadError, Loaded, LoadingKey, Problem, load};

/// In whose name configurations and mappings of the old system are kept.
pub const BY: &str = "import";
