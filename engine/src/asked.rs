//! The request for a guest, with the owner of the function.

use crate::variables::Variables;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// The request without its body, which is passed separately.
pub type Request = http::Request<()>;

pub struct Asked {
    pub request: Request,
    pub scheme: Scheme,
    /// The owner of the function. Look-ups (resolver.rs) and memory (memory_pool.rs) are limited for each owner.
    pub owner: u64,
    /// How many times the request came through Faasta before (cdn_loop.rs).
    pub hops: u32,
    /// Of outgoing requests to which the guest gives no such field.
    pub traceparent: Option<http::HeaderValue>,
    pub variables: Option<Box<dyn Variables>>,
}
