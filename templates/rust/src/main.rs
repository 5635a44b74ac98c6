use wstd::http::{Body, Client, Error, Request, Response, StatusCode};

// Called once for each request, each time in a new instance: nothing is kept from one call to the next.
#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    println!("{} {}", request.method(), request.uri().path()); // read it with: faasta logs {{name}}

    match request.uri().path() {
        "/" => text(StatusCode::OK, &greeting(&variable("GREETING"))),
        "/upstream" => relay(&variable("UPSTREAM")).await,
        _ => text(StatusCode::NOT_FOUND, "there is nothing here\n"),
    }
}

fn greeting(word: &str) -> String {
    format!("{word} from {{name}}\n")
}

/// A variable of `[env]` in faasta.toml, or a secret.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Answers with the answer of another server, while it arrives. `[allow]` in faasta.toml lists the servers.
async fn relay(url: &str) -> Result<Response<Body>, Error> {
    match Client::new()
        .send(Request::get(url).body(Body::empty())?)
        .await
    {
        Ok(answer) => Ok(Response::builder()
            .status(answer.status())
            .body(answer.into_body())?),
        Err(error) => text(StatusCode::BAD_GATEWAY, &format!("{url}: {error:#}\n")),
    }
}

fn text(status: StatusCode, body: &str) -> Result<Response<Body>, Error> {
    Ok(Response::builder()
        .status(status)
        .header("content-type", "text/plain; charset=utf-8")
        .body(body.to_owned().into())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greets_with_the_word() {
        assert_eq!(greeting("hi"), "hi from {{name}}\n");
    }
}
