//! Hub, reader and writer use an outbox in any order.
#![no_main]

use std::num::NonZeroU64;

use threadbare::formats::{Frame, FrameKind, LogPosition};
use threadbare::base::disconnect::Disconnect;
use threadbare::server::outbox::{AfterWrite, FrameBatch, OutboxState, Pushed, Unsent, Work};

/// The length of a message here.
const FRAME_BYTES: usize = 3;

/// The text of message `number`.
fn sign(number: u8) -> u8 {
    b'0' + number % 64
}

/// A line of a log, which can be sent again.
fn line(number: u8) -> Frame {
    let position = LogPosition { log: NonZeroU64::MIN, seq: number.into() };
    Frame::log_line(&char::from(sign(number)).to_string(), position)
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((bound, acts)) = input.split_first() else { return };
    let bound = usize::from(*bound % 32) + 1;
    let mut lane = OutboxState::new(bound);
    let (mut pushed, mut sent) = (0_u8, 0_u8);
    let mut hand: Vec<Frame> = Vec::new();
    // A round that the hub is sending, and how much of the next message is written.
    let (mut sending, mut started): (Vec<Frame>, usize) = (Vec::new(), 0);
    let (mut closed, mut pinged, mut has_asked) = (false, false, false);
    for act in acts {
        match act % 8 {
            0..=2 if sending.is_empty() => {
                let round: Vec<_> =
                    (0..=act & 1).map(|more| pushed.wrapping_add(more)).map(line).collect();
                let express = act & 8 != 0;
                if express && lane.begin_send(&round) {
                    assert!(hand.is_empty(), "the hub sends while somebody writes");
                    pushed = pushed.wrapping_add((act & 1) + 1);
                    sending = round;
                    continue;
                }
                match lane.push(&round) {
                    Pushed::Sent | Pushed::Queued(_) => pushed = pushed.wrapping_add((act & 1) + 1),
                    Pushed::Full if round.len() > 1 => {}
                    Pushed::Full => assert_eq!(lane.unsent(), bound, "full is full"),
                    Pushed::Ended => assert!(lane.end_reason().is_some()),
                }
            }
            0..=2 => {
                let mut batch = FrameBatch::default();
                let round = std::mem::take(&mut sending);
                round.iter().for_each(|frame| batch.add(frame.clone()));
                let taken = usize::from(act >> 3) % (round.len() * FRAME_BYTES + 1);
                let _ = lane.take_wake();
                lane.finish_send(&batch, taken);
                let wake = lane.take_wake();
                let writer_has_work =
                    taken < round.len() * FRAME_BYTES || pinged || lane.end_reason().is_some();
                assert!(wake || !writer_has_work, "a writer sleeps with work waiting");
                sent = sent.wrapping_add(u8::try_from(taken / FRAME_BYTES).unwrap());
                started = taken % FRAME_BYTES;
            }
            3 if act & 8 != 0 => {
                // The ping was due while the writer slept. The writer takes its work next, so
                // nothing has to wake it.
                lane.push_ping(Frame::ping());
                pinged = true;
            }
            3 => lane.push_pong(Frame::encoded(FrameKind::Pong, &[0x8a, 0])),
            4 if hand.is_empty() => match lane.take() {
                Some(Work::Batch { frames, written }) => {
                    assert!(!closed, "something follows the close frame");
                    assert_eq!(written, started, "a started frame goes on where it was");
                    if written > 0 {
                        assert_eq!(
                            frames[0].bytes()[2],
                            sign(sent),
                            "another frame than was started"
                        );
                    }
                    started = 0;
                    pinged = false;
                    closed = frames.iter().any(|one| one.kind() == FrameKind::Close);
                    assert!(!closed || frames.len() == 1);
                    hand = frames;
                }
                Some(Work::Drained) => {
                    assert!(std::mem::take(&mut has_asked), "nobody wanted to know");
                    assert_eq!(lane.unsent(), 0, "drained with something unsent");
                }
                Some(Work::AllWritten) => assert!(closed, "said without a goodbye"),
                Some(Work::Dead) => return,
                None if !sending.is_empty() => {}
                None => assert!(lane.end_reason().is_none(), "an ending lane has always something to do"),
            },
            4 | 5 => {
                // One frame of the batch was sent.
                if let Some(frame) = (!hand.is_empty()).then(|| hand.remove(0)) {
                    let is_message = frame.kind() == FrameKind::Message;
                    if is_message {
                        assert_eq!(frame.bytes()[2], sign(sent), "out of order");
                        sent = sent.wrapping_add(1);
                    }
                    if lane.note_written(usize::from(is_message)) == AfterWrite::DropRest {
                        hand.clear();
                    }
                }
            }
            6 => {
                let rest = if act & 8 == 0 { Unsent::Send } else { Unsent::Drop };
                lane.close(Disconnect::ServerStopping, Frame::close(None), rest);
            }
            7 if act & 0xf8 == 0xf0 && sending.is_empty() => has_asked = !lane.ask_if_drained(),
            7 if act & 0xf8 == 0xe8 && sending.is_empty() => {
                let dropped = lane.fall_behind();
                let rest = dropped.iter().rev();
                for (back, frame) in (1_u8..).zip(rest) {
                    assert_eq!(frame.bytes()[2], sign(pushed.wrapping_sub(back)), "not the last");
                }
                // The dropped lines are sent again, from the first one on.
                pushed = pushed.wrapping_sub(u8::try_from(dropped.len()).unwrap());
            }
            _ if act & 0xf8 == 0xf8 => drop(lane.fail(Disconnect::WriteFailed)),
            _ => drop(lane.ask_for_space()),
        }
        assert!(lane.unsent() <= bound, "over the bound");
    }
});
