//! Log lines: time, level, thread, words, fields; for people or as JSON.
//!
//! Owns: the subscriber, and where a thread's name comes from (a kept thread
//! has had many, so the one of the job at hand).
//! Must not know: what is logged.
//!
//! Next: `server.rs`.

use std::fmt;
use std::io;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::threads;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of words for people.
    Human,
    /// One JSON object for programs.
    Json,
}

/// Sends log lines of `level` and above to standard error. Once per process; a
/// second call changes nothing.
pub fn start(level: LevelFilter, format: LogFormat) {
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr);
    // An error means that there is a subscriber already; then it stays.
    let started = match format {
        LogFormat::Human => lines.event_format(HumanLines).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_thread_names(true).try_init(),
    };
    started.ok();
}

struct HumanLines;

impl<S, N> FormatEvent<S, N> for HumanLines
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
        SystemTime.format_time(&mut line)?;
        write!(line, " {:>5} {:<15} ", event.metadata().level(), threads::name())?;
        context.field_format().format_fields(line.by_ref(), event)?;
        writeln!(line)
    }
}
