//! The seal: the last 256 bytes of each file that the engine maps. The seal names the kind of file, the component and
//! the engine. It has a BLAKE3 digest of these names and of the content, and an HMAC-SHA256 of names and digest under
//! the server's key. So the engine notices before use if a file was changed or exchanged, or if it was not made by this
//! server (decision 45).

use crate::error::{Kind, Result, fail};
use crate::seal_key::SealKey;

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
pub const VERSION: u32 = 2;
const BLAKE3: u32 = 1;
const FINGERPRINT: usize = 64;
/// Bytes before the digest. They are a part of the digest, after the content.
const FIELDS: usize = 128;
const DIGEST: usize = 32;
/// Fields, digest, then the authentication code of both. The rest of the seal is zero.
const SIGNED: usize = FIELDS + DIGEST;
const CODE: usize = 32;

/// The engine, and the key of the server.
pub struct Sealer {
    /// The engine's fingerprint. Files of another engine are not valid here.
    pub fingerprint: String,
    pub key: SealKey,
}

fn fields(content_bytes: u64, identity: &Identity, by: &Sealer) -> [u8; FIELDS] {
    let mut name = [0; FINGERPRINT];
    let known = by.fingerprint.as_bytes();
    let length = known.len().min(FINGERPRINT);
    name[..length].copy_from_slice(&known[..length]);
    let parts: [&[u8]; 8] = [
        MAGIC,
        &VERSION.to_le_bytes(),
        &(identity.kind as u32).to_le_bytes(),
        &content_bytes.to_le_bytes(),
        &BLAKE3.to_le_bytes(),
        &by.key.number().to_le_bytes(),
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
    pub fn seal(self, identity: &Identity, by: &Sealer) -> [u8; BYTES] {
        let mut out = self.unsigned(identity, by);
        let code = by.key.sign(&out[..SIGNED]);
        out[SIGNED..SIGNED + CODE].copy_from_slice(code.as_ref());
        out
    }

    /// The seal without its authentication code.
    fn unsigned(mut self, identity: &Identity, by: &Sealer) -> [u8; BYTES] {
        let fields = fields(self.0.count(), identity, by);
        self.0.update(&fields);
        let mut out = [0; BYTES];
        out[..FIELDS].copy_from_slice(&fields);
        out[FIELDS..SIGNED].copy_from_slice(self.0.finalize().as_bytes());
        out
    }

    /// Fails unless `found` is the seal of exactly the content that was read, made with the server's key.
    pub fn check(self, found: &[u8; BYTES], identity: &Identity, by: &Sealer) -> Result<()> {
        let wanted = self.unsigned(identity, by);
        let same = |part: std::ops::Range<usize>| found[part.clone()] == wanted[part];
        let why = if !same(0..8) {
            "it has no seal"
        } else if !same(8..12) || !same(24..28) {
            "its seal is of another version"
        } else if !same(28..32) {
            "it was sealed with another server's key"
        } else if !same(12..16) || !same(32..64) {
            "it is another file than its name says"
        } else if !same(64..FIELDS) {
            "it is of another engine"
        } else if !same(16..24) || !same(FIELDS..SIGNED) || !same(SIGNED + CODE..BYTES) {
            "its content is not what was written"
        } else if !by.key.is_signed(&found[..SIGNED], &found[SIGNED..SIGNED + CODE]) {
            "its seal was not made with this server's key"
        } else {
            return Ok(());
        };
        fail(Kind::Altered, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Identity = Identity { kind: FileKind::Code, component: [7; 32] };

    fn of(fingerprint: &str, key: u8) -> Sealer {
        Sealer { fingerprint: fingerprint.to_owned(), key: SealKey::new(&[key; 32]) }
    }

    fn engine() -> Sealer {
        of("engine-1", 1)
    }

    fn digest(content: &[u8]) -> Digest {
        let mut out = Digest::default();
        out.update(content);
        out
    }

    fn why(content: &[u8], seal: &[u8; BYTES], identity: Identity, engine: &Sealer) -> Option<String> {
        digest(content).check(seal, &identity, engine).err().map(|e| {
            assert_eq!(e.kind, Kind::Altered);
            e.text
        })
    }

    #[test]
    fn a_seal_holds_for_what_it_was_made_of_alone() {
        let seal = digest(b"content").seal(&CODE, &engine());
        let image = Identity { kind: FileKind::Image, ..CODE };
        let other = Identity { component: [8; 32], ..CODE };
        assert_eq!(why(b"content", &seal, CODE, &engine()), None);
        for (content, identity, engine, reason) in [
            (&b"Content"[..], CODE, engine(), "its content is not what was written"),
            (b"conten", CODE, engine(), "its content is not what was written"),
            (b"content\0", CODE, engine(), "its content is not what was written"),
            (b"", CODE, engine(), "its content is not what was written"),
            (b"content", image, engine(), "it is another file than its name says"),
            (b"content", other, engine(), "it is another file than its name says"),
            (b"content", CODE, of("engine-2", 1), "it is of another engine"),
            (b"content", CODE, of("engine-1", 2), "it was sealed with another server's key"),
        ] {
            assert_eq!(why(content, &seal, identity, &engine).as_deref(), Some(reason));
        }
        assert_eq!(why(b"content", &[0; BYTES], CODE, &engine()).as_deref(), Some("it has no seal"));
    }

    #[test]
    fn each_bit_of_a_seal_counts() {
        let seal = digest(b"content").seal(&CODE, &engine());
        for bit in 0..8 * BYTES {
            let mut damaged = seal;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(why(b"content", &damaged, CODE, &engine()).is_some(), "bit {bit}");
        }
    }

    /// A person without the key can compute everything but the authentication code.
    #[test]
    fn a_seal_cannot_be_forged() {
        let (mut forged, other) = (digest(b"evil").unsigned(&CODE, &engine()), of("engine-1", 2));
        let why_forged = |seal: &[u8; BYTES]| why(b"evil", seal, CODE, &engine());
        let reason = Some("its seal was not made with this server's key");
        assert_eq!(why_forged(&forged).as_deref(), reason);
        let theirs = other.key.sign(&forged[..SIGNED]);
        forged[SIGNED..SIGNED + super::CODE].copy_from_slice(theirs.as_ref());
        assert_eq!(why_forged(&forged).as_deref(), reason);
        // The code of another file of this server does not fit either.
        let honest = digest(b"content").seal(&CODE, &engine());
        forged[SIGNED..].copy_from_slice(&honest[SIGNED..]);
        assert_eq!(why_forged(&forged).as_deref(), reason);
    }

    #[test]
    fn the_content_may_come_in_pieces() {
        let mut pieces = Digest::default();
        for byte in b"content" {
            pieces.update(&[*byte]);
        }
        assert_eq!(pieces.seal(&CODE, &engine()), digest(b"content").seal(&CODE, &engine()));
    }
}
