//! Outgoing HTTP of guests. A guest may send requests only to the origins that the function declared and to allowed
//! addresses (policy.rs). The number of its requests is limited, at once and in all. report.rs writes a line for the
//! function's owner about each refused request.

mod cdn_loop;
mod connect;
mod own_addresses;
mod policy;
mod report;
mod request_body;
mod response_body;
pub mod sent;
mod tls_sessions;

use crate::call_memory::{CallMemory, Lent};
use crate::freed;
use crate::grants::Grants;
use crate::limits::{self, Limits};
use crate::origin::Origin;
use crate::output::Output;
use crate::resolver::Resolver;
use http::HeaderName;
use http_body_util::BodyExt;
use hyper::client::conn::http1;

use own_addresses::OwnAddresses;
use policy::Policy;
use report::{Cause, Report};
use request_body::RequestBody;
use response_body::ResponseBody;
use sent::SentRequests;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tls_sessions::TlsSessions;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_rustls::rustls;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const CONNECT: Duration = Duration::from_secs(10);
const FIRST_BYTE: Duration = Duration::from_secs(30);
const BETWEEN_BYTES: Duration = Duration::from_secs(30);

/// The size of each of a connection's two buffers. hyper reads again while the first holds less than this size, so the
/// head of an answer may have 16 KiB, and none of 32 KiB passes. hyper adds a part of the request's body (64 KiB) while
/// the second holds less than this size.
const BUFFER_BYTES: usize = 16 << 10;
/// The memory with which a connection counts: twice the first buffer, the second, that part, and the 64 KiB that rustls
/// keeps at most.
const CONNECTION_BYTES: usize = 176 << 10;

type SendFuture = Box<dyn Future<Output = Result<Answer, Error>> + Send>;
type Worker = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = (http::Response<WasiBody>, Worker);

/// The parts that all calls of an engine share.
pub struct Network {
    tls: TlsSessions,
    resolver: Resolver,
    policy: Policy,
}

impl Network {
    /// `reachable`: addresses that are always allowed. `ports`: the allowed ports of public addresses.
    pub fn new(reachable: Vec<SocketAddr>, ports: Vec<u16>) -> Result<Arc<Self>, rustls::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let policy = Policy { reachable, ports, own: OwnAddresses::of_this_machine() };
        Ok(Arc::new(Self { tls: TlsSessions::new(config), resolver: Resolver::default(), policy }))
    }

    /// Returns the reason why requests to an origin would be refused. `None` if no reason is known before the host's
    /// name is looked up.
    pub fn warning(&self, origin: &str) -> Option<String> {
        report::warning(&self.policy, &Origin::parse(origin)?)
    }
}

/// Outgoing requests of one call.
pub struct Outbound {
    network: Arc<Network>,
    memory: Arc<CallMemory>,
    hops: u32,
    origins: Vec<Origin>,
    total: u32,
    left: u32,
    at_once: usize,
    sent: Arc<SentRequests>,
    output: Arc<Output>,
    /// Created at the first request, because most calls make none.
    common: Option<Common>,
    /// Of requests to which the guest gives no such field.
    traceparent: Option<http::HeaderValue>,
}

/// The parts that the outgoing requests of one call share.
#[derive(Clone)]
struct Common {
    /// Each request holds a place until the head of its answer has arrived. If a request held its place until the
    /// answer is read, a guest that starts seven requests before it reads the first answer would wait for ever.
    places: Arc<Semaphore>,
    report: Report,
}

impl Outbound {
    /// `memory`: counts the connections, and has the owner of the function. `hops`: see `asked::Asked`. `sent`: gets the
    /// requests that were allowed. `output`: gets the lines for the owner.
    pub fn new(
        network: Arc<Network>,
        limits: &Limits,
        grants: Grants,
        (memory, hops): (&Arc<CallMemory>, u32),
        sent: Arc<SentRequests>,
        output: Arc<Output>,
    ) -> Self {
        Self {
            network,
            memory: memory.clone(),
            hops,
            origins: grants.origins,
            total: limits.outbound_total,
            left: limits.outbound_total,
            at_once: limits.outbound_at_once as usize,
            sent,
            output,
            common: None,
            traceparent: None,
        }
    }

    pub fn with_traceparent(mut self, traceparent: Option<http::HeaderValue>) -> Self {
        self.traceparent = traceparent;
        self
    }

    fn common(&mut self) -> Common {
        let made =
            || Common { places: Arc::new(Semaphore::new(self.at_once)), report: Report::new(self.output.clone()) };
        self.common.get_or_insert_with(made).clone()
    }

    fn admit(&mut self, method: &http::Method, origin: &Origin) -> Result<(), Cause> {
        if *method == http::Method::CONNECT {
            return Err(Cause::Tunnel);
        }
        if !self.origins.contains(origin) {
            return Err(Cause::Undeclared);
        }
        if self.left == 0 {
            return Err(Cause::Total(self.total));
        }
        self.left -= 1;
        Ok(())
    }

