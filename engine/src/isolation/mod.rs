//! Shows that a guest finds nothing of another tenant's guest, however the earlier call ended. Many calls of several
//! tenants follow each other in the same slots, stacks and tables. Each guest first scans everything that it can read,
//! then writes its mark everywhere, then ends in a way that the test chose. `model` tests the parts alone.
//!
//! FAASTA_RESIDUE_CALLS chooses the number of calls, and FAASTA_SEED the first random number.

mod guest;
mod model;
mod random;

use crate::asked::Asked;
use crate::call::{Call, Event};
use crate::component::Component;
use crate::engine::{Engine, Options};
use crate::error::Kind;
use crate::grants::Grants;
use crate::image::Image;
use crate::limits::Limits;
use crate::seal::{FileKind, Identity};
use crate::sealed_file;
use crate::split::separate;
use guest::{Data, ENDINGS, Ending, OWN_MARK, PLACES, plan};
use random::Random;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Waker;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// The largest memory of a call. A guest with all of it has more pages than a slot keeps (`slot::KEEP_PAGES`).
const MEMORY_BYTES: usize = 3 << 20;
/// Calls that are suspended while others run.
const SUSPENDED: usize = 6;

thread_local! {
    static PLAN: RefCell<[u32; plan::COUNT]> = const { RefCell::new([0; plan::COUNT]) };
    /// The words that the guests of this thread found, for each place.
    static FOUND: RefCell<[u64; PLACES.len()]> = const { RefCell::new([0; PLACES.len()]) };
    /// Whether the guest has asked for its ending, so that its scans and its writes are over.
    static IS_ENDING: Cell<bool> = const { Cell::new(false) };
}

