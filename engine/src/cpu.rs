//! Measures the CPU time of a call. A stretch is the time from the begin to the end of one poll. Short calls are
//! measured with the monotonic clock, because reading it needs no system call. The thread's CPU clock measures longer
//! stretches: a stretch that is longer than a tick of the epoch, and each stretch after the call's first millisecond.
//! The CPU clock does not count the time in which the guest's thread does not run. It counts the time of long
//! operations that cannot be interrupted, such as bulk copies.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// After this much CPU time, stretches are measured with the thread's clock from their beginning.
const SHORT_NS: u64 = 1_000_000;
/// The most time of a stretch that is counted by the monotonic clock alone: two ticks of the epoch.
const UNMEASURED_NS: u64 = 2_000_000;

/// The poll begins and ends stretches; the epoch callback runs inside the poll. So only one thread uses this at a time.
#[derive(Default)]
pub struct CpuMeter {
    spent_ns: AtomicU64,
    /// Monotonic time at which the current stretch began.
    began_ns: AtomicU64,
    /// The CPU time of this thread when the current stretch began. In the first millisecond of the call it is 0 until a
    /// tick comes.
    began_cpu_ns: AtomicU64,
}

impl CpuMeter {
    pub fn begin(&self) {
        let is_short = self.spent_ns.load(Relaxed) < SHORT_NS;
        self.began_cpu_ns.store(if is_short { 0 } else { clock_ns(libc::CLOCK_THREAD_CPUTIME_ID).max(1) }, Relaxed);
        self.began_ns.store(clock_ns(libc::CLOCK_MONOTONIC), Relaxed);
    }

    pub fn end(&self) {
        let spent = match self.began_cpu_ns.load(Relaxed) {
            0 => self.stretch_ns(),
            began => clock_ns(libc::CLOCK_THREAD_CPUTIME_ID).saturating_sub(began),
        };
        self.spent_ns.fetch_add(spent, Relaxed);
    }

    /// Returns the CPU time that the call has used, including the current stretch. Called in an epoch callback.
    pub fn at_tick(&self) -> Duration {
        let now = clock_ns(libc::CLOCK_THREAD_CPUTIME_ID);
        let began = match self.began_cpu_ns.load(Relaxed) {
            0 => {
                let began = now.saturating_sub(self.stretch_ns().min(UNMEASURED_NS)).max(1);
                self.began_cpu_ns.store(began, Relaxed);
                began
            }
            began => began,
        };
        self.spent() + Duration::from_nanos(now.saturating_sub(began))
    }

    /// The CPU time of the ended stretches.
    pub fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent_ns.load(Relaxed))
    }

    fn stretch_ns(&self) -> u64 {
        clock_ns(libc::CLOCK_MONOTONIC).saturating_sub(self.began_ns.load(Relaxed))
    }
}

fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec to write to; both clocks exist on every Linux, so the call cannot fail.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burn(ms: u64) {
        let start = clock_ns(libc::CLOCK_THREAD_CPUTIME_ID);
        while clock_ns(libc::CLOCK_THREAD_CPUTIME_ID) - start < ms * 1_000_000 {}
    }

    #[test]
    fn a_stretch_with_a_tick_is_charged_its_cpu_time() {
        let meter = CpuMeter::default();
        meter.begin();
        burn(5);
        assert!(meter.at_tick() <= Duration::from_millis(2));
        burn(5);
        let used = meter.at_tick();
        meter.end();
        assert!(used >= Duration::from_millis(5) && meter.spent() >= used, "{used:?} {:?}", meter.spent());
    }

    #[test]
    fn a_later_stretch_without_a_tick_for_long_is_charged_all_of_it() {
        let meter = CpuMeter::default();
        meter.begin();
        burn(2);
        meter.end();
        let before = meter.spent();
        meter.begin();
        burn(20);
        assert!(meter.at_tick() >= before + Duration::from_millis(20), "{:?}", meter.at_tick());
        meter.end();
    }
}
