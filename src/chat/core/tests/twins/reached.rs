//! Counts what has happened in a run. If the core refused all events of a test, the test would
//! prove nothing.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use super::super::super::{Changed, Core, Effect};
use crate::base::disconnect::Disconnect;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::EntryKind;

/// Counts how often the events of a run had each result.
#[derive(Default)]
pub(super) struct Reached {
    counts: BTreeMap<&'static str, usize>,
    /// The greatest number of people who had a name at the same time. In `absent`, the greatest
    /// number of people for whom rooms waited at the same time.
    people: usize,
    absent: usize,
    rooms: usize,
    private_logs: usize,
    events: usize,
}

/// How often each of these results must happen at least, in a hundred thousand events.
const ENOUGH: &[(&str, usize)] = &[
    ("acted", 200),
    ("acted in a room", 4),
    ("another-person", 15),
    ("answered", 500),
    ("answered privately", 60),
    ("became somebody", 70),
    ("bad-invite", 50),
    ("bad-link", 50),
    ("came", 4_000),
    ("deleted", 100),
    ("edited", 100),
    ("excuse", 50),
    ("ended", 10),
    ("follows", 5_000),
    ("forgotten", 4_000),
    ("hears", 300),
    ("host", 20),
    ("in-room", 300),
    ("invited", 50),
    ("left", 4_000),
    ("lines removed", 50),
    ("linked", 50),
    ("listed", 200),
    ("log gone", 1_000),
    ("looks", 80),
    ("name free", 1_000),
    ("name-taken", 1_000),
    ("no-such-message", 400),
    ("no-such-person", 500),
    ("not kept", 200),
    ("not-in-room", 300),
    ("not-your-name", 20),
    ("not-your-room", 200),
    ("not-yours", 500),
    ("password-needed", 1_000),
    ("person removed", 30),
    ("pinned", 2),
    ("private", 2_000),
    ("refused to come in", 100),
    ("renamed", 100),
    ("report", 1),
    ("room-full", 1_000),
    ("read elsewhere", 5),
    ("rooms", 90),
    ("said", 5_000),
    ("said before", 90),
    ("saves", 80),
    ("secret told", 3),
    ("session over", 200),
    ("session renewed", 40),
    ("session shown", 20),
    ("session told", 300),
    ("set", 7),
    ("skipped", 100),
    ("stopped", 40),
    ("too-fast", 400),
    ("too-many-devices", 50),
    ("too-many-guesses", 500),
    ("too-many-rooms", 400),
    ("topic", 100),
    ("typing", 100),
    ("unfollows", 800),
    ("who", 100),
    ("wrong-password", 100),
    ("wrong-secret", 80),
];

impl Reached {
    pub(super) fn note(&mut self, effects: &[Effect], core: &Core) {
        self.events += 1;
        for effect in effects {
            *self.counts.entry(what(effect, core)).or_default() += 1;
        }
        self.absent = self.absent.max(core.rooms.waits());
        if self.events.is_multiple_of(500) {
            self.people = self.people.max(core.lasting_people().count());
            self.rooms = self.rooms.max(core.rooms.iter().count());
            self.private_logs = self.private_logs.max(core.private_logs.count());
        }
    }

    /// Returns an error if the run has shown too little. The error says which result came too
    /// seldom.
    #[expect(clippy::print_stdout, reason = "what a failed run has reached")]
    pub(super) fn is_enough(&self) -> Result<(), String> {
        let Self { counts, people, absent, rooms, private_logs, .. } = self;
        println!("{counts:?}");
        println!("people {people}, absent {absent}, rooms {rooms}, private logs {private_logs}");
        for (what, least) in ENOUGH {
            let count = counts.get(what).copied().unwrap_or_default();
            (count >= *least).then_some(()).ok_or_else(|| format!("{what}: {count} times"))?;
        }
        let crowds = [
            (*people > limits::GONE_PEOPLE_MAX, "so one of too many had to go"),
            (*absent > 20, "were waited for at once"),
            (*rooms > 100, "rooms"),
            (*private_logs > 100, "logs of private messages"),
        ];
        let missing = crowds.iter().find(|(is_there, _)| !is_there);
        missing.map_or(Ok(()), |(_, what)| Err(format!("too few: {what}")))
    }
}

