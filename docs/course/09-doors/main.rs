//! Lesson 9: a hub has three inboxes (joins, words, leaves) and sleeps in one place. 1,000 clients
//! join, say "bye" as their last word, and leave. How many are heard? First the hub takes from an
//! inbox at random, as a fair `select` does. Then it plays in rounds, with a rule.

use std::collections::{HashSet, VecDeque};
use std::sync::{mpsc, Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

const THREADS: usize = 8;
const CLIENTS_PER_THREAD: usize = 125;
/// How long the hub works on one event. Meanwhile others fill its inboxes.
const WORK: Duration = Duration::from_micros(100);

/// What waits for the hub: the numbers of clients, and of the channel on which a leaver waits.
#[derive(Default)]
struct Waiting {
    joins: VecDeque<usize>,
    words: VecDeque<usize>,
    leaves: VecDeque<(usize, mpsc::Sender<()>)>,
    is_closed: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.joins.is_empty() && self.words.is_empty() && self.leaves.is_empty()
    }
}

/// Three inboxes, and one bell for all of them.
#[derive(Default)]
struct Doors {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

impl Doors {
    /// A client puts something into an inbox, and rings.
    fn put(&self, put: impl FnOnce(&mut Waiting)) {
        put(&mut self.waiting.lock().expect("no panics"));
        self.bell.notify_one();
    }

    /// Sleeps until one of the inboxes has something. Then `take` takes what it wants, in one step.
    /// Returns `None` when the doors are closed.
    fn select<T>(&self, take: impl FnOnce(&mut Waiting) -> T) -> Option<T> {
        let waiting = self.waiting.lock().expect("no panics");
        let is_idle = |waiting: &mut Waiting| waiting.is_empty() && !waiting.is_closed;
        let mut waiting = self.bell.wait_while(waiting, is_idle).expect("no panics");
        if waiting.is_empty() {
            return None;
        }
        Some(take(&mut waiting))
    }
}

/// Numbers that look random (xorshift).
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 32) as usize
}

/// Takes one event, from a random inbox of those that have one.
fn take_one(waiting: &mut Waiting, seed: &mut u64) -> Waiting {
    let mut taken = Waiting::default();
    while taken.is_empty() {
        match random(seed) % 3 {
            0 => taken.joins.extend(waiting.joins.pop_front()),
            1 => taken.words.extend(waiting.words.pop_front()),
            _ => taken.leaves.extend(waiting.leaves.pop_front()),
        }
    }
    taken
}

/// The hub. Returns how many last words it heard, and how often it looked into its inboxes.
fn run_hub(doors: &Doors, in_rounds: bool) -> (usize, usize) {
    let (mut members, mut heard, mut looks, mut seed) = (HashSet::new(), 0, 0, 2_026);
    // A round is all that waits now. With one lock for the three inboxes that is one step.
    let take = |waiting: &mut Waiting, seed: &mut u64| match in_rounds {
        true => std::mem::take(waiting),
        false => take_one(waiting, seed),
    };
    while let Some(round) = doors.select(|waiting| take(waiting, &mut seed)) {
        looks += 1;
        // The order in a round: who joins, then what is said, then who leaves.
        for client in round.joins {
            thread::sleep(WORK);
            members.insert(client);
        }
        for client in round.words {
            thread::sleep(WORK);
            // The hub drops the word of a client that is no member: it does not know whose it is.
            heard += usize::from(members.contains(&client));
        }
        for (client, forgotten) in round.leaves {
            thread::sleep(WORK);
            members.remove(&client);
            forgotten.send(()).ok();
        }
    }
    (heard, looks)
}

/// A client's life: join, say "bye", leave, and wait until the hub has forgotten it.
fn live(doors: &Doors, client: usize) {
    let (forgotten, wait) = mpsc::channel();
    doors.put(|waiting| waiting.joins.push_back(client));
    doors.put(|waiting| waiting.words.push_back(client));
    doors.put(|waiting| waiting.leaves.push_back((client, forgotten)));
    wait.recv().ok();
}

fn measure(name: &str, in_rounds: bool, stay: bool) {
    let doors = Arc::new(Doors::default());
    let same = Arc::clone(&doors);
    let hub = thread::Builder::new().name("hub".into());
    let hub = hub.spawn(move || run_hub(&same, in_rounds)).expect("a thread");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (doors, first) = (&doors, thread * CLIENTS_PER_THREAD);
            scope.spawn(move || (0..CLIENTS_PER_THREAD).for_each(|n| live(doors, first + n)));
        }
    });
    if stay {
        println!("# pid {}: look at me, then press Enter", std::process::id());
        let (entered, enter) = mpsc::channel();
        thread::spawn(move || drop((std::io::stdin().read_line(&mut String::new()), entered)));
        enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
    }
    doors.put(|waiting| waiting.is_closed = true);
    let (heard, looks) = hub.join().expect("the hub");
    println!("{}_heard {}\n{}_looks {}", name, heard, name, looks);
}

fn main() {
    let stay = std::env::args().nth(1).map_or(false, |word| word == "wait");
    if !stay {
        measure("random", false, false);
    }
    measure("round", true, stay);
}
