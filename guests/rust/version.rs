//! Answers with 16 bytes that occur once in the file. A test replaces these bytes to get another version of the same
//! function.

use guest::{Answer, Guest};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

#[used]
static VERSION: [u8; 16] = *b"VERSION-00000000";

struct Version;
wasip2::http::proxy::export!(Version);

impl Guest for Version {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        // SAFETY: a reference to a static is valid. The read is volatile, so that the optimiser does not assume the
        // bytes.
        let version = unsafe { std::ptr::read_volatile(&VERSION) };
        Answer::text(out, 200, &String::from_utf8_lossy(&version));
    }
}
