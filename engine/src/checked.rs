//! Remembers which files were compared with their seals. The key of a file is made from device, inode, size, mtime and
//! ctime. As long as the key stays the same, no process has written to the file, so the engine does not read it again.
//! The keys take at most 36 MB, for a million files, and are kept as long as the process lives.

use crate::seal::Identity;
use std::collections::HashSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SHARDS: usize = 64;
/// Entries of a generation in each shard. A shard has two generations; when both are full, the older generation is
/// dropped.
const GENERATION: usize = 8192;
/// A file that changed within this time may change again within the same tick of the kernel's clock. Its times would
/// then not show the second change.
const TICKS: Duration = Duration::from_millis(50);

/// The state of a file, and the kind and component that it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    key: u128,
    changed: Duration,
}

impl State {
    pub fn of(file: &Metadata, identity: &Identity) -> Self {
        let mut hasher = blake3::Hasher::new();
        for number in [file.dev(), file.ino(), file.size()] {
            hasher.update(&number.to_le_bytes());
        }
        for number in [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()] {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(&(identity.kind as u32).to_le_bytes());
        hasher.update(&identity.component);
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let seconds = u64::try_from(file.ctime()).unwrap_or_default();
        let nanoseconds = u32::try_from(file.ctime_nsec()).unwrap_or_default();
        Self { key: u128::from_le_bytes(key), changed: Duration::new(seconds, nanoseconds) }
    }
}

#[derive(Default)]
struct Shard {
    young: HashSet<u128>,
    old: HashSet<u128>,
}

pub struct Checked {
    shards: [Mutex<Shard>; SHARDS],
}

impl Default for Checked {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl Checked {
    fn shard(&self, state: &State) -> std::sync::MutexGuard<'_, Shard> {
        self.shards[state.key as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn contains(&self, state: &State) -> bool {
        let mut shard = self.shard(state);
        if shard.young.contains(&state.key) {
            return true;
        }
        // An entry that is used moves to the new generation, so that it is not dropped with the old generation.
        let found = shard.old.remove(&state.key);
        if found {
            insert(&mut shard, state.key);
        }
        found
    }

    /// Forgets all files. Called when a file was unreadable although it had not changed: then all files must be read
    /// again.
    pub fn forget(&self) {
        for shard in &self.shards {
            *shard.lock().unwrap_or_else(PoisonError::into_inner) = Shard::default();
        }
    }

    /// Remembers a file that fits its seal. `state`: the state of the file before it was read. Call this only if the
    /// file still has this state after reading.
    pub fn remember(&self, state: &State) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        if now.abs_diff(state.changed) >= TICKS {
            insert(&mut self.shard(state), state.key);
        }
    }
}

fn insert(shard: &mut Shard, key: u128) {
    if shard.young.len() >= GENERATION {
        shard.old = std::mem::take(&mut shard.young);
    }
    shard.young.insert(key);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(number: u64) -> State {
        State { key: u128::from(number), changed: Duration::ZERO }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_what_is_used_stays() {
        let checked = Checked::default();
        let used = state(0);
        checked.remember(&used);
        let most = (2 * SHARDS * GENERATION) as u64;
        for number in 1..2 * most {
            checked.remember(&state(number));
            if number % 1000 == 0 {
                assert!(checked.contains(&used));
            }
        }
        let known = (0..2 * most).filter(|number| checked.contains(&state(*number))).count() as u64;
        assert!(checked.contains(&used));
        assert!(!checked.contains(&state(1)) && known <= most && known >= most / 4, "{known}");
    }

    #[test]
    fn a_file_that_changed_just_now_is_not_remembered() {
        let checked = Checked::default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
        let fresh = State { key: 1, changed: now };
        checked.remember(&fresh);
        assert!(!checked.contains(&fresh));
    }
}
