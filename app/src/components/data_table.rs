//! A table of imported records, read in windows.
