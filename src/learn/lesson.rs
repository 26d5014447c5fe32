//! The lessons of the course, which the program carries with it.
//!
//! Owns: the files of each lesson, the sections of its page, and the numbers that it asks for.
//! Must not know: what a learner has guessed.
//!
//! Part: `learn/mod.rs`.

use std::ops::RangeInclusive;

/// One lesson of the course.
#[derive(Debug)]
pub(super) struct Lesson {
    /// From 1.
    pub number: usize,
    /// The name of its folder: `04-deadline`.
    pub folder: &'static str,
    /// The files of the folder: name and text.
    pub files: [(&'static str, &'static str); 6],
}

/// One thing that a lesson asks for: a line of `numbers.txt`.
#[derive(Clone, Debug)]
pub(super) struct Number {
    /// The name, as `main.rs` prints it.
    pub name: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// What a machine may measure.
    pub bounds: RangeInclusive<f64>,
    /// What the learner is asked.
    pub question: &'static str,
}

const PAGE: &str = "lesson.md";
const NUMBERS: &str = "numbers.txt";
/// A complete program that prints the numbers.
pub(super) const PROGRAM: &str = "main.rs";
/// A program whose test fails.
pub(super) const EXERCISE: &str = "exercise.rs";
const HINTS: &str = "hints.md";
const ANSWER: &str = "answer.rs";

macro_rules! lessons {
    ($($number:literal $folder:literal)+) => {
        [$(Lesson {
            number: $number,
            folder: $folder,
            files: [
                (PAGE, file!($folder, "lesson.md")),
                (NUMBERS, file!($folder, "numbers.txt")),
                (PROGRAM, file!($folder, "main.rs")),
                (EXERCISE, file!($folder, "exercise.rs")),
                (HINTS, file!($folder, "hints.md")),
                (ANSWER, file!($folder, "answer.rs")),
            ],
        }),+]
    };
}

macro_rules! file {
    ($folder:literal, $name:literal) => {
        include_str!(concat!("../../docs/course/", $folder, "/", $name))
    };
}

/// All lessons, in order.
pub(super) static LESSONS: [Lesson; 12] = lessons! {
    1 "01-who-waits"
    2 "02-thread-cost"
    3 "03-two-threads"
    4 "04-deadline"
    5 "05-wake-up"
    6 "06-one-owner"
    7 "07-deaf"
    8 "08-pressure"
    9 "09-doors"
    10 "10-stop"
    11 "11-schedules"
    12 "12-poll"
};

impl Lesson {
    /// Returns the lesson with this number, from 1.
    pub(super) fn numbered(number: usize) -> Option<&'static Self> {
        LESSONS.iter().find(|lesson| lesson.number == number)
    }

    /// Returns the text of a file of this lesson.
    pub(super) fn text(&self, name: &str) -> &'static str {
        self.files.iter().find(|file| file.0 == name).map_or("", |file| file.1)
    }

    /// Returns the question that the lesson answers.
    pub(super) fn title(&self) -> &'static str {
        let first = self.text(PAGE).lines().next().unwrap_or_default();
        first.split_once(": ").map_or(first, |(_, question)| question)
    }

    /// Returns the page up to what the learner guesses.
    pub(super) fn opening(&self) -> &'static str {
        let page = self.text(PAGE);
        page.split_once("\n## Guess").map_or(page, |(opening, _)| opening)
    }

    /// Returns a section of the page, its heading included; nothing if the page has none.
    pub(super) fn section(&self, heading: &str) -> Option<&'static str> {
        sections(self.text(PAGE)).find(|section| section[3..].starts_with(heading))
    }

    /// Returns what the page's machine has measured: its name, and the figure of this number.
    pub(super) fn seen(&self, number: &Number) -> Option<(&'static str, f64)> {
        let cells = |row: &'static str| row.split('|').map(str::trim);
        let rows = self.text(PAGE).lines().filter(|line| line.starts_with('|'));
        let of = |first: &str| {
            let mut rows = rows.clone().filter(|row| cells(row).nth(1) == Some(first));
            // The two cells between are the learner's.
            rows.find_map(|row| cells(row).nth(4))
        };
        let machine = of("number")?;
        let figure = of(&format!("`{}`", number.name))?;
        Some((machine, figure.replace(',', "").parse().ok()?))
    }

    /// Returns the hints, the first one first, each with its heading.
    pub(super) fn hints(&self) -> Vec<&'static str> {
        sections(self.text(HINTS)).collect()
    }

    /// Returns what the lesson asks the learner to guess.
    pub(super) fn numbers(&self) -> Vec<Number> {
        self.text(NUMBERS).lines().filter_map(number).collect()
    }
}

/// The parts of a page that begin with a heading of the second level.
fn sections(page: &'static str) -> impl Iterator<Item = &'static str> {
    let starts = page.match_indices("\n## ").map(|(at, _)| at + 1);
    let ends = starts.clone().skip(1).chain([page.len()]);
    starts.zip(ends).map(|(start, end)| page[start..end].trim_end())
}

/// Reads `NAME | UNIT | LEAST | MOST | QUESTION`.
fn number(line: &'static str) -> Option<Number> {
    let mut parts = line.split('|').map(str::trim);
    let [name, unit, least, most, question] = std::array::from_fn(|_| parts.next());
    Some(Number {
        name: name?,
        unit: unit?,
        bounds: least?.parse().ok()?..=most?.parse().ok()?,
        question: question?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_of_the_course_is_a_lesson_and_has_all_that_leads_through_it() {
        let course = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/course");
        let folders = std::fs::read_dir(course).unwrap().map(Result::unwrap);
        let mut names: Vec<_> = folders
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(LESSONS.iter().map(|lesson| lesson.folder).collect::<Vec<_>>(), names);
        for lesson in &LESSONS {
            assert!(lesson.title().ends_with(['?', 'g', 'r']), "{}", lesson.title());
            assert!(lesson.opening().contains("## What you need to know"));
            for heading in ["Why", "Prove it", "Exercise", "In Threadbare"] {
                assert!(lesson.section(heading).is_some(), "{}: {heading}", lesson.folder);
            }
            assert_eq!(lesson.hints().len(), 3, "{}", lesson.folder);
            let lines = lesson.text(NUMBERS).lines().filter(|line| line.contains('|')).count();
            assert_eq!(lesson.numbers().len(), lines, "{}", lesson.folder);
            for number in lesson.numbers() {
                let (machine, _) = lesson.seen(&number).expect(number.name);
                assert_eq!(machine, "x86-64 virtual machine, 2 cores", "{}", number.name);
            }
        }
    }
}
