//! C4 and C5: as many guests as fit, and one more.
//!
//! If the machine lacks something for a row, the test says so, and the row does not count as
//! passed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use threadbare::base::limits;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::harness::raw::{Answer, Connection, get, masked};
use crate::harness::{
    Cgroup, EmptyRoot, Numbered, Person, ServerProcess, Signal, eventually, is_of_glibc, not_run,
    program,
};

/// Opens `count` connections. Returns those that got a WebSocket, and how many got a 503.
fn knock(server: &ServerProcess, count: usize) -> (Vec<Connection>, usize) {
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
    let Some(group) = Cgroup::of_memory(32 << 20) else {
        not_run("C5", "this machine lets us make no control group for memory");
        return;
    };
    let mut server = group.start(&[]);
    let bound = server.greeting.iter().any(|line| line.contains("the control group's memory"));
    assert!(bound, "{:?}", server.greeting);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let (inside, refused) = knock(&server, 400);
    assert!(inside.len() > 100 && refused > 50, "{} in, {refused} refused", inside.len());
    // None of the guests reads: what the server sends them stays with the test and the kernel.
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
    let Some(group) = Cgroup::new("pids", ["pids.max", "pids.max"], "40") else {
        not_run("C5", "this machine lets us make no control group for tasks");
        return;
    };
    let server = group.start(&[]);
    assert!(server.greeting.iter().any(|line| line.contains("(the limit: threads)")));
    let (inside, refused) = knock(&server, 60);
    assert!(inside.len() >= 5 && refused > 20, "{} in, {refused} refused", inside.len());
    assert_eq!(inside.len() + refused, 60);
    // A door that has refused lingers for a second.
    eventually("the page, beside them", || get(server.addr, "/").status == 200);
    drop(inside);
    eventually("room again", || !knock(&server, 1).0.is_empty());
}

