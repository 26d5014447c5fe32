//! The rules of one room that whoever looks after it has made: who is muted, who was put out, who
//! can enter, who can write, and how often.
//!
//! Times are those of the machine's clock: a rule outlives the server. If the clock is set, rules
//! end earlier or later by as much. Only the pause of slow mode is measured in chat time.
//!
//! Owns: when a rule ends, and how many there may be.
//! Must not know: who may make a rule; who is told.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Room, Rooms};
use crate::base::limits;
use crate::chat::act::ActRecord;
use crate::chat::answer::RoomState;
use crate::chat::core::LogId;
use crate::chat::core::logs::Logs;
use crate::chat::core::people::Author;
use crate::chat::entry::UnixMillis;
use crate::chat::name::Name;
use crate::chat::poll::Poll;
use crate::chat::record::{
    BanRule, BlockRule, PersonId, PersonRule, StoredPoll, StoredReport, StoredRules,
};

/// What a rule forbids a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forbids {
    /// To write in the room.
    Writing,
    /// To be in the room.
    Entering,
}

/// A list of people in the rules of a room. Who is in it has a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// The people who look after the room, apart from its maker and the hosts.
    Keepers,
    /// The people who may enter the room while it is closed.
    Admitted,
}

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct RoomRules {
    stored: Box<StoredRules>,
    /// The people who wanted to enter the closed room and were not admitted yet, in the order in
    /// which they came.
    waiting: Vec<PersonId>,
    /// In slow mode: when each author may write again, in chat time.
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    next_message: BTreeMap<Author, Duration>,
}

impl RoomRules {
    pub(super) fn restored(stored: Box<StoredRules>) -> Self {
        Self { stored, ..Self::default() }
    }

    pub(super) fn stored(&self) -> Box<StoredRules> {
        self.stored.clone()
    }

    pub(super) fn state(&self) -> RoomState {
        let StoredRules { is_frozen, is_closed, slow, is_lesson, .. } = *self.stored;
        let poll = self.stored.poll.is_some();
        RoomState { frozen: is_frozen, closed: is_closed, slow, lesson: is_lesson, poll }
    }

    /// Returns the people who may not do that at this time, each with how long yet.
    pub(crate) fn forbidden(
        &self,
        what: Forbids,
        now: UnixMillis,
    ) -> impl Iterator<Item = (PersonId, Duration)> {
        let rules = match what {
            Forbids::Writing => &self.stored.muted,
            Forbids::Entering => &self.stored.put_out,
        };
        rules.iter().filter_map(move |rule| Some((rule.person, left_of(rule.until, now)?)))
    }

    /// Forbids the person that until then, or allows it again (`None`). If there are too many
    /// rules of this kind, the one that ends next goes.
    fn set(&mut self, what: Forbids, person: PersonId, until: Option<UnixMillis>, now: UnixMillis) {
        let rules = match what {
            Forbids::Writing => &mut self.stored.muted,
            Forbids::Entering => &mut self.stored.put_out,
        };
        rules.retain(|rule| rule.person != person && rule.until > now);
        let Some(until) = until else { return };
        rules.push(PersonRule { person, until });
        rules.sort_by_key(|rule| (rule.until, rule.person));
        if rules.len() > limits::RULES_PER_ROOM_MAX {
            rules.remove(0);
        }
    }

    /// Returns the bans that hold at this time, each with how long yet.
    pub(crate) fn bans(&self, now: UnixMillis) -> impl Iterator<Item = (&BanRule, Duration)> {
        self.stored.banned.iter().filter_map(move |ban| Some((ban, left_of(ban.until, now)?)))
    }

    /// Returns what people read who come for the first time; empty: nothing.
    pub(crate) fn welcome(&self) -> &str {
        &self.stored.welcome
    }

    /// Returns the people who have raised a hand, in the order in which they did.
    pub(crate) fn hands(&self) -> &[PersonId] {
        &self.stored.hands
    }

    /// Returns the poll, and how many people have chosen each answer; `None`: there is none.
    pub(crate) fn poll(&self) -> Option<Poll> {
        let StoredPoll { text, votes } = self.stored.poll.as_ref()?;
        let mut poll = Poll::typed(text)?;
        for (_, choice) in votes {
            if let Some((_, people)) = poll.answers.get_mut(usize::from(*choice) - 1) {
                *people += 1;
            }
        }
        Some(poll)
    }

    /// Returns the answer that this person has chosen, counted from 1.
    pub(crate) fn choice_of(&self, person: PersonId) -> Option<usize> {
        let mut votes = self.stored.poll.iter().flat_map(|poll| &poll.votes);
        votes.find(|(who, _)| *who == person).map(|(_, at)| usize::from(*at))
    }

