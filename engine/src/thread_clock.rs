//! A second clock for the epoch, for each thread that runs guests. The ticker (engine.rs) advances the epoch from a
//! thread of its own. If other processes use all processors, that thread wakes late, and a guest computes for too long.
//! This clock does not need another thread: a timer of the thread's own CPU time sends a signal to the thread, and the
//! signal's handler advances the epoch. The kernel looks at such timers at its own ticks only, which are 1 to 10 ms
//! apart. So the ticker stays, for turns of a millisecond.

use std::cell::RefCell;
use std::sync::Once;
use std::time::Duration;
use std::{io, mem, ptr};

/// The CPU time of the thread between two signals. The kernel sends at most one signal at each of its ticks.
const PERIOD: Duration = Duration::from_millis(1);
const SIGNAL: libc::c_int = libc::SIGVTALRM;

thread_local! {
    static CLOCK: RefCell<Option<ThreadClock>> = const { RefCell::new(None) };
}

struct ThreadClock {
    timer: libc::timer_t,
    /// The handler has this address.
    _engine: Box<wasmtime::Engine>,
}

/// Starts the clock of this thread, which runs until the thread ends. It replaces an earlier clock of this thread.
pub fn start(engine: &wasmtime::Engine) -> io::Result<()> {
    let clock = ThreadClock::new(Box::new(engine.clone()))?;
    drop(CLOCK.with_borrow_mut(|now| now.replace(clock)));
    Ok(())
}

impl ThreadClock {
    fn new(engine: Box<wasmtime::Engine>) -> io::Result<Self> {
        install_handler();
        let interval = libc::timespec { tv_sec: 0, tv_nsec: PERIOD.subsec_nanos().into() };
        let times = libc::itimerspec { it_interval: interval, it_value: interval };
        // SAFETY: zeros are a valid sigevent; the kernel reads the arguments and writes the timer.
        unsafe {
            let mut event: libc::sigevent = mem::zeroed();
            event.sigev_notify = libc::SIGEV_THREAD_ID;
            event.sigev_notify_thread_id = libc::gettid();
            event.sigev_signo = SIGNAL;
            event.sigev_value.sival_ptr = ptr::from_ref(&*engine).cast_mut().cast();
            let mut timer = ptr::null_mut();
            if libc::timer_create(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut event, &raw mut timer) != 0 {
                return Err(io::Error::last_os_error());
            }
            let clock = Self { timer, _engine: engine };
            if libc::timer_settime(timer, 0, &raw const times, ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(clock)
        }
    }
}

impl Drop for ThreadClock {
    fn drop(&mut self) {
        // A signal that was sent before arrives when this system call returns to the thread, so the engine still exists.
        // SAFETY: the timer is this thread's.
        unsafe { libc::timer_delete(self.timer) };
    }
}

fn install_handler() {
    static ONCE: Once = Once::new();
    // SAFETY: zeros are a valid sigaction; the handler has the signature that SA_SIGINFO requires. It runs on the
    // thread's signal stack, if there is one, because a guest's stack may be almost full.
    ONCE.call_once(|| unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        libc::sigaction(SIGNAL, &raw const action, ptr::null_mut());
    });
}

/// Allocates nothing and takes no lock, as a signal handler must not. Wasmtime documents that the epoch may be advanced
/// in a signal handler.
unsafe extern "C" fn on_signal(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel's information about this signal. Signals of other senders are ignored. The engine lives as
    // long as the timer.
    unsafe {
        if (*info).si_code == libc::SI_TIMER {
            (*(*info).si_value().sival_ptr.cast::<wasmtime::Engine>()).increment_epoch();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::{Config, Instance, Module, Store, Trap};

    /// Nothing else advances the epoch of this engine.
    #[test]
    fn a_guest_that_computes_is_interrupted_by_the_clock_of_its_thread() {
        let engine = wasmtime::Engine::new(Config::new().epoch_interruption(true)).expect("an engine");
        start(&engine).expect("a clock");
        let code = wat::parse_str(r#"(module (func (export "spin") (loop br 0)))"#).expect("a module");
        let module = Module::new(&engine, code).expect("a module");
        for _ in 0..10 {
            let mut store = Store::new(&engine, ());
            store.set_epoch_deadline(1);
            let spin = Instance::new(&mut store, &module, &[])
                .and_then(|instance| instance.get_typed_func::<(), ()>(&mut store, "spin"))
                .expect("a function");
            let error = spin.call(&mut store, ()).expect_err("it computes for ever");
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
        }
    }

    #[test]
    fn a_thread_may_begin_with_another_engine_and_end() {
        std::thread::spawn(|| {
            for _ in 0..100 {
                let engine = wasmtime::Engine::new(Config::new().epoch_interruption(true)).expect("an engine");
                start(&engine).expect("a clock");
                let begin = std::time::Instant::now();
                while begin.elapsed() < PERIOD {}
            }
        })
        .join()
        .expect("no signal found an engine that is gone");
    }
}
