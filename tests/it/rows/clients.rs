//! Classic B11 to B19: threads, queues and deadlines of clients.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tungstenite::Message;

use crate::harness::person::End;
use crate::harness::raw::{Connection, handshake, masked, narrow};
use crate::harness::{Person, ServerProcess, Signal, TestServer, eventually};

#[test]
fn classic_b11_who_has_its_101_hears_whatever_is_said_after_it() {
    for crowd in [0, 100] {
        let server = ServerProcess::start(&[]);
        let mut ann = Person::joins(server.addr, "ann", "/ws");
        let crowd: Vec<_> =
            (0..crowd).map(|_| Person::connects(server.addr, "one of many", "/ws")).collect();
        for number in 0..100 {
            let mut bo = Person::connects(server.addr, "bo", "/ws");
            let text = format!("{number} of 100, and {} others", crowd.len());
            ann.says(&text);
            bo.hears(&text);
            ann.hears(&text);
        }
    }
}

#[test]
fn classic_b11_one_hub_thread_serves_everybody() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut bo = Person::joins(server.addr, "bo", "/chat");
    ann.hears("(bo is here)");
    bo.says("hi");
    ann.hears("hi");
    let hubs = server.threads().iter().filter(|name| *name == "hub").count();
    assert_eq!(hubs, 1, "{:?}", server.threads());
}

#[test]
fn classic_b12_each_client_has_one_reader_and_one_writer_and_no_other_thread() {
    let server = ServerProcess::start(&[]);
    let ann = Person::joins(server.addr, "ann", "/ws");
    let _bo = Person::joins(server.addr, "bo", "/ws");
    // There is no door thread, because it became the reader.
    server.waits_for_threads(&["r-1", "r-2", "w-1", "w-2"]);
    ann.leaves();
    eventually("ann's two threads to go", || {
        !server.threads().iter().any(|name| name == "r-1" || name == "w-1")
    });
}

#[test]
fn classic_b13_the_outbox_holds_256_messages_unless_told_otherwise() {
    assert_eq!(threadbare::base::limits::OUTBOX_MESSAGES_MAX, 256);
    let server = TestServer::with(|config| config.client.outbox_messages_max = 4);
    let mut ann = server.joins("ann");
    let mut deaf = Person::over(narrow(server.addr), server.addr, "deaf", "/ws");
    server.waits_for_clients(2);
    let long = "x".repeat(4000);
    for _ in 0..200 {
        ann.says(&long);
        ann.hears(&long);
    }
    // 200 messages would fit into an outbox of 256, but not into one of four.
    assert_eq!(deaf.hears_the_end(), End::Closed(None));
}

#[test]
fn classic_b14_who_does_not_listen_is_evicted_and_nobody_waits() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let mut bo = server.joins("bo");
    ann.hears("(bo is here)");
    let _deaf = Person::over(narrow(server.addr), server.addr, "deaf", "/ws");
    server.waits_for_clients(3);
    let long = "x".repeat(4000);
    let until = Instant::now() + Duration::from_secs(20);
    while server.clients() > 2 {
        assert!(Instant::now() < until, "nobody was evicted");
        ann.says(&long);
        ann.hears(&long);
        bo.hears(&long);
    }
    ann.says("still here");
    bo.hears("still here");
}

#[test]
fn classic_b15_a_connection_that_ends_in_every_way_at_once_is_unregistered_once() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut bo = Person::joins(server.addr, "bo", "/ws");
    ann.hears("(bo is here)");
    // A close frame, the end of the stream, and a reset of what is left.
    bo.starts_to_leave();
    bo.vanishes();
    server.logs(&["client left", "client=2"]);
    ann.says("all well");
    ann.hears("all well");
    let left = server.log().iter().filter(|line| line.contains("client left")).count();
    assert_eq!(left, 1, "{:?}", server.log());
}

#[test]
fn classic_b16_an_evicted_client_gets_an_empty_close_frame_after_whole_frames() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let mut deaf = Person::over(narrow(server.addr), server.addr, "deaf", "/ws");
    server.waits_for_clients(2);
    // More than its socket and its outbox hold.
    let long = "x".repeat(4000);
    for _ in 0..320 {
        ann.says(&long);
        ann.hears(&long);
    }
    // The client reads again before the hub gives up, so the goodbye arrives.
    assert_eq!(deaf.hears_the_end(), End::Closed(None), "a close frame without payload");
    assert!(deaf.heard().iter().all(|text| text.len() == 4000), "only whole messages");
    assert!(deaf.heard().len() < 320, "its queue was dropped");
}

