//! A recording at one of its events: which event the core has got last, what the core has decided,
//! which rooms and clients the core has then, and which events the core gets next.
//!
//! Runs on the thread `replay`, which lives as long as somebody may ask it.
//! Blocks on: a question, and the file.
//! Owns: the open file, and a core that has got the events up to one of them. A question about a
//! later event goes on from there, and one about an earlier event begins anew.
//! Must not know: how a moment is drawn.
//!
//! Part: `recording/mod.rs`.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::replay::{Lines, Next, NoReplay};
use super::{EventLine, Line, SecondCore, words};
use crate::base::threads;
use crate::chat::core::Moment;
use crate::chat::core::overview::Overview;

/// Most events before the one that was asked for.
const PAST_MAX: usize = 12;
/// Most events after it. The core has not been told them yet.
const FUTURE_MAX: usize = 5;
/// So many questions may wait for the thread; who asks one more waits until there is room.
const QUESTIONS_MAX: usize = 8;

/// An event that the core was told, and what came of it.
#[derive(Clone, Debug)]
pub(super) struct ReplayStep {
    pub(super) number: u64,
    pub(super) at: Moment,
    /// What the core was told, in words.
    pub(super) told: String,
    /// What came of it, in words.
    pub(super) came_of_it: Vec<String>,
    /// False: the core has decided something else than the recorder's core.
    pub(super) is_same: bool,
    /// True: only time has passed, and nothing came of it.
    is_silent: bool,
}

/// An event of the recording that the core has not got yet.
#[derive(Debug)]
pub(super) struct Later {
    pub(super) number: u64,
    pub(super) at: Moment,
    pub(super) told: String,
}

/// A recording at one event.
#[derive(Debug)]
pub(super) struct RecordedMoment {
    /// The event, if the recording has it, and events before it: the newest is the last one. Of
    /// events that are silent, only the one that was asked for is there.
    pub(super) steps: Vec<ReplayStep>,
    pub(super) later: Vec<Later>,
    /// What the core has in it after the event.
    pub(super) overview: Overview,
}

/// The answer to a question.
type Answer = Result<RecordedMoment, NoReplay>;

/// Asks the thread that replays. When all of these are dropped, the thread ends.
#[derive(Clone, Debug)]
pub(super) struct Replayer {
    questions: Sender<(u64, Sender<Answer>)>,
}

impl Replayer {
    /// Starts the thread `replay` for this recording.
    ///
    /// # Errors
    /// The system does not start a thread.
    pub(super) fn start(file: PathBuf) -> io::Result<Self> {
        let (questions, asked) = bounded(QUESTIONS_MAX);
        // Nobody joins the thread: it only reads.
        threads::spawn_deep("replay", move || answer_all(&file, &asked))?;
        Ok(Self { questions })
    }

    /// Returns the recording after the event with this number. Blocks until the thread has given
    /// the core all events up to it. `None`: the thread has ended.
    pub(super) fn moment(&self, number: u64) -> Option<Answer> {
        let (answer, answered) = bounded(1);
        self.questions.send((number, answer)).ok()?;
        answered.recv().ok()
    }
}

/// Answers questions until nobody can ask any more.
fn answer_all(file: &Path, asked: &Receiver<(u64, Sender<Answer>)>) {
    let mut replay: Option<OpenReplay<'_>> = None;
    for (number, answer) in asked {
        let told = match replay.take().filter(|open| open.second.events <= number) {
            Some(open) => Ok(open),
            None => OpenReplay::open(file),
        };
        let moment = told.and_then(|mut open| {
            let moment = open.go_to(number)?;
            replay = Some(open);
            Ok(moment)
        });
        // The door that has asked may have ended. Then nobody gets the answer.
        answer.send(moment).ok();
    }
}

/// A recording of which some events were given to a core.
struct OpenReplay<'a> {
    lines: Lines<'a, BufReader<File>>,
    second: SecondCore,
    /// The steps that the core has made last.
    steps: VecDeque<ReplayStep>,
    /// Events that were read, and that the core has not been told.
    ahead: VecDeque<EventLine>,
    has_ended: bool,
}

impl<'a> OpenReplay<'a> {
    fn open(file: &'a Path) -> Result<Self, NoReplay> {
        let (lines, _) = Lines::open(file)?;
        let (second, steps, ahead) = Default::default();
        Ok(Self { lines, second, steps, ahead, has_ended: false })
    }

    /// Gives the core the events up to `number`.
    fn go_to(&mut self, number: u64) -> Result<RecordedMoment, NoReplay> {
        while self.second.events < number {
            if self.ahead.is_empty() && !self.read_one()? {
                break;
            }
            let Some(event) = self.ahead.pop_front() else { break };
            self.step(event);
        }
        while self.heard_later().count() < FUTURE_MAX && self.read_one()? {}
        Ok(RecordedMoment {
            steps: self.steps.iter().cloned().collect(),
            later: self.heard_later().take(FUTURE_MAX).collect(),
            overview: self.second.core.overview(),
        })
    }

    /// Reads one more event. Returns false if there is none.
    fn read_one(&mut self) -> Result<bool, NoReplay> {
        while !self.has_ended {
            match self.lines.next()? {
                Next::Line(Line::Event(event)) => {
                    self.ahead.push_back(*event);
                    return Ok(true);
                }
                Next::Line(Line::State(_)) => {}
                Next::Line(Line::Header(_) | Line::End(_)) | Next::Cut | Next::Nothing => {
                    self.has_ended = true;
                }
            }
        }
        Ok(false)
    }

    fn step(&mut self, event: EventLine) {
        let EventLine { number, decided, at, what } = event;
        let is_passing = words::is_silent(&what);
        let told = words::of_event(&what);
        let is_same = self.second.step(at, what) == decided;
        let came_of_it = words::each_effect(&self.second.effects);
        let is_silent = is_passing && is_same && self.second.effects.is_empty();
        // The last step may have been silent, and was only shown while it was the last one.
        if self.steps.back().is_some_and(|last| last.is_silent) {
            self.steps.pop_back();
        }
        self.steps.push_back(ReplayStep { number, at, told, came_of_it, is_same, is_silent });
        if self.steps.len() > PAST_MAX + 1 {
            self.steps.pop_front();
        }
    }

    fn heard_later(&self) -> impl Iterator<Item = Later> {
        let heard = self.ahead.iter().filter(|event| !words::is_silent(&event.what));
        heard.map(|event| Later {
            number: event.number,
            at: event.at,
            told: words::of_event(&event.what),
        })
    }
}
