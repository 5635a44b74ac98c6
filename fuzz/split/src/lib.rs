//! The function that fuzz/split.cpp calls. It splits the input as a component, and also reads it as an image's file.

#[path = "../../../engine/src/split/mod.rs"]
mod split;

/// The part of the engine's `error` that `split` uses.
mod error {
    #[derive(Debug)]
    pub enum Kind {
        Io,
        Stale,
    }
    #[derive(Debug)]
    pub struct Error {
        pub kind: Kind,
        pub text: String,
    }
    pub type Result<T> = std::result::Result<T, Error>;
    pub fn fail<T>(kind: Kind, text: impl Into<String>) -> Result<T> {
        Err(Error { kind, text: text.into() })
    }
}

/// If the input can be split as a component, the header of the image's file must describe the image. If the code is
/// valid, the component must have been valid too (see the top of `split`).
///
/// # Safety
/// `data` points to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fuzz_split(data: *const u8, size: usize) {
    // SAFETY: by the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(data, size) };
    if let Err(error) = split::Image::read_header(bytes) {
        assert!(!error.text.is_empty() && matches!(error.kind, error::Kind::Io | error::Kind::Stale));
    }
    let Some(parts) = split::split(bytes) else {
        return;
    };
    let code = [7; 32];
    let file = parts.image.to_file(&code);
    let header = split::Image::read_header(&file).expect("an image's own file");
    assert_eq!((header.code, header.memory_bytes, header.start), (code, parts.image.memory_bytes, parts.image.start));
    assert_eq!(file.len(), split::image::HEADER_BYTES + parts.image.bytes.len());
    let valid = |bytes: &[u8]| wasmparser::Validator::new().validate_all(bytes).is_ok();
    if valid(&parts.code) {
        assert!(valid(bytes), "the code is valid, and the component was not");
        assert!(parts.imports.iter().all(|name| !name.is_empty()));
    }
}
