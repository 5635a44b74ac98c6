//! The interfaces that a guest may call.

use crate::environment;
use crate::host::Host;
use crate::outgoing_body;
use wasmtime::Engine;
use wasmtime::component::Linker;

/// Links every interface of WASI 0.2 that language runtimes import, and wasi:config/store. These interfaces give no
/// access to folders, sockets, name look-ups or the environment of the server. Outgoing HTTP goes through `Outbound`.
pub fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    outgoing_body::add_to_linker(&mut linker)?;
    environment::add_to_linker(&mut linker)?;
    Ok(linker)
}
