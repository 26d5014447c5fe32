//! What all guests share: the connections, the book, what was shown, the clock, the random numbers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::super::book::{Book, GuestNumber, Log, Number};
use super::super::harness::Rng;
use super::super::net::{ConnectionId, How, Net};
use super::super::seen::{Event, Form, Moment, Shown, View};

/// The counts for one kind of guests.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub guests: usize,
    /// How many of their connections ended before they wanted.
    pub lost_lines: usize,
}

pub struct World {
    pub net: Net,
    pub book: Book,
    pub views: Vec<View>,
    pub rng: Rng,
    pub addr: SocketAddr,
    /// The address for plain lines.
    pub lines: SocketAddr,
    /// The current life of the server.
    pub life: u16,
    /// The life of the server in which the news that are read now were said.
    pub heard_life: u16,
    /// The run is over, and all guests stay until the last message.
    pub is_ending: bool,
    pub counts: BTreeMap<&'static str, Counts>,
    /// From the first byte of a message to its `sent`, in milliseconds.
    pub delays: Vec<u32>,
    /// The sessions of the guests that may have private messages.
    pub tokens: BTreeMap<GuestNumber, String>,
    /// The guests that one can write to, with their names.
    pub people: BTreeMap<GuestNumber, String>,
    /// Why something did not happen, and how often.
    pub refusals: BTreeMap<String, usize>,
    /// How many times in a row each guest has failed to connect.
    tries: HashMap<GuestNumber, u32>,
    length: Duration,
    start: Instant,
    timers: BinaryHeap<Reverse<(Instant, GuestNumber)>>,
    last_lane: u32,
}

impl World {
    pub fn new((addr, lines): (SocketAddr, SocketAddr), length: Duration, rng: Rng) -> Self {
        Self {
            net: Net::new(),
            book: Book::default(),
            views: Vec::new(),
            rng,
            addr,
            lines,
            life: 0,
            heard_life: 0,
            is_ending: false,
            counts: BTreeMap::new(),
            delays: Vec::new(),
            tokens: BTreeMap::new(),
            people: BTreeMap::new(),
            refusals: BTreeMap::new(),
            tries: HashMap::new(),
            length,
            start: Instant::now(),
            timers: BinaryHeap::new(),
            last_lane: 0,
        }
    }

