//! Writes lines for a function's owner about outgoing requests that did not reach their peer. The guest gets an error
//! code, but many libraries report each of these codes only as "network error".

use super::policy::Barrier;
use crate::origin::Origin;
use crate::output::Output;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime_wasi_http::Error;

/// The most lines of one call, and the most bytes of a line.
const LINES: usize = 8;
const LINE_BYTES: usize = 1 << 10;

/// Why a request did not reach its peer.
pub enum Cause {
    Undeclared,
    /// The call has reached its limit of outgoing requests.
    Total(u32),
    /// CONNECT would open a tunnel.
    Tunnel,
    Barred(Barrier, SocketAddr),
    Unknown(String),
    Failed(Error),
}

impl Cause {
    /// The line for the owner: the origin of the request, why the request did not reach its peer, and the setting with
    /// which the owner or the operator can allow it.
    pub fn line(&self, origin: &Origin) -> String {
        let refused = |why: String| format!("outbound refused: {origin} {why}");
        match self {
            Self::Undeclared => {
                refused(format!("is not in [allow] outbound of faasta.toml; add \"{origin}\" there and deploy again"))
            }
            Self::Total(most) => {
                refused(format!("would be request {} of this call; a call may make {most}", u64::from(*most) + 1))
            }
            Self::Tunnel => refused("is asked for a tunnel by CONNECT; a function may not have one".to_owned()),
            Self::Barred(Barrier::Port, address) => refused(format!(
                "has port {port}, which this server does not let functions reach; the operator can add {port} to \
                 [outbound] ports",
                port = address.port()
            )),
            Self::Barred(barrier, address) => {
                let kind = if *barrier == Barrier::Own { "an address of the server" } else { "a private address" };
                let is = if origin.host().parse() == Ok(address.ip()) {
                    format!("is {kind}")
                } else {
                    format!("is at {}, {kind}", address.ip())
                };
                refused(format!("{is}; the operator can list \"{address}\" in [outbound] reachable"))
            }
            Self::Unknown(why) => format!("outbound failed: {origin} has no address: {why}"),
            Self::Failed(error) => format!("outbound failed: {origin} cannot be reached: {error}"),
        }
    }

    fn into_error(self) -> Error {
        match self {
            Self::Undeclared => Error::HttpRequestDenied,
            Self::Total(_) => Error::ConnectionLimitReached,
            Self::Tunnel => Error::HttpRequestMethodInvalid,
            Self::Barred(..) => Error::DestinationIpProhibited,
            Self::Unknown(why) => Error::DnsError { rcode: Some(why), info_code: None },
            Self::Failed(error) => error,
        }
    }
}

/// Returns the line for the owner if requests to the origin would be refused, and the reason is known without a look-up
/// of the host's name. A deploy shows this line as a warning.
pub fn warning(policy: &super::policy::Policy, origin: &Origin) -> Option<String> {
    let cause = match origin.host().parse::<IpAddr>() {
        Ok(ip) => {
            let address = SocketAddr::new(ip, origin.port);
            Cause::Barred(policy.barrier(address)?, address)
        }
        Err(_) if policy.port_is_used(origin.port) => return None,
        Err(_) => Cause::Barred(Barrier::Port, SocketAddr::new(IpAddr::from([0; 4]), origin.port)),
    };
    Some(cause.line(origin))
}

/// The lines of one call, each written once.
#[derive(Clone)]
pub struct Report {
    output: Arc<Output>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Report {
    pub fn new(output: Arc<Output>) -> Self {
        Self { output, told: Arc::default() }
    }

    /// Writes the line for the owner, and returns the error for the guest.
    pub fn tell(&self, origin: &Origin, cause: Cause) -> Error {
        let line = cause.line(origin);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        // Further requests with the same cause and origin have the same line, which is written only once.
        if told.len() < LINES && !told.contains(&line) {
            // A host name of a guest may have any length.
            self.output.write_platform(&line[..line.floor_char_boundary(LINE_BYTES)]);
            told.push(line);
        }
        cause.into_error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::own_addresses::OwnAddresses;
    use crate::outbound::policy::Policy;
    use crate::output::Stream;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    fn lines(output: &Output) -> Vec<String> {
        std::iter::from_fn(|| output.take())
            .map(|(stream, text)| {
                assert!(stream == Stream::Platform);
                String::from_utf8(text).expect("text")
            })
            .collect()
    }

    #[test]
    fn a_cause_is_told_once_and_a_call_has_a_few_lines() {
        let output = Output::new(0);
        let report = Report::new(output.clone());
        for _ in 0..3 {
            let error = report.tell(&origin("http://a.example"), Cause::Undeclared);
            assert!(matches!(error, Error::HttpRequestDenied));
        }
        report.tell(&origin("http://a.example"), Cause::Total(50));
        assert_eq!(
            lines(&output),
            [
                "outbound refused: http://a.example is not in [allow] outbound of faasta.toml; add \
                 \"http://a.example\" there and deploy again",
                "outbound refused: http://a.example would be request 51 of this call; a call may make 50"
            ]
        );
        for port in 1..100 {
            report.tell(&origin(&format!("http://a.example:{port}")), Cause::Undeclared);
        }
        assert_eq!(lines(&output).len(), LINES - 2);
    }

    #[test]
    fn a_deploy_is_warned_of_what_is_known_without_a_look_up() {
        let policy = Policy {
            reachable: vec!["10.0.0.1:5000".parse().expect("an address")],
            ports: vec![80, 443],
            own: OwnAddresses::with(|| Ok(vec!["5.5.5.5".parse().expect("an address")])),
        };
        let warning = |text| warning(&policy, &origin(text));
        for text in ["https://api.example.com", "http://10.0.0.1:5000", "http://db.example:5000", "http://8.8.8.8"] {
            assert_eq!(warning(text), None, "{text}");
        }
        for (text, part) in [
            ("http://10.0.0.1", "a private address; the operator can list \"10.0.0.1:80\" in [outbound] reachable"),
            ("http://5.5.5.5", "an address of the server; the operator can list \"5.5.5.5:80\""),
            ("http://[::1]:99", "can list \"[::1]:99\""),
            ("http://api.example.com:22", "the operator can add 22 to [outbound] ports"),
        ] {
            assert!(warning(text).is_some_and(|line| line.contains(part)), "{text}: {:?}", warning(text));
        }
    }
}
