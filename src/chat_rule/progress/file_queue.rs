//! The clients that wait for lines from the history's file, and their order.
//!
//! They are in three groups. The first group are clients with a connection that are behind in a
//! log, for example after they were too slow; they go first. The second group are the clients that
//! scroll back, save a room or poll, and the third group those that search for words. In each of
//! the three groups, networks take turns. Between two chunks for a client of the first group, the
//! history is idle for a moment. In this moment it must not begin a long read. So the other groups
//! wait until the first group has asked for no chunk for a short time. But each other group has a
//! turn now and then, even if the first group asks all the time.
//!
//! Owns: that order, and the queries under way: at most one for lines and one for words.
//! Must not know: what a client receives, files.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::fair_queue::FairQueue;
use super::searching::RunningSearch;
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::core::LogId;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::record::Query;

/// After the history has read missed lines for a client that is behind, it reads nothing for other
/// clients for this long. The client asks for its next lines about a millisecond later, and should
/// not have to wait. [`COMING_BACK_TURN`] is the exception.
pub(super) const COMING_BACK_PAUSE: Duration = Duration::from_millis(5);
/// Even while clients are behind and need lines from the history's file, other clients have turns:
/// each time this has passed, the history reads one page for them and works for one turn on a
/// search.
pub(super) const COMING_BACK_TURN: Duration = Duration::from_millis(10);

/// All times in this table are chat time.
#[derive(Debug, Default)]
pub(crate) struct FileQueue {
    /// The waiting clients of the first group: those with a connection that are behind in a log.
    missed: FairQueue<WantedLines>,
    /// The moment of the last event of the first group: a client began to wait in `missed`, was
    /// taken out of it, or got the history's answer. `None`: there was no event yet.
    missed_at: Option<Duration>,
    /// True if the query for lines that is under way is for a client of the first group.
    is_urgent: bool,
    /// The clients of the second group: those that scroll back, save a room, or poll.
    pages: FairQueue<WantedLines>,
    /// The moment of the second group's most recent turn. `None`: it had none yet.
    pages_at: Option<Duration>,
    /// The clients of the third group: those that search for words.
    words: FairQueue<WantedLines>,
    /// The moment of the third group's most recent turn. `None`: it had none yet.
    words_at: Option<Duration>,
    /// The clients that wait in `missed`, `pages` or `late` for lines that they have missed, each
    /// with the log. A client waits only once for one log.
    waiting: HashSet<(ClientId, LogId)>,
    /// All clients that poll, each with the moment from which on the history's file may be read for
    /// it. `None` in place of the moment: the client has not needed the file yet.
    polls: HashMap<ClientId, Option<Duration>>,
    /// The polls for which the history's file may be read only later: the moment, the client and
    /// the log, earliest moment first.
    late: BTreeSet<(Duration, ClientId, LogId)>,
    /// The queries that the history has not answered yet, oldest first. The history answers them in
    /// this order.
    under_way: VecDeque<(WantedLines, Query)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WantedLines {
    /// The lines of a log that the client has missed.
    Missed(ClientId, LogId),
    /// A page of older lines: at most `count` lines of a log before the number `before`.
    Page { client: ClientId, log: LogId, name: LogName, before: Seq, count: usize },
    /// The lines of a log that a search finds.
    Words(ClientId, LogId, Box<RunningSearch>),
}

impl WantedLines {
    fn client(&self) -> ClientId {
        match self {
            Self::Missed(client, _) | Self::Page { client, .. } | Self::Words(client, ..) => {
                *client
            }
        }
    }

    /// Returns the moment, in chat time, at which a search has lasted too long. `None`: these lines
    /// are for no search.
    fn ends_at(&self) -> Option<Duration> {
        if let Self::Words(_, _, search) = self { Some(search.ends_at()) } else { None }
    }

    fn is_words(&self) -> bool {
        matches!(self, Self::Words(..))
    }
}

impl FileQueue {
    /// Returns whether the hub has asked the history for the lines of a log that this client has
    /// missed, and has no answer yet.
    pub(super) fn is_read_for(&self, client: ClientId, log: LogId) -> bool {
        let missed = WantedLines::Missed(client, log);
        self.under_way.iter().any(|(wanted, _)| *wanted == missed)
    }

    /// Returns whether the client waits, in any group, for lines of this log that it has missed.
    /// True also while the history is reading them.
    pub(super) fn has_missed(&self, client: ClientId, log: LogId) -> bool {
        self.waiting.contains(&(client, log)) || self.is_read_for(client, log)
    }

