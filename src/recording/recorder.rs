//! The recorder: a thread that writes the core's events into a file.
//!
//! The hub puts a copy of each event into a queue, and never waits. If the queue is full, the hub
//! stops recording, and the recording ends with a line that says so. If the disk fails, the
//! recording ends, and the chat goes on. The thread blocks on its queue and on the disk.
//!
//! Owns: the file, the mask, the second core.
//! Must not know: what the server's own core has decided.
//!
//! Part: `recording/mod.rs`.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};

use super::{EndLine, FORM, Header, Line, RecordingEnd, SecondCore, StateLine, Told, state_hash};
use crate::base::threads;
use crate::chat::codec::mask::{Mask, with_mask};
use crate::chat::config::RecordingConfig;
use crate::chat::core::{CoreEvent, Moment};

/// Most events that wait to be written. An event of a usual message takes less than 1 KiB, so a
/// full queue takes a few MiB. It is long enough for the time in which the state of a large chat is
/// hashed.
const EVENTS_WAITING_MAX: usize = 4096;
/// After this many events, the recording gets a hash of the state.
const STATE_INTERVAL: u64 = 1000;

/// An event and when it happened, on the way to the recorder.
pub(crate) type TimedEvent = (Moment, CoreEvent);

/// Why a recording cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum NoRecording {
    /// The file cannot be made.
    #[error("cannot record into {}: {source}", .file.display())]
    NoFile {
        /// The file's path, as it was typed.
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The system refused to start a thread, or gave no random bytes.
    #[error("cannot record: {0}")]
    NoThread(io::Error),
}

/// Where the hub puts each event. Without a recording it does nothing.
#[derive(Debug, Default)]
pub struct EventTap {
    queue: Option<Sender<TimedEvent>>,
    is_overrun: Arc<AtomicBool>,
}

impl EventTap {
    /// Puts a copy of the event into the recorder's queue. Never blocks. If the queue is full, or
    /// the recorder has ended, this and all later events are not recorded.
    pub(crate) fn note(&mut self, at: Moment, event: &CoreEvent) {
        let Some(queue) = &self.queue else { return };
        if let Err(error) = queue.try_send((at, event.clone())) {
            self.is_overrun.store(error.is_full(), Ordering::Relaxed);
            self.queue = None;
        }
    }
}

/// The recorder's thread.
#[derive(Debug)]
pub struct RecorderThread {
    thread: JoinHandle<()>,
    /// It never has a message: when the thread ends, it drops its end.
    done: Receiver<Infallible>,
}

impl RecorderThread {
    /// Waits until the thread has written what is left in its queue and has ended, but not longer
    /// than until `deadline`, because a disk may hang. Returns whether the thread ended in time.
    pub fn join(self, deadline: Instant) -> bool {
        let is_done = self.done.recv_deadline(deadline) == Err(RecvTimeoutError::Disconnected);
        is_done && self.thread.join().is_ok()
    }
}

/// Makes the file and starts the recorder's thread, which ends when the tap is dropped.
///
/// # Errors
/// See [`NoRecording`].
pub fn start(config: &RecordingConfig) -> Result<(EventTap, RecorderThread), NoRecording> {
    let path = config.file.clone();
    let no_file = |source| NoRecording::NoFile { file: path.clone(), source };
    let file = made_file(&config.file).map_err(no_file)?;
    let mask = (!config.with_texts).then(Mask::new).transpose().map_err(NoRecording::NoThread)?;
    let (queue, events) = bounded(EVENTS_WAITING_MAX);
    let (running, done) = bounded(0);
    let tap = EventTap { queue: Some(queue), is_overrun: Arc::default() };
    let is_overrun = Arc::clone(&tap.is_overrun);
    let thread = threads::spawn_deep("record", move || {
        tracing::info!("recording into {}", path.display());
        match Recorder::new(BufWriter::new(file), mask).run(&events, &is_overrun) {
            Ok((events, RecordingEnd::ServerStopped)) => {
                tracing::info!("the recording ends after {events} events");
            }
            Ok((events, why)) => tracing::warn!("the recording ends after {events} events: {why}"),
            Err(error) => tracing::error!("the recording ends, and the chat goes on: {error}"),
        }
        drop::<Sender<Infallible>>(running);
    });
    Ok((tap, RecorderThread { thread: thread.map_err(NoRecording::NoThread)?, done }))
}

/// Makes a new file that only its owner may read, or opens a device or a pipe. Never replaces a
/// file.
fn made_file(path: &Path) -> io::Result<File> {
    let is_special = fs::metadata(path).is_ok_and(|found| !found.is_file());
    File::options().write(true).create_new(!is_special).mode(0o600).open(path)
}

/// What the thread has: where it writes, and the core that gets what it has written.
pub(crate) struct Recorder<W> {
    out: W,
    mask: Option<Mask>,
    second: SecondCore,
    /// How many events the core had when the last state was written.
    stated: u64,
}

