//! The state that the writer and the reader of a body share. It determines how many bytes the guest may write before
//! the reader reads them.

use crate::call_memory::CallMemory;
use crate::error::UNREAD_BODIES;
use crate::limits;
use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::task::{Context, Poll, ready};
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::body::{HostOutgoingBody, HyperOutgoingBody, StreamContext};

/// Makes a body of at most `length` bytes: the guest's handle, the reader, and the state that both share.
pub fn make(
    context: StreamContext,
    length: Option<u64>,
    unread: &mut Unread,
) -> (HostOutgoingBody, HyperOutgoingBody, Arc<Ahead>) {
    let (made, body) = HostOutgoingBody::new(context, length, limits::BODY_CHUNKS, limits::UNREAD_CHUNK_BYTES);
    let ahead = Arc::new(Ahead {
        is_read: AtomicBool::new(false),
        held: AtomicUsize::new(0),
        call: unread.memory.clone(),
        call_is_over: unread.is_over.clone(),
    });
    (made, Read { body, rest: Bytes::new(), ahead: ahead.clone() }.boxed_unsync(), ahead)
}

/// The bodies of a call with a stream that the guest has not taken yet. Also the limit for the unread bytes of all
/// bodies of the call.
///
/// It is dropped before the call's handles. A body that the guest has not finished then looks like a finished one: its
/// reader must not take this end for the end of an upload.
pub struct Unread {
    memory: Arc<CallMemory>,
    bodies: Vec<(u32, Arc<Ahead>)>,
    is_over: Arc<AtomicBool>,
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.is_over.store(true, SeqCst);
    }
}

impl Unread {
    pub fn new(memory: Arc<CallMemory>) -> Self {
        Self { memory, bodies: Vec::new(), is_over: Arc::default() }
    }

    pub fn put(&mut self, body: u32, ahead: Arc<Ahead>) {
        // If the guest drops a handle before it takes the stream, Wasmtime may use the number of the handle again. So
        // this replaces an entry with the same number, and there are never more entries than handles.
        match self.bodies.iter_mut().find(|(known, _)| *known == body) {
            Some(place) => place.1 = ahead,
            None => self.bodies.push((body, ahead)),
        }
    }

    pub fn take(&mut self, body: u32) -> Option<Arc<Ahead>> {
        let place = self.bodies.iter().position(|(known, _)| *known == body)?;
        Some(self.bodies.swap_remove(place).1)
    }
}

/// The state that the writer and the reader of one body share.
pub struct Ahead {
    is_read: AtomicBool,
    /// Bytes written before there was a reader, and not read yet.
    held: AtomicUsize,
    call: Arc<CallMemory>,
    call_is_over: Arc<AtomicBool>,
}

impl Ahead {
    fn take(&self, bytes: usize) -> StreamResult<()> {
        if !self.is_read.load(Relaxed) {
            if !self.call.add_unread(bytes) {
                return Err(StreamError::trap(UNREAD_BODIES));
            }
            self.held.fetch_add(bytes, Relaxed);
        }
        Ok(())
    }

    /// Call this when the reader has read `bytes` bytes. The bytes that were written first are read first. So while
    /// `held` is above 0, the bytes that were just read are some of the held bytes.
    fn give_back(&self, bytes: usize) {
        if self.held.load(Relaxed) == 0 {
            return;
        }
        let mut given = 0;
        let less = |held: usize| {
            given = held.min(bytes);
            Some(held - given)
        };
        let _ = self.held.fetch_update(Relaxed, Relaxed, less);
        self.call.subtract_unread(given);
    }
}

/// The guest's end of a body. The body of a response has no reader before the response is set, and the body of a
/// request has none before the request is sent. Until then, the guest may write as much as under stock Wasmtime: with a
/// lower limit, a guest that writes before it sets or sends would wait for ever. After that, the guest may write only
/// as fast as the reader reads.
pub struct Paced {
    stream: DynOutputStream,
    ahead: Arc<Ahead>,
}

impl Paced {
    pub fn new(stream: DynOutputStream, ahead: Arc<Ahead>) -> Self {
        Self { stream, ahead }
    }
}

impl OutputStream for Paced {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let size = bytes.len();
        self.ahead.take(size)?;
        let written = self.stream.write(bytes);
        if written.is_err() {
            self.ahead.give_back(size);
        }
        written
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let most = if self.ahead.is_read.load(Relaxed) { limits::BODY_CHUNK_BYTES } else { limits::UNREAD_CHUNK_BYTES };
        self.stream.check_write().map(|permitted| permitted.min(most))
    }
}

impl Pollable for Paced {
    // This is the signature that `async_trait` generates. It is written by hand, so that the function returns the
    // stream's own future instead of a new future around it.
    fn ready<'a, 'b>(&'a mut self) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        self.stream.ready()
    }
}

/// The reader's end of a body. It gives parts of at most `BODY_CHUNK_BYTES`: a part does not count for the call any more, and
/// its reader keeps it until it is sent.
struct Read {
    body: HyperOutgoingBody,
    /// The rest of a frame.
    rest: Bytes,
    ahead: Arc<Ahead>,
}

impl Read {
    fn next_part(&mut self) -> Frame<Bytes> {
        let part = self.rest.split_to(self.rest.len().min(limits::BODY_CHUNK_BYTES));
        self.ahead.give_back(part.len());
        self.ahead.call.released(part.len());
        Frame::data(part)
    }
}

