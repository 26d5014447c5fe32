//! What is stored and is still there after a restart, as plain values: lines, rooms and people.
//!
//! Owns: which values make up each record. The chat says what must be stored, and the history
//! stores it.
//! Must not know: files, SQL, threads.
//!
//! Part: `chat/mod.rs`.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Epoch, Seq, UnixMillis};
use super::name::Name;
use super::numbers::{Reservation, SkipRange};
use super::room_name::RoomName;
use super::secret::Digest;
use super::sought::Sought;
use super::token::TokenDigest;

/// The number of a person. It stays the same if the person takes another name. No other person gets
/// it while the server or the history's file has anything that belongs to the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u64);

/// A keyed hash of a client's network. If the server keeps a history, a network has the same tag
/// after each restart, so the server recognizes the network. Without the key, nobody can find the
/// network of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NetworkTag(pub u64);

/// One thing that the history must store: a line, a room, a log or a person. It replaces the
/// earlier record of the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A line of a log. If it edits or deletes an earlier line, that line is changed, too.
    Line(StoredLine),
    /// A room as it is now, without its lines.
    Room(StoredRoom),
    /// A person's log of private messages, without its lines.
    PrivateLog(StoredPrivateLog),
    /// The history must delete the log of this epoch, with its lines.
    NoLog(Epoch),
    /// A person as they are now.
    Person(StoredPerson),
    /// The history must delete this person. The person's name is free again.
    NoPerson(PersonId),
}

impl Record {
    /// Returns about how many bytes the record takes in memory.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Line(line) => line.weight(),
                Self::Room(room) => room.topic.len() + size_of_val(&room.skips[..]),
                Self::PrivateLog(log) => size_of_val(&log.skips[..]),
                Self::Person(person) => person.tokens.len() * size_of::<TokenDigest>(),
                Self::NoLog(_) | Self::NoPerson(_) => 0,
            }
    }
}

/// A line, and the person who said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLine {
    /// The person who said the line; `None`: a client without a session said it, such as a classic
    /// client.
    pub author: Option<PersonId>,
    /// The line of the log.
    pub entry: Arc<Entry>,
}

impl StoredLine {
    /// Returns about how many bytes the line takes in memory.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + size_of::<Entry>() + self.entry.what.text().len()
    }
}

/// A room, without its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRoom {
    /// The room's name.
    pub name: RoomName,
    /// The epoch of the room's log.
    pub epoch: Epoch,
    /// The numbers that are reserved for lines, whether or not lines with these numbers are stored.
    pub reservation: Reservation,
    /// New ranges of skipped numbers, which have no line. The file does not have these ranges yet.
    pub skips: Vec<SkipRange>,
    /// The room's topic; empty for none.
    pub topic: String,
    /// Whether the room is hidden: the list of rooms does not contain it.
    pub hidden: bool,
    /// The digest of the room's password; `None`: the room has none.
    pub password: Option<Digest>,
    /// The person who made the room. `None`: no person did, as for the lobby; or the right to the
    /// room is still pending, because the maker has not shown the new token yet.
    pub maker: Option<PersonId>,
    /// The tag of the network from which the room was made. `None`: the network has no limits or is
    /// not known, or a client from another network has said something in the room.
    pub address: Option<NetworkTag>,
}

/// A log of private messages, without its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPrivateLog {
    /// The person whose log it is.
    pub person: PersonId,
    /// The epoch of the log: which life of the log its numbers belong to.
    pub epoch: Epoch,
    /// The numbers that are reserved for lines, whether or not lines with these numbers are stored.
    pub reservation: Reservation,
    /// New ranges of skipped numbers, which have no line. The file does not have these ranges yet.
    pub skips: Vec<SkipRange>,
}

/// One receiver who is away and one author: how many bytes of private messages wait unread for the
/// receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredUnread {
    /// The person whom the messages are for.
    pub person: PersonId,
    /// The person who wrote the messages; `None`: a client without a session wrote them.
    pub author: Option<PersonId>,
    /// The sum of [`unread_bytes`] of these messages.
    pub bytes: u64,
}

/// Returns about how many bytes of the file a private message with a text of this length takes:
/// 1 KiB for names and numbers, and whole pages of the file for a longer text.
pub fn unread_bytes(text_bytes: u64) -> u64 {
    1024 + (text_bytes + 3583) / 4096 * 4096
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPerson {
    /// The person's number.
    pub id: PersonId,
    /// The person's name.
    pub name: Name,
    /// The time at which the person took this name; 0: the file does not say.
    pub named_at: UnixMillis,
    /// The digests of the tokens of the person's sessions, oldest first. A client that sends such a
    /// token becomes this person.
    pub tokens: Vec<TokenDigest>,
    /// The digest of the name's secret; `None`: the name has no secret.
    pub secret: Option<Digest>,
    /// The time at which the person's last connection ended; `None`: the person was online when
    /// this was stored.
    pub gone_at: Option<UnixMillis>,
    /// The tag of the network from which the person first connected; `None`: no limits apply to
    /// that network, or it is not known.
    pub address: Option<NetworkTag>,
}

/// A request for lines of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The epoch of the log that has the wanted lines.
    pub epoch: Epoch,
    /// Which lines of the log are wanted.
    pub span: LineRange,
    /// The limit on the number of lines in the answer.
    pub count: usize,
}

