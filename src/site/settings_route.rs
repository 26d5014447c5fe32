//! The reader's settings for pages: where they are chosen, and where they are stored.
//!
//! Owns: the cookie of the settings. It contains no name and no secret. A browser without this
//! cookie gets pages with the default settings.
//! Must not know: what a page does with the settings.
//!
//! Part: `site/mod.rs`.

use std::time::Duration;

use super::context::{self, Context, redirect};
use super::origin::our_origin;
use super::room_post::{is_left, is_stale};
use super::room_route::{self, PageRole};
use super::sender::{Sender, named_room, without_link_session};
use crate::base::{language::Language, limits};
use crate::chat::room_name::RoomName;
use crate::formats::v1::fields::RequestFields;
use crate::html::address::{address, fresh, with_query};
use crate::html::sentences::language;
use crate::server::http::{refusal::Refusal, request::HttpRequest, response::Response};
use crate::site::pages::cookies::hidden_cookie;
use crate::site::pages::forget_page;
use crate::site::pages::settings_form::{
    self, SAVED, SAVED_COOKIE, SAVED_SETTINGS, SettingsReader, saved_cookie, saved_page,
};
use crate::site::visit::command_request::{CommandForm, CommandRequest};
use crate::site::visit::page_request::{
    BadSeconds, BrowserTraits, MessageForm, PageRequest, PageTask,
};
use crate::site::visit::page_settings::{COOKIE, PageSettings, Refreshing, Updates};
use crate::site::visit::request_session::RequestSession;
use crate::site::visit::stranger::Stranger;

/// How long a browser keeps the cookie with the settings of the pages.
const SETTINGS_KEPT: Duration = Duration::from_hours(365 * 24);

/// The name of a query parameter. A URL with it asks for a way to get new messages that the
/// settings must not store.
pub(super) const FOR_NOW: &str = "now";

pub(super) fn settings_of(http: &HttpRequest<'_>) -> PageSettings {
    PageSettings::parse(http.cookie(COOKIE).unwrap_or_default().as_bytes())
}

/// Returns the language of the answer: the one in the settings, or else the one that the browser
/// prefers.
pub(super) fn language_of(http: &HttpRequest<'_>) -> Language {
    settings_of(http).language.unwrap_or_else(|| preferred_language(http))
}

fn preferred_language(http: &HttpRequest<'_>) -> Language {
    language(http.all("Accept-Language").next())
}

/// Returns the settings to store, and how this page gets new messages. If the URL of a room's front
/// page, or of a private talk, asks for a way, that way is used, and the returned settings have it.
/// If it asks for none, the settings decide. On any other page the given `updates` are used, and
/// the settings stay the same.
pub(super) fn chosen_updates(
    http: &HttpRequest<'_>,
    role: PageRole,
    session: &RequestSession,
    updates: Updates,
) -> (PageSettings, Updates) {
    let settings = settings_of(http);
    if !matches!(role, PageRole::Front | PageRole::Talk) {
        return (settings, updates);
    }
    if let Some(way) = pressed_way(http) {
        return (settings.with_way(way), way);
    }
    if ["live", "every", "way"].into_iter().any(|name| http.parameter(name).is_some()) {
        return (settings.with_way(updates), updates);
    }
    // A stream needs a session, so a stranger whose settings ask for one gets the usual page. A
    // private talk has no stream.
    let has_stream = session.token().is_some() && role == PageRole::Front;
    let is_usual = !has_stream && settings.updates() == Updates::Stream;
    (settings, if is_usual { Updates::ByHand } else { settings.updates() })
}

/// Returns the way whose button the reader has pressed in the form of a message, so that the typed
/// text is kept; `None`: it was no such button.
pub(super) fn pressed_way(http: &HttpRequest<'_>) -> Option<Updates> {
    let seconds = settings_of(http).every.unwrap_or(limits::REFRESH_SECONDS_USUAL);
    let ways = [Updates::ByHand, Updates::Stream, Updates::Every(seconds)];
    ways.into_iter().find(|way| http.field(way.button()).is_some())
}

