//! One numbered line of a log: what happened, who did it, and when.
//!
//! Owns: which values make up a line.
//! Must not know: JSON, frames, who receives a line.
//!
//! Part: `chat/mod.rs`.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::log_name::LogName;
use super::name::Name;
use super::record::PersonId;
use super::removed_lines::{RemovedLines, RemovedOf};
use super::secret::Mark;
use crate::base::fingerprint::fnv_1a;
pub use crate::base::wall_clock::UnixMillis;

/// A line's number in its log. In one [`Epoch`] no two lines have the same number. The value 0
/// stands for no line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Seq(pub u64);

impl Seq {
    /// Returns the number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Identifies one log, with its numbers from 1 on. If the log of a room begins again from 1, it
/// gets another epoch. So the same number in the old and in the new epoch means two different
/// lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl Epoch {
    /// Reads an epoch from 16 hexadecimal digits, as [`Display`](fmt::Display) writes it; `None`:
    /// `text` is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let is_ours = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_ours.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(Self)
    }
}

/// How far a client has seen a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Seen {
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The number of the newest line that the client has seen; 0: it has seen no line.
    pub seq: Seq,
}

impl Seen {
    /// Reads a position of the form `EPOCH.SEQ`, as URLs have it. `None`: the text is not of this
    /// form.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, seq) = text.split_once('.')?;
        Some(Self { epoch: Epoch::parse(epoch)?, seq: Seq(seq.parse().ok()?) })
    }
}

/// The id that a client gives its message. If the client sends the message again with this id,
/// usually no second line is made. An id has 1 to
/// [`MESSAGE_ID_BYTES_MAX`](crate::base::limits::MESSAGE_ID_BYTES_MAX) bytes: letters, digits and
/// signs of ASCII, without spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(Box<str>);

impl MessageId {
    /// Makes an id from `text`; `None`: the text is empty or too long, or has a character other
    /// than letters, digits and signs of ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=crate::base::limits::MESSAGE_ID_BYTES_MAX).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.into()))
    }

    /// Returns the id as the client sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a hash of the id. It is rare that two different ids have the same hash.
    pub fn fingerprint(&self) -> u64 {
        fnv_1a([self.0.as_bytes()])
    }
}

/// The content of a line: a message, or what else happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum EntryKind {
    /// A message to a room. The value is its text.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    Said(String),
    /// An action of the author in a room, such as "Ann waves". The value says what the author does.
    /// A person types it with the command `/me`.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    Acted(String),
    /// The author has changed the text of their own message.
    Edited {
        /// The number of the message that was edited.
        of: Seq,
        /// The message's new text.
        #[cfg_attr(
            any(test, feature = "learn"),
            serde(serialize_with = "crate::chat::codec::text")
        )]
        text: String,
    },
    /// The author has deleted their own message, or looks after the room and has deleted another's.
    /// The deleted message itself gets this content, too, and so do the edits of it. But a deleted
    /// private message stays a [`Private`](Self::Private).
    Deleted {
        /// The number of the message that was deleted.
        of: Seq,
    },
    /// The author has set this topic for the room; empty: the author has removed the topic.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    Topic(String),
    /// The author has pinned the message with this number; 0: the author has removed the pin.
    Pinned(Seq),
    /// A person who has written in the room has taken another name. The value is the new name. The
    /// author of the line is the person under the old name.
    Renamed(Name),
    /// A private message. It is a line in the sender's log of private messages, and another line in
    /// the receiver's. A message to oneself is only one line.
    Private {
        /// The name that the receiver had when the message was sent.
        to: Name,
        /// The number of the other person: in the sender's log the receiver's, in the receiver's
        /// log the sender's. It stays with a new name. The default value: no longer known.
        with: AuthorTag,
        /// True if the line is in the log of the message's sender; false if it is in the
        /// receiver's.
        own: bool,
        /// The text; empty: deleted. The sender's line and the receiver's can share it in memory.
        #[cfg_attr(
            any(test, feature = "learn"),
            serde(serialize_with = "crate::chat::codec::text")
        )]
        text: Arc<str>,
    },
    /// Many lines of this log are gone at once, because a person has left for good, or because the
    /// author of this line has deleted them.
    Removed(RemovedLines),
}

