//! The page for a browser whose request is refused: one block that says what is wrong and what
//! to do about it. Programs get a line of plain text (`server/http/refusal.rs`).
//!
//! Owns: that page; and how it reads from the request whether a browser sent it, and the reader's
//! language and room.
//! Must not know: sockets; who refuses, and when.
//!
//! Part: `site/pages/mod.rs`.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use maud::{Markup, html};
use percent_encoding::percent_decode_str;

use super::{POLICY, REFERRER, layout, shared_forms};
use crate::base::{base_path, language::Language, limits};
use crate::chat::room_name::{BadRoomName, RoomName};
use crate::chat::token::Token;
use crate::html::address::{address, with_query};
use crate::html::reasons;
use crate::html::sentences::{Sentences, language};
use crate::server::http::{refusal::Refusal, response::Response};
use crate::site::visit::page_request::SESSION_COOKIE;
use crate::site::visit::page_settings::{COOKIE, PageSettings, Updates};
use crate::site::visit::stranger::without_secret;

/// The names of the fields that the page repeats as hidden fields in its form, besides the text. No
/// field with a password is among them.
const SENT_AGAIN: [&str; 11] =
    ["once", "key", "s", "new", "live", "every", "to", "drawn", "change", "name", "lines"];

/// A browser whose request is refused, with what its page needs.
#[derive(Debug)]
pub struct RefusedBrowser {
    language: Language,
    settings: PageSettings,
    /// The room in the URL that the browser requested; if that URL names no room that can exist,
    /// the lobby.
    room: RoomName,
    /// Why the room in the requested URL cannot exist; `None`: it can exist, or the URL names no
    /// room.
    bad_room: Option<BadRoomName>,
    /// The session from the URL, which the links of the page must contain; `None`: the URL has
    /// none, or the cookie has the same one.
    session: Option<String>,
    /// True if the browser requested a stream or a list, which our pages show in a frame.
    in_frame: bool,
    /// The fields of the form that the browser sent: `text`, and those in `SENT_AGAIN`. The secret
    /// in the field `name` is left out. Empty: the browser sent no form with a text.
    form: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextStep {
    Room,
    /// A link with which the reader can try the refused request again after some seconds.
    Again,
    /// A link to a page of the room that reloads by itself, and a link to try again.
    Refresh,
}

impl RefusedBrowser {
    /// Reads from a request what the page for its browser needs. The head may be broken or cut off.
    /// `None`: the sender is a program that does not show pages.
    #[inline(never)]
    pub fn of_bytes(head: &[u8], body: &[u8]) -> Option<Self> {
        let target = head.split(|&byte| byte == b' ').nth(1).unwrap_or_default();
        let target = base_path::without(str::from_utf8(target).unwrap_or_default());
        Some(Self::of(target, |name| first_header(head, name))?.with_form(body))
    }

    /// Reads from a request for `target` with these headers what the page for its browser needs;
    /// `None`: the sender is a program that does not show pages.
    pub fn of<'a>(target: &str, header: impl Fn(&'static str) -> Option<&'a str>) -> Option<Self> {
        if !shows_pages(target, &header) {
            return None;
        }
        let cookies = header("Cookie").unwrap_or_default();
        let cookie = |name| {
            let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let settings = PageSettings::parse(cookie(COOKIE).unwrap_or_default().as_bytes());
        let language = settings.language.unwrap_or_else(|| language(header("Accept-Language")));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameter = |name| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        let mut parts = path.strip_prefix("/r/").unwrap_or_default().split('/');
        let in_path = parts.next().filter(|name| !name.is_empty());
        let in_path = in_path.map(|name| percent_decode_str(name).decode_utf8_lossy());
        let named = in_path.or_else(|| parameter("room")).map(|name| RoomName::parse(&name));
        let bad_room = named.as_ref().and_then(|named| named.as_ref().err()).copied();
        let session = parameter("s").and_then(|token| Token::parse(&token));
        let session = session.map(|token| token.reveal());
        Some(Self {
            language,
            settings,
            room: named.and_then(Result::ok).unwrap_or_else(RoomName::lobby),
            bad_room,
            session: session.filter(|token| cookie(SESSION_COOKIE) != Some(token)),
            in_frame: matches!(parts.next(), Some("stream" | "list")),
            form: Vec::new(),
        })
    }

