//! An event and what came of it, in words: one line for each step of a replay.
//!
//! Owns: these words.
//! Must not know: how a recording is read.
//!
//! Part: `recording/mod.rs`.

use std::fmt;

use crate::base::client_id::ClientId;
use crate::chat::core::{CoreEvent, Effect, Greeting, MemberRequest, Moment, Newcomer, Visitor};
use crate::chat::entry::EntryKind;
use crate::chat::request::{Deed, Post};
use crate::chat::time_text;

/// Longest part of a text that a step shows, in characters.
const TEXT_CHARS_MAX: usize = 40;

/// The number of a server's first visitor.
const FIRST_VISITOR: u64 = 1 << 63;

/// Returns the time of an event, in UTC, with its milliseconds.
pub(super) fn of_time(at: Moment) -> String {
    let exact = time_text::exact(at.utc);
    let clock = exact.get(11..19).unwrap_or_default();
    format!("{clock}.{:03}", at.utc.0 % 1000)
}

/// How a step and a page name a client. The numbers of visitors begin high
/// (`server/client/mod.rs`), and are shown as `v0`, `v1`.
pub(super) struct Who(pub(super) ClientId);

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.0.checked_sub(FIRST_VISITOR) {
            Some(number) => write!(formatter, "v{number}"),
            None => self.0.fmt(formatter),
        }
    }
}

/// Returns whether nothing has happened but that time has passed, and nothing came of it. Such
/// events come at the end of each round of the hub, and a replay does not show them.
pub(super) fn is_silent(event: &CoreEvent) -> bool {
    matches!(event, CoreEvent::Ticked)
}

/// Returns what has happened.
pub(super) fn of_event(event: &CoreEvent) -> String {
    match event {
        CoreEvent::Started(start) => {
            let (rooms, people) = (start.stored.rooms.len(), start.stored.people.len());
            format!("the server starts with {rooms} rooms and {people} people of before")
        }
        CoreEvent::Newcomer(client, newcomer, _) => {
            format!("client {} comes {}", Who(*client), of_newcomer(newcomer))
        }
        CoreEvent::Asked(client, request) => {
            format!("client {} {}", Who(*client), of_request(request))
        }
        CoreEvent::Left(client) => format!("client {} has left", Who(*client)),
        CoreEvent::Skipped(log, _) => format!("log {} skips numbers", log.0),
        CoreEvent::Lost(lines) => format!("{} lines are lost", lines.len()),
        CoreEvent::FileIsNew => "the history has begun a new file".to_owned(),
        CoreEvent::ThrownAway(logs) => {
            format!("the history has deleted old lines of {} logs", logs.len())
        }
        CoreEvent::Ticked => "time has passed".to_owned(),
        CoreEvent::Stopping => "the server is stopping".to_owned(),
    }
}

fn of_newcomer<T>(newcomer: &Newcomer<T>) -> String {
    match newcomer {
        Newcomer::Classic => "with a classic format".to_owned(),
        Newcomer::Passing => "with the format webchat".to_owned(),
        Newcomer::WithHello(greeting) => {
            let Greeting { hello, .. } = &**greeting;
            let name =
                hello.name.as_ref().map(|claim| format!(" as {}", quoted(claim.name.shown())));
            let token = if hello.token.is_some() { " with a token" } else { "" };
            let rooms: Vec<_> = hello.rooms.iter().map(|it| it.room.as_str()).collect();
            let rooms =
                if rooms.is_empty() { String::new() } else { format!(" to {}", rooms.join(", ")) };
            format!("with a hello{}{token}{rooms}", name.unwrap_or_default())
        }
        Newcomer::Visitor(visit) => {
            let who = match &visit.who {
                Visitor::Known(_) => "of a known person",
                Visitor::New(..) => "of a new person",
                Visitor::SignsIn(..) => "of somebody who signs in",
                Visitor::Linked(..) => "by a link from another device",
                Visitor::LooksAtLink(_) => "to look at a link",
                Visitor::Operator(_) => "of the server's operator",
                Visitor::Passing => "of a program without a session",
                Visitor::Stranger => "of a stranger",
            };
            let room = visit.position.as_ref().map(|it| format!(" to {}", it.room));
            format!("for a visit {who}{}", room.unwrap_or_default())
        }
    }
}

