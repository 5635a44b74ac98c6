//! Finds out which pages of an artifact are used when it is loaded and called the first time: at deploy, the compile
//! child makes one call and watches it. first_call_note.rs stores the result.

use crate::asked::Asked;
use crate::call::{Call, Event};
use crate::component::Component;
use crate::engine::Engine;
use crate::error::{self, Result};
use crate::first_call_note;
use crate::grants::Grants;
use crate::image::Image;
use crate::limits::Limits;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// How long the call may take, including waiting.
const TIME: Duration = Duration::from_secs(1);
/// The fields that a browser and the gateway (src/gateway/guest_fields.cpp) would send, because reading fields is a
/// part of the call.
const FIELDS: &[(&str, &str)] = &[
    ("host", "function.example.com"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("forwarded", "for=192.0.2.1;host=\"function.example.com\";proto=https"),
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-host", "function.example.com"),
    ("x-forwarded-proto", "https"),
    ("x-request-id", "0123456789abcdef0123456789abcdef"),
];

/// Calls the component with the artifact at `path` once, without network, and stores which pages were used. Ignores the
/// result of the call, because other code checks whether the component works.
pub fn note(engine: &Arc<Engine>, path: &Path, image: Option<Arc<Image>>, limits: &Limits) -> Result<()> {
    let io = |e: std::io::Error| error::from_io(path.display(), &e);
    let file = File::open(path).map_err(io)?;
    // The component is dropped before the watch, because dropping it uses pages of the artifact.
    let (watch, mut component) = Component::load_watched(engine, path)?;
    if let Some(image) = image {
        component = component.with_image(image);
    }
    let limits = Limits { outbound_total: 0, ..limits.clone() };
    call(engine, &component, &limits);
    let code = &component.code;
    first_call_note::write(&file, code.bytes(), code.decoded(), watch.touched()).map_err(io)
}

fn call(engine: &Arc<Engine>, component: &Component, limits: &Limits) {
    let mut builder = http::Request::builder().uri("http://function.example.com/");
    for (name, value) in FIELDS {
        builder = builder.header(*name, *value);
    }
    let Ok(request) = builder.body(()) else { return };
    let mut request = Some(request);
    let mut call = None;
    let _ = engine.runtime.block_on(async {
        let polling = std::future::poll_fn(|context| {
            let call = call.get_or_insert_with(|| {
                let request = request.take().unwrap_or_default();
                let asked =
                    Asked { request, scheme: Scheme::Http, owner: 0, hops: 0, traceparent: None, variables: None };
                let call = Call::new(component, Ok(asked), limits, Grants::default(), context.waker().clone());
                call.body.end(None);
                call
            });
            loop {
                match call.poll() {
                    Event::Pending => return Poll::Pending,
                    Event::Done | Event::Failed(_) => return Poll::Ready(()),
                    _ => {}
                }
            }
        });
        tokio::time::timeout(TIME, polling).await
    });
}
