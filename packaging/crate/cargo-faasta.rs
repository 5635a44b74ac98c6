//! The same program as `faasta`; cargo runs it for `cargo faasta`.
#![no_main]

// The compiler links a library only if a program names its crate.
use aws_lc_sys as _;
use libnghttp2_sys as _;
use libz_sys as _;
