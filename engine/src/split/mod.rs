//! Separates a component's code from its data. Functions made with the same version of a language runtime then have the
//! same code, and differ only in a memory image.
//!
//! The host maps the image over the component's only memory when that memory is created, and instantiates the code. A
//! guest cannot notice the difference, for these reasons:
//! - Only one memory is defined, by a module that is instantiated once. So the image applies to that memory and no
//!   other. No other component can refer to the module, because core modules are neither imported, exported, aliased
//!   nor nested.
//! - The instantiation that creates a memory also applies its active segments, before its start function, and before
//!   another module can import the memory. So no code runs, and no segment of another module is applied, between the
//!   creation of the memory and its data. Other modules keep their segments, which are applied later, as before.
//! - Offsets are constant and in bounds, so applying segments cannot fail. No instruction uses a segment by its index.
//! - The code may declare a smaller minimum size than the original. The image has the real size, and the host creates
//!   the memory with `Image::memory_bytes`. No import requires a larger minimum, and optimisations based on a minimum
//!   are valid for a larger memory.
//! - `globals` explains why globals can move to the image.
//!
//! Everything else is copied byte by byte. If the code is valid, the component is valid too. So only the code is
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

/// A component with less data is not split. Wasmtime copies little data as fast as the host maps it, and small native
/// guests share little code.
const LEAST_DATA: usize = if cfg!(fuzzing) { 1 } else { 256 << 10 };

pub struct Split {
    pub code: Vec<u8>,
    pub image: Image,
    /// The names of the component's imports.
    pub imports: Vec<String>,
}

/// Returns `None` if the component cannot be split, or if splitting it has no advantage.
pub fn split(component: &[u8]) -> Option<Split> {
    separate(component, LEAST_DATA)
}

/// As `split`, with another limit: the least bytes of data.
pub fn separate(bytes: &[u8], least_data: usize) -> Option<Split> {
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
