//! How fast one may ask for things: so many at once, then so many a second, for
//! each person and for each address. What needs the file has a pace of its own for
//! each address, whoever asks: a line, a page, a form, a poll.
//!
//! What is over waits for its turn, a little. More is refused, and its text given
//! back. Who goes on all the same is cut.
//!
//! Owns: the buckets, and what waits for them.
//! Must not know: what is asked, or what is done about it.
//!
//! Next: `hub/core/guesses.rs`.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::people::Author;
use super::{Core, Effect, Moment};
use crate::admission::Home;
use crate::bucket::{Bucket, Buckets};
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Request};
use crate::chat::told::Told;
use crate::config::TalkPace;
use crate::hub::ClientId;
use crate::limits;

/// What everybody may still ask.
#[derive(Debug)]
pub(super) struct Paces {
    people: Buckets<Author, Duration>,
    homes: Buckets<Home, Duration>,
    /// Pages of older lines that the file is asked for, and polls that need it.
    pages: Buckets<Home, Duration>,
    /// Searches, and rooms as a file.
    searches: Buckets<Home, Duration>,
    /// Clients for which something waits, by when its turn comes. One that has
    /// gone is passed over.
    turns: BTreeSet<(Duration, ClientId)>,
}

/// Something that needs the file, by what it costs the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Some lines behind each other.
    Page,
    /// All lines of a log, or so many as there is time for.
    Search,
}

/// A client that is held to a pace.
#[derive(Debug)]
pub(super) struct Pace {
    home: Home,
    /// What it asked too early, oldest first.
    waiting: VecDeque<Request>,
    /// How often it may be refused before it is cut.
    refusals: Bucket<Duration>,
}

impl Pace {
    pub(super) fn of(home: Home, now: Duration) -> Box<Self> {
        let (most, interval) = (limits::TOO_FAST_BURST_MAX, limits::TOO_FAST_INTERVAL);
        let refusals = Bucket::full(most, interval, now);
        Box::new(Self { home, waiting: VecDeque::new(), refusals })
    }
}

impl Paces {
    pub(super) fn new(pace: TalkPace) -> Self {
        let TalkPace { burst, per_second, .. } = pace;
        let each = Duration::from_secs(1);
        let of_people =
            |at_once, then| Buckets::new(burst * at_once, each / (per_second.max(1) * then));
        let (people, searches) = (limits::ADDRESS_PACE_PEOPLE, limits::ADDRESS_SEARCHES);
        Self {
            people: Buckets::new(burst, each / per_second.max(1)),
            homes: of_people(people, people),
            pages: of_people(people, people),
            searches: of_people(searches, 1),
            turns: BTreeSet::new(),
        }
    }

    /// How many buckets there are.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.people.kept() + self.homes.kept() + self.pages.kept() + self.searches.kept()
    }

    /// When somebody's turn comes.
    pub(super) fn next_turn(&self) -> Option<Duration> {
        self.turns.first().map(|(at, _)| *at)
    }

    /// How long until both the person and the address may ask for one more thing.
    fn wait(&mut self, author: Author, home: Home, now: Duration) -> Duration {
        self.people.of(author, now).wait(now).max(self.homes.of(home, now).wait(now))
    }

    /// How long somebody must wait who is refused behind `waiting` others.
    fn wait_behind(&self, waiting: usize, wait: Duration) -> Duration {
        wait + self.people.interval() * u32::try_from(waiting).unwrap_or(u32::MAX)
    }

    /// One thing is done, whether it was its turn or not.
    fn charge(&mut self, author: Author, home: Home, now: Duration) {
        self.people.of(author, now).take(1, now);
        self.homes.of(home, now).take(1, now);
    }
}

impl Core {
    /// Answers a member, at once or when it is its turn, or refuses.
    pub(super) fn hear(&mut self, client: ClientId, request: Request, effects: &mut Vec<Effect>) {
        let now = self.now.since_start;
        let Some(entry) = self.roster.get_mut(&client) else { return };
        let is_free = entry.is_visitor && !request.is_deed();
        let pace = entry.pace.as_mut().filter(|_| !is_free);
        let Some(pace) = pace else { return self.answer(client, request, effects) };
        let wait = self.paces.wait(entry.author, pace.home, now);
        if pace.waiting.is_empty() && wait.is_zero() {
            self.paces.charge(entry.author, pace.home, now);
            return self.answer(client, request, effects);
        }
        // News of a moment ago is worth nothing.
        let is_news = matches!(request, Request::Typing(_));
        // A page is not made to wait for long: its text goes back into the field.
        let is_long = entry.is_visitor && wait > limits::VISIT_TURN_WAIT;
        let may_wait = !is_news && !is_long;
        if may_wait && pace.waiting.len() < limits::WAITING_REQUESTS_MAX {
            if pace.waiting.is_empty() {
                self.paces.turns.insert((now + wait, client));
            }
            pace.waiting.push_back(request);
            return;
        }
        if pace.refusals.take(1, now) {
            let wait = self.paces.wait_behind(pace.waiting.len(), wait);
            effects.extend(too_fast(request, wait).map(|told| Effect::Note(client, told)));
        } else {
            entry.is_member = false;
            effects.push(Effect::Cut(client));
        }
    }

