//! What is known about the rooms, people and logs of a damaged history. It comes from rows that may
//! be old, spoiled or missing, and from the protection copy.
//!
//! Owns: what each row says, and which of two rows is used if they contradict each other: a row
//! with a password or a secret, rather than one without. If any row says that a person is removed,
//! the person is removed. If the server starts and it is unknown which numbers a log has used, the
//! log gets a new epoch.
//! Must not know: pages.
//!
//! Part: `history/rescue/mod.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::limits;
use crate::chat::entry::{Epoch, Seq, UnixMillis};
use crate::chat::numbers::{Reservation, SkipRange};
use crate::chat::record::{
    LetIn, PersonId, Record, StoredLine, StoredPerson, StoredPrivateLog, StoredRoom,
};
use crate::chat::{log_name::LogName, name::Name, room_name::RoomName, secret::Digest};
use crate::history::protection_copy::{Protection, bare_room, protected_person};
use crate::history::sqlite_file::btree::FoundRow;
use crate::history::store::table_of::{Table, table_of};
use crate::history::store::{
    ContinuedLog, InLog, Store, StoreError, random_u64, removal::is_removal, repair,
};

/// How much higher the number of a line in a damaged file may be than the highest number that the
/// file says is reserved. A line with a still higher number is not copied, because the disk has
/// damaged the number. The numbers of the log's far range ([`NUMBERS_FAR`](limits::NUMBERS_FAR))
/// are an exception.
const RESCUED_AHEAD_MAX: u64 = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct SalvagedRecords {
    logs: BTreeMap<u64, Log>,
    pub(super) people: BTreeMap<u64, StoredPerson>,
    /// The rows of people that were read, until [`add_people`](Self::add_people) uses them.
    rows_of_people: Vec<StoredPerson>,
    /// The people whose lines must be removed from the new file, too.
    removed: BTreeSet<PersonId>,
    thrown_away: BTreeMap<u64, Seq>,
    /// True if the lines of all logs may lack a checksum, because the file has an older schema or
    /// its schema is unknown.
    pub(super) may_lack_checksums: bool,
    /// For each log (the key is its epoch), the number up to which a line may have no checksum.
    /// Used only if `may_lack_checksums` is false.
    without_sum: BTreeMap<u64, Seq>,
    /// The ranges of numbers that the server has skipped. The keys are the epoch of the log and the
    /// first number of the range.
    skips: BTreeMap<u64, BTreeMap<Seq, SkipRange>>,
    /// The rooms in SQLite's index of room names, each with the epoch of its log.
    indexed: BTreeMap<RoomName, Epoch>,
    /// For each person whose name had a secret in some line that was read: the time of the newest
    /// such line, and the name in it.
    names_with_secret: BTreeMap<PersonId, (UnixMillis, Name)>,
    pub(super) sealed: usize,
}

#[derive(Debug)]
struct Log {
    whose: LogOwner,
    reservation: Option<Reservation>,
    /// The highest number of the log's rescued lines; 0: no line was rescued.
    last: Seq,
}

#[derive(Debug)]
enum LogOwner {
    Room(Box<StoredRoom>),
    Person(PersonId),
}

/// A number of a line is always below this one. If a row has a higher number, the disk has spoiled
/// it.
const SEQ_MAX: u64 = 1 << 53;

impl SalvagedRecords {
    /// Adds what a row says about a room, a person or a log. `None`: the rescue cannot use the row.
    pub(super) fn add_row(&mut self, store: &Store, found: FoundRow) -> Option<()> {
        match table_of(&found)? {
            Table::Rooms => self.add_room(repair::parse_room(store, found.values)?),
            Table::RoomNames(name, epoch) if is_room_name(name) => {
                self.indexed.insert(RoomName::stored(name), epoch);
            }
            Table::People => self.rows_of_people.push(repair::parse_person(store, found.values)?),
            Table::PrivateLogs => {
                self.add_private_log(repair::parse_private_log(store, found.values)?);
            }
            Table::Skipped(epoch) => self.add_skip(epoch, repair::parse_skip(store, found.values)?),
            Table::ThrownAway(epoch, seq) => raise(&mut self.thrown_away, epoch, seq),
            Table::WithoutSum(epoch, seq) => raise(&mut self.without_sum, epoch, seq),
            Table::RoomNames(..)
            | Table::Lines(_)
            | Table::LinesByTime(..)
            | Table::ServerKey(_) => {}
        }
        Some(())
    }

