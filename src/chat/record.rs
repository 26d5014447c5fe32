//! What outlives the server: lines, rooms and people, as plain values.
//!
//! Owns: their shape, between the hub, which says what is to be kept, and the
//! history, which keeps it.
//! Must not know: files, SQL, threads.
//!
//! Next: `history/mod.rs`.

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

/// A person, for as long as its name is kept; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u64);

/// Which address something comes from: the same for the same address in each life of a server
/// that keeps a history, so that nobody is somebody else after a restart. It is a keyed hash: the
/// address can be told from it only by who has the key, too, and tries all addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressTag(pub u64);

/// Something to be kept. What is kept later replaces what is the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A line of a room's log, with what it changes in earlier ones.
    Line(KeptLine),
    /// A room as it is now.
    Room(KeptRoom),
    /// Somebody's private messages have a log.
    PrivateLog(KeptPrivateLog),
    /// The log of this epoch is gone, and its lines.
    NoLog(Epoch),
    /// A person as it is now.
    Person(KeptPerson),
    /// The name is free again.
    NoPerson(PersonId),
}

impl Record {
    /// About what it takes in memory, in bytes.
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

/// A line, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLine {
    /// `None`: a classic client's, which has no session.
    pub author: Option<PersonId>,
    /// The line.
    pub entry: Arc<Entry>,
}

impl KeptLine {
    /// About what it takes in memory, in bytes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + size_of::<Entry>() + self.entry.what.text().len()
    }
}

/// A room, without its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRoom {
    /// Its name.
    pub name: RoomName,
    /// Which life of its log.
    pub epoch: Epoch,
    /// Which of its numbers may have been given, whether their lines are kept or not.
    pub reservation: Reservation,
    /// Numbers that no line has, of which the file does not know yet.
    pub skips: Vec<Skip>,
    /// What it is about.
    pub topic: String,
    /// It is not in the list of rooms.
    pub hidden: bool,
    /// Of its password.
    pub password: Option<Digest>,
    /// Who made it.
    pub maker: Option<PersonId>,
    /// From where it was made, while nobody from elsewhere has said anything in it.
    pub address: Option<AddressTag>,
}

/// A log of private messages, without its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPrivateLog {
    /// Whose it is.
    pub person: PersonId,
    /// Which life of it.
    pub epoch: Epoch,
    /// As in a [`KeptRoom`].
    pub reservation: Reservation,
    /// As in a [`KeptRoom`].
    pub skips: Vec<Skip>,
}

/// Private messages that came for somebody who was away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptUnread {
    /// For whom they are.
    pub person: PersonId,
    /// Who wrote them; `None`: nobody who has a session.
    pub author: Option<PersonId>,
    /// The sum of their [`unread_bytes`].
    pub bytes: u64,
}

/// About what a private message takes of the file, in bytes: names and the rest, and whole pages of a
/// longer text. `UNREAD` in `history/sql.rs` says the same.
pub fn unread_bytes(text: &str) -> u64 {
    1024 + (text.len() as u64 + 3583) / 4096 * 4096
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPerson {
    /// Who.
    pub id: PersonId,
    /// Its name.
    pub name: Name,
    /// When it took that; 0: nobody knows any more.
    pub named_at: UnixMillis,
    /// Of the tokens that give the name back, oldest first.
    pub tokens: Vec<TokenDigest>,
    /// Of its name's secret.
    pub secret: Option<Digest>,
    /// When its last line was lost; `None` while it is here.
    pub gone_at: Option<UnixMillis>,
    /// From where it came first; `None`: from this machine, or nobody knows.
    pub address: Option<AddressTag>,
}

/// Lines that somebody wants of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Of which life of the log.
    pub epoch: Epoch,
    /// Which of them.
    pub span: Span,
    /// At most so many.
    pub count: usize,
}

/// Which lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// The first that have this number or a higher one.
    From(Seq),
    /// The last that have a lower number than this.
    Before(Seq),
    /// The last that have a lower number than this, and are what is sought. Lines are
    /// looked at for one turn only.
    With(Sought, Seq),
}

/// What was found, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The lines.
    pub lines: Vec<Arc<Entry>>,
    /// Whether there are older ones, in the same life of the log.
    pub older: bool,
    /// Of lines that are sought: the oldest that was looked at, if older ones were not.
    pub next: Option<Seq>,
    /// ... and how long the history has looked.
    pub took: Duration,
}

/// Everything that was kept when the server starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The rooms.
    pub rooms: Vec<PastLog<KeptRoom>>,
    /// The logs of private messages.
    pub private: Vec<PastLog<KeptPrivateLog>>,
    /// The people.
    pub people: Vec<KeptPerson>,
    /// What waits to be read by those who are away.
    pub unread: Vec<KeptUnread>,
}

/// A log as an earlier life of the server has left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLog<T> {
    /// As it is kept now, with a reservation of the life that begins.
    pub kept: T,
    /// The last number that is taken.
    pub head: Seq,
    /// Its newest lines, oldest first.
    pub lines: Vec<KeptLine>,
    /// What authors called the lines right before those, oldest first.
    pub ids: Vec<UsedId>,
    /// Only of lines behind this number it is known what their authors called them.
    pub ids_behind: Seq,
    /// What was before them.
    pub before: Before,
    /// Numbers that lives before this one have skipped, oldest first. Lines of them may have
    /// been told, and none is kept.
    pub skipped: Vec<Skip>,
}

/// An id that a person has used for a line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedId {
    /// Whose line it is.
    pub author: PersonId,
    /// The [fingerprint](super::entry::MessageId::fingerprint) of what they called it.
    pub id: u64,
    /// The line's number.
    pub seq: Seq,
    /// When it was taken.
    pub at: UnixMillis,
}

/// What is known of a log before its newest lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Before {
    /// Older lines are kept.
    OlderLines,
    /// Nothing is kept; up to this number lines were thrown away, what else was told
    /// has not survived a crash.
    Nothing {
        /// 0: none ever were.
        thrown_away: Seq,
    },
}

impl Kept {
    /// The highest number of a person who is kept, or whose lines or rooms are: who
    /// is given it again could change them.
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

    /// The highest number of a guest whose name is kept.
    pub fn last_guest(&self) -> u64 {
        self.people.iter().filter_map(|person| person.name.guest_number()).max().unwrap_or(0)
    }
}
