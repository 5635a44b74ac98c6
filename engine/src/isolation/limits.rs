//! Shows that calls end at their CPU limit, and that calls of every kind leave nothing open in the process.
//! FAASTA_CPU_STOPS, FAASTA_HOST_LIMITS and FAASTA_MIXED_CALLS choose the numbers of calls.

use super::guest::{CLOCK, CPU_ENDINGS, ENDINGS, Ending, HOST_LIMITS, plan};
use super::random::Random;
use super::{FOUND, Folder, IS_ENDING, MEMORY_BYTES, PLAN, Tenant, begin, engine, engine_with, number, run, tenants};
use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::Kind;
use crate::limits::Limits;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much more than its limit a call may use: a tick of the kernel (decision 46), which is 4 ms on most machines and
/// 10 ms on some.
const OVER: Duration = Duration::from_millis(5);
const OVER_ON_ANY_KERNEL: Duration = Duration::from_millis(15);

fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Hundredths of a second that the host of a virtual machine has taken from it.
fn stolen() -> u64 {
    let all = std::fs::read_to_string("/proc/stat").expect("a file");
    all.lines().next().and_then(|line| line.split_whitespace().nth(8)?.parse().ok()).unwrap_or_default()
}

/// Makes one call, and returns how it ended. Other calls may stay suspended.
fn call(engine: &Arc<Engine>, tenant: &mut Tenant, ending: Ending, cpu_ms: u32, random: &mut Random) -> Option<Kind> {
    PLAN.with_borrow_mut(|plan| {
        plan[plan::DATA_START] = tenant.data.start;
        plan[plan::DATA_END] = tenant.data.end;
        plan[plan::SEED] = tenant.data.seed;
        plan[plan::GROW_PAGES] = random.below(3) as u32;
        plan[plan::WRITE_START] = 0;
        plan[plan::WRITE_STRIDE] = 4096;
        plan[plan::DEPTH] = random.below(50) as u32;
        plan[plan::ENDING] = ending as u32;
        plan[plan::SCAN_AGAIN] = 0;
    });
    let limits =
        Limits { memory_bytes: MEMORY_BYTES, table_elements: 4000, cpu_ms, output_bytes: 1000, ..Limits::default() };
    IS_ENDING.set(false);
    let component = tenant.load(engine);
    run(&mut begin(&component, &limits), ending)
}

#[test]
fn a_call_uses_at_most_its_cpu_time_and_5_ms() {
    const LIMIT: Duration = Duration::from_millis(10);
    let engine = engine(true);
    engine.enter_thread();
    let folder = Folder::new("cpu-stops");
    let mut tenants = tenants(&engine, &folder.0);
    let random = &mut Random::new(number("FAASTA_SEED", 1));
    let (mut most, mut late, mut ignored) = (Duration::ZERO, Vec::new(), 0);
    let stops = number("FAASTA_CPU_STOPS", 100);
    let over = if stops > 1000 { OVER } else { OVER_ON_ANY_KERNEL };
    for stop in 0..stops {
        let ending = CPU_ENDINGS[stop as usize % CPU_ENDINGS.len()];
        let tenant = &mut tenants[random.below(7) as usize];
        tenant.load(&engine); // loading is not a part of the call
        let before = (thread_time(), stolen());
        assert_eq!(call(&engine, tenant, ending, 10, random), Some(Kind::Cpu), "{ending:?}");
        let used = thread_time() - before.0;
        if used > LIMIT + over && stolen() > before.1 {
            // The host of this virtual machine took the processor away. The thread's clock counts this time.
            ignored += 1;
            continue;
        }
        if used > LIMIT + over {
            late.push((ending, used));
        }
        most = most.max(used);
    }
    println!("{stops} stops: at most {most:?} of {LIMIT:?}; {ignored} ignored, because the processor was taken away");
    println!("later than {over:?}: {late:?}");
    assert!(late.is_empty() && ignored <= stops / 100);
}

