//! An authorization server that says whatever a test wants: bad descriptions, forged tokens, changed keys.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A running one. It stops with the test's runtime.
pub(super) struct Played {
    pub(super) origin: String,
    shared: Arc<Mutex<Says>>,
}

/// What it answers, and what it was asked.
struct Says {
    metadata: (u16, String),
    jwks: Value,
    token: Value,
    calls: Vec<String>,
}

/// A key that it signs with.
pub(super) struct Key {
    pub(super) kid: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(super) fn new(kid: &'static str) -> Self {
        let random = SystemRandom::new();
        let written = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, written.as_ref(), &random);
        Self { kid, pair: pair.expect("a key") }
    }

    /// The public half.
    pub(super) fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "kid": self.kid, "use": "sig", "alg": "ES256", "x": x, "y": y })
    }

    /// Signs claims under a header.
    pub(super) fn signs(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).expect("signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Signs claims as it should be.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.signs(&json!({ "alg": "ES256", "kid": self.kid }), claims)
    }
}

impl Played {
    pub(super) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    /// On a listener that is there already.
    pub(super) fn on(listener: TcpListener) -> Self {
        let origin = format!("http://{}", listener.local_addr().expect("bound"));
        let says =
            Says { metadata: (200, String::new()), jwks: Value::Null, token: Value::Null, calls: Vec::new() };
        let played = Self { origin, shared: Arc::new(Mutex::new(says)) };
        played.describes(|_| {});
        let router = Router::new().fallback(answer).with_state(Arc::clone(&played.shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        played
    }

    /// Describes itself well, but for what is changed.
    pub(super) fn describes(&self, change: impl FnOnce(&mut Value)) {
        let at = |path: &str| format!("{}{path}", self.origin);
        let mut metadata = json!({
            "issuer": self.origin,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/me"),
            "jwks_uri": at("/jwks"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        });
        change(&mut metadata);
        self.answers(200, metadata.to_string());
    }

    /// Answers whoever asks for its description.
    pub(super) fn answers(&self, status: u16, body: String) {
        self.says().metadata = (status, body);
    }

    /// Publishes these keys.
    pub(super) fn publishes(&self, keys: &[&Key]) {
        self.says().jwks = json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() });
    }

    /// Gives tokens, and this `id_token`, for the next codes.
    pub(super) fn gives(&self, id_token: Option<&str>) {
        let mut token = json!({
            "access_token": "at", "refresh_token": "rt", "token_type": "Bearer", "expires_in": 3600,
        });
        if let Some(id_token) = id_token {
            token["id_token"] = id_token.into();
        }
        self.says().token = token;
    }

    /// How often a path was asked for.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.says().calls.iter().filter(|call| *call == path).count()
    }

    fn says(&self) -> std::sync::MutexGuard<'_, Says> {
        self.shared.lock().expect("no other test failed here")
    }
}

async fn answer(
    State(says): State<Arc<Mutex<Says>>>,
    uri: Uri,
) -> (StatusCode, [(&'static str, String); 2], String) {
    let mut says = says.lock().expect("no other test failed here");
    says.calls.push(uri.path().to_owned());
    let (status, body) = match uri.path() {
        "/.well-known/openid-configuration" => says.metadata.clone(),
        "/jwks" => (200, says.jwks.to_string()),
        "/token" => (200, says.token.to_string()),
        "/me" => (200, json!({ "sub": "harbour", "name": "Harbour" }).to_string()),
        "/organisation" => (200, json!({ "organisation": { "id": 42, "name": " Harbour " } }).to_string()),
        _ => (404, String::new()),
    };
    let headers = [("content-type", "application/json".to_owned()), ("location", "/elsewhere".to_owned())];
    (StatusCode::from_u16(status).expect("a status"), headers, body)
}
