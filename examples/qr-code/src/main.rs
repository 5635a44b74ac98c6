//! QR codes as a page, as SVG, as JSON, and as text for terminals. Nothing is stored.

mod code;
mod form;

use code::Code;
use form::Form;
use futures_lite::stream;
use serde_json::json;
use wstd::http::{Body, Error, Method, Request, Response, StatusCode};
use wstd::task::sleep;
use wstd::time::Duration;

const SAMPLE: &str = "https://webassembly.org";
const DARK: &str = "1d2433";
const LIGHT: &str = "ffffff";

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let path = request.uri().path().to_string();
    let query = Form::parse(request.uri().query().unwrap_or_default());
    let text = query.get("text").filter(|text| !text.is_empty());
    println!("{} {path}", request.method());

    match (request.method(), path.as_str()) {
        (&Method::GET | &Method::HEAD, "/") if wants_page(&request) => {
            page(text.unwrap_or(SAMPLE), Kind::Text)
        }
        (&Method::GET | &Method::HEAD, "/") => terminal(text.unwrap_or(SAMPLE)),
        (&Method::GET, "/draw") => draw(text.unwrap_or(SAMPLE)),
        (&Method::GET, "/code.svg") => svg(text.unwrap_or(SAMPLE), &query),
        (&Method::GET, "/code.json") => as_json(text.unwrap_or(SAMPLE)),
        (&Method::POST, "/wifi") => wifi(request).await,
        (_, "/wifi") => redirect("/"),
        (_, "/" | "/draw" | "/code.svg" | "/code.json") => {
            plain(StatusCode::METHOD_NOT_ALLOWED, "Ask with GET.\n")
        }
        _ => plain(
            StatusCode::NOT_FOUND,
            "Nothing here. Try / or /code.svg?text=hello\n",
        ),
    }
}

/// Browsers send `text/html` in `accept`; curl does not.
fn wants_page(request: &Request<Body>) -> bool {
    let accept = request
        .headers()
        .get("accept")
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

#[derive(PartialEq)]
enum Kind {
    Text,
    Wifi,
}

fn page(text: &str, kind: Kind) -> Result<Response<Body>, Error> {
    let (picture, note) = match Code::of(text) {
        Ok(code) => (
            code.svg(DARK, LIGHT),
            format!("{0} × {0}, {1} bytes", code.size(), text.len()),
        ),
        Err(problem) => (String::new(), problem),
    };
    // The password of a network must not be in the page's links and fields.
    let shown = if kind == Kind::Text { text } else { "" };
    let download = match kind {
        Kind::Text => format!(
            "<a href='/code.svg?text={}' download='code.svg'>Download SVG</a>",
            url_encoded(text)
        ),
        Kind::Wifi => "<span>Scan to join</span>".to_string(),
    };
    let html = include_str!("page.html")
        .replace("{{picture}}", &picture)
        .replace("{{note}}", &escaped(&note))
        .replace("{{download}}", &download)
        .replace("{{text}}", &escaped(shown));
    Ok(Response::builder()
        .header("content-type", "text/html; charset=utf-8")
        .header("cache-control", "no-store")
        .header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        )
        .body(html.into())?)
}

async fn wifi(request: Request<Body>) -> Result<Response<Body>, Error> {
    let mut body = request.into_body();
    let form = Form::parse(body.str_contents().await.unwrap_or_default());
    match form.get("ssid").filter(|ssid| !ssid.is_empty()) {
        Some(ssid) => page(
            &code::wifi(ssid, form.get("password").unwrap_or_default()),
            Kind::Wifi,
        ),
        None => plain(
            StatusCode::BAD_REQUEST,
            "The form has no network name (ssid).\n",
        ),
    }
}

fn svg(text: &str, query: &Form) -> Result<Response<Body>, Error> {
    let colour = |name, default| match query.get(name) {
        Some(value) if value.len() == 6 && value.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            value.to_string()
        }
        _ => String::from(default),
    };
    match Code::of(text) {
        Ok(code) => Ok(Response::builder()
            .header("content-type", "image/svg+xml")
            .header("cache-control", "public, max-age=86400") // the same text always gives the same picture
            .body(
                code.svg(&colour("dark", DARK), &colour("light", LIGHT))
                    .into(),
            )?),
        Err(problem) => plain(StatusCode::BAD_REQUEST, &format!("{problem}\n")),
    }
}

fn as_json(text: &str) -> Result<Response<Body>, Error> {
    let (status, value) = match Code::of(text) {
        Ok(code) => (
            StatusCode::OK,
            json!({"text": text, "size": code.size(), "rows": code.rows()}),
        ),
        Err(problem) => (StatusCode::BAD_REQUEST, json!({"error": problem})),
    };
    Ok(Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from_json(&value)?)?)
}

fn terminal(text: &str) -> Result<Response<Body>, Error> {
    match Code::of(text) {
        Ok(code) => plain(StatusCode::OK, &code.lines().concat()),
        Err(problem) => plain(StatusCode::BAD_REQUEST, &format!("{problem}\n")),
    }
}

/// The same, one line after the other: the body is sent while it is made.
fn draw(text: &str) -> Result<Response<Body>, Error> {
    let code = match Code::of(text) {
        Ok(code) => code,
        Err(problem) => return plain(StatusCode::BAD_REQUEST, &format!("{problem}\n")),
    };
    let lines = stream::unfold(code.lines().into_iter(), |mut lines| async {
        sleep(Duration::from_millis(40)).await;
        lines.next().map(|line| (line, lines))
    });
    Ok(Response::builder()
        .header("content-type", "text/plain; charset=utf-8")
        .body(Body::from_stream(lines))?)
}

fn redirect(to: &str) -> Result<Response<Body>, Error> {
    Ok(Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header("location", to)
        .body(Body::empty())?)
}

fn plain(status: StatusCode, text: &str) -> Result<Response<Body>, Error> {
    Ok(Response::builder()
        .status(status)
        .header("content-type", "text/plain; charset=utf-8")
        .body(text.into())?)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn url_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                (byte as char).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
