//! The outbox's rules, one by one.
//!
//! Next: `outbox/berth.rs`.

use std::num::NonZeroU64;

use super::Lane;
use crate::disconnect::Disconnect::{PeerClosed, ServerStopping, SlowConsumer, WriteFailed};
use crate::limits;
use crate::outbox::{Frame, FrameKind, LogPlace};
use crate::outbox::{Go, Pushed, Rest, Work};

fn say(text: &str) -> Frame {
    Frame::text(text)
}

fn batch(lane: &mut Lane) -> Vec<Frame> {
    match lane.take() {
        Some(Work::Batch(frames, 0)) => frames,
        other => panic!("expected a batch, got {other:?}"),
    }
}

#[test]
fn b13_the_bound_counts_the_batch_in_hand_and_is_exact() {
    let mut lane = Lane::new(4);
    assert_eq!(lane.push(&[say("1"), say("2")]), (Pushed::Queued, true));
    assert_eq!(batch(&mut lane).len(), 2);
    assert_eq!(lane.push(&[say("3"), say("4")]), (Pushed::Queued, false));
    assert_eq!(lane.unsent(), 4);
    assert_eq!(lane.push(&[say("5")]), (Pushed::Full, false), "max + 1");
    assert_eq!(lane.sent(1), (Go::On, false));
    assert_eq!(lane.push(&[say("5")]), (Pushed::Queued, false), "max");
}

#[test]
fn bytes_in_a_writers_hand_are_unsent_too_and_a_reader_waits_for_them() {
    let mut lane = Lane::new(64);
    let long = say(&"x".repeat(limits::ROOM_LEFT_BYTES_MAX / 2));
    lane.push(&[long.clone(), long]);
    assert_eq!(batch(&mut lane).len(), 2);
    assert!(lane.room().is_none(), "all of it is in hand");
    assert_eq!(lane.sent(1), (Go::On, false));
    assert_eq!(lane.sent(1), (Go::On, true), "the reader waits for this");
    assert!(lane.has_room());
}

#[test]
fn what_is_pushed_before_the_answer_is_out_waits_for_it() {
    let mut lane = Lane::new(8);
    lane.hold();
    assert_eq!(lane.push_or_lend(&[say("1")]), (Pushed::Queued, false));
    assert_eq!(lane.take(), None);
    assert!(lane.release(), "the writer is woken");
    assert_eq!(batch(&mut lane), [say("1")]);

    let mut lane = Lane::new(8);
    lane.hold();
    assert!(!lane.watch());
    assert!(lane.release(), "somebody wants to know");
    assert_eq!(lane.take(), Some(Work::Drained));

    let mut lane = Lane::new(8);
    lane.hold();
    assert!(!lane.release(), "nothing has come");
    assert_eq!(lane.push_or_lend(&[say("1")]), (Pushed::Lent, false));

    let mut lane = Lane::new(8);
    lane.hold();
    lane.fail(WriteFailed);
    assert!(lane.release());
    assert_eq!(lane.take(), Some(Work::Dead(WriteFailed)));
}

#[test]
fn a_parcel_is_queued_whole_or_not_at_all() {
    let mut lane = Lane::new(2);
    assert_eq!(lane.push(&[say("1"), say("2"), say("3")]).0, Pushed::Full);
    assert_eq!(lane.unsent(), 0);
}

#[test]
fn b16_after_the_close_frame_there_is_nothing() {
    let mut lane = Lane::new(8);
    lane.push(&[say("1")]);
    lane.close(ServerStopping, Frame::close(Some(1001)), Rest::Send);
    assert_eq!(lane.push(&[say("2")]).0, Pushed::Ended);
    assert_eq!(batch(&mut lane), [say("1")]);
    assert_eq!(batch(&mut lane), [Frame::close(Some(1001))]);
    assert_eq!(lane.take(), Some(Work::Said(ServerStopping)));
}

#[test]
fn an_eviction_drops_the_queue_and_cuts_the_batch_in_hand() {
    let mut lane = Lane::new(8);
    lane.push(&[say("1"), say("2")]);
    assert_eq!(batch(&mut lane).len(), 2);
    lane.push(&[say("3")]);
    let dropped = lane.close(SlowConsumer, Frame::close(None), Rest::Drop);
    assert_eq!(dropped, [say("3")]);
    assert_eq!(lane.sent(1).0, Go::Cut);
    lane.dropped_rest();
    assert_eq!(batch(&mut lane), [Frame::close(None)]);
    assert_eq!(lane.take(), Some(Work::Said(SlowConsumer)));
}

