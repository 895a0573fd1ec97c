//! A record on a page.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::quickbooks::generated::Crowd;

/// A record that is held, or one that is made when it is written.
pub(crate) enum Row<'a> {
    Held(Cow<'a, Value>),
    /// The one at this place.
    Computed(&'a Crowd, usize),
}

impl Row<'_> {
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Held(record) => record.into_owned(),
            Self::Computed(crowd, place) => crowd.value(place),
        }
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Held(record) => record.serialize(serializer),
            Self::Computed(crowd, place) => crowd.record(*place).serialize(serializer),
        }
    }
}
