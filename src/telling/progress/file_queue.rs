//! Who waits for lines of the file, in which order.
//!
//! Who comes back, or was too slow, goes first; then who scrolls back, saves a room or polls, and beside them
//! who looks for words. Within each of the three, addresses take turns. Between two pieces of who comes back the history
//! has nothing to do, and must not begin with something long: so the others wait until no piece was asked for a moment,
//! and have a turn now and then.
//!
//! Owns: that order, and what has been asked: one question for lines and one for words.
//! Must not know: what anybody is told, files.
//!
//! Next: `telling/progress/fair_queue.rs`.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::fair_queue::FairQueue;
use super::searching::Looking;
use crate::admission::Home;
use crate::chat::core::RoomId;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::record::Query;
use crate::hub::ClientId;
use crate::limits;

/// Who waits, and what has been asked.
#[derive(Debug, Default)]
pub(crate) struct FileQueue {
    /// Those who come back, or were too slow.
    missed: FairQueue<Wanted>,
    /// When one of them began to wait, or was read for, last.
    missed_at: Option<Duration>,
    /// The lines that are under way are for one of them.
    is_urgent: bool,
    /// Those who scroll back, save a room, or poll.
    pages: FairQueue<Wanted>,
    pages_at: Option<Duration>,
    /// Those who look for words.
    words: FairQueue<Wanted>,
    words_at: Option<Duration>,
    /// Of those who miss something, for which room: each waits once.
    waiting: HashSet<(ClientId, RoomId)>,
    /// Everybody who polls, and from when on the file is read for that one; `None`: it was not
    /// needed yet.
    polls: HashMap<ClientId, Option<Duration>>,
    /// Those of them for whom it is not read yet, soonest first.
    late: BTreeSet<(Duration, ClientId, RoomId)>,
    /// The history answers in this order.
    under_way: VecDeque<(Wanted, Query)>,
}

/// Something that somebody wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What it has missed of a room.
    Missed(ClientId, RoomId),
    /// At most `count` lines of this log older than `before`.
    Page { client: ClientId, room: RoomId, log: LogName, before: Seq, count: usize },
    /// Lines with some words, of any age.
    Words(ClientId, RoomId, Box<Looking>),
}

impl Wanted {
    fn client(&self) -> ClientId {
        match self {
            Self::Missed(client, _) | Self::Page { client, .. } | Self::Words(client, ..) => {
                *client
            }
        }
    }

    fn is_words(&self) -> bool {
        matches!(self, Self::Words(..))
    }
}

impl FileQueue {
    /// Whether the history reads for this client now what it has missed of a room.
    #[cfg(test)]
    pub(crate) fn is_read_for(&self, client: ClientId, room: RoomId) -> bool {
        let it = Wanted::Missed(client, room);
        self.under_way.iter().any(|(wanted, _)| *wanted == it)
    }

    /// Whether the client waits to be told what it has missed of a room.
    pub(crate) fn has_missed(&self, client: ClientId, room: RoomId) -> bool {
        let it = Wanted::Missed(client, room);
        self.waiting.contains(&(client, room))
            || self.under_way.iter().any(|(wanted, _)| *wanted == it)
    }

    /// The client waits to be told what it has missed of a room: before all others, or behind
    /// those of its address who scroll back, if there is no hurry.
    pub(crate) fn wait_for_missed(
        &mut self,
        (client, room): (ClientId, RoomId),
        home: Option<Home>,
        urgent_since: Option<Duration>,
    ) {
        self.waiting.insert((client, room));
        self.missed_at = urgent_since.or(self.missed_at);
        let queue = if urgent_since.is_some() { &mut self.missed } else { &mut self.pages };
        queue.push(home, Wanted::Missed(client, room));
    }

    /// This client polls.
    pub(crate) fn add_poll(&mut self, client: ClientId) {
        self.polls.insert(client, None);
    }

    /// The same, to be asked from when on the file is read for it; `None`: it is no poll.
    pub(crate) fn poll(&mut self, client: ClientId) -> Option<&mut Option<Duration>> {
        self.polls.get_mut(&client)
    }

    /// It waits for what it has missed, and not before this moment.
    pub(crate) fn wait_until(&mut self, at: Duration, client: ClientId, room: RoomId) {
        self.waiting.insert((client, room));
        self.late.insert((at, client, room));
    }

    /// A poll whose moment has come.
    pub(crate) fn next_due(&mut self, now: Duration) -> Option<(ClientId, RoomId)> {
        self.late.first().filter(|(at, ..)| *at <= now)?;
        let (_, client, room) = self.late.pop_first()?;
        self.waiting.remove(&(client, room));
        Some((client, room))
    }

    /// When the moment of the next poll comes, or of others than who comes back, or somebody has
    /// looked for words for too long.
    pub(crate) fn next_tick(&self) -> Option<Duration> {
        let (reads, looks) = self.asked();
        let pages = !reads && !self.pages.is_empty();
        let pages = pages.then(|| self.others_from(self.pages_at));
        let words = !looks && !self.words.is_empty();
        let words = words.then(|| self.others_from(self.words_at));
        let late = self.late.first().map(|(at, ..)| *at);
        let looking = self.words.iter().filter_map(|wanted| match wanted {
            Wanted::Words(_, _, looking) => Some(looking.ends_at()),
            _ => None,
        });
        late.into_iter().chain(pages).chain(words).chain(looking).min()
    }