fn what(effect: &Effect, core: &Core) -> &'static str {
    match effect {
        Effect::Changed(Changed::Person(id)) if core.people.name(*id).is_none() => "name free",
        Effect::Changed(Changed::Person(_)) => "person changed",
        Effect::Changed(Changed::RemovedPerson(_)) => "person removed",
        Effect::Changed(Changed::Log(_)) => "room changed",
        Effect::Changed(Changed::Times(_)) => "times corrected",
        Effect::Changed(Changed::Gone(..)) => "log gone",
        Effect::Welcome(_) => "welcome",
        Effect::Refuse(..) => "refused to come in",
        Effect::Subscribe(..) => "hears",
        Effect::Follow { .. } => "follows",
        Effect::Save { .. } => "saves",
        Effect::ShowRoom { .. } => "looks",
        Effect::Unfollow(..) => "unfollows",
        Effect::NewLine { entry, .. } if entry.replied_to().is_some() => match &entry.what {
            EntryKind::Private { .. } => "answered privately",
            _ => "answered",
        },
        Effect::NewLine { entry, .. } => match &entry.what {
            EntryKind::Said(_) => "said",
            EntryKind::Acted(_) => "acted",
            EntryKind::Edited { .. } => "edited",
            EntryKind::Deleted { .. } => "deleted",
            EntryKind::Topic(_) => "topic",
            EntryKind::Pinned(_) => "pinned",
            EntryKind::Renamed(_) => "new name in the log",
            EntryKind::Private { .. } => "private",
            EntryKind::Removed(_) => "lines removed",
        },
        Effect::Resent { .. } => "said before",
        Effect::Answer(_, Answer::Refused { reason, .. }) => reason.word(),
        Effect::Answer(_, Answer::NotKept { .. }) => "not kept",
        Effect::Answer(_, Answer::Rooms { .. }) => "rooms",
        Effect::Answer(_, Answer::Who { .. }) => "who",
        Effect::Answer(_, Answer::Excuse { .. }) => "excuse",
        Effect::Answer(_, Answer::Fault(_)) => "session over",
        Effect::Answer(_, Answer::Session(_)) => "session shown",
        Effect::Answer(_, Answer::HaveRead { .. }) => "read elsewhere",
        Effect::Answer(_, Answer::Host) => "host",
        Effect::Answer(_, Answer::Acted(_)) => "acted in a room",
        Effect::Answer(_, Answer::RoomState(_)) => "room state",
        Effect::Answer(_, Answer::Poll(_)) => "poll",
        Effect::Answer(_, Answer::Waits { .. }) => "waits",
        Effect::Answer(..) => "note",
        Effect::GiveToken { answer: Answer::Session(_), .. } => "session told",
        Effect::GiveToken { answer: Answer::Renamed { secret: true, .. }, .. } => "secret told",
        Effect::GiveToken { answer: Answer::Renamed { .. }, .. } => "became somebody",
        Effect::GiveToken { answer: Answer::DeviceLink(_), .. } => "linked",
        Effect::GiveToken { answer: Answer::Invite { .. }, .. } => "invited",
        Effect::GiveToken { .. } => "token",
        Effect::Notice { answer: Answer::Presence { here: true, .. }, .. } => "came",
        Effect::Notice { answer: Answer::Presence { .. }, .. } => "left",
        Effect::Notice { answer: Answer::Renamed { .. }, .. } => "renamed",
        Effect::Notice { answer: Answer::Typing { .. }, .. } => "typing",
        Effect::Notice { answer: Answer::Set { .. }, .. } => "set",
        Effect::Notice { answer: Answer::Listed(_), .. } => "listed",
        Effect::Notice { .. } => "notice",
        Effect::Skip(..) => "skipped",
        Effect::Forgotten(..) => "removed",
        Effect::End(_, Disconnect::SessionRenewed) => "session renewed",
        Effect::End(_, Disconnect::SessionLeft) => "session left",
        Effect::End(_, Disconnect::ServerStopping) => "stopped",
        Effect::End(..) => "ended",
        Effect::Forget(_) => "forgotten",
        Effect::TellState(_) => "state",
        Effect::Report(..) => "report",
    }
}
