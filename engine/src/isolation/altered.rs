//! Shows that the engine uses no file that was altered, exchanged, cut, or made by another server: each is found before
//! any of its code becomes executable. FAASTA_DAMAGES chooses the number of damages for each kind of file.

use super::random::Random;
use super::{Folder, engine_with, number, tenants};
use crate::component::Component;
use crate::engine::Engine;
use crate::error::{Kind, Result};
use crate::image::Image;
use crate::mapping::PUBLISHED;
use crate::seal;
use crate::seal::{FileKind, Identity};
use crate::sealed_file;
use std::path::Path;
use std::sync::Arc;

/// The engine of a server with this key.
fn engine_of(key: u8) -> Arc<Engine> {
    engine_with(|options| options.seal_key = Some([key; 32]))
}

fn load(engine: &Arc<Engine>, path: &Path, identity: &Identity) -> Result<()> {
    match identity.kind {
        FileKind::Image => Image::open(&engine.seals, path, identity, false).map(drop),
        FileKind::Code | FileKind::SharedCode => Component::load(engine, path, identity, 0).map(drop),
    }
}

fn is_found(engine: &Arc<Engine>, path: &Path, identity: &Identity, damage: &str) {
    let before = PUBLISHED.get();
    match load(engine, path, identity) {
        Ok(()) => panic!("{damage}: the file was loaded"),
        Err(error) => assert_eq!(error.kind, Kind::Altered, "{damage}: {}", error.text),
    }
    assert_eq!(PUBLISHED.get(), before, "{damage}: code became executable");
}

/// Changes the file in place, through another mapping.
fn write(path: &Path, bytes: &[u8]) {
    let _ = std::fs::remove_file(path);
    std::fs::write(path, bytes).expect("written");
}

#[test]
fn no_altered_file_is_used() {
    let damages = number("FAASTA_DAMAGES", 150);
    let seed = number("FAASTA_SEED", 1);
    let folder = Folder::new("altered");
    let engine = engine_of(1);
    let tenants = tenants(&engine, &folder.0);
    let (one, other) = (&tenants[3], &tenants[4]);
    let (image, image_identity) = one.image.as_ref().expect("an image");
    let (other_image, _) = other.image.as_ref().expect("an image");
    let files = [(&one.code, &one.identity, &other.code), (image, image_identity, other_image)];
    for (path, identity, another) in files {
        let whole = std::fs::read(path).expect("a file");
        let another = std::fs::read(another).expect("a file");
        assert!(load(&engine, path, identity).is_ok(), "the whole file is good");
        let random = &mut Random::new(seed);
        for damage in 0..damages {
            let length = whole.len() as u64;
            let (bytes, name) = match damage % 4 {
                // Half of the flips are in the seal, which is a small part of the file.
                0 | 1 => {
                    let from = if damage % 4 == 0 { 0 } else { length - seal::BYTES as u64 };
                    let at = (from + random.below(length - from)) as usize;
                    let bit = random.below(8);
                    let mut bytes = whole.clone();
                    bytes[at] ^= 1 << bit;
                    (bytes, format!("bit {bit} of byte {at}"))
                }
                2 => {
                    let end = random.below(length) as usize;
                    (whole[..end].to_vec(), format!("cut to {end} bytes"))
                }
                // A part of another good file, at the same place; at the end, its seal.
                _ => {
                    let end = whole.len().min(another.len());
                    let from = random.below(end as u64) as usize;
                    let to = from + 1 + random.below((end - from) as u64) as usize;
                    let mut bytes = whole.clone();
                    bytes[from..to].copy_from_slice(&another[from..to]);
                    if bytes == whole {
                        bytes.push(0);
                    }
                    (bytes, format!("bytes {from} to {to} of another file"))
                }
            };
            write(path, &bytes);
            is_found(&engine, path, identity, &name);
        }
        for (bytes, name) in [(another.clone(), "another file"), ([&whole[..], &[0]].concat(), "a byte more")] {
            write(path, &bytes);
            is_found(&engine, path, identity, name);
        }
        write(path, &whole);
        assert!(load(&engine, path, identity).is_ok(), "the file that came back is good");
    }
}

#[test]
fn files_of_another_server_are_not_used() {
    let folder = Folder::new("another-server");
    let ours = engine_of(1);
    let theirs = engine_of(2);
    assert_ne!(ours.seals.by.fingerprint, theirs.seals.by.fingerprint);
    for tenant in tenants(&theirs, &folder.0) {
        assert!(load(&theirs, &tenant.code, &tenant.identity).is_ok());
        is_found(&ours, &tenant.code, &tenant.identity, "another server's code");
        if let Some((image, identity)) = &tenant.image {
            is_found(&ours, image, identity, "another server's image");
        }
    }
    // A server that has the same key again uses its files again.
    let again = engine_of(2);
    let tenant = &tenants(&theirs, &folder.0)[0];
    assert!(load(&again, &tenant.code, &tenant.identity).is_ok());
}

/// Patch 5 accepts settings that were found compatible before. Others are still refused, also if they are as long.
#[test]
fn code_of_other_settings_is_not_used() {
    let folder = Folder::new("other-settings");
    let engine = engine_of(1);
    let tenant = &tenants(&engine, &folder.0)[0];
    assert!(load(&engine, &tenant.code, &tenant.identity).is_ok());
    let without_epochs = |config: &mut wasmtime::Config| {
        config.epoch_interruption(false);
    };
    let with_a_reservation = |config: &mut wasmtime::Config| {
        config.memory_reservation(1 << 20);
    };
    for change in [without_epochs as fn(&mut wasmtime::Config), with_a_reservation] {
        let other = crate::engine::speculation::engine_with(change);
        let component = super::guest::component(1, None, false);
        let code = wasmtime::component::Component::from_binary(&other, &component).expect("valid");
        write(&tenant.code, &code.serialize().expect("an artifact"));
        sealed_file::seal(&engine.seals, &tenant.code, &tenant.identity).expect("sealed");
        let error = load(&engine, &tenant.code, &tenant.identity).expect_err("it is of other settings");
        assert_eq!(error.kind, Kind::Stale, "{}", error.text);
    }
}