    /// Whether somebody who looks for words has not been answered yet.
    pub(crate) fn has_words_of(&self, asker: ClientId) -> bool {
        let under_way = self.under_way.iter().map(|(wanted, _)| wanted);
        under_way.chain(self.words.iter()).any(|it| it.is_words() && it.client() == asker)
    }

    /// Whether a page of older lines that this client has asked for was not found yet.
    pub(crate) fn has_page_of(&self, asker: ClientId) -> bool {
        let under_way = self.under_way.iter().map(|(wanted, _)| wanted);
        let mut all = under_way.chain(self.pages.iter());
        all.any(|it| matches!(it, Wanted::Page { client, .. } if *client == asker))
    }

    /// Whether one more of this address may wait for what it has asked for.
    pub(crate) fn has_place_for(&self, wanted: &Wanted, home: Option<Home>) -> bool {
        let is_page = |it: &&Wanted| !matches!(it, Wanted::Missed(..));
        let of_all = self.pages.iter().filter(is_page).count() + self.words.iter().count();
        let of_home = match wanted {
            Wanted::Words(..) => self.words.of(home).count(),
            _ => self.pages.of(home).filter(is_page).count(),
        };
        of_all < limits::READS_WAITING_MAX && of_home < limits::READS_WAITING_PER_ADDRESS_MAX
    }

    /// It waits behind all others of its kind and address.
    pub(crate) fn wait(&mut self, wanted: Wanted, home: Option<Home>) {
        let queue = if wanted.is_words() { &mut self.words } else { &mut self.pages };
        queue.push(home, wanted);
    }

    /// The history has looked for a while; it goes on when the other addresses have had their
    /// turns.
    pub(crate) fn go_on(&mut self, wanted: Wanted, home: Option<Home>) {
        self.words.push_front(home, wanted);
    }

    /// How many share the history's time for words with one of this address: addresses, and those of
    /// this one.
    pub(crate) fn lookers(&self, home: Option<Home>) -> (usize, usize) {
        let of_home = self.words.of(home).count();
        (self.words.addresses() + usize::from(of_home == 0), of_home + 1)
    }

    /// Those who look for words and must be answered now.
    pub(crate) fn take_overdue(&mut self, now: Duration) -> Vec<Wanted> {
        let is_overdue = |it: &Wanted| match it {
            Wanted::Words(_, _, looking) => looking.ends_at() <= now,
            _ => false,
        };
        if self.words.is_empty() { Vec::new() } else { self.words.take_out(is_overdue) }
    }

    /// Nobody is there any more who could be told.
    pub(crate) fn forget(&mut self, client: ClientId) {
        if self.polls.remove(&client).is_some() {
            self.late.retain(|(_, its, _)| *its != client);
        }
        for queue in [&mut self.pages, &mut self.words] {
            if queue.iter().any(|it| it.client() == client) {
                queue.take_out(|it| it.client() == client);
                self.waiting.retain(|(its, _)| *its != client);
            }
        }
    }

    /// Whether the history has been asked for lines, and for words.
    fn asked(&self) -> (bool, bool) {
        let looks = self.under_way.iter().any(|(wanted, _)| wanted.is_words());
        (self.under_way.len() > usize::from(looks), looks)
    }

    /// From when on others than who comes back have a turn, if they had their last at this moment.
    fn others_from(&self, last: Option<Duration>) -> Duration {
        let pause = self.missed_at.map_or(Duration::ZERO, |at| at + limits::COMING_BACK_PAUSE);
        let turn = last.map_or(Duration::ZERO, |at| at + limits::COMING_BACK_TURN);
        pause.min(turn)
    }

    /// Whose turn it is; nobody's while answers to both kinds of questions are under way.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Wanted> {
        let (reads, looks) = self.asked();
        let lines = if reads { None } else { self.next_lines(now) };
        lines.or_else(|| {
            let is_turn = !looks && self.others_from(self.words_at) <= now;
            let words = if is_turn { self.words.pop() } else { None };
            self.words_at = words.as_ref().map(|_| now).or(self.words_at);
            words
        })
    }

    fn next_lines(&mut self, now: Duration) -> Option<Wanted> {
        let is_turn = self.others_from(self.pages_at) <= now;
        let page = if is_turn { self.pages.pop() } else { None };
        let is_urgent = page.is_none();
        let (queue_at, next) = match page {
            Some(page) => (&mut self.pages_at, page),
            None => (&mut self.missed_at, self.missed.pop()?),
        };
        *queue_at = Some(now);
        self.is_urgent = is_urgent;
        if let Wanted::Missed(client, room) = next {
            self.waiting.remove(&(client, room));
        }
        Some(next)
    }

    /// The history has been asked this for somebody.
    pub(crate) fn ask(&mut self, wanted: Wanted, query: Query) {
        self.under_way.push_back((wanted, query));
    }

    /// What was asked first of all that is under way has its answer.
    pub(crate) fn answered(&mut self, now: Duration) -> Option<(Wanted, Query)> {
        let answered = self.under_way.pop_front()?;
        if !answered.0.is_words() && std::mem::take(&mut self.is_urgent) {
            // Its client asks for the next piece as soon as it has taken this one.
            self.missed_at = Some(now);
        }
        Some(answered)
    }
}