/// Adds to the answer a cookie that stores `settings`, if they have changed. They are stored only
/// if the request comes from a page of this server: a link in a message or on another site is not
/// the reader's choice. They are not stored if the URL has the parameter `FOR_NOW`.
pub(super) fn with_settings_cookie(
    http: &HttpRequest<'_>,
    settings: PageSettings,
    mut response: Response,
) -> Response {
    let is_chosen = our_origin(http).is_some() && http.parameter(FOR_NOW).is_none();
    if is_chosen && settings != settings_of(http) {
        response.add_header("Set-Cookie", settings_cookie(&settings));
    }
    response
}

/// Answers a request for the settings page, or for the form of that page.
///
/// # Errors
/// The method is wrong.
pub(super) fn answer_settings(
    http: &HttpRequest<'_>,
    context: &Context,
) -> Result<Response, Refusal> {
    let room = named_room(http);
    let (sender, settings) = (Sender::browser(http, &context.entrance, None), settings_of(http));
    if let Some(response) = without_link_session(http) {
        return Ok(response);
    }
    Ok(match http.method {
        "GET" | "HEAD" if http.parameter("forget").is_some() => {
            let session = &sender.session;
            context::page(forget_page::page(language_of(http), settings, &room, session, None))
        }
        // Only the hub knows whether the person's name has a password.
        "GET" | "HEAD" if http.parameter("sign-out").is_some() => {
            let request = page_request(http, room, sender, settings, None);
            context.answer_by_job(PageRequest { task: PageTask::AskSignOut, ..request })
        }
        // The page shows the person's name, which only the hub knows.
        "GET" | "HEAD" if sender.session.token().is_some() => {
            let request = page_request(http, room, sender, settings, None);
            said_once(http, context.answer_by_job(request))
        }
        "GET" | "HEAD" => {
            let reader =
                SettingsReader { is_textual: is_textual(http), ..SettingsReader::from(&room) };
            let reader = SettingsReader { is_saved: is_saved(http), ..reader };
            said_once(
                http,
                context::page(settings_form::page(language_of(http), settings, &reader)),
            )
        }
        "POST" => {
            let settings = PageSettings::of_form(http.body);
            let is_theirs = sender.session.token().is_some() || is_left(http);
            if let Some(form) = bad_seconds(http) {
                let request = page_request(http, room, sender, settings, None);
                let task = PageTask::BadSeconds(form);
                return Ok(context.answer_by_job(PageRequest { task, ..request }));
            }
            match is_theirs.then(|| rename_command(http)).flatten() {
                None => redirect_after_saving(http, &room, &sender, settings),
                command => context
                    .answer_by_job(page_request(http, room, sender, settings, command))
                    .with_header("Set-Cookie", settings_cookie(&settings)),
            }
        }
        _ => return Err(Refusal::WrongMethod),
    })
}

/// Makes the page request for the settings page. `command` is the new name or secret that the
/// person wants; `None`: the page is only shown.
fn page_request(
    http: &HttpRequest<'_>,
    room: RoomName,
    sender: Sender,
    settings: PageSettings,
    command: Option<Box<CommandRequest>>,
) -> PageRequest {
    let (task, updates) = (PageTask::Settings(command), Updates::ByHand);
    let usual = room_route::page_request(http, room, task, sender, PageRole::Other);
    let language = settings.language.unwrap_or_else(|| preferred_language(http));
    let browser = BrowserTraits { may_be_gzipped: false, ..usual.browser };
    PageRequest { updates, browser, settings, language, ..usual }
}

/// Returns whether the browser has just saved settings, and no page has said so yet.
fn is_saved(http: &HttpRequest<'_>) -> bool {
    http.cookie(SAVED_COOKIE).is_some()
}

/// Makes the browser forget that it has just saved settings, because this page says so.
fn said_once(http: &HttpRequest<'_>, page: Response) -> Response {
    if !is_saved(http) {
        return page;
    }
    page.with_header("Set-Cookie", saved_cookie(SAVED_SETTINGS, Duration::ZERO))
}

