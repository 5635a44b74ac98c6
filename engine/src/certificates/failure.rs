//! Failures as C++ gets them: a kind, a text, and the time that the CA asked to wait.

use instant_acme::Problem;
use std::time::Duration;

/// The kinds of `fc_kind` in certificates.h, with the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Kind {
    Unreachable = 0,
    Refused = 1,
    Limited = 2,
    Challenge = 3,
    Account = 4,
    Option = 5,
    Stopped = 6,
    Bug = 7,
}

#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    pub text: String,
    pub retry_after: Duration,
}

impl Failure {
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), retry_after: Duration::ZERO }
    }
}

/// The name of an error of RFC 8555 section 6.7, without the common prefix.
pub fn name_of(problem: &Problem) -> &str {
    problem.r#type.as_deref().and_then(|name| name.strip_prefix("urn:ietf:params:acme:error:")).unwrap_or("")
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let kind = match name_of(&problem) {
            "rateLimited" => Kind::Limited,
            "accountDoesNotExist" => Kind::Account,
            "serverInternal" | "badNonce" => Kind::Unreachable,
            "caa" | "connection" | "dns" | "incorrectResponse" | "tls" | "unauthorized" => Kind::Challenge,
            _ if problem.status.is_some_and(|status| status >= 500) => Kind::Unreachable,
            _ => Kind::Refused,
        };
        // The crate's text begins with "API error: ". Leave this out.
        let text = problem.to_string();
        Self::new(kind, text.strip_prefix("API error: ").unwrap_or(&text))
    }
}

impl From<instant_acme::Error> for Failure {
    fn from(error: instant_acme::Error) -> Self {
        use instant_acme::Error as E;
        match error {
            E::Api(problem) => problem.into(),
            E::InvalidUri(e) => Self::new(Kind::Option, format!("not a URL: {e}")),
            E::KeyRejected | E::Crypto => Self::new(Kind::Option, "a key cannot be used"),
            E::Unsupported(what) => Self::new(Kind::Refused, format!("the CA does not support {what}")),
            E::Timeout(_) => Self::new(Kind::Unreachable, "the CA did not finish in time"),
            E::Json(e) => {
                Self::new(Kind::Unreachable, format!("the answer of the CA is not the JSON it should be: {e}"))
            }
            other => Self::new(Kind::Unreachable, other.to_string()),
        }
    }
}
