//! Wraps the C++ waker as a Rust `Waker`. The reference count is a C++ atomic, so nothing is allocated here, and the
//! thread sanitizer of the C++ code sees every access.

use std::task::{RawWaker, RawWakerVTable, Waker};

/// `fe_waker` of engine.h.
#[repr(C)]
pub struct RawFeWaker {
    retain: unsafe extern "C" fn(*mut RawFeWaker),
    wake: unsafe extern "C" fn(*mut RawFeWaker),
    release: unsafe extern "C" fn(*mut RawFeWaker),
}

const _: () = assert!(size_of::<RawFeWaker>() == 3 * size_of::<usize>());

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, release);

/// Takes over one reference of `waker`.
///
/// # Safety
/// `waker` points to a live C++ object that begins with `fe_waker` and lives as long as it has references.
pub unsafe fn adopt(waker: *mut RawFeWaker) -> Waker {
    // SAFETY: by the caller's promise, the functions of the vtable follow the contract of `RawWaker`.
    unsafe { Waker::from_raw(RawWaker::new(waker.cast::<()>().cast_const(), &VTABLE)) }
}

fn object(data: *const ()) -> *mut RawFeWaker {
    data.cast_mut().cast()
}

unsafe fn clone(data: *const ()) -> RawWaker {
    let waker = object(data);
    // SAFETY: the cloned `Waker` holds a reference, so the object is alive.
    unsafe { ((*waker).retain)(waker) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: as for `clone`; waking by value gives up the reference afterwards.
    unsafe {
        wake_by_ref(data);
        release(data);
    }
}

unsafe fn wake_by_ref(data: *const ()) {
    let waker = object(data);
    // SAFETY: as for `clone`.
    unsafe { ((*waker).wake)(waker) };
}

unsafe fn release(data: *const ()) {
    let waker = object(data);
    // SAFETY: as for `clone`; this gives up the reference that the `Waker` held.
    unsafe { ((*waker).release)(waker) };
}
