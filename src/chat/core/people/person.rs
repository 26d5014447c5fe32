//! One person: the name, the connected clients, and what decides how long the name stays reserved;
//! and the author of a line, who is a person or not.
//!
//! Owns: of which kind a person is among the absent ones; what the file stores of a person.
//! Must not know: the person's tokens; other people.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::gone::{GoneKind, GoneRank};
use super::rights::Right;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::core::{LogId, Moment};
use crate::chat::entry::{AuthorTag, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::record::{NetworkTag, PersonId, StoredPerson};
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

/// The author of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum Author {
    /// The person with this id.
    Person(PersonId),
    /// A classic client, which has no session. The value is the number in its guest name.
    Classic(u64),
    /// No known author: for example, a classic client of an earlier run of the server, or a client
    /// without a person, which may only read or save a room.
    Nobody,
}

impl Author {
    pub(crate) fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Classic(_) | Self::Nobody => None,
        }
    }
}

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Person {
    pub(super) name: Name,
    /// The name that the person chose before this one, and that is kept for them
    /// (`former_names.rs`).
    pub(super) former: Option<Name>,
    /// When the person took this name; a change to a name that looks like it does not count.
    pub(super) named_at: UnixMillis,
    pub(super) secret: Option<Digest>,
    /// The person's connected clients, on all devices. The limit
    /// [`CLIENTS_PER_PERSON_MAX`](crate::base::limits::CLIENTS_PER_PERSON_MAX) does not count those
    /// that are being disconnected.
    pub(super) clients: Vec<ClientId>,
    pub(super) gone_since: Option<Moment>,
    /// The tag of the network from which the person first connected; `None`: the limits on networks
    /// do not apply to it, or it is not known.
    pub(super) network: Option<NetworkTag>,
    /// True until the person becomes lasting. While it is true, the history's file does not have
    /// the person.
    pub(super) is_brief: bool,
    /// Whether the person is a host of the chat (`hosts.rs`).
    pub(super) is_host: bool,
    /// Whether the person has ever said something or received a private message.
    pub(super) is_known: bool,
    /// Whether the person is away now and has an unread private message. A private message is
    /// unread if it came while the person was away.
    pub(super) has_unread: bool,
    /// Set if the person is busy. Not stored in the file.
    pub(super) excuse: Option<Excuse>,
    /// The rights to rooms that sessions have gained for the person (`sessions.rs`). Not stored in
    /// the file.
    pub(super) proven_rights: Vec<Right>,
    /// How far the person has read what they have read last, the latest at the end: at most
    /// [`ROOMS_PER_CLIENT_MAX`](crate::base::limits::ROOMS_PER_CLIENT_MAX). Not stored in the file.
    pub(super) read: Vec<(ReadLog, Seq)>,
    /// The log of the person's private messages, and up to which number all messages in it count as
    /// read, whoever has written them. Not stored in the file.
    pub(super) read_before: Option<(LogId, Seq)>,
}

/// What a person reads: a room's log, or in their log of private messages those with the person of
/// this number.
pub(super) type ReadLog = (LogId, AuthorTag);

/// Why a person is busy and does not answer, in the person's words.
#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Excuse {
    /// What the person typed after `/away`, which may be nothing.
    pub(super) text: String,
    /// The people who have heard the excuse because they wrote privately to the person: the first
    /// of them, at most [`EXCUSES_HEARD_MAX`].
    pub(super) heard: BTreeSet<PersonId>,
}

/// For how many people at most the server remembers that they have heard one person's excuse. The
/// others hear it each time when they write to the person.
pub(super) const EXCUSES_HEARD_MAX: usize = 64;

impl Person {
    pub(super) fn new(
        name: Name,
        named_at: UnixMillis,
        secret: Option<Digest>,
        network: Option<NetworkTag>,
    ) -> Self {
        Self {
            name,
            former: None,
            named_at,
            secret,
            clients: Vec::new(),
            gone_since: None,
            network,
            is_brief: true,
            is_host: false,
            is_known: false,
            has_unread: false,
            excuse: None,
            proven_rights: Vec::new(),
            read: Vec::new(),
            read_before: None,
        }
    }

    /// Notes that the person has read this log up to `seq`. Returns false if they had read it so
    /// far before. If there are too many logs, forgets the one that was read longest ago; if that
    /// is with one person in the private messages, all messages up to there count as read from then
    /// on.
    pub(super) fn note_read(&mut self, log: ReadLog, seq: Seq) -> bool {
        if self.read_up_to(log).is_some_and(|before| before >= seq) {
            return false;
        }
        self.read.retain(|(its, _)| *its != log);
        if self.read.len() >= limits::ROOMS_PER_CLIENT_MAX {
            let ((its, with), read) = self.read.remove(0);
            if with != AuthorTag::default() {
                self.note_read_before(its, read);
            }
        }
        self.read.push((log, seq));
        true
    }

    /// Notes that all messages in the person's log of private messages count as read up to `seq`.
    pub(super) fn note_read_before(&mut self, log: LogId, seq: Seq) {
        let before = self.read_before.filter(|(its, _)| *its == log).map(|(_, seq)| seq);
        self.read_before = Some((log, before.map_or(seq, |before| before.max(seq))));
    }

    /// Returns how far the person has read this log; `None`: that is not known.
    pub(super) fn read_up_to(&self, log: ReadLog) -> Option<Seq> {
        let read = self.read.iter().find(|(its, _)| *its == log).map(|(_, seq)| *seq);
        let is_all = |(its, _): &(LogId, Seq)| log == (*its, AuthorTag::default());
        read.or_else(|| self.read_before.filter(is_all).map(|(_, seq)| seq))
    }

    pub(super) fn kind_of_name(&self) -> GoneKind {
        match &self.secret {
            Some(_) => GoneKind::WithSecret,
            None if self.name.guest_number().is_some() => GoneKind::Guest,
            None => GoneKind::Named,
        }
    }

    /// Returns the person's place among the absent people, if its last connection was lost at
    /// `since`. This place decides when the core forgets the person.
    pub(super) fn place(&self, since: Duration) -> GoneRank {
        let kind = if self.is_brief { GoneKind::Brief } else { self.kind_of_name() };
        let Self { network, is_known, has_unread, .. } = *self;
        GoneRank { kind, since, network, is_known, has_unread }
    }

    pub(super) fn stored(&self, id: PersonId, tokens: Vec<TokenDigest>) -> StoredPerson {
        let Self { named_at, network, is_host, .. } = *self;
        let (name, former) = (self.name.clone(), self.former.clone());
        let secret = self.secret.clone();
        let gone_at = self.gone_since.map(|at| at.utc);
        StoredPerson { id, name, former, named_at, tokens, secret, gone_at, network, is_host }
    }
}
