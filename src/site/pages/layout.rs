//! What every page has: its head, with the link to the page's script if the page has one. Also the
//! beginning of a room's endless page, which is everything before its first message; the server
//! adds each new message to the end of that page.
//!
//! Owns: the head of a page. A page must work without its style and its script, so nothing in the
//! head hides a part of the page.
//! Must not know: what is on a page.
//!
//! Part: `site/pages/mod.rs`.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::built_in;
use crate::base::base_path::link;
use crate::base::language::Language;
use crate::chat::room_name::RoomName;
use crate::formats::{LivePage, beat};
use crate::html::sentences::Sentences;
use crate::site::visit::page_settings::{PageSettings, Theme};

const VIEWPORT: &str =
    "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";

/// A text in the endless page that marks the place where the messages begin. It is not sent.
const HERE: &str = "<!-- lines -->";

/// The number of filler bytes in the endless page: some browsers show nothing before they have
/// received a kilobyte.
const PADDING_BYTES: usize = 1024;

/// What the live page's script reads from the page that it takes over.
#[derive(Debug)]
pub(super) struct PageScript<'a> {
    pub(super) room: &'a str,
    pub(super) message_bytes_max: usize,
    /// The session's token for the script; `None`: the reader has no valid session. Only the
    /// browser that requested the page may get a page with a token.
    pub(super) token: Option<String>,
    /// True if the browser's cookie has a session that has ended.
    pub(super) is_over: bool,
    /// True if the session came in a link or form, and not in the browser's cookie.
    pub(super) in_links: bool,
    /// The origin at which other machines reach the server. `None`: the reader has not opened the
    /// page by an address such as `localhost`, or no other machine reaches the server.
    pub(super) share: Option<&'a str>,
    /// How far the reader had read the room before this page, if the page itself counts as read.
    pub(super) read: Option<u64>,
}

/// Returns the value of the header `Link`. It names the style sheet, so that a browser requests it
/// before it has the page. It does not name what only the live page needs: on a slow network the
/// first message would come later, because all files share the connection.
pub(super) fn preload() -> String {
    format!("<{}>; rel=preload; as=style", built_in::address("base.css"))
}

pub(super) fn page(
    words: &Sentences,
    title: &str,
    settings: PageSettings,
    script: Option<&PageScript<'_>>,
    body: &Markup,
) -> Markup {
    document(words, title, settings, script, None, body)
}

/// Makes a page. With `reload_seconds`, the page reloads itself after this time, and its links open
/// outside the frame in which it is.
pub(super) fn document(
    words: &Sentences,
    title: &str,
    settings: PageSettings,
    script: Option<&PageScript<'_>>,
    reload_seconds: Option<u16>,
    body: &Markup,
) -> Markup {
    let is_turned = script.is_some() && !settings.is_newest_last;
    html! {
        (DOCTYPE)
        html lang=(words.say("language"))
            data-theme=[settings.theme.map(Theme::word)]
            data-size=[settings.size.chosen_word()]
            data-times=[settings.hides_times.then_some("no")]
            data-numbers=[settings.shows_numbers.then_some("yes")]
            data-room=[script.map(|script| script.room)]
            data-most=[script.map(|script| script.message_bytes_max)]
            data-share=[script.and_then(|script| script.share)]
            data-read=[script.and_then(|script| script.read)]
            data-token=[script.and_then(|script| script.token.as_deref())]
            data-over=[script.filter(|script| script.is_over).map(|_| "")]
            data-link=[script.filter(|script| script.in_links).map(|_| "")]
            // With `data-start`, the script `START` shows the page in the order of the live page.
            data-start=[is_turned.then_some("")] {
            head {
                // This `meta` element must come first: elinks reads only the first one.
                @if let Some(seconds) = reload_seconds { meta http-equiv="refresh" content=(seconds); }
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content=(if reload_seconds.is_some() { "width=device-width" } else { VIEWPORT });
                meta name="color-scheme" content="light dark";
                link rel="stylesheet" href=(built_in::address("base.css"));
                // A room's page with its newest messages needs only that one.
                @if script.is_none() { link rel="stylesheet" href=(built_in::address("pages.css")); }
                @if reload_seconds.is_some() { base target="_parent"; }
                @else {
                    link rel="icon" href=(link("/favicon.svg"));
                    link rel="apple-touch-icon" href=(built_in::address("icon-180.png"));
                }
                // It has no `defer`: a browser with scripts shows nothing before it has run.
                @if is_turned { script src=(built_in::address(built_in::START)) {} }
                @if script.is_some() {
                    script type="module" src=(built_in::address(built_in::SCRIPT)) {}
                }
            }
            body { (body) }
        }
    }
}

/// Returns a page for a browser in a terminal. `marks_buttons`: the browser marks each `button` by
/// itself, as Lynx does.
pub(super) fn for_terminal(page: &str, language: Language, marks_buttons: bool) -> String {
    let page = if marks_buttons { page.to_owned() } else { with_marked_buttons(page) };
    if language == Language::Chinese { with_links_apart(&page) } else { page }
}

/// Returns a page in which the words of each `button` are in brackets, as a terminal shows the
/// words of an `input` that is a button. Without colors they would look like text.
fn with_marked_buttons(page: &str) -> String {
    let mut parts = page.split("<button");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let (attributes, rest) = part.split_once('>').unwrap_or((part, ""));
        before + "<button" + attributes + ">[" + &rest.replacen("</button>", "]</button>", 1)
    })
}

/// Returns a page in Chinese for a browser in a terminal. Such a browser leaves out a space between
/// two Chinese characters, and two links beside each other would look like one. It keeps a space at
/// which no line breaks.
fn with_links_apart(page: &str) -> String {
    let page = page.replace("</a> <", "</a>\u{a0}<");
    let page = page.replace("</small> <", "</small>\u{a0}<").replace("</span> <", "</span>\u{a0}<");
    page.replace("。 <a", "。\u{a0}<a").replace(" <small>", "\u{a0}<small>")
}

/// Returns the beginning of a room's endless page, up to its first message; `formats/html.rs`
/// writes the messages. With a style, the newest message stays in sight without a script, because a
/// browser keeps a `column-reverse` scrolled to its end. Without a style, each new message appears
/// at the end of the page.
pub fn endless(live: LivePage, room: &RoomName, settings: PageSettings) -> String {
    let language = live.language;
    let words = Sentences::of(language);
    let title = words.fill("messagesIn", &[("room", room.as_str())]);
    let body = html! {
        div.stream { div { ol { @if live.tells_silence { (beat(language)) } (PreEscaped(HERE)) } } }
    };
    let page = page(words, &title, settings, None, &body).into_string();
    let before = page.split(HERE).next().unwrap_or_default();
    format!("{before}<!--{}-->\n", " ".repeat(PADDING_BYTES))
}
