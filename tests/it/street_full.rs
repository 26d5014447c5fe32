//! C4 and C5: as many guests as fit, and one more.
//!
//! What a box lacks for a row is said, and the row is not called passed.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use threadbare::limits;

use super::harness::raw::{Answer, Connection, get};
use super::harness::{BoxProcess, Group, Numbered, Person, Signal, eventually, not_run};

/// Knocks `count` times; answers who is in, and how many were told to wait.
fn knock(server: &BoxProcess, count: usize) -> (Vec<Connection>, usize) {
    let (mut inside, mut refused) = (Vec::new(), 0);
    for _ in 0..count {
        let mut guest = Connection::open(server.addr).knocks(server.addr);
        let said = guest.first_line();
        if said.contains(" 101 ") {
            inside.push(guest);
        } else {
            refused += usize::from(said.contains(" 503 "));
        }
    }
    (inside, refused)
}

#[test]
fn street_c5_a_small_control_group_is_filled_and_never_overrun() {
    let Some(group) = Group::of_memory(32 << 20) else {
        not_run("C5", "this machine lets us make no control group for memory");
        return;
    };
    let mut server = group.start(&[]);
    let bound = server.greeting.iter().any(|line| line.contains("the control group's memory"));
    assert!(bound, "{:?}", server.greeting);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let (inside, refused) = knock(&server, 400);
    assert!(inside.len() > 100 && refused > 50, "{} in, {refused} refused", inside.len());
    // Nobody of them reads: what they are told stays with us and the kernel.
    let long = "x".repeat(4000);
    for _ in 0..200 {
        ann.says(&long);
        ann.hears(&long);
    }
    for file in ["memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.failcnt"] {
        println!("{file} {:?}", std::fs::read_to_string(group.file(file)));
    }
    println!("{} in, {refused} refused, {} KB", inside.len(), server.status("VmRSS"));
    assert_eq!(get(server.addr, "/").status, 200);
    drop(inside);
    drop(ann);
    server.gets_signal(Signal::TERM);
    assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
}

#[test]
fn street_c5_forty_tasks_are_filled_and_never_overrun() {
    let Some(group) = Group::new("pids", ["pids.max", "pids.max"], "40") else {
        not_run("C5", "this machine lets us make no control group for tasks");
        return;
    };
    let server = group.start(&[]);
    assert!(server.greeting.iter().any(|line| line.contains("bound by threads")));
    let (inside, refused) = knock(&server, 60);
    assert!(inside.len() >= 5 && refused > 20, "{} in, {refused} refused", inside.len());
    assert_eq!(inside.len() + refused, 60);
    // Doors that have refused linger for a second.
    eventually("the page, beside them", || get(server.addr, "/").status == 200);
    drop(inside);
    eventually("room again", || !knock(&server, 1).0.is_empty());
}

#[test]
fn street_c5_a_limit_on_address_space_is_filled_and_never_overrun() {
    for kibibytes in [60_000, 100_000, 200_000, 400_000] {
        let limited = format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"");
        let mut server = BoxProcess::start_by(&["sh", "-c", &limited], &[], &[]);
        let line = server.greeting.iter().find(|line| line.contains("ulimit -v")).unwrap().clone();
        let fit: usize = line.split(' ').nth(3).unwrap().parse().unwrap();
        let mut ann = Numbered::connects(server.addr);
        ann.asks(json!({"type": "hello", "name": "Ann#swordfish", "rooms": [{"room": "lobby"}]}));
        ann.hears_until(|line| line["type"] == "caught-up");
        let (inside, refused) = come_at_once(&server, fit + PAST_IT);
        let (in_now, sent_away) = (inside.len(), refused.len());
        println!("{line}\n{in_now} in, {sent_away} refused, {} KB", server.memory_kib("VmSize"));
        assert!(refused.iter().all(|answer| answer.status == 503), "{line}");
        // Doors that have refused linger, so a small box may refuse some before it is full.
        assert!(in_now < fit && in_now >= fit / 2 && in_now + sent_away == fit + PAST_IT, "{line}");
        // Logs that are full, and people who do not read.
        for number in 0..200 {
            let text = format!("{number} {}", "x".repeat(4000));
            ann.asks(
                json!({"type": "say", "room": "lobby", "id": format!("{number}"), "text": text}),
            );
            ann.hears("sent");
        }
        assert_eq!(get(server.addr, "/").status, 200, "{line}");
        drop(inside);
        eventually("room again", || !knock(&server, 1).0.is_empty());
        server.gets_signal(Signal::TERM);
        assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
    }
}

