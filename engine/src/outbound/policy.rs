//! Decides which addresses outgoing requests may reach. All addresses that the operator listed are allowed. Of the
//! other addresses, public Internet addresses are allowed at the ports that the operator allows, except the addresses
//! of this machine itself.

use super::own_addresses::OwnAddresses;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why an address may not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    Private,
    /// An address of this machine.
    Own,
    Port,
}

pub struct Policy {
    /// Addresses that the operator listed; they are always allowed.
    pub reachable: Vec<SocketAddr>,
    /// The allowed ports of public addresses.
    pub ports: Vec<u16>,
    pub own: OwnAddresses,
}

impl Policy {
    pub fn barrier(&self, address: SocketAddr) -> Option<Barrier> {
        if self.reachable.contains(&address) {
            None
        } else if !is_global(address.ip()) {
            Some(Barrier::Private)
        } else if self.own.contains(address.ip()) {
            Some(Barrier::Own)
        } else {
            (!self.ports.contains(&address.port())).then_some(Barrier::Port)
        }
    }

    /// Whether any address may be reached at this port.
    pub fn port_is_used(&self, port: u16) -> bool {
        self.ports.contains(&port) || self.reachable.iter().any(|address| address.port() == port)
    }
}

/// Whether an address is a public Internet address, according to IANA's special-purpose registries (RFC 6890). IPv6
/// addresses that contain an IPv4 address are refused.
fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    /// The metadata service of a cloud, at an address outside of the usual ranges.
    const AZURE_WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special && address != AZURE_WIRE_SERVER
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    // Global unicast is 2000::/3. The ranges for documentation, Teredo, ORCHID, benchmarking and 6to4 are excluded.
    let s = address.segments();
    let global_unicast = (s[0] & 0xe000) == 0x2000;
    let special = (s[0] == 0x2001 && (s[1] < 0x0200 || s[1] == 0x0db8)) || s[0] == 0x2002 || s[0] == 0x3fff;
    global_unicast && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_global_addresses_are_reachable() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.168.1.1",
            "172.31.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::1",
            "::",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!is_global(text.parse().expect("an address")), "{text}");
        }
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_global(text.parse().expect("an address")), "{text}");
        }
    }

    #[test]
    fn each_barrier_has_its_reason_and_the_operator_lifts_all() {
        let own = |_: &()| vec!["5.5.5.5".parse().expect("an address"), "2a00::5".parse().expect("an address")];
        let reachable = ["10.0.0.1:22", "5.5.5.5:22", "8.8.8.8:22"].map(|text| text.parse().expect("an address"));
        let policy =
            Policy { reachable: reachable.into(), ports: vec![80, 443], own: OwnAddresses::with(move || Ok(own(&()))) };
        let barrier = |text: &str| policy.barrier(text.parse().expect("an address"));
        for text in ["10.0.0.1:22", "5.5.5.5:22", "8.8.8.8:22", "8.8.8.8:443", "[2a00::6]:80"] {
            assert_eq!(barrier(text), None, "{text}");
        }
        assert_eq!(barrier("10.0.0.1:80"), Some(Barrier::Private));
        assert_eq!(barrier("5.5.5.5:80"), Some(Barrier::Own));
        assert_eq!(barrier("[2a00::5]:443"), Some(Barrier::Own));
        assert_eq!(barrier("8.8.4.4:22"), Some(Barrier::Port));
        assert!(policy.port_is_used(22) && policy.port_is_used(443) && !policy.port_is_used(25));
    }
}
