//! Queued answers for single clients. A push sends them after the queued lines of the logs.
//!
//! Owns: their order. Answers for one client that are queued one after another may share one
//! `send`, because a `send` costs much more than adding one more answer to it.
//! Must not know: which client receives what, or whether it has space.
//!
//! Part: `chat_rule/delivery/mod.rs`.

use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::server::outbox::{Frame, FrameBatch};

/// Calls `push` with all these answers, in their order. Answers that follow each other and are for
/// the same client share a batch, until the batch has
/// [`FRAME_BATCH_BYTES_MAX`](limits::FRAME_BATCH_BYTES_MAX) bytes. An answer with a log
/// position is a batch of its own: if the outbox is full, the log is sent again from that
/// position instead of this answer.
pub(super) fn for_each_parcel(
    answers: Vec<(ClientId, Frame)>,
    mut push: impl FnMut(ClientId, &FrameBatch),
) {
    let mut batch = FrameBatch::default();
    let mut answers = answers.into_iter().peekable();
    while let Some((client, frame)) = answers.next() {
        batch.clear();
        let mut has_space = frame.position().is_none();
        batch.add(frame);
        while has_space
            && let Some((_, more)) =
                answers.next_if(|(whose, more)| *whose == client && more.position().is_none())
        {
            batch.add(more);
            has_space = batch.bytes().len() < limits::FRAME_BATCH_BYTES_MAX;
        }
        push(client, &batch);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::for_each_parcel;
    use crate::base::client_id::ClientId;
    use crate::base::limits;
    use crate::server::outbox::{Frame, LogPosition};

    fn batches(answers: Vec<(ClientId, Frame)>) -> Vec<(u64, usize)> {
        let mut batches = Vec::new();
        for_each_parcel(answers, |client, batch| batches.push((client.0, batch.frames().len())));
        batches
    }

    #[test]
    fn what_one_client_is_told_together_goes_out_together() {
        let mut answers = Vec::new();
        for client in [1, 1, 2, 1, 1, 1] {
            answers.push((ClientId(client), Frame::text("an answer")));
        }
        assert_eq!(batches(answers), [(1, 2), (2, 1), (1, 3)]);
    }

    #[test]
    fn a_frame_at_a_log_position_goes_alone() {
        let position = LogPosition { log: NonZeroU64::MIN, seq: 7 };
        let mut answers = Vec::new();
        for frame in [Frame::text("a"), Frame::log_line("b", position), Frame::text("c")] {
            answers.push((ClientId(1), frame));
        }
        assert_eq!(batches(answers), [(1, 1), (1, 1), (1, 1)]);
    }

    #[test]
    fn a_parcel_is_not_much_larger_than_one_may_be() {
        let mut answers = Vec::new();
        for _ in 0..9 {
            let text = "x".repeat(limits::FRAME_BATCH_BYTES_MAX / 4);
            answers.push((ClientId(1), Frame::text(&text)));
        }
        assert_eq!(batches(answers), [(1, 4), (1, 4), (1, 1)]);
    }
}
