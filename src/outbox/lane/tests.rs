//! The outbox's rules, one by one.
//!
//! Next: `outbox/monitor.rs`.

use super::{Go, Lane, Pushed, Rest, Work};
use crate::disconnect::Disconnect::{PeerClosed, ServerStopping, SlowConsumer, WriteFailed};
use crate::limits;
use crate::wire::{Frame, FrameKind};

fn say(text: &str) -> Frame {
    Frame::text(text)
}

fn batch(lane: &mut Lane) -> Vec<Frame> {
    match lane.take() {
        Some(Work::Batch(frames)) => frames,
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
fn a_round_is_queued_whole_or_not_at_all() {
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
