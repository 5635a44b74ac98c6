//! The origin that an outgoing request goes to: scheme, host and port.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub tls: bool,
    host: String,
    pub port: u16,
}

impl Origin {
    /// The origin of a URI. Returns `None` if the scheme is not http or https, or if the URI contains a user.
    pub fn of(uri: &http::Uri) -> Option<Self> {
        let tls = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        // `Authority::port` returns `None` both for no port and for an invalid port. An invalid port must not be taken
        // for the default port.
        let port = match authority.as_str()[authority.host().len()..].strip_prefix(':') {
            None | Some("") => Self::usual_port(tls),
            Some(digits) => digits.parse().ok()?,
        };
        (!host.is_empty()).then_some(Self { tls, host, port })
    }

    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<http::Uri>().ok().and_then(|uri| Self::of(&uri))
    }

    /// The host name, or the IP address without brackets.
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    fn usual_port(tls: bool) -> u16 {
        if tls { 443 } else { 80 }
    }
}

/// In the form of `[allow] outbound`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.tls { "https" } else { "http" }, self.host)?;
        if self.port != Self::usual_port(self.tls) {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let asked = origin("https://API.example.com./x");
        assert!(asked == origin("https://api.example.com") && asked == origin("https://api.example.com:443"));
        assert!(asked != origin("http://api.example.com") && asked != origin("https://example.com"));
        assert!(asked != origin("https://api.example.com:8443"));
        for text in ["nonsense", "ftp://a", "https://user@api.example.com/", "http://a:99999"] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
        // RFC 3986 section 3.2.3: an empty port means the default port of the scheme.
        assert!(origin("http://a:") == origin("http://a:80"));
    }

    #[test]
    fn is_written_as_a_project_declares_it() {
        for (uri, text) in [
            ("HTTPS://A.example:443/b?c", "https://a.example"),
            ("http://a.example:443/", "http://a.example:443"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ] {
            assert_eq!(origin(uri).to_string(), text);
        }
        assert_eq!(origin("http://[::1]:8080").host(), "::1");
    }
}
