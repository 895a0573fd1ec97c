//! What texts of a portal may look like, wherever they stand: in a body or in an address.

use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::problem::Problem;

const ID_LIMIT: usize = 128;
const NAME_LIMIT: usize = 200;

/// A text for people: 1 to 200 characters, none of them a control character.
pub(super) fn check_name(field: &str, text: &str) -> Result<(), Problem> {
    check(field, text, NAME_LIMIT)
}

/// A portal's own id for something: 1 to 128 characters, none of them a control character.
pub(super) fn check_id(field: &str, text: &str) -> Result<(), Problem> {
    check(field, text, ID_LIMIT)
}

/// An id of a portal's own, as the document shows it.
pub(super) fn id_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(ID_LIMIT)).build()
}

fn check(field: &str, text: &str, limit: usize) -> Result<(), Problem> {
    let fits =
        !text.trim().is_empty() && text.chars().count() <= limit && !text.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    let detail =
        format!("{field} must have 1 to {limit} characters, not all blank, without control characters.");
    Err(Problem::invalid(detail))
}
