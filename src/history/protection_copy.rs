//! The protection copy: a second, small file (`access`) with what protects rooms and names. It has
//! all rooms, with the digests of their passwords, and the names that have a secret. It survives
//! damage of the history. Without it, a stranger could, after damage, create a locked room again or
//! take another person's name. Texts for people call it "the access file".
//!
//! Owns: that file, and when it is written: at once after a change, and each second again after a
//! failure. It is written whole or not at all, and a checksum shows whether it is what was written.
//! Must not know: lines, SQLite.
//!
//! Part: `history/mod.rs`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blake2::digest::consts::U16;
use blake2::{Blake2s, Digest as _};
use data_encoding::HEXLOWER;

use crate::chat::entry::{Epoch, Seq, UnixMillis};
use crate::chat::record::{LetIn, PersonId, Record, Stored, StoredPerson, StoredRoom};
use crate::chat::token::{Token, TokenDigest};
use crate::chat::{name::Name, numbers::Reservation, room_name::RoomName, secret::Digest};

/// If the history could not write the protection copy, it tries again after this time. Until an
/// attempt succeeds, damage of the history can open a room or name whose password or secret is new:
/// so this time is short. It is not zero, because each attempt writes the whole file.
const PROTECTION_COPY_RETRY: Duration = Duration::from_secs(1);

const HEAD: &str = "threadbare access 1";
const SUM: &str = "sum ";

pub(crate) struct ProtectionCopy {
    path: PathBuf,
    current: Protection,
    /// The content that the file had when the server started; `None`: there was none that could be
    /// used, or `begin_with` has already compared it with the history. With `--unseal`, what damage
    /// had closed is open in it.
    at_start: Option<Protection>,
    /// True if the file existed when the server started, and could not be read or was damaged.
    is_damaged: bool,
    /// When the file is due to be written: at once after a change, or some time after a failed
    /// attempt. `None`: no change waits to be written.
    write_at: Option<Instant>,
    fails: bool,
}

