//! What outlives the server, as plain values: lines, rooms and people.
//!
//! Owns: the shape of these values. The hub says what must be stored, and the history stores it.
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

/// The number of a person. A person has one number as long as the name is kept, whatever the name
/// is, and no other person ever gets that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u64);

/// A tag for the address that something comes from. An address has one tag in every run of a server
/// that keeps a history, so a restart does not turn a known address into a new one. The tag is a
/// keyed hash: to find the address, an attacker needs the key and must also try all addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressTag(pub u64);

/// One thing to store. It replaces an earlier record of that thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A line of a log, with the change that it makes to an earlier line.
    Line(StoredLine),
    /// A room as it is now.
    Room(StoredRoom),
    /// A person's log of private messages as it is now, without its lines.
    PrivateLog(StoredPrivateLog),
    /// The log of this epoch is deleted, with its lines.
    NoLog(Epoch),
    /// A person as it is now.
    Person(StoredPerson),
    /// The person is deleted, so the name is free again.
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
    /// The person who said the line; `None`: a classic client, which has no session.
    pub author: Option<PersonId>,
    /// The line.
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
    /// The epoch of its log.
    pub epoch: Epoch,
    /// Which numbers the server may have given, whether their lines are stored or not.
    pub reservation: Reservation,
    /// Ranges of numbers that have no line, and that are not yet in the file.
    pub skips: Vec<SkipRange>,
    /// The room's topic; empty for none.
    pub topic: String,
    /// Whether it is missing from the list of rooms.
    pub hidden: bool,
    /// The digest of its password; `None`: it asks for none.
    pub password: Option<Digest>,
    /// The person who made it. `None`: no person made it, as for the lobby; or the maker's session
    /// has not shown its new token yet.
    pub maker: Option<PersonId>,
    /// The address from which it was made. `None`: it was made from an address without limits, or a
    /// person from another address has said something in the room.
    pub address: Option<AddressTag>,
}

/// A log of private messages, without its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPrivateLog {
    /// The person whose log it is.
    pub person: PersonId,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// Which numbers the server may have given, whether their lines are stored or not.
    pub reservation: Reservation,
    /// Ranges of numbers that have no line, and that are not yet in the file.
    pub skips: Vec<SkipRange>,
}

/// How much one author has written to a person who was away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredUnread {
    /// The person whom the messages are for.
    pub person: PersonId,
    /// The person who wrote the messages; `None`: a client without a session wrote them.
    pub author: Option<PersonId>,
    /// The sum of the messages' [`unread_bytes`].
    pub bytes: u64,
}

/// Returns about how many bytes of the file a private message takes: 1 KiB for names and numbers,
/// and whole pages for a longer text. `UNREAD` in `history/sql.rs` must say the same.
pub fn unread_bytes(text: &str) -> u64 {
    1024 + (text.len() as u64 + 3583) / 4096 * 4096
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPerson {
    /// The person's number.
    pub id: PersonId,
    /// The person's name.
    pub name: Name,
    /// When the person took this name; 0 if that is not known any more.
    pub named_at: UnixMillis,
    /// The digests of the tokens that give the name back, oldest first.
    pub tokens: Vec<TokenDigest>,
    /// The digest of the name's secret; `None`: it has none.
    pub secret: Option<Digest>,
    /// When the person's last connection ended; `None`: the person was online when this was stored.
    pub gone_at: Option<UnixMillis>,
    /// The address from which the person first came; `None`: an address without limits, or it is
    /// not known.
    pub address: Option<AddressTag>,
}

/// A request for lines of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The epoch of the log.
    pub epoch: Epoch,
    /// Which lines of the log.
    pub span: LineRange,
    /// The greatest number of lines in the answer.
    pub count: usize,
}

/// Which lines a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineRange {
    /// The first lines that have this number or a higher one.
    From(Seq),
    /// The last lines that have a number lower than this one.
    Before(Seq),
    /// The last lines that match the search and have a number lower than this one. The history
    /// looks only at part of a long log at a time (see [`FoundLines::next`]).
    With(Sought, Seq),
}

/// The lines that a query found, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLines {
    /// The lines.
    pub lines: Vec<Arc<Entry>>,
    /// Whether there are older lines in the same epoch of the log.
    pub older: bool,
    /// For a search: the oldest number that the history has looked at, if it has not looked at
    /// older lines. `None`: it has looked at all lines.
    pub next: Option<Seq>,
    /// For a search: how long the history has looked for lines.
    pub took: Duration,
}

/// Everything that was stored before the server started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredData {
    /// The rooms.
    pub rooms: Vec<PastLog<StoredRoom>>,
    /// The logs of private messages.
    pub private: Vec<PastLog<StoredPrivateLog>>,
    /// The people.
    pub people: Vec<StoredPerson>,
    /// The private messages that people who are away have not read yet.
    pub unread: Vec<StoredUnread>,
}

/// A log as an earlier run of the server has left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLog<T> {
    /// The log's record as it is stored now. Its reservation is already that of the new run.
    pub stored: T,
    /// The last number that is taken. The next line gets a higher one.
    pub head: Seq,
    /// The log's newest lines, oldest first.
    pub lines: Vec<StoredLine>,
    /// The ids that authors gave the lines directly before `lines`, oldest first.
    pub ids: Vec<UsedId>,
    /// The file knows the ids that authors gave their lines only for lines after this number.
    pub ids_behind: Seq,
    /// What the file has of lines before `lines`.
    pub before: Before,
    /// Ranges of numbers that earlier runs have skipped, oldest first. Clients may have received
    /// lines with these numbers, but none of these lines is stored.
    pub skipped: Vec<SkipRange>,
}

/// An id that a person has given to a line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedId {
    /// The person whose line it is.
    pub author: PersonId,
    /// The [fingerprint](super::entry::MessageId::fingerprint) of the id.
    pub id: u64,
    /// The line's number.
    pub seq: Seq,
    /// When the hub accepted the line.
    pub at: UnixMillis,
}

/// What is known of a log before its newest lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Before {
    /// Older lines are kept.
    OlderLines,
    /// Nothing older is stored. Lines up to `thrown_away` were deleted because they were old. The
    /// other older lines that clients saw were lost in a crash.
    Nothing {
        /// The last number whose line was deleted because it was old; 0 if none ever was.
        thrown_away: Seq,
    },
}

impl StoredData {
    /// Returns the highest number of a person that the file has: of a person, or of the author or
    /// owner of a line, an id, a room or a log; 0 for none. If a new person got such a number, that
    /// person could change these things.
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

    /// Returns the highest number in the kept names of guests; 0 if there is none.
    pub fn last_client_id(&self) -> u64 {
        self.people.iter().filter_map(|person| person.name.guest_number()).max().unwrap_or(0)
    }
}
