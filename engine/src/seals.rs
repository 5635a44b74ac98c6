//! The data that all sealed files of an engine share.

use crate::checked::Checked;
use crate::error::{Error, Kind};

pub struct Seals {
    /// The engine's fingerprint. Files of another engine are not valid here.
    pub fingerprint: String,
    /// Files that need not be read again before they are used.
    pub checked: Checked,
}

impl Seals {
    pub fn new(fingerprint: String) -> Self {
        Self { fingerprint, checked: Checked::default() }
    }

    /// Makes the error for a mapped file with a page that `lost_pages` could not read. All checked files are forgotten,
    /// so that they are read again.
    pub fn lost(&self, text: &str) -> Error {
        self.checked.forget();
        Error { kind: Kind::Altered, text: text.to_owned() }
    }
}
