//! The course of a run: which guests come and leave when, how much is said, when a connection is
//! cut and when the server is killed. All of it is drawn from the seed. Only what each guest has
//! heard at a given time depends on the machine's speed.

use std::time::{Duration, Instant};

use super::super::book::GuestNumber;
use super::super::harness::{PATIENCE, Rng};
use super::super::host::Host;
use super::super::net::{ConnectionId, Cut, How};
use super::{Guest, World, comes};

/// The parameters of a run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub length: Duration,
    pub guests: usize,
    /// Messages a second, of all guests together; some come in bursts.
    pub rate: u64,
    pub cuts: usize,
    pub kills: usize,
    /// How long a guest stays, on average.
    pub stay: Duration,
    /// The kinds of guests, each with its share.
    pub kinds: &'static [(&'static str, u64)],
}

/// A cut happens within this time after it was drawn, also on a silent connection.
const CUT_WITHIN: Duration = Duration::from_secs(4);
/// How long the server is gone after a kill, at most, in milliseconds.
const GONE_MAX: u64 = 400;

pub struct Crowd {
    pub world: World,
    pub host: Host,
    plan: Plan,
    pub(super) guests: Vec<Option<Box<dyn Guest>>>,
    /// The times of the cuts.
    cuts: Vec<Duration>,
    /// The times of the kills, the next one last.
    kills: Vec<Duration>,
    arrivals: Vec<(Duration, &'static str)>,
    pub(super) pending_cuts: Vec<(Instant, ConnectionId)>,
    pub(super) comes_back_at: Option<Instant>,
    next_talk: Duration,
    next_leaving: Duration,
    /// What the run could not reach in time.
    pub stuck: Vec<String>,
    /// The server's memory, every ten seconds.
    pub memory: Vec<(Duration, u64)>,
    pub killed: usize,
    started: Instant,
}

impl Crowd {
    pub fn of(plan: Plan, host: Host, mut rng: Rng) -> Self {
        let ramp = (plan.length / 5).min(Duration::from_secs(20));
        // The last cuts must happen before the end.
        let mut moments = |count: usize, end: Duration| -> Vec<Duration> {
            let rest = u64::try_from((end - ramp).as_millis()).unwrap().max(1);
            let mut all: Vec<_> =
                (0..count).map(|_| ramp + Duration::from_millis(rng.below(rest))).collect();
            all.sort();
            all
        };
        let last = plan.length - (plan.length / 8).min(Duration::from_secs(30));
        let (cuts, mut kills) = (moments(plan.cuts, last), moments(plan.kills, plan.length));
        kills.reverse();
        let mut arrivals: Vec<_> = (0..plan.guests)
            .map(|_| {
                let wait = rng.below(u64::try_from(ramp.as_millis()).unwrap().max(1));
                (Duration::from_millis(wait), a_kind(plan.kinds, &mut rng))
            })
            .collect();
        arrivals.sort();
        arrivals.reverse();
        let world = World::new((host.addr, host.lines), plan.length, rng);
        Self {
            world,
            host,
            plan,
            guests: Vec::new(),
            cuts,
            kills,
            arrivals,
            pending_cuts: Vec::new(),
            comes_back_at: None,
            next_talk: ramp / 2,
            next_leaving: ramp,
            stuck: Vec::new(),
            memory: Vec::new(),
            killed: 0,
            started: Instant::now(),
        }
    }

    /// Runs until the planned time is over and every guest has received the last message.
    pub fn runs(&mut self) {
        while self.started.elapsed() < self.plan.length || !self.kills.is_empty() {
            self.does_what_is_due();
            self.turns();
        }
        self.ends();
    }

