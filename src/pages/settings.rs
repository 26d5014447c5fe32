//! Where somebody says how they like their pages, and how they are called: one form, one
//! button.
//!
//! Owns: that page.
//! Must not know: where it is kept.
//!
//! Next: `pages/out.rs`.

use maud::{Markup, html};

use super::address::{address, with_query};
use super::desk::Desk;
use super::words::Sentences;
use super::wrong::{self, status};
use super::{frame, moment, parts, reasons};
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::http::response::Response;
use crate::limits;
use crate::visit::errand::{Do, Errand};
use crate::visit::settings::{Settings, Size, Theme, Way};
use crate::words::Language;

/// What the address of a room says behind these settings: that they are kept.
pub const SAVED: &str = "saved=1";

/// One of several: what it is called in the form, what people read, whether it is so now.
type Choice<'a> = (&'static str, &'a str, bool);

/// Who chooses, and where the page leads back to.
#[derive(Debug)]
pub struct Who<'a> {
    /// To this room.
    pub room: &'a RoomName,
    /// It must be in the links, if it is there.
    pub session: Option<String>,
    /// How they are called, and what a form of theirs has in it.
    pub name: Option<(&'a str, String)>,
    /// What was typed instead, and what is wrong.
    pub trouble: Option<(&'a str, String)>,
}

impl<'a> Who<'a> {
    /// A stranger from this room.
    pub fn from(room: &'a RoomName) -> Self {
        Self { room, session: None, name: None, trouble: None }
    }
}

impl Desk {
    /// The page of somebody who has a session; or the room, once they are called as they
    /// wish.
    pub(super) fn settings(&self, what: Option<&Do>, errand: &Errand) -> Response {
        let Some(what) = what else { return self.liked(errand, 200, None) };
        let words = Sentences::of(errand.language);
        let again = |errand: &Errand, status, why: &str| {
            self.liked(errand, status, Some((what.form.stranger.name(), why.to_owned())))
        };
        if what.form.is_stale {
            // Whoever has left since is nobody.
            let why = if errand.token.is_some() { "oldSettings" } else { "nameFree" };
            return again(errand, 403, words.say(why));
        }
        let Some(request) = self.request(what, errand) else {
            return self.liked(errand, 200, None);
        };
        if let Request::Faulty(fault) = &request {
            return again(errand, 422, &reasons::fault(words, fault));
        }
        let Ok(outcome) = self.visits.act(request, None, &what.form, errand) else {
            return again(errand, 503, words.say("restarting"));
        };
        // Whose session was over is somebody else from here on.
        let errand = &errand.of(&outcome);
        match (&outcome.refused, &outcome.fault) {
            (Some(Refused::TooManyDevices(_)), _) => again(errand, 409, wrong::too_often(words)),
            (Some(refused), _) => again(errand, status(refused), &reasons::refused(words, refused)),
            (None, Some(fault)) => again(errand, 422, &reasons::fault(words, fault)),
            (None, None) if outcome.is_over => again(errand, 403, words.say("nameFree")),
            (None, None) => {
                let way = errand.settings.updates().query();
                let query = if errand.in_links { format!("{SAVED}&{way}") } else { SAVED.into() };
                let query = query.trim_end_matches('&');
                self.go(&moment::now(&address(&errand.room)), query, errand)
            }
        }
    }

    fn liked(&self, errand: &Errand, status: u16, trouble: Option<(&str, String)>) -> Response {
        // A box that stops has pages all the same.
        let sight = self.visits.look_round(errand).unwrap_or_default();
        let token = errand.session();
        let me = sight.me.as_ref().map(Name::shown);
        // Whoever is here as often as one may be is not named; what they typed stays.
        let called = me.or((sight.is_crowded && trouble.is_some()).then_some(""));
        let who = Who {
            session: token.filter(|_| errand.in_links).map(|token| token.reveal()),
            name: called.zip(token).map(|(name, token)| (name, token.form_key())),
            trouble,
            ..Who::from(&errand.room)
        };
        let body = page(errand.language, errand.settings, &who);
        Response::new(status, body)
    }
}

/// The page.
pub fn page(language: Language, settings: Settings, who: &Who<'_>) -> Vec<u8> {
    let words = Sentences::of(language);
    let title = format!("{} - {}", words.say("settings"), words.say("brand"));
    let session = who.session.as_ref();
    let back = with_query(&address(who.room), &[session.map(|token| format!("s={token}"))]);
    let body = html! {
        header {
            h1 { (words.say("settings")) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", who.room.as_str())])) } }
        }
        main {
            @if let Some((_, why)) = &who.trouble { p.bad role="alert" { b { (why) } } }
            form method="post" action="/settings" accept-charset="utf-8" {
                (parts::charset())
                input type="hidden" name="room" value=(who.room);
                // What has no tick is not sent.
                input type="hidden" name="show" value="1";
                @if let Some(session) = session { input type="hidden" name="s" value=(session); }
                (name(words, who))
                (choices(words.say("theme"), "theme", &themes(words, settings)))
                (choices(words.say("size"), "size", &Size::ALL.map(|size| {
                    (size.word(), letters(size), size == settings.size)
                })))
                (choices(words.say("order"), "order", &[
                    ("first", words.say("orderFirst"), !settings.is_newest_last),
                    ("last", words.say("orderLast"), settings.is_newest_last),
                ]))
                (ticks(words.say("showLines"), &[
                    ("comings", words.say("showJoins"), !settings.hides_comings),
                    ("times", words.say("showTimes"), !settings.hides_times),
                    ("numbers", words.say("showNumbers"), settings.shows_numbers),
                ]))
                (ways(words, settings))
                (choices(words.say("inLanguage"), "lang", &[
                    ("", words.say("asBrowser"), settings.language.is_none()),
                    ("en", "English", settings.language == Some(Language::English)),
                    ("zh", "中文", settings.language == Some(Language::Chinese)),
                ]))
                p { button { (words.say("save")) } }
            }
        }
    };
    frame::page(words, &title, settings, None, &body).into_string().into_bytes()
}

/// How somebody is called, who is somebody.
fn name(words: &Sentences, who: &Who<'_>) -> Markup {
    let typed = who.trouble.as_ref().map(|(typed, _)| *typed);
    html! {
        @if let Some((name, key)) = &who.name {
            input type="hidden" name="key" value=(key);
            input type="hidden" name="was" value=(name);
            p {
                label { (words.say("yourName")) " "
                    input type="text" name="name" size="20" autocomplete="nickname"
                        value=(typed.unwrap_or(name));
                }
                " "
                label { (words.say("secret")) " "
                    input type="password" name="secret" size="12" autocomplete="new-password";
                }
                " " small { (words.say("secretMore")) }
            }
        }
    }
}

fn themes<'a>(words: &'a Sentences, settings: Settings) -> [Choice<'a>; 3] {
    let is = |theme| settings.theme == theme;
    [
        ("", words.say("asDevice"), is(None)),
        ("light", words.say("light"), is(Some(Theme::Light))),
        ("dark", words.say("dark"), is(Some(Theme::Dark))),
    ]
}

fn letters(size: Size) -> &'static str {
    match size {
        Size::Small => "S",
        Size::Medium => "M",
        Size::Large => "L",
        Size::Largest => "XL",
    }
}

