//! The lines of the server's log: time, level, thread, words and fields, for people, as JSON, or as
//! systemd's journal wants them. They go to standard error or to a file.
//!
//! Each thread formats its own line and puts it into a queue, and one thread writes all lines. So
//! if no program reads standard error, lines are lost, but only the writing thread waits. If
//! standard error is closed, lines are lost too.
//!
//! The writing runs on thread `log`.
//! Blocks on: its queue, and the write.
//! Owns: standard error or the file, the queue to it, and the form of a line.
//! Must not know: what is logged.
//!
//! Part: `base/mod.rs`.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use portable_atomic::AtomicU64;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, registry, reload};

use crate::base::{limits, rate, threads};

/// Most lines of the server's log that can wait to be written. Further lines are lost, and the
/// server logs how many.
const LOG_LINES_MAX: usize = 1024;
/// At its end, the program puts a mark into the queue of the server's log. It waits at most this
/// long for space in the queue. Then it waits at most this long again, until the lines before the
/// mark are written.
const LOG_END_WAIT: Duration = Duration::from_millis(200);

/// Where the level of the lines can be changed, once the log has started.
static LEVEL: OnceLock<reload::Handle<LevelFilter, Registry>> = OnceLock::new();

/// The form of a line in the server's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of words for people.
    Human,
    /// One JSON object for programs.
    Json,
    /// One line of words after the level's number, as in `<4>`. The journal of systemd and syslog
    /// daemons understand that number (sd-daemon(3)), and write the time themselves.
    Journal,
}

impl LogFormat {
    /// Returns the form for people, or that for the journal if standard error leads there: systemd
    /// says so by `$JOURNAL_STREAM`, the device and the number of the file (systemd.exec(5)).
    pub fn usual() -> Self {
        let said = std::env::var("JOURNAL_STREAM").unwrap_or_default();
        let leads_there = rustix::fs::fstat(io::stderr())
            .is_ok_and(|stderr| said == format!("{}:{}", stderr.st_dev, stderr.st_ino));
        if leads_there { Self::Journal } else { Self::Human }
    }
}

/// Opens a file for the log's lines, which are added at its end. Only its owner can read it: lines
/// have addresses of people.
///
/// # Errors
/// The system's error.
pub fn open(file: &Path) -> io::Result<File> {
    File::options().append(true).create(true).mode(0o600).open(file)
}

/// Begins to write those lines of the server's log that have `level` or a more severe level to
/// this file; `None`: to standard error. A process calls this once, and [`flush`] at its end.
///
/// # Errors
/// The system cannot start a thread.
pub fn start(level: LevelFilter, format: LogFormat, file: Option<File>) -> io::Result<()> {
    let (queue, lines) = bounded(LOG_LINES_MAX);
    let lost = Arc::new(AtomicU64::new(0));
    let writing_lost = Arc::clone(&lost);
    // No thread joins the log's thread, because that thread may block for ever: its write to a pipe
    // that no program reads cannot be interrupted.
    let output: Output = file.map_or_else(|| Box::new(io::stderr()) as Output, |it| Box::new(it));
    drop(threads::spawn("log", move || write(&lines, &writing_lost, output))?);
    QUEUE.set(queue.clone()).ok();
    let (filter, handle) = reload::Layer::new(level);
    LEVEL.set(handle).ok();
    let lines = layer()
        // By default the library tracing prints its own errors to standard error. If standard error
        // is a broken pipe, printing causes a panic.
        .log_internal_errors(false)
        .with_ansi(false)
        .with_writer(LogQueue { queue, lost });
    // An error means that the process has a tracing subscriber already. That one stays in use.
    let started = match format {
        LogFormat::Human | LogFormat::Journal => {
            registry().with(filter).with(lines.event_format(Lines(format))).try_init()
        }
        LogFormat::Json => {
            let lines = lines.fmt_fields(JsonFields::new()).event_format(Lines(format));
            registry().with(filter).with(lines).try_init()
        }
    };
    started.ok();
    std::panic::set_hook(Box::new(tell_panic));
    Ok(())
}

/// Writes only lines of this level and of more severe ones from now on.
pub fn set_level(level: LevelFilter) {
    if let Some(handle) = LEVEL.get() {
        // An error means that the log is gone.
        handle.reload(level).ok();
    }
}

/// Writes the lines that are logged from now on to this file. Blocks while the queue to the log's
/// thread is full, but at most `LOG_END_WAIT`; then everything stays as it is. Does nothing before
/// [`start`].
pub fn write_to(file: File) {
    if let Some(queue) = QUEUE.get() {
        queue.send_timeout(LogLine::Output(Box::new(file)), LOG_END_WAIT).ok();
    }
}

/// Logs a panic as one line, without a backtrace. The server's threads have too little stack to
/// resolve a backtrace. The standard hook would also block if no program reads standard error.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    let said = panic.payload_as_str().unwrap_or("something that is no text");
    let said = &said[..said.floor_char_boundary(limits::LOG_TEXT_BYTES_MAX)];
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(?said, place, "panicked");
}

static QUEUE: OnceLock<Sender<LogLine>> = OnceLock::new();

