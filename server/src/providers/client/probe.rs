//! One look at an address for `patchbay doctor`: as far as it can be reached, and where the way ends.
//! Nothing secret is ever sent on it.

use std::time::Duration;

use http::HeaderMap;
use protocol::ids::Moment;
use rustls::CertificateError;
use tokio::net::TcpStream;

use super::{Client, NoClient, resolve};

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Its time is over.
    Expired,
    /// Its time has not come: more likely our clock is wrong.
    NotYet,
    /// It is self-signed, or by an authority that this machine does not trust.
    Stranger,
    /// It is for another name.
    WrongName,
    /// Something else.
    Other,
}

/// Where the way to an address ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The name is not known.
    Name,
    /// Nobody listens there, or somebody in between says so.
    Refused,
    /// No connection for another reason, in the system's words.
    Unreachable(String),
    /// Nothing came in time.
    Timeout,
    /// A connection, but not to whom the name belongs.
    Certificate(Flaw),
    /// A connection, but no TLS.
    Tls,
    /// A connection, but no HTTP.
    NoHttp,
}

/// What came.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The time that the other side says it is.
    pub date: Option<Moment>,
}

/// Looks at addresses.
pub struct Probe {
    client: Client,
    patience: Duration,
}

impl Probe {
    /// Each step of a look may take this long.
    pub fn new(patience: Duration) -> Result<Self, NoClient> {
        Ok(Self { client: Client::over_http1()?, patience })
    }

    /// Asks once, by HTTP/1.1, which alone has upgrades. The body of the answer is not read.
    pub async fn look(&self, request: http::Request<Vec<u8>>) -> Result<Sight, Trouble> {
        self.connect(request.uri()).await?;
        let request = reqwest::Request::try_from(request).map_err(|_| Trouble::Name)?;
        let answer = tokio::time::timeout(self.patience, self.client.http.execute(request)).await;
        let answer = answer.map_err(|_| Trouble::Timeout)?.map_err(|error| trouble(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let date = headers.get(http::header::DATE).and_then(|date| date.to_str().ok()).and_then(moment);
        Ok(Sight { status, headers, date })
    }

    /// The name and the connection by themselves, since a client tells them apart in no reliable way.
    async fn connect(&self, uri: &http::Uri) -> Result<(), Trouble> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let found = tokio::time::timeout(self.patience, resolve(host)).await.map_err(|_| Trouble::Timeout)?;
        let mut last = Trouble::Name;
        for mut address in found.map_err(|_| Trouble::Name)? {
            address.set_port(port);
            match tokio::time::timeout(self.patience, TcpStream::connect(address)).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                    last = Trouble::Refused;
                }
                Ok(Err(error)) => last = Trouble::Unreachable(error.to_string()),
                Err(_) => last = Trouble::Timeout,
            }
        }
        Err(last)
    }
}

fn moment(date: &str) -> Option<Moment> {
    let since = httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().map(Moment)
}

/// What an error of the client comes from. Its own text may hold an address and is not told.
fn trouble(error: &reqwest::Error) -> Trouble {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(tls) = tls(found) {
            return tls;
        }
        cause = found.source();
    }
    if error.is_timeout() { Trouble::Timeout } else { Trouble::NoHttp }
}

/// An error of TLS, which comes in the guise of one of input and output, or of one inside another.
fn tls(error: &(dyn std::error::Error + 'static)) -> Option<Trouble> {
    if let Some(outer) = error.downcast_ref::<std::io::Error>() {
        return outer.get_ref().and_then(|inside| tls(inside));
    }
    Some(match error.downcast_ref()? {
        rustls::Error::InvalidCertificate(certificate) => Trouble::Certificate(flaw(certificate)),
        _ => Trouble::Tls,
    })
}

fn flaw(error: &CertificateError) -> Flaw {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Flaw::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Flaw::NotYet,
        CertificateError::UnknownIssuer => Flaw::Stranger,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Flaw::WrongName
        }
        _ => Flaw::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn look(origin: &str) -> Result<Sight, Trouble> {
        let request = http::Request::get(origin).body(Vec::new()).unwrap();
        Probe::new(Duration::from_millis(200)).unwrap().look(request).await
    }

    #[tokio::test]
    async fn whoever_says_nothing_is_told_from_whoever_is_not_there() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}/", silent.local_addr().unwrap());
        assert_eq!(look(&origin).await.unwrap_err(), Trouble::Timeout);
        drop(silent);
        assert_eq!(look(&origin).await.unwrap_err(), Trouble::Refused);
    }

    #[test]
    fn an_error_of_tls_is_found_inside_others() {
        let inside = std::io::Error::other(rustls::Error::InvalidCertificate(CertificateError::Expired));
        let found = tls(&std::io::Error::other(inside));
        assert_eq!(found, Some(Trouble::Certificate(Flaw::Expired)));
        assert_eq!(tls(&std::io::Error::other("something else")), None);
    }
}
