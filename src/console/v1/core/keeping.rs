//! What somebody who looks after a room has done in it, and what holds there, as the server tells
//! it.
//!
//! Must not know: who may do that; what is shown of it.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Duration;

use crate::chat::act::{ActDetails, ActRecord, RoomAct, RoomActDone, RoomAction};
use crate::chat::answer::RoomState;
use crate::chat::entry::{REMOVED_NAME, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::poll::{Poll, PollChange, PollNews};
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::{
    ReportedMessage, RulesOfChat, RulesOfRoom, WatchedRoom, who_waits,
};
use crate::console::v1::from_server::{
    FromServer, HeardAct, HeardChat, HeardChoice, HeardReport, HeardState, HeardTimed, HeardWatched,
};

/// Returns the sentences of a frame about how somebody looks after a room.
pub(super) fn told(frame: &FromServer) -> Vec<String> {
    match frame {
        FromServer::Acted { .. } => {
            done_in_room(frame).map(|done| done.to_string()).into_iter().collect()
        }
        FromServer::RoomState(_) => state_of_room(frame),
        FromServer::Poll { .. } => poll(frame).map_or_else(Vec::new, |news| news.sentences()),
        FromServer::Waits { room, name } => {
            vec![who_waits(&RoomName::stored(room), &Name::stored(name))]
        }
        FromServer::Role { role } if role == "host" => {
            vec!["you are a host now: you look after all rooms".to_owned()]
        }
        FromServer::Role { .. } => vec!["you are a host no more".to_owned()],
        _ => Vec::new(),
    }
}

/// Returns how a poll stands.
fn poll(frame: &FromServer) -> Option<PollNews> {
    let FromServer::Poll { room, change, question, answers, yours } = frame else { return None };
    let changes = [PollChange::Standing, PollChange::Counted, PollChange::Ended];
    let change = changes.into_iter().find(|one| one.word() == change)?;
    let answers = answers.iter().map(|HeardChoice { text, votes }| (text.clone(), *votes));
    let poll = Poll { question: question.clone(), answers: answers.collect() };
    Some(PollNews { room: RoomName::stored(room), poll, yours: *yours, change })
}

fn details(whom: Option<&str>, seq: Option<u64>, seconds: Option<u64>) -> ActDetails {
    let (whom, seq) = (whom.map(Name::stored), seq.map(Seq));
    ActDetails { whom, seq, choice: None, lasts: seconds.map(Duration::from_secs) }
}

/// Returns a message that was reported.
fn reported(heard: &HeardReport) -> ReportedMessage {
    let HeardReport { seq, time, by, people, reason, from, text } = heard;
    let by = Some(Name::stored(by)).filter(|by| by.shown() != REMOVED_NAME);
    ReportedMessage {
        seq: Seq(*seq),
        at: UnixMillis(*time),
        by,
        people: *people,
        reason: reason.clone(),
        from: from.as_deref().map(Name::stored),
        text: text.clone(),
    }
}

/// Returns an action that a room remembers; `None`: this program does not know the action.
fn act_record(heard: &HeardAct) -> Option<ActRecord> {
    let details = details(heard.whom.as_deref(), heard.seq, heard.seconds);
    let action = RoomAction::of(&heard.action, details)?;
    let (at, by) = (UnixMillis(heard.time), Name::stored(&heard.by));
    Some(ActRecord { at, by, action, reason: heard.reason.clone() })
}

fn names(names: &[String]) -> Vec<Name> {
    names.iter().map(|name| Name::stored(name)).collect()
}

fn timed(people: &[HeardTimed]) -> Vec<(Name, Duration)> {
    let one = |HeardTimed { name, seconds }: &HeardTimed| {
        (Name::stored(name), Duration::from_secs(*seconds))
    };
    people.iter().map(one).collect()
}

/// Returns what holds in the whole chat.
fn state_of_chat(heard: &HeardChat) -> RulesOfChat {
    let watched = |HeardWatched { room, people, reports, waiting }: &HeardWatched| {
        let (room, people) = (RoomName::stored(room), *people);
        WatchedRoom { room, people, reports: *reports, waiting: *waiting }
    };
    let act = |act: &HeardAct| Some((RoomName::stored(&act.room), act_record(act)?));
    RulesOfChat {
        hosts: names(&heard.hosts),
        blocked: timed(&heard.blocked),
        rooms: heard.rooms.iter().map(watched).collect(),
        people: names(&heard.people),
        record: heard.record.iter().filter_map(act).collect(),
    }
}

/// Returns the sentences about what holds in a room.
fn state_of_room(frame: &FromServer) -> Vec<String> {
    let FromServer::RoomState(state) = frame else { return Vec::new() };
    let HeardState {
        room,
        frozen,
        closed,
        slow,
        lesson,
        welcome,
        keepers,
        hands,
        muted,
        put_out,
        banned,
        admitted,
        waiting,
        reports,
        record,
        chat,
    } = state;
    let rules = RulesOfRoom {
        room: RoomName::stored(room),
        state: RoomState {
            frozen: *frozen,
            closed: *closed,
            slow: Duration::from_secs(*slow),
            lesson: *lesson,
            poll: false,
        },
        welcome: welcome.clone(),
        keepers: names(keepers),
        hands: names(hands),
        muted: timed(muted),
        put_out: timed(put_out),
        banned: timed(banned),
        admitted: names(admitted),
        waiting: names(waiting),
        reports: reports.iter().map(reported).collect(),
        record: record.iter().filter_map(act_record).collect(),
        chat: chat.as_ref().map(|chat| Box::new(state_of_chat(chat))),
    };
    rules.sentences()
}

/// Returns what was done in a room; `None`: this program does not know the action.
fn done_in_room(frame: &FromServer) -> Option<RoomActDone> {
    let FromServer::Acted { room, action, by, whom, seq, choice, seconds, reason } = frame else {
        return None;
    };
    let details = ActDetails { choice: *choice, ..details(whom.as_deref(), *seq, *seconds) };
    let (room, action) = (RoomName::stored(room), RoomAction::of(action, details)?);
    Some(RoomActDone {
        act: RoomAct { room, action, reason: reason.clone() },
        by: Name::stored(by),
    })
}
