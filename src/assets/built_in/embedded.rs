//! The files of `web/`, except the classic chat's page, as a part of the program.
//!
//! Owns: the list of these files, and their URLs with a hash. The hash is one over all files, so a
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

/// All files of `web/` except the classic chat's page. A test compares this list with the folder.
pub const EMBEDDED: &[(&str, &[u8])] = embedded! {
    "away.js"
    "base.css"
    "favicon.ico"
    "favicon.svg"
    "icon-180.png"
    "js/limits.js"
    "js/words.js"
    "js/elements.js"
    "js/storage.js"
    "js/addresses.js"
    "js/layout.js"
    "js/connection/connection.js"
    "js/connection/position.js"
    "js/connection/session.js"
    "js/connection/tabs.js"
    "js/connection/transports.js"
    "js/messages/log_view.js"
    "js/messages/notices.js"
    "js/messages/room_log.js"
    "js/messages/row.js"
    "js/messages/unread.js"
    "js/messages/unsent.js"
    "js/composer/commands.js"
    "js/composer/composer.js"
    "js/composer/drafts.js"
    "js/composer/emoji.js"
    "js/composer/refusals.js"
    "js/composer/suggestions.js"
    "js/places/access.js"
    "js/places/people.js"
    "js/places/private.js"
    "js/places/rooms.js"
    "js/panels/panels.js"
    "js/panels/search.js"
    "js/panels/settings.js"
    "js/panels/status.js"
    "js/dispatch.js"
    "js/chat.js"
    "js/main.js"
    "live.css"
    "manifest.webmanifest"
    "theme.css"
    "words/en-pages.js"
    "words/en.js"
    "words/zh-pages.js"
    "words/zh.js"
};

/// The name of the joined script: the modules of the live page in one file, except those that the
/// page loads later.
pub const SCRIPT: &str = "js/page.js";

static JOINED: LazyLock<Vec<u8>> = LazyLock::new(|| joined::join_modules(EMBEDDED));

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
