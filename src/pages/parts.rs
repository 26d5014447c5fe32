//! Parts of a page that stand beside what was said: people, rooms, ways to look for
//! something or to come in.
//!
//! Owns: how each of them looks without a style.
//! Must not know: which page they are on.
//!
//! Next: `pages/desk.rs`.

use maud::{Markup, html};

use super::words::Sentences;
use crate::chat::clean::without_overrides;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::chat::told::Nature;
use crate::visit::find::Find;
use crate::visit::seen::Sight;

/// A text whose lines stay lines, also where no style is.
pub(super) fn lines(text: &str) -> Markup {
    html! {
        @for (nth, line) in text.lines().enumerate() {
            @if nth > 0 { br; }
            (line)
        }
    }
}

/// A sentence whose blanks are names and the like: each reads in its own direction.
pub fn sentence(words: &Sentences, name: &str, blanks: &[(&str, &str)]) -> Markup {
    let mut parts = words.say(name).split('{');
    let first = parts.next().unwrap_or_default();
    html! {
        (first)
        @for part in parts {
            @let (blank, behind) = part.split_once('}').unwrap_or_default();
            @let value = blanks.iter().find(|(of, _)| *of == blank).map(|(_, value)| *value);
            bdi { (without_overrides(value.unwrap_or_default())) } (behind)
        }
    }
}

/// How a room is kept from strangers now.
pub fn nature(words: &Sentences, room: &RoomName, nature: Nature) -> String {
    let sentence = match (nature.hidden, nature.locked) {
        (false, false) => "isOpen",
        (false, true) => "isLocked",
        (true, false) => "isHidden",
        (true, true) => "isHiddenLocked",
    };
    words.fill(sentence, &[("room", room.as_str())])
}

/// Browsers write into this in which encoding they send a form.
pub fn charset() -> Markup {
    html! { input type="hidden" name="_charset_"; }
}

/// The way into a box that asks for a password.
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

/// What could not be said yet, to be sent along.
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

/// Where a stranger says what to be called; whose form is shown again with a name may have to
/// give the secret that goes with that. Who sends the form twice is one person, by its seed.
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
                label { (words.say("secret")) " "
                    input type="password" name="secret" size="12" autocomplete="current-password";
                }
            } @else {
                small { (words.say("emptyGuest")) }
            }
        }
    }
}

/// Looks for words in the room at this address, for what somebody has said, for a day.
pub(super) fn search(
    words: &Sentences,
    address: &str,
    session: Option<String>,
    typed: &Find,
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

/// Who is here; `write` is where one writes to somebody alone.
pub(super) fn people(words: &Sentences, sight: &Sight, write: impl Fn(&str) -> String) -> Markup {
    let me = sight.me.as_ref();
    html! {
        h2 #here { (words.count("here", sight.people)) }
        ul.people {
            @for name in &sight.names {
                li {
                    span class={ "p" (name.colour()) } { bdi { (name.shown()) } }
                    @if Some(name) == me { " (" (words.say("you")) ")" }
                    @else if me.is_some() {
                        " " a href=(write(name.shown())) { (words.say("writePrivately")) }
                    }
                }
            }
        }
    }
}

/// Which rooms there are, and a way to another; `link` is where a room is.
pub(super) fn rooms(
    words: &Sentences,
    sight: &Sight,
    session: Option<String>,
    link: impl Fn(&RoomName) -> String,
) -> Markup {
    html! {
        h2 #rooms { (words.say("rooms")) }
        ul.rooms {
            @for room in &sight.rooms {
                li {
                    a href=(link(&room.room)) { bdi { (room.room) } }
                    " " (words.count("here", room.people))
                    @if !room.topic.is_empty() { " " small dir="auto" { (without_overrides(&room.topic)) } }
                }
            }
        }
        (another_room(words, session.as_deref()))
    }
}

/// Where another room is asked for, by its name.
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
