//! A body of equal parts, which may end with an error; for the guests on wstd and on axum.

use std::pin::Pin;
use std::task::{Context, Poll};
use wstd::http::body::{Bytes, Frame, HttpBody};

pub struct Parts {
    pub left: usize,
    pub bytes: usize,
    pub fails: bool,
}

impl HttpBody for Parts {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.left > 0 {
            self.left -= 1;
            return Poll::Ready(Some(Ok(Frame::data(vec![b'p'; self.bytes].into()))));
        }
        let error = std::io::Error::other("boom after the head");
        Poll::Ready(self.fails.then_some(Err(error)))
    }
}
