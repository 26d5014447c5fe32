//! The state of a conversation, and the rules by which events change it.
//!
//! A conversation can have several connections, one after the other, but it has only one core. The
//! loop (`talk.rs`) tells the core every event: a connection is open, a frame was received, a line
//! was typed, a time has come. The core returns acts, which the loop carries out.
//!
//! Owns: the logs with our position in each log, the unsent messages, our name and token. Pure:
//! it uses no clock, socket, thread or screen; the caller gives it the time in each call.
//! Must not know: how acts are carried out.
//!
//! Part: `console/v1/mod.rs`.

mod authors;
pub(super) mod commands;
mod ending;
pub(super) mod frames;
mod help;
mod invitation;
mod keeping;
mod late;
mod logs;
mod notices;
mod past;
mod privacy;
pub(super) mod private_talk;
mod refusal;
mod room;
mod seen;
pub(super) mod session;
mod shown;
#[cfg(test)]
mod tests;
mod unsent;

use std::collections::BTreeSet;
use std::time::Instant;

use self::commands::is_same_name;
use self::late::LateChange;
use self::logs::FollowedLogs;
use self::room::FollowedRoom;
pub(super) use self::room::KnownPosition;
use self::seen::SeenLogs;
use self::shown::ShownTo;
pub(super) use self::shown::{NamePlace, Stamp};
use self::unsent::UnsentMessages;
use super::editor::KnownNames;
use super::from_server::LogKey;
use super::requests::{HelloToSend, ToServer};
use crate::console::trouble::ConsoleError;

/// If the server has not yet confirmed this many lines that the console has sent, the console reads
/// no further input.
const CONSOLE_UNSENT_MAX: usize = 64;

/// The kind of client. It decides what is shown and what a typed line means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::console) enum Manner {
    /// A person at a terminal, who can type commands, and sees notes between the messages.
    #[default]
    Person,
    /// A script that uses `join`: it sends its lines, and shows the rooms' messages, but not those
    /// from before it joined.
    Script,
    /// A client that only sends (`send` and `pipe`). It shows no messages.
    Courier,
}

#[derive(Clone, Debug, Default)]
pub(in crate::console) struct WantedIdentity {
    /// The wanted name, with its secret if it has a secret (`NAME#SECRET`); `None`: the client asks
    /// for no name.
    pub(in crate::console) name: Option<String>,
    pub(in crate::console) password: Option<String>,
    /// The token of a session that has the wanted name already; `None`: there is none, or it is
    /// stored.
    pub(in crate::console) token: Option<String>,
    /// The rooms to enter, by their names in normal form. At first, typed lines go to the first of
    /// these rooms.
    pub(in crate::console) rooms: Vec<String>,
    pub(in crate::console) room_password: Option<String>,
    /// An invite to the first of the rooms, which counts as its password; `None`: there is none.
    pub(in crate::console) invite: Option<String>,
    /// True if the person has named no room: then a person at a terminal comes back into the rooms
    /// of the last time, if there are any.
    pub(in crate::console) comes_back: bool,
}

#[derive(Debug)]
pub(super) enum Act {
    /// Send this request. If no connection is open, the loop drops it. A request that must not be
    /// lost stays in the core, which sends it again later.
    Send(ToServer),
    /// Show this text of the chat: a line with its stamp, or what stands in place of missing lines,
    /// without one.
    Show(String, Option<Stamp>),
    Note(String),
    /// Store this token in the token's file, for the next run of the program.
    StoreToken(String),
    /// Store these rooms for the next run of the program. Typed lines go to the first of them.
    StoreRooms(Vec<String>),
    /// Store the positions at which the person has stopped to read, for the next run.
    StoreSeen(Vec<(LogKey, KnownPosition)>),
    /// We have this name now: the next run of the program finds us under it.
    KeepAs(String),
    /// Read the token's file and call `session::replace_invalid_token`. Perhaps another program of
    /// the same person has stored a newer token in the file.
    ReadToken,
    /// Call `session::take_new_token`.
    NewToken,
    /// The connection works, so after the next loss of the connection the first pause before
    /// reconnecting is short again.
    ResetPauses,
    HangUp,
    End(Result<(), ConsoleError>),
}

