//! A test device: a client with a memory. It remembers everything that it was told, and checks each
//! new item against that. After it has lost its connection, it comes back and still remembers.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::core::LogId;
use crate::chat::entry::{Entry, EntryKind, Epoch, MessageId, Seen, Seq};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::room_name::RoomName;

/// What identifies a log: its name, and for private messages also the owner.
pub(super) type LogKey = (LogName, Option<PersonId>);

/// An item that waits to be sent to one client.
pub(super) enum Item {
    Line(LogId, Arc<Entry>),
    Answer(Answer),
    CaughtUp(LogId, Answer, Seq),
}

/// What a device knows of one log.
#[derive(Debug)]
pub(super) struct View {
    pub(super) epoch: Epoch,
    /// The newest number that the device knows: it was sent the line with this number, or was told
    /// that no line has this number.
    pub(super) last: Seq,
    /// The number of the first line that the server was to send.
    pub(super) from: Seq,
    /// The lines that the device was sent, without those that it was told are lost.
    pub(super) lines: BTreeSet<Seq>,
    /// Numbers of which the device was told that they have no line: the first and the last of each
    /// range.
    pub(super) gone: Vec<(Seq, Seq)>,
}

/// A device. It remembers its logs when its connection is lost.
#[derive(Default)]
pub(super) struct Device {
    pub(super) client: Option<ClientId>,
    /// The device's person, as the welcome of its newest connection said.
    pub(super) person: Option<PersonId>,
    pub(super) name: Option<Name>,
    /// Every name that this person has had or claimed.
    pub(super) names: Vec<Name>,
    pub(super) views: BTreeMap<LogName, View>,
    /// Messages that the device has sent and the server has not answered.
    pub(super) unanswered: BTreeSet<MessageId>,
    pub(super) acknowledged: BTreeMap<MessageId, (LogKey, Seq)>,
    /// Epochs that have ended, as the device was told.
    over: BTreeSet<u64>,
    /// Rooms that the device has asked to leave. It does not enter them again before it gets the
    /// answer.
    pub(super) leaving: BTreeSet<RoomName>,
    /// How often the device was told that lines that it has not seen were deleted and can never be
    /// sent.
    pub(super) gaps: usize,
    /// How often the device was told that lines that it has seen were lost.
    pub(super) lost: usize,
    /// How many lines were lost that it had seen, as the device was told.
    pub(super) lost_lines: u64,
}

impl View {
    /// Notes that the device was told that the lines with these numbers are lost, and that there
    /// were `lines` of them. Returns how many of them the device had seen.
    fn lose(&mut self, (from, to): (Seq, Seq), lines: u64) -> u64 {
        assert_eq!(to, self.last, "it had seen that");
        self.last = Seq(from.0 - 1);
        let seen = self.lines.split_off(&from).len() as u64;
        let never = self.not_there(from, to);
        assert!(seen <= lines, "{lines} of {seen} lines are told to be lost");
        let is_far = lines != to.0 + 1 - from.0;
        assert!(is_far || seen + never == lines, "{from:?} to {to:?}, {seen} seen: {self:?}");
        seen
    }

    /// Returns how many of these numbers lie before the device's first line, or have no line, as
    /// the device was told.
    fn not_there(&self, first: Seq, last: Seq) -> u64 {
        let early = (Seq(0), Seq(self.from.0 - 1));
        let gone = self.gone.iter().chain([&early]).flat_map(|(from, to)| {
            let range = from.0.max(first.0)..=to.0.min(last.0);
            range.collect::<Vec<_>>()
        });
        gone.collect::<BTreeSet<_>>().len() as u64
    }
}

impl Device {
    /// Notes that the device has connected as this person, with this name.
    pub(super) fn becomes(&mut self, (person, name): (Option<PersonId>, Name)) {
        if self.person != person {
            self.names.clear();
        }
        self.names.push(name);
        self.person = person;
    }

