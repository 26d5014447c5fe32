//! What a server with a history stores, as plain values: lines, rooms and people. They are still
//! there after a restart.
//!
//! Owns: which values make up each record, and each query for stored lines. The chat says what must
//! be stored, and the history stores it.
//! Must not know: files, SQL, threads.
//!
//! Part: `chat/mod.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::act::ActRecord;
use super::entry::{Entry, Epoch, RepliedTo, Seq, UnixMillis};
use super::name::Name;
use super::numbers::{Reservation, SkipRange};
use super::room_name::RoomName;
use super::secret::Digest;
use super::sought::Sought;
use super::token::TokenDigest;

/// The number of a person. It stays the same if the person takes another name. A new person gets a
/// number that no other person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct PersonId(pub u64);

/// A keyed hash of a client's network, by which the server recognizes the network. The history's
/// file has the key, so a network usually has the same tag after a restart. Without the key, nobody
/// can find the network of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkTag(pub u64);

/// One thing that the history must store or delete: a line, a room, a log or a person. What is
/// stored replaces the earlier record of the same line, room, log or person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The history must store this line of a log. If the line edits or deletes an earlier line, the
    /// history changes that one, too.
    Line(StoredLine),
    /// The history must store this room as it is now, without its lines.
    Room(StoredRoom),
    /// The history must store this log of a person's private messages, without its lines.
    PrivateLog(StoredPrivateLog),
    /// The history must delete the log of this epoch, with its lines.
    NoLog(Epoch),
    /// The history must store this person as they are now.
    Person(StoredPerson),
    /// The history must correct the times of lines: they were said before the machine's clock was
    /// set.
    Times(CorrectedTimes),
    /// The history must delete this person, who no longer exists in the chat or cannot come back.
    NoPerson(PersonId),
    /// The history must delete this person, and remove the text and the author of all their lines
    /// (`history/store/removal.rs`).
    RemovedPerson(PersonId),
}

impl Record {
    /// Returns about how many bytes the record takes in memory.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Line(line) => line.weight(),
                Self::Room(room) => {
                    let LetIn { people, sessions } = &room.let_in;
                    let let_in = size_of_val(&people[..]) + size_of_val(&sessions[..]);
                    let more = size_of_val(&room.skips[..]) + size_of_val(&room.invites[..]);
                    room.topic.len() + more + let_in
                }
                Self::PrivateLog(log) => size_of_val(&log.skips[..]),
                Self::Person(person) => person.tokens.len() * size_of::<TokenDigest>(),
                Self::NoLog(_) | Self::Times(_) | Self::NoPerson(_) | Self::RemovedPerson(_) => 0,
            }
    }
}

/// Which times of a log to correct, and by how much: the times of the lines from `from` on that
/// were said while the machine's clock was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct CorrectedTimes {
    /// The log's epoch.
    pub epoch: Epoch,
    /// The number of the first line that this run of the server has added to the log, or could have
    /// added.
    pub from: Seq,
    /// By how many milliseconds the clock was late.
    pub late: u64,
}

/// A line of a log, and the person who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredLine {
    /// The person who said the line; `None`: the author is no person, but a classic client.
    pub author: Option<PersonId>,
    /// The line of the log.
    pub entry: Arc<Entry>,
}

impl StoredLine {
    /// Returns about how many bytes the line takes in memory.
    pub fn weight(&self) -> usize {
        let replied_to = self.entry.reply_to.as_ref().map_or(0, |_| size_of::<RepliedTo>());
        size_of::<Self>() + size_of::<Entry>() + self.entry.what.bytes() + replied_to
    }
}

/// Who need not enter a room's password again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct LetIn {
    /// People: all their sessions may enter.
    pub people: Vec<PersonId>,
    /// Sessions, each with its person and its token. The other sessions of the same person must
    /// enter the password.
    pub sessions: Vec<(PersonId, TokenDigest)>,
}

/// An invite to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredInvite {
    /// The digest of its token.
    pub token: TokenDigest,
    /// The person who made the invite; `None`: the file does not name that person.
    pub by: Option<PersonId>,
}

