//! What the hub told a visitor, sorted for a page: a [`RoomView`] of a room, or the
//! [`ActionResult`] of a form.
//!
//! Owns: which of the hub's answers sets which field.
//! Must not know: how a page shows it.
//!
//! Part: `site/visit/mod.rs`.

use std::sync::Arc;

use crate::chat::entry::{Entry, MessageId, Seq};
use crate::chat::name::Name;
use crate::chat::numbers::Skip;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::token::Token;
use crate::chat::told::{Fault, Joined, Reply, RoomSummary};

/// What the hub told a visitor that looks at a room.
#[derive(Debug, Default)]
pub struct RoomView {
    /// The name of the person who looks; `None`: a stranger.
    pub me: Option<Name>,
    /// The id of that person. It decides whose a message is.
    pub person: Option<PersonId>,
    /// The state of the room's log; `None`: the room does not exist, or the visitor may not see
    /// it.
    pub joined: Option<Joined>,
    /// The session's new token, if it got one.
    pub renewed: Option<Token>,
    /// Why the hub did not show what the page asked for.
    pub refused: Option<Refused>,
    /// The session is valid, but its person has the maximum number of clients. So nothing can
    /// be done in that name now.
    pub is_crowded: bool,
    /// The server itself asks for a password.
    pub is_shut: bool,
    /// Messages, oldest first.
    pub lines: Vec<Arc<Entry>>,
    /// There are older messages.
    pub more: bool,
    /// Numbers that the server skipped after a crash or a disk failure: between these messages
    /// and right after them.
    pub skipped: Vec<Skip>,
    /// First and last of the numbers there whose messages are lost.
    pub lost: Vec<(Seq, Seq)>,
    /// For a search: messages older than this number have not been searched yet.
    pub next: Option<Seq>,
    /// For the front page of a room: the person's newest private messages, oldest first.
    pub letters: Vec<Arc<Entry>>,
    /// On the page of a private talk: the other person is offline. `None`: this is not known,
    /// or no person has that name.
    pub is_away: Option<bool>,
    /// The names of people in the room.
    pub names: Vec<Name>,
    /// The number of all people in the room.
    pub people: usize,
    /// The list of rooms.
    pub rooms: Vec<RoomSummary>,
    /// The list of rooms has arrived.
    pub has_rooms: bool,
    /// Number of messages that the reader may have seen and that did not survive a restart.
    pub not_kept: Option<u64>,
    /// These messages were stored, and lost because the disk was damaged.
    pub not_kept_damaged: bool,
    /// The server stores nothing now, for this reason.
    pub not_keeping: Option<String>,
}

impl RoomView {
    /// Returns whether `told` is the answer to the last question of a look: messages, or a
    /// refusal. The list of rooms comes right before it, so an earlier refusal is not the last
    /// answer.
    pub(super) fn ends_with(&self, told: &Reply) -> bool {
        match told {
            Reply::History { .. } | Reply::Found { .. } => true,
            Reply::Refused { .. } => self.has_rooms,
            _ => false,
        }
    }

    /// Returns whether the request's session is valid.
    #[must_use]
    pub fn is_somebody(&self) -> bool {
        self.me.is_some() || self.is_crowded
    }

    /// Returns whether the person who looks has written this message, under whatever name.
    #[must_use]
    pub fn is_own(&self, line: &Entry) -> bool {
        line.is_by(self.person)
    }

