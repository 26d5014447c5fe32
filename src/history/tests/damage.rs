//! F4 (`docs/ROWS.md`): after damage to the history, rooms with a password and names with a secret
//! are still closed, and everything that can be read is there again.
//!
//! Part: `history/tests/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::super::{HistoryReport, HistoryTask, HistoryThread, Past, start};
use super::life::{end, keep};
use super::{Folder, luck};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, MessageId, Seq, Speaker, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::Reservation;
use crate::chat::record::LetIn;
use crate::chat::record::{
    LineRange, PersonId, Query, Record, StoredLine, StoredPerson, StoredRoom,
};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::chat::token::{Token, TokenDigest};

const ROOMS: u64 = 60;
const PEOPLE: u64 = 90;
const LINES: u64 = 1500;
const PAGE: usize = 4096;

/// Every third room is locked, and every second name has a secret.
fn is_closed(number: u64, each: u64) -> bool {
    number.is_multiple_of(each)
}

fn digest(number: u64) -> Digest {
    let word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    Digest::stored(&word.repeat(4)).unwrap()
}

fn epoch(number: u64) -> Epoch {
    Epoch(0xabcd_0000_0000_0000 + number)
}

fn room(number: u64) -> StoredRoom {
    let name = if number == 0 { "lobby".to_owned() } else { format!("room-{number}") };
    let closed = number > 0 && is_closed(number, 3);
    StoredRoom {
        name: RoomName::parse(&name).unwrap(),
        epoch: epoch(number),
        reservation: Reservation::closed(Seq(1 << 20)),
        skips: Vec::new(),
        topic: format!("topic of {number}, {}", "y".repeat(100)),
        pinned: Seq(0),
        rules: Box::default(),
        hidden: closed,
        password: closed.then(|| digest(number)),
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: (number > 0).then_some(PersonId(number)),
        network: None,
    }
}

fn person(number: u64) -> StoredPerson {
    StoredPerson {
        is_host: false,
        id: PersonId(number),
        name: Name::parse(&format!("Person{number}")).unwrap(),
        former: None,
        named_at: UnixMillis(5),
        tokens: vec![TokenDigest::of(&Token::new().unwrap()); 3],
        secret: is_closed(number, 2).then(|| digest(number)),
        gone_at: Some(UnixMillis(7)),
        network: None,
    }
}

fn text(seq: u64) -> String {
    // Some lines are longer than a page.
    let long = if seq.is_multiple_of(100) { 6000 } else { 90 };
    format!("line <{seq}> {}", "x".repeat(long))
}

fn line(seq: u64, what: EntryKind) -> Record {
    let author = person(seq % PEOPLE + 1);
    let mark = author.secret.map(|secret| secret.mark(7, author.name.skeleton()));
    let person = Some(author.id);
    let whose = AuthorTag::of(person);
    let by =
        Speaker { name: author.name, classic: false, has_edited: false, whose, mark, addr: None };
    let of_room = room(seq % 3);
    let entry = Entry {
        reply_to: None,
        log: of_room.name.into(),
        epoch: of_room.epoch,
        seq: Seq(seq / 3 + 1),
        at: UnixMillis(seq),
        by,
        id: MessageId::parse(&format!("id-{seq}")),
        what,
    };
    Record::Line(StoredLine { author: person, entry: Arc::new(entry) })
}

/// Fills a history as a hub does. Rooms 0 to 2 have lines. One of the lines was deleted.
fn is_filled(folder: &Folder) {
    let (past, thread) = start(folder.config()).unwrap();
    let people = (1..=PEOPLE).map(person).map(Record::Person);
    let rooms = (0..ROOMS).map(room).map(Record::Room);
    assert_eq!(keep(&past, people.chain(rooms).collect()), (false, Ok(())));
    for first in (0..LINES).step_by(50) {
        let lines = (first..first + 50).map(|seq| line(seq, EntryKind::Said(text(seq))));
        assert_eq!(keep(&past, lines.collect()), (false, Ok(())));
    }
    let deletion = line(LINES, EntryKind::Deleted { of: Seq(5) });
    assert_eq!(keep(&past, vec![deletion]), (false, Ok(())));
    end(past, thread);
}

