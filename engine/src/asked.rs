//! What a guest is asked.

use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// The body comes apart from it.
pub type Request = http::Request<()>;

pub struct Asked {
    pub request: Request,
    pub scheme: Scheme,
    /// Whose function it is: look-ups (resolver.rs) and memory (memory_pool.rs) are shared out by owner.
    pub owner: u64,
    /// How often the request came through Faasta before (cdn_loop.rs).
    pub hops: u32,
}
