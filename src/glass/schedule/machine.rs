//! Two threads as lists of steps, and a schedule that says who makes the next one.
//!
//! Owns: what each step does, who can make a step, and the search through all schedules.
//! Must not know: what the levels are about, the page.
//!
//! Part: `glass/schedule/mod.rs`.

use super::levels::GameLevel;

/// What one thread does: steps into which nobody comes in between.
pub(super) type Program = &'static [ProgramStep];

/// One step of a program.
#[derive(Debug)]
pub(super) struct ProgramStep {
    /// The step as the page shows it.
    pub(super) words: &'static str,
    pub(super) act: StepAct,
}

/// What a step does. A number is the index of a tray: of what lies between the threads, such as an
/// outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepAct {
    /// Takes the lock; waits while another thread has it.
    Lock,
    Unlock,
    /// Sleeps until the other thread wakes this one, which then begins again at its first step.
    Sleep,
    UnlockAndSleep,
    /// Has no memory: if nobody sleeps, nothing happens.
    Wake,
    Put(usize, &'static str),
    /// Moves all that lies in the first tray into the second one.
    Move(usize, usize),
    /// If the tray has something, goes on at the step with this index.
    JumpIf(usize, usize),
    /// Sleeps until one of the first two trays has something; then begins again at the first step.
    SleepUntilFilled,
}

/// The two threads and all that they share: what a schedule makes of a level.
#[derive(Clone, Debug)]
pub(super) struct StepMachine {
    pub(super) level: &'static GameLevel,
    pub(super) programs: [Program; 2],
    /// The index of each thread's next step.
    pub(super) at: [usize; 2],
    /// Who sleeps until the other one wakes it.
    pub(super) is_asleep: [bool; 2],
    pub(super) locked_by: Option<usize>,
    pub(super) trays: Vec<Vec<&'static str>>,
}

/// What the search through all schedules has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) schedules: usize,
    pub(super) breaking: usize,
    /// The shortest schedule at whose end the program is broken.
    pub(super) shortest: Option<String>,
}

/// The letter of a thread in a schedule.
pub(super) fn letter(who: usize) -> char {
    if who == 0 { 'a' } else { 'b' }
}

impl StepMachine {
    pub(super) fn new(level: &'static GameLevel, is_cured: bool) -> Self {
        let programs = if is_cured { level.cured } else { level.broken };
        let trays = vec![Vec::new(); level.trays.len()];
        Self { level, programs, at: [0; 2], is_asleep: [false; 2], locked_by: None, trays }
    }

    pub(super) fn next(&self, who: usize) -> Option<&'static ProgramStep> {
        self.programs[who].get(self.at[who])
    }

    /// Returns why this thread can make no step, as the end of a sentence about it; `None` if it
    /// can make one.
    pub(super) fn why_not(&self, who: usize) -> Option<String> {
        let name = |who: usize| self.level.threads[who];
        match (self.next(who).map(|step| step.act), self.locked_by) {
            _ if self.is_asleep[who] => Some("sleeps until somebody wakes it".to_owned()),
            _ if self.sleeps(who) => Some("sleeps until an inbox has something".to_owned()),
            (None, _) => Some("has come to its end".to_owned()),
            (Some(StepAct::Lock), Some(owner)) => {
                Some(format!("waits for the lock, which the {} has", name(owner)))
            }
            _ => None,
        }
    }

    /// Returns whether this thread sleeps.
    pub(super) fn sleeps(&self, who: usize) -> bool {
        let waits = self.next(who).is_some_and(|step| step.act == StepAct::SleepUntilFilled);
        self.is_asleep[who] || waits && self.trays[..2].iter().all(Vec::is_empty)
    }

    pub(super) fn is_broken(&self) -> bool {
        (self.level.is_broken)(self)
    }

    /// Returns whether no thread can make a step.
    pub(super) fn is_at_rest(&self) -> bool {
        (0..2).all(|who| self.why_not(who).is_some())
    }

    /// Lets a thread make its next step, which it must be able to make. Returns what came of it,
    /// if the step's own words do not say that.
    pub(super) fn step(&mut self, who: usize) -> String {
        let Some(act) = self.next(who).map(|step| step.act) else { return String::new() };
        self.at[who] += 1;
        match act {
            StepAct::Lock => self.locked_by = Some(who),
            StepAct::Unlock => self.locked_by = None,
            StepAct::Sleep | StepAct::UnlockAndSleep => {
                if act == StepAct::UnlockAndSleep {
                    self.locked_by = None;
                }
                (self.is_asleep[who], self.at[who]) = (true, 0);
            }
            StepAct::SleepUntilFilled => self.at[who] = 0,
            StepAct::Wake => return self.wake(),
            StepAct::Put(tray, what) => self.trays[tray].push(what),
            StepAct::Move(from, to) => return self.moves(from, to),
            StepAct::JumpIf(tray, _) if self.trays[tray].is_empty() => return "no".to_owned(),
            StepAct::JumpIf(_, to) => {
                self.at[who] = to;
                return "yes".to_owned();
            }
        }
        String::new()
    }

    fn wake(&mut self) -> String {
        let sleeper = self.is_asleep.iter().position(|is_asleep| *is_asleep);
        self.is_asleep = [false; 2];
        sleeper.map_or("nobody sleeps, so nothing happens".to_owned(), |who| {
            format!("the {} wakes up", self.level.threads[who])
        })
    }

    fn moves(&mut self, from: usize, to: usize) -> String {
        let moved = std::mem::take(&mut self.trays[from]);
        let what = if moved.is_empty() { "finds nothing".to_owned() } else { moved.join(", ") };
        self.trays[to].extend(moved);
        what
    }
}

/// Runs all schedules of a program from its start to its end, or until it is broken: there the game
/// ends, too. No program here can go on for ever: who sleeps begins again only when something has
/// come.
pub(super) fn all_schedules(level: &'static GameLevel, is_cured: bool) -> Tally {
    let mut tally = Tally::default();
    try_on(&StepMachine::new(level, is_cured), "", &mut tally);
    tally
}

/// Runs all schedules that begin with `run`, after which the machine is as given.
fn try_on(machine: &StepMachine, run: &str, tally: &mut Tally) {
    let is_broken = machine.is_broken();
    let is_shorter = tally.shortest.as_ref().is_none_or(|other| run.len() < other.len());
    if is_broken && is_shorter {
        tally.shortest = Some(run.to_owned());
    }
    if is_broken || machine.is_at_rest() {
        tally.schedules += 1;
        tally.breaking += usize::from(is_broken);
        return;
    }
    for who in (0..2).filter(|who| machine.why_not(*who).is_none()) {
        let mut machine = machine.clone();
        machine.step(who);
        try_on(&machine, &format!("{run}{}", letter(who)), tally);
    }
}
