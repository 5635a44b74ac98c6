//! The functions of certificates.h.

use super::{FeBytes, array, boxed, free, slice, view};
use crate::certificates::{Certificate, Challenge, Challenges, Client, Failure, Kind, Options, Order, Proof};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[repr(C)]
pub struct FcOptions {
    directory: FeBytes,
    roots: FeBytes,
    contact: FeBytes,
    binding_id: FeBytes,
    binding_key: FeBytes,
}

#[repr(C)]
pub struct FcChallenge {
    proof: Proof,
    name: FeBytes,
    wildcard: u8,
    token: FeBytes,
    key_authorization: FeBytes,
    digest: [u8; 32],
    dns_value: FeBytes,
    issuers: FeBytes,
}

#[repr(C)]
pub struct FcOrder {
    names: *const FeBytes,
    name_count: usize,
    proofs: u32,
    profile: FeBytes,
    replaces_authority: FeBytes,
    replaces_serial: FeBytes,
    context: *mut c_void,
    present: unsafe extern "C" fn(*mut c_void, *const FcChallenge) -> u8,
    wait: unsafe extern "C" fn(*mut c_void, *const FcChallenge) -> u8,
    clean_up: unsafe extern "C" fn(*mut c_void, *const FcChallenge),
}

#[repr(C)]
pub struct FcWindow {
    start: i64,
    end: i64,
    ask_again: u64,
    known: u8,
}

const _: () = {
    assert!(size_of::<FcOptions>() == 80 && size_of::<FcChallenge>() == 128);
    assert!(size_of::<FcOrder>() == 104 && size_of::<FcWindow>() == 32);
};

/// # Safety
/// `bytes` is a valid view.
unsafe fn text(bytes: FeBytes) -> String {
    // SAFETY: by the caller's promise.
    String::from_utf8_lossy(unsafe { slice(bytes) }).into_owned()
}

/// Runs `work`. Returns NULL, or the failure as a pointer. A panic becomes Kind::Bug.
fn told(work: impl FnOnce() -> Result<(), Failure>) -> *mut Failure {
    let result = catch_unwind(AssertUnwindSafe(work));
    let result = result.unwrap_or_else(|panic| {
        std::mem::forget(panic); // as in error::from_panic
        Err(Failure::new(Kind::Bug, "a panic in the ACME client"))
    });
    result.err().map_or(std::ptr::null_mut(), boxed)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_error_kind(error: *const Failure) -> Kind {
    // SAFETY: certificates.h: a live error.
    unsafe { (*error).kind }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_error_text(error: *const Failure) -> FeBytes {
    // SAFETY: the same; it lives longer than the view.
    view(unsafe { &*error }.text.as_bytes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_error_retry_after(error: *const Failure) -> u64 {
    // SAFETY: the same.
    unsafe { (*error).retry_after.as_secs() }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_error_free(error: *mut Failure) {
    // SAFETY: certificates.h.
    unsafe { free(error) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_client_new(options: *const FcOptions, out: *mut *mut Client) -> *mut Failure {
    told(|| {
        // SAFETY: certificates.h: the options and a place for the client, for the duration of the call.
        let (options, out) = unsafe { (&*options, &mut *out) };
        // SAFETY: the same for the views.
        let options = unsafe {
            let binding = (text(options.binding_id), slice(options.binding_key).to_vec());
            Options {
                directory: text(options.directory),
                roots: slice(options.roots).to_vec(),
                contact: text(options.contact),
                binding: (!binding.0.is_empty()).then_some(binding),
            }
        };
        *out = boxed(Client::new(options)?);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_client_stop(client: *const Client) {
    // SAFETY: certificates.h: a live client; nothing needs exclusive access to it.
    unsafe { (*client).stop() }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_client_free(client: *mut Client) {
    // SAFETY: certificates.h.
    unsafe { free(client) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_open(client: *const Client, credentials: FeBytes) -> *mut Failure {
    told(|| {
        // SAFETY: certificates.h: a live client, and a view for the duration of the call.
        unsafe { (*client).open(&text(credentials)) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_client_credentials(client: *const Client) -> FeBytes {
    // SAFETY: certificates.h: a live client, which lives longer than the view.
    view(unsafe { &*client }.credentials().as_bytes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_client_account(client: *const Client) -> FeBytes {
    // SAFETY: the same.
    view(unsafe { &*client }.account_url().as_bytes())
}

/// The callbacks of an order.
struct Callbacks<'a>(&'a FcOrder);

impl FcChallenge {
    fn of(challenge: &Challenge) -> Self {
        Self {
            proof: challenge.proof,
            name: view(challenge.name.as_bytes()),
            wildcard: challenge.wildcard.into(),
            token: view(challenge.token.as_bytes()),
            key_authorization: view(challenge.key_authorization.as_bytes()),
            digest: challenge.digest,
            dns_value: view(challenge.dns_value.as_bytes()),
            issuers: view(challenge.issuers.as_bytes()),
        }
    }
}

impl Challenges for Callbacks<'_> {
    fn present(&mut self, challenge: &Challenge) -> bool {
        // SAFETY: certificates.h: the callback takes its context and a challenge for the duration of the call.
        unsafe { (self.0.present)(self.0.context, &FcChallenge::of(challenge)) == 1 }
    }

    fn wait(&mut self, challenge: &Challenge) -> bool {
        // SAFETY: the same.
        unsafe { (self.0.wait)(self.0.context, &FcChallenge::of(challenge)) == 1 }
    }

    fn clean_up(&mut self, challenge: &Challenge) {
        // SAFETY: the same.
        unsafe { (self.0.clean_up)(self.0.context, &FcChallenge::of(challenge)) }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_obtain(
    client: *const Client,
    order: *const FcOrder,
    out: *mut *mut Certificate,
) -> *mut Failure {
    told(|| {
        // SAFETY: certificates.h: a live client, an order and a place for the certificate, for the duration of the call.
        let (client, given, out) = unsafe { (&*client, &*order, &mut *out) };
        // SAFETY: the same for the views.
        let order = unsafe {
            let replaces = (slice(given.replaces_authority).to_vec(), slice(given.replaces_serial).to_vec());
            Order {
                names: array(given.names, given.name_count).iter().map(|name| text(*name)).collect(),
                proofs: given.proofs,
                profile: text(given.profile),
                replaces: (!replaces.0.is_empty() && !replaces.1.is_empty()).then_some(replaces),
            }
        };
        *out = boxed(client.obtain(&order, &mut Callbacks(given))?);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_certificate_chain(certificate: *const Certificate) -> FeBytes {
    // SAFETY: certificates.h: a live certificate, which lives longer than the view.
    view(unsafe { &*certificate }.chain.as_bytes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_certificate_key(certificate: *const Certificate) -> FeBytes {
    // SAFETY: the same.
    view(unsafe { &*certificate }.key.as_bytes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_certificate_free(certificate: *mut Certificate) {
    // SAFETY: certificates.h.
    unsafe { free(certificate) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fc_renewal(
    client: *const Client,
    authority: FeBytes,
    serial: FeBytes,
    out: *mut FcWindow,
) -> *mut Failure {
    told(|| {
        // SAFETY: certificates.h: a live client, views, and a place for the window, for the duration of the call.
        let (client, authority, serial, out) = unsafe { (&*client, slice(authority), slice(serial), &mut *out) };
        *out = match client.renewal(authority, serial)? {
            Some(window) => {
                FcWindow { start: window.start, end: window.end, ask_again: window.ask_again.as_secs(), known: 1 }
            }
            None => FcWindow { start: 0, end: 0, ask_again: 0, known: 0 },
        };
        Ok(())
    })
}
