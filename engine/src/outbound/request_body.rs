//! The body of an outgoing request. A guest may still write to the body when the answer has already arrived or the
//! request was refused. This is not a mistake of the guest, because it learns the result only from the request. So the
//! body continues when its reader is gone: its bytes are read and dropped until the guest ends the body or the call
//! ends.

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, WasiBody};

/// A GET whose body has no declared length waits this long for the first bytes. After this time, the request is sent
/// with a body of unknown length.
const FIRST_BYTES: Duration = Duration::from_millis(50);

type Next = Option<Result<Frame<Bytes>, Error>>;

pub struct RequestBody {
    /// `Some` until its end was read.
    body: Option<WasiBody>,
    /// The part that was read before the request was sent.
    first: Option<Next>,
}

impl RequestBody {
    pub fn new(body: WasiBody) -> Self {
        Self { body: (!body.is_end_stream()).then_some(body), first: None }
    }

    fn note_end(&mut self, next: &Next) {
        if !matches!(next, Some(Ok(frame)) if frame.is_data()) {
            self.body = None;
        }
    }

    /// Reads the first bytes. Returns false if the body is empty.
    async fn has_bytes(&mut self) -> bool {
        loop {
            let Some(body) = &mut self.body else { return false };
            let Ok(next) = timeout(FIRST_BYTES, body.frame()).await else { return true };
            self.note_end(&next);
            let empty =
                next.as_ref().is_some_and(|n| n.as_ref().is_ok_and(|f| f.data_ref().is_some_and(Bytes::is_empty)));
            if next.is_none() {
                return false;
            }
            if !empty {
                self.first = Some(next);
                return true;
            }
        }
    }
}

/// Sets `transfer-encoding` if hyper would otherwise not send the body. Without this field, hyper does not send a body
/// of undeclared length if the request's method normally has no body.
pub async fn frame(request: &mut http::Request<RequestBody>) {
    let declared = request.headers().contains_key(header::CONTENT_LENGTH);
    let left_out = matches!(*request.method(), Method::GET | Method::HEAD);
    if left_out && !declared && request.body_mut().has_bytes().await {
        request.headers_mut().insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Next> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(first);
        }
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let next = std::task::ready!(Pin::new(body).poll_frame(context));
        self.note_end(&next);
        Poll::Ready(next)
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_end_stream() { SizeHint::with_exact(0) } else { SizeHint::default() }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { while let Some(Ok(_)) = body.frame().await {} });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::tests::runtime;
    use tokio::sync::mpsc;
    use wasmtime_wasi_http::p2::body::{HostOutgoingBody, StreamContext};

    fn body(length: Option<u64>) -> (HostOutgoingBody, RequestBody) {
        let (made, body) = HostOutgoingBody::new(StreamContext::Request, length, 1, 1024);
        (made, RequestBody::new(body))
    }

    #[test]
    fn a_guest_may_write_on_when_nobody_reads() {
        runtime().block_on(async {
            let (mut made, body) = body(Some(5 * 1024));
            let mut stream = made.take_output_stream().expect("it was not taken");
            drop(body);
            for _ in 0..5 {
                stream.ready().await;
                let permitted = stream.check_write().expect("it is open");
                assert_eq!(permitted, 1024);
                stream.write(Bytes::from(vec![0; permitted])).expect("it is open");
                stream.flush().expect("it is open");
            }
            stream.flush().expect("it is open");
            drop(stream);
            made.finish(None).expect("all was written");
        });
    }

    #[test]
    fn what_nobody_reads_goes_with_the_guest() {
        struct Told(mpsc::Sender<()>);
        impl Body for Told {
            type Data = Bytes;
            type Error = Error;
            fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Next> {
                let _ = self.0.try_send(());
                Poll::Ready(None)
            }
        }
        runtime().block_on(async {
            let (told, mut read) = mpsc::channel(1);
            drop(RequestBody::new(Told(told).boxed_unsync()));
            assert_eq!(read.recv().await, Some(()));
            assert_eq!(read.recv().await, None, "the body is gone");
        });
    }

    fn request(
        method: Method,
        fields: &[(&'static str, &'static str)],
        body: RequestBody,
    ) -> http::Request<RequestBody> {
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        for (name, value) in fields {
            request.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        request
    }

    fn is_chunked(request: &http::Request<RequestBody>) -> bool {
        request.headers().contains_key(header::TRANSFER_ENCODING)
    }

    #[test]
    fn a_get_with_bytes_says_so_and_one_without_does_not() {
        runtime().block_on(async {
            let (mut made, read) = body(None);
            let mut stream = made.take_output_stream().expect("it was not taken");
            stream.write(Bytes::new()).expect("it is open");
            let mut with_bytes = request(Method::GET, &[], read);
            let writer = tokio::spawn(async move {
                stream.ready().await;
                stream.write(Bytes::from_static(b"abc")).expect("it is open");
                drop(stream);
                made.finish(None).expect("it is open");
            });
            frame(&mut with_bytes).await;
            writer.await.expect("the writer");
            assert!(is_chunked(&with_bytes));
            assert_eq!(with_bytes.into_body().collect().await.expect("a body").to_bytes(), "abc");

            let (made, read) = body(None);
            made.finish(None).expect("it is open");
            let mut empty = request(Method::HEAD, &[], read);
            frame(&mut empty).await;
            assert!(!is_chunked(&empty) && empty.body().is_end_stream());

            let (_made, read) = body(None);
            let mut unsaid = request(Method::GET, &[], read);
            frame(&mut unsaid).await;
            assert!(is_chunked(&unsaid), "a guest that leaves its body open may still write");

            for (method, fields) in [(Method::POST, &[][..]), (Method::GET, &[("content-length", "0")][..])] {
                let (_made, read) = body(None);
                let mut as_it_is = request(method, fields, read);
                frame(&mut as_it_is).await;
                assert!(!is_chunked(&as_it_is) && as_it_is.body().first.is_none());
            }
        });
    }
}
