//! Leads a learner through the course, in a terminal.
//!
//! The course stands in `docs/course`, and the program carries it with it. For each lesson the
//! learner guesses some numbers, runs a program that measures them, reads why, and cures an
//! exercise. Nothing here needs a server.
//!
//! Blocks on: the learner, for as long as they think; a compiler and programs (`compiler.rs`).
//! Owns: the order of the steps.
//! Must not know: flags.
//!
//! Part: this file is its entry.

pub(crate) mod chart;
mod compiler;
mod guesses;
mod lesson;

use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use compiler::RUN_MAX;
use guesses::Guesses;
use lesson::{EXERCISE, LESSONS, Lesson, Number, PROGRAM};

/// How the tests of an exercise begin. What is before them is the learner's.
const TESTS: &str = "#[cfg(test)]\nmod tests {\n";

/// What the course asks at its end.
const QUESTIONS: &str = include_str!("../../docs/course/questions.md");

/// The page for teachers, which has the answers.
const TEACHING: &str = include_str!("../../docs/course/teaching.md");

/// A learner at a terminal.
pub struct Learner<'a> {
    folder: &'a Path,
    guesses: Guesses,
    input: &'a mut dyn BufRead,
    output: &'a mut dyn Write,
}

impl<'a> Learner<'a> {
    /// Makes the learner whose files are in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// The folder cannot be made, or its `guesses.txt` cannot be read.
    pub fn in_folder(
        folder: &'a Path,
        input: &'a mut dyn BufRead,
        output: &'a mut dyn Write,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let guesses =
            Guesses::read(folder.join("guesses.txt")).context("cannot read guesses.txt")?;
        Ok(Self { folder, guesses, input, output })
    }

    /// Prints the lessons, and which of them are done.
    ///
    /// # Errors
    /// The output takes nothing any more.
    pub fn list(&mut self) -> anyhow::Result<()> {
        writeln!(self.output, "Threads that wait: a course in twelve lessons\n")?;
        for lesson in &LESSONS {
            let state = self.state(lesson);
            writeln!(self.output, "{:>3}  {:<42} {state}", lesson.number, lesson.title())?;
        }
        let next = LESSONS.iter().find(|lesson| !self.guesses.is_solved(lesson.number));
        match next {
            Some(lesson) => writeln!(self.output, "\nNext: threadbare learn {}", lesson.number)?,
            None => writeln!(
                self.output,
                "\nYou have solved all exercises. The ten questions: threadbare learn --questions"
            )?,
        }
        Ok(())
    }

    fn state(&self, lesson: &Lesson) -> String {
        let numbers = lesson.numbers();
        let is_guessed = |it: &&Number| self.guesses.guess(lesson.number, it.name).is_some();
        match (self.guesses.is_solved(lesson.number), numbers.iter().filter(is_guessed).count()) {
            (true, _) => "solved".to_owned(),
            (false, 0) => String::new(),
            (false, count) => format!("{count} of {} guessed", numbers.len()),
        }
    }

    /// Goes through a lesson: asks for guesses, runs the program, and shows both.
    ///
    /// # Errors
    /// There is no such lesson, no `rustc`, or a file cannot be written.
    pub fn goes_through(&mut self, number: usize) -> anyhow::Result<()> {
        let lesson = numbered(number)?;
        let folder = self.unpacks(lesson)?;
        self.says(lesson.opening())?;
        self.says(&format!("The lesson's files are in {}.", folder.display()))?;
        self.asks_for_guesses(lesson)?;
        self.measures(lesson, &folder)?;
        for heading in ["Why", "Prove it", "Exercise", "In Threadbare"] {
            self.waits_for_enter()?;
            if heading == "Prove it" {
                let place = folder.display();
                self.says(&format!(
                    "Leave this terminal as it is, and open others for the commands below. In each \
                     of them first:\ncd {place}"
                ))?;
            }
            self.says(lesson.section(heading).unwrap_or_default())?;
        }
        writeln!(
            self.output,
            "\nYour exercise: {}\nWhen you have changed it: threadbare learn {number} --check\nIf you \
             are stuck:        threadbare learn {number} --hint",
            folder.join(EXERCISE).display()
        )?;
        Ok(())
    }