/// Handshakes at once: more than come one after the other, and than the box answers.
const AT_ONCE: usize = 64;
/// Guests past the last place.
const PAST_IT: usize = 300;

/// A number in a file of the kernel's.
fn number(file: &str) -> usize {
    std::fs::read_to_string(file).unwrap().trim().parse().unwrap()
}

/// How many guests this machine's memory maps and thread numbers are enough for: two maps
/// a thread, two threads a guest; a few in a hundred and page loads are set aside. Which
/// of the two decides.
fn expected() -> (usize, &'static str) {
    let maps = number("/proc/sys/vm/max_map_count") * 96 / 100 / 2;
    let loads = std::fs::read_to_string("/proc/loadavg").unwrap();
    let taken: usize = loads.split(['/', ' ']).nth(4).unwrap().parse().unwrap();
    let numbers = number("/proc/sys/kernel/pid_max").min(number("/proc/sys/kernel/threads-max"));
    let threads = numbers.saturating_sub(taken + 200);
    let bound = if maps < threads { "memory maps" } else { "threads" };
    let page_loads = limits::DOORS_MAX.min(maps.min(threads) / 8);
    (maps.min(threads).saturating_sub(page_loads) / 2, bound)
}

/// So many guests, [`AT_ONCE`] at a time; answers who is in, and what the others were told.
fn come_at_once(server: &BoxProcess, count: usize) -> (Vec<Connection>, Vec<Answer>) {
    let coming = AtomicUsize::new(count);
    let is_left = || {
        let take = |left: usize| left.checked_sub(1);
        coming.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    };
    let come = || {
        let (mut inside, mut refused) = (Vec::new(), Vec::new());
        while is_left() {
            let mut guest = Connection::open(server.addr).knocks(server.addr);
            let answer = guest.answer();
            if answer.status == 101 { inside.push(guest) } else { refused.push(answer) }
        }
        (inside, refused)
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(come)).collect();
        let mut both = (Vec::new(), Vec::new());
        for (inside, refused) in all.into_iter().map(|one| one.join().unwrap()) {
            both.0.extend(inside);
            both.1.extend(refused);
        }
        both
    })
}

#[test]
#[ignore = "takes all the threads of a box; tests/run has it alone, for both builds"]
fn street_c4_as_many_guests_as_fit_are_held_and_the_next_gets_a_503() {
    // Each guest is a file here, too.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).unwrap();
    let (least, bound) = expected();
    let server = BoxProcess::start(&[]);
    let line = server.greeting.iter().find(|line| line.starts_with("This box holds")).unwrap();
    let fit: usize = line.split(' ').nth(3).unwrap().parse().unwrap();
    println!("{line} At least {least} were expected, bound by {bound}.");
    if fit < least {
        assert!(!line.contains("memory maps") && !line.contains("threads"), "{line}");
        not_run("C4", &format!("{least} people by its {bound}, but: {line}"));
    }
    let (mut inside, refused) = come_at_once(&server, fit + PAST_IT);
    assert_eq!((inside.len(), refused.len()), (fit, PAST_IT), "{:?}", server.log().last());
    for answer in &refused {
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("30")), "{answer:?}");
        assert!(answer.text().starts_with("Full. "), "{answer:?}");
    }
    assert_eq!(get(server.addr, "/").status, 200, "the page still opens");
    println!("{} KB, {} threads", server.status("VmRSS"), server.status("Threads"));
    inside.pop();
    eventually("room for one", || !knock(&server, 1).0.is_empty());
}