    fn add_room(&mut self, room: StoredRoom) {
        // The row may be older than the room's password, and a new password ends all invites, and
        // all that was let in before.
        let room = StoredRoom { invites: Vec::new(), let_in: LetIn::default(), ..room };
        if !is_room_name(room.name.as_str()) {
            return;
        }
        let rank = |room: &StoredRoom| (room.password.is_some(), room.reservation.reserved);
        // A page may be older than another, so there may be two rows for the same name or epoch.
        // Keep the row with a password; if that does not decide, the row with more reserved
        // numbers.
        let twin = self.logs.iter().find_map(|(epoch, log)| match &log.whose {
            LogOwner::Room(other) if other.name == room.name || *epoch == room.epoch.0 => {
                Some((*epoch, rank(other)))
            }
            _ => None,
        });
        if let Some((epoch, twin_rank)) = twin {
            if twin_rank >= rank(&room) {
                return;
            }
            self.logs.remove(&epoch);
        }
        let reservation = Some(room.reservation).filter(is_possible);
        let epoch = room.epoch.0;
        self.logs.insert(
            epoch,
            Log { whose: LogOwner::Room(Box::new(room)), reservation, last: Seq(0) },
        );
    }

    fn add_private_log(&mut self, log: StoredPrivateLog) {
        let StoredPrivateLog { person, epoch, reservation, .. } = log;
        let reservation = Some(reservation).filter(is_possible);
        let log = Log { whose: LogOwner::Person(person), reservation, last: Seq(0) };
        self.logs.entry(epoch.0).or_insert(log);
    }

    /// Adds the people of all rows that were read. A page may be older than another, so a person
    /// may have a row, and another row that says that the person is removed. The older row must not
    /// push out somebody who has taken the name since. So this needs all rows.
    pub(super) fn add_people(&mut self) {
        let rows = std::mem::take(&mut self.rows_of_people);
        let (removed, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_removal);
        self.removed = removed.iter().map(|row| row.id).collect();
        rows.into_iter().for_each(|person| self.add_person(person));
    }

    /// Adds a person who is not removed.
    fn add_person(&mut self, mut person: StoredPerson) {
        if self.removed.contains(&person.id) {
            return;
        }
        let is_odd = |sign: char| sign.is_control() || sign == '\u{fffd}';
        let is_possible = |name: &Name| !name.shown().is_empty() && !name.shown().contains(is_odd);
        let is_name = is_possible(&person.name);
        person.former = person.former.filter(is_possible);
        // A row has no checksum, so a single bit could make anybody a host. The operator makes a
        // new link.
        person.is_host = false;
        let taken = self
            .people
            .values()
            .find(|held| held.id == person.id || held.name.skeleton() == person.name.skeleton());
        let taken = taken.map(|held| (held.id, held.secret.is_some()));
        if !is_name || taken.is_some_and(|(_, has_secret)| has_secret || person.secret.is_none()) {
            return;
        }
        taken.and_then(|(id, _)| self.people.remove(&id.0));
        self.people.insert(person.id.0, person);
    }

    fn add_skip(&mut self, epoch: Epoch, skip: SkipRange) {
        let is_possible = skip.first <= skip.last && skip.last.0 < SEQ_MAX;
        if is_possible && skip.far.is_none_or(|far| far.0 < SEQ_MAX) {
            self.skips.entry(epoch.0).or_default().insert(skip.first, skip);
        }
    }

    pub(super) fn without_sum_to(&self, epoch: Epoch) -> Seq {
        let known = || self.without_sum.get(&epoch.0).copied().unwrap_or_default();
        if self.may_lack_checksums { Seq(u64::MAX) } else { known() }
    }