impl EntryKind {
    /// Returns the line's text: of a message or an action, its text; of an edit, the new text; of a
    /// topic, the topic; of a new name, that name; of a deletion, of a pin and of removed lines, an
    /// empty text.
    pub fn text(&self) -> &str {
        match self {
            Self::Said(text) | Self::Acted(text) | Self::Topic(text) => text,
            Self::Edited { text, .. } => text,
            Self::Private { text, .. } => text,
            Self::Renamed(name) => name.shown(),
            Self::Deleted { .. } | Self::Pinned(_) | Self::Removed(_) => "",
        }
    }

    /// Returns about how many bytes the content takes in memory beside the value itself.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Removed(removed) => size_of_val(&removed.lines[..]),
            other => other.text().len(),
        }
    }

    /// Returns whether another line can reply to this line: it is a message or an action, and was
    /// not deleted. Nobody can reply to an edit; people reply to the message that was edited.
    pub fn is_message(&self) -> bool {
        match self {
            Self::Said(_) | Self::Acted(_) => true,
            Self::Private { text, .. } => !text.is_empty(),
            _ => false,
        }
    }

    /// Returns whether this line is a message that a person has just sent. A private message has
    /// two lines; only that of the sender counts.
    pub fn is_said(&self) -> bool {
        self.is_message() && !matches!(self, Self::Private { own: false, .. })
    }

    /// Returns whether the line is an edit or a deletion, also a deletion of many lines. A message
    /// that was deleted counts as a deletion. The lines of a person who has left for good do not:
    /// their removal has a record of its own.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Edited { .. } | Self::Deleted { .. } => true,
            Self::Removed(removed) => removed.of != RemovedOf::Leaver,
            _ => false,
        }
    }

    /// Returns whether all lines of the log before this one are gone.
    pub fn deletes_everything(&self) -> bool {
        matches!(self, Self::Removed(RemovedLines { of: RemovedOf::Everybody, .. }))
    }

    /// Returns what becomes of this line with the number `own` if all messages of its author are
    /// deleted; `None`: the line is no message and no edit of one.
    pub fn deleted(&self, own: Seq) -> Option<Self> {
        match self {
            Self::Said(_) | Self::Acted(_) => Some(Self::Deleted { of: own }),
            Self::Edited { of, .. } => Some(Self::Deleted { of: *of }),
            _ => None,
        }
    }

    /// Returns what becomes of a line after the edit or deletion `change`: its new content, or
    /// `None` if the line stays as it is. `self` is the line's present content, and `own` is its
    /// number. If the line is an earlier edit of the message that `change` names, it changes, too.
    pub fn changed_by(&self, own: Seq, change: &Self) -> Option<Self> {
        let whose = match self {
            Self::Said(_) | Self::Acted(_) => own,
            Self::Private { .. } if self.is_message() => own,
            Self::Edited { of, .. } => *of,
            Self::Deleted { .. } | Self::Private { .. } | Self::Removed(_) => return None,
            Self::Topic(_) | Self::Pinned(_) | Self::Renamed(_) => {
                return None;
            }
        };
        match (self, change) {
            (_, Self::Edited { of, .. } | Self::Deleted { of }) if *of != whose => None,
            (Self::Said(_), Self::Edited { text, .. }) => Some(Self::Said(text.clone())),
            (Self::Acted(_), Self::Edited { text, .. }) => Some(Self::Acted(text.clone())),
            (Self::Private { to, with, own, .. }, change) => {
                let (to, with, own, text) = (to.clone(), *with, *own, change.text().into());
                Some(Self::Private { to, with, own, text })
            }
            (_, Self::Edited { .. } | Self::Deleted { .. }) => Some(change.clone()),
            _ => None,
        }
    }
}

/// The number of a line's author, in four bytes, so that a line takes little memory. 0: the author
/// is no person, or the person's number is too large for four bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct AuthorTag(u32);

impl AuthorTag {
    /// Makes the tag of this person; `None`: of an author that is no person.
    pub fn of(person: Option<PersonId>) -> Self {
        Self(person.and_then(|person| u32::try_from(person.0).ok()).unwrap_or_default())
    }

    /// Makes a tag from the number that [`number`](Self::number) returns.
    pub fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number as the protocol has it; `None`: the author is not known by a number.
    pub fn number(self) -> Option<u32> {
        Some(self.0).filter(|number| *number > 0)
    }