impl ProtectionCopy {
    /// Reads the file when the server starts. If `unseals` is true, what damage had closed is open
    /// in the result. If the file cannot be read or is damaged, the result has no content, and the
    /// server's log says so. Blocks for the disk.
    pub(crate) fn read(path: PathBuf, unseals: bool) -> Self {
        let read = Protection::read(&path);
        if let Err(error) = &read {
            let path = path.display();
            tracing::error!(%error, %path, "cannot read the access file; it is written anew");
        }
        let is_damaged = read.is_err();
        let mut at_start = read.unwrap_or_default();
        if unseals {
            at_start.iter_mut().for_each(Protection::unseal);
        }
        let current = at_start.clone().unwrap_or_default();
        Self { path, current, at_start, is_damaged, write_at: None, fails: false }
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    pub(crate) fn at_start(&self) -> Option<&Protection> {
        self.at_start.as_ref()
    }

    pub(crate) fn current(&self) -> &Protection {
        &self.current
    }

    /// Sets what must be in the file: what protects the rooms and people with which the history
    /// begins. If the file had another content at the start, or none, it is due to be written at
    /// once.
    pub(crate) fn begin_with(&mut self, stored: &Stored) {
        self.current = Protection::default();
        stored.rooms.iter().for_each(|past| self.current.add_room(&past.stored));
        stored.people.iter().for_each(|person| self.current.add_person(person));
        if self.at_start.take().as_ref() != Some(&self.current) {
            self.write_at = Some(Instant::now());
        }
    }

    /// Applies a batch that the history has stored. If the batch changes what protects a room or a
    /// name, the file is due to be written: at once, or if the newest attempt has failed, at the
    /// time of the next attempt.
    pub(crate) fn apply(&mut self, batch: &[Record]) {
        if self.current.apply(batch) {
            self.write_at.get_or_insert_with(Instant::now);
        }
    }

    pub(crate) fn write_at(&self) -> Option<Instant> {
        self.write_at
    }

    /// Writes the file if the time `write_at` has come. If that fails, a later call tries again,
    /// after `PROTECTION_COPY_RETRY`. Blocks for the disk.
    pub(crate) fn write(&mut self, now: Instant) {
        if self.write_at.is_none_or(|at| at > now) {
            return;
        }
        match self.current.write(&self.path) {
            Ok(()) => {
                self.write_at = None;
                if std::mem::take(&mut self.fails) {
                    tracing::warn!("the access file is written again");
                }
            }
            Err(error) => {
                self.write_at = Some(now + PROTECTION_COPY_RETRY);
                if !std::mem::replace(&mut self.fails, true) {
                    tracing::warn!(%error, "cannot write the access file; trying again each second");
                }
            }
        }
    }

    /// Writes the file before the server ends, if a change waits to be written. Does not wait for
    /// the time of the next attempt. Blocks for the disk.
    pub(crate) fn write_the_rest(&mut self) {
        if let Some(at) = self.write_at {
            self.write(at);
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Protection {
    /// All rooms. The key is the epoch of the room's log.
    rooms: BTreeMap<u64, ProtectedRoom>,
    /// Names that have a secret. The key is the number of the person with the name.
    names: BTreeMap<u64, (Name, Digest)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ProtectedRoom {
    name: RoomName,
    hidden: bool,
    password: Option<Digest>,
    maker: Option<PersonId>,
}

impl Protection {
    /// Reads the file at this path. `None`: there is no such file. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read, or it is not what was written.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let parsed = Self::parse(&text).map(Some);
        parsed.ok_or_else(|| io::Error::other("its checksum is not that of its content"))
    }

    fn apply(&mut self, batch: &[Record]) -> bool {
        if batch.iter().all(|record| matches!(record, Record::Line(_))) {
            return false;
        }
        let before = self.clone();
        for record in batch {
            match record {
                Record::Room(room) => self.add_room(room),
                Record::Person(person) => self.add_person(person),
                Record::NoLog(epoch) => drop(self.rooms.remove(&epoch.0)),
                Record::NoPerson(id) | Record::RemovedPerson(id) => drop(self.names.remove(&id.0)),
                Record::Line(_) | Record::PrivateLog(_) | Record::Times(_) => {}
            }
        }
        *self != before
    }

    fn add_room(&mut self, room: &StoredRoom) {
        let StoredRoom { name, epoch, hidden, password, maker, .. } = room.clone();
        self.rooms.retain(|room_epoch, room| *room_epoch == epoch.0 || room.name != name);
        self.rooms.insert(epoch.0, ProtectedRoom { name, hidden, password, maker });
    }

    fn add_person(&mut self, person: &StoredPerson) {
        match &person.secret {
            Some(secret) => {
                self.names.insert(person.id.0, (person.name.clone(), secret.clone()));
            }
            None => drop(self.names.remove(&person.id.0)),
        }
    }

    /// Returns a record of each room. The protection copy has no topics and no reserved numbers: in
    /// the records the topics are empty, and the reservations are those of a log that has not been
    /// used.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = StoredRoom> {
        self.rooms.iter().map(|(epoch, room)| {
            let ProtectedRoom { name, hidden, password, maker } = room.clone();
            StoredRoom { hidden, password, maker, ..bare_room(name, Epoch(*epoch)) }
        })
    }

    /// Returns a record of each person whose name has a secret. The protection copy has no
    /// sessions, so each record has a token that no client has.
    pub(crate) fn people(&self) -> impl Iterator<Item = StoredPerson> {
        let person = |(id, (name, secret)): (&u64, &(Name, Digest))| {
            protected_person(PersonId(*id), name.clone(), secret.clone())
        };
        self.names.iter().map(person)
    }

    /// Returns the rooms and people of the protection copy that are not in the lists `rooms` and
    /// `people`. It returns only rooms that are hidden or have a password. A room is in the list if
    /// `rooms` has its epoch or its name. A person is in the list if `people` has the person's
    /// number, or a name that looks like the person's name.
    pub(crate) fn absent_from(
        &self,
        rooms: &[StoredRoom],
        people: &[StoredPerson],
    ) -> (Vec<StoredRoom>, Vec<StoredPerson>) {
        let is_there = |room: &StoredRoom| {
            rooms.iter().any(|stored| stored.epoch == room.epoch || stored.name == room.name)
        };
        let is_closed = |room: &StoredRoom| room.hidden || room.password.is_some();
        let absent = self.rooms().filter(|room| is_closed(room) && !is_there(room));
        let is_known = |person: &StoredPerson| {
            let has = |stored: &StoredPerson| stored.name.skeleton() == person.name.skeleton();
            people.iter().any(|stored| stored.id == person.id || has(stored))
        };
        (absent.collect(), self.people().filter(|person| !is_known(person)).collect())
    }

    /// Opens the rooms that nobody can enter, and the names that nobody can take, because damage
    /// has destroyed their password or secret. These rooms then have no password, and these names
    /// are free. A hidden room stays hidden.
    fn unseal(&mut self) {
        let is_sealed = |digest: &Digest| *digest == Digest::sealed();
        self.names.retain(|_, (_, secret)| !is_sealed(secret));
        for room in self.rooms.values_mut() {
            room.password = room.password.take().filter(|password| !is_sealed(password));
        }
    }

    /// Writes the protection copy: first the whole content under another name; then that file takes
    /// the place of the old one. Blocks for the disk.
    ///
    /// # Errors
    /// The old file is unchanged, or the new one is in its place but may not survive a power cut.
    fn write(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        let mut file = options.open(&beside)?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    fn text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        let hex = |digest: &Digest| HEXLOWER.encode(digest.bytes());
        for (epoch, room) in &self.rooms {
            let hidden = if room.hidden { "hidden" } else { "-" };
            let password = room.password.as_ref().map_or_else(|| "-".to_owned(), hex);
            let maker = room.maker.map_or(0, |maker| maker.0);
            let name = room.name.as_str();
            text += &format!("room {epoch} {hidden} {maker} {password} {name}\n");
        }
        for (id, (name, secret)) in &self.names {
            let (secret, name) = (hex(secret), name.shown());
            text += &format!("name {id} {secret} {name}\n");
        }
        let sum = sum(&text);
        text + SUM + &sum + "\n"
    }

    fn parse(text: &str) -> Option<Self> {
        let (body, given) = text.strip_suffix('\n')?.rsplit_once(SUM)?;
        if given != sum(body) {
            return None;
        }
        let mut lines = body.lines();
        lines.next().filter(|head| *head == HEAD)?;
        let mut protection = Self::default();
        for line in lines {
            match line.split_once(' ')? {
                ("room", rest) => {
                    let [epoch, hidden, maker, password, name] = words(rest)?;
                    let maker = maker.parse().ok().filter(|maker| *maker > 0).map(PersonId);
                    let password = if password == "-" { None } else { Some(digest(password)?) };
                    let (name, hidden) = (RoomName::stored(name), hidden == "hidden");
                    let room = ProtectedRoom { name, hidden, password, maker };
                    protection.rooms.insert(epoch.parse().ok()?, room);
                }
                ("name", rest) => {
                    let [id, secret, name] = words(rest)?;
                    let secret = digest(secret)?;
                    protection.names.insert(id.parse().ok()?, (Name::stored(name), secret));
                }
                _ => return None,
            }
        }
        Some(protection)
    }
}

pub(crate) fn bare_room(name: RoomName, epoch: Epoch) -> StoredRoom {
    StoredRoom {
        name,
        epoch,
        reservation: Reservation::closed(Seq(1)),
        skips: Vec::new(),
        topic: String::new(),
        pinned: Seq(0),
        rules: Box::default(),
        hidden: false,
        password: None,
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: None,
        network: None,
    }
}

/// Makes a record of a person of whom only the name and its secret are known. The person has one
/// token that no client has: the hub would forget a person without a token.
pub(crate) fn protected_person(id: PersonId, name: Name, secret: Digest) -> StoredPerson {
    StoredPerson {
        is_host: false,
        id,
        name,
        former: None,
        named_at: UnixMillis(0),
        tokens: Token::new().iter().map(TokenDigest::of).collect(),
        secret: Some(secret),
        gone_at: None,
        network: None,
    }
}

/// Splits a text into `N` words; the last one may contain spaces. `None`: it has fewer words.
fn words<const N: usize>(line: &str) -> Option<[&str; N]> {
    line.splitn(N, ' ').collect::<Vec<_>>().try_into().ok()
}

fn digest(hex: &str) -> Option<Digest> {
    Digest::stored(&HEXLOWER.decode(hex.as_bytes()).ok()?)
}

fn sum(text: &str) -> String {
    HEXLOWER.encode(&Blake2s::<U16>::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::{PROTECTION_COPY_RETRY, ProtectionCopy};

    #[test]
    fn a_write_that_fails_is_tried_again_after_a_while_and_not_at_once() {
        let folder = format!("threadbare-access-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        let mut copy = ProtectionCopy::read(folder.join("access"), false);
        let now = Instant::now();
        copy.write_at = Some(now);
        copy.write(now);
        assert_eq!(copy.write_at(), Some(now + PROTECTION_COPY_RETRY), "there is no such folder");
        fs::create_dir(&folder).unwrap();
        copy.write(now);
        assert!(!folder.join("access").exists(), "it is not due yet");
        copy.write(now + PROTECTION_COPY_RETRY);
        assert!(folder.join("access").exists());
        assert_eq!(copy.write_at(), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
