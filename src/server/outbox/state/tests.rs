//! The outbox's rules, one by one.
//!
//! Part: `server/outbox/mod.rs`.

use std::num::NonZeroU64;

use super::OutboxState;
use crate::base::disconnect::Disconnect::{PeerClosed, ServerStopping, SlowConsumer, WriteFailed};
use crate::base::limits;
use crate::server::outbox::{
    AfterWrite, Frame, FrameBatch, FrameKind, LogPosition, Pushed, Unsent, Work,
};

/// Runs `act`. Returns its result, and whether `act` has given a waiting thread something to do.
fn woken<R>(state: &mut OutboxState, act: impl FnOnce(&mut OutboxState) -> R) -> (R, bool) {
    state.wake = false;
    (act(state), state.take_wake())
}

/// Pushes this batch; see [`woken`].
fn push(state: &mut OutboxState, batch: &[Frame]) -> (Pushed, bool) {
    woken(state, |state| state.push(batch))
}

/// Pushes this batch as the hub does if the hub may not send by itself; see [`woken`].
fn begin_or_push(state: &mut OutboxState, batch: &[Frame]) -> (Option<Pushed>, bool) {
    woken(state, |state| (!state.begin_send(batch)).then(|| state.push(batch)))
}

/// Notes that the writer has written one more message; see [`woken`].
fn write_one(state: &mut OutboxState) -> (AfterWrite, bool) {
    woken(state, |state| state.note_written(1))
}

/// Ends the hub's send. Returns whether it has given a waiting thread something to do.
fn finish(state: &mut OutboxState, batch: &[Frame], written: usize) -> bool {
    let mut sent = FrameBatch::default();
    batch.iter().for_each(|frame| sent.add(frame.clone()));
    woken(state, |state| state.finish_send(&sent, written)).1
}

/// Ends the door's answer. Returns whether it has given a waiting thread something to do.
fn finish_answer(state: &mut OutboxState) -> bool {
    woken(state, OutboxState::finish_answer).1
}

fn say(text: &str) -> Frame {
    Frame::text(text)
}

fn taken(state: &mut OutboxState) -> Vec<Frame> {
    match state.take() {
        Some(Work::Batch { frames, written: 0 }) => frames,
        other => panic!("expected a batch, got {other:?}"),
    }
}

#[test]
fn classic_b13_the_bound_counts_the_batch_in_hand_and_is_exact() {
    let mut state = OutboxState::new(4);
    assert_eq!(push(&mut state, &[say("1"), say("2")]), (Pushed::Queued(2), true));
    assert_eq!(taken(&mut state).len(), 2);
    assert_eq!(push(&mut state, &[say("3"), say("4")]), (Pushed::Queued(2), false));
    assert_eq!(state.unsent(), 4);
    assert_eq!(push(&mut state, &[say("5")]), (Pushed::Full, false), "max + 1");
    assert_eq!(write_one(&mut state), (AfterWrite::Continue, false));
    assert_eq!(push(&mut state, &[say("5")]), (Pushed::Queued(1), false), "max");
}

#[test]
fn bytes_in_a_writers_hand_are_unsent_too_and_a_reader_waits_for_them() {
    let mut state = OutboxState::new(64);
    let long = say(&"x".repeat(limits::OUTBOX_UNSENT_BYTES_MAX / 2));
    state.push(&[long.clone(), long]);
    assert_eq!(taken(&mut state).len(), 2);
    assert!(state.ask_for_space().is_none(), "all of it is in hand");
    assert_eq!(write_one(&mut state), (AfterWrite::Continue, false));
    assert_eq!(write_one(&mut state), (AfterWrite::Continue, true), "the reader waits for this");
    assert!(state.has_space());
}