    /// Returns the person with this number; `None`: the author is not known by a number.
    pub fn person(self) -> Option<PersonId> {
        self.number().map(|number| PersonId(number.into()))
    }

    /// Returns whether the author is this person. False if `person` is `None`, and for a person
    /// whose number is too large for a tag.
    pub fn is(self, person: Option<PersonId>) -> bool {
        self != Self::default() && self == Self::of(person)
    }
}

/// The author of a line: what other people see of the author, and the author's number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Speaker {
    /// The name that the author had when the line was said.
    pub name: Name,
    /// Whether the author is a client of the classic format. Such a client has not chosen its name.
    pub classic: bool,
    /// True if the line is a message that the author has edited. The content of the line is the new
    /// text then. The value is here, and not in [`Entry`], because here it takes no more memory.
    pub has_edited: bool,
    /// The number of the person who is the author. By it the server knows the person's own lines,
    /// even if another person has the name later. The number is never sent to a client.
    pub whose: AuthorTag,
    /// The mark that other people see beside the name: the mark of the name's secret, or of a new
    /// secret that is pending. `None`: there is no such secret.
    pub mark: Option<Mark>,
    /// The author's IP address. The history does not store it. `None`: other people may not see it
    /// (see `--show-addresses`), or it is not known.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::addr"))]
    pub addr: Option<IpAddr>,
}

/// The message that a line of the same log replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct RepliedTo {
    /// The number of that message.
    pub seq: Seq,
    /// The name that the author of that message had when they sent it. `None`: the server could not
    /// find the message, for example because it is not in memory any more.
    pub name: Option<Name>,
    /// The number of the person who is the author of that message.
    pub whose: AuthorTag,
    /// The name that this person had when the new line was said. `None`: the server does not know
    /// it, or the line is read from the history's file.
    pub name_then: Option<Name>,
}

impl RepliedTo {
    /// Makes the reply to the message with this number, of which nothing else is known.
    pub fn unknown(seq: Seq) -> Self {
        Self { seq, name: None, whose: AuthorTag::default(), name_then: None }
    }
}

/// What an older line is to the person who receives it. A new line is the same for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToReader {
    /// Whether the person wrote the line.
    pub own: bool,
    /// Whether the line replies to a message of the person.
    pub to_you: bool,
}

/// One line of a log. If several clients receive it at the same time, they share one value in
/// memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Entry {
    /// The log that the line is in.
    pub log: LogName,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The entry's number in the log.
    pub seq: Seq,
    /// The time at which the chat accepted the entry, by the machine's clock.
    pub at: UnixMillis,
    /// The entry's author.
    pub by: Speaker,
    /// The id that the sender gave the message; `None`: the sender gave none.
    pub id: Option<MessageId>,
    /// The message that this line replies to; `None`: the line replies to none. This value stays
    /// when the line is edited or deleted.
    pub reply_to: Option<Box<RepliedTo>>,
    /// The content of the line.
    pub what: EntryKind,
}

impl Speaker {
    /// Makes the author of lines whose person has removed them together with the name. No person
    /// can have this name, because of its `@`.
    pub fn removed() -> Self {
        let name = Name::stored(REMOVED_NAME);
        let whose = AuthorTag::default();
        Self { name, classic: false, has_edited: false, whose, mark: None, addr: None }
    }

    /// Makes the author of a line about a person who has had this name.
    pub fn of(name: &Name, person: PersonId) -> Self {
        let (name, whose) = (name.clone(), AuthorTag::of(Some(person)));
        Self { name, whose, ..Self::removed() }
    }

    /// Makes the author of lines that the server adds by itself. No person can have this name,
    /// because of its `@`.
    pub fn server() -> Self {
        Self { name: Name::stored(SERVER_NAME), ..Self::removed() }
    }
}

/// What stands in place of the name of a person who has removed it.
pub const REMOVED_NAME: &str = "@removed";

/// What stands in place of a name in a line that the server has added by itself.
pub const SERVER_NAME: &str = "@server";