    fn does_what_is_due(&mut self) {
        let now = self.started.elapsed();
        while self.arrivals.last().is_some_and(|(at, _)| *at <= now) {
            let (_, kind) = self.arrivals.pop().unwrap();
            self.arrives(kind);
        }
        if self.next_talk <= now {
            self.next_talk =
                now + self.pause(Duration::from_secs(1) / u32::try_from(self.plan.rate).unwrap());
            self.somebody_talks();
        }
        if self.next_leaving <= now {
            let each = self.plan.stay / u32::try_from(self.plan.guests.max(1)).unwrap();
            self.next_leaving = now + self.pause(each);
            self.somebody_leaves(now);
        }
        self.cuts_what_is_due(now);
        if self.kills.last().is_some_and(|at| *at <= now) && self.host.is_up() {
            self.kills.pop();
            self.kills_the_server();
        }
        self.brings_the_server_back();
        let ten = Duration::from_secs(10);
        if self.memory.last().is_none_or(|(at, _)| now >= *at + ten) {
            self.memory.push((now, self.host.memory()));
        }
    }

    /// A time with the mean `mean`, drawn like the gaps of a Poisson process.
    fn pause(&mut self, mean: Duration) -> Duration {
        let share = (f64::from(u32::try_from(self.world.rng.below(1 << 30)).unwrap()) + 1.0)
            / f64::from(1_u32 << 30);
        mean.mul_f64(-share.ln())
    }

    /// In most cases, the kill comes while messages that were just said are on their way to the
    /// disk.
    fn kills_the_server(&mut self) {
        if self.world.happens(700) {
            (0..4).for_each(|_| self.somebody_talks());
            let until = Instant::now() + Duration::from_micros(self.world.rng.below(6_000));
            while Instant::now() < until {
                self.dispatches(Duration::ZERO);
            }
        }
        self.host.is_killed();
        self.killed += 1;
        let wait = Duration::from_millis(self.world.rng.below(GONE_MAX));
        self.comes_back_at = Some(Instant::now() + wait);
    }

    pub(super) fn brings_the_server_back(&mut self) {
        if self.comes_back_at.is_some_and(|at| at <= Instant::now()) {
            self.comes_back_at = None;
            // Messages from the server's last life may still wait in the sockets.
            self.listens_to_the_last_life();
            self.host.comes_back();
            self.world.life += 1;
            self.world.net.life = self.world.life;
        }
    }

    fn listens_to_the_last_life(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.dispatches(Duration::ZERO) > 0 {
            assert!(Instant::now() < until, "a dead server goes on talking");
        }
    }

    /// Gives each guest its news, and wakes the guests whose time has come.
    pub(super) fn turns(&mut self) {
        let now = Instant::now();
        while let Some(number) = self.world.next_to_wake(now) {
            self.with(number, |guest, world| guest.wakes(world));
        }
        let wait = self.world.rest(Instant::now()).min(Duration::from_millis(5));
        self.dispatches(wait);
    }

    fn dispatches(&mut self, wait: Duration) -> usize {
        let news = self.world.net.turn(wait);
        let count = news.len();
        for (number, connection, news) in news {
            self.world.heard_life = connection.life;
            self.with(number, |guest, world| guest.hears(connection, news, world));
        }
        count
    }

    pub(super) fn with<T>(
        &mut self,
        number: GuestNumber,
        act: impl FnOnce(&mut Box<dyn Guest>, &mut World) -> T,
    ) -> Option<T> {
        let place = usize::try_from(number).unwrap();
        let guest = self.guests.get_mut(place)?.as_mut()?;
        Some(act(guest, &mut self.world))
    }

    fn arrives(&mut self, kind: &'static str) {
        let (number, guest) = comes(kind, &mut self.world);
        self.world.counts.entry(kind).or_default().guests += 1;
        self.guests.push(Some(guest));
        assert_eq!(self.guests.len() - 1, usize::try_from(number).unwrap());
        self.world.wakes(number, Duration::ZERO);
    }

    /// One of the guests that are there.
    fn somebody(&mut self) -> Option<GuestNumber> {
        for _ in 0..50 {
            let place = self.world.rng.below(self.guests.len().max(1) as u64);
            let number = u32::try_from(place).unwrap();
            if self.guests.get(usize::try_from(place).unwrap()).is_some_and(Option::is_some) {
                return Some(number);
            }
        }
        None
    }

