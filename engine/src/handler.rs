//! The handler of requests that a component exports: how it is linked, checked and called. The enum has one variant for
//! each supported world; so far, WASI 0.2 is the only world.

use crate::host::Host;
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::{Component, Instance, Linker};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::bindings::{Proxy, ProxyPre};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// The guest's answer to the request.
pub type Answer = Result<http::Response<HyperOutgoingBody>, ErrorCode>;

pub enum Handler {
    P2(ProxyPre<Host>),
}

impl Handler {
    pub fn link(linker: &Linker<Host>, component: &Component) -> wasmtime::Result<Self> {
        linker.instantiate_pre(component).and_then(ProxyPre::new).map(Self::P2)
    }

    /// Fails if the type of the instance's handler differs from `wasi:http`. `artifact::compile` has checked before
    /// that there is a handler.
    pub fn check(store: &mut Store<Host>, instance: &Instance) -> wasmtime::Result<()> {
        Proxy::new(store, instance).map(|_| ())
    }

    /// Instantiates the component and calls its handler. `answered` is called with the guest's answer, before the
    /// handler returns. `instantiated` is called with the time that the instantiation took.
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
