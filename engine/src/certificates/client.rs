//! A client of one CA: the connection, the account, and the runtime that runs one call at a time.

use super::failure::{Failure, Kind, name_of};
use super::web::Web;
use instant_acme::{Account, AccountCredentials, CertificateIdentifier, Error, ExternalAccountKey, NewAccount};
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, Der};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

pub struct Options {
    pub directory: String,
    pub roots: Vec<u8>,
    pub contact: String,
    /// The id and the key of the external account.
    pub binding: Option<(String, Vec<u8>)>,
}

pub struct Window {
    pub start: i64,
    pub end: i64,
    pub ask_again: Duration,
}

pub struct Client {
    options: Options,
    pub(super) web: Web,
    runtime: Option<Runtime>,
    stopped: watch::Sender<bool>,
    account: OnceLock<Opened>,
}

struct Opened {
    account: Account,
    credentials: String,
}

impl Client {
    pub fn new(options: Options) -> Result<Self, Failure> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in CertificateDer::pem_slice_iter(&options.roots) {
            let added = root.map_err(|e| e.to_string()).and_then(|root| roots.add(root).map_err(|e| e.to_string()));
            added.map_err(|e| Failure::new(Kind::Option, format!("a root certificate of the CA: {e}")))?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| Failure::new(Kind::Option, e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::new(Kind::Unreachable, e.to_string()))?;
        Ok(Self {
            options,
            web: Web::new(TlsConnector::from(Arc::new(tls))),
            runtime: Some(runtime),
            stopped: watch::channel(false).0,
            account: OnceLock::new(),
        })
    }

    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Runs a call until it ends or is stopped. Each single request to the CA has its own time limit.
    pub(super) fn run<T>(&self, call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.web.heard(|heard| heard.retry_after = Duration::ZERO);
        let mut stopped = self.stopped.subscribe();
        let runtime = self.runtime.as_ref().ok_or_else(|| Failure::new(Kind::Bug, "the client is dropped"))?;
        let mut result = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = stopped.wait_for(|stopped| *stopped) => Err(Failure::new(Kind::Stopped, "the server stops")),
                result = call => result,
            }
        });
        if let Err(failure) = &mut result {
            // If a callback ended because of the stop, this must not be reported as a failure of the CA.
            if *self.stopped.borrow() {
                failure.kind = Kind::Stopped;
            }
            failure.retry_after = self.web.heard(|heard| heard.retry_after);
        }
        result
    }

    /// Opens the account once; later calls do nothing.
    pub fn open(&self, credentials: &str) -> Result<(), Failure> {
        let builder = Account::builder_with_http(Box::new(self.web.clone()));
        let (account, kept) = if credentials.is_empty() {
            let contact = [self.options.contact.as_str()];
            let contact: &[&str] = if self.options.contact.is_empty() { &[] } else { &contact };
            let new = NewAccount { contact, terms_of_service_agreed: true, only_return_existing: false };
            let binding = self.options.binding.as_ref().map(|(id, key)| ExternalAccountKey::new(id.clone(), key));
            let made = builder.create(&new, self.options.directory.clone(), binding.as_ref());
            let (account, kept) = self.run(async { Ok(made.await?) })?;
            let kept = serde_json::to_string(&kept).map_err(|e| Failure::new(Kind::Bug, e.to_string()))?;
            (account, kept)
        } else {
            let read: AccountCredentials = serde_json::from_str(credentials)
                .map_err(|e| Failure::new(Kind::Account, format!("the account's file cannot be read: {e}")))?;
            (self.run(async { Ok(builder.from_credentials(read).await?) })?, credentials.to_owned())
        };
        self.account.get_or_init(|| Opened { account, credentials: kept });
        Ok(())
    }

    pub fn credentials(&self) -> &str {
        self.account.get().map_or("", |opened| &opened.credentials)
    }

    pub fn account_url(&self) -> &str {
        self.account.get().map_or("", |opened| opened.account.id())
    }

    pub(super) fn account(&self) -> Result<&Account, Failure> {
        self.account
            .get()
            .map(|opened| &opened.account)
            .ok_or_else(|| Failure::new(Kind::Bug, "fc_open was not called"))
    }

    /// Returns the window in which the CA wants the certificate to be renewed. `None` if the CA names no window.
    pub fn renewal(&self, authority: &[u8], serial: &[u8]) -> Result<Option<Window>, Failure> {
        let id = identifier(authority, serial);
        let account = self.account()?;
        self.run(async {
            match account.renewal_info(&id).await {
                Ok((info, ask_again)) => Ok(Some(Window {
                    start: info.suggested_window.start.unix_timestamp(),
                    end: info.suggested_window.end.unix_timestamp(),
                    ask_again,
                })),
                Err(Error::Unsupported(_)) => Ok(None),
                // The crate returns this error if the answer has no `retry-after`. The answer may also be an error of
                // the CA; the crate does not tell.
                Err(Error::Str(_)) => Ok(None),
                // The CA does not know this certificate, because another CA has issued it.
                Err(Error::Api(problem)) if name_of(&problem) == "malformed" || problem.status == Some(404) => Ok(None),
                Err(e) => Err(e.into()),
            }
        })
    }
}

impl Drop for Client {
    /// A look-up of the CA's name may still run on a thread of the runtime. Do not wait for this thread.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(super) fn identifier(authority: &[u8], serial: &[u8]) -> CertificateIdentifier<'static> {
    CertificateIdentifier::new(Der::from_slice(authority), Der::from_slice(serial)).into_owned()
}