    /// Adds what the protection copy has. A name, a password or a secret in that copy replaces the
    /// one in a row, although the copy may be a little older: it has a checksum, and a row of a
    /// room or a person has none.
    pub(super) fn agree_with(&mut self, protection: &Protection) {
        for room in protection.rooms() {
            let is_there = self.is_room(&room.name);
            match self.logs.get_mut(&room.epoch.0) {
                Some(Log { whose: LogOwner::Room(held), .. }) => {
                    held.name = room.name;
                    held.hidden |= room.hidden;
                    held.password = room.password.or(held.password.take());
                    held.maker = room.maker.or(held.maker);
                }
                _ if is_there => {}
                _ => {
                    let (epoch, whose) = (room.epoch.0, LogOwner::Room(Box::new(room)));
                    self.logs.insert(epoch, Log { whose, reservation: None, last: Seq(0) });
                }
            }
        }
        for person in protection.people() {
            match self.people.get_mut(&person.id.0) {
                Some(held) => (held.name, held.secret) = (person.name, person.secret),
                None => self.add_person(person),
            }
        }
    }

    /// Adds the rooms of which only the name and the epoch are known. They become hidden, and get a
    /// password that nobody knows. The lobby stays open, without a password.
    pub(super) fn seal_rooms(&mut self) {
        for (name, epoch) in std::mem::take(&mut self.indexed) {
            if self.is_room(&name) || self.logs.contains_key(&epoch.0) {
                continue;
            }
            let is_sealed = name != RoomName::lobby();
            let (hidden, password) = (is_sealed, is_sealed.then(Digest::sealed));
            let room = StoredRoom { hidden, password, ..bare_room(name, epoch) };
            self.sealed += usize::from(is_sealed);
            let log =
                Log { whose: LogOwner::Room(Box::new(room)), reservation: None, last: Seq(0) };
            self.logs.insert(epoch.0, log);
        }
    }

    fn is_room(&self, name: &RoomName) -> bool {
        self.logs
            .values()
            .any(|log| matches!(&log.whose, LogOwner::Room(room) if room.name == *name))
    }

    pub(super) fn rooms(&self) -> usize {
        self.logs.values().filter(|log| matches!(log.whose, LogOwner::Room(_))).count()
    }

    /// Returns the name and owner of this epoch's log. If the epoch is unknown, the result is a
    /// private log without an owner.
    pub(super) fn log(&self, epoch: Epoch) -> InLog {
        match self.logs.get(&epoch.0).map(|log| &log.whose) {
            Some(LogOwner::Room(room)) => InLog::from(room.name.clone()),
            Some(LogOwner::Person(person)) => {
                InLog { name: LogName::Private, owner: Some(*person) }
            }
            None => InLog { name: LogName::Private, owner: None },
        }
    }

    /// Notes a line that was read. Returns whether its log is known and could have used its number.
    pub(super) fn note_line(&mut self, line: &StoredLine) -> bool {
        let StoredLine { author, entry } = line;
        if let (Some(author), Some(_)) = (author, entry.by.mark)
            && !self.removed.contains(author)
        {
            let newest = self.names_with_secret.entry(*author);
            let newest = newest.or_insert_with(|| (entry.at, entry.by.name.clone()));
            if newest.0 < entry.at {
                *newest = (entry.at, entry.by.name.clone());
            }
        }
        let Some(log) = self.logs.get_mut(&entry.epoch.0) else { return false };
        let seq_max = log.reservation.map_or(SEQ_MAX, |reservation| {
            // If the disk accepted no more reservations of numbers, the server has given lines the
            // numbers of the log's far range, which is kept for that case (`chat/numbers.rs`).
            let far = reservation.far.0 + if reservation.is_open { limits::NUMBERS_FAR } else { 0 };
            far.max(reservation.reserved.0 + RESCUED_AHEAD_MAX)
        });
        let is_in_range = entry.seq.0 <= seq_max;
        if is_in_range {
            log.last = log.last.max(entry.seq);
        }
        is_in_range
    }

    /// Returns whether this log is known, and has reserved this number or rescued a line with this
    /// number or a higher one.
    pub(super) fn may_have_given(&self, epoch: Epoch, seq: Seq) -> bool {
        self.logs.get(&epoch.0).is_some_and(|log| (Seq(1)..=log.head()).contains(&seq))
    }

    pub(super) fn records(&self) -> Vec<Record> {
        let people = self.people.values().cloned().map(Record::Person);
        people
            .chain(self.removed.iter().copied().map(Record::RemovedPerson))
            .chain(self.logs.iter().map(|(epoch, log)| log.record(Epoch(*epoch), Vec::new())))
            .collect()
    }

