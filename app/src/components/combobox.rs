//! A text field with a list of records to choose from.
