//! `fault` in the lab: the faults of the founding articles of chat servers, each beside its cure.
//!
//! A fault and its cure run at the same time, in two small chats of the lab's own (`spine.rs`),
//! which differ only at one seam. What is counted in both stands side by side, row by row.
//!
//! Blocks on: the end of each row, for some seconds in all; then the threads of the two chats,
//! which have been told to end.
//! Owns: how long a run is, and how it is drawn.
//! Must not know: the lab's server, puppets; what a fault does.
//!
//! Part: `lab/mod.rs`.

mod catalogue;
mod client;
mod hub;
mod seams;
mod spine;

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::at;

use crate::learn::chart;
use catalogue::{FAULTS, LabFault};
use spine::LabSpine;

/// A run has so many rows, and each takes so long.
const ROWS: u32 = 8;
const ROW: Duration = Duration::from_millis(500);
/// The longest bar, in columns. A row has at most 80 columns.
const BAR: usize = 22;

/// Returns a line about each fault.
pub(super) fn list() -> String {
    let lines = FAULTS.iter().map(|fault| format!("  {:<14} {}\n", fault.word, fault.sentence));
    format!("Type `fault` and one of these names:\n{}", lines.collect::<String>())
}

/// Shows the fault with this name beside its cure. Says so if there is none. Nobody else may write
/// to `output` meanwhile.
///
/// # Errors
/// A small chat cannot be started, or the output takes nothing any more.
pub(super) fn show(word: &str, output: &mut dyn Write) -> anyhow::Result<()> {
    let Some(fault) = FAULTS.iter().find(|fault| fault.word == word) else {
        writeln!(output, "There is no fault `{word}`. `fault` lists them.")?;
        return Ok(());
    };
    writeln!(
        output,
        "{}: {}.\nCounted: {}.\n\n{:>8}  {:<w$}   cured",
        fault.word,
        fault.sentence,
        fault.counted,
        "time",
        "with the fault",
        w = BAR + 7,
    )?;
    run(fault, output).context("cannot show the fault")?;
    writeln!(
        output,
        "\n{}\nLesson {} of the course (`threadbare learn {}`) leads up to the cure, and\n\
         {} has it.",
        fault.why, fault.lesson, fault.lesson, fault.file
    )?;
    Ok(())
}

/// Runs the fault and its cure, and draws the rows. At the end nothing of the two is left.
fn run(fault: &LabFault, output: &mut dyn Write) -> anyhow::Result<()> {
    let mut chats = [LabSpine::start(fault.faulty)?, LabSpine::start(fault.cured)?];
    let began = Instant::now();
    for row in 0..ROWS {
        for chat in &mut chats {
            (fault.play)(chat, row as usize)?;
        }
        let end = ROW * (row + 1);
        at(began + end).recv()?;
        let [faulty, cured] = chats.each_ref().map(|chat| (fault.count)(chat.counts()));
        writeln!(
            output,
            "{:>6.1} s  {}   {}",
            end.as_secs_f64(),
            cell(faulty, fault.greatest),
            cell(cured, fault.greatest).trim_end()
        )?;
    }
    Ok(())
}

/// Draws one figure.
fn cell(count: usize, greatest: usize) -> String {
    let bar = chart::bar(count as f64, count.max(greatest) as f64, BAR);
    format!("{:>6} {bar:<BAR$}", chart::figure(count as f64))
}
