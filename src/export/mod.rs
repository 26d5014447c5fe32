//! `threadbare export`: what was said, written down for people or programs.
//!
//! A server may go on meanwhile. What is said while this runs may be in it or
//! not, and each line is as it is when it is read.
//!
//! Owns: which rooms, in which order, and how far it has come.
//! Must not know: SQL; how a line looks in any form.
//!
//! Next: `export/output.rs`.

mod html;
mod json_lines;
mod output;
#[cfg(test)]
mod tests;
mod text;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::output::Output;
use crate::chat::entry::{Entry, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::room_name::RoomName;
use crate::history::archive::{Archive, ArchivedLine, ArchivedRoom, Lost, NoArchive};
use crate::history::store::StoreError;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// Where the history is.
    pub folder: PathBuf,
    /// Of which rooms, in this order; of all if there is none.
    pub rooms: Vec<RoomName>,
    /// How it shall look.
    pub form: Form,
    /// Nothing that is older.
    pub since: UnixMillis,
    /// Where to; standard output if it is not said.
    pub output: Option<PathBuf>,
}

/// How an export looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// One page.
    Html,
    /// A JSON object a line.
    JsonLines,
}

/// Why it is not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// See [`NoArchive`].
    #[error(transparent)]
    NoArchive(#[from] NoArchive),
    /// The file has become unreadable.
    #[error("cannot read the history: {0}")]
    Store(#[from] StoreError),
    /// Nobody has made this room, or it is gone.
    #[error("there is no room {room}; {there}")]
    NoRoom {
        /// Which one.
        room: RoomName,
        /// Words about those that there are.
        there: String,
    },
    /// The file that was named is one of the history's own.
    #[error("{0} is in the folder of the history; write to another one")]
    OwnFolder(PathBuf),
    /// It cannot be written.
    #[error("cannot write to {place}: {source}")]
    Output {
        /// Where to.
        place: String,
        /// Why.
        source: io::Error,
    },
}

impl Form {
    /// As addresses and flags say it.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Text, Self::Html, Self::JsonLines].into_iter().find(|form| form.word() == word)
    }

    /// As addresses and flags say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::JsonLines => "jsonl",
        }
    }

    pub(crate) fn shape(self) -> &'static dyn Shape {
        match self {
            Self::Text => &text::Text,
            Self::Html => &html::Html,
            Self::JsonLines => &json_lines::JsonLines,
        }
    }
}

/// Where one reads what was changed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// In the line itself, which was edited or not.
    Inside {
        /// It was.
        edited: bool,
    },
    /// In lines of their own: this one was written before anybody knew.
    Behind,
}

/// Numbers of a log whose lines are nowhere.
pub(crate) struct Hole<'a> {
    /// Which log.
    pub(crate) log: &'a LogName,
    /// The first of them.
    pub(crate) from: Seq,
    /// The last of them.
    pub(crate) to: Seq,
    /// Why they are nowhere.
    pub(crate) why: Why,
}

/// Why lines are nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// They were thrown away, as the oldest of a log.
    TooOld,
    /// Nobody says whether the disk was damaged, or too slow for what was said.
    Lost,
    /// Nobody knows how many of them were lines: damage may have taken some.
    MaybeLost,
}

impl<'a> Hole<'a> {
    /// In a log that is told to its end: what is thrown away is the oldest.
    pub(crate) fn told(log: &'a LogName, from: Seq, to: Seq) -> Self {
        Self { log, from, to, why: if from <= Seq(1) { Why::TooOld } else { Why::Lost } }
    }

    /// In a file, which says what was thrown away: that is none of these.
    fn of(log: &'a LogName, lost: &Lost) -> Self {
        let why = if lost.maybe { Why::MaybeLost } else { Why::Lost };
        Self { log, from: lost.first, to: lost.last, why }
    }
}

impl Hole<'_> {
    fn words(&self) -> String {
        let Self { from: Seq(from), to: Seq(to), .. } = *self;
        match (self.why, to.saturating_sub(from) + 1) {
            (Why::MaybeLost, _) => "Messages may be lost here: the disk was damaged".to_owned(),
            (Why::TooOld, count) => format!("{count} messages were too old to keep"),
            (Why::Lost, 1) => format!("#{from} is lost: the disk was damaged, or too slow"),
            (Why::Lost, _) => {
                format!("#{from} to #{to} are lost: the disk was damaged, or too slow")
            }
        }
    }
}

/// One of the forms: each part as it comes, to be written at once.
pub(crate) trait Shape {
    /// What stands before everything.
    fn begin(&self, _out: &mut dyn Write, _rooms: &[ArchivedRoom]) -> io::Result<()> {
        Ok(())
    }

    /// What stands before a room's lines.
    fn room(&self, _out: &mut dyn Write, _room: &ArchivedRoom) -> io::Result<()> {
        Ok(())
    }

    /// A line; nothing for those that are shown elsewhere.
    fn line(&self, out: &mut dyn Write, entry: &Entry, changes: Changes) -> io::Result<()>;

