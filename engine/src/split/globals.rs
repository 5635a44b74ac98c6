//! Moves globals that differ between snapshots to the image, because otherwise each function would have different code.
//! An example is the stack pointer of Python's preview 1 adapter, which depends on the free places in the heap. The
//! values of these globals are stored in the image, at `STASH`. A new start function in the module of the globals reads
//! the values from there, and overwrites them with zeros. A guest cannot notice the difference. No code runs before
//! that start function, because the original modules have no start functions. Without this change the stash would
//! contain zeros, because only the module of the memory has data segments, and these do not overlap the stash. Constant
//! expressions cannot read mutable globals. The module of the globals is instantiated once.

use super::component::Component;
use super::image::Segment;
use super::module::{CODE, FUNCTION, GLOBAL, Module, START, TYPE};
use super::section::{append, items, put_u32};
use wasmparser::{BinaryReader, Global, GlobalSectionReader, Operator, RecGroup, TypeRef, ValType};

/// Linkers leave the first bytes of memory unused, so that a null pointer points to no data.
pub const STASH: u32 = 16;
/// The most globals that are moved to the image. Python's adapter has three of them.
const SLOTS: usize = 16;

/// If possible and useful, moves globals out of `component`. Returns their values.
pub fn stash(component: &mut Component, home: usize, segments: &[Segment]) -> Vec<u8> {
    let end = u64::from(STASH) + 4 * SLOTS as u64;
    let quiet =
        component.modules.iter().enumerate().all(|(i, m)| m.body(START).is_none() && (i == home || !m.has_data()));
    let taken = segments.iter().any(|s| u64::from(s.offset) < end && s.end() > u64::from(STASH));
    let mut values = Vec::new();
    if quiet && !taken {
        for owner in 0..component.modules.len() {
            if owner != home && component.instantiated_once(owner) {
                // Returns `None` and changes nothing if there are no globals to move, or if the module has unknown
                // parts.
                let _ = take(&mut component.modules[owner], &mut values);
            }
        }
    }
    values.into_iter().flat_map(i32::to_le_bytes).collect()
}

fn take(module: &mut Module, values: &mut Vec<i32>) -> Option<()> {
    let (types, functions, code) = (module.body(TYPE)?, module.body(FUNCTION)?, module.body(CODE)?);
    let Zeroed { changed, section } =
        zeroed(module.body(GLOBAL)?, module.imports(|ty| matches!(ty, TypeRef::Global(_))))?;
    let plain = |group: &RecGroup| !group.is_explicit_rec_group() && group.types().len() == 1;
    let groups: Vec<RecGroup> = items(types)?;
    if changed.iter().all(|(_, value)| *value == 0)
        || values.len() + changed.len() > SLOTS
        || module.imports(|ty| matches!(ty, TypeRef::Memory(_))) != 1
        || module.defines_memory()
        || !groups.iter().all(plain)
    {
        return None;
    }
    let mut ty = Vec::new();
    put_u32(&mut ty, u32::try_from(groups.len()).ok()?);
    let imported = module.imports(|ty| matches!(ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
    let defined = BinaryReader::new(functions, 0).read_var_u32().ok()? as usize;
    let mut start = Vec::new();
    put_u32(&mut start, u32::try_from(imported + defined).ok()?);
    // (type (func)), (func (type ty)), its body, (start)
    let types = append(types, &[0x60, 0, 0])?;
    let functions = append(functions, &ty)?;
    let code = append(code, &restore(&changed, STASH + 4 * u32::try_from(values.len()).ok()?))?;
    module.set(TYPE, types);
    module.set(FUNCTION, functions);
    module.set(CODE, code);
    module.set(GLOBAL, section);
    module.set(START, start);
    values.extend(changed.iter().map(|(_, value)| value));
    Some(())
}

struct Zeroed {
    /// Index and value of each mutable i32 global with a constant value.
    changed: Vec<(u32, i32)>,
    /// The global section, with zeros as the values of these globals.
    section: Vec<u8>,
}

fn zeroed(globals: &[u8], imported: usize) -> Option<Zeroed> {
    let reader = GlobalSectionReader::new(BinaryReader::new(globals, 0)).ok()?;
    let count = reader.count();
    let found: Vec<(usize, Global)> = reader.into_iter_with_offsets().collect::<Result<_, _>>().ok()?;
    let mut changed = Vec::new();
    let mut section = Vec::with_capacity(globals.len());
    put_u32(&mut section, count);
    for (i, (offset, global)) in found.iter().enumerate() {
        let end = found.get(i + 1).map_or(globals.len(), |(next, _)| *next);
        match constant(global) {
            Some(value) => {
                changed.push((u32::try_from(imported + i).ok()?, value));
                section.extend_from_slice(&[0x7f, 1, 0x41, 0, 0x0b]); // (mut i32) (i32.const 0)
            }
            None => section.extend_from_slice(globals.get(*offset..end)?),
        }
    }
    Some(Zeroed { changed, section })
}

fn constant(global: &Global) -> Option<i32> {
    let ty = global.ty;
    let mut operators = global.init_expr.get_operators_reader();
    match (operators.read().ok()?, operators.read().ok()?) {
        (Operator::I32Const { value }, Operator::End)
            if ty.mutable && !ty.shared && ty.content_type == ValType::I32 && operators.eof() =>
        {
            Some(value)
        }
        _ => None,
    }
}

/// Returns the size and the body of a function that sets each global from its slot in the stash and clears the slot.
fn restore(globals: &[(u32, i32)], from: u32) -> Vec<u8> {
    let mut body = vec![0]; // no locals
    for (slot, (global, _)) in (from..).step_by(4).zip(globals) {
        body.extend_from_slice(&[0x41, 0, 0x28, 2]); // i32.const 0, i32.load offset=slot
        put_u32(&mut body, slot);
        body.push(0x24); // global.set
        put_u32(&mut body, *global);
        body.extend_from_slice(&[0x41, 0, 0x41, 0, 0x36, 2]); // i32.const 0, i32.const 0, i32.store offset=slot
        put_u32(&mut body, slot);
    }
    body.push(0x0b);
    let mut out = Vec::new();
    put_u32(&mut out, u32::try_from(body.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(&body);
    out
}
