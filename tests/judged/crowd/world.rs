//! What all guests share: the lines, the book, what was shown, the clock, the luck.
//!
//! Next: `schedule.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::super::book::{Book, GuestNumber, Log, Number};
use super::super::harness::Luck;
use super::super::net::{How, LineId, Net};
use super::super::seen::{Event, Form, Moment, Shown, View};

/// What is counted of one kind of guests.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub guests: usize,
    /// Lines of theirs that ended before they wanted.
    pub lost_lines: usize,
}

pub struct World {
    pub net: Net,
    pub book: Book,
    pub views: Vec<View>,
    pub luck: Luck,
    pub addr: SocketAddr,
    /// Where plain lines are spoken.
    pub lines: SocketAddr,
    /// Which life of the server this is.
    pub life: u16,
    /// In which one that was said which is heard now.
    pub heard_life: u16,
    /// The run is over, and everybody stays until the last message.
    pub is_ending: bool,
    pub counts: BTreeMap<&'static str, Counts>,
    /// From the first byte of a message to its `sent`, in milliseconds.
    pub delays: Vec<u32>,
    /// The sessions of those who may have private messages.
    pub tokens: BTreeMap<GuestNumber, String>,
    /// Whom one may write to, by the name that each has.
    pub people: BTreeMap<GuestNumber, String>,
    /// Why something did not happen, and how often.
    pub refusals: BTreeMap<String, usize>,
    /// How often each has come in vain.
    tries: HashMap<GuestNumber, u32>,
    length: Duration,
    start: Instant,
    timers: BinaryHeap<Reverse<(Instant, GuestNumber)>>,
    last_lane: u32,
}

impl World {
    pub fn new((addr, lines): (SocketAddr, SocketAddr), length: Duration, luck: Luck) -> Self {
        Self {
            net: Net::new(),
            book: Book::default(),
            views: Vec::new(),
            luck,
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
        let wait = Duration::from_millis(from + self.luck.below(to - from));
        self.wakes(guest, wait);
    }

    /// Whose time has come.
    pub fn next_to_wake(&mut self, now: Instant) -> Option<GuestNumber> {
        let Reverse((at, guest)) = *self.timers.peek()?;
        (at <= now).then(|| {
            self.timers.pop();
            guest
        })
    }

    /// How long until somebody's time comes.
    pub fn rest(&self, now: Instant) -> Duration {
        let next = self.timers.peek().map(|Reverse((at, _))| at.saturating_duration_since(now));
        next.unwrap_or(Duration::from_millis(20))
    }

    /// Whether something happens that is so likely, in a thousand.
    pub fn happens(&mut self, permille: u64) -> bool {
        self.luck.below(1000) < permille
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.luck.below(all.len() as u64)).unwrap()].clone()
    }

    /// Which of the rooms: half of all are in the lobby.
    pub fn a_room(&mut self) -> u8 {
        let rooms = super::super::truth::ROOMS.len() as u64;
        if self.happens(500) { 0 } else { u8::try_from(self.luck.below(rooms)).unwrap() }
    }

    /// How long somebody does not read, a third of a run at most.
    pub fn a_while_deaf(&mut self) -> Duration {
        let most = self.length.as_millis().min(60_000) / 3;
        Duration::from_millis(500 + self.luck.below(u64::try_from(most).unwrap().max(1)))
    }

    /// How long somebody is away who comes back, a quarter of a run at most.
    pub fn a_while_away(&mut self) -> Duration {
        let most = self.length.as_millis().min(80_000) / 4;
        Duration::from_millis(100 + self.luck.below(u64::try_from(most).unwrap().max(1)))
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

    /// An entry leaves now.
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

    /// Comes back after a while: a longer one each time, and never the same.
    pub fn comes_again(&mut self, guest: GuestNumber) {
        let tries = self.tries.entry(guest).or_default();
        let most = 200_u64 << (*tries).min(5);
        *tries += 1;
        self.wakes_within(guest, most / 4, most);
    }

    /// It is in, or was answered.
    pub fn is_well(&mut self, guest: GuestNumber) {
        self.tries.remove(&guest);
    }

    /// Ends a line in one of the ways in which a client does that.
    pub fn hangs_up(&mut self, line: LineId) {
        let how = if self.happens(500) { How::Reset } else { How::Fin };
        self.net.close(line, how);
    }

    /// A name that nobody else has.
    pub fn a_name(&mut self, guest: GuestNumber) -> String {
        const NAMES: [&str; 8] =
            ["Ann", "Bo", "Çelik", "Dmitri", "小明", "Fatima", "O'Hara", "Gus B"];
        format!("{}{guest}", self.one_of(&NAMES))
    }

    /// A session of a client's own choice.
    pub fn a_token(&mut self) -> String {
        (0..4).map(|_| format!("{:08x}", self.luck.below(1 << 32))).collect()
    }
}
