//! Both encodings of an envelope, with one limit and no trailing bytes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::FRAME_LIMIT;
use crate::ids::RequestId;

/// A message with the id it bears: the intent's own from the store, the answered one from the
/// proxy, none when the proxy speaks by itself. The id comes first on the wire, so that a message
/// which cannot be read can still be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<M> {
    /// Which request this is, or answers.
    pub id: Option<RequestId>,
    /// What is said.
    pub message: M,
}

impl<M> Envelope<M> {
    /// An envelope that bears an id.
    pub fn new(id: RequestId, message: M) -> Self {
        Self { id: Some(id), message }
    }

    /// An envelope that answers nothing.
    pub fn unasked(message: M) -> Self {
        Self { id: None, message }
    }
}

/// Why bytes are not an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`FRAME_LIMIT`].
    #[error("the frame is longer than {FRAME_LIMIT} bytes")]
    TooLong,
    /// The message is unknown or malformed; its id could be read, perhaps.
    #[error("the message is unknown or malformed")]
    Malformed {
        /// The id to answer.
        id: Option<RequestId>,
    },
    /// Bytes follow the message.
    #[error("bytes follow the message")]
    Trailing {
        /// The id to answer.
        id: Option<RequestId>,
    },
}

impl DecodeError {
    /// The id to answer, where one could be read.
    pub fn id(&self) -> Option<&RequestId> {
        match self {
            Self::TooLong => None,
            Self::Malformed { id } | Self::Trailing { id } => id.as_ref(),
        }
    }
}

/// Encodes for a binary frame.
///
/// # Panics
/// Never: every type of this crate can be encoded, which the golden tests show.
pub fn encode<M: Serialize>(envelope: &Envelope<M>) -> Vec<u8> {
    postcard::to_stdvec(envelope).expect("every type of this crate has a postcard form")
}

/// Decodes a binary frame.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<Envelope<M>, DecodeError> {
    if bytes.len() > FRAME_LIMIT {
        return Err(DecodeError::TooLong);
    }
    let (id, rest) = postcard::take_from_bytes::<Option<RequestId>>(bytes)
        .map_err(|_| DecodeError::Malformed { id: None })?;
    match postcard::take_from_bytes::<M>(rest) {
        Ok((message, [])) => Ok(Envelope { id, message }),
        Ok(_) => Err(DecodeError::Trailing { id }),
        Err(_) => Err(DecodeError::Malformed { id }),
    }
}

/// Encodes for a text frame.
///
/// # Panics
/// Never: every type of this crate can be encoded, which the golden tests show.
#[cfg(feature = "json")]
pub fn encode_json<M: Serialize>(envelope: &Envelope<M>) -> String {
    serde_json::to_string(envelope).expect("every type of this crate has a JSON form")
}

/// Decodes a text frame.
#[cfg(feature = "json")]
pub fn decode_json<M: DeserializeOwned>(text: &str) -> Result<Envelope<M>, DecodeError> {
    #[derive(Deserialize)]
    struct Head {
        id: Option<RequestId>,
    }

    if text.len() > FRAME_LIMIT {
        return Err(DecodeError::TooLong);
    }
    serde_json::from_str(text).map_err(|error| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Head>();
        let id = values.next().and_then(Result::ok).and_then(|head| head.id);
        if error.is_syntax() && id.is_some() {
            DecodeError::Trailing { id }
        } else {
            DecodeError::Malformed { id }
        }
    })
}
