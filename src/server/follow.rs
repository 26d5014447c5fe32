//! One message on its way through the server, with the moment at which it passed each of eight
//! steps. Somebody who looks at the server's work asks for their own next message.
//!
//! While nobody has asked, each call here that lies on the way of a message is a load and a branch:
//! no clock is read and no lock is taken. While somebody waits for their message, each reader reads
//! the clock twice for each message, and the hub finds out whose message it is. This ends after
//! [`WAIT`] at the latest.
//!
//! Owns: the steps, who has asked, and what was seen of the newest messages. A process has one
//! server, so this is one static, like the counters (`server/instruments.rs`).
//! Must not know: who is who (the rule knows), what a message says, how the steps are shown.
//!
//! Part: `server/mod.rs`.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::base::client_id::ClientId;
use crate::server::outbox::{Frame, LogPosition, Pushed};

/// How long the server looks out for the next message of somebody who has asked, and then for the
/// late steps of that message. A person needs some seconds to write a short one.
pub const WAIT: Duration = Duration::from_secs(120);
/// Most people who wait for their next message, and most messages of which the steps are kept. A
/// class is about so large. If more people ask, the oldest entry goes.
const ENTRIES_MAX: usize = 32;

/// The steps of a message, in the order in which they are shown. The last two need not come in this
/// order, nor at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The reader has the whole message from the client's socket. A message that came by a form has
    /// no such step.
    Read,
    /// The reader, or the door of a form, puts the request into the hub's inbox. It may have to
    /// wait for space there.
    Asked,
    /// The hub takes the request from its inbox.
    Taken,
    /// The rule has made a line of the message, with a number.
    Decided,
    /// The hub begins with the first client that hears the line.
    FirstSend,
    /// The hub is done with the last client that hears the line.
    LastSend,
    /// A writer has the line from its outbox; the first one, if several writers get it.
    Writer,
    /// The history has stored the line, and the hub knows that.
    Kept,
}

/// How many steps there are.
pub const STEPS: usize = 8;

/// Who a message belongs to: bytes that the rule understands. The server compares them only.
pub type FollowMark = Vec<u8>;

/// When a reader had a message, and when it put the request into the hub's inbox.
#[derive(Clone, Copy, Debug)]
pub struct ReaderStamps {
    read: Option<Instant>,
    asked: Instant,
}

/// One message that was followed.
#[derive(Clone, Debug)]
pub struct Followed {
    mark: FollowMark,
    client: ClientId,
    /// The line in its log; a private message has a line in two logs.
    positions: Vec<LogPosition>,
    stamps: [Option<Instant>; STEPS],
    /// How many clients the hub has pushed the line to.
    pub clients: usize,
    /// To how many of them the hub could not send the whole line, so that a writer has to.
    pub queued: usize,
    /// Whether the server stores lines at all.
    pub is_stored: bool,
}

impl Followed {
    /// Returns when each step was passed, as the time since the first step that was seen; `None`:
    /// it was not passed, or not yet.
    pub fn since_first(&self) -> [Option<Duration>; STEPS] {
        let first = self.stamps.iter().flatten().min().copied();
        self.stamps.map(|stamp| Some(stamp?.saturating_duration_since(first?)))
    }

    /// Returns whether a step can still come.
    pub fn is_under_way(&self) -> bool {
        let is_missing = |step: Step| self.stamps[step as usize].is_none();
        let began = self.stamps[Step::Taken as usize];
        let waits =
            self.queued > 0 && is_missing(Step::Writer) || self.is_stored && is_missing(Step::Kept);
        waits && began.is_some_and(|began| began.elapsed() < WAIT)
    }

    fn note(&mut self, step: Step) {
        self.stamps[step as usize].get_or_insert_with(Instant::now);
    }
}

/// What somebody who has asked gets to see.
#[derive(Clone, Debug)]
pub struct FollowReading {
    /// Whether the server still looks out for their next message.
    pub waits: bool,
    /// Their last message that was followed.
    pub last: Option<Followed>,
}

struct FollowState {
    /// Whether there is anything to do here: somebody waits, or a message is under way.
    is_on: AtomicBool,
    inside: Mutex<Inside>,
}

struct Inside {
    /// Who waits for their next message, and until when.
    wanted: Vec<(FollowMark, Instant)>,
    /// The request that the hub handles now, if its reader has read the clock.
    current: Option<(ClientId, ReaderStamps, Instant)>,
    /// The messages that the hub sends in this round.
    sending: Vec<Followed>,
    /// The messages that the hub has sent, the newest last.
    sent: Vec<Followed>,
}

