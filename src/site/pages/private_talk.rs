//! Private messages: a talk with one person, and the notice on the room's page that there is a new
//! private message.
//!
//! Owns: which talk a private message belongs to, and that the room's page never shows the text of
//! a private message, because other people may see that page.
//! Must not know: how a line looks.
//!
//! Part: `site/pages/mod.rs`.

use std::sync::Arc;

use maud::{Markup, html};

use super::keeping_page::on_person;
use super::messages::ShownEntry;
use super::people_list::code_of;
use super::shared_forms;
use super::shown_room::{ShownRoom, to_query};
use crate::base::{limits, wall_clock};
use crate::chat::answer::PersonState;
use crate::chat::clean::without_overrides;
use crate::chat::entry::{Entry, EntryKind, REMOVED_NAME, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::html::address::address;
use crate::html::sentences::Sentences;
use crate::html::text::{in_brackets, sentence};
use crate::html::when;
use crate::site::visit::page_request::{PageKind, WantedPage};
use crate::site::visit::room_view::{LogView, RoomView};

/// The number of talks of which the browser stores the newest message that it has shown. So the
/// cookie stays short.
const TALKS_SEEN_MAX: usize = 12;

/// Returns the private messages between the reader and the person of this name, oldest first.
/// If the hub has sent more of them than a page shows, returns only the newest.
pub(super) fn talk_entries<'a>(room: &ShownRoom<'a>, to: &str) -> Vec<&'a Entry> {
    talk_in(room.log, to)
}

fn talk_in<'a>(log: &'a LogView, to: &str) -> Vec<&'a Entry> {
    let Ok(other) = Name::of_somebody(to) else { return Vec::new() };
    let mut talk = log.talk_with(&other);
    talk.drain(..talk.len().saturating_sub(limits::PAGE_LINES));
    talk
}

/// Returns the URL of the page with older private messages; `None`: there are none.
pub(super) fn older_talk(
    room: &ShownRoom<'_>,
    to: &str,
    lines: &[ShownEntry<'_>],
) -> Option<String> {
    let is_full = !to.is_empty() && lines.len() >= limits::PAGE_LINES;
    let shown = lines.first().map(|line| line.entry.seq).filter(|_| is_full);
    let oldest = room.log.lines.first().map(|line| line.seq);
    let has_more = room.log.more || shown > oldest;
    let before: Seq = shown.or(oldest).filter(|_| has_more)?;
    let before = format!("before={}", before.0);
    let query = if to.is_empty() { before } else { format!("{}&{before}", to_query(to)) };
    Some(room.link(&room.private_path(), &query))
}

/// Returns the people about whose newest private messages the page tells the reader: those of
/// [`unread_talks`], and nobody on a page of older messages or of all private messages. The latter
/// says it beside their names.
pub(super) fn private_notices<'a>(room: &ShownRoom<'a>) -> Vec<&'a Name> {
    let is_talk = matches!(&room.wanted.kind, PageKind::Private(to) if !to.is_empty());
    if is_talk || room.wanted.is_newest() { unread_talks(room) } else { Vec::new() }
}

/// Returns the people whose newest private message is new, in the order of these messages. Not new
/// is one that the browser has shown, one that the reader has read on another device, and one by a
/// person who has removed the name, or with whom the page shows a private talk.
pub(super) fn unread_talks<'a>(room: &ShownRoom<'a>) -> Vec<&'a Name> {
    let partner = match &room.wanted.kind {
        PageKind::Private(to) => Name::of_somebody(to).ok(),
        _ => None,
    };
    let (mut found, mut named) = (Vec::new(), Vec::new());
    for message in room.log.private_entries.iter().rev() {
        let name = &message.by.name;
        let is_theirs = matches!(message.what, EntryKind::Private { own: false, .. });
        let is_open = partner.as_ref().is_some_and(|to| to.skeleton() == name.skeleton());
        if is_theirs && !is_open && !named.contains(&name) && !is_gone(name.shown()) {
            named.push(name);
            if !has_seen(room, message) {
                found.push(name);
            }
        }
    }
    found.reverse();
    found
}

/// Returns whether the browser has shown this private message, or the reader has read it on another
/// device.
fn has_seen(room: &ShownRoom<'_>, message: &Entry) -> bool {
    room.private_shown.contains(&(message.seq, message.at)) || room.log.has_read(message)
}

/// Returns the private messages from this name that are new for the reader, the newest first.
fn unseen_from<'a>(
    room: &ShownRoom<'a>,
    from: &'a Name,
) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a> {
    let room = *room;
    let is_theirs = |line: &&Arc<Entry>| {
        matches!(line.what, EntryKind::Private { own: false, .. })
            && line.by.name.skeleton() == from.skeleton()
    };
    let theirs = room.log.private_entries.iter().rev().filter(is_theirs);
    theirs.take_while(move |line| !has_seen(&room, line))
}

