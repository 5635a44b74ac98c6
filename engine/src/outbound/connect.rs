//! Connects to an origin. The name is looked up once, and connections are made to the checked addresses. So a name
//! server cannot change its answer after the check. Addresses are tried as in RFC 8305: one after the other, with IPv6
//! and IPv4 in turn. The next address is tried when a connection has failed, or has not been made after 250 ms.

use super::Network;
use super::report::Cause;
use crate::origin::Origin;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use wasmtime_wasi_http::Error;

/// After this time, the next address is tried in parallel (RFC 8305 section 5).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);
/// The most addresses that are tried. A name server may name thousands, which are no servers of the function's owner.
const ADDRESSES: usize = 8;
/// The most bytes that a peer may send before the head of its answer is complete: interim answers, and certificates.
const BEFORE_HEAD_BYTES: usize = 128 << 10;

/// Returns the addresses of an origin, if all of them may be reached. If one address is forbidden, the whole request is
/// refused, because an attacker's name server may mix allowed and forbidden addresses (DNS rebinding).
pub async fn addresses(network: &Network, owner: u64, origin: &Origin) -> Result<Vec<SocketAddr>, Cause> {
    let found = network.resolver.look_up(owner, origin.host(), origin.port).await;
    let found = found.map_err(|e| Cause::Unknown(e.to_string()))?;
    if found.is_empty() {
        return Err(Cause::Unknown("its name server knows none".to_owned()));
    }
    for address in &found {
        if let Some(barrier) = network.policy.barrier(*address) {
            return Err(Cause::Barred(barrier, *address));
        }
    }
    Ok(found)
}

/// Connects to one of the addresses.
pub async fn tcp(addresses: Vec<SocketAddr>) -> Result<Tcp, Cause> {
    let mut waiting = by_turns(addresses);
    waiting.truncate(ADDRESSES);
    let mut attempts = JoinSet::new();
    let mut failure = None;
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.spawn(TcpStream::connect(address));
        }
        let outcome = if waiting.is_empty() {
            attempts.join_next().await
        } else {
            let Ok(ended) = timeout(NEXT_ADDRESS, attempts.join_next()).await else { continue };
            ended
        };
        match outcome {
            Some(Ok(Ok(stream))) => {
                stream.set_nodelay(true).map_err(|e| Cause::Failed(Error::Connect(e)))?;
                return Ok(Tcp { stream, before_head: BeforeHead::default() });
            }
            // The first failure is reported, because the system prefers the first address.
            Some(Ok(Err(e))) => failure = failure.or(Some(e)),
            Some(Err(_)) => {}
            None if waiting.is_empty() => {
                let failure = failure.unwrap_or_else(|| io::ErrorKind::ConnectionRefused.into());
                return Err(Cause::Failed(Error::Connect(failure)));
            }
            None => {}
        }
    }
}

pub async fn tls(network: &Network, owner: u64, origin: &Origin, tcp: Tcp) -> Result<TlsStream<Tcp>, Cause> {
    let name = ServerName::try_from(origin.host().to_owned());
    let name = name.map_err(|_| Cause::Failed(Error::HttpRequestUriInvalid))?;
    network.tls.of(owner).connect(name, tcp).await.map_err(|e| Cause::Failed(Error::Tls(e)))
}

/// Returns the result of `work`, or an error if `work` has not ended at `end`.
pub async fn until<T>(end: Instant, work: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    timeout_at(end, work).await.unwrap_or(Err(Cause::Failed(Error::ConnectionTimeout)))
}

/// Sorts the addresses: one of each family in turn. The first address stays the first (RFC 8305 section 4).
fn by_turns(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|a| a.is_ipv6() == first_is_v6);
    let (mut first, mut other) = (first.into_iter(), other.into_iter());
    let mut out = VecDeque::new();
    loop {
        let pair = (first.next(), other.next());
        if pair == (None, None) {
            return out;
        }
        out.extend(pair.0.into_iter().chain(pair.1));
    }
}

/// A connection to a peer. The peer may answer before it has read the whole request, and then close the connection.
/// Bytes that the peer does not accept are dropped. So the guest can still read the answer, which may have arrived
/// already. If there is no answer, reading reports the failure.
pub struct Tcp {
    stream: TcpStream,
    pub before_head: BeforeHead,
}

/// The number of bytes that the peer may still send.
#[derive(Clone)]
pub struct BeforeHead(Arc<AtomicUsize>);

impl Default for BeforeHead {
    fn default() -> Self {
        Self(Arc::new(AtomicUsize::new(BEFORE_HEAD_BYTES)))
    }
}

