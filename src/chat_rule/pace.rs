//! How fast clients may send requests: a burst at once, then a fixed number each second. There is
//! such a limit for each person, and one for all clients of a network together. It is the same
//! limit for connections, pages, forms and polls. Requests that need lines from the history's file
//! have further limits for each network. A visitor's request that no other client can notice does
//! not count.
//!
//! Most requests over the limit wait a little. If too many requests of the client wait already, the
//! request is refused; if it has a text, the client gets the text back. A client that was refused
//! too often and sends one more request too fast is closed.
//!
//! Owns: the token buckets, and the requests that wait for them.
//! Must not know: what a request does; `chat/core` decides.
//!
//! Next in the chat: `chat_rule/persist/mod.rs`.
//! Part: `chat_rule/mod.rs`.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::step::StepDecision;
use crate::admission::ClientNetwork;
use crate::base::bucket::{Bucket, Buckets};
use crate::base::limits;
use crate::chat::config::TalkPace;
use crate::chat::core::people::Author;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::server::hub::ClientId;

/// If a person or a network sends too fast, requests must wait. The hub refuses a request from a
/// page's form if it would have to wait longer than this.
const VISIT_PACE_WAIT: Duration = Duration::from_secs(2);

type NetworkBuckets = Buckets<ClientNetwork, Duration>;

/// The state of the limits on how fast requests may come: how many requests each person and each
/// network may send at present, and which requests wait.
#[derive(Debug)]
pub(crate) struct Paces {
    /// True if nothing limits how fast requests may come, because the server was started so.
    is_free: bool,
    clients: HashMap<ClientId, ClientPace>,
    people: Buckets<Author, Duration>,
    networks: NetworkBuckets,
    /// For each network, how many reads of the history's file it may still cause now, for pages of
    /// older lines and for polls.
    pages: NetworkBuckets,
    /// For each network, how many searches it may still start now. Other requests that are as much
    /// work count, too ([`Lookup::Search`]).
    searches: NetworkBuckets,
    /// The clients with waiting requests, each with the time, in chat time, at which its next
    /// request is looked at again. The earliest time comes first. A client that has left the server
    /// may still be in here; it is skipped.
    due: BTreeSet<(Duration, ClientId)>,
}

/// How much work a request is that may need lines from the history's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Little work: the history reads one page of lines that follow each other.
    Page,
    /// Much work, such as a search, for which the history may have to read all lines of a log.
    Search,
}

/// A client whose requests are limited.
#[derive(Debug)]
struct ClientPace {
    network: ClientNetwork,
    is_visitor: bool,
    /// The requests that came too fast and wait, oldest first.
    waiting: VecDeque<Request>,
    /// How many more refusals the client may get before it is closed. The number grows again with
    /// time.
    refusals: Bucket<Duration>,
}

impl Paces {
    pub(crate) fn new(pace: TalkPace) -> Self {
        let people = limits::NETWORK_PACE_PEOPLE;
        Self {
            is_free: !pace.is_bound(),
            clients: HashMap::new(),
            people: Buckets::new(pace.burst, Duration::from_secs(1) / pace.per_second.max(1)),
            networks: network_buckets(pace, people, people),
            pages: network_buckets(pace, people, people),
            searches: network_buckets(pace, limits::NETWORK_SEARCHES, 1),
            due: BTreeSet::new(),
        }
    }