#[test]
fn what_is_pushed_before_the_answer_is_out_waits_for_it() {
    let mut state = OutboxState::new(8);
    state.begin_answer();
    assert_eq!(begin_or_push(&mut state, &[say("1")]), (Some(Pushed::Queued(1)), false));
    assert_eq!(state.take(), None);
    assert!(finish_answer(&mut state), "the writer is woken");
    assert_eq!(taken(&mut state), [say("1")]);

    let mut state = OutboxState::new(8);
    state.begin_answer();
    assert!(!state.ask_if_drained());
    assert!(finish_answer(&mut state), "somebody wants to know");
    assert_eq!(state.take(), Some(Work::Drained));

    let mut state = OutboxState::new(8);
    state.begin_answer();
    assert!(!finish_answer(&mut state), "nothing has come");
    assert!(state.begin_send(&[say("1")]));

    let mut state = OutboxState::new(8);
    state.begin_answer();
    state.fail(WriteFailed);
    assert!(finish_answer(&mut state));
    assert_eq!((state.take(), state.end_reason()), (Some(Work::Dead), Some(WriteFailed)));
}

#[test]
fn a_batch_is_queued_whole_or_not_at_all() {
    let mut state = OutboxState::new(2);
    assert_eq!(state.push(&[say("1"), say("2"), say("3")]), Pushed::Full);
    assert_eq!(state.unsent(), 0);
}

#[test]
fn classic_b16_after_the_close_frame_there_is_nothing() {
    let mut state = OutboxState::new(8);
    state.push(&[say("1")]);
    state.close(ServerStopping, Frame::close(Some(1001)), Unsent::Send);
    assert_eq!(state.push(&[say("2")]), Pushed::Ended);
    assert_eq!(taken(&mut state), [say("1")]);
    assert_eq!(taken(&mut state), [Frame::close(Some(1001))]);
    assert_eq!((state.take(), state.end_reason()), (Some(Work::AllWritten), Some(ServerStopping)));
}

#[test]
fn an_eviction_drops_the_queue_and_cuts_the_batch_in_hand() {
    let mut state = OutboxState::new(8);
    state.push(&[say("1"), say("2")]);
    assert_eq!(taken(&mut state).len(), 2);
    state.push(&[say("3")]);
    let dropped = state.close(SlowConsumer, Frame::close(None), Unsent::Drop);
    assert_eq!(dropped, [say("3")]);
    assert_eq!(state.note_written(1), AfterWrite::DropRest);
    assert_eq!(taken(&mut state), [Frame::close(None)]);
    assert_eq!((state.take(), state.end_reason()), (Some(Work::AllWritten), Some(SlowConsumer)));
}

#[test]
fn classic_b15_the_first_reason_stays_and_a_second_close_only_shortens() {
    let mut state = OutboxState::new(8);
    state.push(&[say("1")]);
    state.close(PeerClosed, Frame::close(Some(1000)), Unsent::Send);
    let dropped = state.close(SlowConsumer, Frame::close(None), Unsent::Drop);
    assert_eq!(dropped, [say("1")]);
    assert_eq!(taken(&mut state), [Frame::close(Some(1000))]);
    state.fail(WriteFailed);
    assert_eq!((state.take(), state.end_reason()), (Some(Work::Dead), Some(PeerClosed)));
    assert!(state.close(SlowConsumer, Frame::close(None), Unsent::Drop).is_empty());
}

#[test]
fn pongs_go_first_and_of_a_flood_only_the_newest_stay() {
    let mut state = OutboxState::new(8);
    state.push(&[say("1")]);
    let pong = |number: u8| Frame::encoded(FrameKind::Pong, &[0x8a, 1, number]);
    for number in 0..100 {
        state.push_pong(pong(number));
    }
    let frames = taken(&mut state);
    assert_eq!(frames.len(), limits::OUTBOX_PONGS_MAX + 1);
    assert_eq!(frames[limits::OUTBOX_PONGS_MAX - 1], pong(99));
    assert_eq!(frames[limits::OUTBOX_PONGS_MAX], say("1"));
}