    /// Queues the client for the lines of a log that it has missed, after all other clients of its
    /// group and network. If `urgent_since` has the present time, the client is in the first group.
    /// Otherwise it is in the second group.
    pub(super) fn queue_missed(
        &mut self,
        (client, log): (ClientId, LogId),
        network: Option<ClientNetwork>,
        urgent_since: Option<Duration>,
    ) {
        self.waiting.insert((client, log));
        self.missed_at = urgent_since.or(self.missed_at);
        let queue = if urgent_since.is_some() { &mut self.missed } else { &mut self.pages };
        queue.push(network, WantedLines::Missed(client, log));
    }

    /// Records that the client polls. If it needs lines from the history's file, it may have to
    /// wait until its network may read again.
    pub(crate) fn add_poll(&mut self, client: ClientId) {
        self.polls.insert(client, None);
    }

    /// Returns the moment from which on the history's file may be read for a client that polls. The
    /// first call for a client asks `first_at` for it; later calls return the same moment. `None`:
    /// the client does not poll.
    pub(super) fn poll_reads_at(
        &mut self,
        client: ClientId,
        first_at: impl FnOnce() -> Duration,
    ) -> Option<Duration> {
        Some(*self.polls.get_mut(&client)?.get_or_insert_with(first_at))
    }

    /// Lets the poll of this client wait for the lines of a log that it has missed. The hub does
    /// not ask the history for them before `at`.
    pub(super) fn queue_late(&mut self, at: Duration, client: ClientId, log: LogId) {
        self.waiting.insert((client, log));
        self.late.insert((at, client, log));
    }

    /// Removes and returns a poll from `late` for which the history's file may be read now.
    pub(super) fn next_due(&mut self, now: Duration) -> Option<(ClientId, LogId)> {
        self.late.first().filter(|(at, ..)| *at <= now)?;
        let (_, client, log) = self.late.pop_first()?;
        self.waiting.remove(&(client, log));
        Some((client, log))
    }

    /// Returns the next moment, in chat time, at which a poll's lines may be read, the second or
    /// third group may have a turn, or a search has lasted too long. `None`: nothing of this kind
    /// waits.
    pub(crate) fn next_tick(&self) -> Option<Duration> {
        let pages = !self.is_under_way(false) && !self.pages.is_empty();
        let pages = pages.then(|| self.others_from(self.pages_at));
        let words = !self.is_under_way(true) && !self.words.is_empty();
        let words = words.then(|| self.others_from(self.words_at));
        let late = self.late.first().map(|(at, ..)| *at);
        let searches = self.words.iter().filter_map(WantedLines::ends_at);
        late.into_iter().chain(pages).chain(words).chain(searches).min()
    }

    /// Returns whether a search of this client waits or is under way.
    pub(crate) fn has_words_of(&self, client: ClientId) -> bool {
        let under_way = self.under_way.iter().map(|(wanted, _)| wanted);
        under_way.chain(self.words.iter()).any(|item| item.is_words() && item.client() == client)
    }

    /// Returns whether a page of older lines for this client waits or is under way.
    pub(super) fn has_page_of(&self, client: ClientId) -> bool {
        let under_way = self.under_way.iter().map(|(wanted, _)| wanted);
        let mut all = under_way.chain(self.pages.iter());
        all.any(|wanted| matches!(wanted, WantedLines::Page { .. }) && wanted.client() == client)
    }

    /// Returns whether one more search or page of older lines (`wanted`) may wait. It may not if
    /// too many searches and pages wait already, or too many of the same kind from this network.
    pub(crate) fn has_place_for(
        &self,
        wanted: &WantedLines,
        network: Option<ClientNetwork>,
    ) -> bool {
        let is_page = |wanted: &&WantedLines| !matches!(wanted, WantedLines::Missed(..));
        let of_all = self.pages.iter().filter(is_page).count() + self.words.iter().count();
        let of_network = match wanted {
            WantedLines::Words(..) => self.words.of(network).count(),
            _ => self.pages.of(network).filter(is_page).count(),
        };
        of_all < limits::READS_WAITING_MAX && of_network < limits::READS_WAITING_PER_NETWORK_MAX
    }

    /// Queues a search or a page of older lines, after all other items of its group and network.
    pub(crate) fn queue_last(&mut self, wanted: WantedLines, network: Option<ClientNetwork>) {
        let queue = if wanted.is_words() { &mut self.words } else { &mut self.pages };
        queue.push(network, wanted);
    }

    /// Queues a search that needs more turns, before the other searches of its network.
    pub(super) fn queue_first(&mut self, wanted: WantedLines, network: Option<ClientNetwork>) {
        self.words.push_front(network, wanted);
    }

