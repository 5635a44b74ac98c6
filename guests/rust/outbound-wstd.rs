//! Sends requests with wstd's client; see support/client.rs.

use wstd::http::{Body, Error, Request, Response};

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let (status, text) = guest::client::relay(request.uri().query().unwrap_or_default()).await;
    Ok(Response::builder().status(status).body(Body::from(text))?)
}
