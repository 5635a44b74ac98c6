//! Records which pages of a mapping are used, as code or as data. At first, all access to the mapping is forbidden; a
//! handler of SIGSEGV then maps page by page again. The page cache does not show which pages were used, because the
//! kernel reads and maps more pages than are used. Only the process that compiles uses this, for one mapping at a time.

use crate::pages;
use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::{io, mem, ptr};

static START: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
/// One flag for each page of the mapping.
static TOUCHED: AtomicPtr<AtomicBool> = AtomicPtr::new(ptr::null_mut());
/// The descriptor of the mapped file.
static FILE: AtomicI32 = AtomicI32::new(-1);

pub struct Watch {
    touched: Box<[AtomicBool]>,
    /// Stays open for the handler.
    _file: File,
    before: libc::sigaction,
}

impl Watch {
    /// # Safety
    /// The range belongs to the caller: the whole file, mapped. It may be read and executed, and stays mapped while it
    /// is used.
    pub unsafe fn begin(base: *mut u8, bytes: usize, file: File) -> io::Result<Self> {
        if START.compare_exchange(0, base as usize, SeqCst, SeqCst).is_err() {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        let touched: Box<[AtomicBool]> = (0..bytes.div_ceil(pages::PAGE)).map(|_| AtomicBool::new(false)).collect();
        TOUCHED.store(touched.as_ptr().cast_mut(), SeqCst);
        FILE.store(file.as_raw_fd(), SeqCst);
        BYTES.store(bytes, SeqCst);
        // SAFETY: zeros are a valid value of both structs; the handler has the signature that SA_SIGINFO requires.
        let before = unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = on_fault as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            let mut before = mem::zeroed();
            libc::sigaction(libc::SIGSEGV, &raw const action, &raw mut before);
            before
        };
        let watch = Self { touched, _file: file, before };
        // SAFETY: by the caller's promise.
        unsafe { pages::forbid(base, bytes)? };
        Ok(watch)
    }

    /// The pages that were used so far.
    pub fn touched(&self) -> impl Iterator<Item = usize> {
        self.touched.iter().enumerate().filter(|(_, touched)| touched.load(SeqCst)).map(|(page, _)| page)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // SAFETY: restores the previous action.
        unsafe { libc::sigaction(libc::SIGSEGV, &raw const self.before, ptr::null_mut()) };
        BYTES.store(0, SeqCst);
        FILE.store(-1, SeqCst);
        START.store(0, SeqCst);
    }
}

/// Whether this address is in the mapping that is being watched.
pub fn is_watched(address: *const u8) -> bool {
    (address as usize).wrapping_sub(START.load(SeqCst)) < BYTES.load(SeqCst)
}

/// Allocates nothing and takes no lock, as a signal handler must not.
unsafe extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel's information about this fault.
    let address = unsafe { (*info).si_addr() };
    if !is_watched(address.cast()) {
        // This fault has another cause. It occurs again when the handler returns, and then has its usual effect.
        // SAFETY: restores the default.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    }
    let start = START.load(SeqCst);
    let page = (address as usize - start) / pages::PAGE;
    let offset = page * pages::PAGE;
    // SAFETY: the page is inside the mapping of the file, and `TOUCHED` has a flag for each page. Both live while the
    // watch lives. If the access stays forbidden, the same fault occurs again and again, until the process's CPU limit
    // ends it.
    unsafe {
        (*TOUCHED.load(SeqCst).add(page)).store(true, SeqCst);
        let file = mem::ManuallyDrop::new(File::from_raw_fd(FILE.load(SeqCst)));
        let _ = pages::replace_with_code((start + offset) as *mut u8, pages::PAGE, &file, offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_pages_that_were_read() {
        let bytes = 8 * pages::PAGE;
        let content: Vec<u8> = (0..bytes).map(|at| (at / pages::PAGE) as u8).collect();
        let file = pages::file_in_memory(&content).expect("a file");
        let base = pages::map_file(&file, bytes).expect("a mapping");
        let again = file.try_clone().expect("a descriptor");
        // SAFETY: the test's own mapping, which nothing else uses.
        let watch = unsafe { Watch::begin(base, bytes, file).expect("a watch") };
        assert!(is_watched(base) && !is_watched(base.wrapping_add(bytes)));
        // SAFETY: as above. A second watch is refused.
        assert!(unsafe { Watch::begin(base, bytes, again) }.is_err());
        // SAFETY: as above.
        let read = |page: usize| unsafe { base.add(page * pages::PAGE + 77).read_volatile() };
        assert_eq!([read(5), read(2), read(5)], [5, 2, 5]);
        assert_eq!(watch.touched().collect::<Vec<_>>(), [2, 5]);
        drop(watch);
        assert!(!is_watched(base));
        // SAFETY: as above.
        unsafe { pages::unmap(base, bytes) };
    }
}
