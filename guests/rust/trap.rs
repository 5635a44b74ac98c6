//! The ways a call can go wrong, by path.

use guest::{Answer, Guest, TEXT, path};
use wasip2::http::types::{ErrorCode, IncomingRequest, ResponseOutparam};

struct Trap;
wasip2::http::proxy::export!(Trap);

impl Guest for Trap {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        match path(&request).as_str() {
            "/before" => panic!("boom before head"),
            "/after" => {
                Answer::start(out, 200, TEXT).send(b"half of a bo");
                panic!("boom after head")
            }
            "/unfinished" => {
                Answer::start(out, 200, &[("content-length", b"100")]).send(b"ten bytes.");
            }
            "/no-answer" => drop(out),
            "/exit" => std::process::exit(1),
            "/exit-after" => {
                Answer::start(out, 200, TEXT).send(b"half of a bo");
                std::process::exit(1)
            }
            "/error" => {
                let reason = ErrorCode::InternalError(Some("the guest says no".to_string()));
                ResponseOutparam::set(out, Err(reason))
            }
            "/deep" => Answer::text(out, 200, &format!("{}\n", depth(u64::MAX))),
            "/early" => Answer::text(out, 200, "answered without reading the request\n"),
            _ => Answer::text(out, 404, "/before /after /unfinished /no-answer /exit /exit-after /error /deep /early\n"),
        }
    }
}

/// Exhausts the stack.
#[allow(unconditional_recursion)]
fn depth(n: u64) -> u64 {
    1 + std::hint::black_box(depth(std::hint::black_box(n - 1)))
}
