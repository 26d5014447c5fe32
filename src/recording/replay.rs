//! `threadbare replay`: gives the events of a recording to a core, and says whether it comes to the
//! same states as the recorder's core.
//!
//! Owns: how a recording is read, and what is said about it.
//! Must not know: flags; where the lines go.
//!
//! Part: `recording/mod.rs`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use super::{EventLine, FORM, Header, Line, SecondCore, StateLine, state_hash, words};

/// What to read, and what to print.
#[derive(Clone, Debug)]
pub struct ReplayOptions {
    /// The recording.
    pub file: PathBuf,
    /// Whether each event is printed.
    pub steps: bool,
    /// The first event to print.
    pub from: u64,
    /// The last event to replay; `None`: all.
    pub to: Option<u64>,
}

/// How a replay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Whether the core came to the same states.
    pub is_same: bool,
    /// The number of the last event; 0: there was none.
    pub events: u64,
}

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum NoReplay {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", .file.display())]
    NoFile {
        /// The file's path, as it was typed.
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file is no recording, or one of another version of the program.
    #[error("{} is no recording that this program can read", .0.display())]
    NotARecording(PathBuf),
    /// A line in the middle is damaged, or lines are missing.
    #[error("line {line} of the recording is damaged: {what}")]
    Damaged {
        /// The number of the line.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The output cannot be written, or the input cannot be read.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Replays a recording. Prints into `out`. With steps, waits for a line of `input` after each step
/// that is printed, if there is an input. Blocks on the file and on both.
///
/// # Errors
/// See [`NoReplay`].
pub fn replay<'a>(
    options: &'a ReplayOptions,
    input: Option<&'a mut (dyn BufRead + 'a)>,
    out: &'a mut (dyn Write + 'a),
) -> Result<Replayed, NoReplay> {
    let (mut lines, header) = Lines::open(&options.file)?;
    let Header { threadbare, masked, .. } = header;
    let hides = if masked { "hides texts and names" } else { "has texts and names" };
    writeln!(out, "A recording of threadbare {threadbare}, which {hides}.")?;
    if threadbare != env!("CARGO_PKG_VERSION") {
        let own = env!("CARGO_PKG_VERSION");
        writeln!(out, "This is threadbare {own}, which may decide in another way.")?;
    }
    let second = SecondCore::default();
    let mut replay = Replay { options, input, out, second, first_other: None, is_same: true };
    replay.run(&mut lines)
}

/// A replay under way.
struct Replay<'a> {
    options: &'a ReplayOptions,
    input: Option<&'a mut dyn BufRead>,
    out: &'a mut dyn Write,
    second: SecondCore,
    /// The first event on which the core has decided something else than the recorder's.
    first_other: Option<u64>,
    is_same: bool,
}

