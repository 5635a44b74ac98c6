//! Has freed memory returned to the system at once, while a call is polled or dropped for which the host keeps much.
//!
//! mimalloc returns freed pages 25 ms later, but only when it uses other pages near them. So a server kept the memory of
//! its last large calls for as long as nothing happened: hundreds of megabytes. To return all pages at once would cost a
//! usual call up to 60 % more time, because each call frees pages that the next one uses again.

use std::ffi::{c_int, c_long, c_void};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Debian 12 has mimalloc 2.0.9.
const VERSION: c_int = 209;
/// `mi_option_decommit_delay` of this version, in milliseconds.
const DELAY: c_int = 15;

struct Allocator {
    set: extern "C" fn(c_int, c_long),
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
        // SAFETY: these are the types of the functions in mimalloc.h.
        let (version, get, set) = unsafe {
            (
                std::mem::transmute::<*mut c_void, extern "C" fn() -> c_int>(version),
                std::mem::transmute::<*mut c_void, extern "C" fn(c_int) -> c_long>(get),
                std::mem::transmute::<*mut c_void, extern "C" fn(c_int, c_long)>(set),
            )
        };
        (version() == VERSION).then(|| Self { set, usual: get(DELAY), inside: Mutex::new(0) })
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

/// Runs `work`. If `much`, memory that is freed meanwhile goes back to the system at once, on all threads.
pub fn at_once<T>(much: bool, work: impl FnOnce() -> T) -> T {
    static ALLOCATOR: OnceLock<Option<Allocator>> = OnceLock::new();
    let allocator = if much { ALLOCATOR.get_or_init(Allocator::find).as_ref() } else { None };
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