    /// Returns into how many equal shares the history's time for searches is divided, if this
    /// network has one more search and that gets one share. All networks with searches get the same
    /// time, and a network's time is divided among its searches.
    pub(super) fn search_shares(&self, network: Option<ClientNetwork>) -> usize {
        let waiting = self.words.of(network).count();
        let networks = self.words.networks() + usize::from(waiting == 0);
        networks * (waiting + 1)
    }

    /// Removes and returns the waiting searches that have lasted too long.
    pub(super) fn take_overdue(&mut self, now: Duration) -> Vec<WantedLines> {
        let is_overdue = |wanted: &WantedLines| wanted.ends_at().is_some_and(|at| at <= now);
        if self.words.is_empty() { Vec::new() } else { self.words.take_out(is_overdue) }
    }

    /// Removes the poll, the pages and the searches of a client that has left. If the client waits
    /// in the first group, it stays there and is skipped when its turn comes.
    pub(crate) fn forget(&mut self, client: ClientId) {
        if self.polls.remove(&client).is_some() {
            let of_client = |(_, id, _): &(Duration, ClientId, LogId)| *id == client;
            for (_, _, log) in self.late.iter().filter(|late| of_client(late)) {
                self.waiting.remove(&(client, *log));
            }
            self.late.retain(|late| !of_client(late));
        }
        for queue in [&mut self.pages, &mut self.words] {
            if queue.iter().any(|wanted| wanted.client() == client) {
                queue.take_out(|wanted| wanted.client() == client);
                self.waiting.retain(|(id, _)| *id != client);
            }
        }
    }

    /// Returns whether a search is under way (`is_words`), or a query for other lines. At most one
    /// of each is under way at a time.
    fn is_under_way(&self, is_words: bool) -> bool {
        self.under_way.iter().any(|(wanted, _)| wanted.is_words() == is_words)
    }

    /// Returns the moment from which on the second or third group may have its next turn. `last` is
    /// the moment of the group's most recent turn.
    fn others_from(&self, last: Option<Duration>) -> Duration {
        let pause = self.missed_at.map_or(Duration::ZERO, |at| at + COMING_BACK_PAUSE);
        let turn = last.map_or(Duration::ZERO, |at| at + COMING_BACK_TURN);
        pause.min(turn)
    }

    /// Removes and returns the lines for which the hub must ask the history next. `None`: no client
    /// has a turn now, or a search and a query for other lines are both under way.
    pub(super) fn next(&mut self, now: Duration) -> Option<WantedLines> {
        let lines = if self.is_under_way(false) { None } else { self.next_lines(now) };
        lines.or_else(|| {
            let is_turn = !self.is_under_way(true) && self.others_from(self.words_at) <= now;
            let words = if is_turn { self.words.pop() } else { None };
            self.words_at = words.as_ref().map(|_| now).or(self.words_at);
            words
        })
    }

    fn next_lines(&mut self, now: Duration) -> Option<WantedLines> {
        let is_turn = self.others_from(self.pages_at) <= now;
        let page = if is_turn { self.pages.pop() } else { None };
        let is_urgent = page.is_none();
        let (queue_at, next) = match page {
            Some(page) => (&mut self.pages_at, page),
            None => (&mut self.missed_at, self.missed.pop()?),
        };
        *queue_at = Some(now);
        self.is_urgent = is_urgent;
        if let WantedLines::Missed(client, log) = next {
            self.waiting.remove(&(client, log));
        }
        Some(next)
    }

    pub(super) fn add_query(&mut self, wanted: WantedLines, query: Query) {
        self.under_way.push_back((wanted, query));
    }

    /// Removes and returns the oldest query under way, because the history has answered it.
    pub(super) fn answered(&mut self, now: Duration) -> Option<(WantedLines, Query)> {
        let answered = self.under_way.pop_front()?;
        if !answered.0.is_words() && std::mem::take(&mut self.is_urgent) {
            // The client that gets these lines may soon need the next ones. So from now on, the
            // other groups wait for a short time.
            self.missed_at = Some(now);
        }
        Some(answered)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn a_poll_that_leaves_before_its_time_leaves_nothing() {
        let (client, log) = (ClientId(7), LogId(NonZeroU64::MIN));
        let mut queue = FileQueue::default();
        queue.add_poll(client);
        queue.queue_late(Duration::from_secs(1), client, log);
        assert!(queue.has_missed(client, log));
        queue.forget(client);
        assert!(!queue.has_missed(client, log));
        assert_eq!(queue.next_due(Duration::from_secs(2)), None);
    }
}