fn engine(keep_resident: bool) -> Arc<Engine> {
    let mut engine = Engine::new(Options {
        slots: 1000,
        memory_bytes: MEMORY_BYTES,
        all_memory_bytes: 0,
        keep_resident,
        reachable: Vec::new(),
        ports: Vec::new(),
    })
    .expect("an engine");
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
    let asked = Asked { request, scheme: Scheme::Http, owner: 1, hops: 0 };
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

fn expected(ending: Ending) -> Option<Kind> {
    match ending {
        Ending::Done | Ending::Dropped | Ending::Cancelled => None,
        Ending::NoAnswer => Some(Kind::NoResponse),
        Ending::Trap | Ending::OutOfBounds | Ending::StackOverflow | Ending::HostError => Some(Kind::Trap),
        Ending::MemoryLimit => Some(Kind::Memory),
        Ending::CpuLimit => Some(Kind::Cpu),
        Ending::Panic => Some(Kind::Panic),
    }
}

/// What a run of many calls did.
#[derive(Default)]
struct Tally {
    calls: u64,
    across: u64,
    endings: BTreeMap<u32, u64>,
    evictions: u64,
}

fn many_calls(engine: &Arc<Engine>, calls: u64, seed: u64) -> Tally {
    let folder = std::env::temp_dir().join(format!("faasta-residue-{}-{seed}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut tenants = tenants(engine, &folder);
    let mut random = Random::new(seed);
    let limits = Limits {
        memory_bytes: MEMORY_BYTES,
        table_elements: 4000,
        cpu_ms: 1000,
        output_bytes: 1000,
        ..Limits::default()
    };
    let mut suspended: Vec<Call> = Vec::new();
    let mut tally = Tally::default();
    let mut before = usize::MAX;
    for _ in 0..calls {
        let number = random.below(tenants.len() as u64) as usize;
        let ending = ENDINGS[random.below(ENDINGS.len() as u64) as usize];
        let tenant = &mut tenants[number];
        let component = tenant.load(engine);
        PLAN.with_borrow_mut(|plan| {
            plan[plan::DATA_START] = tenant.data.start;
            plan[plan::DATA_END] = tenant.data.end;
            plan[plan::SEED] = tenant.data.seed;
            plan[plan::GROW_PAGES] = random.below(24) as u32;
            plan[plan::WRITE_START] = random.below(60_000) as u32;
            // One word in each page, in each third page, or everywhere; the last is slow, and so it is rare.
            plan[plan::WRITE_STRIDE] = [8, 4096, 4096, 3 * 4096, 200_000][random.below(5) as usize];
            plan[plan::DEPTH] = random.below(2000) as u32;
            plan[plan::ENDING] = ending as u32;
        });
        // A short CPU limit costs time only where the ending needs it.
        let limits = Limits { cpu_ms: if ending == Ending::CpuLimit { 3 } else { limits.cpu_ms }, ..limits.clone() };
        IS_ENDING.set(false);
        let mut call = begin(&component, &limits);
        let how = run(&mut call, ending);
        let found = FOUND.with_borrow(|found| *found);
        assert_eq!(found, [0; PLACES.len()], "tenant {number} after {before}: {PLACES:?}");
        // A CPU limit of 3 ms may end a guest before it has scanned all, on a busy machine.
        assert_eq!(how, expected(ending), "{ending:?} of tenant {number}");
        if matches!(ending, Ending::Dropped | Ending::Cancelled) {
            suspended.push(call);
        }
        if suspended.len() > SUSPENDED {
            suspended.swap_remove(random.below(suspended.len() as u64) as usize);
        }
        // The component goes while calls of it may be suspended.
        if random.below(16) == 0 {
            tenants[random.below(7) as usize].loaded = None;
            tally.evictions += 1;
        }
        if random.below(64) == 0 {
            engine.trim();
        }
        tally.calls += 1;
        tally.across += u64::from(number != before);
        *tally.endings.entry(ending as u32).or_default() += 1;
        before = number;
    }
    drop(suspended);
    std::fs::remove_dir_all(&folder).expect("removed");
    tally
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

#[test]
fn a_guest_finds_nothing_of_another_tenant() {
    quiet();
    let calls = number("FAASTA_RESIDUE_CALLS", 3000);
    let seed = number("FAASTA_SEED", 1);
    for (part, keep_resident) in [(calls * 9 / 10, true), (calls / 10, false)] {
        let engine = engine(keep_resident);
        // Two threads use the same slots and stacks.
        let run = |thread: u64| {
            let engine = &engine;
            move || many_calls(engine, part / 2, seed + 2 * u64::from(keep_resident) + thread)
        };
        let tallies = std::thread::scope(|scope| {
            let other = scope.spawn(run(1));
            [run(0)(), other.join().expect("it found nothing")]
        });
        for tally in &tallies {
            println!("{} calls, {} after another tenant's, {} evictions", tally.calls, tally.across, tally.evictions);
            assert!(tally.endings.len() == ENDINGS.len() && tally.across > tally.calls / 2 && tally.evictions > 0);
        }
        assert!(engine.memory_pool.is_unused());
    }
}

/// The scan finds residue where there is some: after it has written its mark, a guest finds the mark.
#[test]
fn a_scan_finds_what_is_there() {
    let engine = engine(true);
    let folder = std::env::temp_dir().join(format!("faasta-residue-{}-mark", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for tenant in &mut tenants(&engine, &folder) {
        PLAN.with_borrow_mut(|plan| {
            *plan = [0; plan::COUNT];
            plan[plan::DATA_START] = tenant.data.start;
            plan[plan::DATA_END] = tenant.data.end;
            plan[plan::SEED] = tenant.data.seed;
            plan[plan::WRITE_STRIDE] = 4096;
            plan[plan::SCAN_AGAIN] = 1;
        });
        FOUND.with_borrow_mut(|found| *found = [0; PLACES.len()]);
        let limits = Limits { memory_bytes: MEMORY_BYTES, table_elements: 4000, cpu_ms: 1000, ..Limits::default() };
        let mut call = begin(&tenant.load(&engine), &limits);
        assert_eq!(run(&mut call, Ending::Done), None);
        let found = FOUND.take();
        let pages = 16; // of the smallest memory
        assert!(found[OWN_MARK as usize] >= 5 + 339 + pages, "{found:?}");
        assert_eq!(found.iter().sum::<u64>(), found[OWN_MARK as usize]);
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}