    /// Adds the form that the browser sent in this body, if it has a text. The page then contains a
    /// form with that text, so that the person can send it again.
    #[must_use]
    pub fn with_form(mut self, body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body);
        let pairs: Vec<_> =
            pairs.filter(|(name, _)| name == "text" || SENT_AGAIN.contains(&&**name)).collect();
        if pairs.iter().any(|(name, text)| name == "text" && !text.is_empty()) {
            let again = |(name, text): (Cow<'_, str>, Cow<'_, str>)| match &*name {
                "name" => (name.into_owned(), without_secret(&text).to_owned()),
                _ => (name.into_owned(), text.into_owned()),
            };
            self.form = pairs.into_iter().map(again).collect();
        }
        self
    }

    /// Returns whether the URL names a room that cannot exist. An empty name does not count.
    pub fn wants_no_room(&self) -> bool {
        self.bad_room.is_some_and(|why| why != BadRoomName::Empty)
    }

    fn link(&self, query: &str) -> String {
        let session = self.session.as_ref().map(|token| format!("s={token}"));
        with_query(&address(&self.room), &[Some(query.to_owned()), session])
    }
}

fn first_header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|&byte| byte == b'\n').skip(1).find_map(|line| {
        let (key, value) = str::from_utf8(line).ok()?.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Parts of `User-Agent` that name browsers which send `Accept: */*`. Programs send that, too.
const TAKE_ANYTHING: [&str; 3] = ["ELinks/", "Links (", "NetSurf/"];

/// Returns whether a person will read the answer as a page: the sender accepts HTML; or it is one
/// of the browsers that send `Accept: */*`, and the target is not one for programs.
fn shows_pages<'a>(target: &str, header: &impl Fn(&'static str) -> Option<&'a str>) -> bool {
    match header("Accept") {
        Some(accepted) if accepted.contains("text/html") => true,
        Some("*/*") => {
            let name = header("User-Agent").unwrap_or_default();
            TAKE_ANYTHING.iter().any(|agent| name.contains(agent)) && !is_for_programs(target)
        }
        _ => false,
    }
}

fn is_for_programs(target: &str) -> bool {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_told = |word: &str| query.split('&').any(|pair| pair == word);
    path.starts_with("/assets/")
        || path.ends_with("/poll")
        || path.ends_with("/stream") && !is_told("as=html")
}

/// Makes the answer to a browser whose request is refused: a page that says why.
pub fn answer_browser(refusal: Refusal, browser: &RefusedBrowser) -> Response {
    let mut response = Response::refusal(refusal);
    response.set("Content-Type", "text/html; charset=utf-8");
    response.add_header("Referrer-Policy", REFERRER);
    response.add_header("Content-Security-Policy", POLICY);
    response.body = page(refusal, browser).into_string().into();
    response
}

fn page(refusal: Refusal, browser: &RefusedBrowser) -> Markup {
    let words = Sentences::of(browser.language);
    let (title, more, n, way) = contents(refusal);
    let n = n.to_string();
    let fill = |key| words.fill(key, &[("n", &n)]);
    let is_room = browser.bad_room.filter(|_| refusal == Refusal::NotFound);
    let body = html! {
        header { (shared_forms::mark()) }
        main {
            h1 { (fill(title)) }
            p {
                @if let Some(why) = is_room { (reasons::bad_room(words, why)) }
                @else { (fill(more)) }
            }
            p.ways { (links(words, browser, refusal, way)) }
            @if refusal == Refusal::NotFound { (shared_forms::another_room(words, browser.session.as_deref(), None, None)) }
            @if !browser.form.is_empty() { (form(words, browser)) }
        }
    };
    let title = format!("{} - {}", fill(title), words.say("brand"));
    layout::page(words, &title, browser.settings, None, &body)
}

