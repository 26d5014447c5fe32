//! F4: the history's file is damaged, and no stranger gets access by that. A locked room stays
//! locked, a name with a secret stays its owner's, and every readable message is there.

use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::raw::get;
use crate::harness::{Data, Numbered, ServerProcess, Signal, eventually};
use crate::past::export::exported;
use crate::past::saved::saved;

/// Ann, whose name has a secret, makes a hidden room with a password and talks in both.
fn a_talk(server: &ServerProcess) {
    let mut ann = Numbered::connects(server.addr);
    let den = json!({"room": "den", "password": "sesame", "hidden": true});
    ann.asks(json!({"type": "hello", "name": "Ann#swordfish",
        "rooms": [{"room": "lobby"}, den]}));
    ann.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    for number in 0..40 {
        let room = if number % 2 == 0 { "den" } else { "lobby" };
        let text = format!("{number} {}", "x".repeat(400));
        ann.asks(json!({"type": "say", "room": room, "text": text, "id": format!("a{number}")}));
        ann.hears_until(|line| line["type"] == "sent" && line["id"] == format!("a{number}"));
    }
}

fn ends(mut server: ServerProcess) {
    server.gets_signal(Signal::TERM);
    server.ends();
}

fn nobody_comes_in(server: &ServerProcess) {
    let mut eve = Numbered::connects(server.addr);
    eve.asks(json!({"type": "hello", "name": "Ann", "rooms": [{"room": "lobby"}]}));
    let refused = eve.hears("refused");
    assert_eq!(refused["reason"], "name-taken", "{refused}");
    eve.asks(json!({"type": "join", "room": "den"}));
    let refused = eve.hears_until(|line| line["type"] == "refused");
    assert_eq!(refused["reason"], "password-needed", "{refused}");
}

fn ann_has_her_room(server: &ServerProcess, lines: usize) {
    let mut ann = Numbered::connects(server.addr);
    let den = json!({"room": "den", "password": "sesame", "epoch": "0000000000000000", "seq": 0});
    ann.asks(json!({"type": "hello", "name": "Ann#swordfish", "rooms": [den]}));
    assert_eq!(ann.hears("welcome")["name"], "Ann");
    ann.hears("caught-up");
    assert_eq!(ann.view("den").lines.len(), lines);
}

#[test]
fn f4_after_damage_a_locked_room_is_locked_and_a_name_with_a_secret_is_not_a_stranger_s() {
    // First only the file's first page is damaged; then everything but that. (Ann's secrets are in
    // a second file.)
    for (first, lines) in [(0, 20), (1, 0)] {
        let data = Data::new();
        let server = data.start(&[]);
        a_talk(&server);
        ends(server);
        let bytes = usize::try_from(std::fs::metadata(data.file()).unwrap().len()).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(data.file()).unwrap();
        let count = if first == 0 { 4096 } else { bytes - 4096 };
        file.write_all_at(&vec![0xa5; count], first * 4096).unwrap();
        let server = data.start(&[]);
        server.logs(&["ERROR", "the history is damaged; it is set aside"]);
        let told = server.logs(&["ERROR", "is taken over", &format!("lines={}", 2 * lines)]);
        // Without its first page, the file cannot show how many lines are lost.
        let lost = if first == 0 { "lost=unknown number" } else { "lost=" };
        assert!(told.contains(lost) && !told.contains("lost=0"), "{told}");
        let greeting = server.greeting.join("\n");
        assert!(greeting.contains(&format!("DAMAGED: {} lines, ", 2 * lines)), "{greeting}");
        nobody_comes_in(&server);
        ann_has_her_room(&server, lines);
        assert!(data.folder().join("damaged-1.sqlite").exists());
        ends(server);
    }
}

#[test]
fn f4_of_a_file_of_no_bytes_beside_its_log_of_changes_every_line_that_was_sent_is_there() {
    let data = Data::new();
    let mut server = data.start(&[]);
    a_talk(&server);
    server.gets_signal(Signal::KILL);
    server.ends();
    std::fs::write(data.file(), b"").unwrap();
    let server = data.start(&[]);
    server.logs(&["ERROR", "the file is empty, and its log of changes is not"]);
    nobody_comes_in(&server);
    ann_has_her_room(&server, 20);
    ends(server);
}