/// Logs how many lines the limit on lines of one kind has left out. Then blocks until all lines
/// that wait are written, but at most twice `LOG_END_WAIT`. A process calls this before it ends.
/// Does nothing before [`start`].
pub fn flush() {
    let Some(queue) = QUEUE.get() else { return };
    rate::log_all_left_out();
    let (written, all_written) = bounded(0);
    if queue.send_timeout(LogLine::End(written), LOG_END_WAIT).is_ok() {
        // The result is ignored: the caller goes on even if the log's thread has ended or is too
        // slow.
        all_written.recv_timeout(LOG_END_WAIT).ok();
    }
}

/// Where the lines go.
type Output = Box<dyn Write + Send>;

enum LogLine {
    Text(Vec<u8>),
    /// The lines after this one go there.
    Output(Output),
    /// A mark in the queue. The log's thread drops the mark's sender when it has taken all lines
    /// before the mark from the queue and tried to write them.
    End(Sender<()>),
}

fn write(lines: &Receiver<LogLine>, lost: &AtomicU64, mut output: Output) {
    while let Some(line) = next(lines) {
        match line {
            // An error is ignored: a closed standard error is no reason to stop the server.
            LogLine::Text(text) => output.write_all(&text).ok(),
            LogLine::Output(next) => {
                output = next;
                continue;
            }
            LogLine::End(written) => {
                drop(written);
                continue;
            }
        };
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            writeln!(output, "{lost} log lines were lost: nobody read them in time").ok();
        }
    }
}

/// Waits for the next line and returns it; `None` if all senders of the queue are gone. While the
/// wait lasts and the limit on lines of one kind has left out lines, looks once a second whether
/// their window is over, and logs their number.
fn next(lines: &Receiver<LogLine>) -> Option<LogLine> {
    loop {
        match lines.recv_timeout(limits::LOG_RATE_WINDOW) {
            Ok(line) => return Some(line),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if rate::tell_what_is_over() => {}
            Err(RecvTimeoutError::Timeout) => return lines.recv().ok(),
        }
    }
}

/// Gives each log event a buffer for its line. When the line is complete, it goes into the queue,
/// or is lost if the queue is full.
struct LogQueue {
    queue: Sender<LogLine>,
    lost: Arc<AtomicU64>,
}

struct Pending<'a> {
    to: &'a LogQueue,
    text: Vec<u8>,
}

impl<'a> MakeWriter<'a> for LogQueue {
    type Writer = Pending<'a>;

    fn make_writer(&'a self) -> Pending<'a> {
        Pending { to: self, text: Vec::new() }
    }
}

impl Write for Pending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() && self.to.queue.try_send(LogLine::Text(text)).is_err() {
            self.to.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns the number of this level for the journal (syslog(3)).
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

struct Lines(LogFormat);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // The program chooses the names of its threads. They have only characters that need no
        // escaping in JSON.
        let (level, thread) = (event.metadata().level(), threads::name());
        match self.0 {
            LogFormat::Human => {
                SystemTime.format_time(&mut line)?;
                write!(line, " {level:>5} {thread:<15} ")?;
                context.field_format().format_fields(line.by_ref(), event)?;
                writeln!(line)
            }
            LogFormat::Journal => {
                write!(line, "<{}>{thread}: ", severity(*level))?;
                context.field_format().format_fields(line.by_ref(), event)?;
                writeln!(line)
            }
            LogFormat::Json => {
                write!(line, "{{\"time\":\"")?;
                SystemTime.format_time(&mut line)?;
                write!(line, "\",\"level\":\"{level}\",\"thread\":\"{thread}\",\"event\":")?;
                context.field_format().format_fields(line.by_ref(), event)?;
                writeln!(line, "}}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use portable_atomic::AtomicU64;
    use std::io::{self, Write};
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use crossbeam_channel::bounded;
    use parking_lot::Mutex;
    use tracing_subscriber::fmt::MakeWriter;

    use super::{LogLine, LogQueue, write};

    /// An output that the test can read.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).unwrap()
        }
    }

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_empties_loses_lines_and_says_how_many() {
        let (queue, lines) = bounded(2);
        let lost = Arc::new(AtomicU64::new(0));
        let maker = LogQueue { queue, lost: Arc::clone(&lost) };
        for number in 0..5 {
            writeln!(maker.make_writer(), "line {number}").unwrap();
        }
        assert_eq!(lost.load(Ordering::Relaxed), 3);
        drop(maker);
        let output = Shared::default();
        write(&lines, &lost, Box::new(output.clone()));
        let text = output.text();
        assert!(text.starts_with("line 0\n3 log lines were lost"), "{text}");
    }

    #[test]
    fn row_116_after_another_output_is_given_the_lines_go_there() {
        let (queue, lines) = bounded(3);
        let outputs = [Shared::default(), Shared::default()];
        queue.send(LogLine::Text(b"one\n".to_vec())).unwrap();
        queue.send(LogLine::Output(Box::new(outputs[1].clone()))).unwrap();
        queue.send(LogLine::Text(b"two\n".to_vec())).unwrap();
        drop(queue);
        write(&lines, &AtomicU64::new(0), Box::new(outputs[0].clone()));
        assert_eq!(outputs.map(|output| output.text()), ["one\n", "two\n"]);
    }

    #[test]
    fn an_output_that_is_gone_ends_nothing() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (queue, lines) = bounded(2);
        queue.send(LogLine::Text(b"a line\n".to_vec())).unwrap();
        drop(queue);
        write(&lines, &AtomicU64::new(0), Box::new(Gone));
    }
}
