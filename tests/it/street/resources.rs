//! C1 to C3, C8 and C9: no files, no threads, errors of `accept`, and guests who come too often.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use socket2::SockRef;
use threadbare::base::limits;

use crate::harness::raw::{Connection, get};
use crate::harness::{Data, Part, Person, ServerProcess, Strace, at_most, eventually, has};

/// The server's CPU use, in per cent of a core, during a second in which no client does anything.
/// The pause is the point: it is the time that is measured.
fn percent_of_a_core(server: &ServerProcess) -> u32 {
    let (ticks, started) = (server.cpu_ticks(), Instant::now());
    std::thread::sleep(Duration::from_secs(1));
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap();
    u32::try_from((server.cpu_ticks() - ticks) * 1000 / milliseconds).unwrap()
}

#[test]
fn street_c1_a_hundred_guests_of_a_server_with_64_files_get_a_chat_or_a_503() {
    let few = ["sh", "-c", "ulimit -n 64; exec \"$0\" \"$@\""];
    let server = ServerProcess::start_by(&few, &[], &[]);
    assert!(server.greeting.iter().any(|line| line.contains("(the limit: open files)")));
    let guests: Vec<_> = (0..100)
        .map(|_| {
            let mut guest = Connection::open(server.addr).knocks(server.addr);
            let said = guest.first_line();
            (guest, said)
        })
        .collect();
    let inside = guests.iter().filter(|(_, said)| said.contains("101")).count();
    let refused = guests.iter().filter(|(_, said)| said.contains("503")).count();
    assert!(inside >= 10, "{inside} in, {refused} refused");
    assert!(refused >= 50, "{inside} in, {refused} refused");
    let percent = percent_of_a_core(&server);
    assert!(percent < at_most(5), "{percent} % of a core while nobody says a word");
    drop(guests);
    let left = Instant::now();
    eventually("a chat again", || {
        Connection::open(server.addr).knocks(server.addr).first_line().contains("101")
    });
    assert!(left.elapsed() < at_most(Duration::from_secs(1)), "{:?}", left.elapsed());
    eventually("the page again", || get(server.addr, "/").status == 200);
}

/// With a history, whose file needs some of the file descriptors.
#[test]
fn street_c1_a_server_with_few_files_has_all_the_places_that_its_start_promises() {
    for files in [31, 36, 40, 64] {
        let few = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        let (few, data) = (["sh", "-c", &few], Data::new());
        let has_history = has(Part::History);
        let server = if has_history {
            data.start_by(&few, &[])
        } else {
            ServerProcess::start_by(&few, &[], &[])
        };
        let line = server.greeting.iter().find(|line| line.contains("people at once")).unwrap();
        let fit: usize = line.split(' ').nth(3).unwrap().parse().unwrap();
        let comes = |number: usize| {
            let mut guest = Connection::open(server.addr).knocks(server.addr);
            let answer = guest.answer();
            println!("{files} files: guest {number} of {fit}: {}", answer.status);
            (guest, answer)
        };
        let inside: Vec<_> = (1..=fit).map(comes).collect();
        assert!(inside.iter().all(|(_, answer)| answer.status == 101), "{line}");
        let (_, refused) = comes(fit + 1);
        assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("30")));
        assert!(refused.text().starts_with("Full. "), "{}", refused.text());
        // In addition, there are pages, one after another.
        for _ in 0..6 {
            eventually("a page of a full server", || get(server.addr, "/").status == 200);
        }
        let log = server.log();
        assert!(!log.iter().any(|line| line.contains("os error 24")), "{log:?}");
    }
}

#[test]
fn street_c1_a_server_with_too_few_files_for_anybody_says_so_and_starts_nothing() {
    needs!(History);
    let told = Data::new().refuses_a_start_by(&["sh", "-c", "ulimit -n 30; exec \"$0\" \"$@\""]);
    let words = "this process may open 30 files only, and a server needs 31; raise that limit";
    assert!(told.contains(words), "{told}");
}

