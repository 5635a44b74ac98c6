//! Answers with everything that a function can see of the machine, as JSON.

use guest::{Answer, Guest, path};
use serde_json::json;
use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Env;
wasip2::http::proxy::export!(Env);

impl Guest for Env {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        println!("a line on stdout");
        eprintln!("a line on stderr");
        if path(&request) == "/print" {
            for (name, value) in std::env::vars() {
                println!("{name} is {value}");
                eprintln!("{name} is {value}");
            }
        }
        if path(&request) == "/trap" {
            panic!("{:?}", std::env::vars().collect::<Vec<_>>());
        }
        let start = Instant::now();
        std::thread::sleep(Duration::from_millis(5));
        let slept = start.elapsed().as_secs_f64() * 1000.0;
        let listing = std::fs::read_dir("/")
            .map(|dir| dir.flatten().map(|entry| entry.path()).collect::<Vec<_>>());
        let map: HashMap<u32, u32> = (0..8).map(|i| (i, i)).collect();
        Answer::json(
            out,
            &json!({
                "args": std::env::args().collect::<Vec<_>>(),
                "env": std::env::vars().collect::<Vec<_>>(),
                "unix_ms": SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64,
                "slept_ms": slept,
                "hash_order": map.keys().collect::<Vec<_>>(), // differs if seeds are random
                "read_root": listing.map_err(|error| error.to_string()),
                "open_passwd": std::fs::read_to_string("/etc/passwd").map_err(|error| error.to_string()),
                "create_file": std::fs::write("/tmp/made-by-a-guest", "x").map_err(|error| error.to_string()),
                "current_dir": std::env::current_dir().map_err(|error| error.to_string()),
                "thread": std::thread::Builder::new().spawn(|| ()).map(|_| "started").map_err(|error| error.to_string()),
            }),
        );
    }
}