/// Redirects to the settings page, which says that they are saved, and leads back to the room. A
/// browser that stores no cookie for its session perhaps also does not store the settings' cookie.
/// Its settings page would not show what was saved, so it comes to the room, and the URL says how
/// the room's page gets new messages.
fn redirect_after_saving(
    http: &HttpRequest<'_>,
    room: &RoomName,
    sender: &Sender,
    settings: PageSettings,
) -> Response {
    let token = sender.session.for_links(sender.session.token());
    let site = our_origin(http).unwrap_or_default();
    let Some(token) = token else {
        let saved = saved_cookie(SAVED_SETTINGS, limits::SAVED_SAID_WITHIN);
        let page = saved_page(room, shows_copies(http));
        return redirect(format!("{site}{page}"))
            .with_header("Set-Cookie", settings_cookie(&settings))
            .with_header("Set-Cookie", saved);
    };
    let session = format!("s={token}");
    let query = [SAVED.to_owned(), settings.updates().query(), session].map(Some);
    redirect(format!("{site}{}", with_query(&fresh(&address(room)), &query)))
        .with_header("Set-Cookie", settings_cookie(&settings))
}

/// Returns whether the browser shows its stored copy of a page although the page forbids it.
pub(super) fn shows_copies(http: &HttpRequest<'_>) -> bool {
    http.all("User-Agent").next().is_some_and(|name| name.starts_with("Links ("))
}

/// Returns whether the browser shows pages in a terminal.
pub(super) fn is_textual(http: &HttpRequest<'_>) -> bool {
    let name = http.all("User-Agent").next().unwrap_or_default();
    ["w3m/", "Lynx/", "ELinks/", "Links ("].iter().any(|known| name.starts_with(known))
}

/// Returns whether the browser, in a terminal, marks a `button` by itself.
pub(super) fn marks_buttons(http: &HttpRequest<'_>) -> bool {
    http.all("User-Agent").next().is_some_and(|name| name.starts_with("Lynx/"))
}

/// Returns whether the browser is known to leave out a button that stands outside its form.
pub(super) fn is_old(http: &HttpRequest<'_>) -> bool {
    let name = http.all("User-Agent").next().unwrap_or_default();
    ["Dillo", "NetSurf", "MSIE ", "Trident/"].iter().any(|known| name.contains(known))
}

/// Returns what was typed in the form, if a number of seconds is wanted and it has none.
fn bad_seconds(http: &HttpRequest<'_>) -> Option<BadSeconds> {
    let typed = http.field("every")?;
    let is_wanted = http.field("way").as_deref() == Some(Refreshing::Every.word());
    let is_good = typed.trim().parse::<u16>().is_ok();
    let is_bad = !is_good && (is_wanted || !typed.trim().is_empty());
    is_bad.then(|| BadSeconds { typed, name: http.field("name") })
}

fn rename_command(http: &HttpRequest<'_>) -> Option<Box<CommandRequest>> {
    let typed = |name| http.field(name).unwrap_or_default();
    let (name, secret) = (typed("name").trim().to_owned(), typed("secret"));
    let was = http.field("was").filter(|was| !was.is_empty());
    // A person who has a name cannot do without one: the answer to an empty name says so.
    if name.is_empty() && was.is_none() || was.as_ref() == Some(&name) && secret.is_empty() {
        return None;
    }
    let whole = if secret.is_empty() || name.is_empty() {
        name.clone()
    } else {
        format!("{name}#{secret}")
    };
    let fields = RequestFields::of("name").with(|fields| fields.name = Some(whole));
    let stranger = Stranger::new(name, "", None);
    let is_stale = is_stale(http) || is_left(http);
    let form = MessageForm { stranger, is_stale, ..MessageForm::default() };
    Some(Box::new(CommandRequest::of(CommandForm::Filled(fields), None, form)))
}

fn settings_cookie(settings: &PageSettings) -> String {
    let form = settings.form();
    let kept = if form.is_empty() { Duration::ZERO } else { SETTINGS_KEPT };
    hidden_cookie(COOKIE, &form, kept)
}
