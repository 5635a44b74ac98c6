//! The same answer as `hello`, on the raw bindings. It shows the cost of a function without an async runtime.

use guest::{Answer, Guest};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Hello;
wasip2::http::proxy::export!(Hello);

impl Guest for Hello {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        Answer::text(out, 200, "hello from faasta\n");
    }
}
