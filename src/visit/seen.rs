//! What a visitor was told, sorted for a page.
//!
//! Owns: that.
//! Must not know: how a page shows it.
//!
//! Next: `pages/mod.rs`.

use std::sync::Arc;

use crate::chat::entry::{Entry, MessageId, Seq};
use crate::chat::name::Name;
use crate::chat::numbers::Skip;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::token::Token;
use crate::chat::told::{Fault, Joined, RoomLine, Told};

/// A room, as somebody sees it.
#[derive(Debug, Default)]
pub struct Sight {
    /// Who one is; `None`: a stranger.
    pub me: Option<Name>,
    /// The same, by what decides whose a line is.
    pub person: Option<PersonId>,
    /// Where the room's log is; `None`: nobody has said anything there, or one may
    /// not see it.
    pub joined: Option<Joined>,
    /// What gives one's name back from now on, if that is another token now.
    pub renewed: Option<Token>,
    /// Why not.
    pub refused: Option<Refused>,
    /// Whoever looks is somebody, but has as many lines as one person may have, so
    /// nothing can be done in that name now.
    pub is_crowded: bool,
    /// The box itself asks for a password.
    pub is_shut: bool,
    /// Lines, oldest first.
    pub lines: Vec<Arc<Entry>>,
    /// There are older ones.
    pub more: bool,
    /// Numbers among them and right behind them that a life of the server has skipped.
    pub skipped: Vec<Skip>,
    /// Numbers there whose lines are lost.
    pub lost: Vec<(Seq, Seq)>,
    /// Of a search: what is older than this was not looked at.
    pub next: Option<Seq>,
    /// Of a look at a room: the newest private messages, oldest first.
    pub letters: Vec<Arc<Entry>>,
    /// Whoever is written to in private is not here; `None`: that is not known, or nobody
    /// is called so.
    pub is_away: Option<bool>,
    /// Who is here ...
    pub names: Vec<Name>,
    /// ... and how many that are.
    pub people: usize,
    /// Rooms that there are ...
    pub rooms: Vec<RoomLine>,
    /// ... are told.
    pub has_rooms: bool,
    /// So many lines that one saw did not survive.
    pub not_kept: Option<u64>,
    /// They were kept, and the disk was damaged.
    pub not_kept_damaged: bool,
    /// Nothing is kept now, for this reason.
    pub not_keeping: Option<String>,
}

impl Sight {
    /// Whether this is the answer to what was asked last: lines, or why there are none.
    pub(super) fn ends_with(&self, told: &Told) -> bool {
        match told {
            Told::History { .. } | Told::Found { .. } => true,
            Told::Refused { .. } => self.has_rooms,
            _ => false,
        }
    }

    /// Whether the session that was named is somebody's.
    #[must_use]
    pub fn is_somebody(&self) -> bool {
        self.me.is_some() || self.is_crowded
    }

    /// Whether whoever looks has said this, under whatever name.
    #[must_use]
    pub fn is_own(&self, line: &Entry) -> bool {
        line.is_by(self.person)
    }

    /// One more thing that the hub said.
    pub(super) fn take(&mut self, told: Told) {
        match told {
            Told::Welcome { name, .. } => self.me = Some(name),
            Told::Session(token) => self.renewed = token,
            Told::Joined(joined) => self.joined = Some(joined),
            Told::Refused { room: None, reason: Refused::PasswordNeeded, .. } => {
                self.is_shut = true;
            }
            Told::Refused { room: None, reason: Refused::TooManyDevices(_), .. } => {
                self.is_crowded = true;
            }
            Told::Refused { reason, .. } if self.joined.is_none() || self.has_rooms => {
                self.refused.get_or_insert(reason);
            }
            Told::History { entries, reader, more, skipped, lost, .. } => {
                (self.lines, self.person, self.more) = (entries, reader, more);
                (self.skipped, self.lost) = (skipped, lost);
            }
            Told::Found { entries, reader, next, .. } => {
                (self.lines, self.person, self.next) = (entries, reader, next);
            }
            Told::Who { names, people, .. } => (self.names, self.people) = (names, people),
            Told::Rooms { rooms, .. } => (self.rooms, self.has_rooms) = (rooms, true),
            Told::Presence { here, .. } => self.is_away = Some(!here),
            Told::NotKept { lines, damaged, .. } => {
                self.not_kept = Some(lines).filter(|lines| *lines > 0);
                self.not_kept_damaged = damaged;
            }
            Told::Keeping { kept: false, reason } => self.not_keeping = Some(reason),
            _ => {}
        }
    }
}

/// What became of something that was said.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Who said it, and what gives that name back.
    pub me: Option<(Name, Token)>,
    /// What gives that name back from now on, if that is another token now.
    pub renewed: Option<Token>,
    /// The room is open to whoever came.
    pub is_in: bool,
    /// Its number: nothing can be lost of it any more.
    pub sent: Option<Seq>,
    /// Why nothing came of it.
    pub refused: Option<Refused>,
    /// It is the box itself that asks for a password.
    pub is_of_box: bool,
    /// The session is nobody's any more; nothing was said.
    pub is_over: bool,
    /// The form is of another session than this one, or of none of ours; nothing was said.
    pub is_stale: bool,
    /// The form is so old that the hub cannot tell whether this was said with it before;
    /// nothing was said.
    pub is_too_old: bool,
    /// Somebody has said this with the same form, and has left; nothing more was said.
    pub is_said: bool,
    /// What is wrong with what was asked.
    pub fault: Option<Fault>,
}

impl Outcome {
    /// Refused before the hub was asked.
    pub(super) fn refused(why: Refused) -> Self {
        Self { refused: Some(why), ..Self::default() }
    }

    /// One more thing that the hub said; `id` is what the message is called.
    pub(super) fn take(&mut self, told: Told, id: Option<&MessageId>) {
        match told {
            Told::Welcome { name, token: Some(token), .. } => self.me = Some((name, token)),
            Told::Renamed { token: Some(token), .. } | Told::Session(Some(token)) => {
                self.renewed = Some(token);
            }
            Told::Joined(_) => self.is_in = true,
            Told::Sent { id: its, seq, .. } if its.as_ref() == id => self.sent = Some(seq),
            Told::Refused { room, reason, .. } => {
                self.is_of_box = room.is_none() && reason == Refused::PasswordNeeded;
                self.refused = Some(reason);
            }
            _ => {}
        }
    }

    /// Whether the session that came is nobody's: the hub spoke of the room and welcomed
    /// nobody. Silence says nothing of that, nor that one person is here too often.
    pub(super) fn is_nobodys(&self) -> bool {
        let is_crowded = matches!(self.refused, Some(Refused::TooManyDevices(_)));
        self.me.is_none() && !is_crowded && (self.is_in || self.refused.is_some())
    }

    /// Whether it is the box's password that is missing: nobody was let in who could be told
    /// of a room's.
    #[must_use]
    pub fn is_shut_out(&self) -> bool {
        self.me.is_none() && self.is_of_box
    }

    /// Whether the hub has not said in time what came of it.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.me.is_none() && !self.is_in && self.refused.is_none()
    }

    pub(super) fn is_decided(&self) -> bool {
        let is_vain = self.is_over || self.is_stale || self.is_too_old || self.is_said;
        self.sent.is_some() || self.refused.is_some() || is_vain
    }
}
