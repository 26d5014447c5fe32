//! How fast one may ask for things: so many at once, then so many a second, for
//! each person and for each address. What needs the file has a pace of its own for
//! each address, whoever asks: a line, a page, a form, a poll.
//!
//! What is over waits for its turn, a little. More is refused, and its text given
//! back. Who goes on all the same is cut.
//!
//! Owns: the buckets, and what waits for them.
//! Must not know: what comes of what is asked; `chat/core` decides.
//!
//! Next: `chat/core/event.rs`.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use crate::admission::Home;
use crate::bucket::{Bucket, Buckets};
use crate::chat::core::people::Author;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Request};
use crate::chat::told::Told;
use crate::chat_config::TalkPace;
use crate::hub::ClientId;
use crate::limits;

/// What everybody may still ask.
#[derive(Debug)]
pub(crate) struct Paces {
    /// Nobody is held to anything, for so the server was started.
    is_free: bool,
    clients: HashMap<ClientId, Pace>,
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
pub(crate) enum Lookup {
    /// Some lines behind each other.
    Page,
    /// All lines of a log, or so many as there is time for.
    Search,
}

/// A client that is held to a pace.
#[derive(Debug)]
struct Pace {
    home: Home,
    /// It came for one page.
    is_visitor: bool,
    /// What it asked too early, oldest first.
    waiting: VecDeque<Request>,
    /// How often it may be refused before it is cut.
    refusals: Bucket<Duration>,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Turn {
    /// It is answered now.
    Now(Request),
    /// It waits for its turn.
    Waits,
    /// It came too fast, by so much.
    TooFast(Request, Duration),
    /// The client was refused too often, and goes on all the same.
    Cut,
}

impl Paces {
    pub(crate) fn new(pace: TalkPace) -> Self {
        let TalkPace { burst, per_second, .. } = pace;
        let each = Duration::from_secs(1);
        let of_people =
            |at_once, then| Buckets::new(burst * at_once, each / (per_second.max(1) * then));
        let (people, searches) = (limits::ADDRESS_PACE_PEOPLE, limits::ADDRESS_SEARCHES);
        Self {
            is_free: !pace.is_bound(),
            clients: HashMap::new(),
            people: Buckets::new(burst, each / per_second.max(1)),
            homes: of_people(people, people),
            pages: of_people(people, people),
            searches: of_people(searches, 1),
            turns: BTreeSet::new(),
        }
    }

    /// How many buckets there are.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.people.kept() + self.homes.kept() + self.pages.kept() + self.searches.kept()
    }

