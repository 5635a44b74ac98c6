//! Writes `?n=` lines of `?bytes=` bytes, alternately to stdout and stderr. The last line of `/raw` has no line end.
//! `/empty` writes `?n=` empty lines at once, and nothing else. `/long` writes one line with `?lead=` letters and `?n=`
//! times `&unit=`, then another line. `/head` writes the method, the target and the fields of the request, and answers
//! with the status `?status=`.

use guest::{Answer, Guest, number, path, query, target};
use std::io::Write;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Log;
wasip2::http::proxy::export!(Log);

impl Guest for Log {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let (lines, bytes) = (
            number(&request, "n", 1),
            number(&request, "bytes", 20) as usize,
        );
        if path(&request) == "/empty" {
            let _ = std::io::stdout().write_all(&vec![b'\n'; lines as usize]);
            return Answer::text(out, 200, "logged\n");
        }
        if path(&request) == "/long" {
            let unit = query(&request, "unit").unwrap_or_default();
            let lead = "x".repeat(number(&request, "lead", 0) as usize);
            println!("{lead}{}\nnext line", unit.repeat(lines as usize));
            return Answer::text(out, 200, "logged\n");
        }
        if path(&request) == "/head" {
            println!("{:?} {}", request.method(), target(&request));
            for (name, value) in request.headers().entries() {
                println!("{name}: {}", String::from_utf8_lossy(&value));
            }
            return Answer::text(out, number(&request, "status", 200) as u16, "logged\n");
        }
        for n in 1..=lines {
            println!("{}", line("out", n, bytes));
            eprintln!("{}", line("err", n, bytes));
        }
        if path(&request) == "/raw" {
            let _ =
                std::io::stderr().write_all(b"not UTF-8: \xff\xfe, \x1b[31mred\x1b[0m, no newline");
        }
        Answer::text(out, 200, "logged\n");
    }
}

/// A line with the name of the stream and its number, filled with dots.
fn line(stream: &str, n: u64, bytes: usize) -> String {
    let mut line = format!("{stream} {n} {:.<bytes$}", "");
    line.truncate(bytes);
    line
}
