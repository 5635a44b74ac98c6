//! The paths of the conformance guests (guests/README.md) on wstd.

mod parts;

use parts::Parts;
use wstd::http::body::util::{BodyExt, Full};
use wstd::http::{Body, Error, HeaderMap, HeaderValue, Request, Response, StatusCode};

#[wstd::http_server]
async fn main(mut request: Request<Body>) -> Result<Response<Body>, Error> {
    let uri = request.uri().clone();
    let (bytes, count) = (number(uri.query(), "bytes", 0), number(uri.query(), "n", 1));
    let answer = Response::builder();
    Ok(match uri.path() {
        "/" => answer
            .header("content-type", "text/plain")
            .body("hello\n".into())?,
        "/seen" => answer.body(seen(&request).into())?,
        "/count" => {
            let text = format!("{} bytes\n", request.body_mut().contents().await?.len());
            answer
                .header("content-length", text.len())
                .body(text.into())?
        }
        "/echo" => answer.body(request.body_mut().bytes_contents().await?.into())?,
        "/relay" => answer
            .header("trailer", "x-sum")
            .body(request.into_body())?,
        "/unread" => answer.body("not read\n".into())?,
        "/status" => {
            let mut answer = answer.status(number(uri.query(), "code", 200) as u16);
            if let Some(length) = query(uri.query(), "length") {
                answer = answer.header("content-length", length);
            }
            answer.body(Body::empty())?
        }
        "/parts" => {
            let parts = Parts {
                left: count,
                bytes,
                fails: false,
            };
            answer.body(Body::from_http_body(parts))?
        }
        "/sized" => answer
            .header("content-length", bytes)
            .body("s".repeat(bytes).into())?,
        "/fail" => panic!("boom before the head"),
        "/fail-after" => {
            let parts = Parts {
                left: 1,
                bytes: 10,
                fails: true,
            };
            answer.body(Body::from_http_body(parts))?
        }
        "/error" => return Err(Error::msg("no")),
        "/head" => {
            let mut answer = answer;
            for n in 0..count {
                answer = answer.header(format!("x-head-{n}"), "h".repeat(bytes));
            }
            answer.body(Body::empty())?
        }
        "/trailers" => {
            let sum = HeaderMap::from_iter([("x-sum".parse()?, HeaderValue::from_static("7"))]);
            let body = Full::<wstd::http::body::Bytes>::from("summed\n")
                .map_err(|never| match never {})
                .with_trailers(std::future::ready(Some(Ok::<_, Error>(sum))));
            answer
                .header("trailer", "x-sum")
                .body(Body::from_http_body(body))?
        }
        "/cookies" => answer
            .header("set-cookie", "a=1; path=/; httponly")
            .header("set-cookie", "b=2")
            .body(Body::empty())?,
        "/redirect" => answer
            .status(StatusCode::FOUND)
            .header("location", "/seen?from=a b")
            .body(Body::empty())?,
        _ => answer
            .status(StatusCode::NOT_FOUND)
            .body("nothing here\n".into())?,
    })
}

/// The request line, and the fields that a test may send.
fn seen(request: &Request<Body>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        let name = name.as_str();
        if name.starts_with("x-") && !name.starts_with("x-f") && !name.starts_with("x-re") {
            text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
        }
    }
    text
}

/// The value of a parameter of a query.
fn query<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    query?
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

fn number(of: Option<&str>, name: &str, default: usize) -> usize {
    query(of, name)
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}
