//! The C++ waker as a Rust `Waker`. The count lives in a C++ atomic, so nothing is allocated here and a thread
//! sanitizer sees every access.

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

/// Takes over one count of `waker`.
///
/// # Safety
/// `waker` points to a live C++ object that begins with `fe_waker` and stays alive while its count is above zero.
pub unsafe fn adopt(waker: *mut RawFeWaker) -> Waker {
    // SAFETY: the vtable's functions keep the contract of `RawWaker` by the caller's promise.
    unsafe { Waker::from_raw(RawWaker::new(waker.cast::<()>().cast_const(), &VTABLE)) }
}

fn object(data: *const ()) -> *mut RawFeWaker {
    data.cast_mut().cast()
}

unsafe fn clone(data: *const ()) -> RawWaker {
    let waker = object(data);
    // SAFETY: the `Waker` being cloned holds a count, so the object is alive.
    unsafe { ((*waker).retain)(waker) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: as for `clone`; waking by value gives up the count afterwards.
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
    // SAFETY: as for `clone`; this gives up the count that the `Waker` held.
    unsafe { ((*waker).release)(waker) };
}