/// Which lines a [`Query`] asks for. The answer has at most [`Query::count`] of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineRange {
    /// The first lines that have this number or a higher one.
    From(Seq),
    /// The newest lines that have a number lower than this one.
    Before(Seq),
    /// The newest lines that match the search and have a number lower than this one. In a long log,
    /// the history looks at only a part of the lines at a time (see [`FoundLines::next`]).
    With(Sought, Seq),
}

/// The lines that a query found, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLines {
    /// The lines that were found.
    pub lines: Vec<Arc<Entry>>,
    /// Whether the file has lines of this log that are older than `lines`.
    pub older: bool,
    /// For a search: the lowest number of a line that the history has compared, if older lines are
    /// left. `None`: no older line is left.
    pub next: Option<Seq>,
    /// For a search: how long the history has worked to answer this query.
    pub took: Duration,
}

/// Everything that was stored before the server started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The rooms, each with its log.
    pub rooms: Vec<PastLog<StoredRoom>>,
    /// The logs of private messages.
    pub private: Vec<PastLog<StoredPrivateLog>>,
    /// The people whose records are in the file.
    pub people: Vec<StoredPerson>,
    /// How many bytes of private messages wait unread, for each receiver who is away and each
    /// author.
    pub unread: Vec<StoredUnread>,
}

/// A log, as an earlier run of the server left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLog<T> {
    /// The log's record in the file. Its reservation is already that of the new run.
    pub stored: T,
    /// The highest number that is taken. The next line of the log gets a higher one.
    pub head: Seq,
    /// The log's newest lines, oldest first.
    pub lines: Vec<StoredLine>,
    /// The ids of some messages of the log that are older than `lines`, oldest first.
    pub ids: Vec<UsedId>,
    /// The number after which all message ids of the log are known: they are in `ids` or in
    /// `lines`.
    pub ids_behind: Seq,
    /// Whether the file has lines of the log that are older than `lines`.
    pub before: Before,
    /// Ranges of numbers that earlier runs of the server have skipped, oldest first. Clients may
    /// have received lines with these numbers, but none of these lines is stored.
    pub skipped: Vec<SkipRange>,
}

/// A message id that a person has given to a line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedId {
    /// The person whose line it is.
    pub author: PersonId,
    /// The [fingerprint](super::entry::MessageId::fingerprint) of the id.
    pub id: u64,
    /// The line's number.
    pub seq: Seq,
    /// When the chat accepted the line.
    pub at: UnixMillis,
}

/// What the file has of a log before the log's newest lines, which are in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Before {
    /// The file has older lines.
    OlderLines,
    /// The file has no older lines. Those up to `thrown_away` were deleted because they were old.
    /// Any others were lost in a crash.
    Nothing {
        /// The last number whose line was deleted because it was old; 0 if none ever was.
        thrown_away: Seq,
    },
}

impl Stored {
    /// Returns the highest person number in the file, whether of a person, an author, a maker of a
    /// room or an owner of a log; 0 if there is none. A new person must get a higher number.
    /// Otherwise it could change another person's lines or rooms.
    pub fn last_person(&self) -> u64 {
        let people = self.people.iter().map(|person| person.id);
        let makers = self.rooms.iter().filter_map(|room| room.stored.maker);
        let owners = self.private.iter().map(|log| log.stored.person);
        let lines = self.rooms.iter().flat_map(|room| &room.lines);
        let lines = lines.chain(self.private.iter().flat_map(|log| &log.lines));
        let authors = lines.filter_map(|line| line.author);
        let ids = self.rooms.iter().flat_map(|room| &room.ids);
        let ids = ids.chain(self.private.iter().flat_map(|log| &log.ids)).map(|used| used.author);
        let all = people.chain(makers).chain(owners).chain(authors).chain(ids);
        all.map(|id| id.0).max().unwrap_or(0)
    }

    /// Returns the highest number in the stored names of guests; 0 if there is none.
    pub fn last_guest_number(&self) -> u64 {
        self.people.iter().filter_map(|person| person.name.guest_number()).max().unwrap_or(0)
    }
}
