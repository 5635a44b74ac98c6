//! The command line. Its `main` is C++ (`cpp/src/cli/main.cpp`), so Rust's start code does not run: a program in Rust
//! would ignore SIGPIPE, for example.
#![no_main]

// The compiler links a library only if a program names its crate.
use aws_lc_sys as _;
use libnghttp2_sys as _;
use libz_sys as _;