    /// When somebody's turn comes.
    pub(crate) fn next_turn(&self) -> Option<Duration> {
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

    /// A client has come, from there.
    pub(crate) fn begin(
        &mut self,
        client: ClientId,
        from: Option<Home>,
        is_visitor: bool,
        now: Duration,
    ) {
        let Some(home) = from.filter(|_| !self.is_free) else { return };
        let (most, interval) = (limits::TOO_FAST_BURST_MAX, limits::TOO_FAST_INTERVAL);
        let refusals = Bucket::full(most, interval, now);
        self.clients.insert(client, Pace { home, is_visitor, waiting: VecDeque::new(), refusals });
    }

    /// A client has gone, or is told no more.
    pub(crate) fn end(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    /// A client asks for something.
    pub(crate) fn turn(
        &mut self,
        client: ClientId,
        author: Author,
        request: Request,
        now: Duration,
    ) -> Turn {
        let Some(pace) = self.clients.get(&client) else { return Turn::Now(request) };
        let (home, is_visitor, waiting) = (pace.home, pace.is_visitor, pace.waiting.len());
        if is_visitor && !request.is_deed() {
            return Turn::Now(request);
        }
        let wait = self.wait(author, home, now);
        if waiting == 0 && wait.is_zero() {
            self.charge(author, home, now);
            return Turn::Now(request);
        }
        // News of a moment ago is worth nothing.
        let is_news = matches!(request, Request::Typing(_));
        // A page is not made to wait for long: its text goes back into the field.
        let is_long = is_visitor && wait > limits::VISIT_TURN_WAIT;
        let Some(pace) = self.clients.get_mut(&client) else { return Turn::Now(request) };
        if !is_news && !is_long && waiting < limits::WAITING_REQUESTS_MAX {
            if waiting == 0 {
                self.turns.insert((now + wait, client));
            }
            pace.waiting.push_back(request);
            return Turn::Waits;
        }
        if pace.refusals.take(1, now) {
            return Turn::TooFast(request, self.wait_behind(waiting, wait));
        }
        Turn::Cut
    }

    /// Whether somebody's turn has come.
    pub(crate) fn has_turn(&self, now: Duration) -> bool {
        self.next_turn().is_some_and(|at| at <= now)
    }

    /// One whose turn has come, and what becomes of what it asked first.
    pub(crate) fn next(
        &mut self,
        now: Duration,
        author_of: impl Fn(ClientId) -> Option<Author>,
    ) -> Option<(ClientId, Turn)> {
        if !self.has_turn(now) {
            return None;
        }
        let (_, client) = self.turns.pop_first()?;
        let (author, home) = (author_of(client)?, self.clients.get(&client)?.home);
        let wait = self.wait(author, home, now);
        let pace = self.clients.get_mut(&client)?;
        if pace.is_visitor && !wait.is_zero() {
            // Others of its person were before it. It waits once, or its page would never
            // know whether it was said.
            return pace.waiting.pop_front().map(|request| (client, Turn::TooFast(request, wait)));
        }
        let request = if wait.is_zero() { pace.waiting.pop_front() } else { None };
        let waits = !pace.waiting.is_empty();
        if request.is_some() {
            self.charge(author, home, now);
        }
        if waits {
            let wait = self.wait(author, home, now);
            self.turns.insert((now + wait, client));
        }
        Some((client, request.map_or(Turn::Waits, Turn::Now)))
    }

    /// Whether the client came for one page, and is held to a pace.
    pub(crate) fn is_visitor(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|pace| pace.is_visitor)
    }

    /// What waits of somebody who goes, and is to be heard now: its words. The address owes for
    /// them.
    pub(crate) fn rest(&mut self, client: ClientId, author: Author, now: Duration) -> Vec<Request> {
        let Some(pace) = self.clients.get_mut(&client) else { return Vec::new() };
        let (home, mut rest) = (pace.home, Vec::from(std::mem::take(&mut pace.waiting)));
        rest.retain(|it| {
            let is_said =
                matches!(it, Request::Classic(_) | Request::Post(_) | Request::Private(_));
            is_said || matches!(it, Request::Faulty(_))
        });
        rest.iter().for_each(|_| self.charge(author, home, now));
        rest
    }

    /// The file is to be asked for somebody who comes from there; refused while that address
    /// has asked too much of it.
    pub(crate) fn look_up(
        &mut self,
        home: Option<Home>,
        what: Lookup,
        now: Duration,
    ) -> Result<(), Refused> {
        let Some(home) = home.filter(|_| !self.is_free) else { return Ok(()) };
        let buckets = match what {
            Lookup::Page => &mut self.pages,
            Lookup::Search => &mut self.searches,
        };
        let bucket = buckets.of(home, now);
        let wait = bucket.wait(now);
        if !wait.is_zero() {
            return Err(Refused::TooFast(wait));
        }
        bucket.take(1, now);
        Ok(())
    }

    /// The file is to be asked for a poll, which is not refused: how long it waits for its turn.
    /// One that would be over by then has none.
    pub(crate) fn poll(&mut self, home: Option<Home>, now: Duration) -> Duration {
        let Some(home) = home.filter(|_| !self.is_free) else { return Duration::ZERO };
        let bucket = self.pages.of(home, now);
        let wait = bucket.wait(now);
        if wait < limits::POLL_WAIT {
            bucket.take(1, now);
        }
        wait
    }
}

/// What somebody is told whose request was one too many; nothing, if it was not
/// worth an answer.
pub(crate) fn too_fast(request: Request, wait: Duration) -> Option<Told> {
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
