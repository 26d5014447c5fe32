//! The settings page: one form with the reader's name and settings, and one button.
//!
//! Must not know: where the settings are stored.
//!
//! Part: `site/pages/mod.rs`.

use std::time::Duration;

use maud::{Markup, html};

use super::cookies::hidden_cookie;
use super::error_text::{refused_status, refused_text};
use super::renderer::PageRenderer;
use super::run_command::parse_command;
use super::{layout, shared_forms};
use crate::base::{language::Language, limits};
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::html::address::{
    address, escaped, fresh, fresh_query, of_devices, of_settings, with_query,
};
use crate::html::{reasons, sentences::Sentences, text::sentence};
use crate::server::http::response::Response;
use crate::site::visit::command_request::CommandRequest;
use crate::site::visit::page_request::{BadSeconds, PageRequest};
use crate::site::visit::page_settings::{PageSettings, Refreshing, Size, Theme};
use crate::site::visit::read_room::read_rooms;
use crate::site::visit::room_view::NotDone;
use crate::site::visit::send_request::send_form;

/// With this query in its URL, a room's page says that the settings are saved. Only a browser
/// without cookies gets such a URL; for all others the settings page says it, by the cookie
/// [`SAVED_COOKIE`].
pub const SAVED: &str = "saved=1";

/// The name of the cookie that makes the settings page say once that the settings are saved. Its
/// URL does not say it: the page would say it again when it is loaded again.
pub const SAVED_COOKIE: &str = "threadbare-saved";

/// The value of [`SAVED_COOKIE`] after any settings.
pub const SAVED_SETTINGS: &str = "1";
/// The same, if the name has a new password.
pub const SAVED_SECRET: &str = "secret";

/// Returns the URL of the settings page to which the reader comes back after saving. It leads on to
/// this room. If `is_new` is true, the URL is new to the browser.
pub fn saved_page(room: &RoomName, is_new: bool) -> String {
    let room = format!("room={}", escaped(room.as_str()));
    with_query(&of_settings(), &[Some(room), is_new.then(fresh_query)])
}

/// Returns the cookie that makes the settings page say that the settings are saved, and `what` was:
/// [`SAVED_SETTINGS`] or [`SAVED_SECRET`]. The browser keeps it for the time `kept`; if that is
/// zero, the browser forgets it at once.
pub fn saved_cookie(what: &str, kept: Duration) -> String {
    hidden_cookie(SAVED_COOKIE, what, kept)
}

/// A setting's value that the reader can choose: its word in the form, its text for people, and
/// whether it is chosen now.
type Choice<'a> = (&'static str, &'a str, bool);

