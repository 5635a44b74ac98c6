//! The addresses of this machine's network interfaces. A firewall in front of the machine protects services on these
//! addresses from outside, but a request of a guest begins inside.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The list is read again after this time. Reading it takes about 50 us.
const FRESH: Duration = Duration::from_secs(2);

type Read = Box<dyn Fn() -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// Only the engine's own threads use this, when they check the addresses of an outgoing request.
pub struct OwnAddresses {
    read: Read,
    known: Mutex<Option<(Instant, Vec<IpAddr>)>>,
}

impl OwnAddresses {
    pub fn of_this_machine() -> Self {
        Self::with(of_interfaces)
    }

    pub fn with(read: impl Fn() -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        Self { read: Box::new(read), known: Mutex::new(None) }
    }

    /// If the addresses cannot be read, the last list counts; without one, each address may be the machine's own.
    pub fn contains(&self, address: IpAddr) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_none_or(|(read_at, _)| read_at.elapsed() >= FRESH)
            && let Ok(addresses) = (self.read)()
        {
            *known = Some((Instant::now(), addresses));
        }
        known.as_ref().is_none_or(|(_, addresses)| addresses.contains(&address))
    }
}

fn of_interfaces() -> io::Result<Vec<IpAddr>> {
    let mut first: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: a valid pointer for the list's head.
    if unsafe { libc::getifaddrs(&raw mut first) } != 0 {
        return Err(io::Error::last_os_error()); // for example, no descriptor is left
    }
    let mut out = Vec::new();
    let mut next = first;
    while !next.is_null() {
        // SAFETY: an element of the list, which lives until freeifaddrs.
        let interface = unsafe { &*next };
        // SAFETY: NULL, or the address of this interface.
        out.extend(unsafe { address_of(interface.ifa_addr) });
        next = interface.ifa_next;
    }
    // SAFETY: the list's head, freed once.
    unsafe { libc::freeifaddrs(first) };
    Ok(out)
}

/// # Safety
/// `raw` is NULL or points to a socket address of the family that it names.
unsafe fn address_of(raw: *const libc::sockaddr) -> Option<IpAddr> {
    if raw.is_null() {
        return None;
    }
    // SAFETY: by the caller's promise, also for the casts to the family's own type.
    unsafe {
        match i32::from((*raw).sa_family) {
            libc::AF_INET => {
                let v4 = raw.cast::<libc::sockaddr_in>().read_unaligned();
                Some(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)).into())
            }
            libc::AF_INET6 => {
                let v6 = raw.cast::<libc::sockaddr_in6>().read_unaligned();
                Some(Ipv6Addr::from(v6.sin6_addr.s6_addr).into())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    #[test]
    fn this_machine_has_its_loopback() {
        let own = OwnAddresses::of_this_machine();
        assert!(own.contains(Ipv4Addr::LOCALHOST.into()) && !own.contains(Ipv4Addr::new(8, 8, 8, 8).into()));
    }

    #[test]
    fn what_cannot_be_read_does_not_allow_an_address() {
        let count = Arc::new(AtomicU32::new(0));
        let counted = count.clone();
        let own = OwnAddresses::with(move || match counted.fetch_add(1, SeqCst) {
            1 => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
            _ => Err(io::Error::from_raw_os_error(libc::EMFILE)),
        });
        let other = Ipv4Addr::new(8, 8, 8, 8).into();
        assert!(own.contains(other), "nothing is known yet");
        assert!(!own.contains(other) && own.contains(Ipv4Addr::LOCALHOST.into()));
        *own.known.lock().expect("the lock") = Some((Instant::now() - 2 * FRESH, vec![Ipv4Addr::LOCALHOST.into()]));
        assert!(!own.contains(other) && own.contains(Ipv4Addr::LOCALHOST.into()), "the last list");
        assert!(count.load(SeqCst) > 2);
    }

    #[test]
    fn is_not_read_for_each_question() {
        let count = Arc::new(AtomicU32::new(0));
        let counted = count.clone();
        let own = OwnAddresses::with(move || {
            counted.fetch_add(1, SeqCst);
            Ok(vec![Ipv4Addr::LOCALHOST.into()])
        });
        for _ in 0..100 {
            assert!(own.contains(Ipv4Addr::LOCALHOST.into()));
        }
        assert!(count.load(SeqCst) < 5, "{count:?}");
        *own.known.lock().expect("the lock") = Some((Instant::now() - 2 * FRESH, Vec::new()));
        assert!(own.contains(Ipv4Addr::LOCALHOST.into()), "a list that is old is read again");
    }
}