/// What whoever looks after a room has made of it: who is muted, who was put out, who can enter and
/// who can write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredRules {
    /// True: only whoever looks after the room can write in it.
    pub is_frozen: bool,
    /// The people who cannot write in the room, the one whose time ends next first.
    pub muted: Vec<PersonRule>,
    /// The people who cannot enter the room, in the same order.
    pub put_out: Vec<PersonRule>,
    /// The people who are banned from the room, in the order of their bans.
    pub banned: Vec<BanRule>,
    /// The last actions in the room, the oldest first.
    pub record: Vec<ActRecord>,
    /// In slow mode, the time between two messages of one person; zero: there is no slow mode.
    pub slow: Duration,
    /// True: only people who were admitted can enter the room.
    pub is_closed: bool,
    /// The people who were admitted to the closed room, in no order.
    pub admitted: Vec<PersonId>,
    /// The people who look after the room, apart from its maker and the hosts of the chat.
    pub keepers: Vec<PersonId>,
    /// The messages that were reported, the oldest report first.
    pub reports: Vec<StoredReport>,
    /// The people who are blocked from the whole chat, in the order of their blocks. Only the rules
    /// of the lobby have some.
    pub blocked: Vec<BlockRule>,
    /// What people read who come to the room for the first time; empty: nothing.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    pub welcome: String,
    /// True: a lesson is on.
    pub is_lesson: bool,
    /// The people who have raised a hand, in the order in which they did.
    pub hands: Vec<PersonId>,
    /// The poll; `None`: there is none.
    pub poll: Option<StoredPoll>,
}

/// A poll in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredPoll {
    /// The question and the answers, as `chat/poll.rs` reads them.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    pub text: String,
    /// Who has chosen which answer, counted from 1.
    pub votes: Vec<(PersonId, u8)>,
}

/// A block of one person from the whole chat.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct BlockRule {
    /// Who is blocked, and until when.
    pub ban: BanRule,
    /// The other people who were here from the same networks then: nothing changes for them.
    pub spared: Vec<PersonId>,
}

impl StoredRules {
    /// Returns all people whom the rules name.
    fn people(&self) -> impl Iterator<Item = PersonId> {
        let ruled = self.muted.iter().chain(&self.put_out).map(|rule| rule.person);
        let ruled = ruled.chain(self.banned.iter().map(|ban| ban.person));
        let blocked = self.blocked.iter().flat_map(|block| &block.spared);
        let blocked = blocked.chain(self.blocked.iter().map(|block| &block.ban.person));
        let reporters = self.reports.iter().flat_map(|report| &report.by);
        let voters = self.poll.iter().flat_map(|poll| &poll.votes).map(|(person, _)| *person);
        ruled.chain(voters).chain(
            self.admitted
                .iter()
                .chain(&self.keepers)
                .chain(&self.hands)
                .chain(reporters)
                .chain(blocked)
                .copied(),
        )
    }
}

/// A message that people have reported to whoever looks after the room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredReport {
    /// The number of the message.
    pub seq: Seq,
    /// When it was reported first.
    pub at: UnixMillis,
    /// The people who have reported it, the first one first.
    pub by: Vec<PersonId>,
    /// The network of the first one; `None`: limits do not apply to it.
    pub network: Option<NetworkTag>,
    /// Why, in the words of the first one; empty: no reason was given.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    pub reason: String,
}

/// A ban of one person. It outlives the person: somebody who removes their name and comes back
/// under another is known by the network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct BanRule {
    /// The banned person.
    pub person: PersonId,
    /// The name of the person when the ban began.
    pub name: Name,
    /// The tags of the networks from which the person was here then. It has none if limits do not
    /// apply to them.
    pub networks: Vec<NetworkTag>,
    /// When the ban ends.
    pub until: UnixMillis,
}

/// A rule about one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct PersonRule {
    /// Whom it is about.
    pub person: PersonId,
    /// When it ends.
    pub until: UnixMillis,
}

