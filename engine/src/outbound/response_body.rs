//! The body of an answer. Each part of it must arrive within a time limit.

use crate::allocator;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::Error;

pub struct ResponseBody {
    /// `None` only while it is dropped.
    body: Option<hyper::body::Incoming>,
    limit: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl ResponseBody {
    pub fn new(body: hyper::body::Incoming, limit: Duration) -> Self {
        Self { body: Some(body), limit, sleep: Box::pin(tokio::time::sleep(limit)) }
    }
}

fn copied(frame: Frame<Bytes>) -> Frame<Bytes> {
    match frame.into_data() {
        Ok(data) => {
            let copy = Bytes::copy_from_slice(&data);
            allocator::uncounted(move || drop(data));
            Frame::data(copy)
        }
        Err(frame) => frame,
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        allocator::uncounted(|| self.body = None);
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        // The connection's thread has allocated the frame, often as a part of a larger buffer. The guest gets a copy, so
        // that exactly the bytes that the guest keeps count as memory of the call.
        match allocator::uncounted(|| {
            self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
        }) {
            Poll::Ready(frame) => {
                let next = Instant::now() + self.limit;
                self.sleep.as_mut().reset(next);
                Poll::Ready(frame.map(|f| f.map(copied).map_err(Error::from)))
            }
            Poll::Pending => match self.sleep.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Some(Err(Error::ConnectionReadTimeout))),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}
