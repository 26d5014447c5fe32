//! The access file: a second, small copy of what protects rooms and names. It has all rooms, with
//! the digests of their passwords, and the names that have a secret. It survives damage of the
//! history. Without it, a stranger could, after damage, create a locked room again or take another
//! person's name.
//!
//! Owns: that file. It is written whole or not at all, and a checksum shows whether it is what was
//! written.
//! Must not know: lines, SQLite.
//!
//! Part: `history/mod.rs`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use blake2::digest::consts::U16;
use blake2::{Blake2s, Digest as _};

use super::salvage::access::a_token;
use crate::chat::entry::{Epoch, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::Reservation;
use crate::chat::record::{PersonId, Record, StoredPerson, StoredRoom};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

const HEAD: &str = "threadbare access 1";
const SUM: &str = "sum ";

/// The content of the access file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    /// All rooms. The key is the epoch of the room's log.
    rooms: BTreeMap<u64, AccessLine>,
    /// Names that have a secret. The key is the number of the person with the name.
    names: BTreeMap<u64, (Name, Digest)>,
}

/// What decides who may enter a room.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AccessLine {
    name: RoomName,
    hidden: bool,
    password: Option<Digest>,
    maker: Option<PersonId>,
}

/// The result of reading the access file, which is a second copy of who may enter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AccessFileRead {
    Whole(Access),
    /// There is no access file: no server has written one, or somebody has removed it.
    Missing,
    /// The access file is there, but it cannot be read or its checksum is wrong. The text says why.
    Spoiled(String),
}

impl AccessFileRead {
    /// Reads the access file at this path. Blocks for the disk.
    pub(super) fn read(path: &Path) -> Self {
        match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::Missing,
            Err(error) => Self::Spoiled(error.to_string()),
            Ok(bytes) => String::from_utf8(bytes)
                .ok()
                .and_then(|text| Access::parse(&text))
                .map_or_else(|| Self::Spoiled("its sum is another".into()), Self::Whole),
        }
    }
}

impl Access {
    pub(super) fn of(rooms: &[StoredRoom], people: &[StoredPerson]) -> Self {
        let mut access = Self::default();
        rooms.iter().for_each(|room| access.learn_room(room));
        people.iter().for_each(|person| access.learn_person(person));
        access
    }

    /// Applies to this content a batch that the history has stored. Returns whether anything
    /// changed.
    pub(super) fn learn(&mut self, batch: &[Record]) -> bool {
        let is_about_it = |record: &&Record| !matches!(record, Record::Line(_));
        if !batch.iter().any(|record| is_about_it(&record)) {
            return false;
        }
        let before = self.clone();
        for record in batch {
            match record {
                Record::Room(room) => self.learn_room(room),
                Record::Person(person) => self.learn_person(person),
                Record::NoLog(epoch) => drop(self.rooms.remove(&epoch.0)),
                Record::NoPerson(id) => drop(self.names.remove(&id.0)),
                Record::Line(_) | Record::PrivateLog(_) => {}
            }
        }
        *self != before
    }

    fn learn_room(&mut self, room: &StoredRoom) {
        let StoredRoom { name, epoch, hidden, password, maker, .. } = room.clone();
        self.rooms.retain(|its, line| *its == epoch.0 || line.name != name);
        self.rooms.insert(epoch.0, AccessLine { name, hidden, password, maker });
    }

    fn learn_person(&mut self, person: &StoredPerson) {
        match &person.secret {
            Some(secret) => {
                self.names.insert(person.id.0, (person.name.clone(), secret.clone()));
            }
            None => drop(self.names.remove(&person.id.0)),
        }
    }

    /// Returns the rooms of the access file. Their topics are empty, and it is unknown which line
    /// numbers they have used, because the file has neither.
    pub(super) fn rooms(&self) -> impl Iterator<Item = StoredRoom> {
        self.rooms.iter().map(|(epoch, line)| {
            let AccessLine { name, hidden, password, maker } = line.clone();
            let (epoch, topic, skips) = (Epoch(*epoch), String::new(), Vec::new());
            let (reservation, address) = (Reservation::closed(Seq(1)), None);
            StoredRoom { name, epoch, reservation, skips, topic, hidden, password, maker, address }
        })
    }

