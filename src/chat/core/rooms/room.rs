//! One room: its settings, its topic, and the people in it.
//!
//! Owns: how many clients of each person are in the room; that a person who loses the connection
//! for a short time stays in the room.
//! Must not know: the room's lines, which are in its log (`chat/core/logs/log.rs`); what a client
//! may do.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::access::RoomAccess;
use super::rules::RoomRules;
use crate::base::limits;
use crate::chat::answer::{RoomPrivacy, RoomState};
use crate::chat::core::people::Author;
use crate::chat::entry::{Entry, EntryKind, Epoch, Seq};
use crate::chat::numbers::Reservation;
use crate::chat::record::{LetIn, NetworkTag, StoredRoom};
use crate::chat::room_name::RoomName;

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Room {
    name: RoomName,
    topic: String,
    /// The pinned message, with its newest text. The log's memory may have dropped it.
    pinned: Option<Arc<Entry>>,
    pub(super) access: RoomAccess,
    pub(super) rules: RoomRules,
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    people: BTreeMap<Author, MemberStay>,
    /// Since when nobody is in the room, in chat time; `None`: somebody is in it.
    empty_since: Option<Duration>,
    /// The tag of the network from which the room was made; `None`: the limits on networks do not
    /// apply to it, or it is not known.
    network: Option<NetworkTag>,
    /// True if somebody who is not from `network` has added a line to this room. Always false if
    /// `network` is `None`.
    is_shared: bool,
}

/// How an author was in the room before one more client of the author entered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnteredRoom {
    /// The author was not in the room.
    New,
    /// All connections of the author were lost, but the author still counts as being in the room.
    /// The room would have waited for the author until this time, in chat time.
    Back(Duration),
    /// Another client of the author was in the room already.
    Again,
}

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct MemberStay {
    clients: usize,
    /// All clients of the author have left, and the author counts as being in the room until this
    /// time, in chat time. `None`: a client of the author is in the room.
    gone_at: Option<Duration>,
}

impl Room {
    pub(super) fn new(
        name: RoomName,
        access: RoomAccess,
        network: Option<NetworkTag>,
        now: Duration,
    ) -> Self {
        // The room counts as empty from now on, because perhaps no client ever enters it: its maker
        // may be refused, or may be a guest who says one thing and leaves.
        let people = BTreeMap::new();
        let empty_since = Some(now);
        let (topic, pinned, is_shared) = (String::new(), None, false);
        let rules = RoomRules::default();
        Self { name, topic, pinned, access, rules, people, empty_since, network, is_shared }
    }

    pub(super) fn restored(stored: StoredRoom, pinned: Option<Arc<Entry>>) -> Self {
        let StoredRoom { name, topic, hidden, password, invites, let_in, maker, .. } = stored;
        let access = RoomAccess::new(maker.map(Author::Person), hidden, password);
        let access = access.restored(invites, &let_in);
        let rules = RoomRules::restored(stored.rules);
        Self { topic, pinned, rules, ..Self::new(name, access, stored.network, Duration::ZERO) }
    }

    /// Returns the record that the file must have for the room. `epoch` is that of the room's log.
    /// The caller must add the reserved and the skipped numbers, and the sessions that were let in.
    pub(crate) fn record(&self, epoch: Epoch) -> StoredRoom {
        StoredRoom {
            name: self.name.clone(),
            epoch,
            reservation: Reservation::default(),
            skips: Vec::new(),
            topic: self.topic.clone(),
            pinned: self.pinned.as_ref().map_or_else(Seq::default, |entry| entry.seq),
            hidden: self.privacy().hidden,
            password: self.access.password().cloned(),
            invites: self.access.invites(),
            let_in: LetIn { people: self.access.people_let_in(), sessions: Vec::new() },
            maker: self.access.maker().and_then(Author::person),
            rules: self.rules.stored(),
            network: self.lone_network(),
        }
    }

    /// Returns what holds in the room for everybody, because somebody who looks after it wants so.
    pub(crate) fn state(&self) -> RoomState {
        self.rules.state()
    }

    pub(crate) fn rules(&self) -> &RoomRules {
        &self.rules
    }

