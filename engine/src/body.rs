//! The request body between C++ and the guest. It holds at most one chunk, so C++ reads from the client only as fast as
//! the guest reads.

use crate::allocator;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use wasmtime_wasi_http::Error;

#[derive(Default)]
enum Source {
    #[default]
    Open,
    Ended(Option<HeaderMap>),
    Broken,
    /// The guest got the end or the error of the body.
    Over,
}

#[derive(Default)]
struct State {
    chunk: Option<Bytes>,
    source: Source,
    /// The guest has polled for a chunk and there was none.
    wanted: bool,
    /// C++ has got the event `NeedBody`, and has not fed a chunk since then.
    told: bool,
    waker: Option<Waker>,
}

/// The side of C++.
#[derive(Clone, Default)]
pub struct RequestBody(Arc<Mutex<State>>);

/// The side of the guest.
pub struct RequestBodyReader(RequestBody);

impl RequestBody {
    pub fn reader(&self) -> RequestBodyReader {
        RequestBodyReader(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns true once for each chunk that the guest waits for.
    pub fn take_wanted(&self) -> bool {
        let mut state = self.state();
        let news = state.wanted && !state.told;
        if news {
            state.told = true;
        }
        news
    }

    pub fn feed(&self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        self.change(|state| state.chunk = Some(bytes));
    }

    pub fn end(&self, trailers: Option<HeaderMap>) {
        self.change(|state| state.source = Source::Ended(trailers));
    }

    pub fn break_off(&self) {
        self.change(|state| state.source = Source::Broken);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            if !matches!(state.source, Source::Open) {
                return;
            }
            change(&mut state);
            state.wanted = false;
            state.told = false;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Body for RequestBodyReader {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut state = self.0.state();
        if let Some(chunk) = state.chunk.take() {
            // C++ has allocated the chunk, and the guest will free it.
            allocator::note(chunk.len());
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        match std::mem::take(&mut state.source) {
            Source::Open => {
                state.wanted = true;
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
            Source::Ended(trailers) => {
                state.source = Source::Over;
                Poll::Ready(trailers.map(|t| Ok(Frame::trailers(t))))
            }
            Source::Broken => {
                state.source = Source::Over;
                Poll::Ready(Some(Err(Error::ConnectionTerminated)))
            }
            Source::Over => {
                state.source = Source::Over;
                Poll::Ready(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(reader: &mut RequestBodyReader) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(reader).poll_frame(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn need_is_said_once_for_each_chunk() {
        let body = RequestBody::default();
        let mut reader = body.reader();
        assert!(poll(&mut reader).is_pending() && poll(&mut reader).is_pending());
        assert!(body.take_wanted() && !body.take_wanted());
        body.feed(Bytes::from_static(b"x"));
        assert!(poll(&mut reader).is_ready());
        assert!(!body.take_wanted());
        assert!(poll(&mut reader).is_pending());
        assert!(body.take_wanted());
    }

    #[test]
    fn a_break_is_an_error_and_an_end_is_not() {
        let broken = RequestBody::default();
        broken.break_off();
        assert!(matches!(poll(&mut broken.reader()), Poll::Ready(Some(Err(_)))));
        let ended = RequestBody::default();
        ended.end(None);
        ended.break_off();
        assert!(matches!(poll(&mut ended.reader()), Poll::Ready(None)));
    }
}
