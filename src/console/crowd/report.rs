//! What a crowd has measured, and the table that shows it.
//!
//! Owns: the table's words and units. Pure.
//! Must not know: how the numbers were measured.
//!
//! Part: `console/crowd/mod.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::latency::Percentiles;

/// If `crowd` has sent a message later than planned by more than this, its report says by how much.
const LATE_FROM: Duration = Duration::from_millis(100);

/// The result of a run. `Display` writes it as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrowdReport {
    /// The number of people who connected.
    pub people: usize,
    /// A table of the reasons why people could not connect, each with the number of people.
    pub refused: BTreeMap<String, usize>,
    /// The number of messages that all people together sent.
    pub sent: u64,
    /// The number of messages that, as the report assumes, the server did not accept: no person
    /// received them, and the server ended the connection of the person who sent them.
    pub in_vain: u64,
    /// The number of deliveries to the people who stayed connected. A message that ten of them
    /// received is ten deliveries; a repeated message does not count.
    pub delivered: u64,
    /// The number of accepted messages that evicted people did not receive, added up over these
    /// people. A person is evicted if the server ended the connection.
    pub missed: u64,
    /// How many times, for all people together, a person received a message again.
    pub twice: u64,
    /// How many times, for all people together, a person received a message after a message that
    /// the same sender sent later.
    pub out_of_order: u64,
    /// The number of different orders in which people received the messages. Only people who stayed
    /// connected and received all accepted messages count. A correct server has one order for all
    /// people.
    pub orders: usize,
    /// The times from the sending of a message to its arrival at a person; `None`: no message
    /// arrived.
    pub latency: Option<Percentiles>,
    /// A table of the ways in which the server ended people's connections, such as "code 1008",
    /// each with the number of people.
    pub evicted: BTreeMap<String, usize>,
    /// The greatest delay between the planned and the real sending time of a message.
    pub late: Duration,
    /// The time from the first attempt to connect until the connections of all people have ended.
    pub wall_time: Duration,
    /// True if Ctrl-C or SIGTERM ended the run before all its messages were sent.
    pub interrupted: bool,
}

impl CrowdReport {
    /// Returns how many of the sent messages the server has accepted, as the report assumes (see
    /// [`in_vain`](Self::in_vain)).
    pub fn taken(&self) -> u64 {
        self.sent - self.in_vain
    }

    /// Returns the number of deliveries that there would be if every person who stayed connected
    /// had received every accepted message.
    pub fn expected(&self) -> u64 {
        let evicted: usize = self.evicted.values().sum();
        self.taken() * self.people.saturating_sub(evicted) as u64
    }

    /// Returns how many of the deliveries that [`expected`](Self::expected) counts did not happen.
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.delivered)
    }

    /// Returns whether the run had no problem: no person failed to connect, the server ended no
    /// connection, and all people received every sent message once, in the same order. A run that
    /// ended early can be without a problem, too.
    pub fn is_clean(&self) -> bool {
        self.lost() == 0
            && self.evicted.is_empty()
            && self.refused.is_empty()
            && self.twice == 0
            && self.out_of_order == 0
            && self.orders <= 1
    }
}

impl fmt::Display for CrowdReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.interrupted {
            writeln!(formatter, "ended early")?;
        }
        row(formatter, "people", self.people, "")?;
        reasons(formatter, "refused", &self.refused)?;
        row(formatter, "sent", self.sent, "")?;
        if self.in_vain > 0 {
            part(formatter, self.in_vain, "not taken: who said it was evicted")?;
        }
        row(formatter, "expected", self.expected(), "")?;
        row(formatter, "delivered", self.delivered, "")?;
        row(formatter, "lost", self.lost(), "")?;
        row(formatter, "twice", self.twice, "")?;
        row(formatter, "out of order", self.out_of_order, "")?;
        row(formatter, "orders", self.orders, "")?;
        reasons(formatter, "evicted", &self.evicted)?;
        if self.missed > 0 {
            row(formatter, "they missed", self.missed, "")?;
        }
        if let Some(Percentiles { p50, p90, p99, max }) = self.latency {
            row(formatter, "latency p50", in_millis(p50), " ms")?;
            row(formatter, "latency p90", in_millis(p90), " ms")?;
            row(formatter, "latency p99", in_millis(p99), " ms")?;
            row(formatter, "latency max", in_millis(max), " ms")?;
        }
        if self.late > LATE_FROM {
            row(formatter, "sender late", in_millis(self.late), " ms")?;
        }
        row(formatter, "wall time", format!("{:.1}", self.wall_time.as_secs_f64()), " s")
    }
}

