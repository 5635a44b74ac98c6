//! Obtains certificates from a CA by ACME, with the crate `instant-acme`. `ffi/certificates.rs` has the functions that
//! C++ may call, and `certificates.h` describes them. The engine does not use this module.

mod client;
mod failure;
mod obtain;
mod web;

pub use client::{Client, Options};
pub use failure::{Failure, Kind};
pub use obtain::{Certificate, Challenge, Challenges, Order, Proof};
