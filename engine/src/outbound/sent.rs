//! The outgoing requests of one call, with their times, for the trace of the call.

use super::Origin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A call keeps the times of its first requests only; the others are counted.
const KEPT: usize = 16;
const ORIGIN_BYTES: usize = 64;

/// `fe_sent` of engine.h.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sent {
    /// CLOCK_MONOTONIC, when the guest sent the request.
    began_ns: u64,
    /// Until the head of the answer arrived, or until it was clear that none arrives. 0: neither has happened.
    took_ns: u64,
    /// Of the answer; 0: there is none.
    status: u16,
    origin_size: u8,
    /// The beginning of the origin, in the form of `[allow] outbound`.
    origin: [u8; ORIGIN_BYTES],
}

const _: () = assert!(size_of::<Sent>() == 88);

#[derive(Default)]
pub struct SentRequests {
    count: AtomicU32,
    first: Mutex<Vec<Sent>>,
}

impl SentRequests {
    pub fn count(&self) -> u32 {
        self.count.load(Relaxed)
    }

    /// Returns the times of the first requests.
    pub fn first(&self) -> Vec<Sent> {
        self.first.lock().expect("no panic while locked").clone()
    }

    /// Counts a request that begins now. Returns its place, for `end`.
    pub fn begin(&self, origin: &Origin) -> usize {
        let place = self.count.fetch_add(1, Relaxed) as usize;
        if place >= KEPT {
            return place;
        }
        let text = origin.to_string();
        let size = text.len().min(ORIGIN_BYTES);
        let mut sent =
            Sent { began_ns: now_ns(), took_ns: 0, status: 0, origin_size: size as u8, origin: [0; ORIGIN_BYTES] };
        sent.origin[..size].copy_from_slice(&text.as_bytes()[..size]);
        // One guest sends its requests one after the other, so the places are in order.
        self.first.lock().expect("no panic while locked").push(sent);
        place
    }

    /// `status`: 0 if there is no answer.
    pub fn end(&self, place: usize, status: u16) {
        if let Some(sent) = self.first.lock().expect("no panic while locked").get_mut(place) {
            sent.took_ns = (now_ns() - sent.began_ns).max(1);
            sent.status = status;
        }
    }
}

fn now_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes into the value. The clock exists, so the call does not fail.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    #[test]
    fn times_are_kept_for_the_first_requests() {
        let sent = SentRequests::default();
        for _ in 0..KEPT + 3 {
            let place = sent.begin(&origin("https://api.example.com"));
            if place != 1 {
                sent.end(place, 200 + place as u16);
            }
        }
        let first = sent.first();
        assert_eq!((sent.count() as usize, first.len()), (KEPT + 3, KEPT));
        assert!(first[0].took_ns > 0 && first[0].status == 200 && first[2].status == 202);
        assert_eq!((first[1].took_ns, first[1].status), (0, 0));
        assert!(first[0].began_ns <= first[1].began_ns);
        assert_eq!(&first[0].origin[..usize::from(first[0].origin_size)], b"https://api.example.com");
    }

    #[test]
    fn a_long_origin_is_cut() {
        let sent = SentRequests::default();
        sent.begin(&origin(&format!("http://{}.example", "a".repeat(100))));
        assert_eq!(usize::from(sent.first()[0].origin_size), ORIGIN_BYTES);
    }
}