    /// The file is to be asked for this client; refused while its address has asked too much
    /// of it.
    pub(super) fn charge(&mut self, client: ClientId, what: Lookup) -> Result<(), Refused> {
        let Some(home) = self.paced_home(client) else { return Ok(()) };
        let now = self.now.since_start;
        let buckets = match what {
            Lookup::Page => &mut self.paces.pages,
            Lookup::Search => &mut self.paces.searches,
        };
        let bucket = buckets.of(home, now);
        let wait = bucket.wait(now);
        if !wait.is_zero() {
            return Err(Refused::TooFast(wait));
        }
        bucket.take(1, now);
        Ok(())
    }

    /// The file is to be asked for a poll, which is not refused: how long it waits for its turn. One that
    /// would be over by then has none.
    pub(super) fn charge_poll(&mut self, client: ClientId) -> Duration {
        let Some(home) = self.paced_home(client) else { return Duration::ZERO };
        let now = self.now.since_start;
        let bucket = self.paces.pages.of(home, now);
        let wait = bucket.wait(now);
        if wait < limits::POLL_WAIT {
            bucket.take(1, now);
        }
        wait
    }

    fn paced_home(&self, client: ClientId) -> Option<Home> {
        self.home_of(client).filter(|_| self.settings.pace.is_bound())
    }

    /// Whether somebody's turn has come.
    pub fn has_turn(&self, now: Moment) -> bool {
        self.paces.next_turn().is_some_and(|at| at <= now.since_start)
    }

    /// Answers one whose turn has come: as any other request in a step of its own,
    /// for what comes of it may change what the next one means.
    pub(super) fn let_one_in(&mut self, effects: &mut Vec<Effect>) {
        let now = self.now.since_start;
        if !self.has_turn(self.now) {
            return;
        }
        let Some((_, client)) = self.paces.turns.pop_first() else { return };
        let Some(entry) = self.roster.get_mut(&client).filter(|entry| entry.is_member) else {
            return;
        };
        let Some(pace) = &mut entry.pace else { return };
        let wait = self.paces.wait(entry.author, pace.home, now);
        if entry.is_visitor && !wait.is_zero() {
            // Others of its person were before it. It waits once, or its page would never
            // know whether it was said.
            let told = pace.waiting.pop_front().and_then(|request| too_fast(request, wait));
            effects.extend(told.map(|told| Effect::Note(client, told)));
            return;
        }
        let request = if wait.is_zero() { pace.waiting.pop_front() } else { None };
        if request.is_some() {
            self.paces.charge(entry.author, pace.home, now);
        }
        if !pace.waiting.is_empty() {
            let wait = self.paces.wait(entry.author, pace.home, now);
            self.paces.turns.insert((now + wait, client));
        }
        if let Some(request) = request {
            self.answer(client, request, effects);
        }
    }

    /// Whoever goes has said what it has said, also what still waits for its
    /// turn. The address owes for it.
    pub(super) fn hear_the_rest(&mut self, client: ClientId, effects: &mut Vec<Effect>) {
        let now = self.now.since_start;
        let Some(entry) = self.roster.get_mut(&client).filter(|entry| entry.is_member) else {
            return;
        };
        let Some(pace) = &mut entry.pace else { return };
        let (author, home) = (entry.author, pace.home);
        for request in std::mem::take(&mut pace.waiting) {
            let is_said =
                |it: &_| matches!(it, Request::Classic(_) | Request::Post(_) | Request::Private(_));
            if is_said(&request) || matches!(request, Request::Faulty(_)) {
                self.paces.charge(author, home, now);
                self.answer(client, request, effects);
            }
        }
    }
}

/// What somebody is told whose request was one too many; nothing, if it was not
/// worth an answer.
pub(super) fn too_fast(request: Request, wait: Duration) -> Option<Told> {
    let (room, id, said) = match request {
        Request::Typing(_) => return None,
        Request::Classic(text) => (None, None, Some(text)),
        Request::Post(post) => (Some(post.room), post.id, text(post.deed)),
        Request::Private(message) => (None, message.id, Some(message.text)),
        Request::Join(place, _) => (Some(place.room), None, None),
        Request::Leave(room) | Request::Who(room) | Request::Present(room, _) => {
            (Some(room), None, None)
        }
        Request::History { log, .. } => (log.room().cloned(), None, None),
        Request::Search(search) => (search.log.room().cloned(), None, None),
        Request::Faulty(fault) => (fault.room, fault.id, None),
        Request::Set(settings, _) => (Some(settings.room), None, None),
        Request::Rooms | Request::Rename(..) | Request::Quit | Request::Session(_) => {
            (None, None, None)
        }
    };
    Some(Told::Refused { room, id, reason: Refused::TooFast(wait), said })
}

fn text(deed: Deed) -> Option<String> {
    match deed {
        Deed::Say(text) | Deed::Act(text) | Deed::Topic(text) | Deed::Edit { text, .. } => {
            Some(text)
        }
        Deed::Delete { .. } => None,
    }
}