#[test]
fn b15_the_first_reason_stays_and_a_second_close_only_shortens() {
    let mut lane = Lane::new(8);
    lane.push(&[say("1")]);
    lane.close(PeerClosed, Frame::close(Some(1000)), Rest::Send);
    let dropped = lane.close(SlowConsumer, Frame::close(None), Rest::Drop);
    assert_eq!(dropped, [say("1")]);
    assert_eq!(batch(&mut lane), [Frame::close(Some(1000))]);
    lane.fail(WriteFailed);
    assert_eq!(lane.take(), Some(Work::Dead(PeerClosed)));
    assert!(lane.close(SlowConsumer, Frame::close(None), Rest::Drop).is_empty());
}

#[test]
fn pongs_go_first_and_of_a_flood_only_the_newest_stay() {
    let mut lane = Lane::new(8);
    lane.push(&[say("1")]);
    let pong = |number: u8| Frame::encoded(FrameKind::Pong, &[0x8a, 1, number]);
    for number in 0..100 {
        lane.push_pong(pong(number));
    }
    let frames = batch(&mut lane);
    assert_eq!(frames.len(), limits::OUTBOX_PONGS_MAX + 1);
    assert_eq!(frames[limits::OUTBOX_PONGS_MAX - 1], pong(99));
    assert_eq!(frames[limits::OUTBOX_PONGS_MAX], say("1"));
}

#[test]
fn a_talker_waits_until_a_quarter_of_its_own_outbox_is_unsent() {
    let mut lane = Lane::new(8);
    lane.push(&[say("1"), say("2"), say("3"), say("4")]);
    assert_eq!(lane.room(), None);
    assert_eq!(batch(&mut lane).len(), 4);
    assert_eq!(lane.sent(1), (Go::On, false));
    assert_eq!(lane.sent(1), (Go::On, true), "two of eight are unsent: the reader is woken");
    assert_eq!(lane.room(), Some(()));
}

/// A parcel that the hub holds, and the number of bytes that each frame has.
fn lent(lane: &mut Lane) -> [Frame; 3] {
    let parcel = [say("1"), say("2"), say("3")];
    assert_eq!(lane.push_or_lend(&parcel), (Pushed::Lent, false));
    assert_eq!(lane.unsent(), 3, "what is in hand counts");
    assert_eq!(lane.take(), None, "the writer keeps off");
    parcel
}

#[test]
fn a_parcel_that_is_taken_whole_leaves_an_idle_lane_and_a_sleeping_writer() {
    let mut lane = Lane::new(8);
    let parcel = lent(&mut lane);
    assert!(!lane.settle(&parcel, 9), "nobody has to be woken");
    assert_eq!((lane.unsent(), lane.take()), (0, None));
    lent(&mut lane);
    assert!(!lane.settle(&[], 0), "nor when nothing of it is left to be counted");
    assert_eq!((lane.unsent(), lane.take()), (0, None));
    lent(&mut lane);
}

#[test]
fn what_the_socket_did_not_take_is_the_writers_from_the_byte_on() {
    let mut lane = Lane::new(8);
    let parcel = lent(&mut lane);
    lane.push_pong(Frame::encoded(FrameKind::Pong, &[0x8a, 0]));
    assert!(lane.settle(&parcel, 4));
    assert_eq!(lane.push_or_lend(&[say("4")]), (Pushed::Queued, false), "it was woken already");
    let pong = Frame::encoded(FrameKind::Pong, &[0x8a, 0]);
    assert_eq!(
        lane.take(),
        Some(Work::Batch(vec![say("2"), pong, say("3"), say("4")], 1)),
        "the started message first, then what may go between two"
    );
    assert_eq!(lane.sent(3), (Go::On, false));
    assert_eq!(lane.take(), None);
    lent(&mut lane);
}

#[test]
fn a_ping_that_is_due_while_the_hub_sends_goes_out_behind_it() {
    let mut lane = Lane::new(8);
    lent(&mut lane);
    lane.push_ping(Frame::ping());
    assert_eq!(lane.take(), None, "the writer waits for the hub");
    assert!(lane.settle(&[], 0), "and is woken for its ping");
    assert_eq!(batch(&mut lane), [Frame::ping()]);
    assert_eq!(lane.take(), None);
    lent(&mut lane);
}

#[test]
fn a_ping_or_a_pong_that_waits_closes_the_express_lane() {
    let mut lane = Lane::new(8);
    lane.push_ping(Frame::ping());
    assert_eq!(lane.push_or_lend(&[say("1")]), (Pushed::Queued, false), "its writer is awake");
    assert_eq!(batch(&mut lane), [Frame::ping(), say("1")]);
}