#[derive(Default)]
pub(super) struct ConsoleCore {
    manner: Manner,
    /// The name that we ask for in each hello, with its secret if it has one; `None`: we ask for no
    /// name.
    claim: Option<String>,
    password: Option<String>,
    token: String,
    /// The URL below which the server's pages are, as we reach it, without a `/` at its end
    /// (`http://host:port`); empty: a test has none.
    pub(super) home: String,
    me: String,
    /// The server's limit on a message's text, in bytes; `None`: the server has not sent its first
    /// `welcome` yet.
    text_bytes_max: Option<usize>,
    /// True if we have no stored token, or have tried to be the wanted person without it.
    pub(super) has_tried_anew: bool,
    /// True if a connection is open, and the server has sent its `welcome` on this connection.
    welcomed: bool,
    /// What the server's clock showed in the newest frame that says it, in milliseconds since 1970,
    /// and when that came. `None`: no such frame has come.
    server_clock: Option<(u64, Instant)>,
    /// The rooms in the hello of the present connection; empty after the `welcome`.
    hello_rooms: BTreeSet<String>,
    /// True from the note about a lost connection until the next `welcome`.
    away: bool,
    logs: FollowedLogs,
    unsent: UnsentMessages,
    /// The edits and deletions of messages that have no number yet.
    late: Vec<LateChange>,
    /// Notes that a person must not overlook: they are shown just before the first prompt, below
    /// the lines from before. `None`: the person has had the first prompt.
    hints: Option<Vec<String>>,
    /// True if the next run of the program shall come back into our rooms.
    keeps_rooms: bool,
    seen: SeenLogs,
    /// True if the newest message that the person has typed was private.
    said_privately: bool,
    /// Private messages that came between older lines of the rooms. A person sees them after those,
    /// where they are not overlooked.
    held: Vec<(String, Stamp)>,
    /// The number of the line around which the person has asked for lines (`/at`), until they come.
    sought: Option<u64>,
    /// The newest notice of the server that a person is busy or is back. The server sends it for
    /// each of our rooms in which that person is; the person at the terminal needs only the first.
    last_notice: String,
    /// The number of the message that each typed text replies to, for a program that sends one
    /// text; `None`: a text replies to a message only if its command says so (`/reply`).
    pub(super) reply: Option<u64>,
    /// The names of the people whose messages are not shown (`/ignore`).
    ignored: BTreeSet<String>,
    ids: Ids,
    /// The person to whom typed lines go; `None`: they go to our room.
    talk: Option<String>,
    /// The rooms in the server's newest list of rooms.
    listed_rooms: BTreeSet<String>,
    /// The room whose password the next prompt asks for; `None`: the next prompt asks for a line.
    locked_room: Option<String>,
    /// True while the client waits for a list of rooms that it has asked for by itself. The person
    /// does not see this list.
    asks_rooms: bool,
    /// True from a prompt until the person has typed something.
    is_prompted: bool,
    /// True after the end of the input, or after `/quit`.
    typing_over: bool,
    give_up_at: Option<Instant>,
    names_changed: bool,
    /// For a script: why the newest of its lines that failed was not sent. `None`: no line of a
    /// script has failed.
    failure: Option<String>,
    acts: Vec<Act>,
}

/// Makes ids for messages. No other run of the program makes the same ids.
#[derive(Default)]
struct Ids {
    prefix: String,
    last: u64,
}

impl Ids {
    fn next(&mut self) -> String {
        self.last += 1;
        format!("{}-{}", self.prefix, self.last)
    }
}

impl ConsoleCore {
    /// Creates the state. `ids` is plain ASCII text that no other run of the program uses.
    pub(super) fn new(manner: Manner, wanted: WantedIdentity, token: String, ids: String) -> Self {
        let mut logs = FollowedLogs::new(wanted.rooms, wanted.room_password.as_ref());
        logs.accept(wanted.invite);
        Self {
            manner,
            claim: wanted.name,
            password: wanted.password,
            token,
            logs,
            keeps_rooms: wanted.comes_back && manner == Manner::Person,
            hints: (manner == Manner::Person).then(Vec::new),
            ids: Ids { prefix: ids, last: 0 },
            ..Self::default()
        }
    }

    /// Takes the positions at which the person stopped to read in an earlier run. The server then
    /// sends only those private messages that came later.
    pub(super) fn resume(&mut self, seen: Vec<(LogKey, KnownPosition)>) {
        self.seen = SeenLogs::new(seen);
        self.logs.private.position = self.seen.position(&LogKey::Private).cloned();
    }