    /// Returns the request to send, if it is allowed.
    fn take(&mut self, request: http::Request<RequestBody>) -> Result<Sending, Error> {
        let origin = Origin::of(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
        let common = self.common();
        self.admit(request.method(), &origin).map_err(|cause| common.report.tell(&origin, cause))?;
        let mut request = request;
        cdn_loop::mark(request.headers_mut(), self.hops);
        if let Some(ours) = &self.traceparent {
            request.headers_mut().entry(TRACEPARENT).or_insert_with(|| ours.clone());
        }
        let place = self.sent.begin(&origin);
        let sent = self.sent.clone();
        Ok(Sending {
            network: self.network.clone(),
            owner: self.memory.owner(),
            lent: self.memory.lend(CONNECTION_BYTES),
            origin,
            request,
            common,
            sent,
            place,
        })
    }
}

/// The same as Wasmtime's `DEFAULT_FORBIDDEN_HEADERS`. It is called for each field of each request, and the trait's
/// default would allocate.
fn is_forbidden(field: &str) -> bool {
    matches!(
        field,
        "connection"
            | "host"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "transfer-encoding"
            | "upgrade"
    )
}

impl WasiHttpHooks for Outbound {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name.as_str())
    }

    fn forbidden_header_filter(&mut self) -> wasmtime_wasi_http::ForbiddenHeaderFilter {
        Arc::new(|name| is_forbidden(name.as_str()))
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Worker,
    ) -> SendFuture {
        match self.take(request.map(RequestBody::new)) {
            Ok(sending) => Box::new(sending.send_timed(options.unwrap_or_default())),
            Err(error) => Box::new(std::future::ready(Err(error))),
        }
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        limits::BODY_CHUNKS
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        limits::BODY_CHUNK_BYTES
    }
}

/// A request that was allowed.
struct Sending {
    network: Arc<Network>,
    owner: u64,
    lent: Lent,
    origin: Origin,
    request: http::Request<RequestBody>,
    common: Common,
    sent: Arc<SentRequests>,
    place: usize,
}

impl Sending {
    async fn send_timed(self, options: RequestOptions) -> Result<Answer, Error> {
        let (sent, place) = (self.sent.clone(), self.place);
        let answer = self.send(options).await;
        sent.end(place, answer.as_ref().map_or(0, |(response, _)| response.status().as_u16()));
        answer
    }

    async fn send(self, options: RequestOptions) -> Result<Answer, Error> {
        let Self { network, owner, lent, origin, request, common: Common { places, report }, .. } = self;
        let _place = places.acquire_owned().await.map_err(|_| Error::ConnectionLimitReached)?;
        let end = Instant::now() + options.connect_timeout.map_or(CONNECT, |t| t.min(CONNECT));
        let connect = async { connect::tcp(connect::addresses(&network, owner, &origin).await?).await };
        let tell = |cause| report.tell(&origin, cause);
        let tcp = connect::until(end, connect).await.map_err(tell)?;
        let before_head = tcp.before_head.clone();
        if !origin.tls {
            return exchange(tcp, before_head, lent, request, options).await;
        }
        let tls = connect::until(end, connect::tls(&network, owner, &origin, tcp)).await.map_err(tell)?;
        exchange(tls, before_head, lent, request, options).await
    }
}

async fn exchange<T>(
    stream: T,
    before_head: connect::BeforeHead,
    lent: Lent,
    mut request: http::Request<RequestBody>,
    options: RequestOptions,
) -> Result<Answer, Error>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    *request.uri_mut() = in_origin_form(request.uri());
    request_body::frame(&mut request).await;

    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(BUFFER_BYTES).handshake(TokioIo::new(stream)).await?;
    let connection = wasmtime_wasi::runtime::spawn(async move {
        let (_lends, _lent) = (freed::Lends, lent);
        connection.await.map_err(Error::from)
    });
    let first_byte = options.first_byte_timeout.map_or(FIRST_BYTE, |t| t.min(FIRST_BYTE));
    let response =
        timeout(first_byte, sender.send_request(request)).await.map_err(|_| Error::HttpResponseTimeout)??;
    before_head.arrived();
    let between = options.between_bytes_timeout.map_or(BETWEEN_BYTES, |t| t.min(BETWEEN_BYTES));
    let response = response.map(|body| ResponseBody::new(body, between).boxed_unsync());
    Ok((response, Box::new(connection)))
}

/// A request is sent in origin form, because the absolute form is for proxies. A target without a path has the path "/"
/// (RFC 9112 section 3.2.1).
fn in_origin_form(uri: &http::Uri) -> http::Uri {
    uri.path_and_query().map_or_else(|| http::Uri::from_static("/"), |target| http::Uri::from(target.clone()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_target_without_a_path() {
        for (given, sent) in
            [("https://a.example?x=1", "/?x=1"), ("https://a.example", "/"), ("http://a.example/b?c", "/b?c")]
        {
            assert_eq!(super::in_origin_form(&given.parse().expect("a URL")).to_string(), sent);
        }
    }

    #[test]
    fn the_same_fields_are_forbidden_as_by_wasmtime() {
        let others = ["connections", "hos", "te", "trailer", "content-length", "via", "x-forwarded-host", ""];
        assert!(wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS.iter().all(|name| super::is_forbidden(name.as_str())));
        assert!(!others.iter().any(|name| super::is_forbidden(name)));
        assert_eq!(wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS.len(), 9);
    }

    pub fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
    }
}
