//! The poll of a room on pages without scripts: the question, and a button for each answer.
//!
//! Owns: how the poll stands there.
//! Must not know: who may ask; what a command changes.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::shared_forms;
use super::shown_room::ShownRoom;

/// What the bars are made of. Text browsers show it, too.
const BAR: &str = "█";

/// Makes the poll, if there is one. A press on an answer chooses it, and the page comes again.
pub(super) fn poll(room: &ShownRoom<'_>) -> Markup {
    let words = room.words;
    html! {
        @if let Some(news) = room.view.poll.as_deref() {
            form #poll method="post" action=(room.path()) accept-charset="utf-8" {
                (shared_forms::charset())
                (room.session_fields())
                p { b { (words.say("poll")) (words.say("colon")) } bdi { (news.poll.question) } }
                ul.people {
                    @for (at, (answer, people)) in news.poll.answers.iter().enumerate() {
                        li {
                            button name="text" value=(format!("/vote {}", at + 1)) { (answer) }
                            " " span aria-hidden="true" { (news.poll.bar(*people, BAR)) } " " (people)
                            @if news.yours == Some(at + 1) { " " small { (words.say("pollYours")) } }
                        }
                    }
                }
                @if room.is_maker() {
                    p { button name="text" value="/unpoll" { (words.say("menu-unpoll")) } }
                }
            }
        }
    }
}
