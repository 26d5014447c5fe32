//! What the hub told a visitor, sorted for a page: a [`RoomView`] of a room, or the
//! [`ActionResult`] of a form.
//!
//! Owns: which of the hub's answers sets which field.
//! Must not know: how a page shows it.
//!
//! Part: `site/visit/mod.rs`.

use std::sync::Arc;

use crate::chat::act::RoomActDone;
use crate::chat::answer::{Answer, Fault, Joined, PersonState, RoomSummary};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, MessageId, Seq};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::numbers::SkipRange;
use crate::chat::poll::PollNews;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::RulesOfRoom;
use crate::chat::token::Token;
use crate::site::visit::room_news::{RoomMark, RoomNews};

/// What the hub told a visitor that looks at a room.
#[derive(Debug, Default)]
pub struct RoomView {
    /// The name of the person who looks; `None`: the hub has sent no welcome, for example to a
    /// stranger.
    pub me: Option<Name>,
    /// The name before it, if it is kept for the person. Who names it means the person.
    pub former: Option<Name>,
    /// True if the name of the person who looks has a password.
    pub has_secret: bool,
    /// The state of the room's log; `None`: the room does not exist, the visitor is not allowed to
    /// see it, or the hub did not answer in time.
    pub joined: Option<Joined>,
    /// The session's new token; `None`: this visit gave the session no new token.
    pub renewed: Option<Token>,
    /// Why the hub refused to show the visitor the room or its messages; `None`: it did not, or
    /// `is_crowded` or `is_shut` says why.
    pub refused: Option<Refused>,
    /// True if the session is valid, but its person has the maximum number of clients. So the
    /// visitor cannot act as that person now.
    pub is_crowded: bool,
    /// True if the hub refused the visitor because it lacks the server's password.
    pub is_shut: bool,
    /// The messages of the room, or the private messages, that the visitor asked for.
    pub log: LogView,
    /// On the page of a private talk: the other person. `None`: the hub has not said anything of
    /// the person, or no person has that name.
    pub partner: Option<Box<PersonState>>,
    /// What holds in the room, if the page is for whoever looks after it. `None`: it is not, or the
    /// hub has not said it.
    pub rules: Option<Box<RulesOfRoom>>,
    /// The poll in the room; `None`: there is none.
    pub poll: Option<Box<PollNews>>,
    /// Who has put the reader out of the room, or blocked them; `None`: nobody, or the hub does not
    /// know it.
    pub put_out: Option<Box<RoomActDone>>,
    /// The person about whom the reader has asked (`WantedPage::whois`). `None`: the reader has not
    /// asked, or no person has that name.
    pub asked_about: Option<Box<PersonState>>,
    /// The names of people in the room who are busy, each with the excuse.
    pub busy: Vec<(Name, String)>,
    /// The names of those people in the room who look after it.
    pub keepers: Vec<Name>,
    /// The names of those people in `keepers` who are hosts.
    pub hosts: Vec<Name>,
    /// The names of people in the room, at most `limits::WHO_NAMES_MAX`.
    pub names: Vec<Name>,
    /// On the page to choose a person for a private talk: names of people in other rooms.
    pub elsewhere: Vec<Name>,
    /// The rooms that the reader has read, or is in, on any device, as far as the hub knows it.
    pub rooms_of_person: Vec<RoomName>,
    /// What is new in other rooms that the browser has shown before, and in those.
    pub news: Vec<RoomNews>,
    /// Rooms that the browser has shown before, and that ask the reader for a password now.
    pub asks_again: Vec<RoomName>,
    /// What is new in the room of the page itself; `None`: the page shows all of it.
    pub news_here: Option<RoomNews>,
    /// The room whose live page the reader has just left, with its newest message; `None`: the
    /// reader comes from no such page, or the page shows this room.
    pub seen_live: Option<RoomMark>,
    /// The other rooms that the browser has shown, each with its newest message. A stream tells who
    /// calls the reader there after that message.
    pub looked_at: Vec<RoomMark>,
    /// The number of all people in the room, classic clients included.
    pub people: usize,
    /// The list of rooms, as the hub shows it to the visitor; empty until it arrives.
    pub rooms: Vec<RoomSummary>,
    /// True if the hub's list of rooms has arrived.
    pub has_rooms: bool,
}

impl RoomView {
    /// Returns whether `answer` answers the last question for a page, which asks for messages. The
    /// answer is messages or a refusal. The list of rooms comes right before this answer, so a
    /// refusal before the list answers an earlier question.
    pub(super) fn ends_with(&self, answer: &Answer) -> bool {
        match answer {
            Answer::History { .. } | Answer::Found { .. } => true,
            Answer::Refused { .. } => self.has_rooms,
            _ => false,
        }
    }

    /// Returns whether the request's session is valid. It is, even if its person has the maximum
    /// number of clients and so cannot act.
    pub fn is_somebody(&self) -> bool {
        self.me.is_some() || self.is_crowded
    }

