//! The forms to search a room: one field on the page of the room, all fields on those of the
//! history and of the results.
//!
//! Owns: which fields they have.
//! Must not know: which page they are on, what is found.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::shown_room::ShownRoom;
use crate::assets::built_in;
use crate::html::text::sentence;
use crate::site::visit::search_form::SearchForm;

/// Makes the form to search the room for words, folded behind its name where a browser can fold.
/// The pages of the history and of the results have the form with all fields ([`full`]).
pub(super) fn folded(room: &ShownRoom<'_>) -> Markup {
    let find = room.words.say("find");
    let find_in = sentence(room.words, "findIn", &[("room", room.name.as_str())]);
    html! {
        // Some text browsers do not know `details`, so a `div` is around it.
        div { details {
            summary { (find_in) }
            form action=(room.path()) accept-charset="utf-8" {
                @if let Some(session) = room.session() { input type="hidden" name="s" value=(session); }
                p {
                    input type="text" name="find" size="20" aria-label=(find);
                    " " button { (find) }
                }
            }
        } }
    }
}

/// Makes the form to search the room for words, for a person's messages and for a day. The fields
/// already contain `typed`.
pub(super) fn full(room: &ShownRoom<'_>, typed: &SearchForm) -> Markup {
    let words = room.words;
    let find_in = sentence(words, "findIn", &[("room", room.name.as_str())]);
    html! {
        // The page of a linked message has a script, so its head loads only `base.css`.
        @if room.wanted.linked.is_some() {
            noscript { link rel="stylesheet" href=(built_in::address("pages.css")); }
        }
        form.search action=(room.path()) accept-charset="utf-8" {
            @if let Some(session) = room.session() { input type="hidden" name="s" value=(session); }
            p { label { (find_in) " " input type="text" name="find" size="16" value=(typed.words); } }
            p {
                label { (words.say("fromWhom")) " " input type="text" name="from" size="10" value=(typed.from); }
                " "
                label { (words.say("onDay")) small.empty { " " (words.say("dayFormat")) } " " input type="date" name="day" size="10" value=(typed.day); }
                " " button { (words.say("find")) }
            }
        }
    }
}
