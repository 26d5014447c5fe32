//! One numbered line of a log: what happened, by whom, and when.
//!
//! Owns: the shape of what is kept and told; nothing here decides anything.
//! Must not know: JSON, frames, who is told.
//!
//! Next: `chat/request.rs`.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::log_name::LogName;
use super::name::Name;
use super::record::PersonId;
use super::secret::Mark;
use crate::fingerprint::fnv_1a;

/// A point in time: milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnixMillis(pub u64);

/// A line's number in its log. The first is 1, and none is ever given twice in
/// one [`Epoch`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Seq(pub u64);

impl Seq {
    /// The number behind this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Which life of a room's log a number belongs to. Another epoch means that the
/// log began anew: old numbers mean nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl Epoch {
    /// Reads what [`Display`](fmt::Display) wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let is_ours = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_ours.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(Self)
    }
}

/// How far somebody has seen a room: the last number, and of which life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Of which life of the log.
    pub epoch: Epoch,
    /// The last number that was seen; 0 for none.
    pub seq: Seq,
}

/// What a sender calls its message, so that sending it again does no harm. At
/// most [`MESSAGE_ID_BYTES_MAX`](crate::limits::MESSAGE_ID_BYTES_MAX) bytes, letters and signs of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageId(Box<str>);

impl MessageId {
    /// Checks `text`; `None` if it is empty, too long, or not plain ASCII.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=crate::limits::MESSAGE_ID_BYTES_MAX).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.into()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A short name for it: two ids of one author have the same one hardly ever, and whoever
    /// looks for such a pair harms nobody else.
    pub fn fingerprint(&self) -> u64 {
        fnv_1a([self.0.as_bytes()])
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Somebody said this.
    Said(String),
    /// Somebody does this ("Ann waves"), the `/me` of old chats.
    Acted(String),
    /// An own message reads otherwise from here on.
    Edited {
        /// The message's number.
        of: Seq,
        /// Its new text.
        text: String,
    },
    /// An own message is gone.
    Deleted {
        /// The message's number.
        of: Seq,
    },
    /// The room is about this; empty for nothing.
    Topic(String),
    /// Somebody said this to one person. It is in the logs of both, and nowhere else.
    Private {
        /// To whom, as that person was called then.
        to: Name,
        /// The one whose log this is has said it, by whatever name that was.
        own: bool,
        /// The words, which both logs share.
        text: Arc<str>,
    },
}

impl What {
    /// The words in it; empty for a deletion.
    pub fn text(&self) -> &str {
        match self {
            Self::Said(text) | Self::Acted(text) | Self::Topic(text) => text,
            Self::Edited { text, .. } => text,
            Self::Private { text, .. } => text,
            Self::Deleted { .. } => "",
        }
    }

    /// Whether it changes what another line says.
    pub fn is_change(&self) -> bool {
        matches!(self, Self::Edited { .. } | Self::Deleted { .. })
    }

    /// How the line of number `own`, which says this, reads after `change`; `None`:
    /// as before. An edit of what was changed has the same words in it as that.
    pub fn changed_by(&self, own: Seq, change: &Self) -> Option<Self> {
        let whose = match self {
            Self::Said(_) | Self::Acted(_) => own,
            Self::Edited { of, .. } => *of,
            Self::Deleted { .. } | Self::Topic(_) | Self::Private { .. } => return None,
        };
        match (self, change) {
            (_, Self::Edited { of, .. } | Self::Deleted { of }) if *of != whose => None,
            (Self::Said(_), Self::Edited { text, .. }) => Some(Self::Said(text.clone())),
            (Self::Acted(_), Self::Edited { text, .. }) => Some(Self::Acted(text.clone())),
            (_, Self::Edited { .. } | Self::Deleted { .. }) => Some(change.clone()),
            _ => None,
        }
    }
}

/// Whose a line is: a person's number in four bytes, for each line in memory has one. 0: no
/// person's, or that of somebody who came after four thousand million others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose(u32);

impl Whose {
    /// This person's; `None`: a classic client's.
    pub fn of(person: Option<PersonId>) -> Self {
        Self(person.and_then(|person| u32::try_from(person.0).ok()).unwrap_or_default())
    }

    /// Whether it is this person's.
    pub fn is(self, person: Option<PersonId>) -> bool {
        self != Self::default() && self == Self::of(person)
    }
}

/// Who speaks, to those who listen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaker {
    /// Under this name.
    pub name: Name,
    /// A client of the classic format: it has no name of its own choice.
    pub classic: bool,
    /// Which person that is, whatever they are called. A name may be somebody else's later, this is
    /// nobody else's. No wire tells it.
    pub whose: Whose,
    /// What goes with the name's secret, if it has one.
    pub mark: Option<Mark>,
    /// From where, if that is to be shown (`--show-addresses`); it is not kept.
    pub addr: Option<IpAddr>,
}

/// One line of a room's log, shared by everybody who is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// In which log.
    pub log: LogName,
    /// ... and in which life of it.
    pub epoch: Epoch,
    /// Its number there.
    pub seq: Seq,
    /// When the hub took it.
    pub at: UnixMillis,
    /// By whom.
    pub by: Speaker,
    /// What its sender calls it.
    pub id: Option<MessageId>,
    /// What happened.
    pub what: What,
}

impl Entry {
    /// Whether `reader`, who is told it, has said it under whatever name; `None`: somebody who is
    /// no person.
    pub fn is_by(&self, reader: Option<PersonId>) -> bool {
        match self.what {
            What::Private { own, .. } => own,
            _ => self.by.whose.is(reader),
        }
    }

    /// With whom this private message was exchanged, as that one was called then; `None`: it is
    /// none.
    pub fn exchanged_with(&self) -> Option<&Name> {
        match &self.what {
            What::Private { to, own: true, .. } => Some(to),
            What::Private { .. } => Some(&self.by.name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Epoch, MessageId};
    use crate::limits::MESSAGE_ID_BYTES_MAX;

    #[test]
    fn an_epoch_reads_what_it_wrote_and_nothing_else() {
        let epoch = Epoch(0x00c0_ffee);
        assert_eq!(Epoch::parse(&epoch.to_string()), Some(epoch));
        assert_eq!(Epoch::parse("c0ffee"), None);
        assert_eq!(Epoch::parse("+000000000c0ffee"), None);
    }

    #[test]
    fn an_id_is_plain_ascii_and_not_long() {
        assert_eq!(MessageId::parse("a-1").as_ref().map(MessageId::as_str), Some("a-1"));
        assert!(MessageId::parse(&"x".repeat(MESSAGE_ID_BYTES_MAX)).is_some());
        assert!(MessageId::parse(&"x".repeat(MESSAGE_ID_BYTES_MAX + 1)).is_none());
        assert!(MessageId::parse("").is_none());
        assert!(MessageId::parse("a b").is_none());
        assert!(MessageId::parse("ü").is_none());
    }
}
