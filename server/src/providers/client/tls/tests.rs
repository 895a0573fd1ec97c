//! Real servers with certificates of our own making, and one that knows only old TLS.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::TlsFault;
use crate::providers::client::{CallError, Client, Limits};

const LIMITS: Limits = Limits { deadline: Duration::from_secs(5), body: 64 };

/// An authority that the client of these tests trusts.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    client: Client,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "The authority of the tests");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let client =
            Client::built(|builder| builder.tls_certs_merge(reqwest::Certificate::from_pem(pem.as_bytes())))
                .unwrap();
        Self { issuer: Issuer::new(params, key), client }
    }

    /// What the client says to a server with a certificate that this authority signed.
    async fn meets(&self, params: CertificateParams) -> Result<u16, CallError> {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.asks(served(certificate.into(), &key).await).await
    }

    async fn asks(&self, port: u16) -> Result<u16, CallError> {
        let request = http::Request::get(format!("https://localhost:{port}/")).body(Vec::new()).unwrap();
        self.client.send(request, LIMITS).await.map(|answer| answer.status().as_u16())
    }
}

fn server(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.use_authority_key_identifier_extension = true;
    params
}

/// Answers every request with 204 under this certificate.
async fn served(certificate: CertificateDer<'static>, key: &KeyPair) -> u16 {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (acceptor, listener) =
        (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            }
        }
    });
    port
}

/// Answers a greeting with these bytes.
async fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 2048];
        assert!(stream.read(&mut hello).await.unwrap() > 0);
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    port
}

#[tokio::test]
async fn rf_16_certificates_are_refused_each_for_its_own_reason() {
    let authority = Authority::new();
    assert_eq!(authority.meets(server("localhost")).await, Ok(204), "a good one is believed");
    let mut expired = server("localhost");
    (expired.not_before, expired.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
    assert_eq!(authority.meets(expired).await, Err(CallError::Untrusted(TlsFault::Dates)));
    let mut early = server("localhost");
    (early.not_before, early.not_after) = (date_time_ymd(2900, 1, 1), date_time_ymd(2999, 1, 1));
    assert_eq!(authority.meets(early).await, Err(CallError::Untrusted(TlsFault::Dates)));
    let other = authority.meets(server("other.example")).await;
    assert_eq!(other, Err(CallError::Untrusted(TlsFault::Name)));
}

#[tokio::test]
async fn rf_16_what_signed_itself_is_refused() {
    let authority = Authority::new();
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (mut params, key) = (server("localhost"), KeyPair::generate().unwrap());
        params.is_ca = is_ca;
        let port = served(params.self_signed(&key).unwrap().into(), &key).await;
        assert_eq!(authority.asks(port).await, Err(CallError::Untrusted(TlsFault::Issuer)));
    }
}

#[tokio::test]
async fn rf_16_old_tls_is_refused() {
    let authority = Authority::new();
    // A fatal alert of TLS 1.0: protocol_version (RFC 2246, 7.2).
    let alert = answering(b"\x15\x03\x01\x00\x02\x02\x46").await;
    assert_eq!(authority.asks(alert).await, Err(CallError::Untrusted(TlsFault::Version)));
    // A hello that chooses TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA (RFC 2246, 7.4.1.3).
    let hello = answering(
        b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01\
          01234567890123456789012345678901\x00\x00\x2f\x00",
    );
    assert_eq!(authority.asks(hello.await).await, Err(CallError::Untrusted(TlsFault::Version)));
}

#[tokio::test]
async fn rf_16_what_is_no_tls_at_all_is_refused() {
    let authority = Authority::new();
    let plain = answering(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(authority.asks(plain).await, Err(CallError::Untrusted(TlsFault::Broken)));
}

#[test]
fn rf_16_every_fault_has_a_sentence_and_a_name_of_its_own() {
    let all = [TlsFault::Dates, TlsFault::Issuer, TlsFault::Name, TlsFault::Version, TlsFault::Broken];
    for told in [all.map(|fault| fault.to_string()), all.map(|fault| fault.code().to_owned())] {
        let distinct: std::collections::BTreeSet<&String> = told.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{told:?}");
    }
}