    /// Removes and returns the acts that the loop must carry out, oldest first.
    pub(super) fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// Handles a new connection: sends the hello, with our position in each room.
    pub(super) fn on_connected(&mut self) {
        let rooms = self.logs.join_requests();
        self.hello_rooms = self.logs.rooms.keys().cloned().collect();
        self.act(Act::Send(ToServer::Hello(HelloToSend {
            versions: [1],
            name: self.claim.clone(),
            token: self.token.clone(),
            stored: true,
            password: self.password.clone(),
            rooms,
        })));
    }

    /// Handles the end of the connection, or a failed attempt to connect. Shows a note with the
    /// reason `why`, if it is not empty, unless the client has shown such a note since the last
    /// `welcome`.
    pub(super) fn on_connection_lost(&mut self, why: &str) {
        self.show_held();
        self.welcomed = false;
        self.logs.on_connection_lost();
        self.unsent.on_connection_lost();
        self.asks_rooms = false;
        if !std::mem::replace(&mut self.away, true) {
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            let more = match self.manner {
                Manner::Person => "; what you type waits, and Enter tries at once",
                Manner::Script | Manner::Courier => "",
            };
            self.note(format!("the connection was lost{why}; reconnecting{more}"));
        }
    }

    /// Does what is due at `now`: sends messages again, ends the conversation, or shuts down a
    /// connection on which the server does not answer any more.
    pub(super) fn tick(&mut self, now: Instant) {
        self.unsent.wake(now);
        if self.unsent.becomes_slow(now) {
            self.note_to_person(|| {
                "the server has not answered yet; what you typed is not lost".to_owned()
            });
        }
        if self.give_up_at.is_some_and(|at| at <= now) {
            self.end_with_unsent();
        } else if self.unsent.is_overdue(now) {
            self.act(Act::HangUp);
        }
        self.send_ready(now);
    }

