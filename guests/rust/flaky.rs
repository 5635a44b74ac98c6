//! Answers with the number of its version. The variable FAIL_PERCENT is the share of the calls that get status 500. A
//! test lets one version of a function be worse than another.

use guest::{Answer, Guest};
use std::hash::{BuildHasher, RandomState};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Flaky;
wasip2::http::proxy::export!(Flaky);

impl Guest for Flaky {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let percent: u64 = variable("FAIL_PERCENT").parse().unwrap_or(0);
        let by_chance = RandomState::new().hash_one(0) % 100; // the seed differs in each instance
        let status = if by_chance < percent { 500 } else { 200 };
        Answer::text(out, status, &variable("FAASTA_VERSION"));
    }
}
