//! Limits for the shape of a component, checked before Cranelift sees it. Cranelift's time and memory can grow much
//! faster than the size of a function, so a small component can occupy the compiler for a minute. Reading a component
//! takes a few milliseconds for each megabyte.

use crate::error::{Kind, Result, fail};
use wasmparser::{ComponentType, FunctionBody, Instance, Operator, Parser, Payload};

/// A figure of a component, and the most that it may be. What honest components need: docs/decisions/0044.
struct Limit {
    what: &'static str,
    most: u64,
}

const FUNCTIONS: Limit = Limit { what: "functions", most: 50_000 };
const CORE_INSTANCES: Limit = Limit { what: "core instances", most: 32 };
const MODULES: Limit = Limit { what: "core modules", most: 64 };
const TYPES: Limit = Limit { what: "types", most: 10_000 };
const DATA_SEGMENTS: Limit = Limit { what: "data segments", most: 100_000 };
const ELEMENT_SEGMENTS: Limit = Limit { what: "element segments", most: 10_000 };
const GLOBALS: Limit = Limit { what: "globals", most: 20_000 };
const NAMES: Limit = Limit { what: "imports and exports of its modules", most: 20_000 };
const COMPONENT_DEPTH: Limit = Limit { what: "components inside each other", most: 16 };
const BODY_BYTES: Limit = Limit { what: "bytes in one function", most: 2 << 20 };
const LOCALS: Limit = Limit { what: "locals in one function", most: 10_000 };
const BRANCHES: Limit = Limit { what: "branches in one br_table", most: 65_536 };
const DEPTH: Limit = Limit { what: "blocks inside each other", most: 10_000 };
const NAME_BYTES: Limit = Limit { what: "bytes in the name of an import or export", most: 4_096 };

impl Limit {
    fn check(&self, found: u64) -> Result<()> {
        if found <= self.most {
            return Ok(());
        }
        fail(Kind::Complex, format!("it has {found} {}; {} are allowed", self.what, self.most))
    }
}

/// Sums over the whole component.
#[derive(Default)]
struct Shape {
    functions: u64,
    core_instances: u64,
    modules: u64,
    types: u64,
    data_segments: u64,
    element_segments: u64,
    globals: u64,
    names: u64,
}

/// Fails with `Complex` if the component has more of something than a compile takes. Bytes that cannot be read are no
/// error here: the compile then finds the error, and reports it better.
pub fn check(component: &[u8]) -> Result<()> {
    let mut shape = Shape::default();
    let mut depth = 0u64;
    for payload in Parser::new(0).parse_all(component) {
        let Ok(payload) = payload else { return Ok(()) };
        match &payload {
            Payload::ComponentSection { .. } => {
                depth += 1;
                COMPONENT_DEPTH.check(depth)?;
            }
            Payload::ModuleSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if shape.add(payload)?.is_none() {
            return Ok(());
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    NAME_BYTES.check(name.len() as u64)
}

impl Shape {
    /// Adds a section. `None`: it cannot be read.
    fn add(&mut self, payload: Payload<'_>) -> Result<Option<()>> {
        match payload {
            Payload::ModuleSection { .. } => {
                self.modules += 1;
                MODULES.check(self.modules)?;
            }
            Payload::FunctionSection(section) => {
                self.functions += u64::from(section.count());
                FUNCTIONS.check(self.functions)?;
            }
            Payload::DataSection(section) => {
                self.data_segments += u64::from(section.count());
                DATA_SEGMENTS.check(self.data_segments)?;
            }
            Payload::ElementSection(section) => {
                self.element_segments += u64::from(section.count());
                ELEMENT_SEGMENTS.check(self.element_segments)?;
            }
            Payload::GlobalSection(section) => {
                self.globals += u64::from(section.count());
                GLOBALS.check(self.globals)?;
            }
            Payload::TypeSection(section) => self.add_types(u64::from(section.count()))?,
            Payload::CoreTypeSection(section) => self.add_types(u64::from(section.count()))?,
            Payload::ComponentTypeSection(section) => {
                self.add_types(u64::from(section.count()))?;
                for ty in section {
                    match ty {
                        Ok(ComponentType::Component(inside)) => self.add_types(inside.len() as u64)?,
                        Ok(ComponentType::Instance(inside)) => self.add_types(inside.len() as u64)?,
                        Ok(_) => {}
                        Err(_) => return Ok(None),
                    }
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    match instance {
                        Ok(Instance::Instantiate { .. }) => self.core_instances += 1,
                        Ok(Instance::FromExports(_)) => {}
                        Err(_) => return Ok(None),
                    }
                    CORE_INSTANCES.check(self.core_instances)?;
                }
            }
            Payload::ImportSection(section) => {
                self.names += u64::from(section.count());
                NAMES.check(self.names)?;
                for import in section.into_imports() {
                    let Ok(import) = import else { return Ok(None) };
                    check_name(import.module)?;
                    check_name(import.name)?;
                }
            }
            Payload::ExportSection(section) => {
                self.names += u64::from(section.count());
                NAMES.check(self.names)?;
                for export in section {
                    let Ok(export) = export else { return Ok(None) };
                    check_name(export.name)?;
                }
            }
            Payload::CodeSectionEntry(body) => return check_body(&body),
            _ => {}
        }
        Ok(Some(()))
    }

    fn add_types(&mut self, count: u64) -> Result<()> {
        self.types += count;
        TYPES.check(self.types)
    }
}

fn check_body(body: &FunctionBody<'_>) -> Result<Option<()>> {
    BODY_BYTES.check(body.range().len() as u64)?;
    let Ok(locals) = body.get_locals_reader() else { return Ok(None) };
    let mut count = 0u64;
    for group in locals {
        let Ok((in_group, _)) = group else { return Ok(None) };
        count += u64::from(in_group);
        LOCALS.check(count)?;
    }
    let Ok(operators) = body.get_operators_reader() else { return Ok(None) };
    let mut depth = 0u64;
    for operator in operators {
        match operator {
            Ok(Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. }) => {
                depth += 1;
                DEPTH.check(depth)?;
            }
            Ok(Operator::End) => depth = depth.saturating_sub(1),
            Ok(Operator::BrTable { targets }) => BRANCHES.check(u64::from(targets.len()))?,
            Ok(_) => {}
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(()))
}