/// Returns what the page says about a refusal: the names of the sentences for title and text, the
/// number in them, and the links.
fn contents(refusal: Refusal) -> (&'static str, &'static str, usize, NextStep) {
    use NextStep::{Again, Refresh, Room};
    let kilobytes = |bytes: usize| bytes / 1024;
    match refusal {
        Refusal::NotFound | Refusal::UnknownForm => ("nothingHere", "nothingHereMore", 0, Room),
        Refusal::WrongMethod | Refusal::OnlyGet => ("cannotBeDone", "cannotBeDoneMore", 0, Room),
        Refusal::UpgradeRequired | Refusal::WrongSocketVersion | Refusal::BadHandshake => {
            ("forPrograms", "forProgramsMore", 0, Room)
        }
        Refusal::Malformed
        | Refusal::BadHost
        | Refusal::BadLength
        | Refusal::LengthRequired
        | Refusal::ExpectationFailed
        | Refusal::WrongVersion
        | Refusal::UnknownBody => ("notRead", "notReadMore", 0, Room),
        Refusal::UnknownCharset => ("otherSigns", "otherSignsMore", 0, Room),
        Refusal::BodyTooLarge => {
            ("tooMuch", "tooMuchMore", kilobytes(limits::BODY_BYTES_MAX), Room)
        }
        Refusal::TargetTooLong => {
            ("longAddress", "longAddressMore", kilobytes(limits::TARGET_BYTES_MAX), Room)
        }
        Refusal::HeadTooLarge | Refusal::TooManyHeaders => {
            ("muchBeside", "muchBesideMore", 0, Room)
        }
        Refusal::HeadTooSlow | Refusal::BodyTooSlow => ("tookLong", "tookLongMore", 0, Again),
        Refusal::ForeignHost => ("otherName", "otherNameMore", 0, Again),
        Refusal::ForeignOrigin => ("otherSite", "otherSiteMore", 0, Room),
        Refusal::NoGuests => ("comeInFirst", "comeInFirstMore", 0, Room),
        Refusal::Overloaded | Refusal::NoExchange | Refusal::NoDoor => {
            ("busy", "busyMore", 0, Again)
        }
        Refusal::NoAnswer | Refusal::Unhealthy => ("notReady", "notReadyMore", 0, Again),
        Refusal::Broken => ("boxErred", "boxErredMore", 0, Again),
        Refusal::PasswordNeeded => ("boxPassword", "asksFirst", 0, Room),
        Refusal::WrongPassword => ("wrong-password", "asksFirst", 0, Room),
        Refusal::TooManyGuesses => ("too-many-guesses", "guessesMore", seconds(refusal), Room),
        Refusal::NoSeat(1) => ("boxFull", "boxFullOne", 1, Refresh),
        Refusal::NoSeat(people) => ("boxFull", "boxFullMore", people, Refresh),
        Refusal::NetworkFull(1) => ("addressFull", "addressFullOne", 1, Refresh),
        Refusal::NetworkFull(people) => ("addressFull", "addressFullMore", people, Refresh),
    }
}

/// Returns the number of seconds after which the reader should try again.
fn seconds(refusal: Refusal) -> usize {
    usize::try_from(refusal.retry_after().as_secs()).unwrap_or(usize::MAX)
}

fn links(words: &Sentences, browser: &RefusedBrowser, refusal: Refusal, way: NextStep) -> Markup {
    let usual = browser.settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL);
    // If there is no space for one more client, the reader gets a link to a page of the room that
    // reloads by itself. With the parameter `now`, the reader's settings do not store this choice
    // (`site/settings_route.rs`).
    let refresh = browser.link(&format!("{}&now=1", Updates::Every(usual).query()));
    // An empty URL means this page itself. If this page is in a frame, the link leads to the page
    // around that frame.
    let again =
        if browser.in_frame { browser.link(&Updates::Stream.query()) } else { String::new() };
    let seconds = seconds(refusal).to_string();
    let try_again = html! {
        a href=(again) target="_parent" { (words.fill("tryIn", &[("n", &seconds)])) }
    };
    html! {
        @match way {
            NextStep::Room => {
                a href=(browser.link("")) target="_parent" {
                    (words.fill("backToRoom", &[("room", browser.room.as_str())]))
                }
            }
            NextStep::Again => { (try_again) }
            NextStep::Refresh => {
                a href=(refresh) target="_parent" { (words.say("byRefresh")) }
                " "
                (try_again)
            }
        }
    }
}

/// Makes a form with the text and the other fields of `browser.form`, so that the person can send
/// the text again. If the refused form had a number, the new form has the same one, so that the
/// text is not said twice.
fn form(words: &Sentences, browser: &RefusedBrowser) -> Markup {
    let text = browser.form.iter().find(|(name, _)| name == "text");
    html! {
        p { (words.say("textKept")) }
        form method="post" action=(address(&browser.room)) accept-charset="utf-8" {
            (shared_forms::charset())
            @for (name, value) in browser.form.iter().filter(|(name, _)| SENT_AGAIN.contains(&&**name)) {
                input type="hidden" name=(name) value=(value);
            }
            p {
                label { (words.say("message")) " "
                    @match text {
                        Some((_, text)) if text.contains('\n') => { (shared_forms::lines(None, 64, text, false)) }
                        _ => {
                            input type="text" name="text" size="64" autocomplete="off"
                                value=[text.map(|(_, text)| text)];
                        }
                    }
                }
                " " button { (words.say("send")) }
            }
        }
    }
}