/// Each limit of engine/src/limits.rs on the memory that the host keeps: the call ends, and the process has no more
/// memory than before.
#[test]
fn a_call_reaches_each_limit_of_the_host() {
    let engine = engine(true);
    let folder = Folder::new("host-limits");
    let mut tenants = tenants(&engine, &folder.0);
    let random = &mut Random::new(number("FAASTA_SEED", 1));
    let rounds = number("FAASTA_HOST_LIMITS", 3);
    for ending in HOST_LIMITS {
        let (mut before, mut after) = (0, 0);
        for round in 0..rounds {
            for tenant in &mut tenants {
                assert_eq!(call(&engine, tenant, ending, 1000, random), ending.expected(), "{ending:?}");
            }
            after = held().1;
            if round == rounds / 10 {
                before = after;
            }
        }
        println!("{ending:?}: {} KiB more after {} calls", after.saturating_sub(before) >> 10, rounds * 7);
        assert!(rounds < 100 || after < before + (8 << 20), "{ending:?}: {before} {after}");
    }
    assert!(engine.memory_pool.is_unused());
}

#[test]
fn a_guest_sees_as_many_times_as_its_clock_has() {
    let random = &mut Random::new(1);
    let mut values = |clock| {
        let engine = engine_with(|options| options.clock = clock);
        let folder = Folder::new(&format!("clock-{clock:?}"));
        let mut tenants = tenants(&engine, &folder.0);
        let began = Instant::now();
        assert_eq!(call(&engine, &mut tenants[0], Ending::Clock, 60_000, random), Ending::Clock.expected());
        let elapsed = began.elapsed().as_millis() as u64;
        (FOUND.take()[CLOCK], elapsed)
    };
    let ((exact, _), (coarse, elapsed), (frozen, _)) =
        (values(Clock::Exact), values(Clock::Coarse), values(Clock::Frozen));
    assert!(exact > 100_000, "{exact}");
    assert!(coarse > 1 && coarse <= elapsed + 2, "{coarse} in {elapsed} ms");
    assert_eq!(frozen, 1);
}

/// What a process holds: descriptors, bytes in memory.
fn held() -> (usize, usize) {
    let descriptors = std::fs::read_dir("/proc/self/fd").expect("a folder").count();
    let statm = std::fs::read_to_string("/proc/self/statm").expect("a file");
    let pages: usize = statm.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a number");
    (descriptors, pages * crate::pages::PAGE)
}

fn mixed(engine: &Arc<Engine>, tenants: &mut [Tenant], calls: u64, random: &mut Random) {
    for _ in 0..calls {
        // These two wait for ticks of the epoch, so they are few.
        let ending = match ENDINGS[random.below(ENDINGS.len() as u64) as usize] {
            Ending::CpuLimit | Ending::Dropped if random.below(50) > 0 => Ending::Done,
            ending => ending,
        };
        let tenant = &mut tenants[random.below(7) as usize];
        call(engine, tenant, ending, if ending == Ending::CpuLimit { 1 } else { 1000 }, random);
        if random.below(500) == 0 {
            tenants[random.below(7) as usize].loaded = None;
        }
    }
}

/// Run it alone for its figure: tests beside it use memory too.
#[test]
fn many_calls_leave_nothing_open() {
    super::quiet();
    let calls = number("FAASTA_MIXED_CALLS", 4000);
    let engine = engine(true);
    let folder = Folder::new("mixed-calls");
    let mut tenants = tenants(&engine, &folder.0);
    let random = &mut Random::new(number("FAASTA_SEED", 1));
    mixed(&engine, &mut tenants, calls / 10, random);
    let alone = calls > 100_000;
    // Slots that stay mapped for the next calls, and components that happen to be loaded, are no residue.
    let settled = |tenants: &mut [Tenant]| {
        tenants.iter_mut().for_each(|tenant| tenant.loaded = None);
        engine.trim();
        engine.trim();
        held()
    };
    let before = settled(&mut tenants);
    mixed(&engine, &mut tenants, calls, random);
    let after = settled(&mut tenants);
    assert!(engine.memory_pool.is_unused(), "a call still holds memory");
    assert_eq!(engine.running(), 0, "a call still has its place");
    let grown = after.1.saturating_sub(before.1);
    println!("{calls} calls: {before:?} before, {after:?} after");
    if alone {
        assert_eq!(after.0, before.0, "descriptors");
        assert!(grown as u64 <= calls, "{grown} bytes more after {calls} calls");
    }
    assert_eq!(engine.kept(), (0, 0), "slots and stacks that nobody uses go");
}