fn row(
    formatter: &mut fmt::Formatter<'_>,
    label: &str,
    value: impl fmt::Display,
    unit: &str,
) -> fmt::Result {
    writeln!(formatter, "{label:<14}{value:>12}{unit}")
}

fn reasons(
    formatter: &mut fmt::Formatter<'_>,
    label: &str,
    reasons: &BTreeMap<String, usize>,
) -> fmt::Result {
    row(formatter, label, reasons.values().sum::<usize>(), "")?;
    for (reason, count) in reasons {
        part(formatter, *count, reason)?;
    }
    Ok(())
}

fn part(formatter: &mut fmt::Formatter<'_>, count: impl fmt::Display, what: &str) -> fmt::Result {
    writeln!(formatter, "{:>26}  {what}", format!("of these {count}"))
}

fn in_millis(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::CrowdReport;
    use crate::console::crowd::latency::Percentiles;

    fn clean() -> CrowdReport {
        CrowdReport {
            people: 200,
            sent: 600,
            delivered: 120_000,
            orders: 1,
            latency: Some(Percentiles {
                p50: Duration::from_micros(850),
                p90: Duration::from_micros(1_900),
                p99: Duration::from_micros(12_351),
                max: Duration::from_millis(1_020),
            }),
            late: Duration::from_millis(100),
            wall_time: Duration::from_millis(31_449),
            ..CrowdReport::default()
        }
    }

    #[test]
    fn a_clean_run_is_a_table_of_numbers() {
        let report = clean();
        assert!(report.is_clean());
        let table = "\
people                 200
refused                  0
sent                   600
expected            120000
delivered           120000
lost                     0
twice                    0
out of order             0
orders                   1
evicted                  0
latency p50           0.85 ms
latency p90           1.90 ms
latency p99          12.35 ms
latency max        1020.00 ms
wall time             31.4 s
";
        assert_eq!(report.to_string(), table);
    }

    #[test]
    fn what_went_wrong_is_said_with_its_reasons() {
        let report = CrowdReport {
            people: 3,
            refused: [("the server answered 503 instead of 101".to_owned(), 2)].into(),
            sent: 10,
            in_vain: 2,
            delivered: 7,
            missed: 11,
            twice: 1,
            out_of_order: 2,
            orders: 1,
            evicted: [("code 1008".to_owned(), 1), ("no close frame".to_owned(), 1)].into(),
            late: Duration::from_millis(250),
            wall_time: Duration::from_secs(2),
            interrupted: true,
            latency: None,
        };
        assert!(!report.is_clean());
        let table = "\
ended early
people                   3
refused                  2
                of these 2  the server answered 503 instead of 101
sent                    10
                of these 2  not taken: who said it was evicted
expected                 8
delivered                7
lost                     1
twice                    1
out of order             2
orders                   1
evicted                  2
                of these 1  code 1008
                of these 1  no close frame
they missed             11
sender late         250.00 ms
wall time              2.0 s
";
        assert_eq!(report.to_string(), table);
    }

    #[test]
    fn a_loss_or_an_eviction_is_not_clean() {
        assert!(!CrowdReport { delivered: 119_999, ..clean() }.is_clean());
        assert!(!CrowdReport { evicted: [("no code".to_owned(), 1)].into(), ..clean() }.is_clean());
    }
}
