//! Page objects: what a person does on each page. The only place for selectors.

pub mod configuration;
pub mod consent;
pub mod imports;
pub mod keys;
pub mod portal;
pub mod store;
pub mod upgrade;
pub mod widget;
