//! The simplest rule for who receives which message: every client receives every message. With this
//! rule the server is the chat that WebSocket tutorials build.
//!
//! Owns: which client receives which message, in a server that has no rooms, no names and no
//! history.
//! Must not know: threads, sockets, frames' bytes.
//!
//! Next: `server/hub/audience.rs`.

use std::convert::Infallible;

use super::format::Classic;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::server::hub::{Audience, Event, Now, Roster, Rule};
use crate::server::{config::FanOut, outbox::Frame};

/// The rule that sends each message to all clients, also to its author. A client whose outbox is
/// full is disconnected: the texts have no numbers, so the server could not send later what the
/// client missed.
#[derive(Debug)]
pub struct Everybody {
    roster: Roster<Classic>,
    all: Audience<Classic>,
    is_stopping: bool,
}

impl Everybody {
    /// Makes a rule that has no clients yet. Each client's outbox has space for
    /// `outbox_messages_max` messages.
    pub fn new(fan_out: FanOut, outbox_messages_max: usize) -> Self {
        let roster = Roster::new(fan_out, outbox_messages_max);
        Self { roster, all: Audience::default(), is_stopping: false }
    }

    fn register(&mut self, client: ClientId) {
        if self.is_stopping {
            return self.roster.refuse_newcomer(client, Disconnect::ServerStopping);
        }
        self.roster.welcome(client);
        if let Some((connection, format)) = self.roster.connection(client) {
            self.all.add(client, format, connection.clone());
        }
    }

    fn broadcast(&mut self, author: ClientId, text: &str) {
        let (all, messages_max) = (&mut self.all, self.roster.batch_messages_max());
        if all.has(author) && !all.collect(messages_max, |_| Some(Frame::text(text))) {
            self.push();
        }
    }

    fn push(&mut self) {
        let mut slow = Vec::new();
        self.all.push(self.roster.fan_out(), |client, _| slow.push(client));
        slow.into_iter().for_each(|client| self.end_client(client, Disconnect::SlowConsumer));
    }

    fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        if self.all.has(client) {
            self.all.remove(client);
            self.roster.end_client(client, reason);
        }
    }
}

impl Rule for Everybody {
    type Format = Classic;
    type Signal = Infallible;

    fn roster(&mut self) -> &mut Roster<Classic> {
        &mut self.roster
    }

    fn step(&mut self, _: Now, event: Event<Classic, Infallible>) {
        match event {
            Event::Newcomer(client, ()) => self.register(client),
            Event::Asked(client, text) => self.broadcast(client, &text),
            Event::PushCollected | Event::RoundEnds => self.push(),
            Event::Left(client) => {
                self.all.remove(client);
                self.roster.forget(client);
            }
            Event::Stopping => {
                self.is_stopping = true;
                let everybody: Vec<_> = self.roster.clients().collect();
                for client in everybody {
                    self.end_client(client, Disconnect::ServerStopping);
                }
            }
            // This rule never calls `Roster::ask_if_drained`, so it never receives `Drained`. It
            // cannot receive `Signal` either, because its type of signals has no values.
            Event::Drained(_) => {}
            Event::Signal(never) => match never {},
        }
    }

