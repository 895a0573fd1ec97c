//! Shapes on screen: data and callbacks come in, no context and no messages.

pub mod combobox;
pub mod conflict;
pub mod data_table;
pub mod dialog;
pub mod field;
pub mod mapping_table;
pub mod save_bar;