#[test]
fn a_talker_waits_until_a_quarter_of_its_own_outbox_is_unsent() {
    let mut state = OutboxState::new(8);
    state.push(&[say("1"), say("2"), say("3"), say("4")]);
    assert_eq!(state.ask_for_space(), None);
    assert_eq!(taken(&mut state).len(), 4);
    assert_eq!(write_one(&mut state), (AfterWrite::Continue, false));
    assert_eq!(
        write_one(&mut state),
        (AfterWrite::Continue, true),
        "two of eight are unsent: the reader is woken"
    );
    assert_eq!(state.ask_for_space(), Some(()));
}

/// Lets the hub send a batch of three messages.
fn hub_sends(state: &mut OutboxState) -> [Frame; 3] {
    let batch = [say("1"), say("2"), say("3")];
    assert_eq!(begin_or_push(state, &batch), (None, false));
    assert_eq!(state.unsent(), 3, "what is in hand counts");
    assert_eq!(state.take(), None, "the writer keeps off");
    batch
}

#[test]
fn a_batch_that_is_taken_whole_leaves_an_idle_outbox_and_a_sleeping_writer() {
    let mut state = OutboxState::new(8);
    let batch = hub_sends(&mut state);
    assert!(!finish(&mut state, &batch, 9), "nobody has to be woken");
    assert_eq!((state.unsent(), state.take()), (0, None));
    hub_sends(&mut state);
}

#[test]
fn what_the_socket_did_not_take_is_the_writers_from_the_byte_on() {
    let mut state = OutboxState::new(8);
    let batch = hub_sends(&mut state);
    state.push_pong(Frame::encoded(FrameKind::Pong, &[0x8a, 0]));
    assert!(finish(&mut state, &batch, 4));
    assert_eq!(
        begin_or_push(&mut state, &[say("4")]),
        (Some(Pushed::Queued(1)), false),
        "it was woken already"
    );
    let pong = Frame::encoded(FrameKind::Pong, &[0x8a, 0]);
    assert_eq!(
        state.take(),
        Some(Work::Batch { frames: vec![say("2"), pong, say("3"), say("4")], written: 1 }),
        "the started message first, then what may go between two"
    );
    assert_eq!(state.note_written(3), AfterWrite::Continue);
    assert_eq!(state.take(), None);
    hub_sends(&mut state);
}

#[test]
fn a_ping_that_is_due_while_the_hub_sends_goes_out_behind_it() {
    let mut state = OutboxState::new(8);
    let batch = hub_sends(&mut state);
    state.push_ping(Frame::ping());
    assert_eq!(state.take(), None, "the writer waits for the hub");
    assert!(finish(&mut state, &batch, 9), "and is woken for its ping");
    assert_eq!(taken(&mut state), [Frame::ping()]);
    assert_eq!(state.take(), None);
    hub_sends(&mut state);
}

#[test]
fn a_ping_or_a_pong_that_waits_closes_the_express_lane() {
    let mut state = OutboxState::new(8);
    state.push_ping(Frame::ping());
    assert_eq!(
        begin_or_push(&mut state, &[say("1")]),
        (Some(Pushed::Queued(1)), false),
        "its writer is awake"
    );
    assert_eq!(taken(&mut state), [Frame::ping(), say("1")]);
}

#[test]
fn classic_b13_the_bound_holds_in_the_express_lane_too() {
    let mut state = OutboxState::new(2);
    assert_eq!(begin_or_push(&mut state, &[say("1"), say("2"), say("3")]).0, Some(Pushed::Full));
    assert!(state.begin_send(&[say("1"), say("2")]));
    assert!(finish(&mut state, &[say("1"), say("2")], 0));
    assert_eq!(begin_or_push(&mut state, &[say("3")]).0, Some(Pushed::Full));
}

#[test]
fn a_talker_that_waited_for_a_batch_in_the_hubs_hand_is_woken() {
    let mut state = OutboxState::new(4);
    let batch = hub_sends(&mut state);
    assert_eq!(state.ask_for_space(), None);
    assert!(finish(&mut state, &batch, 9));
    assert_eq!(state.ask_for_space(), Some(()));
}

