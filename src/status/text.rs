//! A status for the eye: at most 80 columns and 24 lines, without colours.
//!
//! Owns: the lines, the bars and the rates.
//! Must not know: where a status comes from.
//!
//! Part: `status/mod.rs`.

use std::fmt::Write;
use std::time::Duration;

use super::{HistoryStatus, ServerStatus, TakenShare};

/// The width of the text, in characters.
const COLUMNS: usize = 80;
/// The width of a bar, without its ends.
const BAR_COLUMNS: usize = 24;
/// Most addresses, most reasons and most warnings that are shown.
const ADDRESSES_MAX: usize = 2;
const REASONS_MAX: usize = 3;
const WARNINGS_MAX: usize = 4;

/// Returns the status as lines. `before` is a status of the same server some time ago, for rates.
pub fn shown(status: &ServerStatus, before: Option<(&ServerStatus, Duration)>) -> String {
    let mut out = String::new();
    // A `String` takes all that is written.
    write_all(&mut out, status, before).ok();
    out.lines().map(|line| fitted(line) + "\n").collect()
}

fn write_all(
    out: &mut String,
    status: &ServerStatus,
    before: Option<(&ServerStatus, Duration)>,
) -> std::fmt::Result {
    let ServerStatus { version, pid, .. } = status;
    let state = if status.is_well { "well" } else { "SICK" };
    let up = since(status.uptime_seconds);
    writeln!(out, "threadbare {version}, process {pid}, up {up}: {state}")?;
    let addresses = status.addresses.iter().take(ADDRESSES_MAX);
    let addresses: Vec<_> = addresses.map(|addr| format!("http://{addr}/")).collect();
    let more = match status.addresses.len().saturating_sub(ADDRESSES_MAX) {
        0 => String::new(),
        more => format!("  and {more} more"),
    };
    writeln!(out, "{}{more}\n", addresses.join("  "))?;

    let formats = listed(status.clients.iter().map(|(word, count)| (word.as_str(), *count)));
    let formats = if formats.is_empty() { formats } else { format!(" ({formats})") };
    let (live, refreshing) = (status.live(), status.refreshing);
    row(out, "here", &format!("{live} live{formats}, {refreshing} refreshing"))?;
    let ServerStatus { people, people_away, rooms, .. } = status;
    row(out, "people", &format!("{people} here, {people_away} away; rooms: {rooms}"))?;
    let rate = |count: fn(&ServerStatus) -> u64| {
        let now = count(status);
        let rate = before.map(|(earlier, passed)| {
            let more = now.saturating_sub(count(earlier)) as f64;
            format!("{:.1} a second, ", more / passed.as_secs_f64().max(0.001))
        });
        format!("{}{now} in all", rate.unwrap_or_default())
    };
    row(out, "messages", &rate(|status| status.messages))?;
    row(out, "deliveries", &rate(|status| status.deliveries))?;
    writeln!(out)?;

    write_bars(out, status)?;
    writeln!(out)?;
    let ends = &status.disconnects;
    let ended = reasons(ends.iter().map(|(word, count)| (word.as_str(), *count)).collect());
    row(out, "ended", if ended.is_empty() { "nobody so far" } else { &ended })?;
    row(
        out,
        "history",
        &match &status.history {
            None => "none: nothing outlives this server".to_owned(),
            Some(HistoryStatus { file, bytes, waiting_lines, .. }) => {
                let size =
                    bytes.map_or_else(|| "not found".to_owned(), |bytes| mebibytes(bytes as f64));
                format!("{size}, {waiting_lines} lines not stored yet; {file}")
            }
        },
    )?;
    let warnings = &status.warnings;
    for warning in warnings.iter().take(WARNINGS_MAX) {
        row(out, "WARNING", warning)?;
    }
    match warnings.len().saturating_sub(WARNINGS_MAX) {
        0 => Ok(()),
        more => row(out, "WARNING", &format!("and {more} more")),
    }
}

fn write_bars(out: &mut String, status: &ServerStatus) -> std::fmt::Result {
    let of = |share: TakenShare| format!("{} of {}", share.taken, share.of);
    row(out, "places", &bar(status.places, &of(status.places)))?;
    row(out, "page loads", &bar(status.doors, &of(status.doors)))?;
    let TakenShare { taken, of } = status.memory;
    let all = status.resident_bytes.map(|bytes| format!("; process {}", mebibytes(bytes as f64)));
    let [taken, of] = [taken, of].map(|bytes| mebibytes(bytes as f64));
    let taken = taken.trim_end_matches(" MiB");
    let words = format!("{taken} of {of}{}", all.unwrap_or_default());
    row(out, "memory", &bar(status.memory, &words))?;
    for queue in &status.queues {
        let (now, peak) = (queue.now, queue.peak);
        let words = match queue.bound {
            Some(bound) => {
                let share = TakenShare { taken: now, of: bound };
                bar(share, &format!("{now} of {bound}, at most {peak}"))
            }
            None => format!("{now} wait, at most {peak} so far"),
        };
        row(out, &queue.name, &words)?;
    }
    Ok(())
}

fn row(out: &mut String, name: &str, words: &str) -> std::fmt::Result {
    writeln!(out, "{name:<11} {words}")
}