    fn somebody_talks(&mut self) {
        let Some(number) = self.somebody() else { return };
        let count = if self.world.happens(50) { 2 + self.world.rng.below(6) } else { 1 };
        for _ in 0..count {
            self.with(number, |guest, world| guest.says(world));
        }
    }

    fn somebody_leaves(&mut self, now: Duration) {
        let Some(number) = self.somebody() else { return };
        let for_good = self.world.happens(600);
        let left = self.with(number, |guest, world| guest.leaves(for_good, world));
        if for_good && left == Some(true) {
            let place = usize::try_from(number).unwrap();
            let kind = self.world.book.guests[place].kind;
            self.guests[place] = None;
            let wait = Duration::from_millis(self.world.rng.below(5_000));
            self.arrivals.push((now + wait, kind));
            self.arrivals.sort();
            self.arrivals.reverse();
        }
    }

    /// Cuts as many connections as are due: a connection that ended before its cut does not count.
    fn cuts_what_is_due(&mut self, now: Duration) {
        let at = Instant::now();
        for (due, connection) in std::mem::take(&mut self.pending_cuts) {
            if due <= at {
                self.world.net.cuts_now(connection);
            } else if self.world.net.is_to_be_cut(connection) {
                self.pending_cuts.push((due, connection));
            }
        }
        let come = self.cuts.partition_point(|at| *at <= now);
        let drawn = |crowd: &mut Self| {
            crowd.world.net.cuts + crowd.pending_cuts.len() + crowd.world.net.doomed()
        };
        while drawn(self) < come && self.cuts_a_connection() {}
    }

    /// Draws a guest and where one of its connections will be cut: mostly the present one, else its
    /// next request. False: no guest has a connection now.
    fn cuts_a_connection(&mut self) -> bool {
        for _ in 0..50 {
            let Some(number) = self.somebody() else { return false };
            let of_sent = self.world.happens(350);
            let most = if of_sent { 400 } else { 3_000 };
            let left = 1 + usize::try_from(self.world.rng.below(most)).unwrap();
            let how = self.world.one_of(&[How::Reset, How::Reset, How::Fin, How::Silent]);
            let cut = Cut { of_sent, left, how };
            let asks = self.with(number, |guest, _| guest.asks_beside()).unwrap_or_default();
            if asks && self.world.happens(700) {
                self.world.net.cuts_the_next(number, cut, 2 * CUT_WITHIN);
                return true;
            }
            let connection = self.with(number, |guest, _| guest.connection()).flatten();
            if let Some(connection) = connection.filter(|connection| {
                self.pending_cuts.iter().all(|pending| pending.1 != *connection)
            }) {
                self.world.net.cuts(connection, cut);
                self.pending_cuts.push((Instant::now() + CUT_WITHIN, connection));
                return true;
            }
        }
        false
    }

    /// All guests leave, and the connections of those that left without a word end, too.
    pub fn leaves(&mut self) {
        for guest in &mut self.guests {
            if let Some(mut guest) = guest.take() {
                guest.leaves(true, &mut self.world);
            }
        }
        self.world.net.lets_go();
    }

    /// Whether the run was long enough for its memory figures to mean something.
    pub fn is_long(&self) -> bool {
        self.plan.length >= Duration::from_mins(1)
    }

    /// How many guests are there.
    pub fn count(&self) -> usize {
        self.guests.iter().flatten().count()
    }
}

fn a_kind(kinds: &[(&'static str, u64)], rng: &mut Rng) -> &'static str {
    let mut dice = rng.below(kinds.iter().map(|(_, share)| share).sum());
    for (kind, share) in kinds {
        if dice < *share {
            return kind;
        }
        dice -= share;
    }
    unreachable!("the shares are all there is")
}
