//! The files of `web/`, except the classic chat's page, as a part of the program.
//!
//! Owns: the list of these files, and their URLs with a hash. The hash is one over all files, so a
//! build with other files has other URLs.
//! Must not know: requests.
//!
//! Part: `assets/built_in/mod.rs`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::joined::{self, LATER, SCRIPT, SECOND, START, STYLES};
use crate::base::base_path::link;
use crate::base::fingerprint::fingerprint;

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
    "glass/follow.js"
    "glass/glass.css"
    "glass/glass.js"
    "glass/looks.js"
    "glass/predict.js"
    "glass/replay.js"
    "glass/strips.js"
    "glass/threads.js"
    "icon-180.png"
    "js/addresses.js"
    "js/addresses_more.js"
    "js/elements.js"
    "js/later.js"
    "js/layout.js"
    "js/layout_more.js"
    "js/limits.js"
    "js/storage.js"
    "js/words.js"
    "js/connection/connection.js"
    "js/connection/position.js"
    "js/connection/session.js"
    "js/connection/tabs.js"
    "js/connection/transports.js"
    "js/messages/actions.js"
    "js/messages/closure.js"
    "js/messages/day_lines.js"
    "js/messages/empty_room.js"
    "js/messages/first_new.js"
    "js/messages/former_names.js"
    "js/messages/items.js"
    "js/messages/lines.js"
    "js/messages/log_view.js"
    "js/messages/near_rows.js"
    "js/messages/notices.js"
    "js/messages/older_lines.js"
    "js/messages/other_devices.js"
    "js/messages/passing.js"
    "js/messages/quotes.js"
    "js/messages/room_log.js"
    "js/messages/row.js"
    "js/messages/scrolling.js"
    "js/messages/speaker.js"
    "js/messages/tab_icon.js"
    "js/messages/unread.js"
    "js/messages/unsent.js"
    "js/composer/commands.js"
    "js/composer/composer.js"
    "js/composer/drafts.js"
    "js/composer/emoji.js"
    "js/composer/field.js"
    "js/composer/hello.js"
    "js/composer/naming.js"
    "js/composer/note.js"
    "js/composer/place_commands.js"
    "js/composer/purpose.js"
    "js/composer/refusals.js"
    "js/composer/room_commands.js"
    "js/composer/sending.js"
    "js/composer/stray_keys.js"
    "js/composer/suggestions.js"
    "js/composer/texts.js"
    "js/places/access.js"
    "js/places/covers.js"
    "js/places/ignored.js"
    "js/places/people.js"
    "js/places/person_menu.js"
    "js/places/private.js"
    "js/places/private_messages.js"
    "js/places/room_polls.js"
    "js/places/rooms.js"
    "js/places/who_is_here.js"
    "js/panels/fill.js"
    "js/panels/header.js"
    "js/panels/narrow.js"
    "js/panels/new_place.js"
    "js/panels/panels.js"
    "js/panels/found_words.js"
    "js/panels/result_rows.js"
    "js/panels/pinned.js"
    "js/panels/place_list.js"
    "js/panels/room_menu.js"
    "js/panels/search.js"
    "js/panels/settings.js"
    "js/panels/sign_in.js"
    "js/panels/status.js"
    "js/dispatch.js"
    "js/more.js"
    "js/live_page.js"
    "js/chat.js"
    "js/main.js"
    "live.css"
    "manifest.webmanifest"
    "pages.css"
    "panels.css"
    "start.css"
    "theme.css"
    "words/en-pages.js"
    "words/en-panels.js"
    "words/en.js"
    "words/zh-pages.js"
    "words/zh-panels.js"
    "words/zh.js"
};

/// The files that browsers do not get as they are in `web/`: scripts and style sheets made of
/// several files, and a script made of a style sheet.
static MADE: LazyLock<BTreeMap<&str, Vec<u8>>> = LazyLock::new(|| {
    let scripts = [SCRIPT, SECOND].into_iter().chain(LATER);
    let scripts = scripts.map(|name| (name, joined::script(name, EMBEDDED)));
    let start = (START, joined::start_script(source("start.css").unwrap_or_default()));
    let colours = source("theme.css").unwrap_or_default();
    let style = |name| Some((name, [colours, source(name)?].concat()));
    scripts.chain([start]).chain(STYLES.into_iter().filter_map(style)).collect()
});

pub(super) static HASH: LazyLock<String> = LazyLock::new(|| {
    let all = EMBEDDED.iter().flat_map(|(path, bytes)| [path.as_bytes(), &[0], bytes, &[0]]);
    // The made files are hashed too, because a new build may make them differently.
    fingerprint(all.chain(MADE.values().map(Vec::as_slice)))
});

/// Returns the URL, from its path on, of the built-in file with this name.
pub fn address(name: &str) -> String {
    link(&format!("/assets/{}/{name}", *HASH))
}

/// Returns the bytes of a built-in file; `None` if there is no file with this name.
pub fn embedded(name: &str) -> Option<&'static [u8]> {
    if let Some(made) = MADE.get(name) {
        return Some(made);
    }
    source(name)
}

fn source(name: &str) -> Option<&'static [u8]> {
    EMBEDDED.iter().find(|(path, _)| *path == name).map(|(_, bytes)| *bytes)
}
