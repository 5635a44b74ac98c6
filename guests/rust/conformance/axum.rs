//! The paths of the conformance guests (guests/README.md) on axum, as wstd-axum serves it.

mod parts;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use parts::Parts;
use std::collections::HashMap;

type Wishes = Query<HashMap<String, String>>;

#[wstd_axum::http_server]
fn main() -> Router {
    let parts = |left, bytes, fails| Body::new(Parts { left, bytes, fails });
    Router::new()
        .route("/", get(async || "hello\n"))
        .route("/seen", any(seen))
        .route(
            "/count",
            any(async |content: Bytes| format!("{} bytes\n", content.len())),
        )
        .route("/echo", any(async |content: Bytes| content))
        .route(
            "/relay",
            any(async |request: Request| ([("trailer", "x-sum")], request.into_body())),
        )
        .route("/unread", any(async || "not read\n"))
        .route("/status", any(status))
        .route(
            "/parts",
            any(async move |wishes: Wishes| {
                parts(number(&wishes, "n"), number(&wishes, "bytes"), false)
            }),
        )
        .route(
            "/sized",
            any(async |wishes: Wishes| "s".repeat(number(&wishes, "bytes"))),
        )
        .route(
            "/fail",
            any(async || -> Response { panic!("boom before the head") }),
        )
        .route("/fail-after", any(async move || parts(1, 10, true)))
        .route("/error", any(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/head", any(head))
        .route(
            "/cookies",
            any(async || {
                AppendHeaders([
                    (header::SET_COOKIE, "a=1; path=/; httponly"),
                    (header::SET_COOKIE, "b=2"),
                ])
            }),
        )
        .route("/redirect", any(async || Redirect::to("/seen?from=a")))
        .layer(axum::extract::DefaultBodyLimit::disable())
}

fn number(wishes: &Wishes, name: &str) -> usize {
    wishes
        .get(name)
        .and_then(|value| value.parse().ok())
        .unwrap_or(0)
}

/// The request line, and the fields that a test may send.
async fn seen(method: Method, uri: Uri, headers: HeaderMap) -> String {
    let mut text = format!("{method} {uri}\n");
    for (name, value) in &headers {
        let name = name.as_str();
        if name.starts_with("x-") && !name.starts_with("x-f") && !name.starts_with("x-re") {
            text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
        }
    }
    text
}

/// A status without content; with `?length=` it has a content-length anyway.
async fn status(wishes: Wishes) -> Response {
    let mut answer = StatusCode::from_u16(number(&wishes, "code") as u16)
        .unwrap()
        .into_response();
    if let Some(length) = wishes.get("length") {
        let length = HeaderValue::from_str(length).unwrap();
        answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    answer
}

async fn head(wishes: Wishes) -> Response {
    let mut answer = StatusCode::OK.into_response();
    for n in 0..number(&wishes, "n") {
        let name = header::HeaderName::from_bytes(format!("x-head-{n}").as_bytes()).unwrap();
        let value = "h".repeat(number(&wishes, "bytes")).parse().unwrap();
        answer.headers_mut().insert(name, value);
    }
    answer
}
