//! A moment as its age, with the exact time for machines and as a hint.

use protocol::ids::Moment;

use crate::browser::dom::{Tag, tag};
use crate::browser::intl;

/// For example "2 hours ago".
pub fn age(at: Moment, now: impl Fn() -> u64 + 'static) -> Tag {
    tag("time", "")
        .attr("datetime", &intl::machine(at))
        .attr("title", &intl::moment(at))
        .says(move || intl::relative(at, now()))
}