impl Entry {
    /// Returns what stays of this line if its author removes all their lines: a deletion that names
    /// nobody. The line keeps its number and its time.
    #[must_use]
    pub fn removed(&self) -> Self {
        let of = match &self.what {
            EntryKind::Edited { of, .. } | EntryKind::Deleted { of } => *of,
            _ => self.seq,
        };
        let Self { log, epoch, seq, at, .. } = self.clone();
        let (by, what) = (Speaker::removed(), EntryKind::Deleted { of });
        Self { log, epoch, seq, at, by, id: None, reply_to: None, what }
    }

    /// Returns what becomes of this line after the edit or deletion `change`; `None`: it stays as
    /// it is.
    pub fn changed_by(&self, change: &EntryKind) -> Option<Self> {
        let what = self.what.changed_by(self.seq, change)?;
        let has_edited = what.is_message() && matches!(change, EntryKind::Edited { .. });
        let by = Speaker { has_edited, ..self.by.clone() };
        Some(Self { what, by, ..self.clone() })
    }

    /// Returns what becomes of this line after the line `change` of the same log, which may be an
    /// edit, a deletion, or a deletion of many lines; `None`: this line stays as it is.
    pub fn changed_by_line(&self, change: &Self) -> Option<Self> {
        let EntryKind::Removed(removed) = &change.what else {
            return self.changed_by(&change.what);
        };
        match removed.of {
            _ if self.seq >= change.seq => None,
            RemovedOf::Everybody => Some(self.removed()),
            RemovedOf::Author(of) if self.by.whose == of || removed.has(self.seq) => self.deleted(),
            RemovedOf::Author(_) | RemovedOf::Leaver => None,
        }
    }

    /// Returns what stays of this line if all messages of its author are deleted; `None`: it is no
    /// message and no edit of one, and so it stays as it is.
    pub fn deleted(&self) -> Option<Self> {
        Some(Self { what: self.what.deleted(self.seq)?, ..self.clone() })
    }

    /// Returns whether the line is a message whose author has edited it.
    pub fn is_edited(&self) -> bool {
        self.by.has_edited
    }

    /// Returns this line, which is a message, as one that its author has edited.
    #[must_use]
    pub fn edited(&self) -> Self {
        let by = Speaker { has_edited: true, ..self.by.clone() };
        Self { by, ..self.clone() }
    }

    /// Returns this line without what it says of the author of the message that it replies to.
    #[must_use]
    pub fn without_name_replied_to(&self) -> Self {
        let reply_to = self.reply_to.as_ref().map(|it| RepliedTo::unknown(it.seq));
        Self { reply_to: reply_to.map(Box::new), ..self.clone() }
    }

    /// Returns the message that this line replies to. `None`: the line replies to none, or the line
    /// was deleted.
    pub fn replied_to(&self) -> Option<&RepliedTo> {
        self.reply_to.as_deref().filter(|_| self.what.is_message())
    }

    /// Returns whether the line is an own line of `reader`, the person who receives it. `reader` is
    /// `None` if the receiving client has no person. For a private message `reader` does not
    /// matter: the answer is true if the owner of the log wrote the message.
    pub fn is_by(&self, reader: Option<PersonId>) -> bool {
        match self.what {
            EntryKind::Private { own, .. } => own,
            _ => self.by.whose.is(reader),
        }
    }

    /// Returns the number of the other person in this private message; `None`: the line is not a
    /// private message, or the server does not know that person any more.
    pub fn correspondent(&self) -> Option<AuthorTag> {
        match self.what {
            EntryKind::Private { with, .. } => Some(with).filter(|with| with.number().is_some()),
            _ => None,
        }
    }

    /// Returns what this line is to `reader`, as [`is_by`](Self::is_by) has it. A private message
    /// is never a reply `to_you`: in a talk of two people each line is for the other one.
    pub fn to_reader(&self, reader: Option<PersonId>) -> ToReader {
        let is_private = matches!(self.what, EntryKind::Private { .. });
        let to_you = !is_private && self.replied_to().is_some_and(|to| to.whose.is(reader));
        ToReader { own: self.is_by(reader), to_you }
    }

    /// Returns the name of the other person in this private message, as it was when the message was
    /// sent; `None`: the line is not a private message.
    pub fn exchanged_with(&self) -> Option<&Name> {
        match &self.what {
            EntryKind::Private { to, own: true, .. } => Some(to),
            EntryKind::Private { .. } => Some(&self.by.name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
