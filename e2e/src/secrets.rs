//! Looks for secrets where none may be: in what reached a browser, in logs, in files.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Every place where one of the secrets is found, as it is, in hexadecimal, base64 or percent-encoded.
/// A secret is named by its first six characters, so that a report of a leak is not one more leak.
pub fn leaks(haystack: &[u8], secrets: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for secret in secrets.iter().filter(|secret| secret.len() >= 12) {
        for (form, needle) in forms(secret) {
            if contains(haystack, needle.as_bytes()) {
                found.push(format!("{}... ({form})", &secret[..6]));
            }
        }
    }
    found
}

/// The encodings in which a secret might hide. Base64 depends on where in a group of three bytes the
/// secret begins, so all three alignments are made, without the characters that their neighbours touch.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let mut forms = vec![
        ("as it is", secret.to_owned()),
        ("hexadecimal", secret.bytes().map(hexadecimal).collect::<Vec<_>>().concat()),
        ("percent-encoded", secret.bytes().map(percent).collect()),
    ];
    for shift in 0..3 {
        let shifted = [vec![0; shift], secret.as_bytes().to_vec()].concat();
        for (name, text) in
            [("base64", STANDARD_NO_PAD.encode(&shifted)), ("base64url", URL_SAFE_NO_PAD.encode(&shifted))]
        {
            let from = (shift * 8).div_ceil(6);
            let whole = shifted.len() * 8 / 6;
            forms.push((name, text[from..whole].to_owned()));
        }
    }
    forms
}

fn hexadecimal(byte: u8) -> String {
    format!("{byte:02x}")
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return false };
    let mut from = 0;
    while let Some(place) = haystack[from..].iter().position(|byte| byte == first) {
        from += place + 1;
        if haystack[from..].starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_disguise() {
        let secret = "AB11+secret/of=ours".to_owned();
        for text in [
            format!("token {secret} here"),
            STANDARD_NO_PAD.encode(format!("id:{secret}")),
            URL_SAFE_NO_PAD.encode(format!("ident:{secret}:")),
            secret.bytes().map(percent).collect(),
            secret.bytes().map(hexadecimal).collect::<Vec<_>>().concat(),
        ] {
            assert!(!leaks(text.as_bytes(), std::slice::from_ref(&secret)).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_holds_no_secret_is_clean() {
        assert!(leaks(b"AB11 something else entirely", &["AB11+secret/of=ours".to_owned()]).is_empty());
    }
}
