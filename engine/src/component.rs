//! A loaded component. Each request makes an instance of it.

use crate::allocator;
use crate::engine::Engine;
use crate::error::{self, Error, Kind, Result, fail};
use crate::first_call_note::{self, Noted};
use crate::handler::Handler;
use crate::image::Image;
use crate::lost_pages::{Known, Use};
use crate::mapping::Mapping;
use crate::seal::Identity;
use crate::sealed_file::{CHECKED_AT_ONCE, SealedFile};
use crate::watch::Watch;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// A component with more bytes of decoded data is not loaded at once, because decoding takes up to 3 us for each KB.
/// Among components with a small enough artifact, those made with Go have the most decoded data: 163 KB.
const DECODED_AT_ONCE: usize = 512 << 10;

pub struct Component {
    // Fields are dropped in this order: the code before the image.
    pub code: Arc<Code>,
    /// The initial memory, if the code belongs to a split component.
    pub image: Option<Arc<Image>>,
}

pub struct Code {
    // Fields are dropped in this order: the code before the mapping that contains it.
    pub handler: Handler,
    known: Known,
    artifact: Mapping,
    /// SHA-256 of the component; if components share their code, SHA-256 of the code.
    component: [u8; 32],
    /// Bytes of the data decoded from the artifact.
    decoded: usize,
    pub engine: Arc<Engine>,
}

impl Code {
    pub fn bytes(&self) -> usize {
        self.artifact.bytes()
    }

    /// Whether a page of the artifact's file could not be read.
    pub fn is_lost(&self) -> bool {
        self.known.is_lost()
    }

    pub fn decoded(&self) -> usize {
        self.decoded
    }
}

impl Component {
    /// `at_once`: see `fe_component_load`.
    pub fn load(engine: &Arc<Engine>, path: &Path, identity: &Identity, at_once: usize) -> Result<Arc<Self>> {
        let file = SealedFile::open(path, identity)?;
        let io = |e: std::io::Error| error::from_io(format_args!("map {}", path.display()), &e);
        let artifact = Mapping::of(&file.file, file.content_bytes).map_err(io)?;
        let known = Known::new(artifact.base(), artifact.bytes(), Use::Read);
        let slow = || fail(Kind::Slow, "loading would take too long for this thread");
        let checked = file.is_checked(&engine.seals);
        if at_once > 0 && artifact.bytes() > if checked { at_once } else { at_once.min(CHECKED_AT_ONCE) } {
            return slow();
        }
        // If the file has no note (some file systems cannot store one), assume that loading takes long.
        let whole = || std::iter::once(0..artifact.bytes()).collect();
        let unknown = || Noted { parts: whole(), decoded: usize::MAX };
        let Noted { parts, decoded } = first_call_note::read(&file.file, artifact.bytes()).unwrap_or_else(unknown);
        if at_once > 0 && decoded > DECODED_AT_ONCE {
            return slow();
        }
        let needed = if checked { &parts } else { &whole() };
        if !needed.iter().all(|part| artifact.is_resident(part)) {
            if at_once > 0 {
                return slow();
            }
            artifact.read(needed);
        }
        let described = |e: Error| Error { text: format!("{}: {}", path.display(), e.text), ..e };
        file.check(&engine.seals).map_err(described)?;
        artifact.map_code(&file.file).map_err(io)?;
        artifact.map(&parts);
        Self::decode(engine, artifact, known, identity.component)
    }

    /// Loads an artifact that has no seal yet. Also returns the watch that records which of its pages are used from now
    /// on.
    pub fn load_watched(engine: &Arc<Engine>, path: &Path) -> Result<(Watch, Arc<Self>)> {
        let io = |e: std::io::Error| error::from_io(format_args!("map {}", path.display()), &e);
        let file = File::open(path).map_err(io)?;
        let bytes = usize::try_from(file.metadata().map_err(io)?.len()).unwrap_or_default();
        let artifact = Mapping::of(&file, bytes).map_err(io)?;
        let known = Known::new(artifact.base(), bytes, Use::Read);
        // SAFETY: the range belongs to the mapping. The watch may live longer than the mapping; it does not use these
        // addresses after that.
        let watch = unsafe { Watch::begin(artifact.base(), bytes, file) }
            .map_err(|e| error::from_io("watch the artifact", &e))?;
        Self::decode(engine, artifact, known, [0; 32]).map(|component| (watch, component))
    }

    fn decode(engine: &Arc<Engine>, artifact: Mapping, known: Known, component: [u8; 32]) -> Result<Arc<Self>> {
        // SAFETY: by the contract of fe_component_load, the caller of fe_compile wrote the file, no tenant can write to
        // its folder, and the file does not change while it is mapped. Its seal was checked. The mapping is unmapped
        // after the handler and every store are gone, because a call holds the component longer than its store.
        let deserialized =
            || unsafe { wasmtime::component::Component::deserialize_raw(&engine.wasmtime, artifact.raw()) };
        let linked = |component| Handler::link(&engine.linker, &component);
        let (handler, decoded) = allocator::counted(|| deserialized().and_then(linked));
        let handler = handler.map_err(error::from_load)?;
        let decoded = usize::try_from(decoded).unwrap_or_default();
        let code = Arc::new(Code { handler, known, artifact, component, decoded, engine: engine.clone() });
        if code.is_lost() {
            return Err(engine.seals.lost("the file was cut short, or cannot be read, while it was loaded"));
        }
        Ok(Arc::new(Self { code, image: None }))
    }

    /// SHA-256 of the uploaded component.
    pub fn digest(&self) -> [u8; 32] {
        self.image.as_ref().map_or(self.code.component, |image| image.component)
    }

    pub fn with_image(&self, image: Arc<Image>) -> Arc<Self> {
        Arc::new(Self { code: self.code.clone(), image: Some(image) })
    }

    /// Bytes of the mapped artifact and of the data decoded from it; 0 if they belong to another component.
    pub fn own_bytes(&self) -> usize {
        if self.image.is_none() { self.code.artifact.bytes() + self.code.decoded } else { 0 }
    }
}