/// No client says anything meanwhile.
#[test]
fn f4_a_file_that_is_overwritten_under_the_server_is_told_within_a_minute_and_begun_anew() {
    let data = Data::new();
    let server = data.start(&[]);
    a_talk(&server);
    std::fs::write(data.file(), "not a history ".repeat(10_000)).unwrap();
    let began = Instant::now();
    let line = server.logs_within(Duration::from_secs(60), &["ERROR", "the history is damaged"]);
    assert!(line.contains("written over"), "{line}");
    println!("{:?}", began.elapsed());
    // A crash follows directly.
    server.logs(&["ERROR", "is taken over"]);
    let server = {
        let mut bo = Numbered::joins(server.addr, "Bo");
        bo.says("after");
        bo.hears("sent");
        data.after_a_crash(server)
    };
    nobody_comes_in(&server);
    ann_has_her_room(&server, 20);
}

#[test]
fn f4_while_the_history_is_not_kept_health_says_so_and_is_not_a_reason_to_restart() {
    let data = Data::new();
    let server = data.start(&[]);
    a_talk(&server);
    let health = || {
        let reply = get(server.addr, "/healthz");
        (reply.status, reply.text())
    };
    assert_eq!(health(), (200, "ok\n".to_owned()));
    // The folder is gone, as if its disk had failed, and something else is in its place.
    std::fs::remove_dir_all(data.folder()).unwrap();
    std::fs::write(data.folder(), "no folder").unwrap();
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("is this kept?");
    bo.hears_until(|line| line["type"] == "keeping" && line["kept"] == false);
    eventually("health to say it", || health().1 != "ok\n");
    assert_eq!(health(), (200, "what is said is not kept; see the log\n".to_owned()));
    std::fs::remove_file(data.folder()).unwrap();
    bo.hears_until(|line| line["type"] == "keeping" && line["kept"] == true);
    eventually("health to be well", || health().1 == "ok\n");
}

/// The server reports what is lost: with the write-ahead log, or with the whole history.
#[test]
fn f4_a_cut_log_of_changes_and_a_history_that_is_gone_are_told_in_a_line_each() {
    for is_cut in [true, false] {
        let data = Data::new();
        let mut server = data.start(&[]);
        a_talk(&server);
        server.gets_signal(Signal::KILL);
        server.ends();
        let changes = format!("{}-wal", data.file().display());
        if is_cut {
            let file = std::fs::OpenOptions::new().write(true).open(&changes).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        } else {
            // Only the file with the secrets and passwords is left.
            for end in ["", "-wal", "-shm"] {
                std::fs::remove_file(format!("{}{end}", data.file().display())).unwrap();
            }
        }
        let server = data.start(&[]);
        if is_cut {
            let line = server.logs(&["ERROR", "threadbare.sqlite-wal is damaged"]);
            assert!(line.contains("changes are lost") && line.contains("put back"), "{line}");
            assert!(line.contains("the newest line that is there was said at "), "{line}");
            assert!(data.folder().join("damaged-1.sqlite-wal").exists(), "what is left of it");
        } else {
            let line = server.logs(&["ERROR", "threadbare.sqlite is gone"]);
            let words = "with 2 rooms and 1 names with a secret";
            assert!(line.contains(words) && line.contains("put it back"), "{line}");
            nobody_comes_in(&server);
        }
        let told = server.log().iter().filter(|line| line.contains("ERROR")).count();
        assert_eq!(told, 1, "{:?}", server.log());
        let greeting = server.greeting.join("\n");
        assert!(greeting.contains("THE HISTORY WAS DAMAGED"), "{greeting}");
        // The server reports it only once.
        ends(server);
        let server = data.start(&[]);
        assert!(server.log().iter().all(|line| !line.contains("ERROR")), "{:?}", server.log());
    }
}

/// After a crash that lost nothing, the server reports no damage.
#[test]
fn f4_a_killed_server_whose_log_of_changes_is_whole_starts_without_a_word_of_damage() {
    let data = Data::new();
    let server = data.start(&[]);
    a_talk(&server);
    let server = data.after_a_crash(server);
    a_talk(&server);
    let server = data.after_a_crash(server);
    assert!(server.log().iter().all(|line| !line.contains("ERROR")), "{:?}", server.log());
    assert!(!server.greeting.join("\n").contains("DAMAGED"));
}

