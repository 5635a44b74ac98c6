//! The things outside of its instance that a function may reach, as its settings declare.

use crate::error::{Kind, Result, fail};
use crate::origin::Origin;

#[derive(Clone, Default)]
pub struct Grants {
    /// The origins that its outgoing requests may go to.
    pub origins: Vec<Origin>,
}

impl Grants {
    /// Adds one grant. Names and values are those of `fe_grants` in engine.h.
    pub fn add(&mut self, name: &[u8], value: &str) -> Result<()> {
        match name {
            // If the text is not an origin, this grants nothing. src/base/origin.cpp has checked the text before.
            b"outbound" => self.origins.extend(Origin::parse(value)),
            other => return fail(Kind::Request, format!("there is no grant {}", other.escape_ascii())),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_knows_is_an_error() {
        let mut grants = Grants::default();
        assert!(grants.add(b"outbound", "https://a.example").is_ok());
        assert!(grants.add(b"outbound", "no origin").is_ok());
        assert_eq!(grants.origins.len(), 1);
        assert!(grants.add(b"inbound", "https://a.example").is_err());
    }
}
