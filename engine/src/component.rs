//! A loaded component, ready to be instantiated for each request.

use crate::engine::Engine;
use crate::error::{Error, Kind, Result, with_context};
use crate::host::Host;
use std::path::Path;
use std::sync::Arc;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

pub struct Component {
    pub engine: Arc<Engine>,
    pub pre: ProxyPre<Host>,
    pub image_bytes: usize,
}

impl Component {
    pub fn load(engine: &Arc<Engine>, path: &Path) -> Result<Arc<Self>> {
        // Opened first, since Wasmtime's error does not tell a missing file from one of another build.
        if let Err(e) = std::fs::File::open(path) {
            return Err(Error { kind: Kind::Io, text: format!("open {}: {e}", path.display()) });
        }
        // SAFETY: the contract of fe_component_load: the file was written by fe_compile's caller, in a folder that no
        // tenant can write, and is not changed while it is mapped.
        let loaded = unsafe { wasmtime::component::Component::deserialize_file(&engine.wasmtime, path) };
        let stale = |e| Error { kind: Kind::Stale, text: with_context(e, "load the artifact") };
        let component = loaded.map_err(stale)?;
        let range = component.image_range();
        let pre = engine.linker.instantiate_pre(&component).and_then(ProxyPre::new).map_err(stale)?;
        Ok(Arc::new(Self { engine: engine.clone(), pre, image_bytes: range.end as usize - range.start as usize }))
    }
}
