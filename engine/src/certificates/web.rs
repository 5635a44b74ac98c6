//! The HTTPS connection to the CA: one connection for each request, HTTP/1.1, with limits for its time and size. The
//! crate's own client has no limits.

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, Limited};
use hyper::client::conn::http1;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use wasmtime_wasi_http::io::TokioIo;

const TIME: Duration = Duration::from_secs(30);
/// The time limit for a connection to one address of the CA's host.
const CONNECT: Duration = Duration::from_secs(5);
const BODY_BYTES: usize = 256 << 10;

/// Values from the CA's last answers that the crate does not pass on.
#[derive(Default)]
pub struct Heard {
    /// The `retry-after` of the last answer with an error.
    pub retry_after: Duration,
    /// `issuer-domain-names` of the last challenge dns-persist-01.
    pub issuers: Vec<String>,
}

#[derive(Clone)]
pub struct Web {
    tls: TlsConnector,
    heard: Arc<Mutex<Heard>>,
}

impl Web {
    pub fn new(tls: TlsConnector) -> Self {
        Self { tls, heard: Arc::default() }
    }

    pub fn heard<T>(&self, read: impl FnOnce(&mut Heard) -> T) -> T {
        read(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn exchange(&self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Error> {
        let uri = request.uri().clone();
        if uri.scheme_str() != Some("https") {
            return Err(Error::Str("an https:// URL"));
        }
        let host = uri.host().ok_or(Error::Str("a URL with a host"))?.to_owned();
        // A URL has brackets around an IPv6 address; the look-up takes the address without brackets.
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let other = |e: Box<dyn std::error::Error + Send + Sync>| Error::Other(format!("{host}: {e}").into());
        let stream = connect(&bare, uri.port_u16().unwrap_or(443)).await.map_err(|e| other(e.into()))?;
        let name = ServerName::try_from(bare).map_err(|e| other(e.into()))?;
        let stream = self.tls.connect(name, stream).await.map_err(|e| other(e.into()))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| other(e.into()))?;
        let driver = tokio::spawn(connection);
        let response = sender.send_request(in_origin_form(request)?).await.map_err(|e| other(e.into()))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, BODY_BYTES).collect().await.map_err(other)?.to_bytes();
        driver.abort();
        self.note(&parts, &body);
        Ok(BytesResponse { parts, body: Box::new(body) })
    }

    fn note(&self, parts: &http::response::Parts, body: &[u8]) {
        let issuers = persist_issuers(body);
        self.heard(|heard| {
            if !parts.status.is_success() {
                let seconds =
                    parts.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                heard.retry_after = Duration::from_secs(seconds.unwrap_or(0));
            }
            if !issuers.is_empty() {
                heard.issuers = issuers;
            }
        });
    }
}

/// Tries the addresses of a host one after the other, because some machines have IPv6 addresses without a route to the
/// Internet.
async fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "it has no address");
    for address in tokio::net::lookup_host((host, port)).await? {
        match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(e)) => last = e,
            Err(_) => last = std::io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

/// Moves the host to the host field; path and query stay in the request line (RFC 9112 section 3.2.1).
fn in_origin_form(request: Request<BodyWrapper<Bytes>>) -> Result<Request<BodyWrapper<Bytes>>, Error> {
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().map_or("", |a| a.as_str());
    let host = HeaderValue::from_str(authority).map_err(|_| Error::Str("a URL with a host"))?;
    parts.headers.insert(header::HOST, host);
    parts.uri = parts.uri.path_and_query().map_or_else(|| Uri::from_static("/"), |target| Uri::from(target.clone()));
    Ok(Request::from_parts(parts, body))
}

/// Returns `issuer-domain-names` of the challenge dns-persist-01 in an authorization. The crate does not read this
/// value.
fn persist_issuers(body: &[u8]) -> Vec<String> {
    let names = || -> Option<Vec<String>> {
        let value: serde_json::Value = serde_json::from_slice(body).ok()?;
        let challenge = value
            .get("challenges")?
            .as_array()?
            .iter()
            .find(|c| c.get("type").and_then(|name| name.as_str()) == Some("dns-persist-01"))?;
        let names = challenge.get("issuer-domain-names")?.as_array()?;
        Some(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
    };
    names().unwrap_or_default()
}

impl HttpClient for Web {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let web = self.clone();
        Box::pin(async move {
            let host = request.uri().host().unwrap_or("").to_owned();
            tokio::time::timeout(TIME, web.exchange(request))
                .await
                .unwrap_or_else(|_| Err(Error::Other(format!("{host}: no answer within {} s", TIME.as_secs()).into())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_come_from_the_challenge_alone() {
        let body = br#"{"challenges":[{"type":"dns-01","issuer-domain-names":["no"]},
            {"type":"dns-persist-01","issuer-domain-names":["ca.example","other.example"]}]}"#;
        assert_eq!(persist_issuers(body), ["ca.example", "other.example"]);
        assert!(persist_issuers(b"{}").is_empty());
        assert!(persist_issuers(b"<html>").is_empty());
    }

    #[test]
    fn a_request_names_its_host_once() {
        let request = Request::get("https://ca.example:14000/dir?a=b").body(BodyWrapper::default()).expect("a request");
        let request = in_origin_form(request).expect("a request with a host");
        assert_eq!(request.uri(), "/dir?a=b");
        assert_eq!(request.headers()["host"], "ca.example:14000");
    }
}