impl Body for Read {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.ahead.is_read.store(true, Relaxed);
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.next_part())));
        }
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)) else {
            let cut_off = self.ahead.call_is_over.load(SeqCst);
            return Poll::Ready(cut_off.then_some(Err(Error::HttpProtocolError)));
        };
        Poll::Ready(Some(frame.map(|frame| match frame.into_data() {
            Ok(data) => {
                self.rest = data;
                self.next_part()
            }
            Err(trailers) => trailers,
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        self.ahead.give_back(usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn body(unread: &mut Unread) -> (Paced, HyperOutgoingBody, HostOutgoingBody) {
        let (mut made, body, ahead) = make(StreamContext::Response, None, unread);
        let stream = made.take_output_stream().expect("it was not taken");
        (Paced { stream, ahead }, body, made)
    }

    fn fill(stream: &mut Paced) -> usize {
        let mut count = 0;
        while let Ok(permitted @ 1..) = stream.check_write() {
            stream.write(Bytes::from(vec![0; permitted])).expect("it was permitted");
            count += permitted;
        }
        count
    }

    fn read(body: &mut HyperOutgoingBody) -> usize {
        let mut context = Context::from_waker(Waker::noop());
        let mut count = 0;
        while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut *body).poll_frame(&mut context) {
            count += frame.data_ref().map_or(0, Bytes::len);
        }
        count
    }

    fn unread() -> Unread {
        Unread::new(CallMemory::new(1, Arc::default(), usize::MAX))
    }

    #[test]
    fn a_reader_sets_the_pace() {
        let mut unread = unread();
        let (mut stream, mut read_end, _made) = body(&mut unread);
        assert!(fill(&mut stream) >= 2 << 20, "as much as under stock Wasmtime");
        assert_eq!(read(&mut read_end), 3 << 20);
        assert_eq!(fill(&mut stream), (limits::BODY_CHUNKS + 1) * limits::BODY_CHUNK_BYTES);
    }

    #[test]
    fn what_is_unread_is_counted_until_it_is_read_or_dropped() {
        let mut unread = unread();
        let (mut first, mut read_end, _first) = body(&mut unread);
        let (mut second, dropped_end, _second) = body(&mut unread);
        assert_eq!(fill(&mut first) + fill(&mut second), 6 << 20);
        assert_eq!(unread.memory.unread(), 6 << 20);
        assert_eq!(read(&mut read_end), 3 << 20);
        assert_eq!(unread.memory.unread(), 3 << 20);
        drop(dropped_end);
        assert!(second.write(Bytes::from_static(b"x")).is_err());
        assert_eq!(unread.memory.unread(), 0);
    }

    #[test]
    fn a_body_that_the_call_leaves_behind_is_broken_off() {
        let mut context = Context::from_waker(Waker::noop());
        for finished in [false, true] {
            let mut unread = unread();
            let (mut stream, mut read_end, made) = body(&mut unread);
            stream.write(Bytes::from_static(b"half")).expect("it was permitted");
            assert_eq!(read(&mut read_end), 4);
            if finished {
                drop(stream);
                made.finish(None).expect("no length was declared");
                let end = Pin::new(&mut read_end).poll_frame(&mut context);
                assert!(matches!(end, Poll::Ready(None)));
                continue;
            }
            drop(unread);
            drop((stream, made));
            let end = Pin::new(&mut read_end).poll_frame(&mut context);
            assert!(matches!(end, Poll::Ready(Some(Err(_)))));
        }
    }

    #[test]
    fn a_reader_gets_small_parts() {
        let mut unread = unread();
        let (mut stream, mut read_end, _made) = body(&mut unread);
        fill(&mut stream);
        let mut context = Context::from_waker(Waker::noop());
        let mut parts = 0;
        while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut read_end).poll_frame(&mut context) {
            assert_eq!(frame.data_ref().map(Bytes::len), Some(limits::BODY_CHUNK_BYTES));
            parts += 1;
        }
        assert_eq!(parts * limits::BODY_CHUNK_BYTES, 3 << 20);
    }

    #[test]
    fn a_call_has_a_limit() {
        let mut unread = unread();
        let bodies: Vec<_> = (0..2).map(|_| body(&mut unread)).collect();
        let mut streams: Vec<_> =
            bodies.into_iter().map(|(stream, read_end, made)| (stream, (read_end, made))).collect();
        assert_eq!(streams.iter_mut().map(|(stream, _)| fill(stream)).sum::<usize>(), 6 << 20);
        let (mut third, _read, _made) = body(&mut unread);
        assert!(
            third.write(Bytes::from(vec![0; 1 << 20])).is_ok() && third.write(Bytes::from(vec![0; 1 << 20])).is_ok()
        );
        assert!(
            matches!(third.write(Bytes::from_static(b"x")), Err(StreamError::Trap(e)) if e.to_string() == UNREAD_BODIES)
        );
    }

    #[test]
    fn handles_that_come_again_do_not_pile_up() {
        let mut unread = unread();
        for _ in 0..3 {
            let (_made, _body, ahead) = make(StreamContext::Request, None, &mut unread);
            unread.put(7, ahead);
        }
        assert!(unread.bodies.len() == 1 && unread.take(7).is_some() && unread.take(7).is_none());
    }
}
