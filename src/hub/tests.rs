//! The hub's rounds, without its thread: a test looks into the inboxes between them.
//!
//! Next: `hub/handle.rs`.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, never, unbounded};

use super::{Answer, ClientId, Clock, Everybody, Hub, HubHandle, Pulse, Registering, Rule};
use crate::client::classic::Classic;
use crate::config::FanOut;
use crate::disconnect::Disconnect;
use crate::outbox::{Berth, Berths, Work};

const OUTBOX_MAX: usize = 64;

/// A hub whose rounds the test plays, and the doors' way to it.
struct Scene {
    hub: Hub<Everybody>,
    handle: HubHandle<Classic>,
    berths: Berths,
    socket: Arc<TcpStream>,
}

impl Scene {
    fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let socket = Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        #[expect(clippy::disallowed_methods, reason = "as the hub's own")]
        let (register, registrations) = unbounded();
        let (unregister, departures) = bounded(8);
        let (broadcast, broadcasts) = bounded(8);
        let hub = Hub {
            registrations,
            departures,
            broadcasts,
            signals: never(),
            rule: Everybody::new(FanOut::Writers, OUTBOX_MAX),
            clock: Clock::start(),
            pulse: Arc::new(Pulse::default()),
        };
        let handle = HubHandle::new(register, unregister, broadcast);
        Self { hub, handle, berths: Berths::new(OUTBOX_MAX), socket }
    }

    /// A door sends its client's registration, and does not wait.
    fn registers(&self, number: u64) -> (Registering, Berth) {
        let outbox = self.berths.take();
        let line = (&outbox, &self.socket, Classic);
        let registering = self.handle.register(ClientId(number), (), line, Answer::default());
        (registering.unwrap(), outbox)
    }

    /// As many rounds as it takes until all inboxes are empty.
    fn plays(&mut self) {
        let hub = &mut self.hub;
        let has_more = |hub: &Hub<Everybody>| {
            !(hub.registrations.is_empty()
                && hub.departures.is_empty()
                && hub.broadcasts.is_empty())
        };
        while has_more(hub) {
            let round = hub.wait(Some(Instant::now() + Duration::from_secs(10))).unwrap();
            hub.play(round);
        }
    }
}

/// How many frames its writer is given.
fn takes(outbox: &Berth) -> usize {
    match outbox.take(Some(Instant::now())) {
        Some(Work::Batch(frames, _)) => frames.len(),
        _ => 0,
    }
}

/// `select!` takes one of the two inboxes at random, so this is played many times.
#[test]
fn a_client_hears_what_is_asked_after_its_registration_though_its_door_did_not_wait() {
    for turn in 0..64 {
        let mut scene = Scene::new();
        let (ann, _outbox) = scene.registers(1);
        scene.plays();
        let ann = ann.wait().unwrap();
        let (bo, outbox) = scene.registers(2);
        scene.handle.ask(ClientId(1), "hello".to_owned()).unwrap();
        scene.plays();
        assert_eq!(takes(&outbox), 1, "turn {turn}");
        drop((ann, bo.wait()));
    }
}

#[test]
fn a_client_whose_door_gave_up_is_let_in_first_and_leaves_then() {
    let mut scene = Scene::new();
    let (bo, _outbox) = scene.registers(1);
    std::thread::scope(|scope| {
        scope.spawn(move || drop(bo));
        // Bo's door waits until Bo is let in, and then says that Bo leaves.
        for _ in 0..2 {
            let round = scene.hub.wait(Some(Instant::now() + Duration::from_secs(10))).unwrap();
            scene.hub.play(round);
        }
    });
    assert!(scene.hub.rule.roster().is_empty());
}

/// A bounded channel keeps what is in it for as long as it has a sender.
#[test]
fn a_registration_that_a_hub_leaves_behind_is_answered() {
    let Scene { hub, handle, berths, socket } = Scene::new();
    let outbox = berths.take();
    let line = (&outbox, &socket, Classic);
    let bo = handle.register(ClientId(1), (), line, Answer::default()).unwrap();
    drop(hub);
    assert_eq!(bo.wait().unwrap_err(), Disconnect::ServerStopping);
}
