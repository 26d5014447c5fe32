//! Messages that the server has not yet confirmed as stored.
//!
//! A message stays here until the server answers `sent`, or refuses it for good. After a lost
//! connection it is sent again with the same id, so the server does not store it twice. Only one
//! message at a time is *under way*: sent, and neither answered nor seen in its room. Otherwise
//! messages could change their order: a message that the server refused for now would be sent again
//! after the message that follows it. A message is *seen in its room* when the server has sent it
//! to us as a line of the room. After that the next message can be sent, even if the server has not
//! confirmed the seen message as stored.
//!
//! Owns: the messages and their order. Pure: the caller gives it the time in each call.
//! Must not know: the connection.
//!
//! Part: `console/v1/core/mod.rs`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::console::v1::requests::ToServer;

/// The server must answer a message of the console, or show it in the room, within this time.
/// Otherwise the console closes the connection and makes a new one.
pub(super) const CONSOLE_ANSWER_WAIT: Duration = Duration::from_secs(30);
/// If the server has not answered a message by then, the person is told so.
pub(super) const CONSOLE_SLOW_AFTER: Duration = Duration::from_secs(4);

#[derive(Debug, Default)]
pub(super) struct UnsentMessages {
    messages: VecDeque<Pending>,
    /// True if the person knows that the server is slow to answer the message that is under way.
    is_slow_told: bool,
}

#[derive(Debug)]
struct Pending {
    id: String,
    request: ToServer,
    state: State,
}

// The states of a message, and what changes them:
//
//   Waiting ── next ──▶ UnderWay ── seen in its room ──▶ Seen
//   UnderWay ── refused as too early ──▶ NotBefore ── its time comes ──▶ Waiting
//   lost connection: UnderWay ──▶ Waiting;  Seen ──▶ SeenBefore ── next ──▶ Seen
//
// A `sent` or a final refusal removes the message, in any state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// The server refused the message for now: it came too early, or we were not in its room. The
    /// client may send it again at the time in this value, or later.
    NotBefore(Instant),
    UnderWay(Instant),
    /// The server has sent us the message as a line of its room, but has not yet answered `sent`.
    Seen,
    /// The message was `Seen` when the connection was lost. It must be sent again on the present
    /// connection, because the server may not have stored it.
    SeenBefore,
}

impl UnsentMessages {
    pub(super) fn add(&mut self, id: String, request: ToServer) {
        self.messages.push_back(Pending { id, request, state: State::Waiting });
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Returns the id of the newest message to this room that is not confirmed, and whose number
    /// nobody has told us yet; `None`: there is none.
    pub(super) fn newest_message_in(&self, room: &str) -> Option<&str> {
        let is_it = |message: &&Pending| match &message.request {
            ToServer::Say { room: its, .. } | ToServer::Me { room: its, .. } => its == room,
            _ => false,
        };
        let newest = self.messages.iter().rev().find(is_it)?;
        // One that we have seen in its room has a number, and is the newest of ours there.
        let has_number = matches!(newest.state, State::Seen | State::SeenBefore);
        (!has_number).then_some(newest.id.as_str())
    }

    /// Returns what people would read of the messages.
    pub(super) fn texts(&self) -> Vec<String> {
        let texts = self.messages.iter().filter_map(|message| message.request.text());
        texts.map(ToOwned::to_owned).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Returns the next request to send now, and records that it is sent. `None`: no request can be
    /// sent now, for example because the server has not yet answered the one that is under way.
    /// `ready` must return true if a request needs no room, or if we are in its room.
    pub(super) fn next(
        &mut self,
        now: Instant,
        ready: impl Fn(&ToServer) -> bool,
    ) -> Option<ToServer> {
        let again = |item: &&mut Pending| item.state == State::SeenBefore && ready(&item.request);
        if let Some(again) = self.messages.iter_mut().find(again) {
            again.state = State::Seen;
            return Some(again.request.clone());
        }
        if self.messages.iter().any(|message| matches!(message.state, State::UnderWay(_))) {
            return None;
        }
        let waits = |message: &&mut Pending| {
            matches!(message.state, State::Waiting | State::NotBefore(_)) && ready(&message.request)
        };
        let first = self.messages.iter_mut().find(waits)?;
        if matches!(first.state, State::NotBefore(then) if then > now) {
            return None;
        }
        first.state = State::UnderWay(now);
        Some(first.request.clone())
    }

    /// Returns the earliest time at which there is something to do: a message may be sent again, or
    /// the server's answer to a message is overdue. `None`: there is no such time.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        let turn = |message: &Pending| match message.state {
            State::NotBefore(then) => Some(then),
            State::UnderWay(since) if self.is_slow_told => Some(since + CONSOLE_ANSWER_WAIT),
            State::UnderWay(since) => Some(since + CONSOLE_SLOW_AFTER),
            _ => None,
        };
        self.messages.iter().filter_map(turn).min()
    }

    /// Changes the state of a message from `NotBefore` to `Waiting` when its time has come. The
    /// message may have to wait longer, for example until its room is joined. Without this change,
    /// its time would wake the loop again and again.
    pub(super) fn wake(&mut self, now: Instant) {
        for message in &mut self.messages {
            if matches!(message.state, State::NotBefore(then) if then <= now) {
                message.state = State::Waiting;
            }
        }
    }

