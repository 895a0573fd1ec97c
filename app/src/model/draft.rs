//! Unsaved changes of a configuration, as a list that a person can read.
