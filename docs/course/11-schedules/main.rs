//! Lesson 11: two threads and one outbox, and a wake-up that can get lost. The threads are lists of
//! steps, and a schedule says who makes the next step. So the program can try 1,000 random
//! schedules, or all. `./main step`: you are the scheduler. `./main wait`: real threads.

use std::io;
use std::sync::{mpsc, Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// What a thread does: steps into which nobody comes in between.
type Program = &'static [&'static str];
/// The writer wants one message. If the outbox is empty, it sleeps; woken, it begins again.
const BROKEN: Program = &["lock", "look", "unlock", "sleep", "take", "unlock"];
const CURED: Program = &["lock", "look", "unlock and sleep", "take", "unlock"];
/// The hub has one message for the writer.
const HUB: Program = &["lock", "push", "unlock", "wake"];

/// The whole state: thread 0 (`a`) is the writer, thread 1 (`b`) is the hub.
#[derive(Clone)]
struct Machine {
    programs: [Program; 2],
    at: [usize; 2],
    is_asleep: [bool; 2],
    is_locked: bool,
    messages: usize,
}

impl Machine {
    fn new(a: Program) -> Self {
        let (programs, at) = ([a, HUB], [0; 2]);
        Self { programs, at, is_asleep: [false; 2], is_locked: false, messages: 0 }
    }

    fn next(&self, who: usize) -> &'static str {
        self.programs[who].get(self.at[who]).unwrap_or(&"end")
    }

    /// The threads that can make a step: they are not asleep, have not ended, and wait for no lock.
    fn runnable(&self) -> Vec<usize> {
        let waits = |who| self.next(who) == "end" || self.next(who) == "lock" && self.is_locked;
        (0..2).filter(|who| !self.is_asleep[*who] && !waits(*who)).collect()
    }

    fn step(&mut self, who: usize) {
        let step = self.next(who);
        self.at[who] += 1;
        match step {
            "lock" | "unlock" => self.is_locked = step == "lock",
            "look" if self.messages > 0 => {
                let take = self.programs[who].iter().position(|step| *step == "take");
                self.at[who] = take.expect("who looks also takes");
            }
            "take" => self.messages -= 1,
            "push" => self.messages += 1,
            "wake" => self.is_asleep = [false; 2], // If nobody sleeps, nothing happens.
            "sleep" | "unlock and sleep" => {
                self.is_locked = self.is_locked && step == "sleep";
                (self.is_asleep[who], self.at[who]) = (true, 0);
            }
            _ => {}
        }
    }

    fn hangs(&self) -> bool {
        self.runnable().is_empty() && self.messages > 0
    }
}

/// Counts the schedules from here on: all, and those that end in a hang.
fn try_all(machine: &Machine) -> (usize, usize) {
    let next = machine.runnable();
    let start = if next.is_empty() { (1, usize::from(machine.hangs())) } else { (0, 0) };
    next.into_iter().fold(start, |(all, bad), who| {
        let mut machine = machine.clone();
        machine.step(who);
        let more = try_all(&machine);
        (all + more.0, bad + more.1)
    })
}

/// Runs one random schedule. Returns whether it hangs.
fn try_random(mut machine: Machine, seed: &mut u64) -> bool {
    while let Some(last) = machine.runnable().len().checked_sub(1) {
        // Numbers that look random (xorshift): the same seed gives the same schedules.
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        machine.step(machine.runnable()[(*seed >> 32) as usize % (last + 1)]);
    }
    machine.hangs()
}

/// Lets the person at the terminal be the scheduler.
fn play() {
    let mut past = vec![Machine::new(BROKEN)];
    loop {
        let mut now = past.last().expect("the start stays").clone();
        let show = |who| if now.is_asleep[who] { "asleep" } else { now.next(who) };
        println!("a writer: {:<8} b hub: {:<8} messages: {}", show(0), show(1), now.messages);
        if now.runnable().is_empty() {
            let end = if now.hangs() { "A HANG. You win." } else { "All is well. Try `undo`." };
            println!("nobody can go on, after {} steps. {}", past.len() - 1, end);
        }
        let mut word = String::new();
        let bytes = io::stdin().read_line(&mut word).unwrap_or(0);
        match word.trim() {
            "undo" if past.len() > 1 => drop(past.pop()),
            name @ ("a" | "b") if now.runnable().contains(&usize::from(name == "b")) => {
                now.step(usize::from(name == "b"));
                past.push(now);
            }
            word if word == "quit" || bytes == 0 => return,
            _ => println!("that cannot be now; you can type: a, b, undo, quit"),
        }
    }
}

/// The same with real threads. A pause of the writer makes the rare schedule certain.
fn hang() {
    let outbox = Arc::new((Mutex::new(0), Condvar::new()));
    let same = Arc::clone(&outbox);
    let writer = thread::Builder::new().name("writer".into()).spawn(move || {
        while *same.0.lock().expect("no panics") == 0 {
            thread::sleep(Duration::from_millis(500)); // Looked and unlocked, and not yet asleep.
            drop(same.1.wait(same.0.lock().expect("no panics")));
        }
    });
    thread::sleep(Duration::from_millis(100));
    *outbox.0.lock().expect("no panics") += 1;
    outbox.1.notify_all();
    println!("# pid {}: one message waits; look at me, then press Enter", std::process::id());
    let (entered, enter) = mpsc::channel();
    thread::spawn(move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
    println!("# the writer has ended: {}", writer.map_or(true, |writer| writer.is_finished()));
}

fn main() {
    let word = std::env::args().nth(1).unwrap_or_else(|| "1".to_string());
    if word == "step" || word == "wait" {
        return if word == "step" { play() } else { hang() };
    }
    let mut seed = word.parse().unwrap_or(1_u64);
    println!("# seed {}", seed);
    seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1; // Other bits, and never 0.
    let hangs = (0..1_000).filter(|_| try_random(Machine::new(BROKEN), &mut seed)).count();
    let (all, bad) = try_all(&Machine::new(BROKEN));
    println!("random_hangs {}\nschedules {}\nbad_schedules {}", hangs, all, bad);
    println!("cured_bad_schedules {}", try_all(&Machine::new(CURED)).1);
}