/// Numbers continue, even if the file is lost while the server runs.
#[test]
fn f4_a_file_that_is_lost_under_the_server_makes_no_hole_and_gives_no_number_twice() {
    for is_overwritten in [false, true] {
        let data = Data::new();
        let server = data.start(&[]);
        let mut bo = Numbered::joins(server.addr, "Bo");
        for number in 1..=3 {
            bo.says(&format!("before {number}"));
            bo.hears("sent");
        }
        if is_overwritten {
            std::fs::write(data.file(), "not a history ".repeat(10_000)).unwrap();
        } else {
            std::fs::remove_file(data.file()).unwrap();
        }
        let words = if is_overwritten { "the history is damaged" } else { "file was removed" };
        server.logs_within(Duration::from_secs(60), &["ERROR", words]);
        for number in 4..=6 {
            bo.says(&format!("after {number}"));
            bo.hears("sent");
        }
        assert_eq!(bo.last("lobby"), 6, "Numbering continues by one");
        // An orderly stop and a start leave no gap either.
        let addr = server.addr.to_string();
        ends(server);
        let server = data.start(&["--addr", &addr]);
        bo.comes_back();
        bo.hears("caught-up");
        bo.says("again");
        bo.hears("sent");
        let view = bo.view("lobby");
        assert!(view.gaps.is_empty(), "{:?}", view.gaps);
        assert!(view.lines.keys().copied().eq(1..=7), "{:?}", view.lines);
        let late = Numbered::joins(server.addr, "Cy");
        let late = late.view("lobby");
        assert!(late.gaps.is_empty() && late.lines.keys().copied().eq(1..=7), "{:?}", late.lines);
        // A crash after all that gives no number twice.
        let server = data.after_a_crash(server);
        bo.comes_back();
        bo.hears("caught-up");
        bo.says("at last");
        bo.hears("sent");
        assert!(bo.last("lobby") > 7, "{}", bo.last("lobby"));
        drop(server);
    }
}

/// Destroys a page of the file that has a few lines from the middle of a room.
fn loses_a_page(data: &Data) {
    let mut bytes = std::fs::read(data.file()).unwrap();
    let page_of = |number: u32| {
        let words = format!("line {number} ");
        bytes.windows(words.len()).position(|it| it == words.as_bytes()).unwrap() / 4096 * 4096
    };
    // Some lines are on pages of another type (inner nodes of the tree).
    let mut pages = (28..36).map(page_of);
    let start = pages.find(|start| *start > 0 && bytes[*start] == 10).unwrap();
    bytes[start..start + 4096].fill(0xa5);
    std::fs::write(data.file(), bytes).unwrap();
}

#[test]
fn f4_where_lines_are_lost_each_reader_is_told_which() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    for number in 1..=60 {
        ann.says(&format!("line {number} {}", "x".repeat(400)));
        ann.hears("sent");
    }
    ends(server);
    loses_a_page(&data);
    let server = data.start(&[]);
    server.logs(&["ERROR", "is taken over"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "history", "room": "lobby", "before": 45, "count": 40}));
    let history = bo.hears("history");
    let lines = history["lines"].as_array().unwrap();
    let numbers: Vec<_> = lines.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    let jump = numbers.windows(2).find(|two| two[0] + 1 < two[1]).expect("a hole");
    let (from, to) = (jump[0] + 1, jump[1] - 1);
    assert!((28..36).any(|number| (from..=to).contains(&number)), "{from} to {to}");
    assert_eq!(history["lost"], json!([{"from": from, "to": to}]));
    // The gap directly after the requested lines is reported, too; where nothing is lost, nothing
    // is reported.
    for (before, lost) in [(to + 1, json!([{"from": from, "to": to}])), (from, json!(null))] {
        bo.asks(json!({"type": "history", "room": "lobby", "before": before, "count": 5}));
        assert_eq!(bo.hears("history")["lost"], lost, "before {before}");
    }
    let words = format!("#{from} to #{to} are lost: the disk was damaged, or too slow");
    let told = json!({"type": "too-old", "room": "lobby", "from": from, "to": to}).to_string();
    let save = |form: &str| saved(server.addr, &format!("lobby/save?as={form}")).1;
    let as_line = |text: String| {
        let rows =
            text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        rows.filter(|row| row["type"] == "too-old").map(|row| row.to_string()).collect::<String>()
    };
    assert!(save("text").contains(&words), "{}", save("text"));
    assert!(exported(&data, &[]).contains(&words));
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(as_line(save("jsonl")), told.to_string());
    assert_eq!(as_line(exported(&data, &["--as", "jsonl"])), told.to_string());
    let page = get(server.addr, "/r/lobby?before=45").text();
    let words =
        format!("{} messages were lost here: the disk was damaged, or too slow.", to + 1 - from);
    assert_eq!(page.matches(&words).count(), 1, "{page}");
}

