//! The files of `web/`, built into the program.
//!
//! Owns: the list of these files, and their URLs. One hash over all files is part of each URL, so a
//! build with other files has other URLs.
//! Must not know: requests.
//!
//! Part: `assets/built_in/mod.rs`.

use std::sync::LazyLock;

use super::joined;
use crate::base::fingerprint::fingerprint;

/// Makes the list of the files of `web/` with their bytes.
macro_rules! embedded {
    ($($path:literal)*) => {
        &[$((
            $path,
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $path)) as &[u8],
        ),)*]
    };
}

/// All files of `web/`. A test compares this list with the folder.
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
    "js/full.js"
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
    "words/en-pages.js"
    "words/en.js"
    "words/zh-pages.js"
    "words/zh.js"
};

/// The name of the joined script: all modules of the live page in one file.
pub const SCRIPT: &str = "js/page.js";

static JOINED: LazyLock<Vec<u8>> = LazyLock::new(|| joined::join(EMBEDDED));

/// The hash in the URLs of the files of `web/`: sixteen hexadecimal digits.
pub(super) static HASH: LazyLock<String> = LazyLock::new(|| {
    let all = EMBEDDED.iter().flat_map(|(path, bytes)| [path.as_bytes(), &[0], bytes, &[0]]);
    // The joined script is hashed too, because a new build may join the same modules differently.
    fingerprint(all.chain([JOINED.as_slice()]))
});

/// Returns the URL, from its path on, of the built-in file with this name.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// Returns the bytes of a built-in file; `None` if there is no file with this name.
pub fn embedded(name: &str) -> Option<&'static [u8]> {
    if name == SCRIPT {
        return Some(&JOINED);
    }
    EMBEDDED.iter().find(|(path, _)| *path == name).map(|(_, bytes)| *bytes)
}
