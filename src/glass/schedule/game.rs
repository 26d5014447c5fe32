//! What the address of the page says, and what comes of it: a pure function, so that a schedule can
//! be sent to somebody else, and so that the server remembers nothing.
//!
//! Owns: which addresses are good, and the sentence about one that is not.
//! Must not know: what a step does, how the page looks.
//!
//! Part: `glass/schedule/mod.rs`.

use super::levels::{GameLevel, LEVELS};
use super::machine::{StepMachine, letter};

/// Most letters of a schedule. The longest schedule of a level has fewer than 20.
const LETTERS_MAX: usize = 64;

/// One level after a schedule.
#[derive(Debug)]
pub(super) struct ScheduleGame {
    pub(super) is_cured: bool,
    pub(super) machine: StepMachine,
    /// The letters whose steps were made.
    pub(super) run: String,
    /// Each step that was made.
    pub(super) past: Vec<PastStep>,
    /// A sentence for each letter that the cured program could not take.
    pub(super) skipped: Vec<String>,
    /// What is wrong with the address. The game shows what was good before that.
    pub(super) fault: Option<String>,
}

/// A step that was made.
#[derive(Debug)]
pub(super) struct PastStep {
    pub(super) who: usize,
    pub(super) words: &'static str,
    /// What came of it; empty if the words say it.
    pub(super) outcome: String,
}

impl ScheduleGame {
    /// Plays what the parameters of an address say. A parameter that is missing has its first
    /// value: level 1, the broken program, no step.
    pub(super) fn of(level: Option<&str>, cured: Option<&str>, run: Option<&str>) -> Self {
        let number = level.unwrap_or(LEVELS[0].number);
        let Some(level) = LEVELS.iter().find(|one| one.number == number) else {
            let fault = format!("There is no level {}. The levels are 1, 2 and 3.", shown(number));
            return Self { fault: Some(fault), ..Self::begins(&LEVELS[0], false) };
        };
        let is_cured = cured == Some("1");
        let mut game = Self::begins(level, is_cured);
        if let Some(cured) = cured.filter(|word| !matches!(*word, "0" | "1")) {
            let words = "Write cured=1 for the cured program, and cured=0 for the other one, not";
            game.fault = Some(format!("{words} {}.", shown(cured)));
        } else {
            game.fault = game.plays(run.unwrap_or_default()).err();
        }
        game
    }

    fn begins(level: &'static GameLevel, is_cured: bool) -> Self {
        let machine = StepMachine::new(level, is_cured);
        let (run, past, skipped) = Default::default();
        Self { is_cured, machine, run, past, skipped, fault: None }
    }

    /// Lets the threads make the steps of a schedule, up to the first letter that cannot be.
    ///
    /// The cured program skips the letter of a thread that cannot go on: it shall be tried with the
    /// schedule that broke the other program.
    fn plays(&mut self, run: &str) -> Result<(), String> {
        for (index, sign) in run.chars().enumerate() {
            if index == LETTERS_MAX {
                return Err(format!("A schedule has at most {LETTERS_MAX} letters."));
            }
            let Some(who) = (0..2).find(|who| letter(*who) == sign) else {
                let sign = shown(sign.encode_utf8(&mut [0; 4]));
                return Err(format!(
                    "Letter {} is {sign}. A schedule has only the letters a and b.",
                    index + 1
                ));
            };
            let Some(why) = self.why_not(who) else {
                self.makes_step(who);
                continue;
            };
            let name = self.machine.level.threads[who];
            let number = index + 1;
            if !self.is_cured {
                return Err(format!("Letter {number} cannot be {sign}: the {name} {why}."));
            }
            self.skipped.push(format!("Letter {number}, {sign}, was skipped: the {name} {why}."));
        }
        Ok(())
    }

    fn makes_step(&mut self, who: usize) {
        if let Some(step) = self.machine.next(who) {
            let outcome = self.machine.step(who);
            self.past.push(PastStep { who, words: step.words, outcome });
            self.run.push(letter(who));
        }
    }

    /// Returns why a thread can make no step, as the end of a sentence about it. A broken program
    /// makes none.
    pub(super) fn why_not(&self, who: usize) -> Option<String> {
        let over = || "makes no more steps: the program is broken".to_owned();
        self.machine.why_not(who).or_else(|| self.machine.is_broken().then(over))
    }

    /// The address of a game of this level.
    pub(super) fn address(&self, is_cured: bool, run: &str) -> String {
        let cured = if is_cured { "&cured=1" } else { "" };
        format!("{}{cured}&run={run}#turn", super::address(self.machine.level.number))
    }
}

/// A text of the address in a sentence: not more than its begin, and each sign seen.
fn shown(text: &str) -> String {
    let begin: String = text.chars().take(20).collect();
    format!("\u{201c}{}\u{201d}", begin.escape_debug())
}