    /// Returns whether the person must now be told that the server is slow to answer. It returns
    /// `true` once for each time that the server is slow.
    pub(super) fn becomes_slow(&mut self, now: Instant) -> bool {
        let slow = |message: &Pending| match message.state {
            State::UnderWay(since) => now >= since + CONSOLE_SLOW_AFTER,
            _ => false,
        };
        let is_slow = self.messages.iter().any(slow);
        is_slow && !std::mem::replace(&mut self.is_slow_told, true)
    }

    /// Returns whether the server is late with a message: for `CONSOLE_ANSWER_WAIT` since it was
    /// sent, the server has neither answered it nor sent it to us as a line. The connection is then
    /// taken for dead.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        let overdue = |message: &Pending| match message.state {
            State::UnderWay(since) => now >= since + CONSOLE_ANSWER_WAIT,
            _ => false,
        };
        self.messages.iter().any(overdue)
    }

    pub(super) fn seen(&mut self, id: &str) {
        self.change(id, State::Seen);
    }

    pub(super) fn too_early(&mut self, id: &str, then: Instant) {
        self.change(id, State::NotBefore(then));
    }

    /// Removes the message with this id and returns its request, because the server has stored it
    /// or has refused it for good. `None`: there is no message with this id.
    pub(super) fn take(&mut self, id: &str) -> Option<ToServer> {
        self.is_slow_told = false;
        let at = self.messages.iter().position(|message| message.id == id)?;
        self.messages.remove(at).map(|message| message.request)
    }

    /// Removes the messages to this room. Returns each with its id.
    pub(super) fn take_room(&mut self, room: &str) -> Vec<(String, ToServer)> {
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            self.messages.drain(..).partition(|message| message.request.room() == Some(room));
        self.messages = kept;
        gone.into_iter().map(|message| (message.id, message.request)).collect()
    }

    /// Handles the end of the connection: all messages that were sent and not confirmed are sent
    /// again on the next connection, because perhaps the server has not stored them.
    pub(super) fn on_connection_lost(&mut self) {
        self.is_slow_told = false;
        for message in &mut self.messages {
            message.state = match message.state {
                State::UnderWay(_) => State::Waiting,
                State::Seen => State::SeenBefore,
                other => other,
            };
        }
    }

    fn change(&mut self, id: &str, state: State) {
        self.is_slow_told = false;
        if let Some(message) = self.messages.iter_mut().find(|message| message.id == id) {
            message.state = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{CONSOLE_ANSWER_WAIT, ToServer, UnsentMessages};

    fn say(room: &str, id: &str) -> ToServer {
        ToServer::Say { room: room.into(), id: id.into(), text: id.into(), reply: None }
    }

    fn with(ids: &[&str]) -> UnsentMessages {
        let mut unsent = UnsentMessages::default();
        for id in ids {
            unsent.add((*id).into(), say("lobby", id));
        }
        unsent
    }

    #[test]
    fn one_is_under_way_until_it_is_seen_and_kept_until_it_is_sent() {
        let (mut unsent, now) = (with(&["a", "b"]), Instant::now());
        assert_eq!(unsent.next(now, |_| false), None, "nobody hears it yet");
        assert_eq!(unsent.next(now, |_| true), Some(say("lobby", "a")));
        assert_eq!(unsent.next(now, |_| true), None);
        unsent.seen("a");
        assert_eq!(unsent.next(now, |_| true), Some(say("lobby", "b")));
        unsent.take("a").unwrap();
        unsent.take("b").unwrap();
        assert!(unsent.is_empty());
    }

    #[test]
    fn after_a_lost_connection_all_is_asked_again_in_its_order() {
        let (mut unsent, now) = (with(&["a", "b", "c"]), Instant::now());
        unsent.next(now, |_| true);
        unsent.seen("a");
        unsent.next(now, |_| true);
        unsent.on_connection_lost();
        assert_eq!(unsent.next(now, |_| true), Some(say("lobby", "a")));
        assert_eq!(unsent.next(now, |_| true), Some(say("lobby", "b")));
        assert_eq!(unsent.next(now, |_| true), None);
    }

    #[test]
    fn what_came_too_early_waits_and_nothing_overtakes_it() {
        let (mut unsent, now) = (with(&["a", "b"]), Instant::now());
        unsent.next(now, |_| true);
        let then = now + Duration::from_millis(2500);
        unsent.too_early("a", then);
        assert_eq!(unsent.next(now, |_| true), None);
        assert_eq!(unsent.next_turn(), Some(then));
        unsent.wake(then);
        assert_eq!(unsent.next(then, |_| false), None, "its room is not there");
        assert_eq!(unsent.next_turn(), None, "and no time changes that");
        assert_eq!(unsent.next(then, |_| true), Some(say("lobby", "a")));
        assert!(!unsent.is_overdue(then));
        assert!(unsent.is_overdue(then + CONSOLE_ANSWER_WAIT));
    }

    #[test]
    fn a_room_that_cannot_be_had_holds_up_no_other() {
        let (mut unsent, now) = (with(&["a"]), Instant::now());
        unsent.add("k".into(), say("kitchen", "k"));
        let in_kitchen = |request: &ToServer| request.room() == Some("kitchen");
        assert_eq!(unsent.next(now, in_kitchen), Some(say("kitchen", "k")));
        assert_eq!(unsent.take_room("lobby"), [("a".to_owned(), say("lobby", "a"))]);
        assert_eq!(unsent.len(), 1);
        assert_eq!(unsent.take("k"), Some(say("kitchen", "k")));
    }
}