    /// Milliseconds of the run.
    pub fn now(&self) -> u32 {
        u32::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    /// This guest wakes after this time.
    pub fn wakes(&mut self, guest: GuestNumber, wait: Duration) {
        self.timers.push(Reverse((Instant::now() + wait, guest)));
    }

    /// The same, after a time between these, in milliseconds.
    pub fn wakes_within(&mut self, guest: GuestNumber, from: u64, to: u64) {
        let wait = Duration::from_millis(from + self.rng.below(to - from));
        self.wakes(guest, wait);
    }

    /// The next guest whose time has come.
    pub fn next_to_wake(&mut self, now: Instant) -> Option<GuestNumber> {
        let Reverse((at, guest)) = *self.timers.peek()?;
        (at <= now).then(|| {
            self.timers.pop();
            guest
        })
    }

    /// How long until the next guest's time comes.
    pub fn rest(&self, now: Instant) -> Duration {
        let next = self.timers.peek().map(|Reverse((at, _))| at.saturating_duration_since(now));
        next.unwrap_or(Duration::from_millis(20))
    }

    /// Draws whether something happens that has this chance, in a thousand.
    pub fn happens(&mut self, permille: u64) -> bool {
        self.rng.below(1000) < permille
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.rng.below(all.len() as u64)).unwrap()].clone()
    }

    /// Draws a room: half of all are in the lobby.
    pub fn a_room(&mut self) -> u8 {
        let rooms = super::super::truth::ROOMS.len() as u64;
        if self.happens(500) { 0 } else { u8::try_from(self.rng.below(rooms)).unwrap() }
    }

    /// How long a guest stops reading, a third of a run at most.
    pub fn a_while_deaf(&mut self) -> Duration {
        let most = self.length.as_millis().min(60_000) / 3;
        Duration::from_millis(500 + self.rng.below(u64::try_from(most).unwrap().max(1)))
    }

    /// How long a guest stays away before it comes back, a quarter of a run at most.
    pub fn a_while_away(&mut self) -> Duration {
        let most = self.length.as_millis().min(80_000) / 4;
        Duration::from_millis(100 + self.rng.below(u64::try_from(most).unwrap().max(1)))
    }

    pub fn new_lane(&mut self) -> u32 {
        self.last_lane += 1;
        self.last_lane
    }

    /// A client begins to look at a log.
    pub fn opens(&mut self, guest: GuestNumber, log: Log, form: Form) -> usize {
        let now = self.now();
        self.views.push(View::new(guest, log, form, now));
        self.views.len() - 1
    }

    pub fn closes(&mut self, view: usize) {
        let now = self.now();
        self.views[view].closed.get_or_insert(now);
    }

    pub fn saw(&mut self, view: usize, event: Event) {
        let (at, life) = (self.now(), self.heard_life);
        self.views[view].moments.push(Moment { at, life, event });
    }

    /// The newest text that a client was shown there.
    pub fn newest(&self, view: usize) -> Number {
        self.views[view].lines().next_back().map_or(0, |(_, Shown { text, .. })| text)
    }

    /// A guest sends this entry now.
    pub fn is_sent_out(&mut self, number: Number, lane: u32) {
        let (at, life) = (self.now(), self.life);
        self.book.is_sent_out(number, (at, life, lane));
    }

    /// The server called it sent.
    pub fn is_called_sent(&mut self, number: Number, seq: Option<u64>) {
        if let Some(entry) = self.book.get(number) {
            self.delays.push(self.now() - entry.at);
            self.book.is_called_sent(number, seq, self.heard_life);
        }
    }

    pub fn is_refused(&mut self, number: Number, reason: &str) {
        self.notes(reason);
        if self.book.get(number).is_some() {
            self.book.is_refused(number);
        }
    }

    pub fn notes(&mut self, what: &str) {
        *self.refusals.entry(what.to_owned()).or_default() += 1;
    }

    pub fn counts_a_lost_line(&mut self, guest: GuestNumber) {
        let kind = self.book.guests[usize::try_from(guest).unwrap()].kind;
        self.counts.entry(kind).or_default().lost_lines += 1;
    }

    pub fn is_called(&mut self, guest: GuestNumber, name: &str) {
        let guest = &mut self.book.guests[usize::try_from(guest).unwrap()];
        guest.names.insert(name.to_owned());
    }

    /// The guest comes back after a while: longer after each try, and never the same.
    pub fn comes_again(&mut self, guest: GuestNumber) {
        let tries = self.tries.entry(guest).or_default();
        let most = 200_u64 << (*tries).min(5);
        *tries += 1;
        self.wakes_within(guest, most / 4, most);
    }

    /// The guest is in, or got an answer.
    pub fn is_well(&mut self, guest: GuestNumber) {
        self.tries.remove(&guest);
    }

    /// Ends a connection in one of the ways in which a client does that.
    pub fn hangs_up(&mut self, connection: ConnectionId) {
        let how = if self.happens(500) { How::Reset } else { How::Fin };
        self.net.close(connection, how);
    }

    /// A name that no other guest has.
    pub fn a_name(&mut self, guest: GuestNumber) -> String {
        const NAMES: [&str; 8] =
            ["Ann", "Bo", "Çelik", "Dmitri", "小明", "Fatima", "O'Hara", "Gus B"];
        format!("{}{guest}", self.one_of(&NAMES))
    }

    /// A session token that a client chooses for itself.
    pub fn a_token(&mut self) -> String {
        (0..4).map(|_| format!("{:08x}", self.rng.below(1 << 32))).collect()
    }
}
