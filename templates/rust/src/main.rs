use wstd::http::{Body, Error, Request, Response, StatusCode};

// Called once for each request, each time in a new instance: nothing is kept from one call to the next.
#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    println!("{} {}", request.method(), request.uri().path()); // read it with: faasta logs {{name}}

    match request.uri().path() {
        "/" => text(StatusCode::OK, "hello from {{name}}\n"),
        _ => text(StatusCode::NOT_FOUND, "there is nothing here\n"),
    }
}

fn text(status: StatusCode, body: &str) -> Result<Response<Body>, Error> {
    Ok(Response::builder()
        .status(status)
        .header("content-type", "text/plain; charset=utf-8")
        .body(body.into())?)
}
