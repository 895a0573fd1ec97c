//! Tokens of every kind of forger, without a network.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::keys::Key;
use super::*;

const ISSUER: &str = "https://login.example";
const NOW: u64 = 1_764_000_000;

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A key pair, and its public half as a provider publishes it.
fn pair() -> (EcdsaKeyPair, Key) {
    let random = SystemRandom::new();
    let written = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, written.as_ref(), &random).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    let key =
        json!({ "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256", "x": x, "y": y });
    (pair, Key::of(key).unwrap())
}

fn token(pair: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encoded(header), encoded(claims));
    let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "harbour", "aud": "us", "exp": NOW + 3600, "iat": NOW, "nonce": "n" })
}

fn judge(claims: &Value) -> Result<String, Forged> {
    let expected = Expected { issuer: ISSUER, client: "us", nonce: "n", now: Moment(NOW * 1000) };
    judged(claims.to_string().as_bytes(), &expected)
}

#[test]
fn a_good_token_names_its_subject() {
    let (pair, key) = pair();
    let token = token(&pair, &json!({ "alg": "ES256", "kid": "1" }), &claims());
    let signed = Signed::read(&token).unwrap();
    assert!(key.signed(&signed));
    assert_eq!(judge(&claims()), Ok("harbour".to_owned()));
}

#[test]
fn oa_23_every_claim_that_is_wrong_is_refused() {
    for (claim, value, forged) in [
        ("iss", json!("https://login.example/"), Forged::Issuer),
        ("aud", json!("them"), Forged::Audience),
        ("aud", json!([]), Forged::Audience),
        ("aud", json!(["us", "them"]), Forged::Party),
        ("azp", json!("them"), Forged::Party),
        ("exp", json!(NOW - 60), Forged::Expired),
        ("exp", json!("never"), Forged::Shape),
        ("exp", Value::Null, Forged::Shape),
        ("iat", json!(NOW + 61), Forged::Time),
        ("iat", json!(NOW - 3600), Forged::Time),
        ("nbf", json!(NOW + 3600), Forged::Time),
        ("nonce", json!("m"), Forged::Nonce),
        ("nonce", Value::Null, Forged::Nonce),
        ("sub", json!(""), Forged::Subject),
        ("sub", json!("x".repeat(256)), Forged::Subject),
    ] {
        let mut claims = claims();
        claims[claim] = value.clone();
        assert_eq!(judge(&claims), Err(forged), "{claim}: {value}");
    }
}

#[test]
fn what_may_differ_may_differ() {
    for (claim, value) in [
        ("aud", json!(["us"])),
        ("azp", json!("us")),
        ("exp", json!(NOW - 59)),
        ("exp", json!(f64::from(2_000_000_000) + 0.5)),
        ("iat", json!(NOW + 59)),
        ("nbf", json!(NOW)),
    ] {
        let mut claims = claims();
        claims[claim] = value.clone();
        assert!(judge(&claims).is_ok(), "{claim}: {value}");
    }
    let mut for_several = claims();
    (for_several["aud"], for_several["azp"]) = (json!(["them", "us"]), json!("us"));
    assert!(judge(&for_several).is_ok());
}

#[test]
fn oa_23_only_two_algorithms_are_taken() {
    for alg in ["none", "None", "nOnE", "", "HS256", "HS512", "RS384", "PS256", "ES384", "EdDSA", "rs256"] {
        let unsigned = format!("{}.{}.", encoded(&json!({ "alg": alg })), encoded(&claims()));
        assert_eq!(Signed::read(&unsigned).err(), Some(Forged::Algorithm), "{alg}");
    }
    let critical =
        format!("{}.{}.", encoded(&json!({ "alg": "ES256", "crit": ["b64"] })), encoded(&claims()));
    assert_eq!(Signed::read(&critical).err(), Some(Forged::Critical));
}

#[test]
fn oa_23_a_key_signs_by_its_own_algorithm_alone() {
    let (pair, key) = pair();
    // An RSA key's name over a signature of the other kind, and a signature that was changed.
    let crossed = token(&pair, &json!({ "alg": "RS256", "kid": "1" }), &claims());
    assert!(!key.signed(&Signed::read(&crossed).unwrap()));
    let good = token(&pair, &json!({ "alg": "ES256", "kid": "1" }), &claims());
    let mut other = claims();
    other["sub"] = json!("mallory");
    let parts: Vec<&str> = good.split('.').collect();
    let swapped = format!("{}.{}.{}", parts[0], encoded(&other), parts[2]);
    assert!(!key.signed(&Signed::read(&swapped).unwrap()));
    let stranger = token(&super::tests::pair().0, &json!({ "alg": "ES256", "kid": "1" }), &claims());
    assert!(!key.signed(&Signed::read(&stranger).unwrap()));
}

#[test]
fn oa_23_keys_that_are_not_for_signatures_are_no_keys() {
    for key in [
        json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "1" }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc" }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "HS256" }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "ES256" }),
        json!({ "kty": "EC", "crv": "P-384", "x": "AQAB", "y": "AQAB" }),
        json!({ "kty": "RSA", "e": "AQAB" }),
    ] {
        assert!(Key::of(key.clone()).is_none(), "{key}");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let long = format!("{}.{}.x", encoded(&json!({ "alg": "ES256" })), "e".repeat(20_000));
    for text in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "e30.e30.e30", "e30=.e30.e30", &long] {
        assert_eq!(Signed::read(text).err(), Some(Forged::Shape), "{text:.20}");
    }
}

#[test]
fn a_nonce_is_of_one_cookie_and_not_what_the_database_holds() {
    let (one, other) = (nonce([1; 32]), nonce([2; 32]));
    assert_ne!(one, other);
    assert_eq!(one, nonce([1; 32]));
    assert_ne!(one, URL_SAFE_NO_PAD.encode([1; 32]));
}