/// Returns the number of the oldest private message from this name that is new for the reader;
/// `None`: none is new.
pub(super) fn first_unseen_from(room: &ShownRoom<'_>, from: &str) -> Option<Seq> {
    let from = Name::of_somebody(from).ok()?;
    unseen_from(room, &from).last().map(|line| line.seq)
}

/// Returns how many private messages from this name are new for the reader, of those that the hub
/// has answered.
pub(super) fn unseen_count_from(room: &ShownRoom<'_>, from: &str) -> usize {
    Name::of_somebody(from).map_or(0, |from| unseen_from(room, &from).count())
}

/// Returns the places in a private talk from which on another person has the name: how many of
/// `lines`, the oldest first, come before each.
pub(super) fn places_of_another_person(lines: &[ShownEntry<'_>]) -> Vec<usize> {
    let (mut places, mut last) = (Vec::new(), None);
    for (at, line) in lines.iter().enumerate() {
        let Some(with) = line.entry.correspondent() else { continue };
        if last.replace(with).is_some_and(|last| last != with) {
            places.push(at);
        }
    }
    places
}

/// Makes the notice that this person has sent the reader a private message.
pub(super) fn private_notice(room: &ShownRoom<'_>, from: &Name) -> Markup {
    html! {
        p.notice {
            (sentence(room.words, "wroteToYou", &[("name", from.shown())])) " "
            a href=(room.fresh_talk_link(from.shown())) { (room.words.say("openIt")) }
        }
    }
}

/// Returns numbers and times of the private messages that the reader has seen with this page, which
/// shows those of `messages`, the newest last, that were exchanged with `to`. `before` are those
/// seen before. `None`: these are the same ones. The page of all private messages, where `to` is
/// empty, counts them as new until the talk itself is shown.
pub(super) fn newly_shown(
    messages: &[Arc<Entry>],
    to: &str,
    before: &[(Seq, UnixMillis)],
) -> Option<Vec<(Seq, UnixMillis)>> {
    let other = Name::of_somebody(to).ok();
    let (mut seen, mut named) = (before.to_vec(), Vec::new());
    for message in messages.iter().rev() {
        let name = &message.by.name;
        let is_theirs = matches!(message.what, EntryKind::Private { own: false, .. });
        let is_it = other.as_ref().is_some_and(|other| other.skeleton() == name.skeleton());
        if !is_theirs || !is_it || named.contains(&name) {
            continue;
        }
        named.push(name);
        if !seen.contains(&(message.seq, message.at)) {
            seen.push((message.seq, message.at));
        }
    }
    seen.sort_by_key(|(seq, at)| (*at, *seq));
    seen.drain(..seen.len().saturating_sub(TALKS_SEEN_MAX));
    (seen != before).then_some(seen)
}

/// Returns the words for a person who is busy, with the excuse if there is one.
pub(super) fn busy_words(words: &Sentences, excuse: &str) -> String {
    if excuse.is_empty() {
        return words.say("awayMark").to_owned();
    }
    words.fill("awayMarkWith", &[("text", &without_overrides(excuse))])
}

/// Makes the words in brackets behind the name of a person who is busy. The excuse is an element of
/// its own, so that its direction signs do not turn the bracket behind it.
pub(super) fn busy_mark(words: &Sentences, excuse: &str) -> Markup {
    let name = if excuse.is_empty() { "awayMark" } else { "awayMarkWith" };
    in_brackets(words, &sentence(words, name, &[("text", excuse)]))
}

/// Makes the text that says with whom this talk is, and who can see it. If `to` is empty, makes
/// links to talks instead.
pub(super) fn talk_partner(room: &ShownRoom<'_>, to: &str) -> Markup {
    html! {
        @if to.is_empty() {
            @let people = people(room);
            @if people.is_empty() { p { (room.words.say("privateHint")) } }
            @else {
                p {
                    (room.words.say("privateWhom"))
                    @for name in people {
                        " " a href=(room.fresh_talk_link(name.shown())) { bdi { (name.shown()) } }
                        @let count = unseen_from(room, name).count();
                        @if count > 0 { (room.words.gap()) small { (room.words.bracketed(&room.words.fill("newThere", &[("n", &count.to_string())]))) } }
                    }
                }
            }
        } @else if !is_gone(to) {
            p {
                (sentence(room.words, "onlyYouTwo", &[("name", to)]))
                @if let Some(PersonState { here, excuse, seen, .. }) = room.view.partner.as_deref() {
                    (room.words.gap()) (sentence(room.words, if *here { "personIsHere" } else { "awayGetsIt" }, &[("name", to)]))
                    @if let Some(seen) = seen {
                        (room.words.gap()) (sentence(room.words, "wasHere", &[("name", to), ("time", &when::moment(room.words, *seen))]))
                    }
                    @if let Some(excuse) = excuse { (busy_mark(room.words, excuse)) }
                } @else if is_unheld(room.view, to) {
                    (room.words.gap()) (sentence(room.words, "nameUnheld", &[("name", to)]))
                }
            }
            (keeper_buttons(room, to))
            @if let Some(mark) = room.view.partner.as_ref().and_then(|partner| code_of(room.log.lines.iter().map(AsRef::as_ref), &partner.name)) {
                p { small { span.mark { (mark) } " " (room.words.say("markSays")) } }
            }
        }
    }
}

/// Makes the buttons by which somebody who looks after the room acts on this person: each sends the
/// command that one could type. Nothing for others.
fn keeper_buttons(room: &ShownRoom<'_>, to: &str) -> Markup {
    html! {
        @if room.is_maker() && room.view.me.as_ref().is_none_or(|me| me.shown() != to) {
            form method="post" action=(address(room.name)) accept-charset="utf-8" {
                (shared_forms::charset())
                (room.session_fields())
                p {
                    (room.words.fill("keepHere", &[("room", room.name.as_str())])) " "
                    @for action in ["mute", "unmute", "kick", "unkick"] { (on_person(room.words, action, to)) }
                }
            }
        }
    }
}

/// Returns the sentence that nobody has the name with which this page shows a private talk; `None`:
/// somebody has it, or has written under it, or the hub has not said so.
pub(super) fn nobody(words: &Sentences, view: &RoomView, wanted: &WantedPage) -> Option<String> {
    let PageKind::Private(to) = &wanted.kind else { return None };
    let is_nobody = is_unheld(view, to) && talk_in(&view.log, to).is_empty();
    is_nobody.then(|| words.fill("nobodyNamed", &[("name", &without_overrides(to))]))
}

/// Returns whether the hub has said that nobody has this name. Others may have had it before.
fn is_unheld(view: &RoomView, to: &str) -> bool {
    let is_answered = view.me.is_some() && view.has_rooms && view.refused.is_none();
    let is_name = !is_gone(to) && Name::of_somebody(to).is_ok();
    is_answered && is_name && view.partner.is_none()
}

/// Returns whether this stands for a person who has removed the name, so nobody can write to it.
pub(super) fn is_gone(to: &str) -> bool {
    to == REMOVED_NAME
}

/// Returns the people to whom the reader may want to write: first those with whom the reader has
/// exchanged the private messages on this page, the newest first; then those in the rooms.
fn people<'a>(room: &ShownRoom<'a>) -> Vec<&'a Name> {
    let partners = room.log.lines.iter().rev().filter_map(|line| line.exchanged_with());
    let here = room.view.names.iter().chain(&room.view.elsewhere);
    let here = here.filter(|name| Some(*name) != room.view.me.as_ref());
    let mut people: Vec<&'a Name> = Vec::new();
    for name in partners.chain(here) {
        if !people.contains(&name) && !is_gone(name.shown()) {
            people.push(name);
        }
    }
    people
}

