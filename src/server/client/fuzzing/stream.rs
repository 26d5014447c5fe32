//! Compares the bytes that the server has sent to a peer with what it should have sent.
//!
//! Owns: a parser of RFC 6455's server frames that shares no code with the server's encoder.
//! Must not know: how the peer received the bytes.
//!
//! Part: `server/client/mod.rs`.

use super::Told;
use crate::base::limits;
use crate::formats::Frame;

/// Checks that the frames in `bytes`, which the server has sent, are whole, in order, and what
/// `told` expects.
///
/// # Panics
/// If a frame is torn, or the frames are not those that `told` expects.
pub(super) fn check(bytes: &[u8], told: &Told) {
    let (mut rest, mut messages, mut pongs) = (bytes, 0, Vec::new());
    let mut goodbye = None;
    while let Some((opcode, place)) = head(rest) {
        let (payload, after) = (&rest[place.clone()], &rest[place.end..]);
        match opcode {
            TEXT => {
                assert_eq!(payload, messages.to_string().as_bytes(), "lost, twice or out of order");
                messages += 1;
            }
            PING => assert!(payload.is_empty(), "our pings carry nothing"),
            PONG => pongs.push(payload),
            CLOSE => {
                assert!(after.is_empty(), "something follows the close frame");
                goodbye = Some(&rest[..place.end]);
            }
            other => panic!("nobody sends frames of the kind {other}"),
        }
        rest = after;
    }
    assert!(messages <= told.messages, "more than was said");
    answers_pings(&pongs, told);
    if told.is_dead {
        return;
    }
    assert!(rest.is_empty(), "a torn frame");
    assert_eq!(goodbye, told.goodbye.as_ref().map(Frame::bytes), "the first goodbye is the one");
    assert!(told.is_cut || messages == told.messages, "a message was lost");
}

/// Checks that each pong answers a ping, and that the pongs are in the order of the pings. If there
/// were many pings, the oldest pings may have no pong.
fn answers_pings(pongs: &[&[u8]], told: &Told) {
    let mut pings = &told.pings[..];
    for pong in pongs.iter().rev() {
        let place = pings.iter().rposition(|ping| ping == pong);
        pings = &pings[..place.expect("a pong without its ping")];
    }
    if !told.is_cut && !told.is_dead {
        let newest = told.pings.last().map(|ping| &ping[..]);
        assert_eq!(pongs.last().copied(), newest, "the newest ping was not answered");
        assert!(pongs.len() >= told.pings.len().min(limits::OUTBOX_PONGS_MAX), "too few pongs");
    }
}

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

/// Returns the opcode of the first frame in `bytes` and the range of its payload; `None` if the
/// frame is not whole.
fn head(bytes: &[u8]) -> Option<(u8, std::ops::Range<usize>)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    assert_eq!(first & 0xf0, 0x80, "one frame for each message, and no extension");
    assert_eq!(second & 0x80, 0, "a server masks nothing");
    assert!(second < 126, "all that is said here is short");
    let end = 2 + usize::from(second);
    (bytes.len() >= end).then_some((first & 0x0f, 2..end))
}
