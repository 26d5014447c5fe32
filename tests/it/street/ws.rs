//! Rows street B4 to B9 and B13: bytes that no honest client sends.
//!
//! Goal: whatever a stranger sends after the handshake, its own connection ends with the right
//! close code, and no other client notices.

use std::time::{Duration, Instant};

use crate::harness::frames::{close_code, closed_with, frame, shaken, shaken_over};
use crate::harness::raw::{Connection, masked, narrow};
use crate::harness::{Person, ServerProcess, TestServer, eventually};

/// A head that announces `length` bytes in the form with eight, and its mask.
fn claims(first: u8, length: u64) -> Vec<u8> {
    [&[first, 0xff][..], &length.to_be_bytes(), &[1, 2, 3, 4]].concat()
}

#[test]
fn street_b4_a_claim_of_16_mib_is_refused_at_its_head_and_takes_no_memory() {
    const CLIENTS: u64 = 200;
    // One arena, because each further one would reserve 64 MiB of addresses, whatever the frames
    // announce.
    let server = ServerProcess::start_with(&[], &[("MALLOC_ARENA_MAX", "1")]);
    let mut lines: Vec<_> = (0..CLIENTS).map(|_| shaken(server.addr)).collect();
    let before = server.memory_kib("VmPeak");
    for line in &mut lines {
        line.sends(&[&claims(0x82, 16 << 20)[..], b"x"].concat());
    }
    for line in &mut lines {
        assert_eq!(close_code(line), Some(1009));
    }
    let grown = server.memory_kib("VmPeak") - before;
    assert!(grown < 64 * CLIENTS, "{grown} KiB for {CLIENTS} claims");
}

#[test]
fn street_b5_lengths_of_64_bits_neither_wrap_nor_pass() {
    let server = TestServer::start();
    for (bytes, code, what) in [
        (claims(0x81, 1 << 63), 1002, "the top bit"),
        (claims(0x82, u64::MAX), 1002, "all bits"),
        (claims(0x81, u64::MAX - 13), 1002, "a sum that wraps with the head"),
        (claims(0x81, (1 << 63) - 1), 1009, "the largest there is"),
        (claims(0x81, 1 << 32), 1009, "zero in 32 bits"),
        (claims(0x81, 65_535), 1002, "eight bytes where two do"),
        (claims(0x81, 5), 1002, "eight bytes where none is needed"),
        (vec![0x81, 0xfe, 0, 125, 1, 2, 3, 4], 1002, "two bytes where none is needed"),
        (vec![0x81, 0xfe, 0, 0, 1, 2, 3, 4], 1002, "two bytes for nothing"),
        (claims(0x89, 1 << 63), 1002, "a ping with the top bit"),
    ] {
        assert_eq!(closed_with(server.addr, &bytes), Some(code), "{what}");
    }
    // What came before the bad length was said; what came after it was not.
    let mut ann = server.joins("ann");
    let long = [masked(0x81, b"good"), claims(0x81, 3), b"bad".to_vec(), masked(0x81, b"late")];
    assert_eq!(closed_with(server.addr, &long.concat()), Some(1002));
    ann.hears("good");
    ann.says("and nothing more");
    ann.hears("and nothing more");
}

#[test]
fn street_b6_a_message_without_end_is_ended_with_1008() {
    let server = TestServer::with(|config| {
        config.client.message_wait = Duration::from_millis(300);
    });
    let parts = threadbare::base::limits::MESSAGE_PARTS_MAX;
    assert_eq!((parts, threadbare::base::limits::MESSAGE_WAIT), (64, Duration::from_secs(10)));
    for (payload, what) in [(&b""[..], "empty parts"), (b"x", "parts of a byte")] {
        // A million parts, or as many as the server accepts.
        let mut connection = shaken(server.addr);
        connection.sends(&masked(0x01, payload));
        let endless = masked(0x00, payload).repeat(10_000);
        for _ in 0..100 {
            if !connection.tries_to_send(&endless) {
                break;
            }
        }
        assert_eq!(close_code(&mut connection), Some(1008), "{what}");
        // A message within the limit may have that many parts.
        let most = [
            masked(0x01, b"a"),
            masked(0x00, payload).repeat(parts - 2),
            masked(0x80, b"z"),
            masked(0x88, &1000_u16.to_be_bytes()),
        ]
        .concat();
        assert_eq!(closed_with(server.addr, &most), Some(1000), "{what}");
    }
    let started = Instant::now();
    assert_eq!(closed_with(server.addr, &masked(0x01, b"never whole")), Some(1008));
    assert!(started.elapsed() >= Duration::from_millis(300), "{:?}", started.elapsed());
}

#[test]
fn street_b7_a_flood_of_pings_or_pongs_is_ended_with_1008() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let burst = usize::try_from(threadbare::base::limits::CONTROL_FRAMES_BURST_MAX).unwrap();
    for first in [0x89, 0x8a] {
        let flood = masked(first, &[7; 125]).repeat(10 * burst);
        assert_eq!(closed_with(server.addr, &flood), Some(1008));
        ann.says("not me");
        ann.hears("not me");
    }
    server.logs(&["control_flood", "WARN"]);
    // The allowed burst is no flood. Pongs are not answered, so nothing else is on the connection.
    let mut connection = shaken(server.addr);
    connection.sends(&masked(0x8a, b"x").repeat(burst)).sends(&masked(0x88, &[0x03, 0xe8]));
    // The close frame itself may exceed the burst.
    assert_ne!(close_code(&mut connection), None);
}

