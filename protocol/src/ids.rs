//! Identifiers as types of their own, with constructors that check.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 1 to {limit} characters of a-z, A-Z, 0-9, '-', '_' and '.'")]
pub struct InvalidId {
    limit: usize,
}

fn check(text: &str, limit: usize) -> Result<(), InvalidId> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > limit || !text.chars().all(legal) {
        return Err(InvalidId { limit });
    }
    Ok(())
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $limit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes a text that is a legal identifier of this kind.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check(&text, $limit)?;
                Ok(Self(text))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A portal's public name, as in `/embed/{portal}`.
    PortalId, 64
);
text_id!(
    /// An entry of the catalogue, as in `/integrations/{integration}`.
    IntegrationId, 64
);
text_id!(
    /// A help article, as in `/help/{slug}`.
    ArticleId, 64
);
text_id!(
    /// Chosen by the client, unique within its session; an intent happens once per id.
    RequestId, 64
);

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub u64);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                number::serialize(&self.0, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                number::deserialize(deserializer).map(Self)
            }
        }
    };
}

number_id!(
    /// One run of an import.
    ImportId
);
number_id!(
    /// Place of a notification in the tenant's log; ids grow, with gaps.
    EventSeq
);
number_id!(
    /// Place of a line in the audit log; ids grow, with gaps.
    AuditSeq
);
number_id!(
    /// Age of a part of the state: the newest revision wins.
    Revision
);
number_id!(
    /// A moment, in milliseconds since 1970-01-01T00:00:00Z.
    Moment
);

/// 64-bit numbers: as they are in binary, as strings in JSON, whose numbers hold 53 bits.
pub(crate) mod number {
    use super::{Deserialize, Deserializer, Serializer};

    #[cfg_attr(
        target_pointer_width = "64",
        expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde's `with` calls")
    )]
    pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(value)
        } else {
            serializer.serialize_u64(*value)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            u64::deserialize(deserializer)
        }
    }
}
