//! The hub's rounds, without its thread: between two rounds a test looks into the inboxes.
//!
//! Part: `server/hub/mod.rs`.

use std::convert::Infallible;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, never};

use super::{
    ClientConnection, Clock, Event, Hub, HubHandle, HubHealth, Membership, Now, PendingMembership,
    Roster, Rule, WelcomeChannel, registrations,
};
use crate::base::{client_id::ClientId, disconnect::Disconnect, socket::PublicSocket};
use crate::classic::everybody::Everybody;
use crate::classic::format::Classic;
use crate::server::config::FanOut;
use crate::server::outbox::{OutboxSlot, OutboxSlots, Work};

const OUTBOX_MAX: usize = 64;

/// Every client receives everything, and the test sees in which order the events came.
struct Watched {
    rule: Everybody,
    seen: Vec<&'static str>,
}

impl Rule for Watched {
    type Format = Classic;
    type Signal = Infallible;

    fn roster(&mut self) -> &mut Roster<Classic> {
        self.rule.roster()
    }

    fn step(&mut self, now: Now, event: Event<Classic, Infallible>) {
        match event {
            Event::Newcomer(..) => self.seen.push("comes"),
            Event::Left(_) => self.seen.push("leaves"),
            Event::Stopping => self.seen.push("stops"),
            _ => {}
        }
        self.rule.step(now, event);
    }

    fn is_over(&self) -> bool {
        self.rule.is_over()
    }
}

/// A hub whose rounds the test runs, and a handle by which doors reach it.
struct Scene {
    hub: Hub<Watched>,
    handle: HubHandle<Classic>,
    slots: OutboxSlots,
    socket: Arc<PublicSocket>,
}

impl Scene {
    fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let socket = Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap().into());
        let (register, registrations) = registrations();
        let (give_notice, notices) = bounded(8);
        let (broadcast, broadcasts) = bounded(8);
        let hub = Hub {
            register_inbox: registrations,
            unregister_inbox: notices,
            broadcast_inbox: broadcasts,
            signals: never(),
            rule: Watched { rule: Everybody::new(FanOut::Writers, OUTBOX_MAX), seen: Vec::new() },
            clock: Clock::start(),
            health: Arc::new(HubHealth::default()),
        };
        let handle = HubHandle { register, unregister: give_notice, broadcast };
        Self { hub, handle, slots: OutboxSlots::new(OUTBOX_MAX), socket }
    }

    /// Makes a hub with Ann in it, who is client 1.
    fn with_ann() -> (Self, Membership) {
        let mut scene = Self::new();
        let (ann, _outbox) = scene.registers(1);
        scene.plays();
        (scene, ann.wait().unwrap())
    }

    /// Sends a client's registration, as a door does, and does not wait.
    fn registers(&self, number: u64) -> (PendingMembership, OutboxSlot) {
        let outbox = self.slots.take();
        let connection = ClientConnection::new(outbox.clone(), Arc::clone(&self.socket));
        let answer = WelcomeChannel::default();
        let registering = self.handle.register(ClientId(number), (), Classic, connection, answer);
        (registering.unwrap(), outbox)
    }

    /// Runs as many rounds as it takes until all inboxes are empty.
    fn plays(&mut self) {
        let is_done = |hub: &Hub<Watched>| {
            hub.register_inbox.is_empty()
                && hub.unregister_inbox.is_empty()
                && hub.broadcast_inbox.is_empty()
        };
        while !is_done(&self.hub) {
            self.plays_one();
        }
    }

    /// Waits until an inbox has something, and runs that round.
    fn plays_one(&mut self) {
        let round = self.hub.wait(Some(Instant::now() + Duration::from_secs(10))).unwrap();
        self.hub.run_round(round);
    }
}

/// Takes the next batch of the client's writer out of the outbox. Returns how many frames it has.
fn takes(outbox: &OutboxSlot) -> usize {
    match outbox.take(Some(Instant::now())) {
        Some(Work::Batch { frames, .. }) => frames.len(),
        _ => 0,
    }
}

/// `select!` takes one of the two inboxes at random, so the test repeats its steps many times.
#[test]
fn a_client_hears_what_is_asked_after_its_registration_though_its_door_did_not_wait() {
    for turn in 0..64 {
        let (mut scene, ann) = Scene::with_ann();
        let (bo, outbox) = scene.registers(2);
        scene.handle.send_request(ClientId(1), "hello".to_owned()).unwrap();
        scene.plays();
        assert_eq!(takes(&outbox), 1, "turn {turn}");
        drop((ann, bo.wait()));
    }
}

/// When a client leaves, the chat with rooms first says the messages that this client sent too fast
/// and that wait for their turn. A newcomer that has its 101 must receive these messages, too.
#[test]
fn a_client_is_let_in_before_a_leaving_or_a_stop_that_was_sent_after_its_registration() {
    for turn in 0..64 {
        let (mut scene, ann) = Scene::with_ann();
        let (bo, _outbox) = scene.registers(2);
        let last = if turn % 2 == 0 {
            drop(ann);
            "leaves"
        } else {
            scene.handle.stop();
            "stops"
        };
        scene.plays();
        assert_eq!(scene.hub.rule.seen[..3], ["comes", "comes", last], "turn {turn}");
        drop(bo.wait());
    }
}

#[test]
fn a_client_whose_door_gave_up_is_let_in_first_and_leaves_then() {
    let mut scene = Scene::new();
    let (bo, _outbox) = scene.registers(1);
    std::thread::scope(|scope| {
        scope.spawn(move || drop(bo));
        // Bo's door waits until Bo is a member, and then sends the notice that Bo leaves.
        for _ in 0..2 {
            scene.plays_one();
        }
    });
    assert!(scene.hub.rule.roster().is_empty());
}

/// A channel with a bound keeps what is in it for as long as it has a sender.
#[test]
fn a_registration_that_a_hub_leaves_behind_is_answered() {
    let scene = Scene::new();
    let (bo, _outbox) = scene.registers(1);
    // `scene.handle` stays, so the inbox still has a sender.
    drop(scene.hub);
    assert_eq!(bo.wait().unwrap_err(), Disconnect::ServerStopping);
}
