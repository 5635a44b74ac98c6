//! Answers with a `content-length`. The answer to a HEAD has only this length and no content, as in RFC 9110 section
//! 8.6.

use wstd::http::{Body, Error, Method, Request, Response};

const LENGTH: usize = 12345;

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let content = if request.method() == Method::HEAD {
        Body::empty()
    } else {
        Body::from("l".repeat(LENGTH))
    };
    Ok(Response::builder()
        .header("content-length", LENGTH)
        .body(content)?)
}
