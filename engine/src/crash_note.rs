//! Records which component was running when a fault ended the process: appends a line `<sha256 of the component>
//! <signal>` to a file. The next start of the server reads the file.

use std::cell::Cell;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::{io, mem};

/// The signals that end a process after a fault or a failed check.
const SIGNALS: [libc::c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT, libc::SIGTRAP];

static FILE: AtomicI32 = AtomicI32::new(-1);

thread_local! {
    /// The component of the call that this thread is polling; null if the thread polls no call.
    static RUNNING: Cell<*const [u8; 32]> = const { Cell::new(ptr::null()) };
}

/// From now on, a crash appends a line to this file. Call this before an engine is made: Wasmtime passes faults that do
/// not belong to a guest to the handlers that were installed earlier.
pub fn begin(path: &Path) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
    // SAFETY: the path ends with NUL. The descriptor stays open as long as the process lives.
    let file = unsafe { libc::open(path.as_ptr(), flags, 0o600) };
    if file < 0 {
        return Err(io::Error::last_os_error());
    }
    FILE.store(file, SeqCst);
    for signal in SIGNALS {
        // SAFETY: zeros are a valid value of the struct; the handler has the signature that SA_SIGINFO requires.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = on_crash as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(signal, &raw const action, ptr::null_mut());
        }
    }
    Ok(())
}

/// Runs `work`, in which the guest of `component` may run.
pub fn running<T>(component: &[u8; 32], work: impl FnOnce() -> T) -> T {
    RUNNING.set(component);
    let out = work();
    RUNNING.set(ptr::null());
    out
}

/// Writes the line, and ends the process as the signal would have done.
pub fn end(signal: libc::c_int) {
    // SAFETY: `running` sets the pointer on this thread, and the digest lives until `running` returns.
    if let Some(component) = unsafe { RUNNING.get().as_ref() } {
        let line = line(component, signal);
        // SAFETY: pointer and length are those of the line. If the write fails, the line is lost; the process ends in
        // any case.
        let _ = unsafe { libc::write(FILE.load(SeqCst), line.as_ptr().cast(), line.len()) };
    }
    // SAFETY: sets the default action, which ends the process now or as soon as the handler returns.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// Allocates nothing and takes no lock, as a signal handler must not.
unsafe extern "C" fn on_crash(signal: libc::c_int, _info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    end(signal);
}

const LINE: usize = 64 + 4;

fn line(component: &[u8; 32], signal: libc::c_int) -> [u8; LINE] {
    let digit = |value: u8| b"0123456789abcdef"[usize::from(value & 15)];
    let mut line = [b' '; LINE];
    for (place, byte) in line.chunks_exact_mut(2).zip(component) {
        place.copy_from_slice(&[digit(byte >> 4), digit(*byte)]);
    }
    let signal = signal.unsigned_abs() as u8;
    line[65] = b'0' + signal / 10;
    line[66] = b'0' + signal % 10;
    line[67] = b'\n';
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_digest_and_signal() {
        let component = std::array::from_fn(|at| at as u8 * 8);
        let line = String::from_utf8(line(&component, libc::SIGABRT).to_vec()).expect("text");
        assert_eq!(line, "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8 06\n");
    }

    #[test]
    fn a_thread_is_known_for_as_long_as_it_works() {
        let component = [7; 32];
        running(&component, || assert!(ptr::eq(RUNNING.get(), &raw const component)));
        assert!(RUNNING.get().is_null());
    }
}
