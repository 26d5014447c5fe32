//! Packs bodies with gzip for browsers that accept it, because each byte costs time on a slow
//! connection. Comments are removed from scripts and style sheets before they are packed, and
//! spaces from style sheets.
//!
//! Owns: which files are worth packing. Each is packed once, at the start.
//! Must not know: which page needs which file.
//!
//! Part: `assets/built_in/mod.rs`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::embedded::{EMBEDDED, embedded};
use super::joined::{LATER, SCRIPT, SECOND, START, without_comments, without_spaces};

static FILES: LazyLock<HashMap<&'static str, Vec<u8>>> = LazyLock::new(|| {
    // Some files are not packed: modules that are parts of a joined script; style sheets that are
    // parts of other files; pictures that are compressed already; and the words of the server-made
    // pages, which no browser requests.
    let is_packed = |name: &&str| {
        LATER.contains(name)
            || *name == SECOND
            || !["js/", "-pages.js", "theme.css", "start.css", ".png", ".ico"]
                .iter()
                .any(|part| name.contains(part))
    };
    let files = EMBEDDED.iter().map(|(name, _)| *name).filter(is_packed).chain([SCRIPT, START]);
    files.filter_map(|name| Some((name, pack(&without_comments_of(name)?)?))).collect()
});

fn without_comments_of(name: &str) -> Option<Cow<'static, [u8]>> {
    let file = embedded(name)?;
    let lean = || without_comments(&String::from_utf8_lossy(file));
    Some(match name.rsplit('.').next() {
        Some("css") => Cow::Owned(without_spaces(&lean()).into_bytes()),
        Some("js") => Cow::Owned(lean().into_bytes()),
        _ => Cow::Borrowed(file),
    })
}

/// Packs all files now, so that no request has to wait until its file is packed.
pub fn prepare() {
    LazyLock::force(&FILES);
}

pub(super) fn file(name: &str) -> Option<&'static [u8]> {
    FILES.get(name).map(Vec::as_slice)
}

/// Returns the body packed; `None` if that is not shorter.
pub fn pack(body: &[u8]) -> Option<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).ok()?;
    packer.finish().ok().filter(|packed| packed.len() < body.len())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::{file, pack};
    use crate::assets::built_in::{SCRIPT, embedded};

    #[test]
    fn what_is_packed_comes_out_as_it_was_and_what_does_not_shrink_is_left() {
        let mut unpacked = Vec::new();
        GzDecoder::new(file(SCRIPT).unwrap()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, embedded(SCRIPT).unwrap());
        assert!(file("icon-180.png").is_none() && file("js/words.js").is_none());
        assert_eq!(pack(b"x"), None);
    }
}
