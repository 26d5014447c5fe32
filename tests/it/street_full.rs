//! C4 and C5: as many guests as fit, and one more.
//!
//! What a box lacks for a row is said, and the row is not called passed.

use super::harness::raw::{Connection, get};
use super::harness::{BoxProcess, Group, Person, Signal, eventually, not_run};

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

/// Guests that a box of the usual settings holds.
const GUESTS: usize = 8_000;
/// What Linux sets by itself, of what a guest's two threads take.
const USUAL: [(&str, usize); 2] =
    [("/proc/sys/vm/max_map_count", 65_530), ("/proc/sys/kernel/pid_max", 32_768)];
/// With more cores the reserve for their allocator leaves memory maps to fewer guests.
const CORES: usize = 15;

/// Why fewer than [`GUESTS`] may fit: the box is set to less than is usual, or
/// its greeting names something else that it has little of.
fn holds_fewer(greeting: &str) -> Option<String> {
    for (file, usual) in USUAL {
        let is: usize = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
        if is < usual {
            return Some(format!("{file} is {is}, and {usual} is usual"));
        }
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    if cores > CORES {
        return Some(format!("{cores} cores leave fewer memory maps to guests"));
    }
    (!greeting.contains("(bound by memory maps)")).then(|| greeting.to_owned())
}

#[test]
#[ignore = "takes all the threads of a box; tests/run has it alone"]
fn street_c4_as_many_guests_as_fit_are_held_and_the_next_gets_a_503() {
    let server = BoxProcess::start(&[]);
    let line = server.greeting.iter().find(|line| line.starts_with("This box holds")).unwrap();
    let fit: usize = line.split(' ').nth(3).unwrap().parse().unwrap();
    println!("{line}");
    match holds_fewer(line) {
        Some(why) if fit < GUESTS => not_run("C4", &why),
        _ => assert!(fit >= GUESTS, "{line}"),
    }
    let mut inside = Vec::new();
    let mut refused = None;
    for _ in 0..fit + 300 {
        let mut guest = Connection::open(server.addr).knocks(server.addr);
        let answer = guest.answer();
        if answer.status == 101 {
            inside.push(guest);
        } else if refused.is_none() {
            assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("30")));
            assert_eq!(inside.len(), fit, "the first past the cap, and none before");
            refused = Some(answer.text());
        }
    }
    assert!(refused.unwrap().starts_with("Full. "));
    assert_eq!(inside.len(), fit);
    let page = get(server.addr, "/");
    assert_eq!(page.status, 200, "the page still opens");
    println!("{} KB, {} threads", server.status("VmRSS"), server.status("Threads"));
    inside.pop();
    eventually("room for one", || !knock(&server, 1).0.is_empty());
}
