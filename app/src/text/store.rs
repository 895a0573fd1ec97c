//! Words of the store page.

use crate::model::filters::Group;

/// Heading and title.
pub const TITLE: &str = "Integrations";
/// Under the heading.
pub fn lead(organisation: &str, portal: &str) -> String {
    ["Connect ", organisation, " in ", portal, " with the software you already use."].concat()
}
/// Label of the search.
pub const SEARCH: &str = "Search integrations";
/// Label of the category filter.
pub const CATEGORY: &str = "Category";
/// Every category.
pub const ALL_CATEGORIES: &str = "All categories";
/// Label of the state filter.
pub const STATE: &str = "State";
/// Every state.
pub const ALL_STATES: &str = "All states";
/// Nothing passes the filters.
pub const NONE_FOUND: &str = "No integration matches your search.";
/// Takes the filters away.
pub const CLEAR: &str = "Clear search and filters";
/// The catalogue is empty.
pub const EMPTY_TITLE: &str = "No integrations yet";
/// What to do then.
pub const EMPTY_BODY: &str =
    "Your portal has not opened any integration for this organisation. Ask its support.";
/// A visitor without the right.
pub const MAY_NOT_CONNECT: &str = "Your role may look but not connect. Ask an administrator.";

/// A group of states.
pub fn group(group: Group) -> &'static str {
    match group {
        Group::Connected => "Connected",
        Group::Attention => "Needs attention",
        Group::Off => "Not connected",
    }
}
