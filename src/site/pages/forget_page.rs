//! The pages on which a person confirms to go: to sign out, or that all their messages and their
//! name are removed. The forms are forms of the room's page. The second one sends the name that the
//! person types.
//!
//! Must not know: what is removed, and how.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::{layout, shared_forms};
use crate::base::language::Language;
use crate::chat::room_name::RoomName;
use crate::html::address::{address, escaped, of_settings, with_query};
use crate::html::sentences::Sentences;
use crate::site::visit::page_request::PageRequest;
use crate::site::visit::page_settings::PageSettings;
use crate::site::visit::request_session::RequestSession;

/// Makes the page on which the person with this session confirms that all their messages and their
/// name are removed. It leads back to `room`. `trouble` says why a form of this page has removed
/// nothing; `None`: no form was sent.
pub fn page(
    language: Language,
    settings: PageSettings,
    room: &RoomName,
    session: &RequestSession,
    trouble: Option<&str>,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let fields = html! {
        input type="hidden" name="text";
        p {
            label { (words.say("forgetMeName")) " "
                input type="text" name="forget" size="20" autocomplete="off" required;
            }
            " " button { (words.say("forgetMeReally")) }
        }
    };
    let body = html! {
        @if let Some(trouble) = trouble { p.bad role="alert" { b { (trouble) } } }
        (question(words, room, session, "forgetMeMore", &fields))
    };
    whole(words, settings, room, session, "forgetMe", &body)
}

/// Makes the page that asks the person with this session whether to sign out. *Cancel* leads back
/// to the settings, whose link leads here. A person whose name has a password (`has_secret`) can
/// come back to the name.
pub(super) fn sign_out_page(request: &PageRequest, has_secret: bool) -> Vec<u8> {
    let PageRequest { settings, room, session, .. } = request;
    let (words, settings) = (Sentences::of(request.language), *settings);
    let room_part = format!("room={}", escaped(room.as_str()));
    let back = with_query(&of_settings(), &[Some(room_part), session_part(session)]);
    let more = if has_secret { "signOutKept" } else { "signOutHere" };
    let fields = html! {
        input type="hidden" name="text" value="/quit";
        p { button { (words.say("signOut")) } " " a href=(back) { (words.say("cancel")) } }
    };
    let body = question(words, room, session, more, &fields);
    whole(words, settings, room, session, "signOut", &body)
}

/// Makes the sentence of this name that says what the form does, and the form with these fields.
fn question(
    words: &Sentences,
    room: &RoomName,
    session: &RequestSession,
    more: &str,
    fields: &Markup,
) -> Markup {
    html! {
        @match session.token() {
            None => p { (words.say("deviceNeedsName")) },
            Some(token) => {
                p { (words.say(more)) }
                form method="post" action=(address(room)) accept-charset="utf-8" {
                    (shared_forms::charset())
                    input type="hidden" name="key" value=(token.form_key());
                    @if let Some(session) = session.for_links(Some(token)) { input type="hidden" name="s" value=(session); }
                    (fields)
                }
            }
        }
    }
}

fn whole(
    words: &Sentences,
    settings: PageSettings,
    room: &RoomName,
    session: &RequestSession,
    heading: &str,
    body: &Markup,
) -> Vec<u8> {
    let title = format!("{} - {}", words.say(heading), words.say("brand"));
    let back = with_query(&address(room), &[session_part(session)]);
    let page = html! {
        header {
            (shared_forms::mark())
            h1.whole { (words.say(heading)) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", room.as_str())])) } }
        }
        main { (body) }
    };
    layout::page(words, &title, settings, None, &page).into_string().into_bytes()
}

/// Returns the part of a query that names the session, if links must contain it.
fn session_part(session: &RequestSession) -> Option<String> {
    session.for_links(session.token()).map(|token| format!("s={token}"))
}
