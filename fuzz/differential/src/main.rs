//! Runs generated components on one build of Wasmtime and prints a line for each: the kind of case, the stage at which it
//! ended, and a digest of everything that could be seen. `run` (beside this folder) compares the lines of the build with
//! our patches with those of the published one.
//!
//!   differential-ours FIRST COUNT [full]      full: the whole texts, instead of digests

mod caller;
mod host;
mod near_miss;
mod pipeline;
mod random;
mod smith;
mod types;

use pipeline::{Pipeline, Seen};
use random::Random;
use std::io::Write;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
    let (Some(first), Some(count)) = (number(), number()) else {
        eprintln!("usage: differential FIRST COUNT [full]");
        std::process::exit(2);
    };
    let full = arguments.next().is_some_and(|word| word == "full");
    // A panic is a result, too: the other build must panic with the same case.
    std::panic::set_hook(Box::new(|_| {}));
    let pipeline = Pipeline::new().expect("an engine");
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for case in first..first + count {
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(&pipeline, case)));
        let seen = seen.unwrap_or_else(|panic| Seen::panicked(&panic));
        let line = if full {
            seen.text.clone()
        } else {
            format!("{:016x}", seen.digest())
        };
        writeln!(out, "{case} {} {} {line}", seen.kind, seen.stage).expect("written");
    }
}

fn one(pipeline: &Pipeline, case: u64) -> Seen {
    let random = &mut Random::new(case);
    match random.below(10) {
        0 => pipeline.seen("smith", smith::module(random, false)),
        1 => pipeline.seen("mutated", smith::module(random, true)),
        2 => pipeline.seen("component", smith::component(random)),
        _ => {
            let text = near_miss::text(case, random);
            pipeline.seen("near", wat::parse_str(&text).ok())
        }
    }
}
