use axum::extract::{Json, Query};
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use axum::{Router, middleware};
use serde::{Deserialize, Serialize};
use wstd::http::{Body, Client, Request};

// Called once for each request, each time in a new instance: nothing is kept from one call to the next.
#[wstd_axum::http_server]
fn main() -> Router {
    app().layer(middleware::map_request(
        async |request: axum::extract::Request| {
            println!("{} {}", request.method(), request.uri().path()); // read it with: faasta logs {{name}}
            request
        },
    ))
}

fn app() -> Router {
    Router::new()
        .route("/", get(hello))
        .route("/greet", get(greet))
        .route("/upstream", get(upstream))
        .fallback(async |uri: Uri| {
            (
                StatusCode::NOT_FOUND,
                format!("there is nothing at {}\n", uri.path()),
            )
        })
}

async fn hello() -> String {
    format!("{} from {{name}}\n", variable("GREETING"))
}

#[derive(Deserialize)]
struct Visitor {
    name: String,
}

#[derive(Serialize)]
struct Greeting {
    greeting: String,
    name: String,
}

/// `/greet?name=Ada`, answered in JSON.
async fn greet(Query(visitor): Query<Visitor>) -> Json<Greeting> {
    Json(Greeting {
        greeting: variable("GREETING"),
        name: visitor.name,
    })
}

/// Answers with the answer of another server. `[allow]` in faasta.toml lists the servers.
async fn upstream() -> Result<(StatusCode, String), (StatusCode, String)> {
    let url = variable("UPSTREAM");
    fetch(&url)
        .await
        .map_err(|error| (StatusCode::BAD_GATEWAY, format!("{url}: {error:#}\n")))
}

async fn fetch(url: &str) -> Result<(StatusCode, String), wstd::http::Error> {
    let request = Request::get(url).body(Body::empty())?;
    let mut answer = Client::new().send(request).await?;
    let status = answer.status();
    Ok((status, answer.body_mut().str_contents().await?.to_owned()))
}

/// A variable of `[env]` in faasta.toml, or a secret.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    fn get(path: &str) -> (StatusCode, String) {
        let request = axum::http::Request::get(path)
            .body(axum::body::Body::empty())
            .unwrap();
        pollster::block_on(async {
            let answer = app().oneshot(request).await.unwrap();
            let status = answer.status();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8(body.to_vec()).unwrap())
        })
    }

    #[test]
    fn greets_by_name() {
        let (status, body) = get("/greet?name=Ada");
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains(r#""name":"Ada""#), "{body}");
        assert_eq!(get("/greet").0, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn knows_no_other_path() {
        assert_eq!(get("/nothing").0, StatusCode::NOT_FOUND);
    }
}