    /// Returns the people whose names have a secret. Each has a token that no client has, because
    /// their sessions are not in the file.
    pub(super) fn people(&self) -> impl Iterator<Item = StoredPerson> {
        self.names.iter().map(|(id, (name, secret))| StoredPerson {
            id: PersonId(*id),
            name: name.clone(),
            named_at: UnixMillis(0),
            tokens: a_token(),
            secret: Some(secret.clone()),
            gone_at: None,
            address: None,
        })
    }

    /// Returns the rooms and people of the access file that are not in the lists `rooms` and
    /// `people`. It returns only rooms that are hidden or have a password. A room counts as listed
    /// if `rooms` has its epoch or its name; a person, if `people` has the same number or a name
    /// that looks alike.
    pub(super) fn absent_from(
        &self,
        rooms: &[StoredRoom],
        people: &[StoredPerson],
    ) -> (Vec<StoredRoom>, Vec<StoredPerson>) {
        let is_there = |room: &StoredRoom| {
            rooms.iter().any(|its| its.epoch == room.epoch || its.name == room.name)
        };
        let is_closed = |room: &StoredRoom| room.hidden || room.password.is_some();
        let absent = self.rooms().filter(|room| is_closed(room) && !is_there(room));
        let is_known = |person: &StoredPerson| {
            let has = |its: &StoredPerson| its.name.skeleton() == person.name.skeleton();
            people.iter().any(|its| its.id == person.id || has(its))
        };
        (absent.collect(), self.people().filter(|person| !is_known(person)).collect())
    }

    /// Opens the rooms that nobody can enter, and the names that nobody can take, because damage
    /// has destroyed their password or secret. Such a room then has no password, and such a name is
    /// free. A hidden room stays hidden.
    pub(super) fn unseal(&mut self) {
        let is_sealed = |digest: &Digest| *digest == Digest::sealed();
        self.names.retain(|_, (_, secret)| !is_sealed(secret));
        for line in self.rooms.values_mut() {
            line.password = line.password.take().filter(|password| !is_sealed(password));
        }
    }

    /// Writes the access file: first the whole content under another name; then that file takes the
    /// place of the old one. Blocks for the disk.
    ///
    /// # Errors
    /// The old file is unchanged, or the new one is in its place but may not survive a power cut.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
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
        let hex =
            |digest: &Digest| digest.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        for (epoch, line) in &self.rooms {
            let hidden = if line.hidden { "hidden" } else { "-" };
            let password = line.password.as_ref().map_or_else(|| "-".to_owned(), hex);
            let maker = line.maker.map_or(0, |maker| maker.0);
            let name = line.name.as_str();
            text += &format!("room {epoch} {hidden} {maker} {password} {name}\n");
        }
        for (id, (name, secret)) in &self.names {
            let (secret, name): (String, _) = (hex(secret), name.shown());
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
        let mut access = Self::default();
        for line in lines {
            match line.split_once(' ')? {
                ("room", rest) => {
                    let [epoch, hidden, maker, password, name] = words(rest)?;
                    let maker = maker.parse().ok().filter(|maker| *maker > 0).map(PersonId);
                    let password = if password == "-" { None } else { Some(digest(password)?) };
                    let (name, hidden) = (RoomName::stored(name), hidden == "hidden");
                    let line = AccessLine { name, hidden, password, maker };
                    access.rooms.insert(epoch.parse().ok()?, line);
                }
                ("name", rest) => {
                    let [id, secret, name] = words(rest)?;
                    let secret = digest(secret)?;
                    access.names.insert(id.parse().ok()?, (Name::stored(name), secret));
                }
                _ => return None,
            }
        }
        Some(access)
    }
}

/// Splits a text into `N` words; the last one may contain spaces. `None`: it has fewer words.
fn words<const N: usize>(line: &str) -> Option<[&str; N]> {
    line.splitn(N, ' ').collect::<Vec<_>>().try_into().ok()
}

fn digest(hex: &str) -> Option<Digest> {
    let byte = |place: usize| u8::from_str_radix(hex.get(place..place + 2)?, 16).ok();
    let bytes: Option<Vec<_>> = (0..hex.len()).step_by(2).map(byte).collect();
    Digest::stored(&bytes?)
}

fn sum(text: &str) -> String {
    let sum = Blake2s::<U16>::digest(text.as_bytes());
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}
