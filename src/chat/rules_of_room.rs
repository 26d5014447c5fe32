//! What holds in a room, and in the whole chat, for a client that asks; and the sentences about it.
//!
//! Owns: what a client may be told of it, and the words for people who read plain text.
//! Must not know: who may know which part (`chat/core/steps/room_state.rs`).
//!
//! Part: `chat/mod.rs`.

use std::fmt;
use std::time::Duration;

use super::act::ActRecord;
use super::answer::RoomState;
use super::entry::{Seq, UnixMillis};
use super::name::Name;
use super::refused::for_how_long;
use super::room_name::RoomName;
use super::time_text;

/// What holds in a room, for a client that asks. The lists of people other than the keepers are
/// empty for a client that does not look after the room. Each list has at most
/// [`WHO_NAMES_MAX`](crate::base::limits::WHO_NAMES_MAX) names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesOfRoom {
    /// The room.
    pub room: RoomName,
    /// What holds for everybody.
    pub state: RoomState,
    /// What people read who come for the first time; empty: nothing.
    pub welcome: String,
    /// Who looks after the room, apart from the hosts of the chat: its maker, who comes first, and
    /// its keepers.
    pub keepers: Vec<Name>,
    /// Who has raised a hand, in the order in which they did.
    pub hands: Vec<Name>,
    /// Who is muted, each with how long yet.
    pub muted: Vec<(Name, Duration)>,
    /// Who was put out, each with how long yet.
    pub put_out: Vec<(Name, Duration)>,
    /// Who is banned, each with how long yet. The name is the one that the person had then.
    pub banned: Vec<(Name, Duration)>,
    /// Who may enter the closed room.
    pub admitted: Vec<Name>,
    /// Who waits to be admitted.
    pub waiting: Vec<Name>,
    /// The messages that were reported, the oldest report first.
    pub reports: Vec<ReportedMessage>,
    /// What was done in the room, the oldest first.
    pub record: Vec<ActRecord>,
    /// What holds in the whole chat; `None`: the client is no host, or has not asked about the
    /// lobby.
    pub chat: Option<Box<RulesOfChat>>,
}

/// What holds in the whole chat, for its hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesOfChat {
    /// The hosts.
    pub hosts: Vec<Name>,
    /// Who is blocked, each with how long yet. The name is the one that the person had then.
    pub blocked: Vec<(Name, Duration)>,
    /// The rooms, those where somebody should look first: with reports, or with people who wait.
    pub rooms: Vec<WatchedRoom>,
    /// The people who are in some room.
    pub people: Vec<Name>,
    /// What was done in all rooms, the oldest first.
    pub record: Vec<(RoomName, ActRecord)>,
}

/// A room, as the hosts see it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedRoom {
    /// The room's name.
    pub room: RoomName,
    /// How many people are in it.
    pub people: usize,
    /// How many messages there were reported.
    pub reports: usize,
    /// How many people wait to be admitted to it.
    pub waiting: usize,
}

impl RulesOfChat {
    /// Returns one sentence for each thing that holds, for people who read plain text.
    fn sentences(&self) -> Vec<String> {
        let mut told = vec![format!("there are hosts of this chat: {}", names(&self.hosts))];
        if !self.blocked.is_empty() {
            told.push(format!("there are people who are blocked: {}", timed(&self.blocked)));
        }
        for WatchedRoom { room, people, reports, waiting } in &self.rooms {
            if reports + waiting > 0 {
                told.push(format!(
                    "there is {room}, with {people} people: {reports} reports, {waiting} who wait"
                ));
            }
        }
        let newest = self.record.len().saturating_sub(RECORD_SENTENCES);
        let record = self.record[newest..].iter().map(|(room, record)| {
            let (at, done) = (time_text::plain(record.at), record.done_in(room));
            format!("there is on record, {at} UTC: {done}")
        });
        told.extend(record);
        told
    }
}

/// A message that somebody has reported to whoever looks after the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedMessage {
    /// The number of the message.
    pub seq: Seq,
    /// When it was reported first.
    pub at: UnixMillis,
    /// Who reported it first; `None`: a person who has left for good.
    pub by: Option<Name>,
    /// How many people have reported it.
    pub people: usize,
    /// Why, in the words of the first; empty: no reason was given.
    pub reason: String,
    /// The author of the message; `None`: the message is not in memory.
    pub from: Option<Name>,
    /// How the message begins now; empty: it is not in memory, or is deleted.
    pub text: String,
}

