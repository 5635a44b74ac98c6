//! The interfaces that a guest may call.

use crate::host::Host;
use crate::outgoing_body;
use wasmtime::Engine;
use wasmtime::component::Linker;

/// Every interface of WASI 0.2 that language runtimes import. They give no access: no folder, socket, name look-up or
/// environment. Outgoing HTTP goes through `Outbound`.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    outgoing_body::add_to_linker(&mut linker)?;
    Ok(linker)
}
