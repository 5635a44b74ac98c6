//! The key of the seals. Each server has its own; processes that keep no files have a random one.

use ring::hmac::{HMAC_SHA256, Key, Tag, sign, verify};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::LazyLock;

pub const BYTES: usize = 32;

pub struct SealKey {
    key: Key,
    number: u32,
}

/// The key of a process that keeps no files: files that it seals are valid only in this process.
static OF_THIS_PROCESS: LazyLock<[u8; BYTES]> = LazyLock::new(|| {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).expect("the system's random source");
    bytes
});

impl SealKey {
    pub fn new(bytes: &[u8; BYTES]) -> Self {
        // The number tells keys apart and says nothing about the key.
        let number = blake3::derive_key("faasta 2026-11 number of a seal key", bytes);
        let number = u32::from_le_bytes([number[0], number[1], number[2], number[3]]);
        Self { key: Key::new(HMAC_SHA256, bytes), number }
    }

    pub fn of_this_process() -> Self {
        Self::new(&OF_THIS_PROCESS)
    }

    pub fn number(&self) -> u32 {
        self.number
    }

    pub fn sign(&self, bytes: &[u8]) -> Tag {
        sign(&self.key, bytes)
    }

    /// Compares in constant time.
    pub fn is_signed(&self, bytes: &[u8], code: &[u8]) -> bool {
        verify(&self.key, bytes, code).is_ok()
    }
}
