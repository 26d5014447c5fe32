//! The files of the built-in pages, as a part of the program. The build script
//! (`build/main.rs`) has made them from `web/`.
//!
//! Owns: in which form the program has a file, and its URL with the hash. The hash is one over all
//! files, so a build with other files has other URLs.
//! Must not know: requests.
//!
//! Part: `assets/built_in/mod.rs`.

use std::borrow::Cow;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::GzDecoder;

use crate::base::base_path::link;

// `HASH` and `FILES`, which are sorted by name.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file of the built-in pages.
pub(super) struct BuiltInFile {
    pub(super) name: &'static str,
    bytes: &'static [u8],
    /// True if `bytes` are packed with gzip.
    is_packed: bool,
    /// The unpacked bytes, from the first request of a browser that does not accept gzip on.
    whole: OnceLock<Vec<u8>>,
}

impl BuiltInFile {
    const fn new(name: &'static str, bytes: &'static [u8], is_packed: bool) -> Self {
        Self { name, bytes, is_packed, whole: OnceLock::new() }
    }

    /// Returns the bytes for a browser that accepts gzip; `None`: packed they are not shorter.
    pub(super) fn packed(&self) -> Option<&'static [u8]> {
        self.is_packed.then_some(self.bytes)
    }

    /// Returns the bytes as they are without gzip. They stay in memory: many slow browsers that do
    /// not accept gzip must not have a copy each.
    pub(super) fn whole(&'static self) -> &'static [u8] {
        if self.is_packed { self.whole.get_or_init(|| self.unpacked()) } else { self.bytes }
    }

    fn unpacked(&self) -> Vec<u8> {
        let mut whole = Vec::new();
        // The build script has packed the bytes, so nothing can be wrong with them.
        GzDecoder::new(self.bytes).read_to_end(&mut whole).ok();
        whole
    }
}

pub(super) fn find(name: &str) -> Option<&'static BuiltInFile> {
    FILES.iter().find(|file| file.name == name)
}

/// Returns the URL, from its path on, of the built-in file with this name.
pub fn address(name: &str) -> String {
    link(&format!("/assets/{HASH}/{name}"))
}

/// Returns the text of a built-in file, which must be UTF-8; empty if there is no such file. Unlike
/// an answer to a browser, it does not stay in memory.
pub fn text(name: &str) -> Cow<'static, str> {
    let unpacked = |file: &BuiltInFile| String::from_utf8(file.unpacked()).unwrap_or_default();
    match find(name) {
        Some(file) if file.is_packed => Cow::Owned(unpacked(file)),
        Some(file) => String::from_utf8_lossy(file.bytes),
        None => Cow::Borrowed(""),
    }
}

/// All built-in files.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static BuiltInFile> {
    FILES.iter()
}
