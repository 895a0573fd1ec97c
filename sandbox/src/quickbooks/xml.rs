//! Intuit's XML: whole answers from JSON, and bodies to JSON. Names say what is what: fields in lower case
//! are attributes, `value` is the text of a reference, a list is its element repeated.

mod reader;
mod schema;
mod text;
mod writer;

pub(crate) use self::{reader::read, writer::write};

#[cfg(test)]
mod tests;