#[test]
fn street_c1_a_full_table_of_files_turns_people_away_at_once_and_heals() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let others: Vec<_> = (0..5).map(|_| Person::joins(server.addr, "one", "/ws")).collect();
    for _ in &others {
        ann.hears("(one is here)");
    }
    let few = Rlimit { current: Some(40), maximum: getrlimit(Resource::Nofile).maximum };
    prlimit(Some(server.pid()), Resource::Nofile, few).unwrap();
    // A silent connection holds a file until its first byte is too late.
    let mut silent = Vec::new();
    eventually("a full table", || {
        silent.push(Connection::open(server.addr));
        server.log().iter().any(|line| line.contains("refused: no file is left"))
    });
    for guest in 0..100 {
        silent.push(Connection::open(server.addr));
        let started = Instant::now();
        let said = Connection::open(server.addr).knocks(server.addr).first_line();
        assert!(!said.contains("101"), "guest {guest}: {said}");
        assert!(started.elapsed() < Duration::from_secs(5), "guest {guest} waited for {said:?}");
    }
    server.logs(&["refused: no file is left", "WARN"]);
    let percent = percent_of_a_core(&server);
    assert!(percent < at_most(5), "{percent} % of a core with a full table");
    ann.says("we are still here");
    ann.hears("we are still here");
    drop((others, silent));
    let left = Instant::now();
    eventually("somebody new", || {
        Connection::open(server.addr).knocks(server.addr).first_line().contains("101")
    });
    assert!(left.elapsed() < at_most(Duration::from_secs(1)), "{:?}", left.elapsed());
    eventually("the five to be gone", || !server.threads().iter().any(|name| name == "r-6"));
    eventually("the page again", || get(server.addr, "/").status == 200);
}

#[test]
fn street_c2_accept_goes_on_after_every_error() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let accept = server.threads_named("accept")[0];
    for error in ["ECONNABORTED", "ENFILE", "ENOBUFS", "ENOMEM", "EINTR", "EPROTO", "EPERM"] {
        // Every second call fails, so also the one right after a pause.
        let fault = Strace::makes_fail(accept, &[&format!("accept4:error={error}:when=1+2")]);
        for _ in 0..5 {
            assert_eq!(get(server.addr, "/healthz").status, 200, "{error}");
        }
        ann.says(error);
        ann.hears(error);
        drop(fault);
        assert_eq!(get(server.addr, "/").status, 200, "after {error}");
    }
    server.logs(&["accept failed; trying again", "WARN"]);
}

#[test]
fn street_c2_the_private_listener_is_started_anew_after_an_error_of_its_own() {
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/").status, 200);
    let threads = server.threads_named("http-pool").into_iter();
    let _faults: Vec<_> = threads
        .map(|thread| Strace::makes_fail(thread, &["accept4:error=ENOMEM:when=1"]))
        .collect();
    eventually("the page again", || get(server.addr, "/").status == 200);
    Person::joins(server.addr, "ann", "/ws");
}

#[test]
fn street_c3_no_thread_for_a_reader_costs_one_guest_a_503_and_nobody_else() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    // No kept thread may be free for the job.
    let _held = Connection::open(server.addr);
    server.waits_for_threads(&["door", "r-1", "w-1"]);
    let files = server.file_count();
    let accept = server.threads_named("accept")[0];
    let fault = Strace::makes_fail(accept, &["clone3:error=EAGAIN"]);
    let mut guest = Connection::open(server.addr).knocks(server.addr);
    let said = guest.first_line();
    assert!(said.contains("503"), "{said}");
    drop(fault);
    server.logs(&["refused: no thread", "WARN"]);
    eventually("its file to be closed", || server.file_count() <= files);
    ann.says("still here");
    ann.hears("still here");
    Person::joins(server.addr, "bo", "/ws");
}

#[test]
fn street_c3_no_thread_for_a_writer_is_a_503_before_the_upgrade_and_no_half_pair() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    server.waits_for_threads(&["r-1", "w-1"]);
    let files = server.file_count();
    // On a busy machine, the door may refuse for another reason first.
    eventually("a refusal for want of a thread", || {
        eventually("a server without other doors", || server.threads_named("door").is_empty());
        let mut guest = Connection::open(server.addr);
        eventually("the guest's door", || server.threads_named("door").len() == 1);
        eventually("no spare thread", || server.threads_named("parked").is_empty());
        let door = server.threads_named("door")[0];
        let _fault = Strace::makes_fail(door, &["clone3:error=EAGAIN"]);
        guest = guest.knocks(server.addr);
        let answer = guest.answer();
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("30")), "{answer:?}");
        answer.text().starts_with("Full. ")
    });
    server.logs(&["no thread for one more client"]);
    eventually("no half pair", || {
        !server.threads().iter().any(|name| name == "r-2" || name == "w-2" || name == "door")
    });
    eventually("its file to be closed", || server.file_count() <= files);
    ann.says("still here");
    ann.hears("still here");
    Person::joins(server.addr, "bo", "/ws");
}

