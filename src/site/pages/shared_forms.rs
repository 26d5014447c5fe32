//! Forms and fields that several pages have: to enter the server, to search, to go to another room,
//! a stranger's name, a text that was not sent yet.
//!
//! Owns: how each of them looks without a style.
//! Must not know: which page they are on.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use crate::chat::token::Token;
use crate::html::sentences::Sentences;
use crate::site::visit::search_form::SearchForm;

/// Makes a hidden field. Browsers write into it the encoding in which they send the form.
pub(super) fn charset() -> Markup {
    html! { input type="hidden" name="_charset_"; }
}

/// Makes the form to enter a server that needs a password.
pub(super) fn entrance(
    words: &Sentences,
    address: &str,
    name: Option<&str>,
    seed: Option<&Token>,
    unsent: Option<&str>,
) -> Markup {
    html! {
        p { (words.say("boxPassword")) }
        form method="post" action=(address) accept-charset="utf-8" {
            (charset())
            p { label { (words.say("password")) " " input type="password" name="password" size="20"; } }
            (stranger(words, name, seed))
            @if let Some(text) = unsent { (kept(words, text)) }
            p { button name="enter" value="1" { (words.say("goIn")) } }
        }
    }
}

/// Makes a visible field with a text that could not be sent yet, so that the form sends this text,
/// too. For an empty text it makes no field.
pub(super) fn kept(words: &Sentences, text: &str) -> Markup {
    html! {
        @if !text.is_empty() {
            p {
                label { (words.say("message")) " "
                    input type="text" name="text" size="64" autocomplete="off" value=(text);
                }
            }
        }
    }
}

/// Makes the fields for a stranger's name. `name` is what the stranger typed before; it may be a
/// name that its owner protects with a secret, so with it there is a field for the secret, too. The
/// random `seed` in the form lets the server make only one person if the stranger sends the form
/// twice.
pub(super) fn stranger(words: &Sentences, name: Option<&str>, seed: Option<&Token>) -> Markup {
    let name = name.filter(|name| !name.is_empty());
    html! {
        @if let Some(seed) = seed { input type="hidden" name="new" value=(seed.reveal()); }
        p {
            label { (words.say("yourName")) " "
                input type="text" name="name" size="20" autocomplete="nickname" value=[name];
            }
            " "
            @if name.is_some() {
                label { (words.say("password")) " "
                    input type="password" name="secret" size="12" autocomplete="current-password";
                }
            } @else {
                small { (words.say("emptyGuest")) }
            }
        }
    }
}

/// Makes the form to search the room. The browser sends the form to the URL `address`. A person can
/// search for words, for a person's messages and for a day. The fields already contain `typed`.
pub(super) fn search(
    words: &Sentences,
    address: &str,
    session: Option<String>,
    typed: &SearchForm,
) -> Markup {
    html! {
        form method="get" action=(address) accept-charset="utf-8" {
            @if let Some(session) = session { input type="hidden" name="s" value=(session); }
            p {
                label { (words.say("find")) " " input type="text" name="find" size="16" value=(typed.words); }
                " "
                label { (words.say("fromWhom")) " " input type="text" name="from" size="10" value=(typed.from); }
                " "
                label { (words.say("onDay")) " " input type="date" name="day" size="10" value=(typed.day); }
                " " button { (words.say("find")) }
            }
        }
    }
}

/// Makes the form in which the reader types the name of another room.
pub(super) fn another_room(words: &Sentences, session: Option<&str>) -> Markup {
    html! {
        form method="get" action="/" accept-charset="utf-8" {
            @if let Some(session) = session { input type="hidden" name="s" value=(session); }
            p {
                label { (words.say("goToRoom")) " " input type="text" name="room" size="20"; }
                " " button { (words.say("goIn")) }
            }
        }
    }
}
