//! What single clients are to be told, behind what their rooms are.
//!
//! Owns: the order, and that what one client is told together goes out together: a
//! send for each answer was a tenth of what a join cost, and most of what a talker did
//! whose messages were kept.
//! Must not know: who is told what, or whether it can be.
//!
//! Next: `telling/listener.rs`.

use crate::hub::ClientId;
use crate::limits;
use crate::outbox::{Frame, Parcel};

#[derive(Default)]
pub(super) struct Notes(Vec<(ClientId, Frame)>);

impl Notes {
    pub(super) fn add(&mut self, client: ClientId, frame: Frame) {
        self.0.push((client, frame));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Pushes all of them, in their order. What stands in a log's place goes alone: an
    /// outbox that is full is told again from there.
    pub(super) fn for_each_parcel(self, mut push: impl FnMut(ClientId, &Parcel)) {
        let mut parcel = Parcel::default();
        let mut notes = self.0.into_iter().peekable();
        while let Some((client, frame)) = notes.next() {
            parcel.clear();
            let mut has_room = frame.place().is_none();
            parcel.add(frame);
            while has_room
                && let Some((_, more)) =
                    notes.next_if(|(whose, more)| *whose == client && more.place().is_none())
            {
                parcel.add(more);
                has_room = parcel.bytes().len() < limits::PARCEL_BYTES_MAX;
            }
            push(client, &parcel);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::Notes;
    use crate::hub::ClientId;
    use crate::limits;
    use crate::outbox::{Frame, LogPlace};

    fn parcels(notes: Notes) -> Vec<(u64, usize)> {
        let mut parcels = Vec::new();
        notes.for_each_parcel(|client, parcel| parcels.push((client.0, parcel.frames().len())));
        parcels
    }

    #[test]
    fn what_one_client_is_told_together_goes_out_together() {
        let mut notes = Notes::default();
        for client in [1, 1, 2, 1, 1, 1] {
            notes.add(ClientId(client), Frame::text("an answer"));
        }
        assert_eq!(parcels(notes), [(1, 2), (2, 1), (1, 3)]);
    }

    #[test]
    fn what_stands_in_a_logs_place_goes_alone() {
        let place = LogPlace { room: NonZeroU64::MIN, seq: 7 };
        let mut notes = Notes::default();
        for frame in [Frame::text("a"), Frame::log_line("b", place), Frame::text("c")] {
            notes.add(ClientId(1), frame);
        }
        assert_eq!(parcels(notes), [(1, 1), (1, 1), (1, 1)]);
    }

    #[test]
    fn a_parcel_is_not_much_larger_than_one_may_be() {
        let mut notes = Notes::default();
        for _ in 0..9 {
            notes.add(ClientId(1), Frame::text(&"x".repeat(limits::PARCEL_BYTES_MAX / 4)));
        }
        assert_eq!(parcels(notes), [(1, 4), (1, 4), (1, 1)]);
    }
}