#[test]
fn street_c3_no_thread_for_tiny_http_costs_some_a_503_and_nobody_the_server() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    assert_eq!(get(server.addr, "/").status, 200);
    let threads = server.threads_named("http-pool").into_iter();
    let faults: Vec<_> =
        threads.map(|thread| Strace::makes_fail(thread, &["clone3:error=EAGAIN"])).collect();
    // More at once than the server keeps threads for.
    for round in 0..20 {
        let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
        let mut connections: Vec<_> = (0..16).map(|_| Connection::open(server.addr)).collect();
        for connection in &mut connections {
            connection.sends(request.as_bytes());
        }
        for connection in &mut connections {
            let status = connection.answer().status;
            assert!([200, 502, 503].contains(&status), "round {round}: {status}");
        }
    }
    drop(faults);
    ann.says("still here");
    ann.hears("still here");
    eventually("the page again", || get(server.addr, "/").status == 200);
}

#[test]
fn street_c9_one_address_brings_so_many_clients_and_others_still_come() {
    let server = ServerProcess::start(&["--clients-per-address", "3"]);
    let knock = |from: [u8; 4]| {
        let mut guest =
            Connection::open_from(Ipv4Addr::from(from), server.addr).knocks(server.addr);
        let answer = guest.answer();
        (guest, answer)
    };
    let mut inside: Vec<_> = (0..3).map(|_| knock([127, 0, 0, 1])).collect();
    assert!(inside.iter().all(|(_, answer)| answer.status == 101));
    let (_, answer) = knock([127, 0, 0, 1]);
    assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("5")));
    assert!(answer.text().contains("from your address"), "{}", answer.text());
    server.logs(&["one address may have no more"]);
    let (_other, answer) = knock([127, 0, 0, 2]);
    assert_eq!(answer.status, 101, "another address");
    assert_eq!(get(server.addr, "/").status, 200, "the page is for everybody");
    inside.pop();
    eventually("room again", || knock([127, 0, 0, 1]).1.status == 101);
}

#[test]
fn street_c9_a_thousand_of_one_address_leave_room_for_others() {
    let most = limits::CLIENTS_PER_NETWORK_MAX;
    assert_eq!(most, 256, "the row's own");
    let server = ServerProcess::start(&["--clients-per-address", &most.to_string()]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let crowd = Ipv4Addr::new(127, 0, 0, 2);
    let (mut inside, mut refused) = (Vec::new(), 0);
    for _ in 0..1000 {
        let mut guest = Connection::open_from(crowd, server.addr).knocks(server.addr);
        let said = guest.first_line();
        if said.contains(" 101 ") {
            inside.push(guest);
        } else {
            assert!(said.contains(" 503 "), "{said}");
            refused += 1;
        }
    }
    assert_eq!((inside.len(), refused), (most, 1000 - most));
    ann.says("still here");
    ann.hears("still here");
    Person::joins(server.addr, "bo", "/ws");
    assert_eq!(get(server.addr, "/").status, 200);
}

#[test]
fn street_c9_who_opens_all_doors_and_says_nothing_leaves_some_to_others() {
    let server = ServerProcess::start(&["--doors", "16", "--clients-per-address", "256"]);
    let [silent, other] = [2, 3].map(|number| Ipv4Addr::new(127, 0, 0, number));
    let mut held: Vec<_> = (0..40).map(|_| Connection::open_from(silent, server.addr)).collect();
    server.logs(&["no door is free"]);
    let request = format!("GET /version HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    let mut stranger = Connection::open_from(other, server.addr);
    assert_eq!(stranger.sends(request.as_bytes()).answer().status, 200);
    // As soon as a door is free, any address can have it.
    held.clear();
    eventually("a door", || {
        let mut again = Connection::open_from(silent, server.addr);
        again.tries_to_send(request.as_bytes()) && again.first_line().contains(" 200 ")
    });
}

#[test]
fn street_c9_this_machine_brings_more_than_256_unless_told_otherwise() {
    let server = ServerProcess::start(&[]);
    let inside: Vec<_> = (0..260)
        .map(|_| {
            let mut guest = Connection::open(server.addr).knocks(server.addr);
            assert_eq!(guest.answer().status, 101);
            guest
        })
        .collect();
    assert_eq!(inside.len(), 260);
}

#[test]
fn street_c8_five_thousand_resets_at_once_leave_nothing_behind() {
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/").status, 200);
    for _ in 0..5000 {
        let stream = std::net::TcpStream::connect(server.addr).unwrap();
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    eventually("the page", || get(server.addr, "/").status == 200);
    eventually("no door to be left", || server.threads_named("door").is_empty());
    // The server may keep 64 of them.
    eventually("its threads to be gone", || server.status("Threads") < 100);
    let panics: Vec<_> = server.log().into_iter().filter(|line| line.contains("panic")).collect();
    assert!(panics.is_empty(), "{panics:?}");
}
