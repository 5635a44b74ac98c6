//! The outermost component: reads its core modules, and checks that only its own instances use them.

use super::module::Module;
use super::section::{COMPONENT, Section, put_section, sections};
use wasmparser::{
    ComponentAlias, ComponentExport, ComponentExternalKind, ComponentImport, ComponentInstance,
    ComponentOuterAliasKind, ComponentTypeRef, Instance,
};

const CORE_MODULE: u8 = 1;
const CORE_INSTANCE: u8 = 2;
const CORE_TYPE: u8 = 3;
const NESTED: u8 = 4;
const INSTANCE: u8 = 5;
const ALIAS: u8 = 6;
const TYPE: u8 = 7;
const CANONICAL: u8 = 8;
const IMPORT: u8 = 10;
const EXPORT: u8 = 11;

/// Limits the recursion. Real components are nested once or twice.
const DEPTH: u32 = 8;

pub struct Component<'a> {
    sections: Vec<Section<'a>>,
    /// In the order of their indices.
    pub modules: Vec<Module<'a>>,
    /// How many times each module is instantiated.
    instances: Vec<u32>,
}

impl<'a> Component<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let sections = sections(bytes, COMPONENT)?;
        let mut modules = Vec::new();
        let mut instances = Vec::new();
        for section in &sections {
            if section.id == CORE_MODULE {
                modules.push(Module::read(section.body)?);
                instances.push(0);
            } else {
                check(section, 0)?;
            }
            if section.id == CORE_INSTANCE {
                for instance in section.items()? {
                    if let Instance::Instantiate { module_index, .. } = instance {
                        *instances.get_mut(module_index as usize)? += 1;
                    }
                }
            }
        }
        Some(Self { sections, modules, instances })
    }

    /// The names of the component's imports.
    pub fn imports(&self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for section in self.sections.iter().filter(|section| section.id == IMPORT) {
            names.extend(section.items::<ComponentImport>()?.iter().map(|import| import.name.name.to_owned()));
        }
        Some(names)
    }

    /// Returns the index of the module that defines the only memory, if this module is instantiated once.
    pub fn home(&self) -> Option<usize> {
        let mut homes = self.modules.iter().enumerate().filter(|(_, m)| m.defines_memory());
        let (home, _) = homes.next()?;
        (homes.next().is_none() && self.instantiated_once(home)).then_some(home)
    }

    pub fn instantiated_once(&self, module: usize) -> bool {
        self.instances.get(module) == Some(&1)
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.sections.iter().map(|s| s.whole.len()).sum());
        out.extend_from_slice(COMPONENT);
        let mut modules = self.modules.iter();
        for section in &self.sections {
            match modules.as_slice().first().filter(|_| section.id == CORE_MODULE) {
                Some(module) if module.changed() => put_section(&mut out, CORE_MODULE, &module.write()),
                _ => out.extend_from_slice(section.whole),
            }
            if section.id == CORE_MODULE {
                modules.next();
            }
        }
        out
    }
}

/// Returns `None` if the section is of an unknown kind, or if it passes on core modules. A section of an unknown kind
/// could run code during the instantiation, as a component's start function does.
fn check(section: &Section, depth: u32) -> Option<()> {
    let sound = match section.id {
        0 | CORE_INSTANCE | CORE_TYPE | TYPE | CANONICAL => true,
        NESTED if depth < DEPTH => {
            for inner in sections(section.body, COMPONENT)? {
                check(&inner, depth + 1)?;
            }
            true
        }
        INSTANCE => section.items()?.iter().all(|instance| match instance {
            ComponentInstance::Instantiate { args, .. } => args.iter().all(|a| a.kind != ComponentExternalKind::Module),
            ComponentInstance::FromExports(exports) => exports.iter().all(is_no_module),
        }),
        ALIAS => section.items()?.iter().all(|alias| {
            !matches!(
                alias,
                ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. }
                    | ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, .. }
            )
        }),
        IMPORT => {
            section.items::<ComponentImport>()?.iter().all(|import| !matches!(import.ty, ComponentTypeRef::Module(_)))
        }
        EXPORT => section.items()?.iter().all(is_no_module),
        _ => false,
    };
    sound.then_some(())
}

fn is_no_module(export: &ComponentExport) -> bool {
    export.kind != ComponentExternalKind::Module
}