    /// Returns the next time at which the loop must call [`tick`](Self::tick); `None`: it need not
    /// call it.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        // Before the server's `welcome` no message can be sent, so no message can be due.
        let unsent = self.unsent.next_turn().filter(|_| self.welcomed);
        unsent.into_iter().chain(self.give_up_at).min()
    }

    /// Returns whether the core can take another typed line. It cannot while
    /// `CONSOLE_UNSENT_MAX` messages are unconfirmed. A courier also waits until the server has
    /// said how long a message may be.
    pub(super) fn has_space(&self) -> bool {
        let may_split = self.manner != Manner::Courier || self.text_bytes_max.is_some();
        may_split && self.unsent.len() + self.late.len() < CONSOLE_UNSENT_MAX
    }

    /// Handles the end of the input. The conversation ends as soon as no message is unconfirmed and
    /// a script has entered its rooms, or at the time `give_up_at` if that is set.
    pub(super) fn on_input_end(&mut self, now: Instant, give_up_at: Option<Instant>) {
        self.typing_over = true;
        self.give_up_at = give_up_at;
        let waiting = self.unsent.len() + self.late.len();
        if let Some(left) = give_up_at.map(|at| at.saturating_duration_since(now).as_secs())
            && waiting > 0
        {
            let noun = if waiting == 1 { "message is" } else { "messages are" };
            self.note_to_person(|| {
                format!("{waiting} {noun} not sent yet: waiting {left} s; Ctrl-C leaves now")
            });
        }
        self.send_ready(now);
    }

    /// Returns whether the person may be asked for the next line: it is settled to which room that
    /// goes. Before the first prompt the person shall also have seen who is there. After a lost
    /// connection nothing more comes, so the person may type.
    pub(super) fn is_settled(&self) -> bool {
        let room = self.current_room().and_then(|room| self.logs.rooms.get(room));
        let is_told = |room: &FollowedRoom| self.hints.is_none() || room.told_people;
        room.is_none_or(|room| room.joined && !room.leaving && is_told(room)) || self.away
    }

    pub(super) fn is_typing_over(&self) -> bool {
        self.typing_over
    }

    /// Removes and returns the notes that belong just before the first prompt. Later notes are
    /// shown at once.
    pub(super) fn take_hints(&mut self) -> Vec<String> {
        self.hints.take().unwrap_or_default()
    }

    pub(super) fn talk(&self) -> Option<&str> {
        self.talk.as_deref()
    }

    pub(super) fn current_room(&self) -> Option<&str> {
        self.logs.current_room.as_deref()
    }

    /// Returns what the server's clock shows now, or a bit less, because the frame took some time;
    /// `None`: we do not know that clock.
    fn server_time(&self, now: Instant) -> Option<u64> {
        let (then, told_at) = self.server_clock?;
        let passed = now.saturating_duration_since(told_at).as_millis();
        Some(then.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX)))
    }

    /// Returns whether a message that the person types now is sent at once.
    pub(super) fn sends_at_once(&self) -> bool {
        let room = self.current_room().and_then(|room| self.logs.rooms.get(room));
        self.welcomed && room.is_some_and(|room| room.joined)
    }

    /// Begins a prompt. Returns the room for whose password the person must be asked; `None`: they
    /// are asked for the next line.
    pub(super) fn begin_prompt(&mut self) -> Option<String> {
        self.is_prompted = true;
        self.locked_room.take()
    }

    /// Returns the names of the other people in our rooms, and the names of the rooms that we know,
    /// if these have changed since the previous call; otherwise `None`.
    pub(super) fn changed_names(&mut self) -> Option<KnownNames> {
        std::mem::take(&mut self.names_changed).then(|| {
            let rooms: BTreeSet<_> = self.logs.rooms.keys().chain(&self.listed_rooms).collect();
            KnownNames {
                people: self.names().into_iter().collect(),
                rooms: rooms.into_iter().cloned().collect(),
            }
        })
    }

    fn is_ignored(&self, name: &str) -> bool {
        self.ignored.iter().any(|ignored| is_same_name(ignored, name))
    }

    fn names(&self) -> BTreeSet<String> {
        let all = self.logs.rooms.values().flat_map(|room| &room.names);
        all.filter(|name| **name != self.me).cloned().collect()
    }

    /// Sends every message that can be sent now. Ends the conversation if the input has ended, no
    /// message is unconfirmed, and this is no script that still enters its rooms.
    fn send_ready(&mut self, now: Instant) {
        if self.welcomed {
            let rooms = &self.logs.rooms;
            let ready = |request: &ToServer| match request.room() {
                // The server refuses what is for a room that we have left.
                Some(room) => rooms.get(room).is_none_or(|room| room.joined),
                // A private message does not overtake what was typed before it for a room.
                None => rooms.values().all(|room| room.joined),
            };
            while let Some(request) = self.unsent.next(now, ready) {
                self.acts.push(Act::Send(request));
            }
        }
        if self.typing_over && self.unsent.is_empty() && !self.is_entering() {
            self.end_with_unsent();
        }
    }

    /// Returns whether a script has a connection, but still waits for the server's `welcome` or for
    /// a `joined` for one of its rooms. Meanwhile the script must not end, even if its input is
    /// empty: the server may still refuse to let it in, and the script must report that.
    fn is_entering(&self) -> bool {
        let is_in_all = self.logs.rooms.values().all(|room| room.joined);
        let waits = self.text_bytes_max.is_none() || !is_in_all;
        self.manner == Manner::Script && !self.away && waits
    }

    fn add_unsent(&mut self, make: impl FnOnce(String) -> ToServer) {
        let id = self.ids.next();
        self.unsent.add(id.clone(), make(id));
        self.note_if_waits();
    }

    /// Tells a person who is not connected that what they have typed waits.
    fn note_if_waits(&mut self) {
        if self.away {
            let words = "not connected: this waits, and is sent when you are back";
            self.note_to_person(|| words.to_owned());
        }
    }

    /// Stores the rooms in which we are or want to be, for the next run of the program.
    fn store_rooms(&mut self) {
        if self.keeps_rooms {
            let here = self.current_room().map(str::to_owned);
            let others = self.logs.rooms.keys().filter(|room| here.as_ref() != Some(room)).cloned();
            let rooms = here.clone().into_iter().chain(others).collect();
            self.act(Act::StoreRooms(rooms));
        }
    }

    fn reader(&self) -> ShownTo {
        if self.manner == Manner::Person { ShownTo::Person } else { ShownTo::Script }
    }

    fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    fn note(&mut self, words: impl Into<String>) {
        self.acts.push(Act::Note(words.into()));
    }

    /// Shows a note; before the first prompt, just above that prompt.
    fn note_at_prompt(&mut self, words: String) {
        match &mut self.hints {
            Some(hints) => hints.push(words),
            None => self.note(words),
        }
    }

    /// Shows the private messages that were held back.
    fn show_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.acts.extend(held.into_iter().map(|(text, stamp)| Act::Show(text, Some(stamp))));
    }

    fn note_to_person(&mut self, words: impl FnOnce() -> String) {
        if self.manner == Manner::Person {
            self.act(Act::Note(words()));
        }
    }
}
