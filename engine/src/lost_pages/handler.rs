//! The handler of SIGBUS. The handler changes the registers of the interrupted thread, so that the thread continues at
//! another instruction.

use super::{find, is_guest_code};
use crate::mapping::Mapping;
use crate::{crash_note, pages};
use std::ops::Range;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Once, OnceLock};
use std::{io, mem, ptr};

/// The whole stack of a guest has this size (engine.rs), so no stack frame of a guest is larger.
const LARGEST_FRAME: usize = 1 << 20;
/// `(module (func unreachable))`.
const UNREACHABLE: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0\0\x0b";
/// The address of the instruction that ends a call; 0: there is none.
static TRAP: AtomicUsize = AtomicUsize::new(0);

/// Installs the handler, once for the process; see `catch`.
pub fn install(engine: &wasmtime::Engine) -> wasmtime::Result<()> {
    static CAUGHT: Once = Once::new();
    // The module is never dropped, so that its code stays mapped and registered in Wasmtime as long as the process lives.
    static MODULE: OnceLock<(wasmtime::Module, Mapping)> = OnceLock::new();
    if CAUGHT.is_completed() {
        return Ok(());
    }
    let compiled = engine.precompile_module(UNREACHABLE)?;
    let file = pages::file_in_memory(&compiled)?;
    let mapping = Mapping::of(&file, compiled.len())?;
    mapping.map_code(&file)?;
    // SAFETY: this engine has just compiled it, and the mapping is never dropped.
    let module = unsafe { wasmtime::Module::deserialize_raw(engine, mapping.raw())? };
    let trap = find_trap(&module).ok_or_else(|| wasmtime::Error::msg("there is no trap in `unreachable`"))?;
    CAUGHT.call_once(|| {
        MODULE.get_or_init(|| (module, mapping));
        TRAP.store(trap, SeqCst);
        // SAFETY: zeros are a valid value of the struct; the handler has the signature that SA_SIGINFO requires.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = on_bus_error as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut());
        }
    });
    Ok(())
}

/// The address of the instruction to which `unreachable` was compiled.
fn find_trap(module: &wasmtime::Module) -> Option<usize> {
    let trap = [0x0f, 0x0b]; // UD2
    let function = module.functions().next()?;
    let body: Range<usize> = function.offset..function.offset + function.len;
    let at = module.text().get(body)?.windows(trap.len()).position(|bytes| *bytes == trap)?;
    Some(module.text().as_ptr() as usize + function.offset + at)
}

/// Allocates nothing and takes no lock, as a signal handler must not.
unsafe extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel's information about this signal, and the interrupted thread's own state.
    let handled = unsafe {
        let errno = *libc::__errno_location();
        let handled = handle((*info).si_addr() as usize, &mut *context.cast());
        *libc::__errno_location() = errno;
        handled
    };
    if !handled {
        crash_note::end(signal);
    }
}

/// # Safety
/// The context belongs to the thread that runs this, and the thread was interrupted when it used `address`.
unsafe fn handle(address: usize, context: &mut libc::ucontext_t) -> bool {
    let Some(place) = find(address) else { return false };
    place.lose();
    if is_guest_code(registers::instruction(context)) {
        // SAFETY: by the caller's promise.
        return unsafe { leave_guest(context) };
    }
    let page = address & !(pages::PAGE - 1);
    // SAFETY: the page belongs to a known mapping, and its content is lost.
    unsafe { zero(page as *mut u8, place.protection.load(Relaxed)) }.is_ok()
}

/// # Safety
/// The page belongs to a mapping, and its content is lost.
unsafe fn zero(page: *mut u8, protection: libc::c_int) -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    // SAFETY: by the caller's promise.
    let mapped = unsafe { libc::mmap(page.cast(), pages::PAGE, protection, flags, -1, 0) };
    if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Makes the thread continue at the end of its guest's call. Returns false if the address of this end is not known.
