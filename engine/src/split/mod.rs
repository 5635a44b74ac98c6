//! Separates a component's code from its data, so that functions made with one version of a language runtime have the
//! same code and differ in a memory image alone.
//!
//! The host maps the image over the component's one memory when that memory is created, and instantiates the code. What
//! guest code can observe is then what the original shows:
//!
//! - One memory is defined, by a module that is instantiated once; so the image meets that memory and no other. Nothing
//!   else can name the module: core modules are neither imported, exported, aliased nor nested.
//! - A memory's active segments are applied by the instantiation that creates it, before its start function and before
//!   any other module can import it. So no code, and no other module's segment, comes between creation and data. Other
//!   modules keep their segments, which are applied later, as ever.
//! - Offsets are constants and in bounds, so applying them cannot fail. No instruction names a segment.
//! - The code may declare a smaller minimum than the original: the size is the image's, and the host creates the memory
//!   with `Image::memory_bytes`. Nothing imports the memory with a larger minimum, and what a compiler concludes from a
//!   minimum holds for a larger memory.
//! - `globals` has the argument for the globals that travel in the image.
//!
//! Everything else is copied byte by byte. If the code is valid then so was the component, so only the code need be
//! validated.

mod component;
mod globals;
pub mod image;
mod module;
mod section;
#[cfg(test)]
mod tests;

pub use image::Image;

use component::Component;
use image::Segment;

/// Below it the host's own way of filling memory, which copies, is as quick as a mapping; and what small native guests
/// share is little.
const LEAST_DATA: usize = if cfg!(fuzzing) { 1 } else { 256 << 10 };

pub struct Split {
    pub code: Vec<u8>,
    pub image: Image,
    /// Names of what the component imports.
    pub imports: Vec<String>,
}

/// `None`: the component is better, or only correctly, run as it is.
pub fn split(component: &[u8]) -> Option<Split> {
    separate(component, LEAST_DATA)
}

fn separate(bytes: &[u8], least_data: usize) -> Option<Split> {
    let mut component = Component::read(bytes)?;
    let home = component.home()?;
    let memory = component.modules[home].memory()?;
    let memory_bytes = memory.initial << 16;
    let mut segments = component.modules[home].segments()?;
    if segments.iter().map(|s| s.bytes.len()).sum::<usize>() < least_data
        || segments.iter().any(|s| s.end() > memory_bytes)
        || component.modules[home].names_segments()?
    {
        return None;
    }
    component.modules[home].remove_data();
    if memory.maximum.is_none() {
        let needed = component.modules.iter().filter_map(module::Module::imported_minimum).max().unwrap_or(0).max(1);
        component.modules[home].set_minimum(needed.min(memory.initial));
    }
    let stash = globals::stash(&mut component, home, &segments);
    segments.push(Segment { offset: globals::STASH, bytes: &stash });
    let image = Image::new(memory_bytes, &segments)?;
    Some(Split { imports: component.imports()?, code: component.write(), image })
}
