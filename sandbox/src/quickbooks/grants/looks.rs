//! What codes and tokens look like: as Intuit's do, with nothing in them (facts 1.2, 1.3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use time::OffsetDateTime;

use crate::quickbooks::clock::{letters, random};

/// An authorization code.
pub(super) fn code(now: OffsetDateTime) -> String {
    format!("XAB11{}{}", now.unix_timestamp(), letters(35))
}

/// A refresh token: 50 characters, of which the digits say when it dies.
pub(super) fn refresh_token(idle_until: OffsetDateTime) -> String {
    format!("AB11{:010}{}", idle_until.unix_timestamp(), letters(36))
}

/// An access token: a JWE in compact form with nothing readable in it, about 1 kB.
pub(super) fn access_token() -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"enc":"A128CBC-HS256","alg":"dir"}"#);
    let part = |bytes| URL_SAFE_NO_PAD.encode(random(bytes));
    format!("{header}..{}.{}.{}", part(16), part(672), part(16))
}
