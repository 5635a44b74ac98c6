//! Tests that tenants are apart: that a call leaves nothing behind (`residue`, `model`), that a call ends at its limits
//! and leaves nothing open (`limits`), and that altered files are not used (`altered`). This file has the engine, the
//! tenants and their calls.

mod altered;
mod guest;
mod limits;
mod model;
mod random;
mod residue;

use crate::asked::Asked;
use crate::call::{Call, Event};
use crate::clock::Clock;
use crate::component::Component;
use crate::engine::{Engine, Options};
use crate::error::Kind;
use crate::grants::Grants;
use crate::image::Image;
use crate::limits::Limits;
use crate::seal::{FileKind, Identity};
use crate::sealed_file;
use crate::split::separate;
use guest::{Data, Ending, PLACES, plan};
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Waker;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// The largest memory of a call. A guest with all of it has more pages than a slot keeps (`slot::KEEP_PAGES`).
const MEMORY_BYTES: usize = 3 << 20;

thread_local! {
    static PLAN: RefCell<[u32; plan::COUNT]> = const { RefCell::new([0; plan::COUNT]) };
    /// The words that the guests of this thread found, for each place.
    static FOUND: RefCell<[u64; PLACES.len()]> = const { RefCell::new([0; PLACES.len()]) };
    /// Whether the guest has asked for its ending, so that its scans and its writes are over.
    static IS_ENDING: Cell<bool> = const { Cell::new(false) };
}

fn engine(keep_resident: bool) -> Arc<Engine> {
    engine_with(|options| options.keep_resident = keep_resident)
}

fn engine_with(change: impl FnOnce(&mut Options)) -> Arc<Engine> {
    let mut options = Options {
        slots: 1000,
        memory_bytes: MEMORY_BYTES,
        all_memory_bytes: 0,
        keep_resident: true,
        quick_code: false,
        reachable: Vec::new(),
        ports: Vec::new(),
        clock: Clock::Exact,
        seal_key: None,
    };
    change(&mut options);
    let mut engine = Engine::new(options).expect("an engine");
    let linker = &mut Arc::get_mut(&mut engine).expect("not shared yet").linker;
    let mut host = linker.instance("test:host/guest").expect("a name");
    host.func_wrap("plan", |_, (which,): (u32,)| {
        if which as usize == plan::ENDING {
            IS_ENDING.set(true);
        }
        Ok((PLAN.with_borrow(|plan| plan[which as usize]),))
    })
    .expect("plan");
    host.func_wrap("report", |_, (place, words): (u32, u32)| {
        FOUND.with_borrow_mut(|found| found[place as usize] += u64::from(words));
        Ok(())
    })
    .expect("report");
    host.func_wrap_async("wait", |_, (): ()| Box::new(std::future::pending::<wasmtime::Result<()>>())).expect("wait");
    host.func_wrap("panic", |_, (): ()| -> wasmtime::Result<()> { std::panic::panic_any("as the test wants") })
        .expect("panic");
    host.func_wrap("fail", |_, (): ()| -> wasmtime::Result<()> { wasmtime::bail!("as the test wants") }).expect("fail");
    engine
}

/// A function of one tenant, as files. `load` makes a component of them, as after an eviction.
struct Tenant {
    code: PathBuf,
    identity: Identity,
    image: Option<(PathBuf, Identity)>,
    data: Data,
    loaded: Option<Arc<Component>>,
}

impl Tenant {
    fn new(engine: &Engine, folder: &Path, number: u8, pages: u32, data: Option<Data>, kind: Shape) -> Self {
        let component = guest::component(pages, data, kind == Shape::TwoMemories);
        let data = data.unwrap_or(Data { start: 0, end: 0, seed: u32::from(number) });
        let split = (kind == Shape::Split).then(|| separate(&component, 1).expect("it can be split"));
        let wasm = split.as_ref().map_or(&component, |split| &split.code);
        let compiled = wasmtime::component::Component::from_binary(&engine.wasmtime, wasm).expect("valid");
        let code = folder.join(format!("{number}.cwasm"));
        std::fs::write(&code, compiled.serialize().expect("an artifact")).expect("written");
        // Functions with the same code share one file in the server. Here each has its own.
        let identity = Identity { kind: FileKind::Code, component: [number; 32] };
        sealed_file::seal(&engine.seals, &code, &identity).expect("sealed");
        let image = split.map(|split| {
            let image = folder.join(format!("{number}.image"));
            std::fs::write(&image, split.image.to_file(&[0; 32])).expect("written");
            let identity = Identity { kind: FileKind::Image, component: [number; 32] };
            sealed_file::seal(&engine.seals, &image, &identity).expect("sealed");
            (image, identity)
        });
        Self { code, identity, image, data, loaded: None }
    }

    fn load(&mut self, engine: &Arc<Engine>) -> Arc<Component> {
        self.loaded
            .get_or_insert_with(|| {
                let code = Component::load(engine, &self.code, &self.identity, 0).expect("code");
                match &self.image {
                    Some((path, identity)) => {
                        code.with_image(Image::open(&engine.seals, path, identity, false).expect("an image"))
                    }
                    None => code,
                }
            })
            .clone()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Whole,
    Split,
    TwoMemories,
}

fn tenants(engine: &Engine, folder: &Path) -> Vec<Tenant> {
    let data = |start, end, seed| Some(Data { start, end, seed });
    let shapes = [
        (1, None, Shape::Whole),
        (2, data(70_008, 110_400, 3), Shape::Whole),
        (1, None, Shape::TwoMemories),
        // The images begin and end inside of pages; the first two have the same places, with other content.
        (3, data(12_328, 60_008, 4), Shape::Split),
        (3, data(12_328, 60_008, 5), Shape::Split),
        (4, data(4096, 8192, 6), Shape::Split),
        (17, data(65_528, 400_016, 7), Shape::Split),
    ];
    let numbered = (1..).zip(shapes);
    numbered.map(|(number, (pages, data, shape))| Tenant::new(engine, folder, number, pages, data, shape)).collect()
}

fn begin(component: &Component, limits: &Limits) -> Call {
    let request = http::Request::builder().uri("http://a.example/").body(()).expect("a request");
    let asked = Asked { request, scheme: Scheme::Http, owner: 1, hops: 0, traceparent: None, variables: None };
    let call = Call::new(component, Ok(asked), limits, Grants::default(), Waker::noop().clone());
    call.body.end(None);
    call
}

/// Polls the call until it is over, or suspended by a plan that wants this.
fn run(call: &mut Call, ending: Ending) -> Option<Kind> {
    let mut pending = 0;
    loop {
        match call.poll() {
            Event::Done => return None,
            Event::Failed(error) => return Some(error.kind),
            Event::Pending => {
                pending += 1;
                if matches!(ending, Ending::Dropped | Ending::Cancelled) && IS_ENDING.get() {
                    return None;
                }
                assert!(pending < 100_000, "{ending:?} does not end");
            }
            _ => {}
        }
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().map_or(usual, |text| text.parse().expect("a number"))
}

/// Without panic messages of the guests' host function; panics of other tests are told as before.
fn quiet() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&"as the test wants") {
            before(panic);
        }
    }));
}

/// A folder of one test, which goes with its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("faasta-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