#[test]
fn b13_the_bound_holds_in_the_express_lane_too() {
    let mut lane = Lane::new(2);
    assert_eq!(lane.push_or_lend(&[say("1"), say("2"), say("3")]).0, Pushed::Full);
    assert_eq!(lane.push_or_lend(&[say("1"), say("2")]).0, Pushed::Lent);
    assert!(lane.settle(&[say("1"), say("2")], 0));
    assert_eq!(lane.push_or_lend(&[say("3")]).0, Pushed::Full);
}

#[test]
fn a_talker_that_waited_for_a_parcel_in_the_hubs_hand_is_woken() {
    let mut lane = Lane::new(4);
    lent(&mut lane);
    assert_eq!(lane.room(), None);
    assert!(lane.settle(&[], 0));
    assert_eq!(lane.room(), Some(()));
}

#[test]
fn an_eviction_keeps_a_started_message_and_nothing_else() {
    for closes_first in [true, false] {
        let mut lane = Lane::new(8);
        let parcel = lent(&mut lane);
        if closes_first {
            lane.close(SlowConsumer, Frame::close(None), Rest::Drop);
        }
        assert!(lane.settle(&parcel, 4));
        if !closes_first {
            let dropped = lane.close(SlowConsumer, Frame::close(None), Rest::Drop);
            assert_eq!(dropped, [say("3")]);
        }
        assert_eq!(lane.take(), Some(Work::Batch(vec![say("2")], 1)));
        lane.sent(1);
        assert_eq!(batch(&mut lane), [Frame::close(None)]);
    }
}

#[test]
fn a_close_that_comes_while_the_hub_sends_waits_for_the_rest() {
    let mut lane = Lane::new(8);
    let parcel = lent(&mut lane);
    lane.close(PeerClosed, Frame::close(Some(1000)), Rest::Send);
    assert_eq!(lane.take(), None, "not between two halves of a frame");
    assert!(lane.settle(&parcel, 0));
    assert_eq!(batch(&mut lane).len(), 3);
    assert_eq!(batch(&mut lane), [Frame::close(Some(1000))]);
}

#[test]
fn a_line_that_dies_while_the_hub_sends_is_dead() {
    let mut lane = Lane::new(8);
    let parcel = lent(&mut lane);
    lane.fail(WriteFailed);
    assert!(lane.settle(&parcel, 4));
    assert_eq!((lane.take(), lane.unsent()), (Some(Work::Dead(WriteFailed)), 0));
}

fn line(seq: u64) -> Frame {
    Frame::log_line("line", LogPlace { room: NonZeroU64::MIN, seq })
}

#[test]
fn whoever_falls_behind_loses_the_lines_that_wait_and_no_answer() {
    let mut lane = Lane::new(8);
    assert_eq!(lane.push(&[line(1)]), (Pushed::Queued, true));
    assert_eq!(batch(&mut lane), [line(1)]);
    lane.push(&[line(2), say("an answer"), line(3)]);
    assert_eq!(lane.fall_behind(), (vec![line(2), line(3)], false));
    assert_eq!(lane.unsent(), 2, "what the writer holds is sent");
    assert_eq!(lane.sent(1), (Go::On, false));
    assert_eq!(batch(&mut lane), [say("an answer")]);
}

#[test]
fn whoever_falls_behind_keeps_the_line_that_has_started() {
    let mut lane = Lane::new(8);
    assert_eq!(lane.push_or_lend(&[line(1), line(2)]).0, Pushed::Lent);
    assert!(lane.settle(&[line(1), line(2)], 3), "the writer has the rest");
    assert_eq!(lane.fall_behind().0, [line(2)]);
    assert_eq!(lane.take(), Some(Work::Batch(vec![line(1)], 3)));
}

#[test]
fn a_talker_that_waited_is_woken_when_its_client_falls_behind() {
    let mut lane = Lane::new(4);
    lane.push(&[line(1), line(2)]);
    assert_eq!(lane.room(), None);
    assert!(lane.fall_behind().1, "there is room now, and nothing else will say so");
    assert_eq!(lane.room(), Some(()));
}

#[test]
fn the_hub_hears_once_that_nothing_is_unsent_if_it_has_asked() {
    let mut lane = Lane::new(4);
    assert!(lane.watch(), "nothing is");
    lane.push(&[say("1")]);
    assert!(!lane.watch());
    assert_eq!(batch(&mut lane), [say("1")]);
    lane.sent(1);
    assert_eq!(lane.take(), Some(Work::Drained));
    assert_eq!(lane.take(), None);
    lane.push(&[say("2")]);
    batch(&mut lane);
    lane.sent(1);
    assert_eq!(lane.take(), None, "it has not asked again");
}
