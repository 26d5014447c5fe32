//! Forms and fields that several pages have: the mark of the program, the form to enter the server,
//! the list of rooms, the form to go to another room, the fields for a stranger's name, the field
//! for a text that was not sent yet.
//!
//! Owns: how each of them looks without a style.
//! Must not know: which page they are on.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use crate::admission::Password;
use crate::assets::built_in;
use crate::base::base_path::link;
use crate::chat::answer::{RoomPrivacy, RoomSummary};
use crate::chat::clean::without_overrides;
use crate::chat::name::Name;
use crate::chat::token::Token;
use crate::html::address::of_rooms;
use crate::html::qr_code;
use crate::html::sentences::Sentences;
use crate::html::text;
use crate::server::http::request::is_loopback;
use crate::site::visit::page_request::WantedPage;
use crate::site::visit::rooms_form::{NEW_ROOM, RoomsForm};
use crate::site::visit::stranger::SIGN_IN;

/// Makes the header of a page with one way on: whoever has signed out has nothing to do in a room.
pub(super) fn bare_header(words: &Sentences) -> Markup {
    html! {
        link rel="stylesheet" href=(built_in::address("pages.css"));
        header { (mark()) h1 { (words.say("brand")) } }
    }
}

/// Makes the mark of the program: three threads, and a knot in the middle one. Text browsers show
/// nothing for it.
pub(super) fn mark() -> Markup {
    html! {
        svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" {
            path opacity=".45" d="M5 2v20M19 2v20" {}
            // The knot is an arc, which takes fewer bytes than a `circle`.
            path d="M12 2v7a3 3 0 1 1-.1 0M12 15v7" {}
        }
    }
}

/// Shows a link that other people or devices are to open, with its QR code. If only this machine
/// can open it, says so instead of the code.
pub(super) fn link_for_others(words: &Sentences, link: &str) -> Markup {
    let host = link.split('/').nth(2).unwrap_or_default();
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    html! {
        p { a href=(link) { (link) } }
        @if is_loopback(host) { p { (words.fill("linkIsLocal", &[("port", port)])) } }
        @else if let Some(code) = qr_code::drawn(link, words.say("qrCode")) { p { (code) } }
    }
}

/// Makes the mark after the name of a room that is hidden or needs a password; for other rooms,
/// nothing.
pub(super) fn privacy_mark(words: &Sentences, privacy: RoomPrivacy) -> Markup {
    let marks = [(privacy.hidden, "hiddenRoomMark"), (privacy.locked, "lockedMark")];
    let marks: Vec<_> =
        marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| words.say(mark)).collect();
    html! {
        @if !marks.is_empty() {
            (words.gap()) small { (words.bracketed(&marks.join(words.say("listComma")))) }
        }
    }
}

/// Makes a hidden field. Browsers write into it the encoding in which they send the form.
pub(super) fn charset() -> Markup {
    html! { input type="hidden" name="_charset_"; }
}

pub(super) fn entrance(
    words: &Sentences,
    address: &str,
    name: (Option<&str>, SecretField<'_>),
    seed: Option<&Token>,
    unsent: Option<&str>,
) -> Markup {
    html! {
        h2 { (words.say("boxPassword")) }
        form #say method="post" action=(address) accept-charset="utf-8" {
            (charset())
            p { label { (words.say("password")) " " input type="password" name="password" size="20" autofocus; } }
            (stranger(words, name.0, name.1, seed))
            @if let Some(text) = unsent { (kept(words, text)) }
            p { button name="enter" value="1" { (words.say("goIn")) } }
        }
    }
}

/// Makes the sentence that says what went wrong with a form; without a sentence, nothing.
pub(super) fn trouble(why: Option<&str>) -> Markup {
    html! { @if let Some(why) = why { p.bad role="alert" { b { (text::lines(why)) } } } }
}