///
/// Wasmtime unwinds to the code that entered the guest, which is in the same file. That code first saves the registers
/// that it must restore. Then it stores the address where Wasmtime can resume it, and calls the guest. So there are
/// three cases:
/// 1. The code that enters the guest was just called. The thread continues as if that code had returned at once.
/// 2. That code is about to call the guest, or the guest has returned to it, or Wasmtime has resumed it. The thread
///    continues as if that code had returned; the stack frame has the saved registers.
/// 3. The thread was in other code of the guest. It continues as if that code had trapped. After that, the second case
///    may follow. In the first two cases, Wasmtime may have no reason for the failure, and panic. The panic ends the
///    call too.
///
/// # Safety
/// As for `handle`; the interrupted instruction is guest code.
unsafe fn leave_guest(context: &mut libc::ucontext_t) -> bool {
    let (stack, frame) = (registers::stack(context), registers::frame(context));
    // SAFETY: the stack of a running thread is mapped.
    if is_return_to_host(unsafe { word(stack) }) {
        // SAFETY: only the return address was pushed so far.
        unsafe { registers::return_false(context) };
        return true;
    }
    if frame < stack || frame - stack > LARGEST_FRAME || frame % size_of::<usize>() != 0 {
        return false;
    }
    // SAFETY: the word is on the stack: it follows the saved frame pointer, to which `frame` points.
    let caller = unsafe { word(frame + size_of::<usize>()) };
    if is_return_to_host(caller) {
        // SAFETY: the host calls no guest code except the code that enters a guest, so the frame belongs to that code.
        unsafe { registers::give_back_saved(context) };
        // SAFETY: as above.
        unsafe { registers::return_false(context) };
        return true;
    }
    if !is_guest_code(caller) {
        return false;
    }
    registers::go_to(context, TRAP.load(SeqCst));
    true
}

/// # Safety
/// `address` points to a word that can be read.
unsafe fn word(address: usize) -> usize {
    // SAFETY: by the caller's promise.
    unsafe { *(address as *const usize) }
}

mod registers {
    use super::word;
    use libc::{REG_R12, REG_R13, REG_R14, REG_R15, REG_RAX, REG_RBP, REG_RBX, REG_RIP, REG_RSP, ucontext_t};

    /// The registers that a function must restore (System V), in the order in which Cranelift saves them: from the
    /// lowest address up to 8 bytes below the frame.
    const SAVED: [libc::c_int; 5] = [REG_RBX, REG_R12, REG_R13, REG_R14, REG_R15];
    const SAVED_BYTES: usize = 48;

    fn get(context: &ucontext_t, register: libc::c_int) -> usize {
        context.uc_mcontext.gregs[register as usize] as usize
    }

    fn set(context: &mut ucontext_t, register: libc::c_int, value: usize) {
        context.uc_mcontext.gregs[register as usize] = value as i64;
    }

    pub fn instruction(context: &ucontext_t) -> usize {
        get(context, REG_RIP)
    }

    pub fn stack(context: &ucontext_t) -> usize {
        get(context, REG_RSP)
    }

    pub fn frame(context: &ucontext_t) -> usize {
        get(context, REG_RBP)
    }

    pub fn go_to(context: &mut ucontext_t, instruction: usize) {
        set(context, REG_RIP, instruction);
    }

    /// # Safety
    /// The return address is on top of the stack.
    pub unsafe fn return_false(context: &mut ucontext_t) {
        // SAFETY: by the caller's promise.
        let back = unsafe { word(stack(context)) };
        set(context, REG_RSP, stack(context) + size_of::<usize>());
        set(context, REG_RAX, 0);
        set(context, REG_RIP, back);
    }

    /// Restores the registers as the function that enters a guest does at its end, before it returns.
    ///
    /// # Safety
    /// The frame belongs to that function.
    pub unsafe fn give_back_saved(context: &mut ucontext_t) {
        let frame = frame(context);
        for (number, register) in SAVED.into_iter().enumerate() {
            // SAFETY: by the caller's promise.
            let value = unsafe { word(frame - SAVED_BYTES + number * size_of::<usize>()) };
            set(context, register, value);
        }
        // SAFETY: as above.
        let before = unsafe { word(frame) };
        set(context, REG_RBP, before);
        set(context, REG_RSP, frame + size_of::<usize>());
    }
}

/// Whether the address follows a call in this program's own code.
fn is_return_to_host(address: usize) -> bool {
    unsafe extern "C" {
        // Defined by the linker: the program's first byte, and the first byte after its code.
        static __executable_start: u8;
        static etext: u8;
    }
    let code = &raw const __executable_start as usize + 8..&raw const etext as usize;
    // CALL is E8 with an offset of four bytes, or FF with one to six bytes for its operand.
    // SAFETY: the program's own code, at most 7 bytes before an address in it.
    let byte = |before: usize| unsafe { *((address - before) as *const u8) };
    code.contains(&address) && (byte(5) == 0xe8 || (2..=7).any(|before| byte(before) == 0xff))
}