#[test]
fn street_b7_whoever_floods_and_reads_nothing_makes_few_pongs_wait() {
    let server = TestServer::start();
    let mut connection = shaken_over(Connection::over(narrow(server.addr)), server.addr);
    for number in 0..threadbare::base::limits::CONTROL_FRAMES_BURST_MAX {
        connection.sends(&masked(0x89, &number.to_be_bytes()));
    }
    // The newest pong is there, and those before it come in order.
    let mut last = None;
    while last != Some(threadbare::base::limits::CONTROL_FRAMES_BURST_MAX - 1) {
        let pong = frame(&mut connection);
        assert_eq!(pong.opcode, 0xa);
        let number = u32::from_be_bytes(pong.payload.try_into().unwrap());
        assert!(last.is_none_or(|before| before < number), "{number} after {last:?}");
        last = Some(number);
    }
}

#[test]
fn street_b8_pings_while_large_frames_go_to_a_slow_reader_tear_nothing() {
    let server = TestServer::with(|config| {
        config.client.message_bytes_max = 64 * 1024;
        config.client.outbox_messages_max = 65_536;
    });
    let mut slow = shaken_over(Connection::over(narrow(server.addr)), server.addr);
    slow.sends(&masked(0x81, b"(slow is here)"));
    assert_eq!(frame(&mut slow).payload, b"(slow is here)");
    let mut ann = server.joins("ann");
    assert_eq!(frame(&mut slow).payload, b"(ann is here)");
    let large = "0123456789abcdef".repeat(3000);
    let (mut pongs, mut messages) = (0_u8, 0);
    for number in 0..40_u8 {
        slow.sends(&masked(0x89, &[number]));
        ann.says(&large);
        ann.hears(&large);
    }
    while messages < 40 || pongs < 40 {
        let frame = frame(&mut slow);
        match frame.opcode {
            0xa => {
                // If many pongs wait, the oldest are dropped, but never the last.
                assert!(frame.payload[0] >= pongs, "{:?} after {pongs}", frame.payload);
                pongs = frame.payload[0] + 1;
            }
            0x1 => {
                assert!(frame.payload == large.as_bytes(), "a torn message");
                messages += 1;
            }
            other => panic!("opcode {other} after {messages} messages and {pongs} pongs"),
        }
    }
}

#[test]
fn street_b9_a_dripped_frame_is_whole_inside_its_deadline_and_cut_after_it() {
    // The pause is the behaviour: one byte every few milliseconds.
    let drip = |connection: &mut Connection, bytes: &[u8], pause| {
        for byte in bytes {
            connection.sends(&[*byte]);
            std::thread::park_timeout(Duration::from_millis(pause));
        }
    };
    let patient = TestServer::with(|config| {
        // Shorter than the frame takes, and long enough for a busy machine to send its first byte.
        config.client.pong_wait = Duration::from_millis(500);
        config.client.ping_interval = Duration::from_millis(400);
        config.client.message_wait = Duration::from_secs(60);
    });
    let mut connection = shaken(patient.addr);
    drip(&mut connection, &masked(0x81, &[b'x'; 60]), 12);
    while frame(&mut connection).payload != [b'x'; 60] {}

    let strict = TestServer::with(|config| {
        config.client.message_wait = Duration::from_millis(300);
    });
    let mut connection = shaken(strict.addr);
    let started = Instant::now();
    let message = masked(0x81, &[b'x'; 4000]);
    for byte in &message {
        if strict.clients() == 0 && started.elapsed() > Duration::from_millis(300) {
            break;
        }
        drip(&mut connection, &[*byte], 12);
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(close_code(&mut connection), Some(1008));
}

#[test]
fn street_b13_odd_close_codes_are_answered_with_1002() {
    let server = TestServer::start();
    for code in [0_u16, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let close = masked(0x88, &code.to_be_bytes());
        assert_eq!(closed_with(server.addr, &close), Some(1002), "{code}");
    }
    for (payload, answer, what) in [
        (&b""[..], None, "no code"),
        (b"\x03", Some(1002), "half a code"),
        (b"\x03\xe8\xff\xfe", Some(1007), "a reason that is not UTF-8"),
        (b"\x0f\xa0own reason", Some(4000), "an application's own code"),
    ] {
        assert_eq!(closed_with(server.addr, &masked(0x88, payload)), answer, "{what}");
    }
    server.waits_for_clients(0);
}

#[test]
fn street_b13_who_ignores_our_close_or_talks_on_is_freed_in_time() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let started = Instant::now();
    // Both keep their connection open; the second never stops talking.
    let mut silent = shaken(server.addr);
    silent.sends(&masked(0x83, b"x"));
    let mut talker = shaken(server.addr);
    talker.sends(&masked(0x88, &1000_u16.to_be_bytes()));
    eventually("both to be freed", || {
        talker.sends(&masked(0x81, b"one more thing"));
        server.clients() == 1
    });
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(close_code(&mut silent), Some(1002));
    ann.says("what came after a close frame was not said");
    ann.hears("what came after a close frame was not said");
}