/// A room that the history stores, without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredRoom {
    /// The room's name.
    pub name: RoomName,
    /// The epoch of the room's log.
    pub epoch: Epoch,
    /// The numbers that are reserved for lines of the log, whether or not lines have them already.
    pub reservation: Reservation,
    /// The ranges of skipped numbers of the log that are not written in the file yet.
    pub skips: Vec<SkipRange>,
    /// The room's topic; empty for none.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    pub topic: String,
    /// The number of the pinned message; 0: no message is pinned.
    pub pinned: Seq,
    /// Whether the room is hidden: only people in the room find it in the list of rooms.
    pub hidden: bool,
    /// The digest of the room's password; `None`: the room has none.
    pub password: Option<Digest>,
    /// The room's invites, the oldest first.
    pub invites: Vec<StoredInvite>,
    /// Who has entered the room's password, and need not enter it again.
    pub let_in: LetIn,
    /// The person who made the room. `None`: no person did, as for the lobby; or the maker's right
    /// to the room is still pending, because no client has shown the new token yet.
    pub maker: Option<PersonId>,
    /// What whoever looks after the room has made of it.
    pub rules: Box<StoredRules>,
    /// The tag of the network from which the room was made. `None`: limits do not apply to the
    /// network, or it is not known, or a client from another network has said something in the
    /// room.
    pub network: Option<NetworkTag>,
}

/// A person's log of private messages that the history stores, without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredPrivateLog {
    /// The person whose log it is.
    pub person: PersonId,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The numbers that are reserved for lines of the log, whether or not lines have them already.
    pub reservation: Reservation,
    /// Ranges of numbers that the log has skipped, and that the file does not have yet.
    pub skips: Vec<SkipRange>,
}

/// How many bytes of private messages from one author wait for one receiver, who is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredUnread {
    /// The person for whom the messages are.
    pub person: PersonId,
    /// The person who wrote the messages; `None`: the file does not say.
    pub author: Option<PersonId>,
    /// The sum of [`unread_bytes`] of all unread messages from this author to this person.
    pub bytes: u64,
}

/// Returns about how many bytes of the history's file a private message takes whose text has this
/// many bytes: 1 KiB for names, numbers and a short text, and whole pages of 4 KiB for the rest of
/// a long text.
pub fn unread_bytes(text_bytes: u64) -> u64 {
    1024 + (text_bytes + 3583) / 4096 * 4096
}

/// A person that the history stores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct StoredPerson {
    /// The person's number.
    pub id: PersonId,
    /// The person's name.
    pub name: Name,
    /// The name that the person had before this one, and that is kept for them; `None`: there is
    /// none.
    pub former: Option<Name>,
    /// The time at which the person took this name; a change to a name that looks like it does not
    /// count. 0: the file does not say.
    pub named_at: UnixMillis,
    /// The digests of the tokens of the person's sessions, oldest first. A client that sends one of
    /// these tokens becomes a client of this person.
    pub tokens: Vec<TokenDigest>,
    /// The digest of the name's secret; `None`: the name has no secret.
    pub secret: Option<Digest>,
    /// The time at which the person's last connection ended; `None`: the person had a connection
    /// when this was stored.
    pub gone_at: Option<UnixMillis>,
    /// The tag of the network from which the person first connected; `None`: limits do not apply to
    /// that network, or it is not known.
    pub network: Option<NetworkTag>,
    /// Whether the person is a host of the chat.
    pub is_host: bool,
}

/// What the hub asks the history: which lines of one log to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The epoch of the log that has the wanted lines.
    pub epoch: Epoch,
    /// Which of the log's lines to find.
    pub span: LineRange,
    /// The most lines that the answer may have.
    pub count: usize,
}

/// Which lines of a log a [`Query`] asks for. The answer has at most [`Query::count`] of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineRange {
    /// The lines with the lowest numbers from this one on.
    From(Seq),
    /// The newest lines with a number below this one.
    Before(Seq),
    /// The newest lines that match the search and have a number below this one. In a long log, the
    /// history looks at only a part of the lines for one query (see [`FoundLines::next`]).
    With(Sought, Seq),
}

/// The lines that a query found, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLines {
    /// The lines that were found.
    pub lines: Vec<Arc<Entry>>,
    /// Whether the file has lines of the log that are older than those in `lines`. For a search it
    /// is always false.
    pub older: bool,
    /// For a search that has not looked at all lines: the lowest number at which it has looked. A
    /// query for the numbers below it continues the search. `None`: no older line is left, or the
    /// query is no search.
    pub next: Option<Seq>,
    /// For a search: how long the history worked on this one query. A search may need several
    /// queries; their times are not added up here.
    pub took: Duration,
}