    /// Returns the last actions in the room, the oldest first.
    pub(crate) fn record(&self) -> &[ActRecord] {
        &self.stored.record
    }

    /// Returns the blocks that hold at this time, each with how long yet. Only the lobby has some.
    pub(crate) fn blocks(&self, now: UnixMillis) -> impl Iterator<Item = (&BlockRule, Duration)> {
        let blocked = self.stored.blocked.iter();
        blocked.filter_map(move |block| Some((block, left_of(block.ban.until, now)?)))
    }

    /// Returns the messages that were reported, the oldest report first.
    pub(crate) fn reports(&self) -> &[StoredReport] {
        &self.stored.reports
    }

    /// Returns the people in this list, in the order in which they came into it.
    pub(crate) fn listed(&self, list: Listed) -> &[PersonId] {
        match list {
            Listed::Keepers => &self.stored.keepers,
            Listed::Admitted => &self.stored.admitted,
        }
    }

    /// Returns whether the list has its maximum number of people.
    pub(crate) fn is_full(&self, list: Listed) -> bool {
        self.listed(list).len() >= most_in(list)
    }

    /// Puts the person into this list, or removes the person from it. A person who would be too
    /// many is not put into it.
    fn list(&mut self, list: Listed, person: PersonId, is_in: bool) {
        let people = match list {
            Listed::Keepers => &mut self.stored.keepers,
            Listed::Admitted => &mut self.stored.admitted,
        };
        people.retain(|one| *one != person);
        if is_in && people.len() < most_in(list) {
            people.push(person);
        }
    }

    /// Returns the people who wait to be admitted to the closed room.
    pub(crate) fn waiting(&self) -> &[PersonId] {
        &self.waiting
    }
}

/// Returns how many people this list may have.
pub(crate) fn most_in(list: Listed) -> usize {
    match list {
        Listed::Keepers => limits::KEEPERS_PER_ROOM_MAX,
        Listed::Admitted => limits::ADMITTED_PER_ROOM_MAX,
    }
}

/// Returns how long it is until then; `None`: the time is over.
fn left_of(until: UnixMillis, now: UnixMillis) -> Option<Duration> {
    until.0.checked_sub(now.0).filter(|left| *left > 0).map(Duration::from_millis)
}

/// Returns the time that is so much later.
pub(crate) fn later(now: UnixMillis, lasts: Duration) -> UnixMillis {
    let millis = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    UnixMillis(now.0.saturating_add(millis))
}

/// Returns how long a person may not do that in this room from now on; `None`: the person may.
pub(crate) fn forbidden(
    rooms: &Rooms,
    id: LogId,
    what: Forbids,
    person: PersonId,
    now: UnixMillis,
) -> Option<Duration> {
    let mut forbidden = rooms.get(id)?.rules.forbidden(what, now);
    forbidden.find(|(whom, _)| *whom == person).map(|(_, left)| left)
}

/// Forbids a person that in this room for so long; `None`: allows it again.
pub(crate) fn forbid(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    (what, person): (Forbids, PersonId),
    lasts: Option<Duration>,
    now: UnixMillis,
) {
    let until = lasts.map(|lasts| later(now, lasts));
    change(rooms, logs, id, |rules| rules.set(what, person, until, now));
}

/// Puts the person into a list of this room's rules (true), or removes the person from it.
pub(crate) fn list(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    (list, person): (Listed, PersonId),
    is_in: bool,
) {
    change(rooms, logs, id, |rules| {
        rules.list(list, person, is_in);
        rules.waiting.retain(|waiting| *waiting != person);
    });
}

/// Bans a person from this room for so long. `networks` are those from which the person is here,
/// and `spared` the other people in the room who come from them: they may come back as before. If
/// there are too many bans, the oldest goes.
pub(crate) fn ban(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    ban: BanRule,
    spared: Vec<PersonId>,
    now: UnixMillis,
) {
    change(rooms, logs, id, |rules| {
        let banned = &mut rules.stored.banned;
        banned.retain(|old| old.person != ban.person && old.until > now);
        if banned.len() >= limits::BANS_PER_ROOM_MAX {
            banned.remove(0);
        }
        banned.push(ban);
        spared.into_iter().for_each(|person| rules.list(Listed::Admitted, person, true));
    });
}

