//! Lesson 11, the exercise: find the schedule by hand that hangs, and then cure the writer.

pub type Program = &'static [&'static str];

// YOUR TURN, first: the schedule that loses the wake-up, at most 9 letters: `a` is a step of the
// writer, `b` is a step of the hub. `./main step` (of `main.rs`) lets you try.
pub const SCHEDULE: &str = "ab";

// YOUR TURN, second: the steps of a writer that can never hang. The machine knows the steps
// `lock`, `look`, `unlock`, `sleep`, `unlock and sleep`, `take`.
pub const WRITER: Program = &["lock", "look", "unlock", "sleep", "take", "unlock"];

/// The whole state: thread 0 (`a`) is the writer, thread 1 (`b`) is the hub. As in `main.rs`, but
/// it also knows who has the lock.
#[derive(Clone)]
pub struct Machine {
    programs: [Program; 2],
    at: [usize; 2],
    is_asleep: [bool; 2],
    locked_by: Option<usize>,
    messages: usize,
}

impl Machine {
    pub fn new(writer: Program) -> Self {
        let programs = [writer, &["lock", "push", "unlock", "wake"]];
        Self { programs, at: [0; 2], is_asleep: [false; 2], locked_by: None, messages: 0 }
    }

    fn next(&self, who: usize) -> &'static str {
        self.programs[who].get(self.at[who]).unwrap_or(&"end")
    }

    /// The threads that can make a step: they are not asleep, have not ended, and wait for no lock.
    pub fn runnable(&self) -> Vec<usize> {
        let waits = |who| self.next(who) == "lock" && self.locked_by.is_some();
        let rests = |who| self.is_asleep[who] || self.next(who) == "end" || waits(who);
        (0..2).filter(|who| !rests(*who)).collect()
    }

    pub fn step(&mut self, who: usize) {
        let step = self.next(who);
        self.at[who] += 1;
        if !["lock", "sleep", "wake"].contains(&step) {
            assert_eq!(self.locked_by, Some(who), "`{}` needs the lock", step);
        }
        match step {
            "lock" => self.locked_by = Some(who),
            "unlock" => self.locked_by = None,
            "look" if self.messages > 0 => {
                let take = self.programs[who].iter().position(|step| *step == "take");
                self.at[who] = take.expect("who looks also takes");
            }
            "look" => {}
            "take" => self.messages = self.messages.checked_sub(1).expect("nothing to take"),
            "push" => self.messages += 1,
            "wake" => self.is_asleep = [false; 2],
            "sleep" | "unlock and sleep" => {
                (self.is_asleep[who], self.at[who]) = (true, 0);
                if step == "unlock and sleep" {
                    self.locked_by = None;
                }
            }
            _ => panic!("there is no step `{}`", step),
        }
    }

    /// Nobody can make a step any more, and a message waits.
    pub fn hangs(&self) -> bool {
        self.runnable().is_empty() && self.messages > 0
    }
}

fn main() {
    let mut machine = Machine::new(WRITER);
    for letter in SCHEDULE.chars() {
        machine.step(usize::from(letter == 'b'));
    }
    println!("after {}: runnable {:?}, hangs {}", SCHEDULE, machine.runnable(), machine.hangs());
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: Program = &["lock", "look", "unlock", "sleep", "take", "unlock"];

    #[test]
    fn my_schedule_leaves_a_message_and_a_sleeper() {
        assert!(SCHEDULE.len() <= 9, "at most 9 steps");
        let mut machine = Machine::new(BROKEN);
        for (number, letter) in SCHEDULE.chars().enumerate() {
            let who = ['a', 'b'].iter().position(|name| *name == letter).expect("a or b");
            let can = machine.runnable().contains(&who);
            assert!(can, "step {}: `{}` cannot go on here", number + 1, letter);
            machine.step(who);
        }
        assert!(machine.hangs(), "this schedule does not end in a hang");
    }

    /// Tries every schedule from here on. `past` is the schedule until now.
    fn try_all(machine: &Machine, past: &str) {
        assert!(past.len() < 30, "the threads run round and round: {}", past);
        if machine.runnable().is_empty() {
            assert!(!machine.hangs(), "a schedule of {} steps hangs", past.len());
            assert_eq!(machine.messages, 0, "{}", past);
            assert_eq!((machine.next(0), machine.locked_by), ("end", None), "{}", past);
        }
        for who in machine.runnable() {
            let mut next = machine.clone();
            next.step(who);
            try_all(&next, &format!("{}{}", past, ["a", "b"][who]));
        }
    }

    #[test]
    fn no_schedule_of_the_cured_writer_hangs() {
        try_all(&Machine::new(WRITER), "");
        // And while there is no message, the writer must sleep, and not run round and round.
        let mut alone = Machine::new(WRITER);
        for _ in 0..10 {
            if alone.runnable().contains(&0) {
                alone.step(0);
            }
        }
        assert!(alone.is_asleep[0] && alone.locked_by.is_none(), "nothing to do, and no sleep");
    }
}
