//! Writes a panic of the engine as a line of the server's log: JSON on stderr, in the form of src/base/log.hpp.

use std::fmt::Write;
use std::panic::PanicHookInfo;
use std::sync::Once;
use std::time::{SystemTime, UNIX_EPOCH};

/// From now on, a panic is written as one line of JSON. Rust's default is several lines of text.
pub fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        std::panic::set_hook(Box::new(|panic| eprint!("{}", line(&time(SystemTime::now()), panic))));
    });
}

fn line(time: &str, panic: &PanicHookInfo<'_>) -> String {
    let cause = panic.payload_as_str().unwrap_or("a panic without text");
    let at = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    let (cause, at) = (quoted(cause), quoted(&at));
    format!("{{\"time\":\"{time}\",\"level\":\"error\",\"event\":\"engine_panic\",\"cause\":{cause},\"at\":{at}}}\n")
}

/// RFC 3339, in UTC, to the millisecond.
fn time(now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() as libc::time_t;
    // SAFETY: zeros are a value of the struct, which the call fills.
    let parts = unsafe {
        let mut parts = std::mem::zeroed();
        libc::gmtime_r(&raw const seconds, &raw mut parts);
        parts
    };
    let libc::tm { tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, .. } = parts;
    let (year, month, milliseconds) = (tm_year + 1900, tm_mon + 1, since.subsec_millis());
    format!("{year:04}-{month:02}-{tm_mday:02}T{tm_hour:02}:{tm_min:02}:{tm_sec:02}.{milliseconds:03}Z")
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Writing to a string cannot fail.
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_and_a_text_are_as_json_has_them() {
        assert_eq!(time(UNIX_EPOCH + Duration::from_millis(1_795_891_775_007)), "2026-11-28T18:49:35.007Z");
        assert_eq!(quoted("a \"b\" \\ \n\u{e9}"), "\"a \\\"b\\\" \\\\ \\u000a\u{e9}\"");
    }
}
