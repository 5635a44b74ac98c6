//! Sends requests with wstd's client, as most functions in Rust do.

use crate::parameter;
use wstd::http::{Body, Client, Error, Request};

/// Does what the query says. `url=` relays the answer of that URL; with `size=N`, the request is a POST with a body of
/// N bytes. `times=N` sends N requests, one after the other, and returns the number of answers. A failure is a 502 with
/// the reason.
pub async fn relay(query: &str) -> (u16, String) {
    let Some(url) = parameter(query, "url") else {
        return (400, "where to? ?url=http://...\n".to_string());
    };
    let number = |name| parameter(query, name).and_then(|text| text.parse().ok());
    let size = number("size").unwrap_or(0);
    let Some(times) = number("times") else {
        return match send(&url, size).await {
            Ok(answer) => answer,
            Err(error) => (502, format!("{error:?}\n")),
        };
    };
    let mut errors = Vec::new();
    for _ in 0..times {
        errors.extend(send(&url, size).await.err());
    }
    let status = if errors.is_empty() { 200 } else { 502 };
    let reason = errors.first().map(|error| format!(", {error:?}"));
    let answered = times - errors.len();
    (
        status,
        format!(
            "{answered} answered, {} failed{}\n",
            errors.len(),
            reason.unwrap_or_default()
        ),
    )
}

async fn send(url: &str, size: usize) -> Result<(u16, String), Error> {
    let request = if size > 0 {
        Request::post(url).body(Body::from(vec![b'x'; size]))?
    } else {
        Request::get(url).body(Body::empty())?
    };
    let mut response = Client::new().send(request).await?;
    let status = response.status().as_u16();
    Ok((
        status,
        response.body_mut().str_contents().await?.to_string(),
    ))
}
