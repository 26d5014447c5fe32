//! What the learner has guessed, measured and solved: the file `guesses.txt`.
//!
//! Lines are only added to the file, so an old guess stays to be seen. The last line about a thing
//! counts. A line is `LESSON NAME guess VALUE`, `LESSON NAME measured VALUE`, `LESSON hint COUNT`
//! or `LESSON solved`. A learner may read the file and write in it.
//!
//! Blocks on: reads and writes of that file.
//! Owns: the form of the file.
//! Must not know: what a lesson asks.
//!
//! Part: `learn/mod.rs`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The learner's file.
pub(super) struct Guesses {
    path: PathBuf,
    text: String,
}

impl Guesses {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    /// The file is there, and cannot be read.
    pub(super) fn read(path: PathBuf) -> io::Result<Self> {
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            other => other?,
        };
        Ok(Self { path, text })
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the learner has guessed for this number.
    pub(super) fn guess(&self, lesson: usize, name: &str) -> Option<f64> {
        self.last(&format!("{lesson} {name} guess "))
    }

    /// How many hints of this lesson the learner has read.
    pub(super) fn hints(&self, lesson: usize) -> usize {
        self.last(&format!("{lesson} hint ")).unwrap_or(0)
    }

    /// Whether the learner's exercise has passed once.
    pub(super) fn is_solved(&self, lesson: usize) -> bool {
        self.text.lines().any(|line| line.trim() == format!("{lesson} solved"))
    }

    /// Adds a guess.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn add_guess(&mut self, lesson: usize, name: &str, value: f64) -> io::Result<()> {
        self.add(&format!("{lesson} {name} guess {value}"))
    }

    /// Adds what the learner's machine has measured.
    ///
    /// # Errors
    /// As [`Guesses::add_guess`].
    pub(super) fn add_measured(&mut self, lesson: usize, name: &str, value: f64) -> io::Result<()> {
        self.add(&format!("{lesson} {name} measured {value}"))
    }

    /// Notes that the learner has read so many hints, if they had read fewer before.
    ///
    /// # Errors
    /// As [`Guesses::add_guess`].
    pub(super) fn add_hint(&mut self, lesson: usize, count: usize) -> io::Result<()> {
        if count <= self.hints(lesson) {
            return Ok(());
        }
        self.add(&format!("{lesson} hint {count}"))
    }

    /// Notes that the exercise has passed.
    ///
    /// # Errors
    /// As [`Guesses::add_guess`].
    pub(super) fn add_solved(&mut self, lesson: usize) -> io::Result<()> {
        if self.is_solved(lesson) { Ok(()) } else { self.add(&format!("{lesson} solved")) }
    }

    fn last<T: std::str::FromStr>(&self, start: &str) -> Option<T> {
        let values = self.text.lines().filter_map(|line| line.trim().strip_prefix(start));
        values.filter_map(|value| value.trim().parse().ok()).next_back()
    }

    fn add(&mut self, line: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        // Somebody may have written the last line by hand.
        let before = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        let added = format!("{before}{line}\n");
        file.write_all(added.as_bytes())?;
        self.text.push_str(&added);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_guess_counts_and_a_line_written_by_hand_is_kept() {
        let name = format!("threadbare-guesses-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, "my own notes\n4 timeout_ms guess 500").unwrap();
        let mut guesses = Guesses::read(path.clone()).unwrap();
        assert_eq!(guesses.guess(4, "timeout_ms"), Some(500.0));
        guesses.add_guess(4, "timeout_ms", 2900.5).unwrap();
        guesses.add_hint(4, 2).unwrap();
        guesses.add_hint(4, 2).unwrap();
        guesses.add_solved(4).unwrap();
        guesses.add_solved(4).unwrap();
        let again = Guesses::read(path.clone()).unwrap();
        fs::remove_file(path).unwrap();
        assert_eq!(again.guess(4, "timeout_ms"), Some(2900.5));
        assert_eq!(again.guess(1, "timeout_ms"), None);
        assert_eq!((again.hints(4), again.hints(5)), (2, 0));
        assert!(again.is_solved(4) && !again.is_solved(44));
        let text =
            "my own notes\n4 timeout_ms guess 500\n4 timeout_ms guess 2900.5\n4 hint 2\n4 solved\n";
        assert_eq!(again.text, text);
    }
}
