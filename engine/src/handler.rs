//! A component's handler of requests, whichever world it is of: how it is linked, checked and called. WASI 0.2 is the
//! only one there is.

use crate::host::Host;
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::{Component, Instance, Linker};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::bindings::{Proxy, ProxyPre};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// What a guest gives for its answer.
pub type Answer = Result<http::Response<HyperOutgoingBody>, ErrorCode>;

pub enum Handler {
    P2(ProxyPre<Host>),
}

impl Handler {
    pub fn link(linker: &Linker<Host>, component: &Component) -> wasmtime::Result<Self> {
        linker.instantiate_pre(component).and_then(ProxyPre::new).map(Self::P2)
    }

    /// Whether an instance of a component that `artifact::compile` let through has a handler of the right type.
    pub fn check(store: &mut Store<Host>, instance: &Instance) -> wasmtime::Result<()> {
        Proxy::new(store, instance).map(|_| ())
    }

    /// Instantiates the component and calls it. `answered` is called with the guest's answer, which comes before its
    /// end; `instantiated` with the time that instantiating took.
    pub async fn handle(
        &self,
        store: &mut Store<Host>,
        request: http::Request<crate::body::RequestBodyReader>,
        scheme: Scheme,
        answered: impl FnOnce(Answer) + Send + Sync + 'static,
        instantiated: impl FnOnce(Duration),
    ) -> wasmtime::Result<()> {
        let Self::P2(pre) = self;
        let mut view = store.data_mut().http();
        let request = view.new_incoming_request(scheme, request)?;
        let outparam = view.new_response_outparam_from_callback(answered)?;
        let start = std::time::Instant::now();
        let proxy = pre.instantiate_async(&mut *store).await?;
        instantiated(start.elapsed());
        proxy.wasi_http_incoming_handler().call_handle(&mut *store, request, outparam).await
    }
}