/// Makes the form with which a reader whose session has ended is the same person again. `name` is
/// what the reader typed before; `hidden` are the form's hidden fields beside that of the stranger.
pub(super) fn sign_in(
    words: &Sentences,
    address: &str,
    seed: Option<&Token>,
    name: Option<&str>,
    hidden: &Markup,
) -> Markup {
    html! {
        form method="post" action=(address) accept-charset="utf-8" {
            (charset())
            (hidden)
            @if let Some(seed) = seed { input type="hidden" name="new" value=(seed.reveal()); }
            p {
                label { (words.say("yourName")) " " input type="text" name="name" size="20" autocomplete="username" value=[name]; }
                " "
                label { (words.say("password")) " "
                    input type="password" name="secret" size="12" autocomplete="current-password";
                }
                " " button name="enter" value=(SIGN_IN) { (words.say("signIn")) }
            }
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
                    @if text.contains('\n') { (lines(None, 64, text, false)) }
                    @else { input type="text" name="text" size="64" value=(text); }
                }
            }
        }
    }
}

/// Makes the field for a message of several lines.
pub(super) fn lines(id: Option<&str>, columns: usize, text: &str, is_in_use: bool) -> Markup {
    html! {
        textarea name="text" id=[id] rows="5" cols=(columns) autofocus[is_in_use] {
            // A browser leaves out the first line end, so one more stands before the text.
            "\n" (text)
        }
    }
}

/// Where the fields for a stranger's name have the field for the name's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretField<'a> {
    /// It is beside the name: the stranger may own that.
    Shown,
    /// It is beside the name, and has the secret that the stranger has typed.
    Kept(&'a Password),
    /// There is none: most strangers own no name; or the name is in use, and has no secret.
    Absent,
}

impl<'a> SecretField<'a> {
    /// Returns where the field is on this page of a room.
    pub(super) fn of(wanted: &'a WantedPage, signs_in: bool) -> Self {
        match &wanted.secret {
            Some(secret) => Self::Kept(secret),
            None if signs_in => Self::Shown,
            None => Self::after(wanted.name.as_deref(), wanted.hides_secret),
        }
    }

    /// Returns where the field is after the stranger has typed this name. `hides`: nowhere, for
    /// example because another person has the name, and it has no secret. Any other name that a
    /// person can have may be the stranger's own.
    pub(super) fn after(name: Option<&str>, hides: bool) -> Self {
        let is_typed = name.is_some_and(|name| Name::of_somebody(name).is_ok());
        if is_typed && !hides { Self::Shown } else { Self::Absent }
    }
}

/// Makes the fields for a stranger's name. With the `seed`, the server makes only one person if the
/// stranger sends the form twice.
pub(super) fn stranger(
    words: &Sentences,
    name: Option<&str>,
    secret: SecretField<'_>,
    seed: Option<&Token>,
) -> Markup {
    stranger_fields(words, name, secret, seed, None)
}

/// Makes these fields for a form that does more than sign in. Beside the field for the secret,
/// which has this `label`, stands a button that only signs in.
pub(super) fn stranger_signing_in(
    words: &Sentences,
    name: Option<&str>,
    secret: SecretField<'_>,
    seed: Option<&Token>,
    label: &str,
) -> Markup {
    stranger_fields(words, name, secret, seed, Some(label))
}

fn stranger_fields(
    words: &Sentences,
    name: Option<&str>,
    secret: SecretField<'_>,
    seed: Option<&Token>,
    signs_in: Option<&str>,
) -> Markup {
    let name = name.filter(|name| !name.is_empty());
    let has_secret = secret != SecretField::Absent;
    let typed = if let SecretField::Kept(secret) = secret { Some(secret.reveal()) } else { None };
    html! {
        @if let Some(seed) = seed { input type="hidden" name="new" value=(seed.reveal()); }
        p {
            label { (words.say("yourName")) " "
                input type="text" name="name" size="20" autocomplete="nickname" value=[name]
                    placeholder=[(!has_secret).then(|| words.say("emptyGuest"))];
            }
            " "
            @if has_secret {
                label { (words.say(signs_in.unwrap_or("password"))) " "
                    input type="password" name="secret" size="12" autocomplete="current-password"
                        value=[typed];
                }
                @if signs_in.is_some() { " " button name="enter" value=(SIGN_IN) { (words.say("signIn")) } }
                " " small { (words.say("secretOfName")) }
            } @else {
                small.empty { (words.say("emptyGuest")) }
            }
        }
    }
}