    pub(crate) fn name(&self) -> &RoomName {
        &self.name
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    pub(crate) fn pinned(&self) -> Option<&Arc<Entry>> {
        self.pinned.as_ref()
    }

    /// Returns the author who made the room; `None`: no author counts as its maker.
    pub(crate) fn maker(&self) -> Option<Author> {
        self.access.maker()
    }

    pub(super) fn network(&self) -> Option<NetworkTag> {
        self.network
    }

    /// Returns the tag of the network from which the room was made, if nobody from elsewhere has
    /// added a line to the room. `None`: somebody has, or the tag is not known.
    pub(crate) fn lone_network(&self) -> Option<NetworkTag> {
        self.network.filter(|_| !self.is_shared)
    }

    /// Applies a new line, which comes from the network `from`: a topic becomes the room's topic;
    /// `named`, the line that a pin names, becomes the pinned message; an edit or a deletion
    /// changes the pinned message. If the room was made from a known network, a line from another
    /// network makes the room a shared room. Returns whether the history must store the room again.
    pub(super) fn note_line(
        &mut self,
        what: &EntryKind,
        named: Option<Arc<Entry>>,
        from: Option<NetworkTag>,
    ) -> bool {
        let becomes_shared = self.lone_network().is_some() && from != self.network;
        self.is_shared |= becomes_shared;
        match what {
            EntryKind::Topic(topic) => self.topic.clone_from(topic),
            EntryKind::Pinned(_) => self.pinned = named,
            change => return self.change_pinned(change) || becomes_shared,
        }
        true
    }

    /// Applies an edit or a deletion to the pinned message. Returns whether the room has no pinned
    /// message any more, because it was deleted.
    fn change_pinned(&mut self, change: &EntryKind) -> bool {
        let Some(entry) = &mut self.pinned else { return false };
        let Some(changed) = entry.changed_by(change) else { return false };
        *entry = Arc::new(changed);
        self.pinned.take_if(|entry| !entry.what.is_message()).is_some()
    }

    /// Removes the name of the author of the message to which the pinned one replies.
    pub(super) fn forget_name_replied_to(&mut self) {
        if let Some(entry) = self.pinned.as_mut().filter(|entry| entry.reply_to.is_some()) {
            *entry = Arc::new(entry.without_name_replied_to());
        }
    }

    pub(super) fn unpin(&mut self) {
        self.pinned = None;
    }

    pub(super) fn empty_since(&self) -> Option<Duration> {
        self.empty_since
    }

    pub(crate) fn privacy(&self) -> RoomPrivacy {
        self.access.privacy()
    }

    /// Adds one client of `who`. Returns how `who` was in the room before.
    pub(super) fn enter(&mut self, who: Author) -> EnteredRoom {
        self.empty_since = None;
        let entered = match self.people.get(&who) {
            None => EnteredRoom::New,
            Some(MemberStay { gone_at: Some(until), .. }) => EnteredRoom::Back(*until),
            Some(_) => EnteredRoom::Again,
        };
        let stay = self.people.entry(who).or_default();
        stay.clients += 1;
        stay.gone_at = None;
        entered
    }

    /// Removes one client of `who`. Returns whether it was the last one of `who` in the room. Even
    /// then `who` counts as being in the room until [`forget`](Self::forget).
    pub(super) fn leave(&mut self, who: Author) -> bool {
        let Some(stay) = self.people.get_mut(&who) else { return false };
        stay.clients -= 1;
        stay.clients == 0
    }

    pub(super) fn wait_for(&mut self, who: Author, until: Duration) {
        if let Some(stay) = self.people.get_mut(&who) {
            stay.gone_at = Some(until);
        }
    }

    /// Returns until when the room waits for `who` to come back; `None`: it does not wait for
    /// `who`.
    pub(super) fn waits_for(&self, who: Author) -> Option<Duration> {
        self.people.get(&who)?.gone_at
    }

    pub(super) fn forget(&mut self, who: Author, now: Duration) {
        self.people.remove(&who);
        if self.people.is_empty() {
            self.empty_since = Some(now);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.people.len()
    }

    /// Returns whether the room is small enough that its clients are told who comes, leaves or
    /// types. In a large room, each such notice would go to very many clients.
    pub(crate) fn is_small(&self) -> bool {
        self.count() <= limits::PRESENCE_PEOPLE_MAX
    }

    pub(crate) fn people(&self) -> impl Iterator<Item = Author> {
        self.people.keys().copied()
    }

    pub(crate) fn has(&self, who: Author) -> bool {
        self.people.contains_key(&who)
    }
}