    /// Runs the tests of the learner's exercise, and remembers whether they pass. Returns whether
    /// they do.
    ///
    /// # Errors
    /// As [`Learner::goes_through`]; also if the exercise does not build.
    pub fn checks(&mut self, number: usize) -> anyhow::Result<bool> {
        let lesson = numbered(number)?;
        let folder = self.unpacks(lesson)?;
        let path = folder.join(EXERCISE);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        // The file that rustc gets has the name of the learner's own, in a folder below. So what
        // rustc says is about a file, and lines in it, that the learner knows.
        let place = folder.join("check");
        fs::create_dir_all(&place)
            .with_context(|| format!("cannot make the folder {}", place.display()))?;
        fs::write(place.join(EXERCISE), with_tests_of(lesson, &text))
            .context("cannot write what is checked")?;
        self.says_at_once("rustc builds your exercise; that takes some seconds.")?;
        if !compiler::build(&place, EXERCISE, "exercise", &["--test"])? {
            bail!("rustc does not take {}", path.display());
        }
        self.says_at_once("Its tests run.")?;
        let run = compiler::run(&place, "exercise", RUN_MAX)?;
        write!(self.output, "{}", run.output)?;
        if !run.is_good {
            writeln!(
                self.output,
                "Not yet. Change {} and check it again.\nA hint: threadbare learn {number} --hint",
                path.display()
            )?;
            return Ok(false);
        }
        self.guesses.add_solved(number).context("cannot write guesses.txt")?;
        writeln!(self.output, "Lesson {number} is solved.")?;
        self.list()?;
        Ok(true)
    }

    /// Prints the hints that the learner has read, and the next one if there is one.
    ///
    /// # Errors
    /// There is no such lesson, or `guesses.txt` cannot be written.
    pub fn hints(&mut self, number: usize) -> anyhow::Result<()> {
        let lesson = numbered(number)?;
        let hints = lesson.hints();
        let read = (self.guesses.hints(number) + 1).min(hints.len());
        self.guesses.add_hint(number, read).context("cannot write guesses.txt")?;
        self.says(&hints[..read].join("\n\n"))?;
        if read == hints.len() {
            let place = self.folder.join(lesson.folder).join("answer.rs");
            writeln!(self.output, "\nThis is the last hint. One answer: {}", place.display())?;
        }
        Ok(())
    }

    /// Prints the ten questions at the end of the course, and writes the teacher's page, which has
    /// the answers.
    ///
    /// # Errors
    /// The page cannot be written, or the output takes nothing any more.
    pub fn questions(&mut self) -> anyhow::Result<()> {
        let answers = self.folder.join("teaching.md");
        fs::write(&answers, TEACHING)
            .with_context(|| format!("cannot write {}", answers.display()))?;
        self.says(QUESTIONS)?;
        writeln!(
            self.output,
            "\nYour numbers: {}\nThe answers: at the end of {}",
            self.guesses.path().display(),
            answers.display()
        )?;
        Ok(())
    }

