//! Tests of exports from a real history file, in each form.
//!
//! Part: `export/mod.rs`.

mod places;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use super::{ExportForm, ExportOptions, export};
use crate::chat::config::Flush;
use crate::chat::entry::{
    AuthorTag, Entry, EntryKind, Epoch, MessageId, RepliedTo, Seq, Speaker, UnixMillis,
};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{LetIn, PersonId, Record, StoredLine, StoredPerson, StoredRoom};
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::{Token, TokenDigest};
use crate::history::store::Store;
use crate::history::store::archive::EXPORT_PAGE_LINES;

/// A folder for one test. It contains a history and the exports that the test writes, and is
/// deleted when this value is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(records: &[Record]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // The folder's name has characters that have a special meaning in a `file:` URI of SQLite.
        let name = format!("threadbare-export-{}-{number} a%20?#+", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(folder.data()).unwrap();
        if !records.is_empty() {
            folder.store().write(records).unwrap();
        }
        folder
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn file(&self) -> PathBuf {
        self.data().join("threadbare.sqlite")
    }

    fn store(&self) -> Store {
        Store::open(&self.file(), Flush::EachTwoSeconds, 64 * 1024 * 1024).unwrap()
    }

    fn out(&self) -> PathBuf {
        self.0.join("out")
    }

    fn options(&self, form: ExportForm) -> ExportOptions {
        ExportOptions {
            folder: self.data(),
            rooms: Vec::new(),
            form,
            since: UnixMillis(0),
            output: Some(self.out()),
        }
    }

    fn exported(&self, options: &ExportOptions) -> String {
        export(options).unwrap();
        fs::read_to_string(self.out()).unwrap()
    }

    /// Returns the files in the folder of the history, with their sizes and their times of change.
    fn looks(&self) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
        let all = fs::read_dir(self.data()).unwrap().map(|found| {
            let found = found.unwrap();
            let data = found.metadata().unwrap();
            (found.path(), data.len(), data.modified().unwrap())
        });
        let mut all: Vec<_> = all.collect();
        all.sort();
        all
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The digest of the author's secret. It is made only once, because making a digest is slow and the
/// tests use it in thousands of lines.
static SECRET: LazyLock<Digest> = LazyLock::new(|| Digest::of_name("swordfish"));

const LOBBY: Epoch = Epoch(0xffff_0000_0000_0001);
const CELLAR: Epoch = Epoch(7);
/// 2026-11-20T18:00:00Z.
const EVENING: u64 = 1_795_197_600_000;

fn room(name: &str, epoch: Epoch) -> StoredRoom {
    StoredRoom {
        rules: Box::default(),
        name: RoomName::parse(name).unwrap(),
        epoch,
        reservation: Reservation::after(Seq(0), &Sizes::default()),
        skips: Vec::new(),
        topic: String::new(),
        pinned: Seq(0),
        hidden: false,
        password: None,
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: Some(PersonId(7)),
        network: None,
    }
}

fn line((name, epoch): (&str, Epoch), seq: u64, what: EntryKind) -> Record {
    let mark = Mark::parse("p8cwhmph");
    let by = Speaker {
        name: Name::parse("Ann <b>").unwrap(),
        classic: false,
        has_edited: false,
        whose: AuthorTag::default(),
        mark,
        addr: None,
    };
    let entry = Entry {
        reply_to: None,
        log: RoomName::parse(name).unwrap().into(),
        epoch,
        seq: Seq(seq),
        at: UnixMillis(EVENING + seq * 1000),
        by,
        id: MessageId::parse("a1"),
        what,
    };
    Record::Line(StoredLine { author: Some(PersonId(7)), entry: Arc::new(entry) })
}

fn said(seq: u64, text: &str) -> Record {
    line(("lobby", LOBBY), seq, EntryKind::Said(text.into()))
}

/// Returns a history with two rooms, and with lines of most kinds.
fn talk() -> Vec<Record> {
    let lobby = |seq, what| line(("lobby", LOBBY), seq, what);
    let locked = Some(Digest::of_room(&RoomName::parse("cellar").unwrap(), "soup"));
    vec![
        Record::Room(StoredRoom { topic: "soup & <bread>".into(), ..room("lobby", LOBBY) }),
        Record::Room(StoredRoom { hidden: true, password: locked, ..room("cellar", CELLAR) }),
        said(1, "helo"),
        lobby(2, EntryKind::Acted("waves".into())),
        said(3, "two\nlines \u{1b}[31mred\u{1b}[0m"),
        lobby(4, EntryKind::Edited { of: Seq(1), text: "hello".into() }),
        said(5, "never said"),
        lobby(6, EntryKind::Deleted { of: Seq(5) }),
        lobby(7, EntryKind::Topic("soup & <bread>".into())),
        said(8, "<script>alert('你好')</script> שלום"),
        line(("cellar", CELLAR), 1, EntryKind::Said("psst".into())),
    ]
}

#[test]
fn an_export_as_text_reads_as_it_was_said() {
    let folder = Folder::new(&talk());
    assert_eq!(
        folder.exported(&folder.options(ExportForm::Text)),
        "Times are UTC.\n\
         \n# lobby: soup & <bread>\n\n\
         2026-11-20 18:00:01 Ann <b>: hello (edited)\n\
         2026-11-20 18:00:02 * Ann <b> waves\n\
         2026-11-20 18:00:03 Ann <b>: two\n    lines red\n\
         2026-11-20 18:00:05 Ann <b>: (deleted)\n\
         2026-11-20 18:00:07 * Ann <b> set the topic: soup & <bread>\n\
         2026-11-20 18:00:08 Ann <b>: <script>alert('你好')</script> שלום\n\
         \n# cellar (hidden, with a password)\n\n\
         2026-11-20 18:00:01 Ann <b>: psst\n"
    );
}

#[test]
fn lines_that_are_lost_before_the_first_one_are_never_called_too_old_to_keep() {
    // The server was started again after line 4. Of the lines 1 to 4, only line 3 is in the
    // history.
    let reservation = Reservation::after(Seq(4), &Sizes::default());
    let lobby = StoredRoom { reservation, ..room("lobby", LOBBY) };
    let folder = Folder::new(&[Record::Room(lobby), said(3, "third"), said(5, "fifth")]);
    let because = "the disk was damaged, or too slow";
    assert_eq!(
        folder.exported(&folder.options(ExportForm::Text)),
        format!(
            "Times are UTC.\n\n# lobby\n\n(#1 to #2 are lost: {because})\n\
             2026-11-20 18:00:03 Ann <b>: third\n(#4 is lost: {because})\n\
             2026-11-20 18:00:05 Ann <b>: fifth\n"
        )
    );
    let lines = folder.exported(&folder.options(ExportForm::JsonLines));
    let told = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let told: Vec<_> = told.map(|it| (it["from"].clone(), it["to"].clone())).collect();
    assert_eq!(told[0], (1.into(), 2.into()), "{lines}");
    assert_eq!(told[2], (4.into(), 4.into()), "{lines}");
}

#[test]
fn an_export_as_json_is_what_clients_are_told() {
    let folder = Folder::new(&talk());
    let lines = folder.exported(&folder.options(ExportForm::JsonLines));
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    let expected =
        ["message", "me", "message", "edit", "delete", "delete", "topic", "message", "message"];
    assert_eq!(types, expected);
    let first = serde_json::json!({
        "type": "message", "room": "lobby", "seq": 1, "time": EVENING + 1000, "from": "Ann <b>",
        "mark": "p8cwhmph", "id": "a1", "edited": true, "text": "hello",
    });
    assert_eq!(lines[0], first);
    assert_eq!((lines[8]["room"].as_str(), lines[8]["seq"].as_u64()), (Some("cellar"), Some(1)));
}

#[test]
fn an_export_as_csv_has_a_row_for_each_line_and_no_formula() {
    let mut records = talk();
    records.push(said(9, "=HYPERLINK(\"http://evil.example\"),1"));
    records.push(said(10, "'tis"));
    let folder = Folder::new(&records);
    let written = folder.exported(&folder.options(ExportForm::Csv));
    let before = |seq: u64| format!("{seq},2026-11-20T18:00:{seq:02}.000Z,lobby,Ann <b>,p8cwhmph");
    let expected = [
        "number,time,room,name,mark,kind,text,of,reply_to".to_owned(),
        format!("{},message,hello,,", before(1)),
        format!("{},me,waves,,", before(2)),
        format!("{},message,\"two\nlines [31mred[0m\",,", before(3)),
        format!("{},edit,hello,1,", before(4)),
        format!("{},delete,,5,", before(5)),
        format!("{},delete,,5,", before(6)),
        format!("{},topic,soup & <bread>,,", before(7)),
        format!("{},message,<script>alert('你好')</script> שלום,,", before(8)),
        format!("{},message,\"'=HYPERLINK(\"\"http://evil.example\"\"),1\",,", before(9)),
        format!("{},message,''tis,,", before(10)),
        before(1).replace("lobby", "cellar") + ",message,psst,,",
    ];
    assert_eq!(written.strip_suffix("\r\n").unwrap().split("\r\n").collect::<Vec<_>>(), expected);
}

#[test]
fn an_export_says_which_message_a_line_answers() {
    let reply_to = |seq, replied_to, what| {
        let Record::Line(StoredLine { author, entry }) = line(("lobby", LOBBY), seq, what) else {
            unreachable!()
        };
        let reply_to = Some(Box::new(RepliedTo::unknown(Seq(replied_to))));
        let entry = Arc::new(Entry { reply_to, ..Entry::clone(&entry) });
        Record::Line(StoredLine { author, entry })
    };
    let folder = Folder::new(&[
        Record::Room(room("lobby", LOBBY)),
        said(1, "tea?"),
        reply_to(2, 1, EntryKind::Said("yes".into())),
        reply_to(4, 3, EntryKind::Acted("nods".into())),
    ]);
    let text = folder.exported(&folder.options(ExportForm::Text));
    assert!(text.contains(" Ann <b> (to Ann <b> #1): yes\n"), "{text}");
    assert!(text.contains(" * Ann <b> (to #3) nods\n"), "{text}");
    let json = folder.exported(&folder.options(ExportForm::JsonLines));
    let replies = json.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let replies: Vec<_> = replies.map(|line| line["reply"].as_u64()).collect();
    assert_eq!(replies, [None, Some(1), None, Some(3)], "#3 is reported as lost: {json}");
    let table = folder.exported(&folder.options(ExportForm::Csv));
    let ends: Vec<_> = table.lines().map(|row| row.rsplit(',').next().unwrap()).collect();
    assert_eq!(ends, ["reply_to", "", "1", "", "3"], "{table}");
    let lost = "3,,lobby,,,too-old,\"#3 is lost: the disk was damaged, or too slow\",3,";
    assert_eq!(table.lines().nth(3), Some(lost));
}

#[test]
fn rooms_come_in_the_order_in_which_they_are_asked_for_and_from_a_time_on() {
    let folder = Folder::new(&talk());
    let rooms = ["cellar", "lobby"].map(|name| RoomName::parse(name).unwrap());
    let since = UnixMillis(EVENING + 8000);
    let options = ExportOptions { rooms: rooms.into(), since, ..folder.options(ExportForm::Text) };
    let text = folder.exported(&options);
    let expected = "Times are UTC.\n\n# cellar (hidden, with a password)\n\n\
                    \n# lobby: soup & <bread>\n\n2026-11-20 18:00:08 Ann <b>: <script>";
    assert!(text.starts_with(expected), "{text}");
    let rooms = vec![RoomName::parse("attic").unwrap()];
    let options = ExportOptions { rooms, ..folder.options(ExportForm::Text) };
    let error = export(&options).unwrap_err().to_string();
    assert_eq!(error, "there is no room attic; there are: lobby, cellar");
}

#[test]
fn every_line_of_a_long_room_is_there_once() {
    let count = EXPORT_PAGE_LINES as u64 * 3;
    for count in [count - 1, count, count + 1] {
        let lines = (1..=count).map(|seq| said(seq, "x"));
        let room = Record::Room(room("lobby", LOBBY));
        let folder = Folder::new(&std::iter::once(room).chain(lines).collect::<Vec<_>>());
        let text = folder.exported(&folder.options(ExportForm::JsonLines));
        let numbers: Vec<_> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].clone())
            .collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
    }
}

