//! `threadbare export`: writes the stored history as text or JSON, for people or programs.
//!
//! A server may run at the same time. A line that is said during the export may be missing in it.
//! If a message is edited during the export, the export has either the old or the new text.
//!
//! Owns: which rooms are exported, in which order, and the progress bar.
//! Must not know: SQL; how a line is written in each form.
//!
//! Part: this file is its entry.

mod output;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::output::Output;
use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::{log_name::LogName, room_name::RoomName};
use crate::formats::export::{EditsShown, ExportForm, ExportWriter, MissingLines};
use crate::history::archive::{Archive, ArchivedRoom, NoArchive};
use crate::history::store::StoreError;

/// What to export.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The folder of the history.
    pub folder: PathBuf,
    /// The rooms to export, in this order. If this list is empty, all rooms are exported.
    pub rooms: Vec<RoomName>,
    /// The form of the output: text or JSON.
    pub form: ExportForm,
    /// Lines that were said before this time are not exported.
    pub since: UnixMillis,
    /// The path of the file to write; `None`: standard output.
    pub output: Option<PathBuf>,
}

/// Why the export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The history could not be opened; [`NoArchive`] says why.
    #[error(transparent)]
    NoArchive(#[from] NoArchive),
    /// The file of the history was opened, but cannot be read.
    #[error("cannot read the history: {0}")]
    Store(#[from] StoreError),
    /// The operator typed the name of a room that the history does not have.
    #[error("there is no room {room}; {there}")]
    NoRoom {
        /// The name that the operator typed.
        room: RoomName,
        /// Words that say which rooms the history has.
        there: String,
    },
    /// The file to write is in the folder of the history, where the export may not write. The value
    /// is the path of that file.
    #[error("{0} is in the folder of the history; write to another one")]
    OwnFolder(PathBuf),
    /// The output cannot be written.
    #[error("cannot write to {place}: {source}")]
    Output {
        /// The output: the path of a file, or "standard output".
        place: String,
        /// The system's error.
        source: io::Error,
    },
}

/// Writes the whole export. Blocks on the disk, and on the program that reads the output. If that
/// program has closed the pipe (`| head`), ends early and returns `Ok`.
///
/// # Errors
/// See [`ExportError`]. After an error, an ordinary file that was there under the output's name is
/// unchanged.
pub fn export(options: &ExportOptions) -> Result<(), ExportError> {
    let mut archive = Archive::open(&options.folder)?;
    let rooms = chosen(archive.rooms()?, &options.rooms)?;
    let mut output = Output::open(options.output.as_deref(), &options.folder)?;
    let writer = options.form.writer(EditsShown::InPlace);
    let bar = progress_bar(options, &rooms);
    let written = write_rooms(&mut archive, &rooms, options.since, (writer, &mut output), &bar);
    bar.finish_and_clear();
    match written.and_then(|()| output.finish()) {
        Err(ExportError::Output { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {
            Ok(())
        }
        other => other,
    }
}

fn chosen(rooms: Vec<ArchivedRoom>, asked: &[RoomName]) -> Result<Vec<ArchivedRoom>, ExportError> {
    if asked.is_empty() {
        return Ok(rooms);
    }
    let find = |name: &RoomName| {
        let room = rooms.iter().find(|room| room.name == *name).cloned();
        room.ok_or_else(|| {
            let names: Vec<_> = rooms.iter().map(|room| room.name.as_str()).collect();
            let there = match &names[..] {
                [] => "nobody has said anything yet".to_owned(),
                names => format!("there are: {}", names.join(", ")),
            };
            ExportError::NoRoom { room: name.clone(), there }
        })
    };
    asked.iter().map(find).collect()
}

fn write_rooms(
    archive: &mut Archive,
    rooms: &[ArchivedRoom],
    since: UnixMillis,
    (writer, output): (&dyn ExportWriter, &mut Output),
    bar: &ProgressBar,
) -> Result<(), ExportError> {
    output.write(|out| writer.begin(out))?;
    for room in rooms {
        output.write(|out| writer.room(out, room))?;
        let log = LogName::Room(room.name.clone());
        let mut after = Seq(0);
        loop {
            let lines = archive.lines(room, after, since)?;
            let Some(last) = lines.last().map(|line| line.entry.seq) else { break };
            let mut gaps = archive.lost_among(room, after, &lines)?.into_iter().peekable();
            output.write(|out| {
                lines.iter().try_for_each(|line| {
                    while let Some(lost) = gaps.next_if(|lost| lost.last < line.entry.seq) {
                        writer.gap(out, &MissingLines::of(&log, &lost))?;
                    }
                    writer.line(out, &line.entry, line.edited)
                })
            })?;
            let before = room.ends.map_or(0, |(first, _)| first.0.saturating_sub(1));
            bar.inc(last.0.saturating_sub(after.0.max(before)));
            after = last;
        }
        // Lines can also be missing after the last line that the history has, or in a room of which
        // it has no line.
        let behind = archive.lost_behind(room, after)?;
        output.write(|out| {
            behind.iter().try_for_each(|lost| writer.gap(out, &MissingLines::of(&log, lost)))
        })?;
    }
    Ok(())
}

/// Makes a progress bar on standard error. The bar is hidden if standard error is no terminal, or
/// if the export itself goes to the terminal.
fn progress_bar(options: &ExportOptions, rooms: &[ArchivedRoom]) -> ProgressBar {
    let is_free = options.output.is_some() || !io::stdout().is_terminal();
    let target = if is_free { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let lines = |(first, last): (Seq, Seq)| last.0.saturating_sub(first.0).saturating_add(1);
    let all = rooms.iter().filter_map(|room| room.ends).map(lines).fold(0, u64::saturating_add);
    let bar = ProgressBar::with_draw_target(Some(all), target);
    match ProgressStyle::with_template("{msg:10} [{bar:40}] {percent}% {elapsed}") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")).with_message("exporting"),
        Err(_) => bar,
    }
}
