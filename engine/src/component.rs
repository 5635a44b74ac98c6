//! A loaded component, ready to be instantiated for each request.

use crate::engine::Engine;
use crate::error::{Error, Kind, Result, with_context};
use crate::host::Host;
use crate::pages;
use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

pub struct Component {
    // Fields are dropped in this order: the code before the mapping that it lies in.
    pub pre: ProxyPre<Host>,
    artifact: Mapping,
    pub engine: Arc<Engine>,
}

/// An artifact's file, mapped to read. The engine makes the code in it executable.
struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the mapping is never written, and belongs to no thread.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let bytes = usize::try_from(file.metadata()?.len()).map_err(std::io::Error::other)?;
        let base = pages::map_file(&file, bytes)?;
        Ok(Self { base: NonNull::new(base).ok_or_else(|| std::io::Error::other("mapped at 0"))?, bytes })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and what used it was dropped before.
        unsafe { pages::unmap(self.base.as_ptr(), self.bytes) };
    }
}

impl Component {
    pub fn load(engine: &Arc<Engine>, path: &Path) -> Result<Arc<Self>> {
        let open = |e| Error { kind: Kind::Io, text: format!("open {}: {e}", path.display()) };
        let artifact = Mapping::open(path).map_err(open)?;
        // SAFETY: the contract of fe_component_load: the file was written by fe_compile's caller, in a folder that no
        // tenant can write, and is not changed while it is mapped; the mapping outlives `pre` and every store, since
        // calls hold the component longer than their store.
        let loaded = unsafe {
            let bytes = NonNull::slice_from_raw_parts(artifact.base, artifact.bytes);
            wasmtime::component::Component::deserialize_raw(&engine.wasmtime, bytes)
        };
        let stale = |e| Error { kind: Kind::Stale, text: with_context(e, "load the artifact") };
        let component = loaded.map_err(stale)?;
        let pre = engine.linker.instantiate_pre(&component).and_then(ProxyPre::new).map_err(stale)?;
        Ok(Arc::new(Self { pre, artifact, engine: engine.clone() }))
    }

    pub fn image_bytes(&self) -> usize {
        self.artifact.bytes
    }
}
