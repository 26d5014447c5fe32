//! How fast clients may send requests: a burst at once, then a fixed number each second. There is
//! such a limit for each person, and one for all clients of a network together. It is the same
//! limit for connections, pages, forms and polls. Requests that need lines from the history's file
//! have further limits for each network. Of a visitor's requests, only those count that other
//! clients can see or that take a place in a table (`Request::is_paced_for_visitors`).
//!
//! Most requests over the limit wait a little. If too many requests of the client wait already, the
//! request is refused; if it has a text, the client gets the text back. A client that was refused
//! too often and sends one more request too fast is closed.
//!
//! A host has no such limit. What somebody does who looks after a room counts for the network only,
//! because twenty people of a network may do as much: so whoever quiets a room is faster than a
//! crowd there, and whoever makes rooms gains nothing by it.
//!
//! Owns: the token buckets, and the requests that wait for them.
//! Must not know: what a request does; `chat/core` decides.
//!
//! Next in the chat: `chat_rule/stages/questions.rs`.
//! Part: `chat_rule/mod.rs`.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::StageDecision;
use crate::admission::ClientNetwork;
use crate::base::bucket::{Bucket, Buckets};
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::config::TalkPace;
use crate::chat::core::Core;
use crate::chat::core::people::Author;
use crate::chat::refused::Refused;
use crate::chat::request::Request;

/// How long a request from a page's form may wait at most because requests come too fast. If it
/// would have to wait longer, the hub refuses it.
const VISIT_PACE_WAIT: Duration = Duration::from_secs(2);

type NetworkBuckets = Buckets<ClientNetwork, Duration>;

#[derive(Debug)]
pub(crate) struct Paces {
    /// True if the server was started without limits on how fast requests may come.
    is_free: bool,
    clients: HashMap<ClientId, ClientPace>,
    people: Buckets<Author, Duration>,
    networks: NetworkBuckets,
    /// The token buckets of networks for reads of the history's file: for pages of older lines and
    /// for polls.
    pages: NetworkBuckets,
    /// The token buckets of networks for searches, and for other requests that are as much work
    /// ([`Lookup::Search`]).
    searches: NetworkBuckets,
    /// The clients with waiting requests, earliest first. The time, in chat time, says when the
    /// client's oldest waiting request is looked at again. A client that has left may still be in
    /// here; it is skipped.
    due: BTreeSet<(Duration, ClientId)>,
}

/// The two kinds of requests that may need the history's file: little work and much work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Little work: the history reads one page of lines that follow each other.
    Page,
    /// Much work: the history may have to read all lines of a log, as for a search.
    Search,
}

#[derive(Debug)]
struct ClientPace {
    network: ClientNetwork,
    is_visitor: bool,
    /// The client's requests that wait because they came too fast, oldest first.
    waiting: VecDeque<Request>,
    /// The token bucket of refusals. If it is empty and the client sends one more request too fast,
    /// the client is closed.
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

    /// Returns the earliest moment, in chat time, at which a waiting request is looked at again.
    /// `None`: no request waits.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Returns how long it takes until the limit of the person and the limit of the network both
    /// permit one more request.
    fn wait(&mut self, author: Author, network: ClientNetwork, now: Duration) -> Duration {
        let wait = self.people.bucket_of(author, now).wait(now);
        wait.max(self.networks.bucket_of(network, now).wait(now))
    }

    /// Returns the time after which a refused client may send its request again. `waiting` says how
    /// many other requests of the client wait; `wait` is the time until the person and the network
    /// may send one request.
    fn wait_behind(&self, waiting: usize, wait: Duration) -> Duration {
        wait + self.people.interval() * u32::try_from(waiting).unwrap_or(u32::MAX)
    }

    /// Takes one request from the buckets of the person and the network, even if the buckets are
    /// empty.
    fn charge(&mut self, author: Author, network: ClientNetwork, now: Duration) {
        self.people.bucket_of(author, now).charge(1, now);
        self.networks.bucket_of(network, now).charge(1, now);
    }

    /// Records a new client, if its requests are limited. `from` is its network; without one,
    /// nothing limits the client's requests.
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