/// Makes the list of rooms. `way_in` makes the link or the button with which one enters a room. It
/// is a table, so that text browsers, too, show the numbers of people below one another.
pub(super) fn rooms(
    words: &Sentences,
    rooms: &[RoomSummary],
    way_in: impl Fn(&RoomSummary) -> Markup,
) -> Markup {
    html! {
        table.rooms {
            @for room in rooms {
                tr {
                    td { (way_in(room)) (privacy_mark(words, room.privacy)) }
                    td { (words.count(room.people, "hereOne", "hereMany")) }
                    @if !room.topic.is_empty() { td { small dir="auto" { (without_overrides(&room.topic)) } } }
                }
            }
        }
    }
}

/// The gap between the sentences, links and buttons below the message field. With one space, a
/// reader could not see where one of them ends. The browser can break the line after the gap.
pub(super) const GAP: &str = "\u{a0} ";

/// Makes the button of a message's form that loads the page again and keeps the typed text.
/// `is_textual`: the browser shows pages in a terminal, and has no way to update them.
pub(super) fn refresh(words: &Sentences, is_textual: bool) -> Markup {
    html! {
        (words.say(if is_textual { "noFrames" } else { "noScript" })) (GAP) input type="submit" name="refresh" value=(words.say("refresh"));
    }
}

/// Makes a box to tick, on a line of its own. It is no paragraph: in a paragraph, the style puts
/// what follows a field's label at the edge of the fields.
pub(super) fn tick(name: &str, says: &str, is_so: bool) -> Markup {
    html! {
        div { label { input type="checkbox" name=(name) value="1" checked[is_so]; " " (says) } }
    }
}

/// Makes the form for a new room, which may be hidden and have a password. `fields` has the form's
/// other fields: the room's name and whose form it is. After an error, `typed` has the rest of what
/// was typed: if the form came back without the password, it would make an open room.
pub(super) fn new_room(words: &Sentences, fields: &Markup, typed: &RoomsForm) -> Markup {
    html! {
        h2 #new { (words.say("newRoom")) }
        form method="post" action=(of_rooms()) accept-charset="utf-8" {
            (charset())
            input type="hidden" name=(NEW_ROOM) value="1";
            (fields)
            p {
                label { (words.say("passwordOptional")) " "
                    input type="password" name="room-password" size="20" autocomplete="new-password"
                        value=[typed.password.as_ref().map(Password::reveal)];
                }
            }
            (tick("hidden", words.say("hiddenRoom"), typed.is_hidden))
            (kept(words, &typed.text))
            p { button { (words.say("create")) } }
        }
    }
}

/// Makes the form to go to another room. Its second button leads to the form for a new room that
/// may have a password, and that form has the name that was typed here. With `text_of`, the id of
/// the form for a message, the field and the buttons belong to that form, so that its text comes
/// along; a browser that does not know that sends this form without the text.
pub(super) fn another_room(
    words: &Sentences,
    session: Option<&str>,
    typed: Option<&str>,
    text_of: Option<&str>,
) -> Markup {
    html! {
        form action=(link("/")) accept-charset="utf-8" {
            @if let Some(session) = session { input type="hidden" name="s" value=(session); }
            p {
                label { (words.say("goToRoom")) " "
                    input type="text" name="room" size="20" form=[text_of] value=[typed];
                }
                " " button name="go" form=[text_of] { (words.say("goIn")) }
                " " input type="submit" name="make" form=[text_of] value=(words.say("newRoom"));
            }
        }
    }
}

/// Makes the same field and buttons inside the form of a message, for a browser in a terminal: it
/// knows no field that belongs to another form. `typed` is a name that no room can have.
pub(super) fn another_room_with_text(words: &Sentences, typed: Option<&str>) -> Markup {
    html! {
        div {
            (words.say("goToRoom")) " " input type="text" name="room" size="16" value=[typed];
            " " button name="go" { (words.say("goIn")) }
            " " input type="submit" name="make" value=(words.say("newRoom"));
        }
    }
}