/// What the server reads from the history's file when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Stored {
    /// The rooms, each with its log.
    pub rooms: Vec<PastLog<StoredRoom>>,
    /// The logs of private messages.
    pub private: Vec<PastLog<StoredPrivateLog>>,
    /// The people whose records are in the file.
    pub people: Vec<StoredPerson>,
    /// How many bytes of private messages wait for people who are away: one item for each pair of
    /// an author and a receiver.
    pub unread: Vec<StoredUnread>,
}

/// A log, as an earlier run of the server left it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct PastLog<T> {
    /// The record of the room or of the private log. Its reservation is already that of the new
    /// run.
    pub stored: T,
    /// The highest number of the log that is taken. The next line gets a higher one.
    pub head: Seq,
    /// The log's newest lines, oldest first: as many as the server reads when it starts.
    pub lines: Vec<StoredLine>,
    /// The room's pinned message, which may be older than `lines`; `None`: no message is pinned.
    pub pinned: Option<Arc<Entry>>,
    /// The ids of messages of the log that are older than `lines`, oldest first. Ids of very old
    /// messages may be missing (see `ids_behind`).
    pub ids: Vec<UsedId>,
    /// A number of the log. The ids of all messages with a higher number are known: they are in
    /// `ids` or in `lines`.
    pub ids_behind: Seq,
    /// Whether the file has lines of the log that are older than `lines`.
    pub before: Before,
    /// Ranges of numbers that runs of the server have skipped, oldest first. No line with these
    /// numbers is stored, although clients may have received some.
    pub skipped: Vec<SkipRange>,
}

/// A message id that a person has given to a line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct UsedId {
    /// The person whose line it is.
    pub author: PersonId,
    /// The [fingerprint](super::entry::MessageId::fingerprint) of the id.
    #[cfg_attr(
        any(test, feature = "learn"),
        serde(serialize_with = "crate::chat::codec::used_id")
    )]
    pub id: u64,
    /// The line's number.
    pub seq: Seq,
    /// When the chat accepted the line.
    pub at: UnixMillis,
}

/// Whether the file has lines of a log that are older than those that the server reads when it
/// starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum Before {
    /// The file has older lines.
    OlderLines,
    /// The file has no older lines. Lines with lower numbers were deleted or lost, or never
    /// existed.
    Nothing {
        /// The highest number of a line that the history has deleted because of its limits; 0: it
        /// has deleted none.
        thrown_away: Seq,
    },
}

impl Stored {
    /// Returns the highest number of a person in these values, as a person, an author, a maker of a
    /// room, an owner of a log, one who was let into a room, or one whom a room's rules name; 0:
    /// there is none. A new person must get a higher number. Otherwise it could change another
    /// person's lines or rooms, or enter a locked room.
    pub fn last_person(&self) -> u64 {
        let people = self.people.iter().map(|person| person.id);
        let makers = self.rooms.iter().filter_map(|room| room.stored.maker);
        let owners = self.private.iter().map(|log| log.stored.person);
        let let_in = self.rooms.iter().map(|room| &room.stored.let_in);
        let let_in = let_in.flat_map(|LetIn { people, sessions }| {
            people.iter().chain(sessions.iter().map(|(person, _)| person)).copied()
        });
        let lines = self.rooms.iter().flat_map(|room| &room.lines);
        let lines = lines.chain(self.private.iter().flat_map(|log| &log.lines));
        let authors = lines.filter_map(|line| line.author);
        let ids = self.rooms.iter().flat_map(|room| &room.ids);
        let ids = ids.chain(self.private.iter().flat_map(|log| &log.ids)).map(|used| used.author);
        let ruled = self.rooms.iter().flat_map(|room| room.stored.rules.people());
        let all = people.chain(makers).chain(owners).chain(let_in).chain(authors).chain(ids);
        let all = all.chain(ruled);
        all.map(|id| id.0).max().unwrap_or(0)
    }

    /// Returns the highest number in a guest's name among the stored people; 0: no stored person
    /// has such a name.
    pub fn last_guest_number(&self) -> u64 {
        self.people.iter().filter_map(|person| person.name.guest_number()).max().unwrap_or(0)
    }
}
