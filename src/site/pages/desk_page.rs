//! The page for the hosts of the chat: its rooms, its hosts, who is blocked, and what was done. It
//! needs no scripts.
//!
//! Each button sends the command that one could type, and the answer is this page again.
//!
//! Owns: which buttons there are.
//! Must not know: what a command changes; who may give it.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::keeping_page::on_person;
use super::shared_forms;
use crate::chat::rules_of_room::{RulesOfChat, WatchedRoom};
use crate::html::address::{address, with_query};
use crate::html::sentences::Sentences;
use crate::html::text::{done_in_room, sentence};
use crate::html::{reasons::rounded, when};
use crate::site::visit::page_request::{OF_CHAT, PageRequest, WANTS_KEEPING};

/// Makes what stands on the page.
pub(super) fn desk(request: &PageRequest, chat: &RulesOfChat) -> Markup {
    let words = Sentences::of(request.language);
    html! {
        p { (words.say("hostDeskMore")) }
        (rooms(words, request, chat))
        form method="post" action=(address(&request.room)) accept-charset="utf-8" {
            (shared_forms::charset())
            @if let Some(token) = request.session.answer_token() {
                input type="hidden" name="key" value=(token.form_key());
                @if request.session.in_links() { input type="hidden" name="s" value=(token.reveal()); }
            }
            input type="hidden" name=(WANTS_KEEPING) value=(OF_CHAT);
            (hosts(words, chat))
            (blocked(words, chat))
            (people(words, chat))
        }
        (record(words, chat))
    }
}

fn rooms(words: &Sentences, request: &PageRequest, chat: &RulesOfChat) -> Markup {
    let session = request.session.answer_token().filter(|_| request.session.in_links());
    let session = session.map(|token| format!("s={}", token.reveal()));
    html! {
        h2 { (words.say("hostRooms")) }
        ul.people {
            @for WatchedRoom { room, people, reports, waiting } in &chat.rooms {
                @let keep = with_query(&format!("{}/keep", address(room)), std::slice::from_ref(&session));
                li {
                    a href=(keep) { bdi { (room) } } " "
                    small {
                        (words.fill("hostRoomLine", &[("n", &people.to_string())]))
                        @for (count, key) in [(reports, "hostReports"), (waiting, "hostWaiting")] {
                            @if *count > 0 { " · " b { (words.fill(key, &[("n", &count.to_string())])) } }
                        }
                    }
                }
            }
        }
    }
}

fn hosts(words: &Sentences, chat: &RulesOfChat) -> Markup {
    html! {
        h2 { (words.say("hostHosts")) }
        ul.people {
            @for name in &chat.hosts {
                li {
                    bdi { (name.shown()) }
                    // The last one stays.
                    @if chat.hosts.len() > 1 { (on_person(words, "unhost", name.shown())) }
                }
            }
        }
    }
}

fn blocked(words: &Sentences, chat: &RulesOfChat) -> Markup {
    html! {
        @if !chat.blocked.is_empty() {
            h2 { (words.say("hostBlocked")) }
            ul.people {
                @for (name, left) in &chat.blocked {
                    li {
                        (sentence(words, "keptFor", &[("name", name.shown()), ("time", &rounded(words, *left))]))
                        (on_person(words, "unblock", name.shown()))
                    }
                }
            }
        }
    }
}

fn people(words: &Sentences, chat: &RulesOfChat) -> Markup {
    let others: Vec<_> = chat.people.iter().filter(|name| !chat.hosts.contains(name)).collect();
    html! {
        @if !others.is_empty() {
            h2 { (words.say("hostPeople")) }
            ul.people {
                @for name in others {
                    li {
                        bdi { (name.shown()) }
                        (on_person(words, "block", name.shown()))
                        (on_person(words, "host", name.shown()))
                    }
                }
            }
        }
    }
}

fn record(words: &Sentences, chat: &RulesOfChat) -> Markup {
    html! {
        @if !chat.record.is_empty() {
            h2 { (words.say("hostRecord")) }
            ul.people {
                @for (room, act) in chat.record.iter().rev() {
                    li {
                        (when::moment(words, act.at)) (words.say("colon"))
                        bdi { (room) } (words.say("colon"))
                        (done_in_room(words, &act.done_in(room)))
                    }
                }
            }
        }
    }
}
