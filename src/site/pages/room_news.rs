//! What a page says of the reader's other rooms: the notice that somebody has mentioned the reader,
//! and beside a room in a list, how many messages are new there.
//!
//! Owns: these words. They never contain the text of a message.
//! Must not know: which messages are new.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::private_talk::{private_notice, private_notices};
use super::shown_room::ShownRoom;
use crate::chat::room_name::RoomName;
use crate::html::address::address;
use crate::html::sentences::Sentences;
use crate::html::text::sentence;
use crate::site::visit::room_news::RoomNews;

/// Makes the notices of mentions in other rooms, and of new private messages.
pub(super) fn notices(room: &ShownRoom<'_>) -> Markup {
    html! {
        (mention_notices(room))
        @for name in private_notices(room) { (private_notice(room, name)) }
    }
}

/// Makes a notice for each other room in which the reader was mentioned.
fn mention_notices(room: &ShownRoom<'_>) -> Markup {
    let words = room.words;
    html! {
        @for news in &room.view.news {
            @if let Some(by) = &news.by {
                p.notice {
                    (sentence(words, "spokeToYou", &[("name", by.shown()), ("room", news.room.as_str())])) " "
                    a href=(room.fresh_link(&address(&news.room))) { (words.say("openIt")) }
                }
            }
        }
    }
}

/// Makes the words beside a room in a list; nothing, if the room has no news.
pub(super) fn new_there(words: &Sentences, news: &[RoomNews], room: &RoomName) -> Markup {
    html! {
        @if let Some(news) = news.iter().find(|news| news.room == *room) {
            @let count = format!("{}{}", news.count, if news.is_cut { "+" } else { "" });
            " " small {
                "(" (words.fill("newThere", &[("n", &count)]))
                @if news.to_me > 0 { ", " (words.count(news.to_me, "newToYouOne", "newToYou")) }
                ")"
            }
        }
    }
}
