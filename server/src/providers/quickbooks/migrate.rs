//! Intuit's way from OAuth 1.0a to OAuth 2.0: one request, signed with HMAC-SHA1 as RFC 5849 says, whose JSON body
//! takes no part in the signature. Pure: time and nonce are arguments. Intuit has retired it, its clients speak it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Request, header};
use ring::hmac;
use serde::Serialize;
use url::{Position, Url};

use crate::vault::Secret;

/// What a connection is moved with.
pub(crate) struct Old<'a> {
    /// Our key of that time.
    pub(crate) consumer_key: &'a str,
    /// What we sign with.
    pub(crate) consumer_secret: &'a Secret,
    /// The connection's token.
    pub(crate) token: &'a Secret,
    /// What the connection signs with.
    pub(crate) token_secret: &'a Secret,
}

/// What is asked for in its place; the body, in Intuit's words.
#[derive(Serialize)]
pub(crate) struct Wish<'a> {
    /// With blanks between.
    pub(crate) scope: &'a str,
    /// As registered.
    pub(crate) redirect_uri: &'a str,
    /// Under OAuth 2.0.
    pub(crate) client_id: &'a str,
    /// Under OAuth 2.0.
    pub(crate) client_secret: &'a str,
}

/// The signed request. None when a value cannot stand in a header.
pub(crate) fn request(
    at: &Url,
    old: &Old<'_>,
    wish: &Wish<'_>,
    (timestamp, nonce): (u64, &str),
) -> Option<Request<Vec<u8>>> {
    let timestamp = timestamp.to_string();
    let mut value = HeaderValue::from_str(&authorization(at, old, (&timestamp, nonce))).ok()?;
    value.set_sensitive(true);
    Request::post(at.as_str())
        .header(header::AUTHORIZATION, value)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(wish).ok()?)
        .ok()
}

/// The header: the parameters in the order of their names, which is the order in which they are signed.
fn authorization(at: &Url, old: &Old<'_>, (timestamp, nonce): (&str, &str)) -> String {
    let parameters = old.token.lend(|token| {
        [
            ("oauth_consumer_key", old.consumer_key),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", timestamp),
            ("oauth_token", token),
            ("oauth_version", "1.0"),
        ]
        .map(|(name, value)| (name, escaped(value)))
    });
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let base = ["POST", &at[..Position::AfterPath], &pairs.join("&")].map(escaped).join("&");
    let signature = escaped(&signature(&base, old.consumer_secret, old.token_secret));
    let listed: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("OAuth {}, oauth_signature=\"{signature}\"", listed.join(", "))
}

/// RFC 5849, 3.4.2.
fn signature(base: &str, consumer: &Secret, token: &Secret) -> String {
    let key = format!("{}&{}", consumer.lend(escaped), token.lend(escaped));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    STANDARD.encode(hmac::sign(&key, base.as_bytes()))
}

/// RFC 5849, 3.6: all but the unreserved characters, in capital digits.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5849, 1.2: the photo's signature over the base string that section 3.4.1.1 makes of its request.
    #[test]
    fn the_signature_of_rfc_5849_comes_out() {
        let base = "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03\
                    %26oauth_nonce%3DchapoH%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131202\
                    %26oauth_token%3Dnnch734d00sl2jdk%26size%3Doriginal";
        let made = signature(base, &Secret::new("kd94hf93k423kf44"), &Secret::new("pfkkdhi9sl3r4s00"));
        assert_eq!(made, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    /// The signature was made by another program, of the same values.
    #[test]
    fn the_request_is_signed_and_its_body_is_intuits() {
        let at = Url::parse("https://developer.api.intuit.com/v2/oauth2/tokens/migrate").unwrap();
        let (consumer, token, secret) =
            (Secret::new("consumer s&cret"), Secret::new("qyprdToken"), Secret::new("token/secret="));
        let old = Old {
            consumer_key: "qyprdConsumer",
            consumer_secret: &consumer,
            token: &token,
            token_secret: &secret,
        };
        let wish = Wish { scope: "a b", redirect_uri: "https://x/", client_id: "id", client_secret: "s" };
        let request = request(&at, &old, &wish, (1_764_000_000, "n0nce")).unwrap();
        let value = &request.headers()[header::AUTHORIZATION];
        assert!(value.is_sensitive());
        assert_eq!(
            value.to_str().unwrap(),
            "OAuth oauth_consumer_key=\"qyprdConsumer\", oauth_nonce=\"n0nce\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"1764000000\", oauth_token=\"qyprdToken\", oauth_version=\"1.0\", \
             oauth_signature=\"gwxa1oNBPzSey45QBwPF5kfIC5s%3D\""
        );
        let body = "{\"scope\":\"a b\",\"redirect_uri\":\"https://x/\",\"client_id\":\"id\",\"client_secret\":\"s\"}";
        assert_eq!(request.body(), body.as_bytes());
    }
}