    /// Writes the lesson's files into a folder of their own. Files that are there stay.
    fn unpacks(&self, lesson: &Lesson) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(lesson.folder);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        for (name, text) in lesson.files {
            let path = folder.join(name);
            if !path.exists() {
                fs::write(&path, text)
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        Ok(folder)
    }

    fn asks_for_guesses(&mut self, lesson: &Lesson) -> anyhow::Result<()> {
        writeln!(self.output, "\n## Guess\n\nWrite a number. Enter alone leaves a guess out.\n")?;
        for number in lesson.numbers() {
            let Some(guess) = self.asks(&number)? else { continue };
            self.guesses
                .add_guess(lesson.number, number.name, guess)
                .context("cannot write guesses.txt")?;
        }
        writeln!(self.output, "\nYour guesses are in {}.", self.guesses.path().display())?;
        Ok(())
    }

    /// Asks until the learner writes a number, or nothing.
    fn asks(&mut self, number: &Number) -> anyhow::Result<Option<f64>> {
        loop {
            write!(self.output, "{}\n  {}: ", number.question, number.unit)?;
            self.output.flush()?;
            let line = self.reads_line()?;
            // People write the unit with it.
            let typed = line.trim();
            let typed = typed.strip_suffix(number.unit).unwrap_or(typed).trim();
            if typed.is_empty() {
                return Ok(None);
            }
            match guessed(typed) {
                Some(guess) => return Ok(Some(guess)),
                None => writeln!(
                    self.output,
                    "  That is no number. Write one like 250, 0.5 (not 0,5) or 2,000."
                )?,
            }
        }
    }

    /// Builds and runs the lesson's program, and draws what it measured beside the guesses.
    fn measures(&mut self, lesson: &Lesson, folder: &Path) -> anyhow::Result<()> {
        writeln!(self.output, "\n## Run\n\nrustc --edition 2021 -O main.rs && ./main\n")?;
        self.says_at_once("rustc builds it; that takes some seconds.")?;
        if !compiler::build(folder, PROGRAM, "main", &["-O"])? {
            bail!("rustc does not take {}", folder.join(PROGRAM).display());
        }
        self.says_at_once("It runs.")?;
        let run = compiler::run(folder, "main", RUN_MAX)?;
        if let Some((machine, _)) = lesson.numbers().first().and_then(|first| lesson.seen(first)) {
            writeln!(self.output, "\nelsewhere: what the course has measured, on an {machine}\n")?;
        }
        for number in lesson.numbers() {
            let Some(value) = printed(&run.output, number.name) else { continue };
            self.guesses
                .add_measured(lesson.number, number.name, value)
                .context("cannot write guesses.txt")?;
            let guess = self.guesses.guess(lesson.number, number.name);
            let elsewhere = lesson.seen(&number).map(|(_, value)| value);
            writeln!(self.output, "{}", chart::drawn(&number, guess, value, elsewhere))?;
        }
        if !run.is_good {
            bail!("the program of lesson {} has failed:\n{}", lesson.number, run.output);
        }
        Ok(())
    }

    fn says(&mut self, text: &str) -> anyhow::Result<()> {
        writeln!(self.output, "\n{}", text.trim())?;
        Ok(())
    }

    /// Tells the learner what goes on now, before it does.
    fn says_at_once(&mut self, text: &str) -> anyhow::Result<()> {
        writeln!(self.output, "{text}")?;
        Ok(self.output.flush()?)
    }

    fn waits_for_enter(&mut self) -> anyhow::Result<()> {
        write!(self.output, "\n[Enter goes on] ")?;
        self.output.flush()?;
        self.reads_line()?;
        Ok(())
    }

    fn reads_line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.input.read_line(&mut line).context("cannot read what you type")?;
        if !line.ends_with('\n') {
            writeln!(self.output)?;
        }
        Ok(line)
    }
}

fn numbered(number: usize) -> anyhow::Result<&'static Lesson> {
    Lesson::numbered(number).with_context(|| {
        format!("there is no lesson {number}; the lessons are 1 to {}", LESSONS.len())
    })
}

/// Returns the learner's text with the tests of the lesson in place of the learner's. These are the
/// course's own, whatever the learner has done to them. What is below them stays the learner's.
fn with_tests_of(lesson: &Lesson, text: &str) -> String {
    // The tests are the last thing in the file of the lesson.
    let (_, tests) = lesson.text(EXERCISE).split_once(TESTS).unwrap_or_default();
    let (code, rest) = text.split_once(TESTS).unwrap_or((text, ""));
    // The module ends with the first brace that stands at the start of a line.
    let below = rest.split_once("\n}\n").map_or("", |(_, below)| below);
    format!("{code}{TESTS}{tests}{below}")
}

/// Reads a guess. A comma stands between thousands; `None` where it does not, because many people
/// write 2,5 for two and a half, and for what is no number from 0 on.
fn guessed(typed: &str) -> Option<f64> {
    let (whole, fraction) = typed.split_once('.').unwrap_or((typed, "0"));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_grouped = groups.all(|group| group.len() == 3 && !first.is_empty() && first.len() <= 3);
    let number: f64 = format!("{}.{fraction}", whole.replace(',', "")).parse().ok()?;
    (is_grouped && number.is_finite() && number >= 0.0).then_some(number)
}

/// Finds `NAME VALUE` in what a program has printed.
fn printed(output: &str, name: &str) -> Option<f64> {
    output.lines().find_map(|line| {
        let (first, value) = line.trim().split_once(' ')?;
        (first == name).then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::guessed;

    #[test]
    fn a_guess_with_a_comma_is_thousands_or_refused() {
        let read =
            ["250", "0.5", "2,000", "1,234,567.5", "3.9 ", ".5"].map(|it| guessed(it.trim()));
        let meant = [250.0, 0.5, 2000.0, 1_234_567.5, 3.9, 0.5];
        assert_eq!(read, meant.map(Some));
        for wrong in ["2,5", "-3", "1,00", "1234,567", ",500", "ten", "1e400", "1.2.3"] {
            assert_eq!(guessed(wrong), None, "{wrong}");
        }
    }
}
