//! Why a TLS server is not believed: told apart, because each has another remedy.

use std::error::Error;

use rustls::{AlertDescription, CertificateError, Error as Handshake};

/// What is wrong with a server's certificate, or with the TLS that it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Expired, or not valid yet.
    #[error("its certificate has expired or is not valid yet; compare its dates with this machine's clock")]
    Dates,
    /// Self-signed, or of an authority that the system does not know.
    #[error("its certificate is signed by nobody that this machine trusts")]
    Issuer,
    /// Of somebody else.
    #[error("its certificate is for another name")]
    Name,
    /// Nothing newer than TLS 1.1.
    #[error("it speaks neither TLS 1.2 nor 1.3")]
    Version,
    /// Anything else.
    #[error("its certificate or its handshake is broken")]
    Broken,
}

impl TlsFault {
    /// A short name, for support.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dates => "tls-expired",
            Self::Issuer => "tls-untrusted",
            Self::Name => "tls-wrong-name",
            Self::Version => "tls-too-old",
            Self::Broken => "tls-broken",
        }
    }
}

/// The TLS fault below an error, if that is what it comes from.
pub(super) fn found(error: &(dyn Error + 'static)) -> Option<TlsFault> {
    handshake(error).map(fault)
}

/// The error of TLS below another one.
pub(super) fn handshake<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Handshake> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(handshake) = error.downcast_ref::<Handshake>() {
            return Some(handshake);
        }
        // The `source` of an I/O error is that of what it holds, which would be passed over.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = held.map(|held| held as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

fn fault(handshake: &Handshake) -> TlsFault {
    match handshake {
        Handshake::InvalidCertificate(certificate) => of_certificate(certificate),
        Handshake::PeerIncompatible(_)
        | Handshake::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            TlsFault::Version
        }
        _ => TlsFault::Broken,
    }
}

pub(super) fn of_certificate(error: &CertificateError) -> TlsFault {
    match error {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsFault::Dates,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::Name,
        CertificateError::UnknownIssuer => TlsFault::Issuer,
        // So is the certificate called that `openssl req -x509` makes: an authority that signed itself.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => TlsFault::Issuer,
        _ => TlsFault::Broken,
    }
}

#[cfg(test)]
mod tests;
