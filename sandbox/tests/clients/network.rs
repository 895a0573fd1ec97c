//! A network that leads Intuit's names to the sandbox: a proxy that ends TLS with a certificate of its own, as the
//! proxies of some companies do. It lets nothing out, so a client that asks anywhere else fails.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// The names that Intuit's clients have in them.
const NAMES: &[&str] = &[
    "developer.intuit.com",
    "developer.api.intuit.com",
    "developer-sandbox.api.intuit.com",
    "appcenter.intuit.com",
    "oauth.platform.intuit.com",
    "accounts.platform.intuit.com",
    "sandbox-accounts.platform.intuit.com",
    "quickbooks.api.intuit.com",
    "sandbox-quickbooks.api.intuit.com",
];

/// A running proxy. It stops when it is dropped.
pub(crate) struct Network {
    address: SocketAddr,
    authority: NamedTempFile,
    task: JoinHandle<()>,
}

impl Network {
    pub(crate) async fn to(sandbox: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (authority, tls) = certificates();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(lead(stream, tls.clone(), sandbox));
            }
        });
        Self { address, authority, task }
    }

    /// What a client is told in `HTTPS_PROXY`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The certificate that a client has to trust.
    pub(crate) fn authority(&self) -> &Path {
        self.authority.path()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One `CONNECT`, and what is said inside it.
async fn lead(stream: TcpStream, tls: TlsAcceptor, sandbox: SocketAddr) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let name = line.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()).unwrap_or_default();
    let known = NAMES.contains(&name);
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await?;
    }
    if !known {
        return stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    }
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let mut inside = tls.accept(stream).await?;
    let mut sandbox = TcpStream::connect(sandbox).await?;
    copy_bidirectional(&mut inside, &mut sandbox).await.map(|_| ())
}

/// An authority of its own, as a file, and a server that it vouches for under all of the names.
fn certificates() -> (NamedTempFile, TlsAcceptor) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    // Under the default name both certificates would be called the same, and the server's look self-signed.
    authority.distinguished_name = DistinguishedName::new();
    authority.distinguished_name.push(DnType::CommonName, "The network of the tests");
    let key = KeyPair::generate().unwrap();
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(authority, key);
    let names: Vec<String> = NAMES.iter().map(|&name| name.to_owned()).collect();
    let mut server = CertificateParams::new(names).unwrap();
    server.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().unwrap();
    let chain = vec![server.signed_by(&key, &issuer).unwrap().into()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (file, TlsAcceptor::from(Arc::new(config)))
}