/// How pages go on.
fn ways(words: &Sentences, settings: Settings) -> Markup {
    let is = |way| settings.way == way;
    let seconds = settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL);
    let again = format!("{} ... {}", words.say("wayEvery"), words.say("waySeconds"));
    html! {
        // Some browsers of text know a fieldset for nothing.
        div { fieldset {
            legend { (words.say("talksBy")) }
            (choice("way", ("", words.say("byItself"), is(None))))
            (choice("way", (Way::Stream.word(), words.say("wayStreamed"), is(Some(Way::Stream)))))
            (choice("way", (Way::Plain.word(), words.say("wayPlain"), is(Some(Way::Plain)))))
            label {
                input type="radio" name="way" value=(Way::Every.word())
                    checked[is(Some(Way::Every))];
                " " (words.say("wayEvery")) " "
                input type="text" inputmode="numeric" name="every" size="4" value=(seconds)
                    aria-label=(again);
                " " (words.say("waySeconds"))
            }
        } }
    }
}

fn choices(title: &str, name: &str, choices: &[Choice<'_>]) -> Markup {
    html! {
        div { fieldset {
            legend { (title) }
            @for it in choices { (choice(name, *it)) }
        } }
    }
}

fn choice(name: &str, (value, words, is_so): Choice<'_>) -> Markup {
    html! {
        label { input type="radio" name=(name) value=(value) checked[is_so]; " " (words) }
        " "
    }
}

fn ticks(title: &str, ticks: &[Choice<'_>]) -> Markup {
    html! {
        div { fieldset {
            legend { (title) }
            @for (name, words, is_so) in ticks {
                label {
                    input type="checkbox" name=(name) value="yes" checked[*is_so];
                    " " (words)
                }
                " "
            }
        } }
    }
}
