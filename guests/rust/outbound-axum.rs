//! Sends requests with wstd's client in a handler of axum; see support/client.rs.

use axum::http::{StatusCode, Uri};
use axum::routing::get;

#[wstd_axum::http_server]
fn main() -> axum::Router {
    axum::Router::new().route("/", get(relay))
}

async fn relay(uri: Uri) -> (StatusCode, String) {
    let (status, text) = guest::client::relay(uri.query().unwrap_or_default()).await;
    (StatusCode::from_u16(status).expect("a status"), text)
}
