//! What a page says of news in rooms: the notice that somebody has mentioned the reader, and beside
//! a room in a list, how many messages are new there.
//!
//! Owns: these words. They never contain the text of a message.
//! Must not know: which messages are new.
//!
//! Part: `site/pages/mod.rs`.

use std::slice;

use maud::{Markup, html};

use super::private_talk::{private_notice, private_notices};
use super::shown_room::ShownRoom;
use crate::chat::room_name::RoomName;
use crate::html::address::{address, message};
use crate::html::sentences::Sentences;
use crate::html::text::sentence;
use crate::site::visit::room_news::{RoomCall, RoomNews, mention_not_shown};

/// Makes the notices of mentions in other rooms, of rooms that ask for a password again, and of new
/// private messages.
pub(super) fn notices(room: &ShownRoom<'_>) -> Markup {
    html! {
        (mention_notices(room))
        @for name in &room.view.asks_again {
            p.notice {
                (sentence(room.words, "asksAgain", &[("room", name.as_str())])) " "
                a href=(room.link(&address(name), "")) { (room.words.say("openIt")) }
            }
        }
        @for name in private_notices(room) { (private_notice(room, name)) }
    }
}

/// Makes a notice for each room with a mention of the reader that no page has shown yet. It leads
/// to the oldest one.
fn mention_notices(room: &ShownRoom<'_>) -> Markup {
    let words = room.words;
    let here = room.view.news_here.iter().filter(|_| mention_not_shown(room.view).is_some());
    html! {
        @for news in room.view.news.iter().chain(here) {
            @if let Some(RoomCall { seq, by, is_reply }) = &news.first {
                p.notice {
                    @let told = if *is_reply { "repliedToYou" } else { "spokeToYou" };
                    (sentence(words, told, &[("name", by.shown()), ("room", news.room.as_str())]))
                    // The link leads to the first one. The others must not be missed.
                    @if news.to_me > 1 { (words.gap()) small { (words.bracketed(&words.count(news.to_me, "newToYouOne", "newToYou"))) } }
                    " " a href=(message(&news.room, seq.0, room.session().as_deref())) { (words.say("openIt")) }
                }
            }
        }
    }
}

/// Makes the words beside a room in a list; nothing, if the room has no news.
pub(super) fn new_there(words: &Sentences, news: &[RoomNews], room: &RoomName) -> Markup {
    html! {
        @if let Some(news) = news.iter().find(|news| news.room == *room) {
            (words.gap()) small { (words.bracketed(&counted(words, slice::from_ref(news)))) }
        }
    }
}

/// Returns how many messages are new in all these rooms, and how many of them call the reader.
pub(super) fn counted(words: &Sentences, news: &[RoomNews]) -> String {
    let count: usize = news.iter().map(|news| news.count).sum();
    let to_me: usize = news.iter().map(|news| news.to_me).sum();
    let more = if news.iter().any(|news| news.is_cut) { "+" } else { "" };
    let new = words.fill("newThere", &[("n", &format!("{count}{more}"))]);
    let calls = words.count(to_me, "newToYouOne", "newToYou");
    match (count, to_me) {
        (_, 0) => new,
        (0, _) => calls,
        _ => [new, calls].join(words.say("listComma")),
    }
}