/// Makes the button of a message's form by which its field has several lines, or one line again;
/// nothing, if the page has no such form, or if the text has several lines. It stands after the
/// button that sends: the Enter key presses the first one. A stranger does not need it yet, and on
/// a phone the page has no place.
pub(super) fn more_lines(room: &ShownRoom<'_>) -> Markup {
    let has_form = !matches!(&room.wanted.kind, PageKind::Private(to) if is_gone(to));
    html! {
        @if room.token.is_some() && has_form {
            @if !room.has_lines() {
                (shared_forms::GAP) input type="submit" name="more-lines" value=(room.words.say("moreLines"));
            } @else if !room.has_text_of_lines() {
                (shared_forms::GAP) input type="submit" name="one-line" value=(room.words.say("oneLine"));
            }
        }
    }
}

/// Makes the button that loads the page of all private messages again.
pub(super) fn reload_button(room: &ShownRoom<'_>, is_textual: bool) -> Markup {
    html! { div.ways { (shared_forms::refresh(room.words, is_textual)) (more_lines(room)) } }
}

/// Makes the fields for the addressee of the next private message. If `is_known` is false, there is
/// a field in which the reader types the name.
/// After an error the message is for whoever has the name now, and not when the form was made.
pub(super) fn addressee(
    room: &ShownRoom<'_>,
    to: &str,
    is_known: bool,
    has_trouble: bool,
) -> Markup {
    html! {
        @if is_known {
            input type="hidden" name="to" value=(to);
            @if !has_trouble { input type="hidden" name="drawn" value=(wall_clock::now().0); }
        }
        @else {
            p { label { (room.words.say("toWhom")) " " input type="text" name="to" size="20" value=(to); } }
        }
    }
}