#[test]
fn an_export_has_rooms_only_and_nothing_that_opens_one() {
    let mut records = talk();
    let token = TokenDigest::of(&Token::new().unwrap());
    records.push(Record::Person(StoredPerson {
        is_host: false,
        id: PersonId(7),
        name: Name::parse("Ann <b>").unwrap(),
        former: None,
        named_at: UnixMillis(0),
        tokens: vec![token.clone()],
        secret: Some(SECRET.clone()),
        gone_at: None,
        network: None,
    }));
    // A line whose epoch belongs to no room's log, such as a private message.
    records.push(line(("lobby", Epoch(99)), 1, EntryKind::Said("between us".into())));
    let folder = Folder::new(&records);
    let locked = Digest::of_room(&RoomName::parse("cellar").unwrap(), "soup");
    for form in [ExportForm::Text, ExportForm::Csv, ExportForm::JsonLines] {
        let whole = folder.exported(&folder.options(form));
        assert!(whole.contains("psst") && !whole.contains("between us"), "{whole}");
        for secret in [token.bytes(), locked.bytes(), SECRET.bytes()] {
            let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
            let there = whole.as_bytes().windows(secret.len()).any(|part| part == secret);
            assert!(!there && !whole.contains(&hex), "{whole}");
        }
    }
}
