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
mod image;
mod limits;
mod memory;
mod outbound;
mod output;
#[cfg_attr(not(test), expect(dead_code, reason = "not wired into artifacts yet"))]
mod split;
mod pages;
mod stack;
mod waker;