#[test]
fn an_eviction_keeps_a_started_message_and_nothing_else() {
    for closes_first in [true, false] {
        let mut state = OutboxState::new(8);
        let batch = hub_sends(&mut state);
        if closes_first {
            state.close(SlowConsumer, Frame::close(None), Unsent::Drop);
        }
        assert!(finish(&mut state, &batch, 4));
        if !closes_first {
            let dropped = state.close(SlowConsumer, Frame::close(None), Unsent::Drop);
            assert_eq!(dropped, [say("3")]);
        }
        assert_eq!(state.take(), Some(Work::Batch { frames: vec![say("2")], written: 1 }));
        state.note_written(1);
        assert_eq!(taken(&mut state), [Frame::close(None)]);
    }
}

#[test]
fn a_close_that_comes_while_the_hub_sends_waits_for_the_rest() {
    let mut state = OutboxState::new(8);
    let batch = hub_sends(&mut state);
    state.close(PeerClosed, Frame::close(Some(1000)), Unsent::Send);
    assert_eq!(state.take(), None, "not between two halves of a frame");
    assert!(finish(&mut state, &batch, 0));
    assert_eq!(taken(&mut state).len(), 3);
    assert_eq!(taken(&mut state), [Frame::close(Some(1000))]);
}

#[test]
fn a_line_that_dies_while_the_hub_sends_is_dead() {
    let mut state = OutboxState::new(8);
    let batch = hub_sends(&mut state);
    state.fail(WriteFailed);
    assert!(finish(&mut state, &batch, 4));
    assert_eq!((state.take(), state.unsent()), (Some(Work::Dead), 0));
    assert_eq!(state.end_reason(), Some(WriteFailed));
}

fn line(seq: u64) -> Frame {
    Frame::log_line("line", LogPosition { log: NonZeroU64::MIN, seq })
}

#[test]
fn whoever_falls_behind_loses_the_lines_that_wait_and_no_answer() {
    let mut state = OutboxState::new(8);
    assert_eq!(push(&mut state, &[line(1)]), (Pushed::Queued(1), true));
    assert_eq!(taken(&mut state), [line(1)]);
    state.push(&[line(2), say("an answer"), line(3)]);
    assert_eq!(woken(&mut state, OutboxState::fall_behind), (vec![line(2), line(3)], false));
    assert_eq!(state.unsent(), 2, "what the writer holds is sent");
    assert_eq!(write_one(&mut state), (AfterWrite::Continue, false));
    assert_eq!(taken(&mut state), [say("an answer")]);
}

#[test]
fn whoever_falls_behind_keeps_the_line_that_has_started() {
    let mut state = OutboxState::new(8);
    assert!(state.begin_send(&[line(1), line(2)]));
    assert!(finish(&mut state, &[line(1), line(2)], 3), "the writer has the rest");
    assert_eq!(state.fall_behind(), [line(2)]);
    assert_eq!(state.take(), Some(Work::Batch { frames: vec![line(1)], written: 3 }));
}

#[test]
fn a_talker_that_waited_is_woken_when_its_client_falls_behind() {
    let mut state = OutboxState::new(4);
    state.push(&[line(1), line(2)]);
    assert_eq!(state.ask_for_space(), None);
    assert!(
        woken(&mut state, OutboxState::fall_behind).1,
        "there is room now, and nothing else will say so"
    );
    assert_eq!(state.ask_for_space(), Some(()));
}

#[test]
fn the_hub_hears_once_that_nothing_is_unsent_if_it_has_asked() {
    let mut state = OutboxState::new(4);
    assert!(state.ask_if_drained(), "nothing is");
    state.push(&[say("1")]);
    assert!(!state.ask_if_drained());
    assert_eq!(taken(&mut state), [say("1")]);
    state.note_written(1);
    assert_eq!(state.take(), Some(Work::Drained));
    assert_eq!(state.take(), None);
    state.push(&[say("2")]);
    taken(&mut state);
    state.note_written(1);
    assert_eq!(state.take(), None, "it has not asked again");
}
