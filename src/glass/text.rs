//! A look as plain text of 80 columns, for curl, `watch` and a machine without a screen.
//!
//! Owns: the columns.
//! Must not know: how the numbers were read.
//!
//! Part: `glass/mod.rs`.

use std::fmt::Write;

use super::look::Look;
use super::task::Task;
use crate::server::instruments::OutboxReading;

/// Most outboxes that are shown: those with something in them come first.
const OUTBOXES_SHOWN_MAX: usize = 20;

/// Returns the look as lines of at most 80 columns.
pub(super) fn shown(look: &Look) -> String {
    let mut out = String::new();
    write_all(&mut out, look).ok();
    out
}

fn write_all(out: &mut String, look: &Look) -> std::fmt::Result {
    let (pid, readings) = (look.pid, &look.readings);
    writeln!(
        out,
        "threadbare {} pid {pid} threads {}",
        env!("CARGO_PKG_VERSION"),
        look.tasks.len()
    )?;
    writeln!(out, "\n{:<16}{:>9}{:>9}{:>9}", "queue", "now", "peak", "bound")?;
    for queue in &readings.queues {
        let bound = queue.bound.map_or_else(|| "-".to_owned(), |bound| bound.to_string());
        writeln!(out, "{:<16}{:>9}{:>9}{:>9}", queue.name, queue.now, queue.peak, bound)?;
    }
    writeln!(out, "\n{:<16}{:>9}{:>9}", "limit", "taken", "most")?;
    for (name, taken, most) in &readings.limits {
        writeln!(out, "{name:<16}{taken:>9}{most:>9}")?;
    }
    writeln!(out)?;
    for (name, value) in &readings.counters {
        writeln!(out, "{name:<16}{value:>9}")?;
    }
    write_threads(out, &look.tasks)?;
    write_outboxes(out, &readings.outboxes)?;
    if let Some(first) = look.tasks.first() {
        writeln!(out, "\nprove: cat /proc/{pid}/task/{}/syscall   ls /proc/{pid}/task", first.tid)?;
    }
    writeln!(out, "looking took {} us of the thread door", look.took_us)
}

fn write_threads(out: &mut String, tasks: &[Task]) -> std::fmt::Result {
    writeln!(
        out,
        "\n{:<16}{:>8} {:<6}{:<18}{:>10}{:>10}{:>10}",
        "thread", "tid", "state", "sleeps in", "cpu us", "ready us", "sleeps"
    )?;
    for task in tasks {
        let call = task.call.as_ref().map_or_else(
            || "-".to_owned(),
            |call| call.fd.map_or_else(|| call.name.clone(), |fd| format!("{}({fd})", call.name)),
        );
        writeln!(
            out,
            "{:<16}{:>8} {:<6}{call:<18}{:>10}{:>10}{:>10}",
            task.name,
            task.tid,
            task.state.word(),
            task.cpu_ns / 1000,
            task.ready_ns / 1000,
            task.sleeps
        )?;
    }
    Ok(())
}

fn write_outboxes(out: &mut String, outboxes: &[OutboxReading]) -> std::fmt::Result {
    let unsent = |reading: &OutboxReading| reading.contents.map_or(0, |contents| contents.unsent);
    let mut fullest: Vec<_> = outboxes.iter().collect();
    fullest.sort_by_key(|reading| (std::cmp::Reverse(unsent(reading)), reading.client));
    writeln!(
        out,
        "\n{:<16}{:>9}{:>9}{:>10}  {:<10}phase",
        "outbox of", "unsent", "bound", "bytes", "may write"
    )?;
    for reading in fullest.iter().take(OUTBOXES_SHOWN_MAX) {
        let client = reading.client.0;
        match reading.contents {
            None => writeln!(out, "{client:<16}     busy")?,
            Some(contents) => writeln!(
                out,
                "{client:<16}{:>9}{:>9}{:>10}  {:<10}{}",
                contents.unsent,
                contents.bound,
                contents.waiting_bytes,
                contents.may_write,
                contents.phase
            )?,
        }
    }
    match fullest.len().saturating_sub(OUTBOXES_SHOWN_MAX) {
        0 => Ok(()),
        more => writeln!(out, "{more} more, with less in them"),
    }
}
