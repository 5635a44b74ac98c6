//! The field `cdn-loop` (RFC 8586), which shows a server that its own request came back. The gateway reads from this
//! field how many times a request came through Faasta. This module writes that number plus one into the outgoing
//! requests of the function.

use http::header::{Entry, HeaderMap, HeaderName, HeaderValue};

pub const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");
/// Our name in the field.
const OURS: &str = "faasta";

/// Adds our entry. Removes entries that the guest wrote in our name, and keeps entries with other names.
pub fn mark(fields: &mut HeaderMap, hops: u32) {
    let mut marks: Vec<u8> = Vec::new();
    if let Entry::Occupied(entry) = fields.entry(CDN_LOOP) {
        for value in entry.remove_entry_mult().1 {
            for other in items(value.as_bytes()).filter(|item| !is_ours(item) && is_closed(item)) {
                marks.extend_from_slice(other);
                marks.extend_from_slice(b", ");
            }
        }
    }
    marks.extend_from_slice(format!("{OURS};hops={}", hops.saturating_add(1)).as_bytes());
    // The parts come from valid fields, so the result is valid.
    if let Ok(value) = HeaderValue::from_bytes(&marks) {
        fields.insert(CDN_LOOP, value);
    }
}

/// The items of a list; commas in quotes do not separate.
fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        *byte == b',' && !quoted
    })
    .map(<[u8]>::trim_ascii)
    .filter(|item| !item.is_empty())
}

/// Whether all quotes are closed. An open quote would hide our entry after it.
fn is_closed(item: &[u8]) -> bool {
    items(&[item, b",x"].concat()).count() == 2
}

fn is_ours(item: &[u8]) -> bool {
    let name = item.split(|byte| *byte == b';').next().unwrap_or_default();
    name.trim_ascii().eq_ignore_ascii_case(OURS.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(values: &[&str], hops: u32) -> String {
        let mut fields = HeaderMap::new();
        for value in values {
            fields.append(CDN_LOOP, value.parse().expect("a value"));
        }
        mark(&mut fields, hops);
        let all: Vec<_> = fields.get_all(CDN_LOOP).iter().map(|v| v.to_str().expect("text").to_owned()).collect();
        assert_eq!(all.len(), 1);
        all[0].clone()
    }

    #[test]
    fn our_mark_is_ours_and_others_are_kept() {
        assert_eq!(marked(&[], 0), "faasta;hops=1");
        assert_eq!(marked(&["faasta; hops=0", "FAASTA", " faasta ;hops=9"], 2), "faasta;hops=3");
        assert_eq!(
            marked(&["foo123.example, faasta; hops=1,bar; a=\"x, faasta\"", "baz"], 1),
            "foo123.example, bar; a=\"x, faasta\", baz, faasta;hops=2"
        );
        assert_eq!(marked(&["a; b=\"\\\", faasta\", faasta2"], 0), "a; b=\"\\\", faasta\", faasta2, faasta;hops=1");
        assert_eq!(marked(&["a, b; c=\"no end, faasta"], 0), "a, faasta;hops=1");
    }
}
