//! The rows of a mapping table.