    /// Returns how much of a room the device has seen.
    pub(super) fn seen(&self, room: &RoomName) -> Option<Seen> {
        self.seen_of(&LogName::Room(room.clone()))
    }

    pub(super) fn seen_of(&self, log: &LogName) -> Option<Seen> {
        self.views.get(log).map(|view| Seen { epoch: view.epoch, seq: view.last })
    }

    /// Returns the key of the log to which the device gives this name.
    pub(super) fn key(&self, log: &LogName) -> LogKey {
        let person = self.person.filter(|_| *log == LogName::Private);
        (log.clone(), person)
    }

    /// Checks one item against everything that the device was told before. Numbers may be missing
    /// only if the device was told so. No line may come twice, and each line must really have been
    /// said.
    pub(super) fn hear(&mut self, item: Item, truth: &BTreeMap<LogKey, BTreeMap<Seq, Arc<Entry>>>) {
        let keys = Self { person: self.person, ..Self::default() };
        let are_there = |log: &LogName, from, to| {
            truth.get(&keys.key(log)).is_some_and(|lines| lines.range(from..=to).next().is_some())
        };
        match item {
            Item::Line(_, entry) => {
                let key = self.key(&entry.log);
                let view = self.views.get_mut(&entry.log).expect("told of a log it has not joined");
                assert_eq!(entry.seq, view.last.next(), "in {}", entry.log);
                view.last = entry.seq;
                view.lines.insert(entry.seq);
                assert_eq!(truth[&key][&entry.seq].id, entry.id);
                if let EntryKind::Private { to, .. } = &entry.what {
                    let own = &self.names;
                    let is_own = own.contains(&entry.by.name) || own.contains(to);
                    assert!(is_own, "{own:?} reads {entry:?}");
                }
            }
            Item::Answer(Answer::Welcome { name, .. }) => self.name = Some(name),
            Item::Answer(Answer::Renamed { from, to, .. }) if self.name.as_ref() == Some(&from) => {
                self.name = Some(to);
            }
            Item::Answer(Answer::Joined(joined)) => {
                let last = Seq(joined.from.0 - 1);
                let (epoch, from) = (joined.epoch, joined.from);
                let fresh = || View { epoch, last, from, lines: BTreeSet::new(), gone: Vec::new() };
                let view = self.views.entry(joined.log).or_insert_with(fresh);
                if view.epoch != joined.epoch {
                    self.over.insert(view.epoch.0);
                    *view = fresh();
                }
                assert!(!self.over.contains(&joined.epoch.0), "a life that was over goes on");
            }
            Item::Answer(Answer::TooOld { log, from, to }) => {
                let view = self.views.get_mut(&log).unwrap();
                assert_eq!(from, view.last.next());
                view.last = to;
                view.gone.push((from, to));
                // The device misses something only if lines with these numbers exist. Perhaps all
                // of them were lost in a crash.
                self.gaps += usize::from(are_there(&log, from, to));
            }
            Item::CaughtUp(_, Answer::CaughtUp { log, .. }, seq) => {
                assert_eq!(self.views[&log].last, seq);
            }
            Item::Answer(Answer::Left(room)) => {
                self.leaving.remove(&room);
                self.views.remove(&LogName::Room(room));
            }
            Item::Answer(Answer::Sent { log, id: Some(id), seq, .. }) => {
                self.unanswered.remove(&id);
                self.acknowledged.insert(id, (self.key(&log), seq));
            }
            Item::Answer(Answer::NotKept { log, from, to, lines, .. }) => {
                let seen = self.views.get_mut(&log).unwrap().lose((from, to), lines);
                self.lost += usize::from(seen > 0);
                self.lost_lines += lines;
            }
            Item::Answer(Answer::Skipped { log, from, to, .. }) => {
                let view = self.views.get_mut(&log).unwrap();
                assert_eq!(from, view.last.next());
                assert!(!are_there(&log, from, to), "one is there");
                view.last = to;
                view.gone.push((from, to));
            }
            Item::Answer(_) | Item::CaughtUp(..) => {}
        }
    }
}
