//! TLS for outgoing requests. Each owner has sessions of its own. With common sessions, a peer would recognise that the
//! calls of two owners come from one server, and an owner could push out the sessions of the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::client::Resumption;

/// The owners whose sessions are kept. If there are more, those of any one are forgotten.
const OWNERS: usize = 64;
/// The server names of one owner whose sessions are kept.
const NAMES: usize = 8;

pub struct TlsSessions {
    config: ClientConfig,
    of_owners: Mutex<HashMap<u64, TlsConnector>>,
}

impl TlsSessions {
    pub fn new(config: ClientConfig) -> Self {
        Self { config, of_owners: Mutex::default() }
    }

    pub fn of(&self, owner: u64) -> TlsConnector {
        let mut known = self.of_owners.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= OWNERS
            && !known.contains_key(&owner)
            && let Some(any) = known.keys().next().copied()
        {
            known.remove(&any);
        }
        let make = || {
            let mut config = self.config.clone();
            config.resumption = Resumption::in_memory_sessions(NAMES);
            TlsConnector::from(Arc::new(config))
        };
        known.entry(owner).or_insert_with(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_rustls::rustls::{RootCertStore, crypto::ring};

    #[test]
    fn no_owner_shares_sessions_and_few_are_kept() {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let sessions = TlsSessions::new(config);
        let of = |owner| Arc::as_ptr(sessions.of(owner).config());
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        (0..1000).for_each(|owner| drop(sessions.of(owner)));
        assert!(sessions.of_owners.lock().expect("the lock").len() <= OWNERS);
    }
}
