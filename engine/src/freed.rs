//! Has freed memory returned to the system: at once, while a call is polled or dropped for which the host keeps much; and
//! after outgoing requests.
//!
//! mimalloc returns freed pages 25 ms later, but only when it uses other pages near them. So a server kept the memory of
//! its last large calls for as long as nothing happened: hundreds of megabytes. To return all pages at once would cost a
//! usual call up to 60 % more time, because each call frees pages that the next one uses again.
//! Another thread cannot take this work: mimalloc returns only pages whose blocks their own thread has collected.

use std::ffi::{c_int, c_long, c_void};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Debian 12 has mimalloc 2.0.9.
const VERSION: c_int = 209;
/// `mi_option_decommit_delay` of this version, in milliseconds.
const DELAY: c_int = 15;

/// How long a thread waits after its last work, until it gives back the memory that others have freed since.
const LATER: Duration = Duration::from_secs(1);

struct Allocator {
    set: extern "C" fn(c_int, c_long),
    collect: extern "C" fn(bool),
    usual: c_long,
    /// How many threads are inside of `at_once`.
    inside: Mutex<usize>,
}

impl Allocator {
    /// `None` in programs without mimalloc, or with another version: its options may have other numbers.
    fn find() -> Option<Self> {
        let function = |name: &std::ffi::CStr| {
            // SAFETY: the name ends with a zero.
            let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
            (!found.is_null()).then_some(found)
        };
        let (version, get, set) = (function(c"mi_version")?, function(c"mi_option_get")?, function(c"mi_option_set")?);
        let collect = function(c"mi_collect")?;
        // SAFETY: these are the types of the functions in mimalloc.h.
        let (version, get, set, collect) = unsafe {
            (
                std::mem::transmute::<*mut c_void, extern "C" fn() -> c_int>(version),
                std::mem::transmute::<*mut c_void, extern "C" fn(c_int) -> c_long>(get),
                std::mem::transmute::<*mut c_void, extern "C" fn(c_int, c_long)>(set),
                std::mem::transmute::<*mut c_void, extern "C" fn(bool)>(collect),
            )
        };
        (version() == VERSION).then(|| Self { set, collect, usual: get(DELAY), inside: Mutex::new(0) })
    }

    fn enter(&self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        *inside += 1;
        if *inside == 1 {
            (self.set)(DELAY, 0);
        }
    }

    fn leave(&self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        *inside -= 1;
        if *inside == 0 {
            (self.set)(DELAY, self.usual);
        }
    }
}

fn allocator() -> Option<&'static Allocator> {
    static ALLOCATOR: OnceLock<Option<Allocator>> = OnceLock::new();
    ALLOCATOR.get_or_init(Allocator::find).as_ref()
}

/// Runs `work`. If `much`, memory that is freed meanwhile goes back to the system at once, on all threads.
pub fn at_once<T>(much: bool, work: impl FnOnce() -> T) -> T {
    let allocator = if much { allocator() } else { None };
    let Some(allocator) = allocator else { return work() };
    struct Over<'a>(&'a Allocator);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.leave();
        }
    }
    allocator.enter();
    let _over = Over(allocator);
    work()
}

/// A task of the runtime that has memory which other threads free, such as the parts of an answer. Dropping it has the
/// memory given back a second later, once for all tasks of this second. The runtime must have one thread: only the thread
/// that has allocated can give back.
pub struct Lends;

impl Drop for Lends {
    fn drop(&mut self) {
        static WAITS: AtomicBool = AtomicBool::new(false);
        struct Waits;
        impl Drop for Waits {
            fn drop(&mut self) {
                WAITS.store(false, SeqCst);
            }
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if WAITS.swap(true, SeqCst) {
            return;
        }
        let waits = Waits; // also over if the runtime ends first
        runtime.spawn(async move {
            tokio::time::sleep(LATER).await;
            drop(waits);
            if let Some(allocator) = allocator() {
                (allocator.collect)(true);
            }
        });
    }
}