    /// Returns how many token buckets of people and networks are in memory.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.people.count() + self.networks.count() + self.pages.count() + self.searches.count()
    }

    /// Returns the time, in chat time, at which a waiting request is looked at again first; `None`:
    /// no request waits.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Returns how long it takes until both the person and the network may send one more request.
    fn wait(&mut self, author: Author, network: ClientNetwork, now: Duration) -> Duration {
        let wait = self.people.bucket_of(author, now).wait(now);
        wait.max(self.networks.bucket_of(network, now).wait(now))
    }

    /// Returns after what time a refused client may send its request again. `waiting` is the number
    /// of its other requests that wait already; `wait` is the time until the first of these may be
    /// answered.
    fn wait_behind(&self, waiting: usize, wait: Duration) -> Duration {
        wait + self.people.interval() * u32::try_from(waiting).unwrap_or(u32::MAX)
    }

    /// Charges one request to the person and to the network: takes it from their buckets, even if
    /// the buckets are empty.
    fn charge(&mut self, author: Author, network: ClientNetwork, now: Duration) {
        self.people.bucket_of(author, now).charge(1, now);
        self.networks.bucket_of(network, now).charge(1, now);
    }

    /// Records a new client, if its requests are limited. `from` is its network; `None`: nothing
    /// limits the client's requests.
    pub(crate) fn add_client(
        &mut self,
        client: ClientId,
        from: Option<ClientNetwork>,
        is_visitor: bool,
        now: Duration,
    ) {
        let Some(network) = from.filter(|_| !self.is_free) else { return };
        let (most, interval) = (limits::TOO_FAST_BURST_MAX, limits::TOO_FAST_INTERVAL);
        let refusals = Bucket::full(most, interval, now);
        self.clients
            .insert(client, ClientPace { network, is_visitor, waiting: VecDeque::new(), refusals });
    }

    /// Forgets a client that has left or could not enter.
    pub(crate) fn forget(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    /// Decides what happens to a client's request. If it goes on now, usually charges it to the
    /// person and the network. Nothing is charged, and the request goes on now, if nothing limits
    /// the client's requests, or if it is a visitor and no other client can notice its request.
    pub(crate) fn decide(
        &mut self,
        client: ClientId,
        author: Author,
        request: Request,
        now: Duration,
    ) -> StepDecision {
        let Some(pace) = self.clients.get(&client) else { return StepDecision::GoOn(request) };
        let (network, is_visitor, waiting) = (pace.network, pace.is_visitor, pace.waiting.len());
        if is_visitor && !request.is_seen_by_others() {
            return StepDecision::GoOn(request);
        }
        let wait = self.wait(author, network, now);
        if waiting == 0 && wait.is_zero() {
            self.charge(author, network, now);
            return StepDecision::GoOn(request);
        }
        // A typing notice does not wait, because nobody needs it later.
        let is_news = matches!(request, Request::Typing(_));
        // A visitor gets its page only after its request is handled, so the request must not wait
        // for long. If it is refused, the page has the typed text in its input field.
        let is_long = is_visitor && wait > VISIT_PACE_WAIT;
        let Some(pace) = self.clients.get_mut(&client) else { return StepDecision::GoOn(request) };
        if !is_news && !is_long && waiting < limits::WAITING_REQUESTS_MAX {
            if waiting == 0 {
                self.due.insert((now + wait, client));
            }
            pace.waiting.push_back(request);
            return StepDecision::Waits;
        }
        if pace.refusals.charge(1, now) {
            return StepDecision::Refuse(request, self.wait_behind(waiting, wait));
        }
        StepDecision::Close
    }

    /// Returns whether a waiting request may be handled now.
    pub(crate) fn has_due(&self, now: Duration) -> bool {
        self.next_due().is_some_and(|at| at <= now)
    }

    /// Takes the client whose waiting request is due first. Returns the client, and what happens to
    /// its oldest waiting request. `None`: no request is due.
    pub(crate) fn next(
        &mut self,
        now: Duration,
        author_of: impl Fn(ClientId) -> Option<Author>,
    ) -> Option<(ClientId, StepDecision)> {
        if !self.has_due(now) {
            return None;
        }
        let (_, client) = self.due.pop_first()?;
        let (author, network) = (author_of(client)?, self.clients.get(&client)?.network);
        let wait = self.wait(author, network, now);
        let pace = self.clients.get_mut(&client)?;
        if pace.is_visitor && !wait.is_zero() {
            // While this request waited, other requests of the same person or network were handled,
            // so that it would have to wait again. A visitor's request is refused instead: its page
            // must say whether the message was sent, and cannot wait for long.
            let request = pace.waiting.pop_front()?;
            return Some((client, StepDecision::Refuse(request, wait)));
        }
        let request = if wait.is_zero() { pace.waiting.pop_front() } else { None };
        let waits = !pace.waiting.is_empty();
        if request.is_some() {
            self.charge(author, network, now);
        }
        if waits {
            let wait = self.wait(author, network, now);
            self.due.insert((now + wait, client));
        }
        Some((client, request.map_or(StepDecision::Waits, StepDecision::GoOn)))
    }

    /// Returns whether the client is a visitor whose requests are limited.
    pub(crate) fn is_visitor(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|pace| pace.is_visitor)
    }

    /// Removes the waiting requests of a client, because the client leaves or the server stops.
    /// Returns those that must be handled now: what the client says, such as a message or an edit,
    /// and faulty requests. They are charged to the client's person and network.
    pub(crate) fn take_waiting(
        &mut self,
        client: ClientId,
        author: Author,
        now: Duration,
    ) -> Vec<Request> {
        let Some(pace) = self.clients.get_mut(&client) else { return Vec::new() };
        let (network, mut kept) = (pace.network, Vec::from(std::mem::take(&mut pace.waiting)));
        kept.retain(|it| {
            let is_said =
                matches!(it, Request::Classic(_) | Request::Post(_) | Request::Private(_));
            is_said || matches!(it, Request::Faulty(_))
        });
        kept.iter().for_each(|_| self.charge(author, network, now));
        kept
    }

    /// Charges a network for one request that may need the history's file. `None`: nothing limits
    /// the network's requests.
    ///
    /// # Errors
    /// The clients of this network have used up such requests for now.
    pub(crate) fn charge_lookup(
        &mut self,
        network: Option<ClientNetwork>,
        what: Lookup,
        now: Duration,
    ) -> Result<(), Refused> {
        let Some(network) = network.filter(|_| !self.is_free) else { return Ok(()) };
        let buckets = match what {
            Lookup::Page => &mut self.pages,
            Lookup::Search => &mut self.searches,
        };
        let bucket = buckets.bucket_of(network, now);
        let wait = bucket.wait(now);
        if !wait.is_zero() {
            return Err(Refused::TooFast(wait));
        }
        bucket.charge(1, now);
        Ok(())
    }

    /// Charges the network `from` for one read of the history's file for a poll. Returns how long
    /// the read must wait; it is never refused. If the wait is as long as a poll lasts, or longer,
    /// nothing is charged.
    pub(crate) fn charge_poll(&mut self, from: Option<ClientNetwork>, now: Duration) -> Duration {
        let Some(network) = from.filter(|_| !self.is_free) else { return Duration::ZERO };
        let bucket = self.pages.bucket_of(network, now);
        let wait = bucket.wait(now);
        if wait < limits::POLL_WAIT {
            bucket.charge(1, now);
        }
        wait
    }
}

/// Makes the token buckets of networks for one kind of request. At once, a network may send as many
/// such requests as `burst_people` people together may send requests. After that, it may send as
/// many each second as `people` people together.
fn network_buckets(pace: TalkPace, burst_people: u32, people: u32) -> NetworkBuckets {
    let interval = Duration::from_secs(1) / (pace.per_second.max(1) * people);
    Buckets::new(pace.burst * burst_people, interval)
}
