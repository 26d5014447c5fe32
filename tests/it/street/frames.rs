//! Rows street B10 to B12: frames and texts that the standard forbids.

use crate::harness::TestServer;
use crate::harness::frames::{close_code, closed_with};
use crate::harness::raw::{Connection, handshake, masked};

#[test]
fn street_b10_frames_that_rfc_6455_forbids_are_ended_with_1002() {
    let server = TestServer::start();
    for (bytes, what) in [
        (vec![0x81, 1, b'x'], "an unmasked text"),
        (vec![0x89, 0], "an unmasked ping"),
        (masked(0xc1, b"x"), "RSV1"),
        (masked(0xa1, b"x"), "RSV2"),
        (masked(0x91, b"x"), "RSV3"),
        (masked(0xf9, b"x"), "all three, on a ping"),
        (masked(0x83, b"x"), "data opcode 3"),
        (masked(0x87, b"x"), "data opcode 7"),
        (masked(0x8b, b"x"), "control opcode 11"),
        (masked(0x8f, b"x"), "control opcode 15"),
        (masked(0x89, &[0; 126]), "a ping of 126 bytes"),
        (masked(0x88, &[0; 126]), "a close frame of 126 bytes"),
        (masked(0x09, b"x"), "a ping in parts"),
        (masked(0x08, &[0x03, 0xe8]), "a close frame in parts"),
        (masked(0x80, b"x"), "the end of nothing"),
        ([masked(0x01, b"x"), masked(0x81, b"y")].concat(), "a message inside a message"),
    ] {
        assert_eq!(closed_with(server.addr, &bytes), Some(1002), "{what}");
    }
    server.waits_for_clients(0);
}

/// Bytes that are not UTF-8, each with a place to cut it in two.
fn not_utf8() -> Vec<Vec<u8>> {
    let mut strings: Vec<Vec<u8>> = Vec::new();
    // Bytes that neither begin nor continue a character.
    strings.extend((0x80..=0x8f_u8).chain(0xf5..=0xff).chain([0xc0, 0xc1]).map(|byte| vec![byte]));
    // Overlong forms of '/', of NUL and of the limits.
    strings
        .extend([&b"\xc0\xaf"[..], b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf"].map(Vec::from));
    strings.extend([&b"\xf0\x80\x80\xaf"[..], b"\xf0\x8f\xbf\xbf", b"\xc0\x80"].map(Vec::from));
    // Surrogates, alone and as a pair; beyond U+10FFFF.
    for second in 0xa0..=0xbf_u8 {
        strings.push(vec![0xed, second, 0x80]);
    }
    strings.extend([&b"\xed\xa0\x80\xed\xb0\x80"[..], b"\xf4\x90\x80\x80"].map(Vec::from));
    // Cut short at each place.
    strings
        .extend([&b"\xc3"[..], b"\xe4\xbd", b"\xf0\x9f\xa7", b"\xf0\x9f", b"\xf0"].map(Vec::from));
    // A letter where a continuation byte must be.
    strings.extend([&b"\xc3("[..], b"\xe4(\xa0", b"\xe4\xbd(", b"\xf0\x9f\xa7("].map(Vec::from));
    strings
}

#[test]
fn street_b11_bytes_that_are_not_utf8_are_ended_with_1007() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let strings = not_utf8();
    assert!(strings.len() >= 75, "{}", strings.len());
    for bad in strings {
        let text = [b"so far so good ", &bad[..]].concat();
        assert_eq!(closed_with(server.addr, &masked(0x81, &text)), Some(1007), "{bad:x?}");
        let cut = text.len() - 1;
        let parts = [masked(0x01, &text[..cut]), masked(0x80, &text[cut..])].concat();
        assert_eq!(closed_with(server.addr, &parts), Some(1007), "{bad:x?} in two frames");
    }
    // A correct text that is cut inside a character is complete again.
    let good = "你好 🧵".as_bytes();
    for cut in 1..good.len() {
        let parts = [masked(0x01, &good[..cut]), masked(0x80, &good[cut..])].concat();
        let leaves = masked(0x88, &1000_u16.to_be_bytes());
        assert_eq!(closed_with(server.addr, &[parts, leaves].concat()), Some(1000));
        ann.hears("你好 🧵");
    }
}

#[test]
fn street_b12_compression_is_never_negotiated_and_rsv1_is_a_fault() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let offer =
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit\r\n";
    let hello = handshake("/ws", offer).replace("{host}", &server.addr.to_string());
    // A deflated "Hello" (RFC 7692 7.2.3.1), and a bomb: a block of zeros that
    // refers to itself again and again.
    let hello_deflated = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let mut bomb = vec![0xec, 0xc1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x80];
    bomb.resize(4000, 0);
    for payload in [&hello_deflated[..], &bomb] {
        let mut connection = Connection::open(server.addr);
        connection.sends(hello.as_bytes());
        let answer = connection.answer();
        assert_eq!(answer.status, 101);
        assert_eq!(answer.header("sec-websocket-extensions"), None, "{}", answer.head);
        connection.sends(&masked(0xc1, payload));
        assert_eq!(close_code(&mut connection), Some(1002));
    }
    ann.says("nothing was inflated");
    ann.hears("nothing was inflated");
}
