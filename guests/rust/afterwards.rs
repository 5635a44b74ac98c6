//! Answers completely, then works on: waits `?ms=` milliseconds, computes for `&cpu=` milliseconds, and panics with
//! `&trap=1`. With `&read=1` it reads the request's body after the answer, and computes for `&each=` milliseconds after
//! each part. `/first` reads one part of the body before it answers.

use guest::{Answer, Guest, burn, number, path, query, read_parts, wait};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Afterwards;
wasip2::http::proxy::export!(Afterwards);

impl Guest for Afterwards {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let body = request.consume().unwrap();
        let stream = body.stream().unwrap();
        let mut seen = 0;
        if path(&request) == "/first" {
            seen = stream.blocking_read(1 << 16).map_or(0, |part| part.len());
        }
        Answer::text(out, 200, "answered\n");
        println!("answered");
        wait(number(&request, "ms", 0));
        burn(number(&request, "cpu", 0));
        if query(&request, "read").is_some() {
            let each = number(&request, "each", 0);
            let (count, error) = read_parts(&stream, |_| burn(each));
            println!(
                "read {} bytes, {}",
                seen + count,
                error.unwrap_or("whole".into())
            );
        }
        assert!(query(&request, "trap").is_none(), "boom after the answer");
        println!("worked");
    }
}