impl Replay<'_> {
    fn run(&mut self, lines: &mut Lines<'_, impl BufRead>) -> Result<Replayed, NoReplay> {
        loop {
            if self.options.to.is_some_and(|to| self.second.events >= to) {
                writeln!(self.out, "Stopped after event {}, as asked.", self.second.events)?;
                break;
            }
            match lines.next()? {
                Next::Line(Line::Event(event)) => self.step(*event, lines.number)?,
                Next::Line(Line::State(state)) => self.compare(&state, lines.number)?,
                Next::Line(Line::End(end)) => {
                    let (after, why) = (end.after, end.why);
                    writeln!(self.out, "The recording ends after event {after}: {why}.")?;
                    break;
                }
                Next::Line(Line::Header(_)) => {
                    let what = "a second header".to_owned();
                    return Err(NoReplay::Damaged { line: lines.number, what });
                }
                Next::Cut => {
                    let events = self.second.events;
                    writeln!(
                        self.out,
                        "The recording is cut off after event {events}, in the middle of a line."
                    )?;
                    break;
                }
                Next::Nothing => {
                    let events = self.second.events;
                    writeln!(
                        self.out,
                        "The recording stops after event {events}, without an end."
                    )?;
                    break;
                }
            }
        }
        if let Some(number) = self.first_other {
            writeln!(self.out, "Event {number} is the first that is decided in another way.")?;
        }
        let is_same = self.is_same && self.first_other.is_none();
        Ok(Replayed { is_same, events: self.second.events })
    }

    fn step(&mut self, event: EventLine, line: u64) -> Result<(), NoReplay> {
        let EventLine { number, decided, at, what } = event;
        if number != self.second.events + 1 {
            let what = format!("event {number} follows event {}", self.second.events);
            return Err(NoReplay::Damaged { line, what });
        }
        let is_shown = self.options.steps && number >= self.options.from;
        let told = is_shown.then(|| (words::of_event(&what), words::is_silent(&what)));
        let is_same = self.second.step(at, what) == decided;
        if !is_same && self.first_other.is_none() {
            self.first_other = Some(number);
        }
        let Some((told, is_silent)) = told else { return Ok(()) };
        if is_silent && is_same && self.second.effects.is_empty() {
            return Ok(());
        }
        let came_of_it = words::of_effects(&self.second.effects);
        let time = words::of_time(at);
        write!(self.out, "{number:>6}  {time}  {told}  =>  {came_of_it}")?;
        if !is_same {
            write!(self.out, "  (not as recorded)")?;
        }
        // At a terminal, Enter ends the line.
        let Some(input) = self.input.as_mut() else { return Ok(writeln!(self.out)?) };
        self.out.flush()?;
        if input.read_line(&mut String::new())? == 0 {
            writeln!(self.out)?;
            self.input = None;
        }
        Ok(())
    }

    fn compare(&mut self, state: &StateLine, line: u64) -> Result<(), NoReplay> {
        if state.after != self.second.events {
            let what =
                format!("a state of event {} after event {}", state.after, self.second.events);
            return Err(NoReplay::Damaged { line, what });
        }
        if state_hash(&self.second.core)? == state.hash {
            writeln!(self.out, "The same state, byte for byte, after event {}.", state.after)?;
        } else {
            self.is_same = false;
            writeln!(self.out, "ANOTHER STATE after event {}.", state.after)?;
        }
        Ok(())
    }
}

/// What the file has next.
pub(super) enum Next {
    Line(Line),
    /// A line without its end: the recorder was cut off while it wrote.
    Cut,
    Nothing,
}

/// The lines of a recording.
pub(super) struct Lines<'a, R> {
    input: R,
    path: &'a Path,
    /// The number of the line that was read last.
    pub(super) number: u64,
}

impl<'a> Lines<'a, BufReader<File>> {
    /// Opens a recording, and reads its header.
    pub(super) fn open(path: &'a Path) -> Result<(Self, Header), NoReplay> {
        let no_file = |source| NoReplay::NoFile { file: path.to_owned(), source };
        let file = File::open(path).map_err(no_file)?;
        let mut lines = Self { input: BufReader::new(file), path, number: 0 };
        match lines.next() {
            Ok(Next::Line(Line::Header(header))) if header.recording == FORM => Ok((lines, header)),
            Err(error @ NoReplay::NoFile { .. }) => Err(error),
            _ => Err(NoReplay::NotARecording(path.to_owned())),
        }
    }
}

impl<R: BufRead> Lines<'_, R> {
    pub(super) fn next(&mut self) -> Result<Next, NoReplay> {
        let mut bytes = Vec::new();
        let read = self.input.read_until(b'\n', &mut bytes);
        read.map_err(|source| NoReplay::NoFile { file: self.path.to_owned(), source })?;
        self.number += 1;
        if bytes.is_empty() {
            return Ok(Next::Nothing);
        }
        if bytes.last() != Some(&b'\n') {
            return Ok(Next::Cut);
        }
        serde_json::from_slice(&bytes).map(Next::Line).map_err(|error| {
            let what = error.to_string();
            NoReplay::Damaged { line: self.number, what }
        })
    }
}