/// Blocks a person from the whole chat; `id` is the lobby. If there are too many blocks, the oldest
/// goes.
pub(crate) fn block(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    block: BlockRule,
    now: UnixMillis,
) {
    change(rooms, logs, id, |rules| {
        let blocked = &mut rules.stored.blocked;
        blocked.retain(|old| old.ban.person != block.ban.person && old.ban.until > now);
        if blocked.len() >= limits::BLOCKED_MAX {
            blocked.remove(0);
        }
        blocked.push(block);
    });
}

/// Ends the blocks of people who had this name then; `id` is the lobby.
pub(crate) fn unblock(rooms: &mut Rooms, logs: &mut Logs, id: LogId, people: &[PersonId]) {
    change(rooms, logs, id, |rules| {
        rules.stored.blocked.retain(|block| !people.contains(&block.ban.person));
    });
}

/// Ends the ban of this person.
pub(crate) fn end_ban_of(rooms: &mut Rooms, logs: &mut Logs, id: LogId, person: PersonId) {
    change(rooms, logs, id, |rules| rules.stored.banned.retain(|ban| ban.person != person));
}

/// Ends the bans of these people.
pub(crate) fn unban(rooms: &mut Rooms, logs: &mut Logs, id: LogId, people: &[PersonId]) {
    change(rooms, logs, id, |rules| {
        rules.stored.banned.retain(|ban| !people.contains(&ban.person));
        if rules.stored.banned.is_empty() && !rules.stored.is_closed {
            rules.stored.admitted.clear();
        }
    });
}

/// Remembers an action in this room. If there are too many, the oldest is forgotten.
pub(crate) fn put_on_record(rooms: &mut Rooms, logs: &mut Logs, id: LogId, act: ActRecord) {
    change(rooms, logs, id, |rules| {
        let record = &mut rules.stored.record;
        if record.len() >= limits::ACTS_PER_ROOM_MAX {
            record.remove(0);
        }
        record.push(act);
    });
}

/// Notes that a person has reported a message of this room. The first reporter's time and reason
/// stay.
pub(crate) fn report(rooms: &mut Rooms, logs: &mut Logs, id: LogId, report: StoredReport) {
    change(rooms, logs, id, |rules| {
        let reports = &mut rules.stored.reports;
        match reports.iter_mut().find(|known| known.seq == report.seq) {
            Some(known) if known.by.len() < limits::REPORTERS_MAX => known.by.extend(report.by),
            Some(_) => {}
            None => reports.push(report),
        }
    });
}

/// Keeps those reports of messages in this room for which `is_open` is true.
pub(crate) fn keep_reports(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    is_open: impl Fn(&StoredReport) -> bool,
) {
    let has_other = |room: &Room| room.rules.reports().iter().any(|report| !is_open(report));
    if rooms.get(id).is_some_and(has_other) {
        change(rooms, logs, id, |rules| rules.stored.reports.retain(is_open));
    }
}

/// Forgets all actions that name this person, who leaves for good.
pub(crate) fn forget_name_on_record(rooms: &mut Rooms, logs: &mut Logs, name: &Name) {
    let names = |room: &Room| room.rules.record().iter().any(|act| act.names(name));
    let found: Vec<_> = rooms.iter().filter(|(_, room)| names(room)).map(|(id, _)| id).collect();
    for id in found {
        change(rooms, logs, id, |rules| rules.stored.record.retain(|act| !act.names(name)));
    }
}

/// Freezes the room, or ends that.
pub(crate) fn freeze(rooms: &mut Rooms, logs: &mut Logs, id: LogId, is_frozen: bool) {
    change(rooms, logs, id, |rules| rules.stored.is_frozen = is_frozen);
}

/// Lets each author write one message in so long a time at most; `None`: ends slow mode.
pub(crate) fn slow_down(rooms: &mut Rooms, logs: &mut Logs, id: LogId, pause: Option<Duration>) {
    change(rooms, logs, id, |rules| {
        rules.stored.slow = pause.unwrap_or_default();
        rules.next_message.clear();
    });
}

/// Begins a lesson, or ends it: then all hands are down.
pub(crate) fn set_lesson(rooms: &mut Rooms, logs: &mut Logs, id: LogId, is_lesson: bool) {
    change(rooms, logs, id, |rules| {
        rules.stored.is_lesson = is_lesson;
        if !is_lesson {
            rules.stored.hands.clear();
        }
    });
}

/// Notes that the person has raised a hand (true), or that it is down (false). Forgets the hands of
/// those for whom `is_there` is false.
pub(crate) fn raise_hand(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    (person, is_up): (PersonId, bool),
    is_there: impl Fn(PersonId) -> bool,
) {
    change(rooms, logs, id, |rules| {
        let hands = &mut rules.stored.hands;
        hands.retain(|one| *one != person && is_there(*one));
        if is_up {
            hands.push(person);
        }
    });
}

