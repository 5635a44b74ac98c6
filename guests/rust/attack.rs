//! The functions of `faastad attack`: `/` is the victim, and each other path uses something up, as a hostile owner would.
//!
//! `/burn?ms=N` computes, and then answers; with `&end=trap` it traps. `/compute?n=N` does N thousand rounds of work,
//! however long they take. `/spin` computes without end. `/same-poll?n=N`
//! polls one timer N times over. `/touch?mb=N` writes to each page of N MiB. `/keep-fields?n=N`, `/keep-paths?n=N` and
//! `/keep-bodies?n=N` make the host keep N things, and never answer. `/read` reads the body of the request. `/parts?n=N`
//! answers with N parts of a byte, `/large?n=N` with N parts of 64 KiB. `/log?n=N` writes N lines of 4 KiB. `/sleep`
//! never answers. `/fetch?to=ORIGIN&path=PATH&n=N` sends N requests at once, six at most, and reads the answers to
//! their ends; `/loop?to=ORIGIN` sends six requests for itself.

use guest::{Answer, Guest, TEXT, burn, burn_forever, number, path, query, read_body, wait};
use std::io::Write;
use wasip2::clocks::monotonic_clock;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    Fields, FutureIncomingResponse, IncomingRequest, OutgoingBody, OutgoingRequest,
    OutgoingResponse, ResponseOutparam, Scheme,
};
use wasip2::io::poll;
use wasip2::io::streams::OutputStream;

struct Attack;
wasip2::http::proxy::export!(Attack);

const PART: usize = 64 << 10;

impl Guest for Attack {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let count = number(&request, "n", 1);
        match path(&request).as_str() {
            "/burn" => {
                burn(number(&request, "ms", 1));
                if query(&request, "end").as_deref() == Some("trap") {
                    panic!("asked to");
                }
                Answer::text(out, 200, "burnt\n");
            }
            "/compute" => {
                (0..1000 * count).for_each(|i| {
                    std::hint::black_box(i);
                });
                Answer::text(out, 200, "computed\n");
            }
            "/spin" => burn_forever(),
            "/same-poll" => same_poll(out, count),
            "/touch" => touch(out, number(&request, "mb", 1) as usize),
            "/keep-fields" => keep((0..count).map(|_| fields()).collect::<Vec<_>>()),
            "/keep-paths" => keep((0..count).map(|_| long_request()).collect::<Vec<_>>()),
            "/keep-bodies" => keep((0..count).map(|_| unread()).collect::<Vec<_>>()),
            "/read" => {
                let body = request.consume().unwrap();
                let (bytes, _) = read_body(&body.stream().unwrap());
                Answer::text(out, 200, &format!("{bytes}\n"));
            }
            "/parts" => parts(out, count, b"x"),
            "/large" => parts(out, count, &vec![b'z'; PART]),
            "/log" => {
                let line = [b"L".repeat(4095), b"\n".to_vec()].concat();
                let mut stdout = std::io::stdout();
                let _ = (0..count).all(|_| stdout.write_all(&line).is_ok());
                Answer::text(out, 200, "logged\n");
            }
            "/sleep" => keep(()),
            "/fetch" => {
                let path = query(&request, "path").unwrap_or_default();
                let to = query(&request, "to").unwrap_or_default();
                fetch(out, &to, &path, count);
            }
            "/loop" => {
                let to = query(&request, "to").unwrap_or_default();
                fetch(out, &to, &format!("/loop?to={to}"), 6);
            }
            _ => Answer::text(out, 200, "hello\n"),
        }
    }
}

/// Never answers, so that the host keeps `things`.
fn keep<T>(things: T) -> ! {
    loop {
        wait(60_000);
        std::hint::black_box(&things);
    }
}

fn same_poll(out: ResponseOutparam, count: u64) {
    let timer = monotonic_clock::subscribe_duration(1_000_000);
    let many: Vec<_> = (0..count).map(|_| &timer).collect();
    let ready = poll::poll(&many).len();
    Answer::text(out, 200, &format!("{ready}\n"));
}

fn touch(out: ResponseOutparam, megabytes: usize) {
    let old = core::arch::wasm32::memory_grow(0, megabytes << 4);
    assert_ne!(old, usize::MAX, "the host grants no memory");
    let start = (old << 16) as *mut u8;
    for at in (0..megabytes << 20).step_by(4096) {
        // The page belongs to the memory that was just granted, and nothing else uses it.
        unsafe { start.add(at).write_volatile(1) };
    }
    Answer::text(out, 200, "touched\n");
}

fn fields() -> Fields {
    let fields = Fields::new();
    let value = vec![b'x'; 60_000];
    let _ = fields.append("a", &value);
    let _ = fields.append("b", &value);
    fields
}

fn long_request() -> OutgoingRequest {
    let request = OutgoingRequest::new(Fields::new());
    let _ = request.set_path_with_query(Some(&format!("/{}", "p".repeat(60_000))));
    let _ = request.set_authority(Some(&"a".repeat(60_000)));
    request
}

fn unread() -> (OutgoingResponse, OutgoingBody, OutputStream) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().unwrap();
    let stream = body.write().unwrap();
    for _ in 0..2 {
        if stream.check_write().unwrap_or(0) >= PART as u64 {
            let _ = stream.write(&vec![b'y'; PART]);
        }
    }
    (response, body, stream)
}

fn parts(out: ResponseOutparam, count: u64, part: &[u8]) {
    let mut answer = Answer::start(out, 200, TEXT);
    let _ = (0..count).all(|_| answer.send(part));
    answer.finish(None);
}

fn send(to: &str, path: &str) -> Option<FutureIncomingResponse> {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).ok()?;
    request.set_authority(Some(to)).ok()?;
    request.set_path_with_query(Some(path)).ok()?;
    outgoing_handler::handle(request, None).ok()
}

/// Sends the requests, and answers with the number of those that were answered.
fn fetch(out: ResponseOutparam, to: &str, path: &str, count: u64) {
    let authority = to.strip_prefix("http://").unwrap_or(to);
    let sent: Vec<_> = (0..count).filter_map(|_| send(authority, path)).collect();
    let mut answered = 0;
    for future in sent {
        future.subscribe().block();
        if let Some(Ok(Ok(response))) = future.get() {
            answered += 1;
            if let Ok(body) = response.consume()
                && let Ok(stream) = body.stream()
            {
                read_body(&stream);
            }
        }
    }
    Answer::text(out, 200, &format!("{answered} answered\n"));
}