    /// Takes in one more answer of the hub.
    pub(super) fn take(&mut self, told: Reply) {
        match told {
            Reply::Welcome { name, .. } => self.me = Some(name),
            Reply::Session(token) => self.renewed = token,
            Reply::Joined(joined) => self.joined = Some(joined),
            Reply::Refused { room: None, reason: Refused::PasswordNeeded, .. } => {
                self.is_shut = true;
            }
            Reply::Refused { room: None, reason: Refused::TooManyDevices(_), .. } => {
                self.is_crowded = true;
            }
            Reply::Refused { reason, .. } if self.joined.is_none() || self.has_rooms => {
                self.refused.get_or_insert(reason);
            }
            Reply::History { entries, reader, more, skipped, lost, .. } => {
                (self.lines, self.person, self.more) = (entries, reader, more);
                (self.skipped, self.lost) = (skipped, lost);
            }
            Reply::Found { entries, reader, next, .. } => {
                (self.lines, self.person, self.next) = (entries, reader, next);
            }
            Reply::Who { names, people, .. } => (self.names, self.people) = (names, people),
            Reply::Rooms { rooms, .. } => (self.rooms, self.has_rooms) = (rooms, true),
            Reply::Presence { here, .. } => self.is_away = Some(!here),
            Reply::NotKept { lines, damaged, .. } => {
                self.not_kept = Some(lines).filter(|lines| *lines > 0);
                self.not_kept_damaged = damaged;
            }
            Reply::Keeping { kept: false, reason } => self.not_keeping = Some(reason),
            _ => {}
        }
    }
}

/// What became of a form that the hub was asked to carry out.
#[derive(Debug, Default)]
pub struct ActionResult {
    /// The name of its person, and the token of the session.
    pub me: Option<(Name, Token)>,
    /// The session's new token, if it got one.
    pub renewed: Option<Token>,
    /// The visitor is in the room.
    pub is_in: bool,
    /// The message's number. The server has stored the message.
    pub sent: Option<Seq>,
    /// Why the hub refused.
    pub refused: Option<Refused>,
    /// The refusal comes from the server itself, which asks for its password.
    pub is_of_box: bool,
    /// The session has ended; nothing was said.
    pub is_over: bool,
    /// The form belongs to another session than the request, or to none of this server; nothing
    /// was said.
    pub is_stale: bool,
    /// The form is so old that the hub cannot tell whether its message was said before; nothing
    /// was said.
    pub is_too_old: bool,
    /// This form's message was said before, and its person has left since; nothing more was
    /// said.
    pub is_said: bool,
    /// What is wrong with the request, if it was not understood.
    pub fault: Option<Fault>,
}

impl ActionResult {
    /// A refusal without asking the hub.
    pub(super) fn refused(why: Refused) -> Self {
        Self { refused: Some(why), ..Self::default() }
    }

    /// Takes in one more answer of the hub. `id` is the id of the message that was sent.
    pub(super) fn take(&mut self, told: Reply, id: Option<&MessageId>) {
        match told {
            Reply::Welcome { name, token: Some(token), .. } => self.me = Some((name, token)),
            Reply::Renamed { token: Some(token), .. } | Reply::Session(Some(token)) => {
                self.renewed = Some(token);
            }
            Reply::Joined(_) => self.is_in = true,
            Reply::Sent { id: its, seq, .. } if its.as_ref() == id => self.sent = Some(seq),
            Reply::Refused { room, reason, .. } => {
                self.is_of_box = room.is_none() && reason == Refused::PasswordNeeded;
                self.refused = Some(reason);
            }
            _ => {}
        }
    }

    /// Returns whether the request's session has ended: the hub has answered about the room,
    /// but has sent no welcome. Silence does not show that. Nor does a refusal because the
    /// person has too many clients.
    pub(super) fn is_nobodys(&self) -> bool {
        let is_crowded = matches!(self.refused, Some(Refused::TooManyDevices(_)));
        self.me.is_none() && !is_crowded && (self.is_in || self.refused.is_some())
    }

    /// Returns whether the server's password is missing. A visitor with a welcome has passed
    /// that, so then it can only be the password of a room.
    #[must_use]
    pub fn is_shut_out(&self) -> bool {
        self.me.is_none() && self.is_of_box
    }

    /// Returns whether the hub gave no answer before the deadline.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.me.is_none() && !self.is_in && self.refused.is_none()
    }

    pub(super) fn is_decided(&self) -> bool {
        let is_vain = self.is_over || self.is_stale || self.is_too_old || self.is_said;
        self.sent.is_some() || self.refused.is_some() || is_vain
    }
}
