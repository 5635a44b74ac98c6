//! A component of the world wasi:cli/command: it runs, but it answers no requests.

fn main() {
    println!("hello from a command");
}
