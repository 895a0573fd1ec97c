//! `intuit-signature`: HMAC-SHA256 of the raw body under the verifier token, in base64.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;

pub(super) fn sign(body: &str, verifier_token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, verifier_token.as_bytes());
    STANDARD.encode(hmac::sign(&key, body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intuits_own_example_has_intuits_signature() {
        let body = r#"{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"Customer","id":"1","operation":"Create","lastUpdated":"2015-10-05T14:42:19-0700"}]}}]}"#;
        let signature = sign(body, "b5771f19b12ddb4bcdb9f08bdc50bc63878a");
        assert_eq!(signature, "JC2GUwciPmRBwEO7WvrRmKqu9tGOKL8FFallocTFi8Q=");
    }
}