static FOLLOW: FollowState = FollowState {
    is_on: AtomicBool::new(false),
    inside: Mutex::new(Inside {
        wanted: Vec::new(),
        current: None,
        sending: Vec::new(),
        sent: Vec::new(),
    }),
};

impl FollowState {
    fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Acts under the lock, and then finds out whether anything is left to do.
    fn with<R>(&self, act: impl FnOnce(&mut Inside) -> R) -> R {
        let mut inside = self.inside.lock();
        let answer = act(&mut inside);
        let now = Instant::now();
        inside.wanted.retain(|(_, until)| *until > now);
        let is_busy = !inside.wanted.is_empty()
            || !inside.sending.is_empty()
            || inside.sent.iter().any(Followed::is_under_way);
        self.is_on.store(is_busy, Ordering::Relaxed);
        answer
    }

    fn when_on(&self, act: impl FnOnce(&mut Inside)) {
        if self.is_on() {
            self.with(act);
        }
    }
}

/// Looks out for the next message that belongs to `mark`.
pub fn want(mark: FollowMark) {
    FOLLOW.with(|inside| {
        inside.wanted.retain(|(wanted, _)| *wanted != mark);
        if inside.wanted.len() == ENTRIES_MAX {
            inside.wanted.remove(0);
        }
        inside.wanted.push((mark, Instant::now() + WAIT));
    });
}

/// Looks out no more for a message that belongs to `mark`, and forgets the last one.
pub fn dismiss(mark: &FollowMark) {
    FOLLOW.with(|inside| {
        inside.wanted.retain(|(wanted, _)| wanted != mark);
        inside.sent.retain(|followed| followed.mark != *mark);
    });
}

/// Returns what was seen of the message that belongs to `mark`.
pub fn reading(mark: &FollowMark) -> FollowReading {
    FOLLOW.with(|inside| {
        let now = Instant::now();
        let waits = inside.wanted.iter().any(|(wanted, until)| wanted == mark && *until > now);
        let last = inside.sent.iter().rfind(|followed| followed.mark == *mark).cloned();
        FollowReading { waits, last }
    })
}

// --- What the threads on the way of a message call --------------------------------------------

