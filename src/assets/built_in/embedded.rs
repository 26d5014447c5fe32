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

use crossbeam_channel::bounded;
use flate2::read::GzDecoder;

use crate::base::base_path::link;
use crate::base::threads;

// `HASH` and `FILES`, which are sorted by name.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file of the built-in pages. The program has one or both of its forms.
pub(super) struct BuiltInFile {
    pub(super) name: &'static str,
    /// The bytes as they are; `None`: the program has them packed only.
    plain: Option<&'static [u8]>,
    /// The bytes packed with gzip; `None`: that is not shorter.
    packed: Option<&'static [u8]>,
    /// The unpacked bytes, from the first request of a browser that does not accept gzip on.
    unpacked: OnceLock<Vec<u8>>,
}

impl BuiltInFile {
    const fn new(
        name: &'static str,
        plain: Option<&'static [u8]>,
        packed: Option<&'static [u8]>,
    ) -> Self {
        Self { name, plain, packed, unpacked: OnceLock::new() }
    }

    /// Returns the bytes for a browser that accepts gzip; `None`: packed they are not shorter.
    pub(super) fn packed(&self) -> Option<&'static [u8]> {
        self.packed
    }

    /// Returns the bytes as they are without gzip. If they must be unpacked, they stay in memory:
    /// many slow browsers that do not accept gzip must not have a copy each. Blocks while a thread
    /// unpacks them, for some milliseconds.
    pub(super) fn whole(&'static self) -> &'static [u8] {
        self.plain.unwrap_or_else(|| self.unpacked.get_or_init(|| unpack(self.packed)))
    }
}

/// Unpacks the bytes in a thread of its own, because that needs more stack than the threads that
/// answer have. If the system has no thread to give, returns no bytes.
fn unpack(packed: Option<&'static [u8]>) -> Vec<u8> {
    let (done, unpacked) = bounded(1);
    let job = move || {
        let mut whole = Vec::new();
        // The build script has packed the bytes, so nothing can be wrong with them.
        GzDecoder::new(packed.unwrap_or_default()).read_to_end(&mut whole).ok();
        done.send(whole).ok();
    };
    match threads::spawn_deep("unpack", job) {
        Ok(_) => unpacked.recv().unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "no thread to unpack a file of the page");
            Vec::new()
        }
    }
}

pub(super) fn find(name: &str) -> Option<&'static BuiltInFile> {
    FILES.iter().find(|file| file.name == name)
}

/// Returns the URL, from its path on, of the built-in file with this name.
pub fn address(name: &str) -> String {
    link(&format!("/assets/{HASH}/{name}"))
}

/// Returns the text of a built-in file that the program has unpacked, too, and that is UTF-8; empty
/// if there is no such file.
pub fn text(name: &str) -> Cow<'static, str> {
    String::from_utf8_lossy(find(name).and_then(|file| file.plain).unwrap_or_default())
}

/// All built-in files.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static BuiltInFile> {
    FILES.iter()
}
