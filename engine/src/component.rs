//! A loaded component. Each request makes an instance of it.

use crate::allocator;
use crate::engine::Engine;
use crate::error::{self, Error, Kind, Result, fail};
use crate::first_call_note::{self, Noted};
use crate::handler::Handler;
use crate::image::Image;
use crate::lost_pages::{Known, Use};
use crate::pages;
use crate::seal::Identity;
use crate::sealed_file::{CHECKED_AT_ONCE, SealedFile};
use crate::watch::Watch;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::ptr::NonNull;
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
    artifact: Mapping,
    /// SHA-256 of the component; if components share their code, SHA-256 of the code.
    component: [u8; 32],
    /// Bytes of the data decoded from the artifact.
    decoded: usize,
    pub engine: Arc<Engine>,
}

/// An artifact's file, mapped for reading. The engine makes the code in it executable.
struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
    /// `None` while it is being unmapped.
    known: Option<Known>,
}

// SAFETY: the mapping is never written, and is not bound to a thread.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn of(file: &File, bytes: usize) -> std::io::Result<Self> {
        let base = NonNull::new(pages::map_file(file, bytes)?).ok_or_else(|| std::io::Error::other("mapped at 0"))?;
        let known = Some(Known::new(base.as_ptr(), bytes, Use::Read));
        Ok(Self { base, bytes, known })
    }

    fn is_lost(&self) -> bool {
        self.known.as_ref().is_some_and(Known::is_lost)
    }

    fn whole(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        Self::of(&file, usize::try_from(file.metadata()?.len()).map_err(std::io::Error::other)?)
    }

    fn is_resident(&self, part: &Range<usize>) -> bool {
        // SAFETY: the part is inside the mapping and begins at a page.
        unsafe { pages::is_resident(self.base.as_ptr().add(part.start), part.len()) }
    }

    /// Requests all parts from the disk at once.
    fn read(&self, parts: &[Range<usize>]) {
        for part in parts {
            // SAFETY: the parts are inside the mapping.
            unsafe { pages::read_ahead(self.base.as_ptr().add(part.start), part.len()) };
        }
    }

    /// Maps the pages of the parts at once. This takes less time than a page fault for each page.
    fn map(&self, parts: &[Range<usize>]) {
        for part in parts {
            // SAFETY: the parts are inside the mapping.
            unsafe { pages::populate(self.base.as_ptr().add(part.start), part.len()) };
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.known = None;
        // SAFETY: the mapping belongs to this object, and everything that used it was dropped before.
        unsafe { pages::unmap(self.base.as_ptr(), self.bytes) };
    }
}

impl Code {
    pub fn bytes(&self) -> usize {
        self.artifact.bytes
    }

    /// Whether a page of the artifact's file could not be read.
    pub fn is_lost(&self) -> bool {
        self.artifact.is_lost()
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
        let slow = || fail(Kind::Slow, "loading would take too long for this thread");
        let checked = file.is_checked(&engine.seals);
        if at_once > 0 && artifact.bytes > if checked { at_once } else { at_once.min(CHECKED_AT_ONCE) } {
            return slow();
        }
        // If the file has no note (some file systems cannot store one), assume that loading takes long.
        let whole = || std::iter::once(0..artifact.bytes).collect();
        let unknown = || Noted { parts: whole(), decoded: usize::MAX };
        let Noted { parts, decoded } = first_call_note::read(&file.file, artifact.bytes).unwrap_or_else(unknown);
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
        artifact.map(&parts);
        Self::decode(engine, artifact, identity.component)
    }

    /// Loads an artifact that has no seal yet. Also returns the watch that records which of its pages are used from now
    /// on.
    pub fn load_watched(engine: &Arc<Engine>, path: &Path) -> Result<(Watch, Arc<Self>)> {
        let io = |e: std::io::Error| error::from_io(format_args!("map {}", path.display()), &e);
        let artifact = Mapping::whole(path).map_err(io)?;
        // SAFETY: the range belongs to the mapping. The watch may live longer than the mapping; it does not use these
        // addresses after that.
        let watch = unsafe { Watch::begin(artifact.base.as_ptr(), artifact.bytes) }
            .map_err(|e| error::from_io("watch the artifact", &e))?;
        Self::decode(engine, artifact, [0; 32]).map(|component| (watch, component))
    }

    fn decode(engine: &Arc<Engine>, artifact: Mapping, component: [u8; 32]) -> Result<Arc<Self>> {
        // SAFETY: by the contract of fe_component_load, the caller of fe_compile wrote the file, no tenant can write to
        // its folder, and the file does not change while it is mapped. Its seal was checked. The mapping is unmapped
        // after the handler and every store are gone, because a call holds the component longer than its store.
        let deserialized = || unsafe {
            let bytes = NonNull::slice_from_raw_parts(artifact.base, artifact.bytes);
            wasmtime::component::Component::deserialize_raw(&engine.wasmtime, bytes)
        };
        let linked = |component| Handler::link(&engine.linker, &component);
        let (handler, decoded) = allocator::counted(|| deserialized().and_then(linked));
        let handler = handler.map_err(error::from_load)?;
        let decoded = usize::try_from(decoded).unwrap_or_default();
        let code = Arc::new(Code { handler, artifact, component, decoded, engine: engine.clone() });
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
        if self.image.is_none() { self.code.artifact.bytes + self.code.decoded } else { 0 }
    }
}
