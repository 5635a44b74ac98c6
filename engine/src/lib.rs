//! Runs `wasi:http` components on Wasmtime for Faasta. `ffi` has all functions that C++ may call, and `engine.h` and
//! `certificates.h` describe them; the other modules are plain Rust. `certificates` has nothing to do with the engine.
//! It is in this crate because a program can link only one Rust static library.

mod allocator;
mod artifact;
mod asked;
mod body;
mod call;
mod call_memory;
mod certificates;
mod checked;
mod clock;
mod component;
mod cpu;
mod crash_note;
mod engine;
mod environment;
mod error;
mod ffi;
mod first_call;
mod first_call_note;
mod freed;
mod grants;
mod handler;
mod host;
mod image;
#[cfg(test)]
mod isolation;
mod limits;
mod linker;
mod lost_pages;
mod mapping;
mod memory;
mod memory_pool;
mod origin;
mod outbound;
mod outgoing_body;
mod output;
mod pages;
mod panic_line;
mod resolver;
mod seal;
mod seal_key;
mod sealed_file;
mod seals;
mod shape;
mod slot;
mod split;
mod stack;
mod thread_clock;
mod unread_body;
mod used;
mod variables;
mod washer;
mod watch;
