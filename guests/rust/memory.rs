//! Uses memory. `/?mb=N` touches N MiB and answers. `/held?mb=N&ms=` also keeps them for `ms` milliseconds before its
//! answer ends. `/forever` takes more memory until that fails, and traps. `/ask` grows the memory until the host
//! refuses, and answers with the size that it got.

use guest::{Answer, Guest, TEXT, number, path, wait};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

const MIB: usize = 1024 * 1024;
const PAGES_PER_MIB: usize = 16;

struct Memory;
wasip2::http::proxy::export!(Memory);

impl Guest for Memory {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let text = match path(&request).as_str() {
            "/forever" => loop {
                touched(1).leak();
            },
            "/ask" => {
                let got = (0..)
                    .take_while(|_| core::arch::wasm32::memory_grow(0, PAGES_PER_MIB) != usize::MAX)
                    .count();
                format!("{got} MiB granted\n")
            }
            "/held" => {
                let block = touched(number(&request, "mb", 1) as usize);
                let mut answer = Answer::start(out, 200, TEXT);
                answer.send(format!("{} bytes touched\n", block.len()).as_bytes());
                wait(number(&request, "ms", 0));
                return answer.finish(None);
            }
            _ => {
                let block = touched(number(&request, "mb", 1) as usize);
                format!("{} bytes touched\n", block.len())
            }
        };
        Answer::text(out, 200, &text);
    }
}

/// Every page is written, because untouched pages cost the host nothing.
fn touched(mib: usize) -> Vec<u8> {
    let mut block = vec![0; mib * MIB];
    for byte in block.iter_mut().step_by(4096) {
        *byte = 1;
    }
    std::hint::black_box(block)
}
