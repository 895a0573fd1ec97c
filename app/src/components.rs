//! Shapes on screen: data and callbacks come in, no context and no messages.

pub mod banner;
pub mod chip;
pub mod combobox;
pub mod conflict;
pub mod copy_button;
pub mod data_table;
pub mod field;
pub mod icon;
pub mod import_lists;
pub mod look;
pub mod mapping_table;
pub mod modal;
pub mod moment;
pub mod notification_row;
pub mod progress;
pub mod resting;
pub mod save_bar;
pub mod state_page;
pub mod switch;
