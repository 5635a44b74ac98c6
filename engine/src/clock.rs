//! The clocks of a guest. With a fine clock, a guest can measure how long a memory access takes, and so learn about data
//! in the processor's caches. The operator chooses how fine the clocks are.

use crate::error::{Kind, Result, fail};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// `fe_clock` of engine.h, with the same numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Clock {
    /// As the machine's clocks.
    #[default]
    Exact = 0,
    /// A new value each millisecond.
    Coarse = 1,
    /// The time at which the call began.
    Frozen = 2,
}

const STEP_NS: u64 = 1_000_000;
const STEP: Duration = Duration::from_nanos(STEP_NS);

impl Clock {
    pub fn from_number(number: u8) -> Result<Self> {
        match number {
            0 => Ok(Self::Exact),
            1 => Ok(Self::Coarse),
            2 => Ok(Self::Frozen),
            other => fail(Kind::Malformed, format!("there is no clock {other}")),
        }
    }

    /// Sets the clocks of a call that begins now.
    pub fn set(self, wasi: &mut WasiCtxBuilder) {
        match self {
            Self::Exact => {}
            Self::Coarse => {
                wasi.wall_clock(CoarseWall).monotonic_clock(CoarseMonotonic);
            }
            Self::Frozen => {
                wasi.wall_clock(FrozenWall(wall())).monotonic_clock(FrozenMonotonic(monotonic()));
            }
        }
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Nanoseconds since the first use in this process.
fn monotonic() -> u64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

struct CoarseWall;

impl HostWallClock for CoarseWall {
    fn resolution(&self) -> Duration {
        STEP
    }

    fn now(&self) -> Duration {
        let now = wall();
        now - Duration::from_nanos(u64::from(now.subsec_nanos()) % STEP_NS)
    }
}

struct CoarseMonotonic;

impl HostMonotonicClock for CoarseMonotonic {
    fn resolution(&self) -> u64 {
        STEP_NS
    }

    fn now(&self) -> u64 {
        let now = monotonic();
        now - now % STEP_NS
    }
}

struct FrozenWall(Duration);

impl HostWallClock for FrozenWall {
    fn resolution(&self) -> Duration {
        STEP
    }

    fn now(&self) -> Duration {
        self.0
    }
}

struct FrozenMonotonic(u64);

impl HostMonotonicClock for FrozenMonotonic {
    fn resolution(&self) -> u64 {
        STEP_NS
    }

    fn now(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::time::Instant;

    #[test]
    fn a_coarse_clock_has_one_value_in_a_millisecond() {
        let begin = Instant::now();
        let (mut wall, mut monotonic) = (HashSet::new(), HashSet::new());
        for _ in 0..1_000_000 {
            wall.insert(CoarseWall.now());
            monotonic.insert(CoarseMonotonic.now());
        }
        let most = begin.elapsed().as_millis() as usize + 2;
        assert!(wall.len() <= most && monotonic.len() <= most, "{} {} {most}", wall.len(), monotonic.len());
        assert!(monotonic.len() > 1, "it goes on");
        assert!(wall.iter().all(|now| now.subsec_nanos() % 1_000_000 == 0));
    }

    #[test]
    fn a_coarse_clock_does_not_go_back() {
        let mut before = 0;
        for _ in 0..100_000 {
            let now = CoarseMonotonic.now();
            assert!(now >= before);
            before = now;
        }
    }
}
