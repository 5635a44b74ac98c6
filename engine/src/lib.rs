//! Runs `wasi:http` components on Wasmtime for Faasta. Everything C++ may call is in `exports`, and `engine.h` is its
//! description; the other modules are plain Rust.

mod artifact;
mod body;
mod call;
mod component;
mod cpu;
mod engine;
mod error;
mod exports;
mod ffi;
mod host;
mod limits;
mod outbound;
mod output;
mod waker;