impl BeforeHead {
    fn take(&self, bytes: usize) -> io::Result<()> {
        let taken = self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes));
        taken.map(drop).map_err(|_| io::Error::other("the peer sends too much before its answer"))
    }

    /// The head has arrived: from now on, the guest's reading sets the pace.
    pub fn arrived(&self) {
        self.0.store(usize::MAX, Relaxed);
    }
}

impl AsyncRead for Tcp {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        Poll::Ready(self.before_head.take(into.filled().len() - before))
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(Err(e)) if left(&e) => Poll::Ready(Ok(bytes.len())),
            written => written,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(context) {
            Poll::Ready(Err(e)) if left(&e) => Poll::Ready(Ok(())),
            done => done,
        }
    }
}

fn left(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::NotConnected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::tests::runtime;
    use std::net::TcpListener;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn both_families_by_turns() {
        let all = ["[2a00::1]:80", "[2a00::2]:80", "[2a00::3]:80", "1.1.1.1:80"].map(address);
        assert_eq!(by_turns(all.into()), [all[0], all[3], all[1], all[2]]);
        let all = ["1.1.1.1:80", "[2a00::1]:80"].map(address);
        assert_eq!(by_turns(all.into()), all);
        assert!(by_turns(Vec::new()).is_empty());
    }

    /// An address at which no server listens.
    fn refusing() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let here = listener.local_addr().expect("its address");
        runtime().block_on(async {
            let found = tcp(vec![refusing(), refusing(), here]).await.ok().expect("a connection");
            assert_eq!(found.stream.peer_addr().expect("a peer"), here);
            let failed = tcp(vec![refusing(), refusing()]).await;
            assert!(
                matches!(failed, Err(Cause::Failed(Error::Connect(e))) if e.kind() == io::ErrorKind::ConnectionRefused)
            );
        });
    }

    #[test]
    fn a_name_with_many_addresses_is_not_a_way_to_all_of_them() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let here = listener.local_addr().expect("its address");
        let with_others = |count| [vec![refusing(); count], vec![here]].concat();
        runtime().block_on(async {
            assert!(tcp(with_others(ADDRESSES - 1)).await.is_ok());
            assert!(tcp(with_others(ADDRESSES)).await.is_err());
        });
    }

    #[test]
    fn a_peer_that_never_ends_its_head() {
        let left = BeforeHead::default();
        assert!(left.take(BEFORE_HEAD_BYTES).is_ok() && left.take(1).is_err());
        left.arrived();
        assert!(left.take(1 << 40).is_ok());
    }

    #[test]
    fn an_address_that_keeps_silent_is_not_waited_for() {
        // The queue of this listener is full, so the kernel drops new connections.
        let silent = socket_with_full_queue();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let here = listener.local_addr().expect("its address");
        runtime().block_on(async {
            let found = until(Instant::now() + Duration::from_secs(5), tcp(vec![silent.0, here]))
                .await
                .ok()
                .expect("a connection");
            assert_eq!(found.stream.peer_addr().expect("a peer"), here);
            let late = until(Instant::now() + Duration::from_millis(20), tcp(vec![silent.0])).await;
            assert!(matches!(late, Err(Cause::Failed(Error::ConnectionTimeout))));
        });
    }

    type Held = (SocketAddr, tokio::net::TcpListener, Vec<std::net::TcpStream>);

    fn socket_with_full_queue() -> Held {
        runtime().block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.bind(address("127.0.0.1:0")).expect("an address");
            let listener = socket.listen(0).expect("a listener");
            let here = listener.local_addr().expect("its address");
            let mut queued = Vec::new();
            while let Ok(stream) = std::net::TcpStream::connect_timeout(&here, Duration::from_millis(100)) {
                queued.push(stream);
            }
            (here, listener, queued)
        })
    }

    #[test]
    fn an_answer_is_read_although_the_peer_takes_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let here = listener.local_addr().expect("its address");
        runtime().block_on(async {
            let mut connection = tcp(vec![here]).await.ok().expect("a connection");
            let (mut peer, _) = listener.accept().expect("the peer's end");
            std::io::Write::write_all(&mut peer, b"enough").expect("written");
            drop(peer);
            // After this many writes, the kernel has noticed that the peer has closed.
            for _ in 0..200 {
                connection.write_all(&[0; 64 << 10]).await.expect("what is not taken is dropped");
            }
            let mut answer = Vec::new();
            let _ = connection.read_to_end(&mut answer).await;
            assert_eq!(answer, b"enough");
        });
    }
}