/// In everything that a reader of the lobby can ask for, the server says that lines are lost by
/// damage.
fn all_readers_are_told(server: &ServerProcess, data: &Data) {
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("after it");
    let head = bo.hears("sent")["seq"].as_u64().unwrap();
    bo.asks(json!({"type": "history", "room": "lobby", "before": head, "count": 5}));
    let history = bo.hears("history");
    assert_eq!(history["lost"][0]["to"], json!(head - 1), "{history}");
    assert_eq!(history["lost"][0]["maybe"], json!(true), "nobody knows how many: {history}");
    let words = "may have been lost here: the disk was damaged";
    let file = saved(server.addr, "lobby/save?as=text").1;
    assert!(file.contains(words), "{file}");
    assert!(!file.contains("this is everything") && !file.contains("no longer stored"), "{file}");
    assert!(file.contains("End: this is all that could be read"), "{file}");
    let file = exported(data, &[]);
    assert!(file.contains(words), "{file}");
    let lines = saved(server.addr, "lobby/save?as=jsonl").1;
    assert!(lines.contains("\"skipped\"") && lines.contains("\"damaged\":true"), "{lines}");
    assert_eq!(lines, exported(data, &["--room", "lobby", "--as", "jsonl"]));
    let page = get(server.addr, "/r/lobby").text();
    assert_eq!(page.matches("may have been lost here: the disk was damaged").count(), 1, "{page}");
}

#[test]
fn f4_after_total_damage_each_reader_is_told_that_what_was_said_is_lost() {
    for (is_gone, has_access) in [(false, true), (false, false), (true, true)] {
        let data = Data::new();
        let server = data.start(&[]);
        a_talk(&server);
        ends(server);
        if is_gone {
            std::fs::remove_file(data.file()).unwrap();
        } else {
            let bytes = std::fs::metadata(data.file()).unwrap().len();
            std::fs::write(data.file(), vec![0xa5; usize::try_from(bytes).unwrap()]).unwrap();
        }
        if !has_access {
            std::fs::remove_file(data.folder().join("access")).unwrap();
        }
        let server = data.start(&[]);
        assert!(server.greeting.join("\n").contains("DAMAGED"));
        let page = get(server.addr, "/r/lobby").text();
        assert!(!page.contains("No messages yet"), "{page}");
        assert!(page.contains("may have been lost here: the disk was damaged"), "{page}");
        let empty = saved(server.addr, "lobby/save?as=text").1;
        assert!(
            empty.contains("may have been lost here") && !empty.contains("nothing was said"),
            "{empty}"
        );
        let file = exported(&data, &["--as", "text"]);
        assert!(file.contains("may have been lost here"), "{file}");
        all_readers_are_told(&server, &data);
        // The same for the locked room, and in every later life of the server.
        if has_access {
            let file = exported(&data, &["--room", "den"]);
            assert!(file.contains("may have been lost here"), "{file}");
        }
        ends(server);
        let server = data.start(&[]);
        let file = saved(server.addr, "lobby/save").1;
        assert!(file.contains("may have been lost here"), "{file}");
    }
}

#[test]
fn f4_what_was_sent_and_is_lost_with_a_cut_log_of_changes_is_told_as_lost_by_damage() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let addr = server.addr.to_string();
    let mut ann = Numbered::joins(server.addr, "Ann");
    for number in 0..40 {
        ann.says(&format!("{number}"));
        ann.hears("sent");
    }
    server.gets_signal(Signal::KILL);
    server.ends();
    let changes = format!("{}-wal", data.file().display());
    let file = std::fs::OpenOptions::new().write(true).open(&changes).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let server = data.start(&["--addr", &addr]);
    let line = server.logs(&["ERROR", "threadbare.sqlite-wal is damaged"]);
    assert!(line.contains("nobody can know how many lines"), "{line}");
    ann.comes_back();
    let not_kept = ann.hears("not-kept");
    assert_eq!(not_kept["damaged"], json!(true), "{not_kept}");
    ann.hears("caught-up");
    let words = "may have been lost here: the disk was damaged";
    let file = saved(server.addr, "lobby/save").1;
    assert!(file.contains(words) && file.contains("End: this is all that could be read"), "{file}");
    assert!(exported(&data, &[]).contains(words));
    // After a crash that loses nothing, the report is the same as before.
    let server = data.after_a_crash(server);
    let file = saved(server.addr, "lobby/save").1;
    assert_eq!(file.matches(words).count(), 1, "{file}");
}
