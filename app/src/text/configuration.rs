//! Words of the configuration and of the imported data.
