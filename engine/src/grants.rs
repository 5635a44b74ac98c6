//! What a function may reach beyond its own instance, because its owner asked for it.

use crate::origin::Origin;

#[derive(Clone, Default)]
pub struct Grants {
    /// Where its outgoing requests may go.
    pub origins: Vec<Origin>,
}

impl Grants {
    /// Texts that are no origins grant nothing: src/base/origin.cpp lets none through.
    pub fn new(origins: &[String]) -> Self {
        Self { origins: origins.iter().filter_map(|text| Origin::parse(text)).collect() }
    }
}
