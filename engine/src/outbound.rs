//! Outgoing HTTP of guests: only to the origins that the function declared, and never to an address that is not
//! globally reachable, unless the operator named it. The name is resolved once and the vetted address is what is
//! connected to, so a name server cannot change its mind in between.

use crate::limits::{self, Limits};
use crate::resolver::Resolver;
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, rustls};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

const CONNECT: Duration = Duration::from_secs(10);
const FIRST_BYTE: Duration = Duration::from_secs(30);
const BETWEEN_BYTES: Duration = Duration::from_secs(30);

type SendFuture = Box<dyn Future<Output = Result<Answer, Error>> + Send>;
type Worker = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = (http::Response<WasiBody>, Worker);

/// What all calls of an engine share.
pub struct Network {
    tls: TlsConnector,
    reachable: Vec<SocketAddr>,
    resolver: Resolver,
}

impl Network {
    pub fn new(reachable: Vec<SocketAddr>) -> Result<Arc<Self>, rustls::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(Self { tls: TlsConnector::from(Arc::new(config)), reachable, resolver: Resolver::default() }))
    }

    fn may_reach(&self, address: &SocketAddr) -> bool {
        is_global(address.ip()) || self.reachable.contains(address)
    }
}

/// Outgoing requests of one call.
pub struct Outbound {
    network: Arc<Network>,
    owner: u64,
    origins: Vec<String>,
    left: u32,
    at_once: u32,
    started: Arc<AtomicU32>,
    running: Arc<AtomicU32>,
}

impl Outbound {
    /// `started` counts the requests that were let through.
    pub fn new(network: Arc<Network>, limits: &Limits, started: Arc<AtomicU32>) -> Self {
        Self {
            network,
            owner: limits.owner,
            origins: limits.outbound.clone(),
            left: limits.outbound_total,
            at_once: limits.outbound_at_once,
            started,
            running: Arc::default(),
        }
    }

    /// The target of an allowed request, or why it is not allowed.
    fn admit(&mut self, uri: &http::Uri) -> Result<Target, Error> {
        let target = Target::of(uri).ok_or(Error::HttpRequestUriInvalid)?;
        if !self.origins.iter().any(|origin| target.is_origin(origin)) {
            return Err(Error::HttpRequestDenied);
        }
        if self.left == 0 || self.running.load(Relaxed) >= self.at_once {
            return Err(Error::ConnectionLimitReached);
        }
        self.left -= 1;
        self.started.fetch_add(1, Relaxed);
        Ok(target)
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Worker,
    ) -> SendFuture {
        let target = match self.admit(request.uri()) {
            Ok(target) => target,
            Err(error) => return Box::new(std::future::ready(Err(error))),
        };
        let network = self.network.clone();
        let permit = Permit::take(self.running.clone());
        Box::new(send(network, self.owner, target, request, options.unwrap_or_default(), permit))
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        limits::BODY_CHUNKS
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        limits::BODY_CHUNK_BYTES
    }
}

/// One of the requests that a call may have under way.
struct Permit(Arc<AtomicU32>);

impl Permit {
    fn take(running: Arc<AtomicU32>) -> Self {
        running.fetch_add(1, Relaxed);
        Self(running)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

struct Target {
    tls: bool,
    host: String,
    port: u16,
}

impl Target {
    fn of(uri: &http::Uri) -> Option<Self> {
        let tls = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        (!host.is_empty()).then_some(Self { tls, host, port })
    }

    fn is_origin(&self, origin: &str) -> bool {
        origin
            .parse::<http::Uri>()
            .ok()
            .and_then(|uri| Self::of(&uri))
            .is_some_and(|allowed| allowed.tls == self.tls && allowed.host == self.host && allowed.port == self.port)
    }

    async fn address(&self, network: &Network, owner: u64) -> Result<SocketAddr, Error> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let found = network
            .resolver
            .look_up(owner, host, self.port)
            .await
            .map_err(|e| Error::DnsError { rcode: Some(e.to_string()), info_code: None })?;
        // One address out of range condemns the name: a mixed answer is how a rebinding name server tries its luck.
        if !found.iter().all(|address| network.may_reach(address)) {
            return Err(Error::DestinationIpProhibited);
        }
        found.first().copied().ok_or(Error::DestinationNotFound)
    }
}

async fn send(
    network: Arc<Network>,
    owner: u64,
    target: Target,
    request: http::Request<WasiBody>,
    options: RequestOptions,
    permit: Permit,
) -> Result<Answer, Error> {
    let limit = options.connect_timeout.map_or(CONNECT, |t| t.min(CONNECT));
    let connect = async {
        let address = target.address(&network, owner).await?;
        let tcp = TcpStream::connect(address).await.map_err(Error::Connect)?;
        tcp.set_nodelay(true).map_err(Error::Connect)?;
        Ok::<_, Error>(tcp)
    };
    let tcp = timeout(limit, connect).await.map_err(|_| Error::ConnectionTimeout)??;
    if !target.tls {
        return exchange(tcp, request, options, permit).await;
    }
    let host = target.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = rustls::pki_types::ServerName::try_from(host).map_err(|_| Error::HttpRequestUriInvalid)?;
    let tls = timeout(limit, network.tls.connect(name, tcp)).await.map_err(|_| Error::ConnectionTimeout)?;
    exchange(tls.map_err(Error::Tls)?, request, options, permit).await
}

async fn exchange<T>(
    stream: T,
    mut request: http::Request<WasiBody>,
    options: RequestOptions,
    permit: Permit,
) -> Result<Answer, Error>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    // Origin form on the wire: the absolute form would ask a proxy.
    let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    *request.uri_mut() = path.parse().map_err(|_| Error::HttpRequestUriInvalid)?;

