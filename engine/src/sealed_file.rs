//! A file with a seal: sealing, opening and checking it.

use crate::checked::State;
use crate::error::{self, Kind, Result, fail};
use crate::pages;
use crate::seal::{self, Digest, Identity};
use crate::seals::Seals;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A thread that must not block checks a file only if the file has at most this many bytes. A check takes 0.2 us for
/// each KB.
pub const CHECKED_AT_ONCE: usize = 512 << 10;
/// This size fits into the processor's second-level cache.
const BUFFER: usize = 64 << 10;

/// A file with a seal. `check` compares its content with the seal.
pub struct SealedFile {
    pub file: File,
    /// The seal comes after the content.
    pub content_bytes: usize,
    identity: Identity,
    state: State,
}

/// Seals the file at `path`; its current bytes are the content.
pub fn seal(seals: &Seals, path: &Path, identity: &Identity) -> Result<()> {
    let sealed = || {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        let digest = digest(&file, file.metadata()?.len())?;
        file.write_all(&digest.seal(identity, &seals.by))
    };
    sealed().map_err(|e| error::from_io(format_args!("seal {}", path.display()), &e))
}

fn digest(file: &File, bytes: u64) -> io::Result<Digest> {
    let mut digest = Digest::default();
    let mut buffer = vec![0; BUFFER];
    let mut at = 0;
    while at < bytes {
        let wanted = usize::try_from(bytes - at).unwrap_or(BUFFER).min(BUFFER);
        let piece = &mut buffer[..wanted];
        file.read_exact_at(piece, at)?;
        digest.update(piece);
        at += wanted as u64;
    }
    Ok(digest)
}

impl SealedFile {
    pub fn open(path: &Path, identity: &Identity) -> Result<Self> {
        let opened = || {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            let bytes = usize::try_from(metadata.len()).map_err(io::Error::other)?;
            Ok((State::of(&metadata, identity), bytes, file))
        };
        let (state, bytes, file) = opened().map_err(|e| error::from_io(format_args!("open {}", path.display()), &e))?;
        match bytes.checked_sub(seal::BYTES) {
            Some(content_bytes @ 1..) => Ok(Self { file, content_bytes, identity: *identity, state }),
            _ => fail(Kind::Altered, "it is too short to have a seal"),
        }
    }

    /// Whether the file passed a check before and has not changed since.
    pub fn is_checked(&self, seals: &Seals) -> bool {
        seals.checked.contains(&self.state)
    }

    /// Whether the whole file is in the page cache.
    pub fn is_resident(&self) -> Result<bool> {
        let bytes = self.content_bytes + seal::BYTES;
        let base = pages::map_file(&self.file, bytes).map_err(|e| error::from_io("map it", &e))?;
        // SAFETY: the mapping just made, which nothing else uses.
        unsafe {
            let out = pages::is_resident(base, bytes);
            pages::unmap(base, bytes);
            Ok(out)
        }
    }

    /// Reads and compares the whole file, if the file was not checked before.
    pub fn check(&self, seals: &Seals) -> Result<()> {
        if self.is_checked(seals) {
            return Ok(());
        }
        let read = || {
            let mut found = [0; seal::BYTES];
            self.file.read_exact_at(&mut found, self.content_bytes as u64)?;
            let digest = digest(&self.file, self.content_bytes as u64)?;
            Ok((found, digest, State::of(&self.file.metadata()?, &self.identity)))
        };
        let (found, digest, now) = read().map_err(|e: io::Error| match error::from_io("read it", &e) {
            busy if busy.kind == Kind::Busy => busy,
            // The disk cannot read the content any more, or the file has become shorter.
            other => error::Error { kind: Kind::Altered, ..other },
        })?;
        digest.check(&found, &self.identity, &seals.by)?;
        if now == self.state {
            seals.checked.remember(&now);
        }
        Ok(())
    }
}