/// The reader of the settings page, and the room that the page leads back to.
#[derive(Debug)]
pub struct SettingsReader<'a> {
    /// The room that the page leads back to.
    pub room: &'a RoomName,
    /// The session's token, if the links of the page must contain it; otherwise `None`.
    pub session: Option<String>,
    /// The person's name, and the key of the session for the form. The name is empty if the hub has
    /// not said it. For a form without a field for a name, as for a stranger, the whole field is
    /// `None`.
    pub name: Option<(&'a str, String)>,
    /// True if the person's name has a password; `None`: the hub has not said whether.
    pub has_secret: Option<bool>,
    /// True if the browser shows no frames and runs no scripts (`BrowserTraits`).
    pub is_textual: bool,
    /// True if the page says that the settings are saved.
    pub is_saved: bool,
    /// True if it also says that the name has a new password.
    pub has_new_secret: bool,
    /// What the person typed as the seconds between two reloads, if that is no number.
    pub bad_seconds: Option<&'a str>,
    /// After a form that failed: the name that the person typed in it, and a sentence which says
    /// why the form failed; empty if the sentence stands at a field. `None`: no form has failed.
    pub trouble: Option<(&'a str, String)>,
}

impl<'a> SettingsReader<'a> {
    /// Makes the data of a stranger, whom the page leads back to `room`.
    pub fn from(room: &'a RoomName) -> Self {
        let (session, name, has_secret, bad_seconds, trouble) = (None, None, None, None, None);
        let (is_textual, is_saved, has_new_secret) = (false, false, false);
        Self {
            room,
            session,
            name,
            has_secret,
            is_textual,
            is_saved,
            has_new_secret,
            bad_seconds,
            trouble,
        }
    }
}

/// Makes the settings page. If the person has got the wanted name or secret, makes the redirect
/// to the page that says so instead.
pub(super) fn answer_settings(
    renderer: &PageRenderer,
    command: Option<&CommandRequest>,
    request: &PageRequest,
) -> Response {
    let Some(command) = command else { return settings_page(renderer, request, 200, None, None) };
    let words = Sentences::of(request.language);
    let form_again = |request: &PageRequest, status, why: &str| {
        let trouble = Some((command.form.stranger.name(), why.to_owned()));
        settings_page(renderer, request, status, trouble, None)
    };
    if command.form.is_stale {
        // The form belongs to another session; or the person has left the server since the form
        // was made.
        let why = if request.session.token().is_some() { "oldSettings" } else { "nameFree" };
        return form_again(request, 403, words.say(why));
    }
    if command.form.stranger.name().is_empty() {
        return form_again(request, 422, words.say("name-empty"));
    }
    let Some(hub_request) = parse_command(renderer, command, request) else {
        return settings_page(renderer, request, 200, None, None);
    };
    if let Request::Faulty(fault) = &hub_request {
        return form_again(request, 422, &reasons::fault(words, fault));
    }
    let has_new_secret =
        matches!(&hub_request, Request::Rename(claim, _) if claim.secret.is_some());
    let Ok(outcome) = send_form(&renderer.visits, hub_request, None, &command.form, request) else {
        return form_again(request, 503, words.say("restarting"));
    };
    // With the new name or secret the session may have got a new token.
    let request = &request.after_form(&outcome);
    match (&outcome.refused, &outcome.fault) {
        (
            Some(
                refused
                @ (Refused::NameTaken | Refused::NameHasSecret | Refused::TooManyDevices(_)),
            ),
            _,
        ) => {
            let name = command.form.stranger.name();
            form_again(request, 409, &refused_text(words, refused, &request.room, name))
        }
        (Some(refused), _) => {
            form_again(request, refused_status(refused), &reasons::refused(words, refused))
        }
        (None, Some(fault)) => form_again(request, 422, &reasons::fault(words, fault)),
        (None, None) if outcome.not_done == Some(NotDone::SessionOver) => {
            form_again(request, 403, words.say("nameFree"))
        }
        (None, None) => {
            let in_links = request.session.in_links();
            if !in_links {
                let what = if has_new_secret { SAVED_SECRET } else { SAVED_SETTINGS };
                let saved = saved_cookie(what, limits::SAVED_SAID_WITHIN);
                let page = saved_page(&request.room, request.browser.shows_copies);
                return renderer.to_url(&page, request).with_header("Set-Cookie", saved);
            }
            let path = fresh(&address(&request.room));
            let query = format!("{SAVED}&{}", request.settings.updates().query());
            renderer.redirect(&path, query.trim_end_matches('&'), request)
        }
    }
}

/// Makes the settings page again, because what was typed as a number of seconds is none. Nothing of
/// the form is saved yet, and all of it is there again, except a password.
pub(super) fn bad_seconds(
    renderer: &PageRenderer,
    form: &BadSeconds,
    request: &PageRequest,
) -> Response {
    let trouble = form.name.as_deref().map(|name| (name, String::new()));
    settings_page(renderer, request, 422, trouble, Some(&form.typed))
}

fn settings_page(
    renderer: &PageRenderer,
    request: &PageRequest,
    status: u16,
    trouble: Option<(&str, String)>,
    bad_seconds: Option<&str>,
) -> Response {
    // If the server is stopping, the page is made without the hub's answers.
    let view = read_rooms(&renderer.visits, request).unwrap_or_default();
    let token = request.session.answer_token();
    let me = view.me.as_ref().map(Name::shown);
    // If the person has the maximum number of clients, the hub does not say the person's name.
    // After an error the form still has the field for a name, with what the person typed.
    let called = me.or((view.is_crowded && trouble.is_some()).then_some(""));
    let reader = SettingsReader {
        session: request.session.for_links(token),
        name: called.zip(token).map(|(name, token)| (name, token.form_key())),
        has_secret: me.is_some().then_some(view.has_secret),
        is_textual: request.browser.is_textual,
        has_new_secret: request.browser.has_saved_secret,
        is_saved: request.browser.has_saved && trouble.is_none() && bad_seconds.is_none(),
        bad_seconds,
        trouble,
        ..SettingsReader::from(&request.room)
    };
    let body = page(request.language, request.settings, &reader);
    Response::new(status, body)
}

/// Makes the settings page for this reader, as HTML.
pub fn page(language: Language, settings: PageSettings, reader: &SettingsReader<'_>) -> Vec<u8> {
    let words = Sentences::of(language);
    let title = format!("{} - {}", words.say("settings"), words.say("brand"));
    let session = reader.session.as_ref();
    let session_part = session.map(|token| format!("s={token}"));
    let room = format!("room={}", escaped(reader.room.as_str()));
    let device = with_query(&of_devices(), &[Some(room.clone()), session_part.clone()]);
    // Both are done only after a question.
    let [sign_out, forget] = ["sign-out=1", "forget=1"].map(|what| {
        let query = [Some(what.to_owned()), Some(room.clone()), session_part.clone()];
        with_query(&of_settings(), &query)
    });
    let back = with_query(&address(reader.room), &[session_part]);
    let numbers = ("numbers", words.say("showNumbers"), settings.shows_numbers);
    let times = ("times", words.say("showTimes"), !settings.hides_times);
    let comings = ("comings", words.say("showJoins"), !settings.hides_comings);
    let body = html! {
        header {
            (shared_forms::mark())
            h1 { (words.say("settings")) }
            nav {
                a href=(back) { (words.fill("backToRoom", &[("room", reader.room.as_str())])) }
                " " a href=(device) { (words.say("otherDevice")) }
            }
        }
        main {
            @if reader.is_saved {
                p role="status" {
                    b { (words.say("saved")) } " "
                    @if let (true, Some((name, _))) = (reader.has_new_secret, &reader.name) { (sentence(words, "newSecret", &[("name", name)])) " " }
                    a href=(back) { (words.fill("backToRoom", &[("room", reader.room.as_str())])) }
                }
            }
            @if let Some((_, why)) = reader.trouble.as_ref().filter(|(_, why)| !why.is_empty()) { p.bad role="alert" { b { (why) } } }
            form method="post" action=(of_settings()) accept-charset="utf-8" {
                (shared_forms::charset())
                input type="hidden" name="room" value=(reader.room);
                // A browser does not send a checkbox without a tick. This field tells the server
                // that the form had checkboxes.
                input type="hidden" name="show" value="1";
                @if let Some(session) = session { input type="hidden" name="s" value=(session); }
                (name(words, reader))
                // A terminal has colors and a size of its own.
                @if !reader.is_textual { (look(words, settings)) }
                (choices(words.say("inLanguage"), "lang", &[
                    ("", words.say("asBrowser"), settings.language.is_none()),
                    ("en", "English", settings.language == Some(Language::English)),
                    ("zh", "中文", settings.language == Some(Language::Chinese)),
                ]))
                @if !reader.is_textual { (ticks(words.say("showLines"), &[numbers])) }
                // Without frames and scripts, a page has no other way but to be loaded again.
                @if reader.is_textual { (kept_settings(settings)) } @else { (ways(words, settings, reader.bad_seconds)) }
                // The settings from here on change nothing on the live page, so they stand apart
                // and their heading says so.
                @if !reader.is_textual { h2 { (words.say("plainPages")) } }
                (choices(words.say("order"), "order", &[
                    ("first", words.say("orderFirst"), !settings.is_newest_last),
                    ("last", words.say("orderLast"), settings.is_newest_last),
                ]))
                @if reader.is_textual { (ticks(words.say("showLines"), &[times, numbers])) }
                @else { (ticks(words.say("showLines"), &[times, comings])) }
                p { button { (words.say("save")) } }
            }
            @if reader.name.is_some() {
                p { a href=(sign_out) { (words.say("signOut")) } }
                p { a href=(forget) { (words.say("forgetMe")) } }
            }
        }
    };
    layout::page(words, &title, settings, None, &body).into_string().into_bytes()
}

fn name(words: &Sentences, reader: &SettingsReader<'_>) -> Markup {
    let typed = reader.trouble.as_ref().map(|(typed, _)| *typed);
    let (label, state) = match reader.has_secret {
        Some(true) => ("changeSecret", Some("nameIsSafe")),
        Some(false) => ("setSecret", Some("nameIsOpen")),
        None => ("password", None),
    };
    html! {
        @if let Some((name, key)) = &reader.name {
            input type="hidden" name="key" value=(key);
            input type="hidden" name="was" value=(name);
            p {
                label { (words.say("yourName")) " "
                    input type="text" name="name" size="20" autocomplete="nickname"
                        value=(typed.unwrap_or(name));
                }
            }
            // It stands above the field, as long sentences do in any case.
            @if let Some(state) = state { p { (words.say(state)) } }
            p {
                label { (words.say(label)) " "
                    input type="password" name="secret" size="12" autocomplete="new-password";
                }
            }
            p { small { (words.say("secretMore")) (words.gap()) (words.say("markHint")) } }
        }
    }
}

fn look(words: &Sentences, settings: PageSettings) -> Markup {
    html! {
        (choices(words.say("theme"), "theme", &[
            ("", words.say("asDevice"), settings.theme.is_none()),
            ("light", words.say("light"), settings.theme == Some(Theme::Light)),
            ("dark", words.say("dark"), settings.theme == Some(Theme::Dark)),
        ]))
        (choices(words.say("size"), "size", &Size::ALL.map(|size| {
            (size.word(), words.say(size_key(size)), size == settings.size)
        })))
    }
}

fn size_key(size: Size) -> &'static str {
    match size {
        Size::Small => "sizeS",
        Size::Medium => "sizeM",
        Size::Large => "sizeL",
        Size::Largest => "sizeXl",
    }
}