#[test]
fn street_c5_a_limit_on_address_space_is_filled_and_never_overrun() {
    needs!(Names);
    for kibibytes in [60_000, 100_000, 200_000, 400_000] {
        let limited = format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"");
        let mut server = ServerProcess::start_by(&["sh", "-c", &limited], &[], &[]);
        let line = server.greeting.iter().find(|line| line.contains("ulimit -v")).unwrap().clone();
        let fit: usize = line.split(' ').nth(3).unwrap().parse().unwrap();
        let mut ann = Numbered::connects(server.addr);
        ann.asks(json!({"type": "hello", "name": "Ann#swordfish", "rooms": [{"room": "lobby"}]}));
        ann.hears_until(|line| line["type"] == "caught-up");
        let (inside, refused) = come_at_once(&server, fit + PAST_IT);
        let (in_now, sent_away) = (inside.len(), refused.len());
        println!("{line}\n{in_now} in, {sent_away} refused, {} KB", server.memory_kib("VmSize"));
        assert!(refused.iter().all(|answer| answer.status == 503), "{line}");
        assert!(in_now < fit && in_now + sent_away == fit + PAST_IT, "{line}");
        // A door that has refused lingers, so a small machine may refuse some guests before it is
        // full.
        let mut inside = inside;
        eventually("the last place is taken", || {
            inside.extend(knock(&server, 1).0);
            inside.len() + 1 >= fit
        });
        // The logs are full, and the clients do not read.
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

/// How many handshakes happen at the same time: more than the server can answer at once.
const AT_ONCE: usize = 64;
/// How many guests come after the last place is taken.
const PAST_IT: usize = 300;

/// A number from a file of the kernel.
fn number(file: &str) -> usize {
    std::fs::read_to_string(file).unwrap().trim().parse().unwrap()
}

/// The number of threads of all processes.
fn threads_of_the_machine() -> usize {
    let loads = std::fs::read_to_string("/proc/loadavg").unwrap();
    loads.split(['/', ' ']).nth(4).unwrap().parse().unwrap()
}

/// How many guests the memory maps and thread numbers of this machine are enough for: two maps a
/// thread, two threads a guest. A few per cent are set aside for page loads. Also names which of
/// the two limits decides.
fn expected() -> (usize, &'static str) {
    let maps = number("/proc/sys/vm/max_map_count") * 96 / 100 / 2;
    let taken = threads_of_the_machine();
    let numbers = number("/proc/sys/kernel/pid_max").min(number("/proc/sys/kernel/threads-max"));
    let threads = numbers.saturating_sub(taken + 200);
    let bound = if maps < threads { "memory maps" } else { "threads" };
    let page_loads = limits::DOORS_MAX.min(maps.min(threads) / 8);
    (maps.min(threads).saturating_sub(page_loads) / 2, bound)
}

/// Lets so many guests come, [`AT_ONCE`] at a time. Returns those that are in, and the answers that
/// the others got.
fn come_at_once(server: &ServerProcess, count: usize) -> (Vec<Connection>, Vec<Answer>) {
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

/// The limit that the greeting names, and how many people fit.
fn places(server: &ServerProcess) -> (String, usize) {
    let line = server.greeting.iter().find(|line| line.starts_with("This machine holds")).unwrap();
    (line.clone(), line.split(' ').nth(3).unwrap().parse().unwrap())
}

/// The columns of the table, which has one row for each time that the server was filled.
const COLUMNS: &str = "| build | places | admitted | refused with 503 | told to come again | \
    lines cut | most maps | most RSS, MB | s | s to its end | exit code |";

/// The name of the tested build, from the folder that it was built into: `musl, release`.
fn build() -> String {
    let folder = program().rsplit('/').nth(1).unwrap_or_default();
    format!("{}, {folder}", if is_of_glibc() { "glibc" } else { "musl" })
}

/// Whether the answer is a refusal because the server is full, with this `Retry-After`.
fn is_full(answer: &Answer, seconds: &str) -> bool {
    let is_told_when = answer.header("Retry-After") == Some(seconds);
    answer.status == 503 && is_told_when && answer.text().starts_with("Full. ")
}

/// On a busy machine, refused guests are still at the door when others come, and those are told to
/// come again in five seconds. They come again at once, one after the other, until each is in or
/// was told that all places are taken. Returns the guests that are in, the refusals, and how often
/// a guest was told to come again.
fn comes_again(
    server: &ServerProcess,
    (mut inside, refused): (Vec<Connection>, Vec<Answer>),
) -> (Vec<Connection>, Vec<Answer>, usize) {
    let until = Instant::now() + Duration::from_secs(20);
    let (again, mut refused): (Vec<_>, Vec<_>) =
        refused.into_iter().partition(|answer| is_full(answer, "5"));
    let mut times = again.len();
    for _ in again {
        loop {
            let mut guest = Connection::open(server.addr).knocks(server.addr);
            let answer = guest.answer();
            if answer.status == 101 {
                inside.push(guest);
                break;
            }
            if !is_full(&answer, "5") || Instant::now() > until {
                refused.push(answer);
                break;
            }
            times += 1;
        }
    }
    (inside, refused, times)
}

/// Guests come as fast as they can, to the last place and beyond. All who fit are in, the others
/// get their 503, and no connection ends: each guest hears what one of them says. The program ends
/// well when it gets its signal.
fn is_filled_past_its_last_place(mut server: ServerProcess) {
    let (line, fit) = places(&server);
    let (started, threads_at_first) = (Instant::now(), threads_of_the_machine());
    let (is_over, maps_max) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut inside, refused, at_the_door) = std::thread::scope(|scope| {
        let look = scope.spawn(|| {
            // No crowd takes a minute. The bound ends this loop if a guest's thread panics.
            while !is_over.load(Ordering::Relaxed) && started.elapsed() < Duration::from_secs(60) {
                maps_max.fetch_max(server.maps(), Ordering::Relaxed);
                std::thread::park_timeout(Duration::from_millis(500));
            }
        });
        let both = come_at_once(&server, fit + PAST_IT);
        let both = comes_again(&server, both);
        is_over.store(true, Ordering::Relaxed);
        look.thread().unpark();
        both
    });
    maps_max.fetch_max(server.maps(), Ordering::Relaxed);
    let refused_rightly = refused.iter().filter(|answer| is_full(answer, "30")).count();
    let (next_in, next_refused) = knock(&server, 1);
    let page = get(server.addr, "/").status;
    let word = "is everybody still here?";
    for first in inside.iter_mut().take(1) {
        first.sends(&masked(0x81, word.as_bytes()));
    }
    let until = Instant::now() + Duration::from_secs(20);
    let told = inside.iter_mut().map(|guest| guest.is_told(word, until));
    let cut = told.filter(|told| !told).count();
    let kilobytes = server.memory_kib("VmHWM");
    let took = started.elapsed();
    let admitted = inside.len();
    // One guest leaves, and there is room for one.
    inside.pop();
    eventually("room for one", || !knock(&server, 1).0.is_empty());
    let told_to_end = Instant::now();
    server.gets_signal(Signal::TERM);
    // Each guest leaves when it has received the goodbye, like a browser.
    let goodbye = u16::from(CloseCode::Away).to_be_bytes();
    let until = Instant::now() + limits::STOP_WAIT;
    let heard = inside.into_iter().map(|mut guest| guest.is_told(goodbye, until));
    let without_goodbye = heard.filter(|heard| !heard).count();
    let end = server.ends();
    let ended = told_to_end.elapsed().as_secs_f64();
    let code = end.code().map_or_else(|| end.to_string(), |code| code.to_string());
    println!(
        "| {} | {fit} | {admitted} | {refused_rightly} | {at_the_door} | {cut} | {} | {} | {:.1} | {ended:.1} | {code} |",
        build(),
        maps_max.into_inner(),
        kilobytes / 1024,
        took.as_secs_f64(),
    );
    let odd = refused.iter().find(|answer| !is_full(answer, "30")).map(Answer::text);
    let others = threads_of_the_machine().saturating_sub(threads_at_first);
    assert_eq!(
        (admitted, refused_rightly, refused.len()),
        (fit, PAST_IT, PAST_IT),
        "{line} {odd:?}, and others have {others} threads more than at the start"
    );
    assert_eq!((next_in.len(), next_refused, page), (0, 1, 200), "the next one, and the page");
    let ended_well = (cut, without_goodbye, code.as_str());
    assert_eq!(ended_well, (0, 0, "0"), "{line} {:?}", server.log().last());
}

/// Reserves the whole machine for one test: its threads are enough for one crowd. Each guest is
/// also an open file of this process.
fn whole_server() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).unwrap();
    MACHINE.lock()
}