impl fmt::Display for ReportedMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, by, people, reason, from, text, .. } = self;
        write!(formatter, "there is a report of #{}", seq.0)?;
        if let Some(from) = from {
            write!(formatter, ", {}: {text}", from.plain())?;
        }
        let by = by.as_ref().map_or("somebody who left".into(), Name::plain);
        write!(formatter, " (by {by}")?;
        if *people > 1 {
            write!(formatter, " and {} more", people - 1)?;
        }
        if !reason.is_empty() {
            write!(formatter, ": {reason}")?;
        }
        formatter.write_str(")")
    }
}

/// What a lesson means for the people in the room.
pub const LESSON: &str = "there is a lesson in this room: until it ends, names stay as they are, \
                          and private messages go only to those who look after the room";

/// So many of the last actions are told in plain text, which has no list to scroll.
const RECORD_SENTENCES: usize = 8;

impl RulesOfRoom {
    /// Makes the answer for a room of which nothing is known but its name and its state.
    pub fn new(room: RoomName, state: RoomState) -> Self {
        Self {
            room,
            state,
            welcome: String::new(),
            keepers: Vec::new(),
            hands: Vec::new(),
            muted: Vec::new(),
            put_out: Vec::new(),
            banned: Vec::new(),
            admitted: Vec::new(),
            waiting: Vec::new(),
            reports: Vec::new(),
            record: Vec::new(),
            chat: None,
        }
    }

    /// Returns one sentence for each thing that holds, for people who read plain text.
    pub fn sentences(&self) -> Vec<String> {
        let Self { state, .. } = self;
        let mut told = Vec::new();
        told.push(match names(&self.keepers) {
            keepers if keepers.is_empty() => "there are only hosts who look after this room".into(),
            keepers => format!("this room is looked after by {keepers}, and by hosts"),
        });
        if !self.welcome.is_empty() {
            told.push(format!("this room says: {}", self.welcome));
        }
        if state.frozen {
            told.push("this room is frozen: only whoever looks after it can write".into());
        }
        if !state.slow.is_zero() {
            let pause = for_how_long(state.slow);
            told.push(format!("this room is in slow mode: one message each in {pause}"));
        }
        if state.closed {
            told.push("this room is closed: only who is admitted can come in".into());
        }
        if state.lesson {
            told.push(LESSON.to_owned());
        }
        for (what, people) in [
            ("there are people who have raised a hand", names(&self.hands)),
            ("there are people who are muted here", timed(&self.muted)),
            ("there are people who were put out of the room", timed(&self.put_out)),
            ("there are people who are banned from this room", timed(&self.banned)),
            ("there are people who were admitted to this room", names(&self.admitted)),
            ("there are people who wait for /admit NAME", names(&self.waiting)),
        ] {
            if !people.is_empty() {
                told.push(format!("{what}: {people}"));
            }
        }
        told.extend(self.reports.iter().map(ToString::to_string));
        if let Some(chat) = &self.chat {
            // The record of all rooms has that of this one, too.
            told.extend(chat.sentences());
            return told;
        }
        let newest = self.record.len().saturating_sub(RECORD_SENTENCES);
        let record = self.record[newest..].iter().map(|record| {
            let (at, done) = (time_text::plain(record.at), record.done_in(&self.room));
            format!("there is on record, {at} UTC: {done}")
        });
        told.extend(record);
        told
    }
}

/// Returns the sentence about somebody who waits to be admitted to a closed room.
pub fn who_waits(room: &RoomName, name: &Name) -> String {
    let name = name.plain();
    format!("there is somebody who waits to enter {room}: {name}; /admit {name} lets them in")
}

fn names(people: &[Name]) -> String {
    people.iter().map(Name::plain).collect::<Vec<_>>().join(", ")
}

fn timed(people: &[(Name, Duration)]) -> String {
    let timed = |(name, left): &(Name, Duration)| {
        let (name, time) = (name.plain(), for_how_long(*left));
        format!("{name} for {time}")
    };
    people.iter().map(timed).collect::<Vec<_>>().join(", ")
}
