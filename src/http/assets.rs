//! The files of the built-in pages: part of the program, so one file to copy.
//!
//! Files live under `/assets/<hash>/`, where the hash is one over all of them:
//! so relative imports between modules work, browsers keep them for ever, and
//! a new build is a new address. Only the pages are asked for again.
//!
//! Owns: the list of embedded files.
//! Must not know: requests beyond their paths.
//!
//! Next: `http/joined.rs`.

use std::sync::LazyLock;

use crate::door::ticket::SharedBytes;
use crate::fingerprint::fingerprint;
use crate::http::media::content_type;
use crate::http::reply::Reply;
use crate::http::{bare, joined, packed};

/// Names every file of `web/` that is part of the program.
macro_rules! embedded {
    ($($path:literal)*) => {
        &[$((
            $path,
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $path)) as &[u8],
        ),)*]
    };
}

/// All of `web/`; a test compares the list with the folder.
pub const EMBEDDED: &[(&str, &[u8])] = embedded! {
    "away.js"
    "base.css"
    "favicon.ico"
    "favicon.svg"
    "icon-180.png"
    "js/actions.js"
    "js/addresses.js"
    "js/aside.js"
    "js/clock.js"
    "js/comings.js"
    "js/commands.js"
    "js/composer.js"
    "js/doings.js"
    "js/doors.js"
    "js/drafts.js"
    "js/emoji.js"
    "js/follow.js"
    "js/found.js"
    "js/frame.js"
    "js/frames.js"
    "js/grows.js"
    "js/held.js"
    "js/here.js"
    "js/ignored.js"
    "js/lastseen.js"
    "js/limits.js"
    "js/line.js"
    "js/lines.js"
    "js/log.js"
    "js/looks.js"
    "js/main.js"
    "js/mark.js"
    "js/nature.js"
    "js/news.js"
    "js/note.js"
    "js/notices.js"
    "js/offers.js"
    "js/panels.js"
    "js/people.js"
    "js/place.js"
    "js/private.js"
    "js/privately.js"
    "js/reasons.js"
    "js/refusals.js"
    "js/renewing.js"
    "js/resting.js"
    "js/room.js"
    "js/rooms.js"
    "js/row.js"
    "js/said.js"
    "js/session.js"
    "js/shared.js"
    "js/shelf.js"
    "js/sides.js"
    "js/state.js"
    "js/status.js"
    "js/talk.js"
    "js/text.js"
    "js/unsent.js"
    "js/ways.js"
    "live.css"
    "manifest.webmanifest"
    "theme.css"
    "words/en-live.js"
    "words/en-pages.js"
    "words/en.js"
    "words/zh-live.js"
    "words/zh-pages.js"
    "words/zh.js"
};

/// A program of the browser's own, for all of the box's pages: so it is at the root.
pub(super) const WORKER: &str = "/away.js";

/// Files that browsers look for at the root, whatever the page says.
const AT_ROOT: [&str; 3] = ["favicon.ico", "favicon.svg", "away.js"];

/// All modules of the live page in one.
pub const SCRIPT: &str = "js/page.js";

static JOINED: LazyLock<Vec<u8>> = LazyLock::new(|| bare::script(&joined::join(EMBEDDED)));

/// Sixteen hexadecimal digits.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let all = EMBEDDED.iter().flat_map(|(path, bytes)| [path.as_bytes(), &[0], bytes, &[0]]);
    // How they are joined may change, too.
    fingerprint(all.chain([JOINED.as_slice()]))
});

/// The file at this path, if there is one: packed, if `packs`; nothing of it, if the
/// browser has it already.
pub(super) fn file(path: &str, packs: bool, if_none_match: Option<&str>) -> Option<Reply> {
    let path = path.strip_prefix('/')?;
    let (hash, name) = match path.strip_prefix("assets/") {
        Some(rest) => rest.split_once('/')?,
        None => ("", AT_ROOT.into_iter().find(|name| *name == path)?),
    };
    let whole = find(name)?;
    let packed = packed::file(name).filter(|_| packs);
    let mut reply = Reply::new(content_type(name), SharedBytes::Static(packed.unwrap_or(whole)));
    reply.header("Vary", "Accept-Encoding");
    if packed.is_some() {
        reply.header("Content-Encoding", "gzip");
    }
    // The page of an older build may still ask by its hash. It gets what there is,
    // and must ask again.
    let cache = if hash == *HASH { "public, max-age=31536000, immutable" } else { "no-cache" };
    reply.header("Cache-Control", cache);
    reply.header("Referrer-Policy", "no-referrer");
    let etag = format!("\"{}{}\"", *HASH, if packed.is_some() { "-gzip" } else { "" });
    Some(reply.unless_matched(&etag, if_none_match))
}

/// The built-in file of this name.
pub fn embedded(name: &str) -> Option<&'static [u8]> {
    find(name)
}

/// Where a built-in file is.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

fn find(name: &str) -> Option<&'static [u8]> {
    if name == SCRIPT {
        return Some(&JOINED);
    }
    EMBEDDED.iter().find(|(path, _)| *path == name).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::{EMBEDDED, HASH, SCRIPT, address, file};

    fn cache(path: &str) -> Option<String> {
        let reply = file(path, false, None)?;
        let found = reply.headers.iter().find(|(name, _)| *name == "Cache-Control");
        found.map(|(_, value)| value.clone())
    }

    #[test]
    fn files_are_found_under_the_hash_and_kept_for_ever() {
        for (name, bytes) in EMBEDDED {
            assert_eq!(&*file(&address(name), false, None).unwrap().body, *bytes, "{name}");
            assert!(cache(&address(name)).unwrap().ends_with("immutable"), "{name}");
        }
        assert!(cache(&address(SCRIPT)).unwrap().ends_with("immutable"));
        assert_eq!(cache("/assets/0123/base.css").unwrap(), "no-cache");
        assert_eq!(cache("/favicon.ico").unwrap(), "no-cache");
        let again = file("/favicon.ico", true, Some(&format!("\"{}\"", *HASH))).unwrap();
        assert_eq!(again.status, 304);
    }

    #[test]
    fn a13_nothing_else_is_found() {
        let hash = &*HASH;
        for path in [
            "/base.css".to_owned(),
            "/assets/".to_owned(),
            format!("/assets/{hash}"),
            format!("/assets/{hash}/"),
            format!("/assets/{hash}/../base.css"),
            format!("/assets/{hash}//base.css"),
            format!("/assets/{hash}/base.css/"),
            format!("/assets/{hash}/%2e%2e/base.css"),
            "/assets/base.css".to_owned(),
            "//assets/x/base.css".to_owned(),
            "/index.html".to_owned(),
        ] {
            assert!(file(&path, true, None).is_none(), "{path}");
        }
    }
}
