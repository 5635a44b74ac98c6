//! Computes: `/` without end, `/ms/N` for N milliseconds, `/after-head` without end after a part of the answer was
//! sent.

use guest::{Answer, Guest, TEXT, burn, burn_forever, path, wait};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Spin;
wasip2::http::proxy::export!(Spin);

impl Guest for Spin {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = path(&request);
        if let Some(milliseconds) = path.strip_prefix("/ms/").and_then(|n| n.parse().ok()) {
            burn(milliseconds);
            return Answer::text(out, 200, &format!("burnt {milliseconds} ms\n"));
        }
        if path == "/after-head" {
            let mut answer = Answer::start(out, 200, TEXT);
            answer.send(b"and then nothing");
            wait(20); // until the client has received it
            burn_forever()
        }
        burn_forever()
    }
}
