//! The output of a guest to stdout and stderr. Each call has one buffer with a limit. So the two streams need no tasks.

use bytes::Bytes;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes that a guest may write at once.
const WRITE_BYTES: usize = 64 << 10;
/// The most bytes that C++ gets in one event. If all of them are line ends, C++ needs a millisecond to handle them.
const TAKE_BYTES: usize = 4 << 10;

/// `fe_stream` of engine.h, with the same numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum Stream {
    None = 0,
    Stdout = 1,
    Stderr = 2,
    /// A line that the engine, not the guest, writes for the function's owner.
    Platform = 3,
}

struct State {
    /// The output that C++ has not fetched yet. Consecutive writes of one stream share an entry of at most
    /// `TAKE_BYTES`.
    pending: VecDeque<(Stream, Vec<u8>)>,
    left: usize,
    lost: u64,
}

/// The output of a call. The call and the guest's streams share it.
pub struct Output(Mutex<State>);

impl Output {
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { pending: VecDeque::new(), left: limit, lost: 0 })))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, stream: Stream, bytes: &[u8]) {
        let mut state = self.state();
        let kept = character_boundary(bytes, state.left);
        // After the text was cut off, no further output is kept. It would look like a continuation of the text.
        state.left = if kept < bytes.len() { 0 } else { state.left - kept };
        state.lost += (bytes.len() - kept) as u64;
        if kept == 0 {
            return;
        }
        let mut rest = &bytes[..kept];
        if let Some((last, text)) = state.pending.back_mut()
            && *last == stream
        {
            let fits = rest.len().min(TAKE_BYTES.saturating_sub(text.len()));
            text.extend_from_slice(&rest[..fits]);
            rest = &rest[fits..];
        }
        state.pending.extend(rest.chunks(TAKE_BYTES).map(|piece| (stream, piece.to_vec())));
    }

    /// Adds a line of the engine, which does not count towards the guest's limit.
    pub fn write_platform(&self, line: &str) {
        self.state().pending.push_back((Stream::Platform, line.as_bytes().to_vec()));
    }

    pub fn take(&self) -> Option<(Stream, Vec<u8>)> {
        self.state().pending.pop_front()
    }

    pub fn lost(&self) -> u64 {
        self.state().lost
    }
}

/// Returns where to cut `bytes` so that at most `most` bytes stay and no UTF-8 character is cut in two.
fn character_boundary(bytes: &[u8], most: usize) -> usize {
    if bytes.len() <= most {
        return bytes.len();
    }
    let continues = |at: usize| bytes[at] & 0xc0 == 0x80;
    (most.saturating_sub(3)..=most).rev().find(|at| !continues(*at)).unwrap_or(most)
}

/// One of the guest's two streams.
#[derive(Clone)]
pub struct Sink {
    pub output: Arc<Output>,
    pub stream: Stream,
}

impl IsTerminal for Sink {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Sink {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Sink {
    async fn ready(&mut self) {}
}

impl OutputStream for Sink {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.output.write(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

impl AsyncWrite for Sink {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.output.write(self.stream, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_limit_is_counted_and_dropped() {
        let cut = Output::new(5);
        cut.write(Stream::Stdout, "ab\u{20ac}\u{20ac}".as_bytes());
        cut.write(Stream::Stdout, b"c");
        assert_eq!(cut.take().map(|(_, text)| text), Some("ab\u{20ac}".into()));
        assert_eq!(cut.lost(), 4);
        let cut = Output::new(4);
        cut.write(Stream::Stdout, "ab\u{20ac}".as_bytes());
        assert_eq!(cut.take().map(|(_, text)| text), Some(b"ab".to_vec()));
        assert_eq!((character_boundary(&[0x80; 9], 7), character_boundary("\u{20ac}".as_bytes(), 2)), (7, 0));
        let output = Output::new(5);
        output.write(Stream::Stdout, b"abc");
        output.write(Stream::Stdout, b"defg");
        output.write(Stream::Stderr, b"h");
        assert_eq!(output.take().map(|(_, text)| text), Some(b"abcde".to_vec()));
        assert!(output.take().is_none());
        assert_eq!(output.lost(), 3);
        output.write_platform("told");
        assert!(matches!(output.take(), Some((Stream::Platform, line)) if line == b"told"));
        assert_eq!(output.lost(), 3);
    }
}
