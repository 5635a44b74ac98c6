//! Runs `wasi:http` components on Wasmtime for Faasta. Everything C++ may call is in `exports`,
//! `export_engine`, `export_parts` and `export_seal`, and `engine.h` is its description; the other modules are plain Rust.

mod allocator;
mod artifact;
mod body;
mod call;
mod checked;
mod component;
mod cpu;
mod crash_note;
mod engine;
mod error;
mod export_engine;
mod export_parts;
mod export_seal;
mod exports;
mod ffi;
mod first_call;
mod host;
mod image;
mod limits;
mod lost_pages;
mod memory;
mod outbound;
mod outgoing_body;
mod output;
mod pages;
mod panic_line;
mod resolver;
mod seal;
mod sealed_file;
mod slot;
mod split;
mod stack;
mod waker;
mod watch;