pub(super) fn lines_of(past: &Past, epoch: Epoch) -> Vec<Arc<Entry>> {
    let (mut lines, mut first, mut tries) = (Vec::new(), Seq(1), 0);
    loop {
        past.history.give(HistoryTask::Find(Query {
            epoch,
            span: LineRange::From(first),
            count: 100,
        }));
        match past.reports.recv_timeout(Duration::from_secs(20)).unwrap() {
            HistoryReport::Found(Ok(found)) => {
                let Some(last) = found.lines.last() else { return lines };
                first = last.seq.next();
                lines.extend(found.lines);
            }
            // The damage was noticed only by this query, and a new file has begun.
            HistoryReport::Found(Err(error)) => {
                tries += 1;
                assert!(tries < 3, "{error}");
                assert!(matches!(past.reports.recv(), Ok(HistoryReport::FileIsLost)), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What a server begins with: for each room and name, whether it is closed with a password or a
/// secret.
struct Begun {
    rooms: BTreeMap<String, bool>,
    names: BTreeMap<String, bool>,
    /// The numbers in the texts of all lines.
    texts: Vec<u64>,
}

fn begins(folder: &Folder, which: &str) -> Begun {
    let (past, thread): (_, HistoryThread) =
        start(folder.config()).unwrap_or_else(|error| panic!("{which}: {error:?}"));
    let mut texts = Vec::new();
    let (mut rooms, mut names) = (BTreeMap::new(), BTreeMap::new());
    for past_room in &past.stored.rooms {
        let stored = &past_room.stored;
        rooms.insert(stored.name.as_str().to_owned(), stored.password.is_some());
        for line in lines_of(&past, stored.epoch) {
            assert!(line.seq <= past_room.head, "{which}: {} comes again", line.seq.0);
            let EntryKind::Said(text) = &line.what else { continue };
            let number: Option<u64> =
                text.split(['<', '>']).nth(1).and_then(|number| number.parse().ok());
            texts.extend(number);
        }
    }
    for person in &past.stored.people {
        names.insert(person.name.shown().to_owned(), person.secret.is_some());
    }
    end(past, thread);
    texts.sort_unstable();
    texts.dedup();
    Begun { rooms, names, texts }
}

/// All texts in the bytes, whether or not SQLite would find them.
fn readable(bytes: &[u8]) -> Vec<u64> {
    let mark = b"line <";
    let places = bytes.windows(mark.len()).enumerate().filter(|(_, it)| it == mark);
    let number = |place: usize| {
        let rest = bytes.get(place + mark.len()..)?.split(|byte| *byte == b'>').next()?;
        std::str::from_utf8(rest).ok()?.parse().ok()
    };
    let mut found: Vec<u64> = places.filter_map(|(place, _)| number(place)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Begins with this damaged file, and checks that what is closed stays closed. Returns how many
/// lines of the file are readable, and how many of them are there.
fn rescued(folder: &Folder, bytes: &[u8], round: usize, seed: u64) -> (usize, usize) {
    let own = Folder::new();
    for entry in std::fs::read_dir(&folder.0).unwrap().flatten() {
        std::fs::copy(entry.path(), own.0.join(entry.file_name())).unwrap();
    }
    std::fs::write(own.file(), bytes).unwrap();
    let which = format!("seed {seed}, {round}");
    let begun = begins(&own, &which);
    for number in 1..ROOMS {
        let name = room(number).name.as_str().to_owned();
        let is_open = begun.rooms.get(&name) != Some(&true);
        assert!(!is_open || !is_closed(number, 3), "{which}: anybody comes into {name}");
    }
    for number in 1..=PEOPLE {
        let name = person(number).name.shown().to_owned();
        let is_free = begun.names.get(&name) != Some(&true);
        assert!(!is_free || !is_closed(number, 2), "{which}: anybody is {name}");
    }
    let readable = readable(bytes);
    let there = readable.iter().filter(|line| begun.texts.contains(line)).count();
    (readable.len(), there)
}

fn spoiled(whole: &[u8], round: usize, next: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    match round % 5 {
        0 => (0..100).for_each(|_| bytes[next(whole.len())] = 0xa5),
        1 => bytes.truncate(next(whole.len())),
        2 => bytes[..PAGE].fill(u8::try_from(round % 256).unwrap()),
        3 => {
            // Some pages directly one after another: a memory card loses pages like that.
            let first = next(whole.len() / PAGE) * PAGE;
            let last = (first + (1 + next(12)) * PAGE).min(whole.len());
            bytes[first..last].fill(0);
        }
        _ => {
            for _ in 0..=next(6) {
                let first = next(whole.len() / PAGE) * PAGE;
                (first..first + PAGE).for_each(|place| bytes[place] ^= 0x5a);
            }
        }
    }
    bytes
}

#[test]
fn f4_of_two_hundred_damaged_files_no_lock_opens_and_what_can_be_read_is_there() {
    let (seed, mut next) = luck();
    let folder = Folder::new();
    is_filled(&folder);
    let whole = std::fs::read(folder.file()).unwrap();
    // Four threads share the rounds, because the test would be the slowest of all.
    let files = Mutex::new((0..200).map(|round| (round, spoiled(&whole, round, &mut next))));
    let rounds = || {
        let rounds = std::iter::from_fn(|| files.lock().next());
        rounds.map(|(round, bytes)| rescued(&folder, &bytes, round, seed)).collect::<Vec<_>>()
    };
    let all: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(rounds)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(all.len(), 200);
    let (could, is_there) = all.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let share = is_there as f64 / could as f64;
    assert!(share >= 0.97, "seed {seed}: {share}");
}

#[test]
fn f4_what_was_deleted_does_not_come_back_with_what_is_rescued() {
    let folder = Folder::new();
    is_filled(&folder);
    let mut bytes = std::fs::read(folder.file()).unwrap();
    bytes[..PAGE].fill(0);
    std::fs::write(folder.file(), &bytes).unwrap();
    let begun = begins(&folder, "no head");
    // The fifth line of room 0 is number 12. It was deleted.
    let all: Vec<_> = (0..LINES).filter(|number| *number != 12).collect();
    assert!(begun.texts == all, "{} lines of {}", begun.texts.len(), all.len());
}

/// The key of the hashes of IP addresses survives damage to any page but its own. With a new key,
/// the server would forget which rooms, names and unread messages come from one IP address, and
/// clients of that IP address could begin a new flood.
#[test]
fn f4_an_address_is_the_same_one_after_damage_unless_the_key_itself_is_gone() {
    let folder = Folder::new();
    is_filled(&folder);
    let key_of = |folder: &Folder| {
        let (past, thread) = start(folder.config()).unwrap();
        let key = past.server_key;
        end(past, thread);
        key
    };
    let key = key_of(&folder);
    assert_eq!(key_of(&folder), key, "without damage");
    let whole = std::fs::read(folder.file()).unwrap();
    let has = |page: &[u8], words: &[u8]| page.windows(words.len()).any(|it| it == words);
    let bytes = key.to_le_bytes();
    let spoils = |page: &[u8], number: usize, which: &str| match which {
        // The page with SQLite's own list of tables. Without the list, nothing says in which table
        // the key of these hashes is.
        "head" => number == 0,
        "people" => number > 0 && has(page, b"Person"),
        _ => has(page, &bytes),
    };
    for which in ["head", "people", "key"] {
        let mut spoiled = whole.clone();
        let pages = spoiled.chunks_mut(PAGE).enumerate();
        let pages = pages.filter(|(number, page)| spoils(page, *number, which));
        let count = pages.map(|(_, page)| page.fill(0xa5)).count();
        assert!(count > 0, "{which}");
        let own = Folder::new();
        std::fs::write(own.file(), &spoiled).unwrap();
        assert_eq!(key_of(&own) == key, which != "key", "{which}");
    }
}

/// The history's file and the access file are both broken. A room or person of which only the name
/// is known stays closed until the operator opens it.
#[test]
fn f4_what_is_known_by_its_name_only_stays_closed_until_the_host_opens_it() {
    let folder = Folder::new();
    is_filled(&folder);
    std::fs::remove_file(folder.0.join("access")).unwrap();
    let mut bytes = std::fs::read(folder.file()).unwrap();
    // Destroy all pages with rows of a room or a person, but keep SQLite's list of tables.
    let tables: [&[u8]; 2] = [b"topic of ", b"Person"];
    let mut gone = 0;
    for page in bytes.chunks_mut(PAGE).skip(1) {
        if page[0] == 13 && tables.iter().any(|it| page.windows(it.len()).any(|at| at == *it)) {
            page.fill(0);
            gone += 1;
        }
    }
    assert!(gone >= 3, "{gone}");
    std::fs::write(folder.file(), &bytes).unwrap();
    let begun = begins(&folder, "both");
    assert_eq!(begun.rooms.len(), usize::try_from(ROOMS).unwrap());
    let open: Vec<_> = begun.rooms.iter().filter(|(_, closed)| !**closed).collect();
    assert_eq!(open, [(&"lobby".to_owned(), &false)]);
    let closed = |begun: &Begun| begun.names.values().filter(|closed| **closed).count();
    assert!(closed(&begun) >= 45, "{:?}", begun.names);
    assert!(begun.texts.len() > 1400, "{}", begun.texts.len());
    let again = begins(&folder, "again");
    assert!(again.rooms.values().filter(|closed| !**closed).count() == 1 && closed(&again) >= 45);
    let config = crate::chat::config::HistoryConfig { unseals: true, ..folder.config() };
    let (past, thread) = start(config).unwrap();
    assert!(past.stored.rooms.iter().all(|room| room.stored.password.is_none()));
    assert!(past.stored.people.iter().all(|person| person.secret.is_none()));
    end(past, thread);
    assert!(begins(&folder, "later").rooms.values().all(|closed| !closed));
}

/// SQLite finds nothing wrong with a page that says it has fewer rows.
#[test]
fn f4_a_locked_room_that_is_missing_without_a_word_is_closed_again() {
    let folder = Folder::new();
    is_filled(&folder);
    let raw = rusqlite::Connection::open(folder.file()).unwrap();
    let sql = "DELETE FROM rooms WHERE password IS NOT NULL;
               DELETE FROM people WHERE secret IS NOT NULL";
    raw.execute_batch(sql).unwrap();
    drop(raw);
    let begun = begins(&folder, "missing");
    assert!(
        (1..ROOMS)
            .filter(|number| is_closed(*number, 3))
            .all(|number| { begun.rooms.get(room(number).name.as_str()) == Some(&true) })
    );
    assert!(
        (1..=PEOPLE)
            .filter(|number| is_closed(*number, 2))
            .all(|number| { begun.names.get(person(number).name.shown()) == Some(&true) })
    );
}

#[test]
fn f4_a_file_of_no_bytes_beside_its_log_of_changes_is_damage_and_its_lines_are_there() {
    for is_removed in [false, true] {
        let folder = Folder::new();
        let mut left = None;
        {
            let (past, thread) = start(folder.config()).unwrap();
            let records = [Record::Person(person(2)), Record::Room(room(0)), Record::Room(room(3))];
            let lines = (0..900).filter(|seq| seq % 3 == 0);
            let lines = lines.map(|seq| line(seq, EntryKind::Said(text(seq))));
            assert_eq!(keep(&past, records.into_iter().chain(lines).collect()), (false, Ok(())));
            // The write-ahead log as a killed server leaves it.
            let wal = format!("{}-wal", folder.file().display());
            left.replace(std::fs::read(&wal).unwrap());
            end(past, thread);
            std::fs::write(wal, left.take().unwrap()).unwrap();
        }
        if is_removed {
            std::fs::remove_file(folder.file()).unwrap();
        } else {
            std::fs::write(folder.file(), b"").unwrap();
        }
        let begun = begins(&folder, "emptied");
        assert_eq!(begun.texts.len(), 300, "lines that were called sent");
        assert_eq!(begun.rooms.get("room-3"), Some(&true));
        assert!(folder.0.join("damaged-1.sqlite-wal").exists());
    }
}

/// Damages the file of a running server.
fn befalls(folder: &Folder, which: usize) {
    use std::os::unix::fs::FileExt;
    let file = || std::fs::OpenOptions::new().write(true).open(folder.file()).unwrap();
    let bytes = std::fs::metadata(folder.file()).unwrap().len();
    let bytes = usize::try_from(bytes).unwrap();
    match which {
        0 => file().write_all_at(&vec![0xa5; bytes], 0).unwrap(),
        1 => file().set_len(0).unwrap(),
        2 => file().set_len(4096).unwrap(),
        // The first page of the file, with its head, is not damaged.
        3 => file().write_all_at(&vec![0; bytes - PAGE], 4096).unwrap(),
        4 => std::fs::remove_file(folder.file()).unwrap(),
        _ => {
            let other = folder.0.join("other");
            std::fs::write(&other, "not a history").unwrap();
            std::fs::rename(other, folder.file()).unwrap();
        }
    }
}

/// After the damage no batch is sent to the history.
#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn f4_a_file_that_is_spoiled_under_us_is_noticed_within_a_minute_though_nobody_speaks() {
    let notice = |which: usize| {
        let folder = Folder::new();
        is_filled(&folder);
        let (past, thread) = start(folder.config()).unwrap();
        befalls(&folder, which);
        let began = std::time::Instant::now();
        let told = past.reports.recv_timeout(Duration::from_secs(60));
        assert!(matches!(told, Ok(HistoryReport::FileIsLost)), "{which}: {told:?}");
        let took = began.elapsed();
        // The hub's next batch is answered with `FileIsNew`, so that the hub sends everything.
        let record = || vec![Record::Room(room(0)), line(9000, EntryKind::Said(text(9000)))];
        assert_eq!(keep(&past, record()), (true, Ok(())), "{which}");
        end(past, thread);
        let begun = begins(&folder, "after it");
        assert!(begun.texts.contains(&9000), "{which}");
        (took.as_secs(), folder.0.join("damaged-1.sqlite").exists(), begun.texts.len())
    };
    let all: Vec<_> = std::thread::scope(|scope| {
        let looks: Vec<_> = (0..6).map(|which| scope.spawn(move || notice(which))).collect();
        looks.into_iter().map(|look| look.join().unwrap()).collect()
    });
    println!("seconds, whether it is set aside, lines in the new one: {all:?}");
    assert!((0..4).all(|which| all[which].1), "{all:?}");
}

/// A healthy file must never be treated as a damaged one, even while it is written, vacuumed and
/// read by other programs.
#[test]
fn a_file_that_is_written_and_vacuumed_is_never_taken_for_a_spoiled_one() {
    use super::super::integrity::FileWatch;
    use super::super::integrity::page_check::{are_branches_intact, are_trees_intact};
    use super::super::sqlite_file::DatabasePages;
    let folder = Folder::new();
    let mut store = folder.open();
    let mut watch =
        FileWatch::new(&super::super::folder::HistoryFolder::take(&folder.0).unwrap()).unwrap();
    let (seed, mut next) = luck();
    for round in 0..200 {
        let first = 1 + 100 * u64::try_from(round).unwrap();
        let words = "x".repeat(next(3000));
        let lines = (first..first + 20).map(|seq| super::said(seq, &words));
        store
            .write(&std::iter::once(Record::Room(super::lobby())).chain(lines).collect::<Vec<_>>())
            .unwrap();
        match next(4) {
            0 => store.write(&[Record::NoLog(super::EPOCH)]).unwrap(),
            1 => drop(store.shrink().unwrap()),
            2 => assert!(store.checkpoint().is_ok()),
            _ => {
                let last = first + next(19) as u64;
                let takes_back = |what| super::line(first + 20, what);
                let text = "y".repeat(next(5000));
                let edit = EntryKind::Edited { of: Seq(last), text };
                store.write(&[takes_back(edit)]).unwrap();
                store
                    .write(&[super::line(first + 21, EntryKind::Deleted { of: Seq(first) })])
                    .unwrap();
            }
        }
        // Check the whole file, as a start does.
        let mut pages = DatabasePages::open(&folder.file()).unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        assert!(
            are_branches_intact(&mut pages) && are_trees_intact(&mut pages, until),
            "seed {seed}, {round}"
        );
        // Check all pages, each twice.
        for _ in 0..20 {
            watch.make_due();
            let checked = watch.check(Instant::now());
            assert!(checked.is_ok(), "seed {seed}, {round}: {checked:?}");
        }
    }
}
