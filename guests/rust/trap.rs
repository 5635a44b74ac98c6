//! Each path makes the call fail in another way.

use guest::{Answer, Guest, TEXT, path, wait};
use wasip2::http::types::{ErrorCode, IncomingRequest, ResponseOutparam};

struct Trap;
wasip2::http::proxy::export!(Trap);

impl Guest for Trap {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        match path(&request).as_str() {
            "/before" => panic!("boom before head"),
            "/after" => {
                let _unfinished = half(out, TEXT);
                panic!("boom after head")
            }
            "/unfinished" => drop(half(out, &[("content-length", b"100")])),
            "/no-answer" => drop(out),
            "/exit" => std::process::exit(1),
            "/exit-after" => {
                let _unfinished = half(out, TEXT);
                std::process::exit(1)
            }
            "/error" => {
                let reason = ErrorCode::InternalError(Some("the guest says no".to_string()));
                ResponseOutparam::set(out, Err(reason))
            }
            "/deep" => Answer::text(out, 200, &format!("{}\n", depth(u64::MAX))),
            "/early" => Answer::text(out, 200, "answered without reading the request\n"),
            _ => Answer::text(
                out,
                404,
                "/before /after /unfinished /no-answer /exit /exit-after /error /deep /early\n",
            ),
        }
    }
}

/// Sends half of the answer, and waits a little, so that the client has the head before the failure.
fn half(out: ResponseOutparam, headers: &[(&str, &[u8])]) -> Answer {
    let mut answer = Answer::start(out, 200, headers);
    answer.send(b"half of it");
    wait(20);
    answer
}

/// Exhausts the stack.
#[allow(unconditional_recursion)]
fn depth(n: u64) -> u64 {
    1 + std::hint::black_box(depth(std::hint::black_box(n - 1)))
}