    /// Lines were here, and are nowhere any more.
    fn gap(&self, out: &mut dyn Write, hole: &Hole<'_>) -> io::Result<()>;

    /// What stands behind everything, for a reader who cannot see otherwise that it is:
    /// up to this number, and whether no line of it is missing.
    fn end(&self, _out: &mut dyn Write, _last: Seq, _is_whole: bool) -> io::Result<()> {
        Ok(())
    }
}

/// Writes all of it. Blocks for the disk, and for who reads it. Ends well when
/// nobody reads it any more (`| head`).
///
/// # Errors
/// See [`ExportError`]; a file that was named is as it was.
pub fn export(options: &ExportOptions) -> Result<(), ExportError> {
    let mut archive = Archive::open(&options.folder)?;
    let rooms = chosen(archive.rooms()?, &options.rooms)?;
    let mut output = Output::open(options.output.as_deref(), &options.folder)?;
    let shape = options.form.shape();
    let bar = progress_bar(options, &rooms);
    let written = write(&mut archive, &rooms, options.since, (shape, &mut output), &bar);
    bar.finish_and_clear();
    match written.and_then(|()| output.finish()) {
        Err(ExportError::Output { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {
            Ok(())
        }
        other => other,
    }
}

/// The rooms that are asked for.
fn chosen(there: Vec<ArchivedRoom>, asked: &[RoomName]) -> Result<Vec<ArchivedRoom>, ExportError> {
    if asked.is_empty() {
        return Ok(there);
    }
    let find = |name: &RoomName| {
        let room = there.iter().find(|room| room.name == *name).cloned();
        room.ok_or_else(|| {
            let names: Vec<_> = there.iter().map(|room| room.name.as_str()).collect();
            let there = match &names[..] {
                [] => "nobody has said anything yet".to_owned(),
                names => format!("there are: {}", names.join(", ")),
            };
            ExportError::NoRoom { room: name.clone(), there }
        })
    };
    asked.iter().map(find).collect()
}

fn write(
    archive: &mut Archive,
    rooms: &[ArchivedRoom],
    since: UnixMillis,
    (shape, output): (&dyn Shape, &mut Output),
    bar: &ProgressBar,
) -> Result<(), ExportError> {
    output.write(|out| shape.begin(out, rooms))?;
    for room in rooms {
        output.write(|out| shape.room(out, room))?;
        let log = LogName::Room(room.name.clone());
        let mut after = Seq(0);
        loop {
            let lines = archive.lines(room, after, since)?;
            let Some(last) = lines.last().map(|line| line.entry.seq) else { break };
            let mut holes = holes(archive, room, after, &lines)?.into_iter().peekable();
            output.write(|out| {
                lines.iter().try_for_each(|line| {
                    while let Some(lost) = holes.next_if(|lost| lost.last < line.entry.seq) {
                        shape.gap(out, &Hole::of(&log, &lost))?;
                    }
                    shape.line(out, &line.entry, Changes::Inside { edited: line.edited })
                })
            })?;
            let before = room.ends.map_or(0, |(first, _)| first.0.saturating_sub(1));
            bar.inc(last.0.saturating_sub(after.0.max(before)));
            after = last;
        }
        // Behind the last line that there is, or of a room of which there is none.
        let behind = archive.lost_behind(room, after)?;
        output.write(|out| {
            behind.iter().try_for_each(|lost| shape.gap(out, &Hole::of(&log, lost)))
        })?;
    }
    Ok(())
}

/// Numbers of lines that are lost, between these and behind `after`. What was not asked for, or
/// thrown away, is not lost.
fn holes(
    archive: &mut Archive,
    room: &ArchivedRoom,
    after: Seq,
    lines: &[ArchivedLine],
) -> Result<Vec<Lost>, StoreError> {
    let mut holes = Vec::new();
    let mut last = after;
    for next in lines.iter().map(|line| line.entry.seq) {
        if last.next() < next {
            holes.extend(archive.lost_between(room, last.next(), next)?);
        }
        last = next;
    }
    Ok(holes)
}

/// A bar that nobody sees unless standard error is a terminal, and not the one
/// that shows the lines themselves.
fn progress_bar(options: &ExportOptions, rooms: &[ArchivedRoom]) -> ProgressBar {
    let is_free = options.output.is_some() || !io::stdout().is_terminal();
    let target = if is_free { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let lines = |(first, last): (Seq, Seq)| last.0.saturating_sub(first.0).saturating_add(1);
    let all = rooms.iter().filter_map(|room| room.ends).map(lines).fold(0, u64::saturating_add);
    let bar = ProgressBar::with_draw_target(Some(all), target);
    match ProgressStyle::with_template("{msg:10} [{bar:40}] {percent}% {elapsed}") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")).with_message("exporting"),
        // A bar in another style is as good.
        Err(_) => bar,
    }
}

/// That a file is whole.
fn all(last: Seq, is_whole: bool) -> String {
    match last.0 {
        last if !is_whole => format!("End: this is all that is left, up to #{last}."),
        0 => "End: nothing was said.".to_owned(),
        last => format!("End: this is everything, up to #{last}."),
    }
}

/// What whoever passes an export on should know of a room.
fn notes(room: &ArchivedRoom) -> &'static str {
    match (room.hidden, room.locked) {
        (false, false) => "",
        (true, false) => " (hidden)",
        (false, true) => " (with a password)",
        (true, true) => " (hidden, with a password)",
    }
}
