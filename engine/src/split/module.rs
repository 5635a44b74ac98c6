//! A core module: reads its data segments, and writes the module again with some sections changed.

use super::image::Segment;
use super::section::{CUSTOM, MODULE, Section, items, put_section, put_u32, sections};
use std::collections::BTreeMap;
use wasmparser::{BinaryReader, Data, DataKind, FunctionBody, Import, Imports, MemoryType, Operator, TypeRef};

pub const TYPE: u8 = 1;
pub const IMPORT: u8 = 2;
pub const FUNCTION: u8 = 3;
const MEMORY: u8 = 5;
pub const GLOBAL: u8 = 6;
pub const START: u8 = 8;
pub const CODE: u8 = 10;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;

/// The order of the sections in a module, which differs from the order of their ids.
const ORDER: [u8; 13] = [TYPE, IMPORT, FUNCTION, 4, MEMORY, 13, GLOBAL, 7, START, 9, DATA_COUNT, CODE, DATA];

/// The number of pages of 64 KiB in 4 GiB.
const MOST_PAGES: u64 = 1 << 16;

pub struct Module<'a> {
    sections: Vec<Section<'a>>,
    imports: Vec<Import<'a>>,
    memories: Vec<MemoryType>,
    /// New bodies by section id; `None` removes the section.
    edits: BTreeMap<u8, Option<Vec<u8>>>,
}

impl<'a> Module<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let sections = sections(bytes, MODULE)?;
        let places: Vec<usize> =
            sections.iter().filter(|s| s.id != CUSTOM).map(|s| place(s.id)).collect::<Option<_>>()?;
        if !places.is_sorted_by(|a, b| a < b) {
            return None;
        }
        let mut module = Self { sections, imports: Vec::new(), memories: Vec::new(), edits: BTreeMap::new() };
        module.imports = module
            .items::<Imports>(IMPORT)?
            .into_iter()
            .flatten()
            .map(|import| import.map(|(_, import)| import))
            .collect::<Result<_, _>>()
            .ok()?;
        module.memories = module.items(MEMORY)?;
        Some(module)
    }

    pub fn body(&self, id: u8) -> Option<&'a [u8]> {
        self.sections.iter().find(|s| s.id == id).map(|s| s.body)
    }

    /// The items of a section, which may be missing.
    fn items<T: wasmparser::FromReader<'a>>(&self, id: u8) -> Option<Vec<T>> {
        self.body(id).map_or_else(|| Some(Vec::new()), items)
    }

    pub fn imports(&self, is: fn(&TypeRef) -> bool) -> usize {
        self.imports.iter().filter(|import| is(&import.ty)).count()
    }

    pub fn defines_memory(&self) -> bool {
        !self.memories.is_empty()
    }

    /// Returns the memory that the module defines, if the module has no other memory and this memory has an ordinary
    /// type.
    pub fn memory(&self) -> Option<MemoryType> {
        let [memory] = self.memories.as_slice() else { return None };
        let ordinary = !memory.memory64
            && !memory.shared
            && memory.page_size_log2.is_none()
            && memory.initial <= memory.maximum.unwrap_or(MOST_PAGES)
            && memory.initial <= MOST_PAGES
            && self.imports(|ty| matches!(ty, TypeRef::Memory(_))) == 0;
        ordinary.then_some(*memory)
    }

    pub fn imported_minimum(&self) -> Option<u64> {
        let memory = |import: &Import| if let TypeRef::Memory(ty) = import.ty { Some(ty.initial) } else { None };
        self.imports.iter().filter_map(memory).max()
    }

    pub fn has_data(&self) -> bool {
        self.body(DATA).is_some() || self.body(DATA_COUNT).is_some()
    }

    /// Returns the data segments in order, if all of them are active and have constant offsets.
    pub fn segments(&self) -> Option<Vec<Segment<'a>>> {
        let data: Vec<Data> = self.items(DATA)?;
        if let Some(counted) = self.body(DATA_COUNT) {
            let mut reader = BinaryReader::new(counted, 0);
            if reader.read_var_u32().ok()? as usize != data.len() || !reader.eof() {
                return None;
            }
        }
        data.into_iter().map(segment).collect()
    }

    /// Whether an instruction uses a data segment by its index. These instructions require the data count section.
    pub fn names_segments(&self) -> Option<bool> {
        if self.body(DATA_COUNT).is_none() {
            return Some(false);
        }
        let functions: Vec<FunctionBody> = self.items(CODE)?;
        for function in functions.iter().filter(|f| may_name_segments(f.as_bytes())) {
            for operator in function.get_operators_reader().ok()? {
                if let Operator::MemoryInit { .. }
                | Operator::DataDrop { .. }
                | Operator::ArrayNewData { .. }
                | Operator::ArrayInitData { .. } = operator.ok()?
                {
                    return Some(true);
                }
            }
        }
        Some(false)
    }

    pub fn remove_data(&mut self) {
        self.edits.insert(DATA, None);
        self.edits.insert(DATA_COUNT, None);
    }

    /// Sets the minimum of a memory without a maximum.
    pub fn set_minimum(&mut self, pages: u64) {
        let mut body = vec![1, 0];
        put_u32(&mut body, u32::try_from(pages.min(MOST_PAGES)).unwrap_or(u32::MAX));
        self.edits.insert(MEMORY, Some(body));
    }

    pub fn set(&mut self, id: u8, body: Vec<u8>) {
        self.edits.insert(id, Some(body));
    }

    pub fn changed(&self) -> bool {
        !self.edits.is_empty()
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.sections.iter().map(|s| s.whole.len()).sum());
        out.extend_from_slice(MODULE);
        // Of all sections, only the section of the start function may be added.
        let mut added = self.edits.get(&START).and_then(Option::as_ref).filter(|_| self.body(START).is_none());
        for section in &self.sections {
            if section.id != CUSTOM
                && place(section.id) > place(START)
                && let Some(start) = added.take()
            {
                put_section(&mut out, START, start);
            }
            match self.edits.get(&section.id) {
                None => out.extend_from_slice(section.whole),
                Some(Some(body)) => put_section(&mut out, section.id, body),
                Some(None) => {}
            }
        }
        if let Some(start) = added {
            put_section(&mut out, START, start);
        }
        out
    }
}

fn place(id: u8) -> Option<usize> {
    ORDER.iter().position(|&other| other == id)
}

fn segment(data: Data<'_>) -> Option<Segment<'_>> {
    let DataKind::Active { memory_index: 0, offset_expr } = data.kind else { return None };
    let mut operators = offset_expr.get_operators_reader();
    let Operator::I32Const { value } = operators.read().ok()? else { return None };
    let Operator::End = operators.read().ok()? else { return None };
    operators.eof().then_some(Segment { offset: value.cast_unsigned(), bytes: data.data })
}

/// A fast check for the instructions that `names_segments` looks for. Each of these instructions is a prefix and a
/// number, and the number may be encoded in more bytes than needed. Few other functions contain the same bytes.
fn may_name_segments(function: &[u8]) -> bool {
    function.windows(2).any(|pair| match (pair[0], pair[1] & 0x7f) {
        (0xfc, number) => matches!(number, 8 | 9),
        (0xfb, number) => matches!(number, 9 | 18),
        _ => false,
    })
}
