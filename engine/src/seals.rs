//! The data that all sealed files of an engine share.

use crate::checked::Checked;
use crate::error::{Error, Kind};
use crate::seal::Sealer;
use crate::seal_key::SealKey;

pub struct Seals {
    pub by: Sealer,
    /// Files that need not be read again before they are used.
    pub checked: Checked,
}

impl Seals {
    pub fn new(fingerprint: String, key: SealKey) -> Self {
        Self { by: Sealer { fingerprint, key }, checked: Checked::default() }
    }

    /// Makes the error for a mapped file with a page that `lost_pages` could not read. All checked files are forgotten,
    /// so that they are read again.
    pub fn lost(&self, text: &str) -> Error {
        self.checked.forget();
        Error { kind: Kind::Altered, text: text.to_owned() }
    }
}
