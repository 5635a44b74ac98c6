//! Runs `wasi:http` components on Wasmtime for Faasta. Everything C++ may call is in `exports`,
//! `export_engine` and `export_parts`, and `engine.h` is its description; the other modules are plain Rust.

mod allocator;
mod artifact;
mod body;
mod call;
mod component;
mod cpu;
mod engine;
mod error;
mod export_engine;
mod export_parts;
mod exports;
mod ffi;
mod first_call;
mod host;
mod image;
mod limits;
mod memory;
mod outbound;
mod outgoing_body;
mod output;
mod pages;
mod resolver;
mod slot;
mod split;
mod stack;
mod waker;
mod watch;