    pub(super) fn add_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Welcome { name, former, mark, rooms, .. } => {
                (self.me, self.former) = (Some(name), former);
                self.has_secret = mark.is_some();
                self.rooms_of_person = rooms;
            }
            Answer::Session(token) => self.renewed = token,
            Answer::Joined(joined) => self.joined = Some(joined),
            Answer::Refused { room: None, reason: Refused::PasswordNeeded, .. } => {
                self.is_shut = true;
            }
            Answer::Refused { room: None, reason: Refused::TooManyDevices(_), .. } => {
                self.is_crowded = true;
            }
            Answer::Refused { reason, .. } if self.joined.is_none() || self.has_rooms => {
                self.refused.get_or_insert(reason);
            }
            Answer::Who { names, people, busy, keepers, hosts, .. } => {
                (self.names, self.people) = (names, people);
                (self.busy, self.keepers, self.hosts) = (busy, keepers, hosts);
            }
            Answer::Rooms { rooms, .. } => (self.rooms, self.has_rooms) = (rooms, true),
            Answer::Person(state) => self.partner = Some(state),
            Answer::RoomState(rules) => self.rules = Some(rules),
            Answer::Poll(news) => self.poll = Some(news),
            Answer::Acted(done) => self.put_out = Some(done),
            other => self.log.add_answer(other),
        }
    }
}

/// What the hub told a visitor about the messages of a log, and about those that are missing.
#[derive(Debug, Default)]
pub struct LogView {
    /// The id of the person who looks, which decides which messages are that person's own; `None`:
    /// the visitor is no person, or the hub has sent it no messages.
    pub person: Option<PersonId>,
    /// The messages that the visitor asked for, oldest first.
    pub lines: Vec<Arc<Entry>>,
    /// Messages that are replied to, either by a message of `lines` or by the text in the reader's
    /// form. A message that is replied to may be missing here if it is in `lines`.
    pub replied_to: Vec<Arc<Entry>>,
    /// True if the log may have messages that are older than `lines`. False for a search.
    pub more: bool,
    /// The ranges of skipped numbers between the messages of `lines` or right after them. If the
    /// log has no older messages, also those earlier ranges in which damage may have destroyed
    /// messages.
    pub skipped: Vec<SkipRange>,
    /// The ranges of lost messages that lie between the messages of `lines` or right after them:
    /// the first and the last number of each.
    pub lost: Vec<(Seq, Seq)>,
    /// For a search: messages with numbers below this one have not been searched yet; `None`: all
    /// were searched, or the page is not about a search.
    pub search_on_before: Option<Seq>,
    /// For a page of the newest messages, for the list of rooms, and for a private talk: the
    /// person's newest private messages, oldest first.
    pub private_entries: Vec<Arc<Entry>>,
    /// How far the reader has read the private messages with each person on any device, as far as
    /// the hub knows it. With the number of nobody: those with all people.
    pub read_privately: Vec<(AuthorTag, Seq)>,
    /// The largest number of messages that the reader may have seen and that are lost now; `None`:
    /// the hub reported no loss.
    pub not_kept: Option<u64>,
    /// True if the messages that `not_kept` counts may have been stored, and then lost because the
    /// history's file was damaged.
    pub not_kept_damaged: bool,
    /// Why the server stores nothing now; `None`: the hub has not said that it stores nothing.
    pub not_keeping: Option<String>,
}

impl LogView {
    /// Returns whether the person who looks at the page has written this message, under the present
    /// or an earlier name.
    pub fn is_own(&self, line: &Entry) -> bool {
        line.is_by(self.person)
    }

    /// Returns those of the private messages in `lines` that are exchanged with a person of this
    /// name, oldest first, with their edits and deletions.
    pub fn talk_with(&self, other: &Name) -> Vec<&Entry> {
        // The other person's name is the one at the time of the message.
        let is_with = |line: &Entry| {
            let partner = line.exchanged_with().unwrap_or(&line.by.name);
            partner.skeleton() == other.skeleton()
        };
        let lines = || self.lines.iter().map(AsRef::as_ref);
        let is_it = |line: &&Entry| match line.what {
            EntryKind::Edited { of, .. } | EntryKind::Deleted { of } if of != line.seq => {
                lines().any(|message: &Entry| message.seq == of && is_with(message))
            }
            _ => is_with(line),
        };
        lines().filter(is_it).collect()
    }

    /// Adds older lines of the same log, which the hub has answered, before `lines`.
    pub(super) fn add_older(&mut self, older: Answer) {
        let Answer::History { entries, replied_to, more, skipped, lost, .. } = older else {
            return;
        };
        self.more = more;
        self.replied_to.extend(replied_to);
        self.lines.splice(..0, entries);
        self.skipped.splice(..0, skipped);
        self.lost.splice(..0, lost);
    }

    /// Returns whether this line replies to a message of the person who looks at the page.
    pub fn is_to_reader(&self, line: &Entry) -> bool {
        line.to_reader(self.person).to_you
    }

    /// Returns whether the reader has read this private message on any device.
    pub fn has_read(&self, message: &Entry) -> bool {
        let with = message.correspondent();
        let is_up_to_it = |(whose, seq): &(AuthorTag, Seq)| {
            (Some(*whose) == with || *whose == AuthorTag::default()) && message.seq <= *seq
        };
        self.read_privately.iter().any(is_up_to_it)
    }

