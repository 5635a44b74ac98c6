//! The environment variables of a guest, under two interfaces: `wasi:cli/environment` and `wasi:config/store`. Our
//! functions replace Wasmtime's, so that the variables are copied only if the guest asks for them.

use crate::host::Host;
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Linker, Lower};

/// The version of wasi:cli that Wasmtime links.
const ENVIRONMENT: &str = "wasi:cli/environment@0.2.12";
/// wasi:config has no final version. Toolchains use these; in all of them the interface is the same.
pub const CONFIG_STORES: [&str; 3] =
    ["wasi:config/store@0.2.0-rc.1", "wasi:config/store@0.2.0-draft-2024-09-27", "wasi:config/store@0.2.0-draft"];

/// The errors of wasi:config/store. There never is one, because all values are in memory.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum ConfigError {
    #[component(name = "upstream")]
    #[expect(dead_code, reason = "a part of the interface")]
    Upstream(String),
    #[component(name = "io")]
    #[expect(dead_code, reason = "a part of the interface")]
    Io(String),
}

type Answered<T> = wasmtime::Result<(Result<T, ConfigError>,)>;

pub fn add_to_linker(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(ENVIRONMENT)?.func_wrap("get-environment", get_environment)?;
    linker.allow_shadowing(false);
    for version in CONFIG_STORES {
        let mut store = linker.instance(version)?;
        store.func_wrap("get", get)?;
        store.func_wrap("get-all", get_all)?;
    }
    Ok(())
}

fn all(store: &StoreContextMut<'_, Host>) -> Vec<(String, String)> {
    store.data().variables.as_ref().map_or_else(Vec::new, |variables| variables.all())
}

fn get_environment(store: StoreContextMut<'_, Host>, (): ()) -> wasmtime::Result<(Vec<(String, String)>,)> {
    Ok((all(&store),))
}

fn get(store: StoreContextMut<'_, Host>, (name,): (String,)) -> Answered<Option<String>> {
    Ok((Ok(store.data().variables.as_ref().and_then(|variables| variables.get(&name))),))
}

fn get_all(store: StoreContextMut<'_, Host>, (): ()) -> Answered<Vec<(String, String)>> {
    Ok((Ok(all(&store)),))
}
