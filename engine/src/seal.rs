//! The seal: the last 256 bytes of each file that the engine maps. The seal names the kind of file, the component and
//! the engine, and has a digest of these names and of the content. So the engine notices before use if a file was
//! changed or exchanged. A seal with key 0 has no authentication: a person who can write the file can also write a
//! valid seal. The seal has room for the number of a key and for an authentication code, which are not used yet.

use crate::error::{Kind, Result, fail};

/// The kind of a file: `fe_file_kind` of engine.h, with the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FileKind {
    Code = 1,
    SharedCode = 2,
    Image = 3,
}

/// The kind and the component that a file must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub kind: FileKind,
    /// SHA-256 of the component that the file was made from.
    pub component: [u8; 32],
}

pub const BYTES: usize = 256;
const MAGIC: &[u8; 8] = b"FAASTASL";
/// Increase this with each change of the format. It is a part of the engine's fingerprint, so files with older seals
/// are compiled again.
pub const VERSION: u32 = 1;
const BLAKE3: u32 = 1;
const NO_KEY: u32 = 0;
const FINGERPRINT: usize = 64;
/// Bytes before the digest. They are a part of the digest, after the content.
const FIELDS: usize = 128;
const DIGEST: usize = 32;

fn fields(content_bytes: u64, identity: &Identity, fingerprint: &str) -> [u8; FIELDS] {
    let mut name = [0; FINGERPRINT];
    let known = fingerprint.as_bytes();
    let length = known.len().min(FINGERPRINT);
    name[..length].copy_from_slice(&known[..length]);
    let parts: [&[u8]; 8] = [
        MAGIC,
        &VERSION.to_le_bytes(),
        &(identity.kind as u32).to_le_bytes(),
        &content_bytes.to_le_bytes(),
        &BLAKE3.to_le_bytes(),
        &NO_KEY.to_le_bytes(),
        &identity.component,
        &name,
    ];
    let mut out = [0; FIELDS];
    for (place, byte) in out.iter_mut().zip(parts.concat()) {
        *place = byte;
    }
    out
}

/// Computes a seal while the content is read piece by piece.
#[derive(Default)]
pub struct Digest(blake3::Hasher);

impl Digest {
    pub fn update(&mut self, content: &[u8]) {
        self.0.update(content);
    }

    /// Returns the seal of all content that was read.
    pub fn seal(mut self, identity: &Identity, fingerprint: &str) -> [u8; BYTES] {
        let fields = fields(self.0.count(), identity, fingerprint);
        self.0.update(&fields);
        let mut out = [0; BYTES];
        out[..FIELDS].copy_from_slice(&fields);
        out[FIELDS..FIELDS + DIGEST].copy_from_slice(self.0.finalize().as_bytes());
        out
    }

    /// Fails unless `found` is the seal of exactly the content that was read.
    pub fn check(self, found: &[u8; BYTES], identity: &Identity, fingerprint: &str) -> Result<()> {
        let length = self.0.count();
        if self.seal(identity, fingerprint) == *found {
            return Ok(());
        }
        let wanted = fields(length, identity, fingerprint);
        let same = |part: std::ops::Range<usize>| found[part.clone()] == wanted[part];
        let why = if !same(0..8) {
            "it has no seal"
        } else if !same(8..12) || !same(24..32) {
            "its seal is of another version"
        } else if !same(12..16) || !same(32..64) {
            "it is another file than its name says"
        } else if !same(64..FIELDS) {
            "it is of another engine"
        } else {
            "its content is not what was written"
        };
        fail(Kind::Altered, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Identity = Identity { kind: FileKind::Code, component: [7; 32] };
    const ENGINE: &str = "engine-1";

    fn digest(content: &[u8]) -> Digest {
        let mut out = Digest::default();
        out.update(content);
        out
    }

    fn why(content: &[u8], seal: &[u8; BYTES], identity: Identity, engine: &str) -> Option<String> {
        digest(content).check(seal, &identity, engine).err().map(|e| {
            assert_eq!(e.kind, Kind::Altered);
            e.text
        })
    }

    #[test]
    fn a_seal_holds_for_what_it_was_made_of_alone() {
        let seal = digest(b"content").seal(&CODE, ENGINE);
        let image = Identity { kind: FileKind::Image, ..CODE };
        let other = Identity { component: [8; 32], ..CODE };
        assert_eq!(why(b"content", &seal, CODE, ENGINE), None);
        for (content, identity, engine, reason) in [
            (&b"Content"[..], CODE, ENGINE, "its content is not what was written"),
            (b"conten", CODE, ENGINE, "its content is not what was written"),
            (b"content\0", CODE, ENGINE, "its content is not what was written"),
            (b"", CODE, ENGINE, "its content is not what was written"),
            (b"content", image, ENGINE, "it is another file than its name says"),
            (b"content", other, ENGINE, "it is another file than its name says"),
            (b"content", CODE, "engine-2", "it is of another engine"),
        ] {
            assert_eq!(why(content, &seal, identity, engine).as_deref(), Some(reason));
        }
        assert_eq!(why(b"content", &[0; BYTES], CODE, ENGINE).as_deref(), Some("it has no seal"));
    }

    #[test]
    fn each_bit_of_a_seal_counts() {
        let seal = digest(b"content").seal(&CODE, ENGINE);
        for bit in 0..8 * BYTES {
            let mut damaged = seal;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(why(b"content", &damaged, CODE, ENGINE).is_some(), "bit {bit}");
        }
    }

    #[test]
    fn the_content_may_come_in_pieces() {
        let mut pieces = Digest::default();
        for byte in b"content" {
            pieces.update(&[*byte]);
        }
        assert_eq!(pieces.seal(&CODE, ENGINE), digest(b"content").seal(&CODE, ENGINE));
    }
}
