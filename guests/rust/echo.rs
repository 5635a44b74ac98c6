//! Sends the request's body back while it arrives, then its trailers. `/headers` answers with the request's head, as
//! JSON.

use guest::{Answer, Guest, path, target};
use serde_json::json;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, Method, ResponseOutparam, Scheme,
};
use wasip2::io::streams::StreamError;

struct Echo;
wasip2::http::proxy::export!(Echo);

impl Guest for Echo {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        if path(&request) == "/headers" {
            return Answer::json(out, &head(&request));
        }
        // HTTP/1.1 servers may drop trailers that the head does not announce.
        let mut headers = request.headers().entries();
        headers.retain(|(name, _)| name == "content-type" || name == "trailer");
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let mut answer = Answer::start(out, 200, &headers);
        let body = request.consume().unwrap();
        {
            let from = body.stream().unwrap();
            loop {
                match from.blocking_read(64 * 1024) {
                    Ok(chunk) if answer.send(&chunk) => {}
                    Err(StreamError::Closed) => break,
                    _ => return, // one side is gone; an unfinished answer is a broken one
                }
            }
        }
        if let Ok(trailers) = trailers(body) {
            answer.finish(trailers);
        }
    }
}

fn trailers(body: IncomingBody) -> Result<Option<Fields>, ErrorCode> {
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    let trailers = future.get().expect("they are there").expect("taken once")?;
    Ok(trailers
        .map(|trailers| Fields::from_list(&trailers.entries()).expect("the host takes them back")))
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
