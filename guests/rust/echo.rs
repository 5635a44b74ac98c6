//! Sends the request's body back while it arrives, then its trailers. `/headers` answers the head it saw, as JSON.

use guest::{Answer, Guest, path, target};
use serde_json::json;
use wasip2::http::types::{
    Fields, IncomingBody, IncomingRequest, Method, ResponseOutparam, Scheme,
};
use wasip2::io::streams::StreamError;

struct Echo;
wasip2::http::proxy::export!(Echo);

impl Guest for Echo {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        if path(&request) == "/headers" {
            return Answer::json(out, &head(&request));
        }
        let content_type = request.headers().get("content-type").pop();
        let content_type = content_type.unwrap_or(b"application/octet-stream".to_vec());
        let mut answer = Answer::start(out, 200, &[("content-type", &content_type)]);
        let body = request.consume().unwrap();
        {
            let from = body.stream().unwrap();
            loop {
                match from.blocking_read(64 * 1024) {
                    Ok(chunk) if answer.send(&chunk) => {}
                    Err(StreamError::Closed) => break,
                    _ => return, // either side is gone: an unfinished answer is a broken one
                }
            }
        }
        answer.finish(trailers(body));
    }
}

fn trailers(body: IncomingBody) -> Option<Fields> {
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    let trailers = future.get()?.ok()?.ok()??;
    Some(Fields::from_list(&trailers.entries()).expect("trailers the host takes back"))
}

fn head(request: &IncomingRequest) -> serde_json::Value {
    let headers: Vec<_> = request
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| json!([name, String::from_utf8_lossy(&value)]))
        .collect();
    json!({
        "method": method(request.method()),
        "path_with_query": target(request),
        "authority": request.authority(),
        "scheme": request.scheme().map(|scheme| match scheme {
            Scheme::Http => "http".to_string(),
            Scheme::Https => "https".to_string(),
            Scheme::Other(name) => name,
        }),
        "headers": headers,
    })
}

fn method(method: Method) -> String {
    match method {
        Method::Other(name) => name,
        known => format!("{known:?}")
            .trim_start_matches("Method::")
            .to_uppercase(),
    }
}