impl<W: Write> Recorder<W> {
    pub(crate) fn new(out: W, mask: Option<Mask>) -> Self {
        Self { out, mask, second: SecondCore::default(), stated: 0 }
    }

    /// Writes a whole recording: until the queue is closed, or until it cannot go on. Returns how
    /// many events there are, and why it ended.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn run(
        mut self,
        events: &Receiver<TimedEvent>,
        is_overrun: &AtomicBool,
    ) -> io::Result<(u64, RecordingEnd)> {
        self.write(&Line::Header(Header {
            recording: FORM,
            threadbare: env!("CARGO_PKG_VERSION").to_owned(),
            masked: self.mask.is_some(),
        }))?;
        let why = loop {
            let next = match events.try_recv() {
                // While nothing waits, everything that was written is in the file.
                Err(TryRecvError::Empty) => self.out.flush().map(|()| events.recv().ok())?,
                other => other.ok(),
            };
            match next {
                Some((at, event)) => {
                    if let Some(why) = self.record(at, event)? {
                        break why;
                    }
                }
                None if is_overrun.load(Ordering::Relaxed) => break RecordingEnd::QueueFull,
                None => break RecordingEnd::ServerStopped,
            }
            // Hashing takes a while, so it is left for later while many events wait.
            let is_due = self.second.events >= self.stated + STATE_INTERVAL;
            if is_due && events.len() < EVENTS_WAITING_MAX / 2 {
                self.write_state()?;
            }
        };
        // A core that has failed may be in the middle of a change.
        if self.stated != self.second.events && why != RecordingEnd::CoreFailed {
            self.write_state()?;
        }
        let after = self.second.events;
        self.write(&Line::End(EndLine { after, why }))?;
        self.out.flush()?;
        Ok((after, why))
    }

    /// Writes one event. Returns why the recording must end, if it must.
    fn record(&mut self, at: Moment, what: CoreEvent) -> io::Result<Option<RecordingEnd>> {
        let what = if self.mask.is_some() { self.fitted(what) } else { what };
        let told = Told { at, what };
        let written = with_mask(&mut self.mask, || serde_json::to_vec(&told))?;
        if self.mask.as_ref().is_some_and(Mask::is_overrun) {
            return Ok(Some(RecordingEnd::TooManyNames));
        }
        let Told { at, what } = serde_json::from_slice(&written)?;
        // With a mask, the core may come into a state that no real chat has.
        let second = &mut self.second;
        let Ok(decided) = catch_unwind(AssertUnwindSafe(|| second.step(at, what))) else {
            return Ok(Some(RecordingEnd::CoreFailed));
        };
        let number = self.second.events;
        write!(self.out, r#"{{"event":{{"number":{number},"decided":"{decided}","#)?;
        // The fields of `Told`, without its first brace, go on in this line.
        self.out.write_all(&written[1..])?;
        self.out.write_all(b"}\n")?;
        Ok(None)
    }

    /// Returns the event as it fits the recorder's core, whose logs may have other numbers than the
    /// real ones. For example, an edit that does not change how long a text is changes nothing
    /// there, so its line is missing. Only skipped numbers must fit: they begin where a log ends.
    fn fitted(&self, event: CoreEvent) -> CoreEvent {
        let CoreEvent::Skipped(id, mut skip) = event else { return event };
        if let Some(log) = self.second.core.log(id) {
            skip.first = log.head().next();
            skip.last = skip.last.max(skip.first);
            skip.far = skip.far.map(|far| far.max(skip.last.next()));
        }
        CoreEvent::Skipped(id, skip)
    }

    fn write_state(&mut self) -> io::Result<()> {
        self.stated = self.second.events;
        let hash = state_hash(&self.second.core)?;
        self.write(&Line::State(StateLine { after: self.stated, hash }))
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crossbeam_channel::bounded;

    use super::{CoreEvent, EventTap, Moment, Recorder, RecordingEnd};

    #[test]
    fn the_hub_does_not_wait_for_a_full_queue_and_the_recording_says_so() {
        let (queue, events) = bounded(2);
        let mut tap = EventTap { queue: Some(queue), is_overrun: Arc::default() };
        for _ in 0..2 {
            tap.note(Moment::default(), &CoreEvent::Ticked);
        }
        assert!(tap.queue.is_some());
        tap.note(Moment::default(), &CoreEvent::Ticked);
        let mut file = Vec::new();
        let ended = Recorder::new(&mut file, None).run(&events, &tap.is_overrun).unwrap();
        assert_eq!(ended, (2, RecordingEnd::QueueFull));
        let end = String::from_utf8(file).unwrap().lines().next_back().unwrap().to_owned();
        assert_eq!(end, r#"{"end":{"after":2,"why":"queue_full"}}"#);
    }
}
