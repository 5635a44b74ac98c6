//! Shows that a guest finds nothing of another tenant's guest, however the earlier call ended. Many calls of several
//! tenants follow each other in the same slots, stacks and tables. Each guest first scans everything that it can read,
//! then writes its mark everywhere, then ends in a way that the test chose.
//!
//! FAASTA_RESIDUE_CALLS chooses the number of calls, and FAASTA_SEED the first random number.

use super::guest::{ENDINGS, Ending, OWN_MARK, PLACES, plan};
use super::random::Random;
use super::{FOUND, Folder, IS_ENDING, MEMORY_BYTES, PLAN, begin, engine, number, run, tenants};
use crate::call::Call;
use crate::engine::Engine;
use crate::limits::Limits;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Calls that are suspended while others run.
const SUSPENDED: usize = 6;

/// What a run of many calls did.
#[derive(Default)]
struct Tally {
    calls: u64,
    across: u64,
    endings: BTreeMap<u32, u64>,
    evictions: u64,
}

fn many_calls(engine: &Arc<Engine>, calls: u64, seed: u64) -> Tally {
    let folder = Folder::new(&format!("residue-{seed}"));
    let mut tenants = tenants(engine, &folder.0);
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
        assert_eq!(how, ending.expected(), "{ending:?} of tenant {number}");
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
    tally
}

#[test]
fn a_guest_finds_nothing_of_another_tenant() {
    super::quiet();
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
    let folder = Folder::new("residue-mark");
    for tenant in &mut tenants(&engine, &folder.0) {
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
        assert!(found[OWN_MARK] >= 5 + 339 + pages, "{found:?}");
        assert_eq!(found.iter().sum::<u64>(), found[OWN_MARK]);
    }
}
