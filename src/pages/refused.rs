//! What a browser is answered that cannot have what it asked for: one block, with what is
//! so and what to do about it. Programs get a line of plain text (`http/refusal.rs`).
//!
//! Owns: that page, and what of a request says for whom it is made.
//! Must not know: sockets; who refuses, and when.
//!
//! Next: `assets/mod.rs`.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use maud::{Markup, html};
use percent_encoding::percent_decode_str;

use super::address::{address, with_query};
use super::words::{Sentences, language};
use super::{POLICY, REFERRER, frame, parts, reasons};
use crate::chat::room_name::{BadRoomName, RoomName};
use crate::chat::token::Token;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::limits;
use crate::visit::errand::SESSION_COOKIE;
use crate::visit::settings::{COOKIE, Settings};
use crate::visit::stranger::without_secret;
use crate::visit::updates::Updates;
use crate::words::Language;

/// What of a form goes out again beside its text; nobody's password does.
const SENT_AGAIN: [&str; 10] =
    ["once", "key", "s", "new", "live", "every", "to", "drawn", "change", "name"];

/// A browser that is told no.
#[derive(Debug)]
pub struct Asker {
    language: Language,
    settings: Settings,
    /// The room that it asked for, or the lobby.
    room: RoomName,
    /// Why there is no such room.
    bad_room: Option<BadRoomName>,
    /// In its links.
    session: Option<String>,
    /// It asked for what a page of ours has in a frame.
    in_frame: bool,
    /// What it sent, with a text in it that nobody has heard.
    form: Vec<(String, String)>,
}

/// Where one can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// To the page of the room.
    Room,
    /// There again, in a while.
    Again,
    /// To the room, which loads again by itself.
    Refresh,
}

impl Asker {
    /// Whoever asks for `target` with these headers, if it shows pages.
    pub fn of<'a>(target: &str, header: impl Fn(&'static str) -> Option<&'a str>) -> Option<Self> {
        if !shows_pages(target, &header) {
            return None;
        }
        let cookies = header("Cookie").unwrap_or_default();
        let cookie = |name| {
            let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let settings = Settings::parse(cookie(COOKIE).unwrap_or_default().as_bytes());
        let language = settings.language.unwrap_or_else(|| language(header("Accept-Language")));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameter = |name| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        let mut parts = path.strip_prefix("/r/").unwrap_or_default().split('/');
        let in_path = parts.next().filter(|name| !name.is_empty());
        let in_path = in_path.map(|name| percent_decode_str(name).decode_utf8_lossy());
        let wanted = in_path.or_else(|| parameter("room")).map(|name| RoomName::parse(&name));
        let bad_room = wanted.as_ref().and_then(|wanted| wanted.as_ref().err()).copied();
        let session = parameter("s").and_then(|token| Token::parse(&token));
        let session = session.map(|token| token.reveal());
        Some(Self {
            language,
            settings,
            room: wanted.and_then(Result::ok).unwrap_or_else(RoomName::lobby),
            bad_room,
            session: session.filter(|token| cookie(SESSION_COOKIE) != Some(token)),
            in_frame: matches!(parts.next(), Some("stream" | "list")),
            form: Vec::new(),
        })
    }

    /// The same who has sent this form: its text goes back, and can be sent again.
    #[must_use]
    pub fn with_form(mut self, body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body);
        let pairs: Vec<_> = pairs.filter(|(name, _)| name == "text" || goes_again(name)).collect();
        if pairs.iter().any(|(name, text)| name == "text" && !text.is_empty()) {
            let again = |(name, it): (Cow<'_, str>, Cow<'_, str>)| match &*name {
                "name" => (name.into_owned(), without_secret(&it).to_owned()),
                _ => (name.into_owned(), it.into_owned()),
            };
            self.form = pairs.into_iter().map(again).collect();
        }
        self
    }

    /// Whether the room that it asked for cannot be.
    pub fn wants_no_room(&self) -> bool {
        self.bad_room.is_some_and(|why| why != BadRoomName::Empty)
    }

    fn link(&self, query: &str) -> String {
        let session = self.session.as_ref().map(|token| format!("s={token}"));
        with_query(&address(&self.room), &[Some(query.to_owned()), session])
    }
}

/// Browsers that take anything (`*/*`), as programs do, and call themselves so.
const TAKE_ANYTHING: [&str; 3] = ["ELinks/", "Links (", "NetSurf/"];

/// Whether a person reads what the answer is: whoever asks takes HTML, or is a browser that
/// does not say what it takes.
fn shows_pages<'a>(target: &str, header: &impl Fn(&'static str) -> Option<&'a str>) -> bool {
    match header("Accept") {
        Some(accepted) if accepted.contains("text/html") => true,
        Some("*/*") => {
            let name = header("User-Agent").unwrap_or_default();
            TAKE_ANYTHING.iter().any(|one| name.contains(one)) && !is_for_programs(target)
        }
        _ => false,
    }
}

