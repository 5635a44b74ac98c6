//! The environment variables of a call, as views into the caller's memory.

use super::{FeField, array, slice};
use crate::variables::Variables;

pub struct RawVariables {
    fields: *const FeField,
    count: usize,
}

// SAFETY: engine.h: the fields do not change until fe_call_free, so any thread may read them.
unsafe impl Send for RawVariables {}

impl RawVariables {
    /// None if there are no variables.
    ///
    /// # Safety
    /// `fields` points to `count` fields. They and their bytes live longer than the result.
    pub unsafe fn views(fields: *const FeField, count: usize) -> Option<Box<dyn Variables>> {
        if count == 0 { None } else { Some(Box::new(Self { fields, count })) }
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        // SAFETY: by the promise of `views`.
        let fields = unsafe { array(self.fields, self.count) };
        // SAFETY: as above.
        fields.iter().map(|field| unsafe { (slice(field.name), slice(field.value)) })
    }
}

/// The caller has checked that the texts are UTF-8.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Variables for RawVariables {
    fn all(&self) -> Vec<(String, String)> {
        self.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    fn get(&self, name: &str) -> Option<String> {
        self.iter().find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| text(value))
    }
}