    let (mut sender, connection) = http1::handshake(tokio_io::Io(stream)).await?;
    let connection = wasmtime_wasi::runtime::spawn(async move {
        let result = connection.await.map_err(Error::from);
        drop(permit);
        result
    });
    let first_byte = options.first_byte_timeout.map_or(FIRST_BYTE, |t| t.min(FIRST_BYTE));
    let response =
        timeout(first_byte, sender.send_request(request)).await.map_err(|_| Error::HttpResponseTimeout)??;
    let between = options.between_bytes_timeout.map_or(BETWEEN_BYTES, |t| t.min(BETWEEN_BYTES));
    let response = response.map(|body| between_bytes::Timed::new(body, between).boxed_unsync());
    Ok((response, Box::new(connection)))
}

/// Whether an address may be reached by anybody on the Internet, by the special-purpose registries of IANA
/// (RFC 6890). Everything that embeds an IPv4 address in IPv6 is refused.
fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    /// Cloud metadata outside the usual ranges.
    const AZURE_WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special && address != AZURE_WIRE_SERVER
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    // Global unicast is 2000::/3; out of it go documentation, Teredo, ORCHID, benchmarking and 6to4.
    let s = address.segments();
    let global_unicast = (s[0] & 0xe000) == 0x2000;
    let special = (s[0] == 0x2001 && (s[1] < 0x0200 || s[1] == 0x0db8)) || s[0] == 0x2002 || s[0] == 0x3fff;
    global_unicast && !special
}

/// A body that must go on within a time.
mod between_bytes {
    use super::Error;
    use bytes::Bytes;
    use http_body::{Body, Frame};
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;
    use tokio::time::Sleep;

    pub struct Timed {
        body: hyper::body::Incoming,
        limit: Duration,
        sleep: Pin<Box<Sleep>>,
    }

    impl Timed {
        pub fn new(body: hyper::body::Incoming, limit: Duration) -> Self {
            Self { body, limit, sleep: Box::pin(tokio::time::sleep(limit)) }
        }
    }

    impl Body for Timed {
        type Data = Bytes;
        type Error = Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(frame) => {
                    let next = tokio::time::Instant::now() + self.limit;
                    self.sleep.as_mut().reset(next);
                    Poll::Ready(frame.map(|f| f.map_err(Error::from)))
                }
                Poll::Pending => match self.sleep.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(Some(Err(Error::ConnectionReadTimeout))),
                    Poll::Pending => Poll::Pending,
                },
            }
        }
    }
}

/// Tokio's I/O traits as hyper's.
mod tokio_io {
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    pub struct Io<T>(pub T);

    impl<T: AsyncRead + Unpin> hyper::rt::Read for Io<T> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            mut target: hyper::rt::ReadBufCursor<'_>,
        ) -> Poll<std::io::Result<()>> {
            let mut bytes = [0; 16 << 10];
            let most = bytes.len().min(target.remaining());
            let mut buffer = ReadBuf::new(&mut bytes[..most]);
            std::task::ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer))?;
            target.put_slice(buffer.filled());
            Poll::Ready(Ok(()))
        }
    }

    impl<T: AsyncWrite + Unpin> hyper::rt::Write for Io<T> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Pin::new(&mut self.0).poll_flush(context)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(context)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_global_addresses_are_reachable() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.168.1.1",
            "172.31.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::1",
            "::",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!is_global(text.parse().expect("an address")), "{text}");
        }
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_global(text.parse().expect("an address")), "{text}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let target = Target::of(&"https://API.example.com./x".parse().expect("a uri")).expect("a target");
        assert!(target.is_origin("https://api.example.com") && target.is_origin("https://api.example.com:443"));
        assert!(!target.is_origin("http://api.example.com") && !target.is_origin("https://example.com"));
        assert!(!target.is_origin("https://api.example.com:8443") && !target.is_origin("nonsense"));
        assert!(Target::of(&"https://user@api.example.com/".parse().expect("a uri")).is_none());
    }
}
