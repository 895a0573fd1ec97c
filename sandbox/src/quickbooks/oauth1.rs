//! OAuth 1.0a as RFC 5849 has it: what `Authorization: OAuth` says, and whether its HMAC-SHA1 is right. Pure.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use ring::hmac;
use url::form_urlencoded;

/// The parameters of a request that somebody signed, decoded.
pub(crate) struct Signed {
    parameters: Vec<(String, String)>,
}

/// What a signature is over, beside the parameters of the header.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) method: &'a str,
    /// Scheme, host and path, in lower case and without a port that goes without saying (RFC 5849, 3.4.1.2).
    pub(crate) address: &'a str,
    /// The query, and a form's fields; a body in JSON takes no part.
    pub(crate) fields: &'a str,
}

impl Signed {
    /// Reads the header. None when there is no such header, or one that is written otherwise.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut sent = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (sent.next(), sent.next()) else { return None };
        let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("oauth") {
            return None;
        }
        let parameters: Option<Vec<_>> = rest.split(',').map(pair).collect();
        Some(Self { parameters: parameters? })
    }

    /// A parameter that stands there once and is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) if !value.is_empty() => Some(value),
            _ => None,
        }
    }

    /// Whether the signature is that of the consumer's and the token's secret.
    pub(crate) fn holds(&self, target: Target<'_>, (consumer, token): (&str, &str)) -> bool {
        let Some(signature) = self.get("oauth_signature").and_then(|text| STANDARD.decode(text).ok()) else {
            return false;
        };
        let key = format!("{}&{}", encoded(consumer), encoded(token));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        hmac::verify(&key, self.base(target).as_bytes(), &signature).is_ok()
    }

    /// The signature base string (RFC 5849, 3.4.1.1).
    fn base(&self, target: Target<'_>) -> String {
        let of_header =
            self.parameters.iter().filter(|(name, _)| name != "oauth_signature" && name != "realm");
        let mut pairs: Vec<(String, String)> =
            of_header.map(|(name, value)| (encoded(name), encoded(value))).collect();
        let fields = form_urlencoded::parse(target.fields.as_bytes());
        pairs.extend(fields.map(|(name, value)| (encoded(&name), encoded(&value))));
        pairs.sort();
        let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let parts = [target.method, target.address, &pairs.join("&")];
        parts.map(encoded).join("&")
    }
}

/// One parameter of the header: `name="value"`, both percent-encoded.
fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.trim().split_once('=')?;
    let value = value.strip_prefix('"')?.strip_suffix('"')?;
    Some((decoded(name)?, decoded(value)?))
}

/// RFC 5849, 3.6: all but the unreserved characters, in capital digits.
fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

/// The text that was percent-encoded; a plus is a plus here.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(part.get(2..)?.bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(value: &str) -> Signed {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        Signed::read(&headers).unwrap()
    }

    /// RFC 5849, 3.4.1.1.
    #[test]
    fn the_base_string_of_rfc_5849_comes_out() {
        let signed = signed(
            "OAuth realm=\"Example\", oauth_consumer_key=\"9djdj82h48djs9d2\", oauth_token=\"kkk9d7dh3k39sjv7\", \
             oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"137131201\", oauth_nonce=\"7d8f3e4a\", \
             oauth_signature=\"bYT5CMsGcbgUdFHObYMEfcx6bsw%3D\"",
        );
        let target = Target {
            method: "POST",
            address: "http://example.com/request",
            fields: "b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2&a3=2+q",
        };
        assert_eq!(
            signed.base(target),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540\
             %3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method\
             %3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }

    /// RFC 5849, 1.2: the request for the photo.
    #[test]
    fn the_signature_of_rfc_5849_holds_and_no_other() {
        let photo = signed(
            "OAuth realm=\"Photos\", oauth_consumer_key=\"dpf43f3p2l4k3l03\", oauth_token=\"nnch734d00sl2jdk\", \
             oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"137131202\", oauth_nonce=\"chapoH\", \
             oauth_signature=\"MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D\"",
        );
        let target = Target {
            method: "GET",
            address: "http://photos.example.net/photos",
            fields: "file=vacation.jpg&size=original",
        };
        assert!(photo.holds(target, ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00")));
        assert!(!photo.holds(target, ("kd94hf93k423kf44", "pfkkdhi9sl3r4s01")));
        assert!(!photo.holds(Target { method: "POST", ..target }, ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00")));
    }

    #[test]
    fn a_header_that_is_written_otherwise_is_none() {
        for text in
            ["", "OAuth", "Bearer a=\"b\"", "OAuth a=b", "OAuth a=\"%2\"", "OAuth a=\"%zz\"", "OAuth a"]
        {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, text.parse().unwrap())]);
            assert!(Signed::read(&headers).is_none(), "{text}");
        }
        let twice = signed("OAuth oauth_token=\"a\",oauth_token=\"b\",empty=\"\"");
        assert_eq!((twice.get("oauth_token"), twice.get("empty"), twice.get("gone")), (None, None, None));
        assert_eq!(signed("oauth a%20b=\"+%26\"").get("a b"), Some("+&"));
    }
}