/// Runs `CROWD_TIMES` times (once, if that is not set), each time with a new server, and prints one
/// row for each.
#[test]
#[ignore = "takes all the threads of a machine; tests/run has it alone, for both builds"]
fn street_c4_as_many_guests_as_fit_are_held_and_the_next_gets_a_503() {
    let _alone = whole_server();
    let times = std::env::var("CROWD_TIMES").map_or(1, |times| times.parse().unwrap());
    println!("{COLUMNS}");
    for _ in 0..times {
        let (least, bound) = expected();
        let server = ServerProcess::start(&[]);
        let (line, fit) = places(&server);
        println!("{line} At least {least} were expected, bound by {bound}.");
        is_filled_past_its_last_place(server);
        if fit < least {
            assert!(!line.contains("memory maps") && !line.contains("threads"), "{line}");
            not_run("C4", &format!("{least} people by its {bound}, but: {line}"));
        }
    }
}

#[test]
#[ignore = "takes half the threads of a machine; tests/run has it alone, for both builds"]
fn street_c4_a_server_without_a_shell_holds_fewer_says_so_and_is_filled_all_the_same() {
    let _alone = whole_server();
    let Some(root) = EmptyRoot::new(true) else {
        not_run("C4", "this machine lets us start nothing in an empty root folder");
        return;
    };
    let with_shell = places(&ServerProcess::start(&[])).1;
    let server = root.start(&[]);
    let (line, fit) = places(&server);
    println!("{COLUMNS}\n{line} With a shell: {with_shell}.");
    assert!(server.greeting.iter().any(|said| said.contains("fewer people fit")));
    assert!(fit < with_shell || !line.contains("memory maps"), "{line}");
    is_filled_past_its_last_place(server);
}
