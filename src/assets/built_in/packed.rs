//! Packs the bodies of pages with gzip for browsers that accept it, because each byte costs time on
//! a slow connection. The files of the built-in pages are packed when the program is compiled.
//!
//! Owns: how well a page is packed.
//! Must not know: which page it is.
//!
//! Part: `assets/built_in/mod.rs`.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Returns the body packed; `None` if that is not shorter.
pub fn pack(body: &[u8]) -> Option<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).ok()?;
    packer.finish().ok().filter(|packed| packed.len() < body.len())
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn what_does_not_shrink_is_left() {
        assert!(pack(&[7; 1000]).is_some_and(|packed| packed.len() < 100));
        assert_eq!(pack(b"x"), None);
    }
}