    /// Returns the message with this number, if the hub has sent it for the page.
    pub fn message(&self, seq: Seq) -> Option<&Entry> {
        let mut all = self.lines.iter().chain(&self.replied_to);
        all.find(|line| line.seq == seq).map(AsRef::as_ref)
    }

    fn add_answer(&mut self, answer: Answer) {
        match answer {
            Answer::History { entries, replied_to, person, more, skipped, lost, .. } => {
                self.replied_to.extend(replied_to);
                (self.lines, self.person, self.more) = (entries, person, more);
                (self.skipped, self.lost) = (skipped, lost);
            }
            Answer::Found { entries, replied_to, person, next, .. } => {
                self.replied_to.extend(replied_to);
                (self.lines, self.person, self.search_on_before) = (entries, person, next);
            }
            Answer::NotKept { lines, damaged, .. } => {
                self.not_kept = Some(lines).filter(|lines| *lines > 0);
                self.not_kept_damaged = damaged;
            }
            Answer::HaveRead { log: LogName::Private, with, seq, .. } => {
                self.read_privately.push((with, seq));
            }
            Answer::Keeping { kept: false, reason } => self.not_keeping = Some(reason),
            _ => {}
        }
    }
}

/// Why a visit did not carry out a form, although the hub did not refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// The form was not made for the session of the request.
    Stale,
    /// The request's session has ended; or the request has none, but the form was made for one.
    SessionOver,
    /// The form is so old that the hub cannot tell whether its message was said before.
    TooOld,
    /// The form's message was said before, and the person who said it has left the server after
    /// that.
    SaidBefore,
}

/// The result of a form that the hub had to carry out.
#[derive(Debug, Default)]
pub struct ActionResult {
    /// The name and the token of the visitor's person. If the hub has sent no welcome, the whole
    /// field is `None`.
    pub me: Option<(Name, Token)>,
    /// The session's new token; `None`: this visit gave the session no new token.
    pub renewed: Option<Token>,
    /// True if the hub has let the visitor into the room.
    pub is_in: bool,
    /// True if that room had a password then, before the form changed anything.
    pub was_locked: bool,
    /// The number of the form's message; `None`: the hub has not said that the message is stored.
    pub sent: Option<Seq>,
    /// True if the hub has said that the person was removed.
    pub is_forgotten: bool,
    /// Why the form was refused; `None`: it was not refused.
    pub refused: Option<Refused>,
    /// True if the refusal `refused` means that the server asks for its password, and not a room
    /// for its own.
    pub is_of_server: bool,
    /// Why the visit did not carry out this form; `None`: there is no reason of this kind.
    pub not_done: Option<NotDone>,
    /// What the hub or the parser found wrong with the form's request; `None`: nothing.
    pub fault: Option<Fault>,
}

impl ActionResult {
    pub(super) fn refused(why: Refused) -> Self {
        Self { refused: Some(why), ..Self::default() }
    }

    /// Adds an answer of the hub to this result. `id` is the id of the form's message; `None`: no
    /// message was sent to the hub yet.
    pub(super) fn add_answer(&mut self, answer: Answer, id: Option<&MessageId>) {
        match answer {
            Answer::Welcome { name, token: Some(token), .. } => self.me = Some((name, token)),
            Answer::Renamed { token: Some(token), .. } | Answer::Session(Some(token)) => {
                self.renewed = Some(token);
            }
            Answer::Joined(joined) => {
                (self.is_in, self.was_locked) = (true, joined.privacy.locked);
            }
            Answer::Forgotten => self.is_forgotten = true,
            Answer::Sent { id: sent_id, seq, .. } if sent_id.as_ref() == id => {
                self.sent = Some(seq)
            }
            Answer::Refused { room, reason, .. } => {
                self.is_of_server = room.is_none() && reason == Refused::PasswordNeeded;
                self.refused = Some(reason);
            }
            _ => {}
        }
    }

    /// Returns whether the request's session has ended. That is so if the hub let the visitor into
    /// the room or refused it, and in both cases sent no welcome. It is not so if the hub did not
    /// answer, or if the person has too many clients.
    pub(super) fn has_no_person(&self) -> bool {
        let is_crowded = matches!(self.refused, Some(Refused::TooManyDevices(_)));
        self.me.is_none() && !is_crowded && (self.is_in || self.refused.is_some())
    }

    /// Returns whether the server's password is missing. A visitor with a welcome does not need it
    /// any more, so a refusal after the welcome can only be about a room's password.
    pub fn is_shut_out(&self) -> bool {
        self.me.is_none() && self.is_of_server
    }

    /// Returns whether the hub gave no answer before the deadline.
    pub fn is_silent(&self) -> bool {
        self.me.is_none() && !self.is_in && self.refused.is_none()
    }

    pub(super) fn is_decided(&self) -> bool {
        self.sent.is_some() || self.refused.is_some() || self.not_done.is_some()
    }
}