#[test]
fn classic_b17_a_frame_that_nobody_takes_ends_the_client_at_the_write_deadline() {
    assert_eq!(
        threadbare::base::limits::WRITE_WAIT,
        Duration::from_secs(10),
        "the classic default"
    );
    // A large outbox, so that the deadline comes before the eviction.
    let server = ServerProcess::start(&["--write-timeout", "100ms", "--outbox", "65536"]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let _deaf = Person::over(narrow(server.addr), server.addr, "deaf", "/ws");
    let ended = || server.log().iter().any(|line| line.contains("write_timeout"));
    // Short messages: a frame has a second more for each 512 bytes.
    ann.talks_until(400, ended);
    server.logs(&["write failed", "write_timeout", "WARN"]);
}

#[test]
fn classic_b18_who_answers_no_ping_is_given_up_and_who_answers_stays() {
    assert_eq!(threadbare::base::limits::PONG_WAIT, Duration::from_secs(60), "the classic default");
    let server = ServerProcess::start(&["--ping-interval", "100ms", "--pong-timeout", "300ms"]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut mute = Connection::open(server.addr);
    let hello = handshake("/ws", "").replace("{host}", &server.addr.to_string());
    mute.sends(hello.as_bytes());
    assert_eq!(mute.answer().status, 101);
    // By reading, Ann's library answers pings; the mute client never does.
    let until = Instant::now() + Duration::from_secs(5);
    let mut pings = 0;
    while !server.log().iter().any(|line| line.contains("pong_missed")) {
        assert!(Instant::now() < until, "{:?}", server.log());
        pings += usize::from(matches!(ann.gets(), Message::Ping(_)));
    }
    assert!(pings >= 1);
    ann.says("I answered");
    ann.hears("I answered");
}

#[test]
fn classic_b19_pings_come_as_often_as_set() {
    assert_eq!(
        threadbare::base::limits::PING_INTERVAL,
        Duration::from_secs(54),
        "the classic default"
    );
    let server = TestServer::with(|config| {
        config.client.ping_interval = Duration::from_millis(40);
        config.client.pong_wait = Duration::from_secs(20);
    });
    let mut ann = server.joins("ann");
    let started = Instant::now();
    for _ in 0..3 {
        assert!(matches!(ann.gets(), Message::Ping(_)));
    }
    assert!(started.elapsed() >= Duration::from_millis(70), "{:?}", started.elapsed());
}

#[test]
fn pings_of_a_client_are_answered_in_order_with_their_payload() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    for number in 0..10_u8 {
        ann.sends(Message::Ping(vec![number].into()));
    }
    for number in 0..10_u8 {
        assert_eq!(ann.gets(), Message::Pong(vec![number].into()));
    }
}

#[test]
fn close_codes_arrive_for_what_a_client_does_wrong() {
    let server = TestServer::start();
    let unmasked = vec![0x81, 1, b'x'];
    for (bytes, code, what) in [
        (unmasked, 1002_u16, "an unmasked frame"),
        (masked(0xc1, b"x"), 1002, "a reserved bit"),
        (masked(0x83, b"x"), 1002, "a reserved opcode"),
        (masked(0x09, b"x"), 1002, "a ping in pieces"),
        (masked(0x89, &[0; 126]), 1002, "a ping that is too long"),
        (masked(0x80, b"x"), 1002, "a continuation of nothing"),
        (masked(0x81, b"\xff\xfe"), 1007, "a text that is not UTF-8"),
        (masked(0x82, b"\xff\xfe"), 1007, "bytes that are not UTF-8"),
        (masked(0x81, &[b'x'; 5000]), 1009, "a message that is too long"),
        (masked(0x88, &[0x03, 0xe8]), 1000, "a normal close is answered with its code"),
        (masked(0x88, &[0x03, 0xed]), 1002, "a close code that may not be sent"),
    ] {
        let mut connection = Connection::open(server.addr);
        let hello = handshake("/ws", "").replace("{host}", &server.addr.to_string());
        connection.sends(hello.as_bytes());
        assert_eq!(connection.answer().status, 101);
        connection.sends(&bytes);
        let close = connection.bytes(4);
        assert_eq!(close[0], 0x88, "{what}: {close:?}");
        assert_eq!(u16::from_be_bytes([close[2], close[3]]), code, "{what}");
        connection.rest();
    }
    server.waits_for_clients(0);
}

/// A raw connection after its handshake.
fn shaken(addr: SocketAddr) -> Connection {
    let mut connection = Connection::open(addr);
    connection.sends(handshake("/ws", "").replace("{host}", &addr.to_string()).as_bytes());
    assert_eq!(connection.answer().status, 101);
    connection
}

fn close_code(connection: &mut Connection) -> u16 {
    let close = connection.bytes(4);
    assert_eq!(close[0], 0x88, "{close:?}");
    u16::from_be_bytes([close[2], close[3]])
}

#[test]
fn a_message_that_is_never_whole_is_ended_in_time_also_with_pings_between() {
    let server = TestServer::with(|config| {
        config.client.message_wait = Duration::from_millis(300);
    });
    let begun = masked(0x01, b"to be continued");
    let whole_and_begun = [masked(0x81, b"one"), masked(0x81, b"two")[..3].to_vec()].concat();
    for (bytes, what) in [(begun, "a fragment"), (whole_and_begun, "the start of a second")] {
        let mut connection = shaken(server.addr);
        connection.sends(&bytes);
        let started = Instant::now();
        while server.clients() > 0 && started.elapsed() < Duration::from_secs(5) {
            if what == "a fragment" {
                connection.sends(&masked(0x89, b""));
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        assert!(started.elapsed() < Duration::from_secs(3), "{what}: {:?}", started.elapsed());
        let said = connection.rest();
        let close = [0x88, 2, 0x03, 0xf0];
        assert!(said.windows(4).any(|four| four == close), "1008 for {what}: {said:?}");
    }
}

#[test]
fn a_message_in_endless_parts_is_ended_with_1008() {
    let server = TestServer::start();
    let parts = threadbare::base::limits::MESSAGE_PARTS_MAX;
    let mut good = shaken(server.addr);
    good.sends(&masked(0x01, b"x"));
    good.sends(&masked(0x00, b"x").repeat(parts - 2));
    good.sends(&masked(0x80, b"x"));
    assert_eq!(good.bytes(2 + parts)[..2], [0x81, u8::try_from(parts).unwrap()]);

    let mut endless = shaken(server.addr);
    endless.sends(&masked(0x01, b""));
    endless.sends(&masked(0x00, b"").repeat(2 * parts));
    assert_eq!(close_code(&mut endless), 1008);
}

#[test]
fn who_ends_its_side_still_hears_what_was_said_to_it() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    for number in 0..50 {
        ann.says(&format!("n{number}"));
    }
    ann.stops_sending();
    for number in 0..50 {
        ann.hears(&format!("n{number}"));
    }
    assert_eq!(ann.hears_the_end(), End::Closed(None));
}

#[test]
fn every_end_of_a_client_has_its_word_in_the_log() {
    let patient = ServerProcess::start(&[
        "--message-timeout",
        "200ms",
        "--ping-interval",
        "100ms",
        "--pong-timeout",
        "400ms",
    ]);
    for (bytes, word) in [
        (masked(0x88, &[0x03, 0xe8]), "peer_closed"),
        (masked(0x83, b"x"), "protocol_violation"),
        (masked(0x81, b"\xff"), "not_utf8"),
        (masked(0x81, &[b'x'; 5000]), "message_too_long"),
        (masked(0x01, b"x"), "message_too_slow"),
        (masked(0x00, b"").repeat(0), "pong_missed"),
    ] {
        let mut connection = shaken(patient.addr);
        connection.sends(&bytes);
        patient.logs(&[word]);
    }
    let mut parts = shaken(patient.addr);
    parts.sends(&masked(0x01, b"")).sends(&masked(0x00, b"").repeat(200));
    patient.logs(&["message_in_too_many_parts"]);
    reset(shaken(patient.addr));
    patient.logs(&["connection_broken"]);

    // It depends on the scheduler whether the reader or the writer notices a reset first.
    let busy = ServerProcess::start(&[]);
    let mut ann = Person::joins(busy.addr, "ann", "/ws");
    let met = || busy.log().iter().any(|line| line.contains("write_failed"));
    ann.talks_until(2000, || {
        reset(shaken(busy.addr));
        met()
    });
    busy.gets_signal(Signal::TERM);
    assert_eq!(ann.hears_the_end(), End::Closed(Some(1001)));
    busy.logs(&["server_stopping"]);
}

/// Ends a connection with a reset instead of an orderly end.
fn reset(connection: Connection) {
    let stream = connection.into_stream();
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn frames_that_come_with_the_handshake_are_not_lost() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let mut eager = Connection::open(server.addr);
    let mut bytes = handshake("/ws", "").replace("{host}", &server.addr.to_string()).into_bytes();
    bytes.extend(masked(0x81, b"too eager to wait"));
    eager.sends(&bytes);
    assert_eq!(eager.answer().status, 101);
    ann.hears("too eager to wait");
}

#[test]
fn one_client_more_than_fits_gets_a_polite_503() {
    let server = TestServer::with(|config| config.caps.clients = Some(1));
    let ann = server.joins("ann");
    let answer = crate::harness::raw::request(server.addr, &handshake("/ws", ""));
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some(), "{}", answer.head);
    assert_eq!(crate::harness::raw::get(server.addr, "/").status, 200, "the page still opens");
    ann.leaves();
    server.waits_for_clients(0);
    server.joins("bo");
}