/// Nobody is shown what stands at this address.
fn is_for_programs(target: &str) -> bool {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_told = |word: &str| query.split('&').any(|pair| pair == word);
    path.starts_with("/assets/")
        || path.ends_with("/poll")
        || path.ends_with("/stream") && !is_told("as=html")
}

fn goes_again(name: &str) -> bool {
    SENT_AGAIN.contains(&name)
}

/// The answer to a browser; `people` is how many are here, where that is the reason.
pub fn answer(refusal: Refusal, asker: &Asker, people: usize) -> Response {
    let mut response = Response::refuse(refusal);
    response.set("Content-Type", "text/html; charset=utf-8");
    response.header("Referrer-Policy", REFERRER);
    response.header("Content-Security-Policy", POLICY);
    response.body = page(refusal, asker, people).into_string().into();
    response
}

fn page(refusal: Refusal, asker: &Asker, people: usize) -> Markup {
    let words = Sentences::of(asker.language);
    let (title, more, n, way) = said(refusal, people);
    let n = n.to_string();
    let fill = |key| words.fill(key, &[("n", &n)]);
    let is_room = asker.bad_room.filter(|_| refusal == Refusal::NotFound);
    let body = html! {
        main {
            h1 { (fill(title)) }
            p {
                @if let Some(why) = is_room { (reasons::bad_room(words, why)) }
                @else { (fill(more)) }
            }
            p.ways { (ways(words, asker, refusal, way)) }
            @if refusal == Refusal::NotFound { (parts::another_room(words, asker.session.as_deref())) }
            @if !asker.form.is_empty() { (form(words, asker)) }
        }
    };
    let title = format!("{} - {}", fill(title), words.say("brand"));
    frame::page(words, &title, asker.settings, None, &body)
}

/// Title, what is to be said, the number in it, and where one can go.
fn said(refusal: Refusal, people: usize) -> (&'static str, &'static str, usize, Way) {
    use Way::{Again, Refresh, Room};
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
        Refusal::Overloaded | Refusal::GateFull | Refusal::NoPlace => {
            ("busy", "busyMore", 0, Again)
        }
        Refusal::NoAnswer | Refusal::Unhealthy => ("notReady", "notReadyMore", 0, Again),
        Refusal::Broken => ("boxErred", "boxErredMore", 0, Again),
        Refusal::PasswordNeeded => ("boxPassword", "asksFirst", 0, Room),
        Refusal::WrongPassword => ("wrongPassword", "asksFirst", 0, Room),
        Refusal::TooManyGuesses => ("tooManyGuesses", "guessesMore", seconds(refusal), Room),
        Refusal::NoSeat if people == 1 => ("boxFull", "boxFullOne", people, Refresh),
        Refusal::NoSeat => ("boxFull", "boxFullMore", people, Refresh),
        Refusal::AddressFull if people == 1 => ("addressFull", "addressFullOne", people, Refresh),
        Refusal::AddressFull => ("addressFull", "addressFullMore", people, Refresh),
    }
}

/// When it is worth another try.
fn seconds(refusal: Refusal) -> usize {
    usize::try_from(refusal.retry_after().as_secs()).unwrap_or(usize::MAX)
}

/// Links out of this page, and out of the frame that it may be in.
fn ways(words: &Sentences, asker: &Asker, refusal: Refusal, way: Way) -> Markup {
    let usual = asker.settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL);
    // Until there is a place for its line: no choice for later (`site/settings.rs`).
    let refresh = asker.link(&format!("{}&now=1", Updates::Every(usual).query()));
    // To the address at which it is shown, but for one that is shown in a frame.
    let again = if asker.in_frame { asker.link(&Updates::Stream.query()) } else { String::new() };
    let seconds = seconds(refusal).to_string();
    let try_again = html! {
        a href=(again) target="_parent" { (words.fill("tryIn", &[("n", &seconds)])) }
    };
    html! {
        @match way {
            Way::Room => {
                a href=(asker.link("")) target="_parent" {
                    (words.fill("backToRoom", &[("room", asker.room.as_str())]))
                }
            }
            Way::Again => { (try_again) }
            Way::Refresh => {
                a href=(refresh) target="_parent" { (words.say("byRefresh")) }
                " "
                (try_again)
            }
        }
    }
}

/// What was sent, to be sent again: its number keeps it from being said twice.
fn form(words: &Sentences, asker: &Asker) -> Markup {
    let text = asker.form.iter().find(|(name, _)| name == "text");
    html! {
        p { (words.say("textKept")) }
        form method="post" action=(address(&asker.room)) accept-charset="utf-8" {
            (parts::charset())
            @for (name, value) in asker.form.iter().filter(|(name, _)| goes_again(name)) {
                input type="hidden" name=(name) value=(value);
            }
            p {
                label { (words.say("message")) " "
                    input type="text" name="text" size="64" autocomplete="off"
                        value=[text.map(|(_, text)| text)];
                }
                " " button { (words.say("send")) }
            }
        }
    }
}