/// Makes hidden fields with the settings that a browser in a terminal does not offer.
fn kept_settings(settings: PageSettings) -> Markup {
    let way = settings.way.map_or("", Refreshing::word);
    let theme = settings.theme.map_or("", Theme::word);
    html! {
        input type="hidden" name="theme" value=(theme);
        input type="hidden" name="size" value=(settings.size.word());
        input type="hidden" name="way" value=(way);
        @if let Some(seconds) = settings.every { input type="hidden" name="every" value=(seconds); }
        @if !settings.hides_comings { input type="hidden" name="comings" value="yes"; }
    }
}

fn ways(words: &Sentences, settings: PageSettings, bad_seconds: Option<&str>) -> Markup {
    let is = |way| settings.way == way;
    let seconds = settings.every.unwrap_or(limits::REFRESH_SECONDS_USUAL).to_string();
    let is_bad = bad_seconds.is_some();
    let again = format!("{} ... {}", words.say("wayEvery"), words.say("waySeconds"));
    html! {
        // Some text browsers do not know `fieldset`, so a `div` is around it.
        div { fieldset {
            legend { (words.say("talksBy")) } " "
            (choice("way", ("", words.say("byItself"), is(None))))
            (choice("way", (Refreshing::Stream.word(), words.say("wayStreamed"), is(Some(Refreshing::Stream)))))
            (choice("way", (Refreshing::Plain.word(), words.say("wayPlain"), is(Some(Refreshing::Plain)))))
            label {
                input type="radio" name="way" value=(Refreshing::Every.word())
                    checked[is(Some(Refreshing::Every))];
                " " (words.say("wayEvery")) " "
                input type="text" inputmode="numeric" name="every" size="4"
                    value=(bad_seconds.unwrap_or(&seconds)) aria-label=(again)
                    // The browser scrolls there: the field may be below the end of the screen.
                    autofocus[is_bad] aria-invalid=[is_bad.then_some("true")]
                    aria-describedby=[is_bad.then_some("why")];
                " " (words.say("waySeconds"))
            }
            @if is_bad { p #why.bad role="alert" { b { (which_seconds(words)) } } }
            p { small { (words.say("wayHint")) } }
        } }
    }
}

/// Returns the sentence that says which numbers of seconds there are.
fn which_seconds(words: &Sentences) -> String {
    let [from, to] =
        [limits::REFRESH_SECONDS.start(), limits::REFRESH_SECONDS.end()].map(u16::to_string);
    words.fill("badSeconds", &[("from", &from), ("to", &to)])
}

fn choices(title: &str, name: &str, choices: &[Choice<'_>]) -> Markup {
    html! {
        div { fieldset {
            legend { (title) } " "
            @for offered in choices { (choice(name, *offered)) }
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
            legend { (title) } " "
            @for (name, words, is_so) in ticks {
                div { label {
                    input type="checkbox" name=(name) value="yes" checked[*is_so];
                    " " (words)
                } }
            }
        } }
    }
}