fn of_request(request: &MemberRequest) -> String {
    match request {
        MemberRequest::Classic(text) => format!("says {} in the lobby", quoted(text)),
        MemberRequest::Post(post) => of_post(post),
        MemberRequest::Private(message) => {
            format!("says {} to {} alone", quoted(&message.text), quoted(message.to.shown()))
        }
        MemberRequest::Join(position, _) => format!("wants to enter {}", position.room),
        MemberRequest::Leave(room) => format!("leaves {room}"),
        MemberRequest::Rooms => "asks for the list of rooms".to_owned(),
        MemberRequest::Who(room) => format!("asks who is in {room}"),
        MemberRequest::WhoWrote(room, seq) => format!("asks who wrote #{} in {room}", seq.0),
        MemberRequest::Whois(name) => format!("asks about {}", quoted(name.shown())),
        MemberRequest::Excuse(Some(_)) => "is busy".to_owned(),
        MemberRequest::Excuse(None) => "is busy no more".to_owned(),
        MemberRequest::Typing(room) => format!("is typing in {room}"),
        MemberRequest::HaveRead(log, seen, _) => format!("has read {log} up to {}", seen.seq.0),
        MemberRequest::Rename(claim, _) => {
            format!("wants to be called {}", quoted(claim.name.shown()))
        }
        MemberRequest::Quit => "ends the session".to_owned(),
        MemberRequest::ForgetMe(_) => "leaves for good".to_owned(),
        MemberRequest::Set(settings, _) => format!("changes the settings of {}", settings.room),
        MemberRequest::Session(_) => "shows the new token".to_owned(),
        MemberRequest::SignOutElsewhere(_) => "signs out everywhere else".to_owned(),
        MemberRequest::Invite(room, ..) => format!("makes an invite to {room}"),
        MemberRequest::LinkDevice(_) => "makes a link for another device".to_owned(),
        MemberRequest::Act(act) => format!("does {} in {}", act.action.word(), act.room),
        MemberRequest::RoomState(room) => format!("asks what holds in {room}"),
        MemberRequest::BecomeHost(_) => "follows the operator's link to become a host".to_owned(),
    }
}

fn of_post(post: &Post) -> String {
    let log = &post.log;
    let number = |of: &Option<crate::chat::entry::Seq>| {
        of.map_or("the newest message".to_owned(), |seq| format!("message {}", seq.0))
    };
    match &post.deed {
        Deed::Say(text) => format!("says {} in {log}", quoted(text)),
        Deed::Act(text) => format!("does {} in {log}", quoted(text)),
        Deed::Edit { of, text } => format!("edits {} in {log} to {}", number(of), quoted(text)),
        Deed::Delete { of } => format!("deletes {} in {log}", number(of)),
        Deed::Topic(text) => format!("sets the topic of {log} to {}", quoted(text)),
        Deed::Pin(seq) => format!("pins message {} in {log}", seq.0),
    }
}

/// Returns a text as a step shows it: without signs that could move the terminal's cursor. Of a
/// hidden or long text it says how many bytes there are.
fn quoted(text: &str) -> String {
    if text.len() > 1 && text.bytes().all(|byte| byte == b'x') {
        return format!("{} bytes", text.len());
    }
    let shown: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let rest = if shown.len() < text.len() { "…" } else { "" };
    format!("{shown:?}{rest}")
}

/// Returns what came of an event, in one line.
pub(super) fn of_effects(effects: &[Effect]) -> String {
    let parts = each_effect(effects);
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

/// Returns what came of an event: one text for each thing that people want to know, and the rest as
/// numbers.
pub(super) fn each_effect(effects: &[Effect]) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut answers, mut records) = (0, 0);
    for effect in effects {
        match effect {
            Effect::Changed(_) => records += 1,
            Effect::Answer(..) | Effect::GiveToken { .. } | Effect::ShowRoom { .. } => answers += 1,
            Effect::Resent { seq, .. } => parts.push(format!("that is line {} already", seq.0)),
            Effect::NewLine { log, entry, answer, .. } => {
                answers += usize::from(answer.is_some());
                let what = match &entry.what {
                    EntryKind::Said(_) | EntryKind::Acted(_) => "",
                    EntryKind::Edited { .. } => " (an edit)",
                    EntryKind::Deleted { .. } => " (a deletion)",
                    EntryKind::Topic(_) => " (a topic)",
                    EntryKind::Pinned(_) => " (a pin)",
                    EntryKind::Renamed(_) => " (a new name)",
                    EntryKind::Private { .. } => " (private)",
                    EntryKind::Removed(_) => " (a removal)",
                };
                parts.push(format!("line {} of log {}{what}", entry.seq.0, log.0));
            }
            Effect::Welcome(client) => parts.push(format!("client {} is in", Who(*client))),
            Effect::Refuse(client, why) => {
                parts.push(format!("client {} is refused ({})", Who(*client), why.log_word()));
            }
            Effect::Subscribe(client, log)
            | Effect::Follow { client, log, .. }
            | Effect::Save { client, log, .. } => {
                parts.push(format!("client {} hears log {}", Who(*client), log.0));
            }
            Effect::Unfollow(client, log) => {
                parts.push(format!("client {} hears log {} no more", Who(*client), log.0));
            }
            Effect::Notice { log, .. } => parts.push(format!("a notice in log {}", log.0)),
            Effect::Skip(log, _) => parts.push(format!("log {} has skipped numbers", log.0)),
            Effect::Forgotten(client, _) => {
                parts.push(format!("the person of client {} is removed", Who(*client)))
            }
            Effect::End(client, why) => {
                parts.push(format!("client {} ends ({})", Who(*client), why.log_word()))
            }
            Effect::Forget(client) => parts.push(format!("client {} is forgotten", Who(*client))),
            Effect::TellState(_) => {}
            Effect::Report(..) => parts.push("a warning in the log".to_owned()),
        }
    }
    for (count, one, more) in [(answers, "answer", "answers"), (records, "record", "records")] {
        match count {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            _ => parts.push(format!("{count} {more}")),
        }
    }
    parts
}