/// Begins a poll in which nobody has chosen yet, or ends the poll.
pub(crate) fn set_poll(rooms: &mut Rooms, logs: &mut Logs, id: LogId, text: Option<String>) {
    change(rooms, logs, id, |rules| {
        rules.stored.poll = text.map(|text| StoredPoll { text, votes: Vec::new() });
    });
}

/// Notes the answer, from 1, that a person chooses. Returns whether the poll has it, and space.
pub(crate) fn vote(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    (person, choice): (PersonId, u8),
) -> bool {
    let has_place = rooms.get(id).is_some_and(|room| {
        let Some((poll, stored)) = room.rules.poll().zip(room.rules.stored.poll.as_ref()) else {
            return false;
        };
        let has_chosen = stored.votes.iter().any(|(who, _)| *who == person);
        (1..=poll.answers.len()).contains(&usize::from(choice))
            && (has_chosen || stored.votes.len() < limits::VOTES_PER_POLL_MAX)
    });
    if has_place {
        change(rooms, logs, id, |rules| {
            let Some(StoredPoll { votes, .. }) = &mut rules.stored.poll else { return };
            votes.retain(|(who, _)| *who != person);
            votes.push((person, choice));
        });
    }
    has_place
}

/// Sets what people read who come to the room for the first time; empty: nothing.
pub(crate) fn set_welcome(rooms: &mut Rooms, logs: &mut Logs, id: LogId, text: String) {
    change(rooms, logs, id, |rules| rules.stored.welcome = text);
}

/// Closes the room: from now on only the people who are in it, and those who will be admitted, can
/// enter it. Or opens it to everybody again, and forgets whom it had admitted.
pub(crate) fn close(rooms: &mut Rooms, logs: &mut Logs, id: LogId, is_closed: bool) {
    let inside = rooms.get(id).map(Room::people).into_iter().flatten();
    let inside: Vec<_> = inside.filter_map(Author::person).collect();
    change(rooms, logs, id, |rules| {
        rules.stored.is_closed = is_closed;
        rules.waiting.clear();
        if is_closed {
            inside.into_iter().for_each(|person| rules.list(Listed::Admitted, person, true));
        } else if rules.stored.banned.is_empty() {
            rules.stored.admitted.clear();
        }
    });
}

fn change(rooms: &mut Rooms, logs: &mut Logs, id: LogId, change: impl FnOnce(&mut RoomRules)) {
    let Some(room) = rooms.get_mut(id) else { return };
    change(&mut room.rules);
    logs.note_change(id);
}

/// Notes that the person waits to be admitted to this closed room. Returns whether that is new:
/// then somebody should hear of it. If too many wait, the one who has waited longest does so no
/// more: whoever is still there asks again.
pub(crate) fn wait_to_enter(rooms: &mut Rooms, id: LogId, person: PersonId) -> bool {
    let Some(room) = rooms.get_mut(id) else { return false };
    let waiting = &mut room.rules.waiting;
    if waiting.contains(&person) {
        return false;
    }
    if waiting.len() >= limits::WAITING_PER_ROOM_MAX {
        waiting.remove(0);
    }
    waiting.push(person);
    true
}

/// Removes from the waiting people of this room all who are no people of the chat any more.
pub(crate) fn keep_waiting(rooms: &mut Rooms, id: LogId, is_there: impl Fn(PersonId) -> bool) {
    if let Some(room) = rooms.get_mut(id) {
        room.rules.waiting.retain(|person| is_there(*person));
    }
}

/// In slow mode: returns how long this author must wait before the next message; `None`: the author
/// need not wait.
pub(crate) fn pause_left(
    rooms: &Rooms,
    id: LogId,
    author: Author,
    now: Duration,
) -> Option<Duration> {
    let next = rooms.get(id)?.rules.next_message.get(&author)?;
    next.checked_sub(now).filter(|left| !left.is_zero())
}

/// Notes that this author has written a message in the room just now. Without slow mode there is
/// nothing to note.
pub(crate) fn note_message(rooms: &mut Rooms, id: LogId, author: Author, now: Duration) {
    let Some(room) = rooms.get_mut(id) else { return };
    let RoomRules { stored, next_message, .. } = &mut room.rules;
    if stored.slow.is_zero() {
        return;
    }
    // Whoever may write again is remembered no longer, so the table has at most one entry for each
    // message of the last pause.
    next_message.retain(|_, next| *next > now);
    next_message.insert(author, now + stored.slow);
}
