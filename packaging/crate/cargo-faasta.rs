//! The same program as `faasta`; cargo runs it for `cargo faasta`.
#![no_main]

include!("faasta.rs");