    pub(crate) fn forget(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    /// Takes one request from the bucket of the network, if it has one. Returns whether it had.
    fn charge_network(&mut self, network: ClientNetwork, now: Duration) -> bool {
        let bucket = self.networks.bucket_of(network, now);
        let has_one = bucket.wait(now).is_zero();
        if has_one {
            bucket.charge(1, now);
        }
        has_one
    }

    /// Decides what happens to a client's request. A request that goes on now is charged to the
    /// person and the network; an action in a room that the client looks after, to the network
    /// only. A request of a host goes on even if it comes too fast. A request of a client without
    /// limits goes on without a charge, and so does a visitor's request for which
    /// [`Request::is_paced_for_visitors`] is false. If other requests of the client wait, this one
    /// waits, too.
    pub(crate) fn decide(
        &mut self,
        core: &Core,
        client: ClientId,
        author: Author,
        request: Request,
        now: Duration,
    ) -> StageDecision {
        let Some(pace) = self.clients.get(&client) else { return StageDecision::GoOn(request) };
        let (network, is_visitor, waiting) = (pace.network, pace.is_visitor, pace.waiting.len());
        if is_visitor && !request.is_paced_for_visitors() {
            return StageDecision::GoOn(request);
        }
        if waiting == 0
            && is_keepers_act(core, client, &request)
            && self.charge_network(network, now)
        {
            return StageDecision::GoOn(request);
        }
        let wait = self.wait(author, network, now);
        if waiting == 0 && wait.is_zero() {
            self.charge(author, network, now);
            return StageDecision::GoOn(request);
        }
        // Few requests come so fast, so only for these the core is asked whether a host sends them.
        if waiting == 0 && core.is_host(client) {
            return StageDecision::GoOn(request);
        }
        // A typing notice does not wait, because nobody needs it later; nor does how far a person
        // has read, because the client says it again.
        let is_news = matches!(request, Request::Typing(_) | Request::HaveRead(..));
        // A person waits for the page until the visitor's request is handled, so the request must
        // not wait for long. If it is refused, the page has the typed text in its input field.
        let is_long = is_visitor && wait > VISIT_PACE_WAIT;
        let Some(pace) = self.clients.get_mut(&client) else { return StageDecision::GoOn(request) };
        if !is_news && !is_long && waiting < limits::WAITING_REQUESTS_MAX {
            if waiting == 0 {
                self.due.insert((now + wait, client));
            }
            pace.waiting.push_back(request);
            return StageDecision::Waits;
        }
        if pace.refusals.charge(1, now) {
            return StageDecision::Refuse(request, self.wait_behind(waiting, wait));
        }
        StageDecision::Close
    }

    pub(crate) fn has_due(&self, now: Duration) -> bool {
        self.next_due().is_some_and(|at| at <= now)
    }

    /// Takes the client whose waiting request is due first. Returns the client, and what happens to
    /// its oldest waiting request. `None`: no request is due, or the client has left.
    pub(crate) fn next(
        &mut self,
        now: Duration,
        author_of: impl Fn(ClientId) -> Option<Author>,
    ) -> Option<(ClientId, StageDecision)> {
        if !self.has_due(now) {
            return None;
        }
        let (_, client) = self.due.pop_first()?;
        let (author, network) = (author_of(client)?, self.clients.get(&client)?.network);
        let wait = self.wait(author, network, now);
        let pace = self.clients.get_mut(&client)?;
        if pace.is_visitor && !wait.is_zero() {
            // Other requests of the person or the network were handled while this one waited, so it
            // would have to wait again. A visitor's request is refused instead, because a person
            // waits for the page.
            let request = pace.waiting.pop_front()?;
            return Some((client, StageDecision::Refuse(request, wait)));
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
        Some((client, request.map_or(StageDecision::Waits, StageDecision::GoOn)))
    }

    /// Returns whether the client is a visitor whose requests are limited.
    pub(crate) fn is_visitor(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|pace| pace.is_visitor)
    }

    /// Removes all waiting requests of a client. Returns those that must not be lost: what the
    /// client says, such as a message or an edit, and faulty requests. Charges these to the person
    /// and the network.
    pub(crate) fn take_waiting(
        &mut self,
        client: ClientId,
        author: Author,
        now: Duration,
    ) -> Vec<Request> {
        let Some(pace) = self.clients.get_mut(&client) else { return Vec::new() };
        let (network, mut kept) = (pace.network, Vec::from(std::mem::take(&mut pace.waiting)));
        kept.retain(|request| {
            use Request::{Classic, Faulty, Post, Private};
            matches!(request, Classic(_) | Post(_) | Private(_) | Faulty(_))
        });
        kept.iter().for_each(|_| self.charge(author, network, now));
        kept
    }

    /// Charges a network for one request that may need the history's file. Without a network, or if
    /// the server has no such limits, charges nothing.
    ///
    /// # Errors
    /// The network is over its limit; the refusal names the time to wait.
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
    /// the read must wait. If that is as long as a poll lasts, or longer, nothing is charged.
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

/// Returns whether the request is an action in a room that the client looks after.
fn is_keepers_act(core: &Core, client: ClientId, request: &Request) -> bool {
    matches!(request, Request::Act(act) if core.looks_after(client, &act.room))
}

/// Makes the token buckets of networks for one kind of request. At once, a network may send as many
/// of these requests as `burst_people` people together may send requests. After that it may send as
/// many each second as `people` people together.
fn network_buckets(pace: TalkPace, burst_people: u32, people: u32) -> NetworkBuckets {
    let interval = Duration::from_secs(1) / (pace.per_second.max(1) * people);
    Buckets::new(pace.burst * burst_people, interval)
}

#[cfg(test)]
mod tests {
    impl super::Paces {
        pub(crate) fn kept(&self) -> usize {
            self.people.count() + self.networks.count() + self.pages.count() + self.searches.count()
        }
    }
}