/// Draws a share. Whatever is taken fills a column at least, so that it is seen.
fn bar(share: TakenShare, words: &str) -> String {
    // Bytes need more than the 32 bits of a small machine.
    let columns = (share.taken as u64).saturating_mul(BAR_COLUMNS as u64);
    let filled = columns.checked_div(share.of as u64).unwrap_or(0);
    let filled = usize::try_from(filled).unwrap_or(BAR_COLUMNS).min(BAR_COLUMNS);
    let filled = if share.taken > 0 { filled.max(1) } else { 0 };
    format!("[{}{}] {words}", "#".repeat(filled), ".".repeat(BAR_COLUMNS - filled))
}

/// Returns `word count, word count`.
fn listed<'a>(counts: impl Iterator<Item = (&'a str, usize)>) -> String {
    counts.map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

/// Returns the reasons that most clients had, and how many had others.
fn reasons(mut counts: Vec<(&str, u64)>) -> String {
    counts.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    let rest: u64 = counts.iter().skip(REASONS_MAX).map(|(_, count)| count).sum();
    counts.truncate(REASONS_MAX);
    let mut words: Vec<_> =
        counts.into_iter().map(|(word, count)| format!("{word} {count}")).collect();
    if rest > 0 {
        words.push(format!("others {rest}"));
    }
    words.join(", ")
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}

/// Returns a time as `3 d 4 h`, `4 h 12 min`, `12 min 9 s` or `9 s`.
fn since(seconds: f64) -> String {
    // A status that is not a server's own could have any number.
    let seconds = Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs();
    let units = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min")];
    let units = [units[0], units[1], units[2], (seconds % 60, "s")];
    let first = units.iter().position(|(count, _)| *count > 0).unwrap_or(units.len() - 1);
    let shown = units.iter().skip(first).take(2);
    shown.map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" ")
}

/// Returns the line so that it fits. What a terminal would obey becomes `?`: the answer may come
/// from any program that has such a socket. A letter that is not ASCII may be two columns wide.
fn fitted(line: &str) -> String {
    let width = |sign: char| if sign.is_ascii() { 1 } else { 2 };
    let line: String =
        line.chars().map(|sign| if sign.is_control() { '?' } else { sign }).collect();
    if line.chars().map(width).sum::<usize>() <= COLUMNS {
        return line;
    }
    let mut left = COLUMNS - "...".len();
    let fits = |sign: &char| {
        left = left.saturating_sub(width(*sign));
        left > 0
    };
    line.chars().take_while(fits).collect::<String>() + "..."
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bar, fitted, reasons, shown, since};
    use crate::status::{HistoryStatus, QueueStatus, ServerStatus, TakenShare};

    fn busy() -> ServerStatus {
        let many = usize::MAX / 100;
        let queue = |name: &str| QueueStatus {
            name: name.to_owned(),
            now: many,
            peak: u64::MAX,
            bound: Some(many),
        };
        ServerStatus {
            version: "0.1.0".into(),
            uptime_seconds: 1e9,
            addresses: vec![([255, 255, 255, 255], 65_535).into(); 12],
            clients: ["classic", "events", "lines", "page", "v1", "webchat", "file"]
                .map(|word| (word.to_owned(), 99_999))
                .into(),
            messages: u64::MAX,
            deliveries: u64::MAX,
            places: TakenShare { taken: many, of: many },
            memory: TakenShare { taken: many, of: many },
            resident_bytes: Some(u64::MAX),
            queues: ["register", "broadcast", "unregister"].map(queue).into(),
            disconnects: (0..20).map(|number| (format!("reason_{number}"), 7)).collect(),
            history: Some(HistoryStatus { file: "/very/long".repeat(20), ..Default::default() }),
            warnings: vec!["something is wrong ".repeat(9); 9],
            ..ServerStatus::default()
        }
    }

    #[test]
    fn row_115_the_text_fits_a_terminal_whatever_the_numbers_are() {
        let (status, earlier) = (busy(), ServerStatus::default());
        for before in [None, Some((&earlier, Duration::from_secs(1)))] {
            let text = shown(&status, before);
            assert!(text.lines().count() <= 24, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(text.contains("SICK") && text.contains("and 5 more"), "{text}");
        }
    }

    #[test]
    fn row_115_rates_are_of_the_time_between_two_statuses() {
        let earlier = ServerStatus { messages: 10, ..ServerStatus::default() };
        let status = ServerStatus { messages: 15, is_well: true, ..ServerStatus::default() };
        let text = shown(&status, Some((&earlier, Duration::from_millis(2500))));
        assert!(text.contains("2.0 a second, 15 in all"), "{text}");
        assert!(text.contains(": well\n") && text.contains("nobody so far"), "{text}");
    }

    #[test]
    fn row_115_parts_of_the_text() {
        let filled = |taken, of| bar(TakenShare { taken, of }, "").matches('#').count();
        assert_eq!([filled(0, 9), filled(1, 900), filled(9, 9), filled(3, 0)], [0, 1, 24, 1]);
        assert_eq!(since(0.4), "0 s");
        assert_eq!(since(729.0), "12 min 9 s");
        assert_eq!(since(90_061.0), "1 d 1 h");
        assert_eq!(since(-1.0), "0 s");
        let counts = vec![("a", 1), ("b", 9), ("c", 2), ("d", 1), ("e", 1)];
        assert_eq!(reasons(counts), "b 9, c 2, a 1, others 2");
        assert_eq!(fitted("a\u{1b}[31m"), "a?[31m");
    }
}
