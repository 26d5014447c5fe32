//! What every page has: its head, and the way to the script, if there is one.
//!
//! Owns: that. A page works without its style and without its script, so nothing here
//! hides anything.
//! Must not know: what is on a page.
//!
//! Next: `pages/address.rs`.

use maud::{DOCTYPE, Markup, html};

use super::words::Sentences;
use crate::assets;
use crate::visit::settings::{Settings, Size, Theme};

const VIEWPORT: &str =
    "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";

/// What the live page is told in the page that it takes over.
#[derive(Debug)]
pub(super) struct Script<'a> {
    /// Which room it is.
    pub(super) room: &'a str,
    /// Longest text of a message, in bytes.
    pub(super) message_bytes_max: usize,
    /// Whose browser it is, if that is known. Nobody else may read the page.
    pub(super) token: Option<String>,
    /// It came in a link, so it is not the browser's own.
    pub(super) in_links: bool,
}

/// What a browser with scripts fetches beside the page, said in the answer's head: in the
/// page, browsers of text show it as a link to read.
pub(super) fn preload(words: &Sentences) -> String {
    let table = words.say("table");
    let tables = [&format!("{table}-live"), table].map(|table| {
        format!("<{}>; rel=modulepreload", assets::address(&format!("words/{table}.js")))
    });
    tables.join(", ")
}

/// Colours and sizes are the live page's, too.
fn styles() -> Markup {
    html! {
        meta name="color-scheme" content="light dark";
        link rel="stylesheet" href=(assets::address("theme.css"));
        link rel="stylesheet" href=(assets::address("base.css"));
    }
}

fn size(settings: Settings) -> Option<&'static str> {
    (settings.size != Size::Medium).then(|| settings.size.word())
}

/// A page for a frame, which is loaded again after so many seconds; its links lead out of
/// the frame.
pub(super) fn list(
    words: &Sentences,
    title: &str,
    settings: Settings,
    seconds: u16,
    body: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.say("language"))
            data-theme=[settings.theme.map(Theme::word)]
            data-size=[size(settings)]
            data-times=[settings.hides_times.then_some("no")]
            data-numbers=[settings.shows_numbers.then_some("yes")] {
            head {
                // First: elinks looks no further than to the first of these.
                meta http-equiv="refresh" content=(seconds);
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content=(VIEWPORT);
                (styles())
                base target="_parent";
            }
            body { (body) }
        }
    }
}

/// A page with this title, in these words, as somebody likes it.
pub(super) fn page(
    words: &Sentences,
    title: &str,
    settings: Settings,
    script: Option<&Script<'_>>,
    body: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.say("language"))
            data-theme=[settings.theme.map(Theme::word)]
            data-size=[size(settings)]
            data-times=[settings.hides_times.then_some("no")]
            data-numbers=[settings.shows_numbers.then_some("yes")]
            data-room=[script.map(|it| it.room)]
            data-most=[script.map(|it| it.message_bytes_max)]
            data-token=[script.and_then(|it| it.token.as_deref())]
            data-link=[script.filter(|it| it.in_links).map(|_| "")] {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content=(VIEWPORT);
                (styles())
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="apple-touch-icon" href=(assets::address("icon-180.png"));
                @if script.is_some() {
                    script type="module" src=(assets::address(assets::SCRIPT)) {}
                }
            }
            body { (body) }
        }
    }
}
