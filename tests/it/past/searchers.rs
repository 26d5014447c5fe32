//! Many clients search at once: a client that resumes is served before them, no address takes
//! another's turn, and each gets an answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::raw::{Answer, Connection, get, request};
use crate::harness::{Data, Numbered, at_most};

/// The number of lines in the lobby, and how many of them the resuming client has missed.
const LINES: u64 = 2500;
const MISSED: u64 = 2000;

/// A kilobyte of characters that are slow to compare.
fn long_text(seq: u64) -> String {
    format!("{}{seq}", "今天有面包吗我们一起去吃饭好不好明天下雨".repeat(16))
}

/// The epoch of the lobby's log, and its last number.
fn place(addr: SocketAddr) -> (Value, u64) {
    let mut ann = Numbered::connects(addr);
    ann.asks(json!({"type": "hello", "rooms": [{"room": "lobby"}]}));
    let joined = ann.hears("joined");
    (joined["epoch"].clone(), joined["seq"].as_u64().unwrap())
}

/// How long a client waits until it has all the lines that it missed.
fn comes_back(addr: SocketAddr) -> Duration {
    let (epoch, last) = place(addr);
    let mut ann = Numbered::connects(addr);
    let seen = json!({"room": "lobby", "epoch": epoch, "seq": last - MISSED});
    let started = Instant::now();
    ann.asks(json!({"type": "hello", "rooms": [seen]}));
    ann.hears("caught-up");
    started.elapsed()
}

/// The shortest of five times: the server's own speed, even if this machine has other work.
fn five_times(addr: SocketAddr) -> Duration {
    (0..5).map(|_| comes_back(addr)).min().unwrap()
}

fn asks_from(from: Ipv4Addr, addr: SocketAddr, path: &str) -> Answer {
    let mut connection = Connection::open_from(from, addr);
    connection.sends(
        format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nAccept: text/html\r\n\r\n").as_bytes(),
    );
    connection.answer()
}

/// Runs `what` while so many clients search again and again; also returns their answers.
fn beside_searchers<T>(
    addr: SocketAddr,
    count: u8,
    what: impl FnOnce() -> T,
) -> (T, Vec<(Answer, Duration)>) {
    let is_over = AtomicBool::new(false);
    let looks = |number| {
        let mut answers = Vec::new();
        while !is_over.load(Ordering::Relaxed) {
            let started = Instant::now();
            let answer = get(addr, &format!("/r/lobby?find=nothing{number}"));
            answers.push((answer, started.elapsed()));
        }
        answers
    };
    std::thread::scope(|scope| {
        let searchers: Vec<_> =
            (0..count).map(|number| scope.spawn(move || looks(number))).collect();
        let done = what();
        is_over.store(true, Ordering::Relaxed);
        (done, searchers.into_iter().flat_map(|it| it.join().unwrap()).collect())
    })
}

#[test]
fn whoever_comes_back_beside_32_searchers_is_told_at_once_what_was_missed() {
    let data = Data::new();
    let server = data.start_with_lines(LINES, long_text, &["--log-level", "warn"]);
    let addr = server.addr;
    let alone = five_times(addr);
    let (beside, answers) = beside_searchers(addr, 32, || five_times(addr));
    let slowest = answers.iter().map(|(_, took)| *took).max().unwrap();
    // A search that got no turn in time gets a refusal that says what to do.
    let (found, busy): (Vec<_>, Vec<_>) =
        answers.into_iter().map(|(answer, _)| answer).partition(|answer| answer.status == 200);
    println!(
        "{MISSED} long lines behind: {alone:?} alone, {beside:?} beside 32 searchers; of their \
         questions {} were answered and {} put off, within {slowest:?}",
        found.len(),
        busy.len(),
    );
    // Alone it takes what a test's build takes to write and read two megabytes. A client that had
    // to wait for one search would wait seconds more.
    let allowed = alone * 2 + at_most(Duration::from_millis(100));
    assert!(beside <= allowed, "{beside:?} beside searchers, {alone:?} alone");
    assert!(!found.is_empty());
    let is_clear =
        |it: &Answer| it.text().contains("There are too many searches right now. Wait 3 s");
    assert!(busy.iter().all(is_clear), "{:?}", busy.iter().map(Answer::text).next());
    assert!(slowest < threadbare::base::limits::VISIT_WAIT, "{slowest:?}");
}