thread_local! {
    /// When this thread, a reader, had the message that it now gives to the hub.
    static READ: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Reads the clock, if somebody waits for a message. A reader calls this when it has one.
pub(crate) fn read() {
    if FOLLOW.is_on() {
        READ.set(Some(Instant::now()));
    }
}

/// Reads the clock, if somebody waits for a message. Whoever puts a request into the hub's inbox
/// calls this.
pub(crate) fn asked() -> Option<ReaderStamps> {
    FOLLOW.is_on().then(|| ReaderStamps { read: READ.take(), asked: Instant::now() })
}

/// The hub calls this before it gives the rule a request.
pub(crate) fn taken(client: ClientId, stamps: Option<ReaderStamps>) {
    if let Some(stamps) = stamps {
        FOLLOW.when_on(|inside| inside.current = Some((client, stamps, Instant::now())));
    }
}

/// The hub calls this when the rule has handled the request.
pub(crate) fn handled() {
    FOLLOW.when_on(|inside| inside.current = None);
}

/// The rule calls this if the request that it handles has become this line, before it pushes the
/// line. `belongs` says whether a message of the request's author belongs to a mark. The second
/// line of a private message belongs to the same message.
pub fn decided(position: LogPosition, is_stored: bool, belongs: impl Fn(&FollowMark) -> bool) {
    FOLLOW.when_on(|inside| {
        let Some((client, reader, taken)) = inside.current else { return };
        let is_same = |followed: &&mut Followed| {
            followed.client == client && followed.stamps[Step::Taken as usize] == Some(taken)
        };
        if let Some(followed) = inside.sending.iter_mut().find(is_same) {
            return followed.positions.push(position);
        }
        let Some(index) = inside.wanted.iter().position(|(mark, _)| belongs(mark)) else { return };
        let (mark, _) = inside.wanted.remove(index);
        let mut stamps = [None; STEPS];
        stamps[Step::Read as usize] = reader.read;
        stamps[Step::Asked as usize] = Some(reader.asked);
        stamps[Step::Taken as usize] = Some(taken);
        stamps[Step::Decided as usize] = Some(Instant::now());
        let positions = vec![position];
        let (clients, queued) = (0, 0);
        let followed = Followed { mark, client, positions, stamps, clients, queued, is_stored };
        inside.sending.push(followed);
    });
}

/// The hub calls this before it pushes these frames to a client.
pub(crate) fn sends(frames: &[Frame]) {
    FOLLOW.when_on(|inside| {
        inside.carried(frames).for_each(|followed| followed.note(Step::FirstSend));
    });
}

/// The hub calls this when it has pushed these frames to a client.
pub(crate) fn sent(frames: &[Frame], pushed: Pushed) {
    FOLLOW.when_on(|inside| {
        for followed in inside.carried(frames) {
            followed.stamps[Step::LastSend as usize] = Some(Instant::now());
            followed.clients += 1;
            followed.queued += usize::from(matches!(pushed, Pushed::Queued(_)));
        }
    });
}

/// The hub calls this when its round ends: all clients that hear a line at once have it.
pub(crate) fn round_ended() {
    FOLLOW.when_on(|inside| {
        let Inside { sending, sent, .. } = inside;
        for followed in sending.drain(..) {
            sent.retain(|older| older.mark != followed.mark);
            if sent.len() == ENTRIES_MAX {
                sent.remove(0);
            }
            sent.push(followed);
        }
    });
}

/// A client's writer calls this when it has these frames from its outbox.
pub(crate) fn writer_took(frames: &[Frame]) {
    FOLLOW.when_on(|inside| {
        let Inside { sending, sent, .. } = inside;
        let all = sending.iter_mut().chain(sent);
        all.filter(|followed| followed.is_in(frames)).for_each(|one| one.note(Step::Writer));
    });
}

/// The rule calls this when the line with this number, which this client sent, is stored.
pub fn kept(client: ClientId, seq: u64) {
    FOLLOW.when_on(|inside| {
        let is_it = |followed: &&mut Followed| {
            followed.client == client && followed.positions.iter().any(|line| line.seq == seq)
        };
        inside.sent.iter_mut().filter(is_it).for_each(|followed| followed.note(Step::Kept));
    });
}

impl Inside {
    /// Returns the messages of this round whose line is among these frames.
    fn carried(&mut self, frames: &[Frame]) -> impl Iterator<Item = &mut Followed> {
        self.sending.iter_mut().filter(|followed| followed.is_in(frames))
    }
}

impl Followed {
    fn is_in(&self, frames: &[Frame]) -> bool {
        let mut lines = frames.iter().filter_map(Frame::position);
        lines.any(|line| self.positions.contains(&line))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::{
        FollowMark, STEPS, Step, asked, decided, dismiss, handled, kept, read, reading,
        round_ended, sends, sent, taken, want, writer_took,
    };
    use crate::base::client_id::ClientId;
    use crate::server::outbox::{Frame, LogPosition, Pushed};

    /// One test, because all of them would share the static.
    #[test]
    fn only_the_next_message_of_whoever_asked_is_followed_and_its_steps_are_in_order() {
        let (ann, bo): (FollowMark, FollowMark) = (b"follow-ann".to_vec(), b"follow-bo".to_vec());
        let says = |client, author: &FollowMark, seq| {
            let position = LogPosition { log: NonZeroU64::MAX, seq };
            let frames = [Frame::log_line("{}", position)];
            read();
            taken(ClientId(client), asked());
            decided(position, true, |mark| mark == author);
            handled();
            sends(&frames);
            sent(&frames, Pushed::Sent);
            sends(&frames);
            sent(&frames, Pushed::Queued(1));
            writer_took(&frames);
            round_ended();
        };
        want(ann.clone());
        says(7001, &bo, 1);
        assert!(reading(&ann).waits && reading(&ann).last.is_none(), "Bo's is not Ann's");
        assert!(reading(&bo).last.is_none(), "Bo has not asked");
        says(7002, &ann, 2);
        let seen = reading(&ann);
        assert!(!seen.waits);
        let last = seen.last.unwrap();
        assert_eq!((last.clients, last.queued), (2, 1));
        assert!(last.is_under_way(), "it is not stored yet");
        kept(ClientId(7001), 2);
        assert!(reading(&ann).last.unwrap().is_under_way(), "that was another client's");
        kept(ClientId(7002), 2);
        let last = reading(&ann).last.unwrap();
        let steps = last.since_first().map(Option::unwrap);
        assert!(steps.is_sorted_by_key(|at| *at) || steps[Step::Writer as usize] > steps[4]);
        assert_eq!((steps.len(), steps[0].as_nanos()), (STEPS, 0));
        says(7002, &ann, 3);
        assert_eq!(reading(&ann).last.unwrap().positions[0].seq, 2, "Ann has asked for one");
        dismiss(&ann);
        assert!(reading(&ann).last.is_none());
    }
}
