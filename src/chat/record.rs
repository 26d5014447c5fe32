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
use super::numbers::{Reservation, Skip};
use super::room_name::RoomName;
use super::secret::Digest;
use super::sought::Sought;
use super::token::TokenDigest;

/// The number of a person. It stays the same as long as the person's name is kept, and no other
/// person ever gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u64);

/// A tag for the address that something comes from. One address has the same tag in every run of a
/// server that keeps a history, so a restart does not turn a known address into a new one. The tag
/// is a keyed hash: to find the address, an attacker needs the key and must also try all addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressTag(pub u64);

/// One thing to store. It replaces the record of the same thing that was stored earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A line of a log, with the change that it makes to an earlier line.
    Line(KeptLine),
    /// A room as it is now.
    Room(KeptRoom),
    /// A person's private messages have a log.
    PrivateLog(KeptPrivateLog),
    /// The log of this epoch is deleted, with its lines.
    NoLog(Epoch),
    /// A person as it is now.
    Person(KeptPerson),
    /// The person is deleted, so its name is free again.
    NoPerson(PersonId),
}

impl Record {
    /// About how many bytes it takes in memory.
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
pub struct KeptLine {
    /// The person who said the line; `None`: a classic client, which has no session.
    pub author: Option<PersonId>,
    /// The line.
    pub entry: Arc<Entry>,
}

impl KeptLine {
    /// About how many bytes it takes in memory.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + size_of::<Entry>() + self.entry.what.text().len()
    }
}

/// A room, without its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRoom {
    /// Its name.
    pub name: RoomName,
    /// The epoch of its log.
    pub epoch: Epoch,
    /// Which numbers the server may have given, whether their lines are stored or not.
    pub reservation: Reservation,
    /// Ranges of numbers that have no line, and that are not yet in the file.
    pub skips: Vec<Skip>,
    /// Its topic.
    pub topic: String,
    /// It is not in the list of rooms.
    pub hidden: bool,
    /// The digest of its password.
    pub password: Option<Digest>,
    /// The person who made it.
    pub maker: Option<PersonId>,
    /// The address from which it was made. `None` as soon as a person from another address has said
    /// something in the room.
    pub address: Option<AddressTag>,
}

/// A log of private messages, without its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPrivateLog {
    /// The person whose log it is.
    pub person: PersonId,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The same as in a [`KeptRoom`].
    pub reservation: Reservation,
    /// The same as in a [`KeptRoom`].
    pub skips: Vec<Skip>,
}

/// Private messages that came for a person who was away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptUnread {
    /// The person whom they are for.
    pub person: PersonId,
    /// The person who wrote the messages; `None`: a client without a session wrote them.
    pub author: Option<PersonId>,
    /// The sum of their [`unread_bytes`].
    pub bytes: u64,
}

/// About how many bytes of the file a private message takes: 1 KiB for names and the rest, and
/// whole pages for a longer text. `UNREAD` in `history/sql.rs` must say the same.
pub fn unread_bytes(text: &str) -> u64 {
    1024 + (text.len() as u64 + 3583) / 4096 * 4096
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPerson {
    /// Its number.
    pub id: PersonId,
    /// Its name.
    pub name: Name,
    /// When it took that name; 0 if that is not known any more.
    pub named_at: UnixMillis,
    /// The digests of the tokens that give the name back, oldest first.
    pub tokens: Vec<TokenDigest>,
    /// The digest of its name's secret.
    pub secret: Option<Digest>,
    /// When its last connection ended; `None` while it is online.
    pub gone_at: Option<UnixMillis>,
    /// The address from which it first came. `None`: from this machine, or it is not known.
    pub address: Option<AddressTag>,
}

/// A request for lines of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The epoch of the log.
    pub epoch: Epoch,
    /// Which of its lines.
    pub span: LineRange,
    /// At most this many lines.
    pub count: usize,
}

/// Which lines a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineRange {
    /// The first lines that have this number or a higher one.
    From(Seq),
    /// The last lines that have a lower number than this.
    Before(Seq),
    /// The last lines that have a lower number than this and match the search. One turn of the
    /// history looks only at part of a long log.
    With(Sought, Seq),
}

/// The lines that a query found, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLines {
    /// The lines.
    pub lines: Vec<Arc<Entry>>,
    /// Whether there are older lines in the same epoch of the log.
    pub older: bool,
    /// For a search: the oldest number that was looked at, if older lines were not looked at.
    pub next: Option<Seq>,
    /// For a search: how long the history has looked.
    pub took: Duration,
}

/// Everything that was stored before the server started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The rooms.
    pub rooms: Vec<PastLog<KeptRoom>>,
    /// The logs of private messages.
    pub private: Vec<PastLog<KeptPrivateLog>>,
    /// The people.
    pub people: Vec<KeptPerson>,
    /// The private messages that people who are away have not read yet.
    pub unread: Vec<KeptUnread>,
}

/// A log as an earlier run of the server has left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLog<T> {
    /// The log's record as it is stored now. Its reservation is already that of the new run.
    pub kept: T,
    /// The last number that is taken.
    pub head: Seq,
    /// Its newest lines, oldest first.
    pub lines: Vec<KeptLine>,
    /// The ids that authors gave the lines directly before `lines`, oldest first.
    pub ids: Vec<UsedId>,
    /// The ids that authors gave are known only for lines after this number.
    pub ids_behind: Seq,
    /// What the file has before `lines`.
    pub before: Before,
    /// Ranges of numbers that earlier runs have skipped, oldest first. Clients may have received
    /// lines with these numbers, but none of these lines is stored.
    pub skipped: Vec<Skip>,
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
    /// Nothing older is stored. Lines up to `thrown_away` were deleted because they were old. All
    /// other numbers that clients saw did not survive a crash.
    Nothing {
        /// The last number that was deleted; 0 if none ever was.
        thrown_away: Seq,
    },
}

impl Kept {
    /// The highest number of a person that is in use: for a person, or as the owner of a line, an
    /// id, a room or a log. If a new person got such a number, it could change these.
    pub fn last_person(&self) -> u64 {
        let people = self.people.iter().map(|person| person.id);
        let makers = self.rooms.iter().filter_map(|room| room.kept.maker);
        let owners = self.private.iter().map(|log| log.kept.person);
        let lines = self.rooms.iter().flat_map(|room| &room.lines);
        let lines = lines.chain(self.private.iter().flat_map(|log| &log.lines));
        let authors = lines.filter_map(|line| line.author);
        let ids = self.rooms.iter().flat_map(|room| &room.ids);
        let ids = ids.chain(self.private.iter().flat_map(|log| &log.ids)).map(|used| used.author);
        let all = people.chain(makers).chain(owners).chain(authors).chain(ids);
        all.map(|id| id.0).max().unwrap_or(0)
    }

    /// The highest number in the kept names of guests.
    pub fn last_client_id(&self) -> u64 {
        self.people.iter().filter_map(|person| person.name.guest_number()).max().unwrap_or(0)
    }
}