/// With these flags, the limits hold for this machine's addresses, too.
const PACED: [&str; 4] = ["--rate", "2", "--burst", "5"];

const ONE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 10);

/// The first answer to this page that is not 200, and how many answers came before it.
fn until_refused(from: Ipv4Addr, addr: SocketAddr, path: &str) -> (usize, Answer) {
    let answers = (0..500).map(|_| asks_from(from, addr, path));
    let found = answers.enumerate().find(|(_, answer)| answer.status != 200);
    found.unwrap_or_else(|| panic!("{path} is never refused"))
}

#[test]
fn who_looks_too_often_gets_a_page_with_the_words_in_its_field_and_another_address_is_answered() {
    let data = Data::new();
    let server = data.start_with_lines(2000, |seq| format!("soup {seq}"), &PACED);
    let addr = server.addr;
    let path = "/r/lobby?find=hot+soup&from=Ann";
    let (before, refused) = until_refused(ONE, addr, path);
    assert!((20..30).contains(&before), "{before}");
    let page = refused.text();
    assert_eq!(refused.status, 429, "{page}");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(page.contains("There are too many searches right now. Wait 1 s"), "{page}");
    assert!(page.contains(r#"name="find" size="16" value="hot soup""#), "{page}");
    assert!(page.contains(r#"name="from" size="10" value="Ann""#), "{page}");
    assert!(!page.contains("Found"), "nobody has looked: {page}");
    assert_eq!(asks_from(OTHER, addr, path).status, 200);
    assert_eq!(asks_from(ONE, addr, "/r/lobby").status, 200, "the room itself is no search");
    // Saving a whole room counts as a search; older pages have a limit of their own.
    // On a busy machine there may be time for one more meanwhile.
    let (before, save) = until_refused(ONE, addr, "/r/lobby/save");
    assert!(before <= 2, "{before}");
    assert_eq!((save.status, save.header("retry-after")), (429, Some("1")), "{save:?}");
    assert_eq!(save.header("content-disposition"), None);
    let (before, refused) = until_refused(ONE, addr, "/r/lobby?before=500");
    assert!((100..450).contains(&before) && refused.status == 429, "{before}, {refused:?}");
    assert!(!refused.text().contains("soup"), "{refused:?}");
}

#[test]
fn a_program_that_looks_too_often_is_told_how_long_to_wait() {
    let data = Data::new();
    let server = data.start_with_lines(2000, |seq| format!("soup {seq}"), &PACED);
    let posts = |session: &str, what: &Value| {
        let (body, head) = (what.to_string(), format!("Host: {}\r\n{session}", server.addr));
        let head =
            format!("{head}Content-Type: application/json\r\nContent-Length: {}", body.len());
        request(server.addr, &format!("POST /r/lobby HTTP/1.1\r\n{head}\r\n\r\n{body}"))
    };
    let told = |answer: &Answer| serde_json::from_slice::<Vec<Value>>(&answer.body).unwrap();
    let welcome = told(&posts("", &json!({"type": "hello", "name": "Bot"}))).swap_remove(0);
    let session = format!("Authorization: Bearer {}\r\n", welcome["token"].as_str().unwrap());
    let search = json!({"type": "search", "room": "lobby", "text": "tea"});
    let mut answers = (0..100).map(|_| posts(&session, &search));
    let refused = answers.find(|answer| answer.status != 200).unwrap();
    let last = told(&refused).pop().unwrap();
    assert_eq!(
        (refused.status, &last["reason"], &last["room"]),
        (429, &json!("too-fast"), &json!("lobby"))
    );
    assert!((1..=500).contains(&last["wait"].as_u64().unwrap()), "{last}");
    assert_eq!(refused.header("retry-after"), Some("1"));
}