    fn is_over(&self) -> bool {
        self.is_stopping && self.roster.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use crossbeam_channel::{Receiver, bounded};

    use super::{Classic, ClientId, Disconnect, Event, Everybody, FanOut, Now, Rule};
    use crate::base::socket::PublicSocket;
    use crate::server::hub::ClientConnection;
    use crate::server::hub::handle::Registration;
    use crate::server::outbox::{FrameKind, OutboxSlot, OutboxSlots, Work};

    /// How many messages may be unsent in each outbox of these tests. A batch has at most a quarter
    /// of that number.
    const OUTBOX_MAX: usize = 12;

    /// Runs the classic rule on the test's own thread: there is no hub thread and no writer thread.
    /// The test itself takes the messages from the outboxes.
    struct Scene {
        rule: Everybody,
        slots: OutboxSlots,
        socket: Arc<PublicSocket>,
        outboxes: Vec<OutboxSlot>,
    }

    type Welcome = Receiver<Result<(), Disconnect>>;

    impl Scene {
        fn new() -> Self {
            let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let socket =
                Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap().into());
            let rule = Everybody::new(FanOut::Writers, OUTBOX_MAX);
            Self { rule, slots: OutboxSlots::new(OUTBOX_MAX), socket, outboxes: Vec::new() }
        }

        fn step(&mut self, event: Event<Classic, std::convert::Infallible>) {
            let now = Now { since_start: Duration::ZERO, utc_millis: 0 };
            self.rule.step(now, event);
        }

        fn joins(&mut self) -> (ClientId, Welcome) {
            let client = ClientId(self.outboxes.len() as u64);
            let outbox = self.slots.take();
            self.outboxes.push(outbox.clone());
            let socket = Arc::clone(&self.socket);
            let connection = Some((ClientConnection::new(outbox, socket), Classic));
            let (welcome, answer) = bounded(1);
            let registration = Registration { client, connection, newcomer: (), welcome };
            self.rule.roster().add_pending(registration);
            self.step(Event::Newcomer(client, ()));
            (client, answer)
        }

        fn says(&mut self, client: ClientId, text: &str) {
            self.step(Event::Asked(client, text.to_owned()));
        }

        /// Takes the next batch out of the client's outbox, as its writer does. Returns the texts
        /// of the frames; for a close frame the text is "(closed)".
        fn takes(&self, client: ClientId) -> Vec<String> {
            let outbox = &self.outboxes[usize::try_from(client.0).unwrap()];
            let Some(Work::Batch { frames, .. }) = outbox.take(Some(Instant::now())) else {
                return Vec::new();
            };
            outbox.with(|state| state.note_written(frames.len()));
            let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[2..]).into_owned();
            let shown = frames.iter().map(|frame| match frame.kind() {
                FrameKind::Close => "(closed)".to_owned(),
                _ => text(frame.bytes()),
            });
            shown.collect()
        }
    }

    #[test]
    fn everybody_hears_everybody_in_one_order_and_in_one_batch() {
        let mut scene = Scene::new();
        let (ann, welcome) = scene.joins();
        let (bo, _) = scene.joins();
        assert_eq!(welcome.try_recv(), Ok(Ok(())));
        scene.says(ann, "hi");
        scene.says(bo, "ho");
        assert_eq!(
            scene.takes(ann),
            Vec::<String>::new(),
            "what is asked is pushed when all has been asked"
        );
        scene.step(Event::PushCollected);
        for client in [ann, bo] {
            assert_eq!(scene.takes(client), ["hi", "ho"], "its author is told, too");
        }
    }

    #[test]
    fn whoever_comes_in_a_round_hears_what_is_said_after_its_welcome() {
        let mut scene = Scene::new();
        let (ann, _) = scene.joins();
        scene.says(ann, "before");
        scene.step(Event::PushCollected);
        let (bo, _) = scene.joins();
        scene.step(Event::RoundEnds);
        scene.says(ann, "after");
        scene.step(Event::PushCollected);
        assert_eq!(scene.takes(bo), ["after"]);
        assert_eq!(scene.takes(ann), ["before", "after"]);
    }

    #[test]
    fn whoever_leaves_has_heard_its_own_last_words_and_no_more() {
        let mut scene = Scene::new();
        let (ann, _) = scene.joins();
        let (bo, _) = scene.joins();
        scene.says(ann, "bye");
        scene.step(Event::PushCollected);
        scene.step(Event::Left(ann));
        scene.says(bo, "gone?");
        scene.step(Event::PushCollected);
        assert_eq!(scene.takes(ann), ["bye"]);
        assert_eq!(scene.takes(bo), ["bye", "gone?"]);
    }

    #[test]
    fn whoever_does_not_keep_up_is_closed_alone_and_heard_no_more() {
        let mut scene = Scene::new();
        let (ann, _) = scene.joins();
        let (slow, _) = scene.joins();
        for number in 0..=OUTBOX_MAX {
            scene.says(ann, &number.to_string());
            scene.step(Event::PushCollected);
            assert_eq!(scene.takes(ann), [number.to_string()]);
        }
        assert_eq!(scene.takes(slow), ["(closed)"], "what waited is dropped");
        scene.says(slow, "still here?");
        scene.says(ann, "no");
        scene.step(Event::PushCollected);
        assert_eq!(scene.takes(ann), ["no"]);
    }

    #[test]
    fn a_round_is_cut_into_batches_that_fit_an_outbox() {
        let mut scene = Scene::new();
        let (ann, _) = scene.joins();
        for text in ["0", "1"] {
            scene.says(ann, text);
            assert_eq!(scene.takes(ann), Vec::<String>::new());
        }
        scene.says(ann, "2");
        assert_eq!(scene.takes(ann), ["0", "1", "2"], "a quarter of it is enough");
    }

    #[test]
    fn a_server_that_stops_closes_everybody_lets_nobody_in_and_waits_for_the_last() {
        let mut scene = Scene::new();
        let (ann, _) = scene.joins();
        scene.says(ann, "last words");
        scene.step(Event::PushCollected);
        scene.step(Event::Stopping);
        assert_eq!(scene.takes(ann), ["last words"]);
        assert_eq!(scene.takes(ann), ["(closed)"]);
        let (bo, welcome) = scene.joins();
        assert_eq!(welcome.try_recv(), Ok(Err(Disconnect::ServerStopping)));
        assert_eq!(scene.takes(bo), Vec::<String>::new());
        assert!(!scene.rule.is_over(), "Ann's reader has not ended");
        scene.step(Event::Left(ann));
        assert!(scene.rule.is_over());
    }
}
