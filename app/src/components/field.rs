//! One field of the configuration.
