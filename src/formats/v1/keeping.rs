//! What a client of `threadbare.v1` receives about how somebody looks after a room, and the chat.
//!
//! Owns: how these frames are written.
//! Must not know: which client receives them.
//!
//! Part: `formats/v1/mod.rs`.

use std::time::Duration;

use super::shape::TextLine;
use super::shape_keeping::{ActJson, ChatJson, ChoiceJson, ReportJson, TimedJson, WatchedJson};
use crate::chat::act::{ActRecord, RoomActDone};
use crate::chat::entry::REMOVED_NAME;
use crate::chat::name::Name;
use crate::chat::poll::PollNews;
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::{ReportedMessage, RulesOfChat, RulesOfRoom, WatchedRoom};

pub(super) fn acted(RoomActDone { act, by }: &RoomActDone) -> TextLine<'_> {
    TextLine::Acted {
        room: act.room.as_str(),
        action: act.action.word(),
        by: by.shown(),
        whom: act.action.whom().map(Name::shown),
        seq: act.action.seq().map(|seq| seq.0),
        choice: act.action.choice(),
        seconds: act.action.time().map(|time| time.as_secs()),
        reason: &act.reason,
    }
}

pub(super) fn waits<'a>(room: &'a RoomName, name: &'a Name) -> TextLine<'a> {
    TextLine::Waits { room: room.as_str(), name: name.shown() }
}

pub(super) fn poll(news: &PollNews) -> TextLine<'_> {
    let PollNews { room, poll, yours, change } = news;
    let answers = poll.answers.iter();
    let answers = answers.map(|(text, votes)| ChoiceJson { text, votes: *votes }).collect();
    let (room, question) = (room.as_str(), poll.question.as_str());
    TextLine::Poll { room, change: change.word(), question, answers, yours: *yours }
}

pub(super) fn room_state(rules: &RulesOfRoom) -> TextLine<'_> {
    let RulesOfRoom { room, state, keepers, muted, put_out, banned, admitted, waiting, .. } = rules;
    TextLine::RoomState {
        room: room.as_str(),
        frozen: state.frozen,
        closed: state.closed,
        slow: state.slow.as_secs(),
        lesson: state.lesson,
        welcome: &rules.welcome,
        keepers: keepers.iter().map(Name::shown).collect(),
        hands: rules.hands.iter().map(Name::shown).collect(),
        muted: timed(muted),
        put_out: timed(put_out),
        banned: timed(banned),
        admitted: admitted.iter().map(Name::shown).collect(),
        waiting: waiting.iter().map(Name::shown).collect(),
        reports: rules.reports.iter().map(report_json).collect(),
        record: rules.record.iter().map(act_json).collect(),
        chat: rules.chat.as_deref().map(chat_json),
    }
}

fn report_json(report: &ReportedMessage) -> ReportJson<'_> {
    let ReportedMessage { seq, at, by, people, reason, from, text } = report;
    let by = by.as_ref().map_or(REMOVED_NAME, Name::shown);
    let from = from.as_ref().map(Name::shown);
    ReportJson { seq: seq.0, time: at.0, by, people: *people, reason, from, text }
}

fn act_json(ActRecord { at, by, action, reason }: &ActRecord) -> ActJson<'_> {
    ActJson {
        room: None,
        time: at.0,
        by: by.shown(),
        action: action.word(),
        whom: action.whom().map(Name::shown),
        seq: action.seq().map(|seq| seq.0),
        seconds: action.time().map(|time| time.as_secs()),
        reason,
    }
}

fn timed(people: &[(Name, Duration)]) -> Vec<TimedJson<'_>> {
    people
        .iter()
        .map(|(name, left)| TimedJson { name: name.shown(), seconds: left.as_secs().max(1) })
        .collect()
}

fn chat_json(chat: &RulesOfChat) -> ChatJson<'_> {
    let RulesOfChat { hosts, blocked, rooms, people, record } = chat;
    let act = |(room, act)| ActJson { room: Some(RoomName::as_str(room)), ..act_json(act) };
    ChatJson {
        hosts: hosts.iter().map(Name::shown).collect(),
        blocked: timed(blocked),
        rooms: rooms.iter().map(watched_json).collect(),
        people: people.iter().map(Name::shown).collect(),
        record: record.iter().map(|(room, one)| act((room, one))).collect(),
    }
}

fn watched_json(watched: &WatchedRoom) -> WatchedJson<'_> {
    let WatchedRoom { room, people, reports, waiting } = watched;
    WatchedJson { room: room.as_str(), people: *people, reports: *reports, waiting: *waiting }
}