    /// Closes the names that have lost their secret, as far as the lines that were read show them:
    /// gives each a secret that nobody has. Returns records of them. If there are too many, leaves
    /// out those that have not spoken for the longest time.
    pub(super) fn sealed_names(&mut self) -> Vec<Record> {
        let mut names: Vec<_> = std::mem::take(&mut self.names_with_secret).into_iter().collect();
        names.sort_by_key(|(_, (at, _))| std::cmp::Reverse(*at));
        let known = self.people.values().filter(|person| person.secret.is_some()).count();
        let mut sealed = Vec::new();
        for (id, (_, name)) in names {
            let is_known = self.people.values().any(|held| {
                held.id == id || (held.secret.is_some() && held.name.skeleton() == name.skeleton())
            });
            if is_known || known + sealed.len() >= limits::GONE_PEOPLE_MAX {
                continue;
            }
            let person = protected_person(id, name, Digest::sealed());
            self.add_person(person.clone());
            sealed.push(Record::Person(person));
        }
        self.sealed += sealed.len();
        sealed
    }

    /// Returns how each log continues. If the server starts (`is_start`) and it is unknown which
    /// numbers a log has used, the log gets a new epoch. Otherwise it keeps its epoch.
    ///
    /// # Errors
    /// The system returns no random bytes.
    pub(super) fn continued(&self, is_start: bool) -> Result<Vec<ContinuedLog>, StoreError> {
        let continued = |(epoch, log): (&u64, &Log)| {
            let is_sure = log.reservation.is_some_and(|reservation| log.is_of(&reservation));
            let new = Epoch(if is_sure || !is_start { *epoch } else { random_u64()? });
            let mut skips = self.skips_of(*epoch, log);
            if is_start && log.reservation.is_none() && log.last == Seq(0) {
                skips = vec![SkipRange::ALL];
            }
            let thrown_away = self.thrown_away.get(epoch).filter(|last| **last <= log.head());
            Ok(ContinuedLog {
                old_epoch: Epoch(*epoch),
                epoch: new,
                thrown_away: thrown_away.copied(),
                record: log.record(new, skips),
            })
        };
        self.logs.iter().map(continued).collect()
    }

    /// Returns the newest ranges of numbers that a log has skipped. It leaves out ranges that end
    /// after the last number that the log is known to have reserved or used.
    fn skips_of(&self, epoch: u64, log: &Log) -> Vec<SkipRange> {
        let skips = self.skips.get(&epoch).into_iter().flatten().map(|(_, skip)| *skip);
        let skips: Vec<_> = skips.filter(|skip| skip.last <= log.head()).collect();
        let older = skips.len().saturating_sub(limits::SKIPS_KEPT_MAX);
        skips[older..].to_vec()
    }
}

impl Log {
    fn is_of(&self, reservation: &Reservation) -> bool {
        self.last <= reservation.reserved
    }

    fn head(&self) -> Seq {
        self.reservation.unwrap_or_default().reserved.max(self.last).max(Seq(1))
    }

    fn record(&self, epoch: Epoch, skips: Vec<SkipRange>) -> Record {
        let closed = || Reservation::closed(self.head());
        let reservation = self.reservation.filter(|held| self.is_of(held)).unwrap_or_else(closed);
        match &self.whose {
            LogOwner::Room(room) => {
                Record::Room(StoredRoom { epoch, reservation, skips, ..StoredRoom::clone(room) })
            }
            LogOwner::Person(person) => {
                Record::PrivateLog(StoredPrivateLog { person: *person, epoch, reservation, skips })
            }
        }
    }
}

fn raise(last: &mut BTreeMap<u64, Seq>, epoch: Epoch, seq: Seq) {
    let last = last.entry(epoch.0).or_default();
    *last = seq.max(*last);
}

fn is_possible(reservation: &Reservation) -> bool {
    let Reservation { begun, reserved, low, far, .. } = *reservation;
    begun <= reserved && low <= far && reserved.0 < SEQ_MAX && far.0 < SEQ_MAX
}

fn is_room_name(name: &str) -> bool {
    RoomName::parse(name).is_ok_and(|parsed| parsed.as_str() == name)
}
