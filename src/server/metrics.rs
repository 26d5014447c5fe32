//! What the server counts, as the text that Prometheus reads (format 0.0.4): the answer of
//! `/metrics`.
//!
//! Owns: the form of the text, and the names of what the spine counts. A family is a name with its
//! kind, a sentence, and its values; if it has more than one value, each has a label.
//! Must not know: what a chat counts; it adds its own families.
//!
//! Part: `server/mod.rs`.

use std::fmt::{Display, Write};
use std::fs;

use rustix::param::page_size;

use self::MetricKind::{Counter, Gauge};
use crate::server::http::response::Response;
use crate::server::hub::health::{HealthState, HubHealth};
use crate::server::{instruments::SpineTally, status};

/// Whether a value only grows, or goes up and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricKind {
    /// It only grows. By the format's custom, its name ends in `_total`.
    Counter,
    Gauge,
}

/// The text, as far as it is written.
pub(crate) struct MetricsText(String);

impl MetricsText {
    /// Returns the text with all that the spine counts. Reads a file of the kernel.
    pub(crate) fn of_spine(tally: &SpineTally, health: &HubHealth) -> Self {
        let mut text = Self(String::new());
        let version = [(env!("CARGO_PKG_VERSION"), 1)];
        text.family(Gauge, "threadbare_build_info", "The program's version.", "version", version);
        let uptime = health.uptime().as_secs_f64();
        text.value(Gauge, "threadbare_uptime_seconds", "Since the server began.", uptime);
        if let Some(bytes) = resident_bytes() {
            let name = "process_resident_memory_bytes";
            text.value(Gauge, name, "Memory of the process, as the kernel counts it.", bytes);
        }
        text.add_hub(tally, health);
        text.add_clients(tally);
        text.add_messages(tally);
        text
    }

    fn add_hub(&mut self, tally: &SpineTally, health: &HubHealth) {
        let now = match health.state() {
            HealthState::Busy(since) => since,
            HealthState::Idle | HealthState::Stopped => Default::default(),
        };
        let [all, longest] = health.round_times();
        let is_well = status::is_well(health);
        self.value(Gauge, "threadbare_hub_well", "1 while /healthz says 200.", u8::from(is_well));
        let rounds = tally.counter("rounds");
        self.value(Counter, "threadbare_hub_rounds_total", "Rounds of the hub.", rounds);
        for (kind, name, help, time) in [
            (Counter, "threadbare_hub_busy_seconds_total", "Time of all rounds of the hub.", all),
            (Gauge, "threadbare_hub_longest_round_seconds", "The longest round so far.", longest),
            (Gauge, "threadbare_hub_round_seconds", "The present round so far; 0: none.", now),
        ] {
            self.value(kind, name, help, time.as_secs_f64());
        }
        let now = tally.queues.iter().map(|queue| (queue.name, queue.now));
        self.family(Gauge, "threadbare_queue_depth", "Entries in an inbox now.", "queue", now);
        let peak = tally.queues.iter().map(|queue| (queue.name, queue.peak));
        let help = "The most that the hub has found in an inbox.";
        self.family(Gauge, "threadbare_queue_peak", help, "queue", peak);
        let bound = tally.queues.iter().filter_map(|queue| Some((queue.name, queue.bound?)));
        let help = "How many entries an inbox can hold.";
        self.family(Gauge, "threadbare_queue_bound", help, "queue", bound);
    }

    fn add_clients(&mut self, tally: &SpineTally) {
        let help = "Clients with a connection, by their format.";
        let formats = tally.formats.iter().map(|(word, count)| (*word, *count));
        self.family(Gauge, "threadbare_clients", help, "format", formats);
        let taken = tally.limits.iter().map(|(name, taken, _)| (*name, *taken));
        self.family(Gauge, "threadbare_places_taken", "Places that are taken.", "of", taken);
        let most = tally.limits.iter().map(|(name, _, most)| (*name, *most));
        self.family(Gauge, "threadbare_places", "Places that there are.", "of", most);
        let (taken, most) = tally.memory;
        let help = "What clients and doors take, as the server counts it.";
        self.value(Gauge, "threadbare_memory_taken_bytes", help, taken);
        let help = "What clients and doors may take.";
        self.value(Gauge, "threadbare_memory_bytes", help, most);
        let accepted = tally.counter("accepted");
        let help = "Connections that the server has accepted.";
        self.value(Counter, "threadbare_connections_total", help, accepted);
        let ends = tally.ends.iter().map(|(reason, ended)| (reason.log_word(), *ended));
        let help = "Clients that have ended, by the reason.";
        self.family(Counter, "threadbare_disconnects_total", help, "reason", ends);
    }

    fn add_messages(&mut self, tally: &SpineTally) {
        let count = |name| tally.counter(name);
        let help = "Requests that the hub has taken, of pages, too.";
        self.value(Counter, "threadbare_requests_total", help, count("requests"));
        let outcomes = ["express", "queued", "refused", "ended"].map(|name| (name, count(name)));
        let help = "What became of a message for one client: sent by the hub, queued for its \
                    writer, refused by a full outbox, or its client was ending.";
        self.family(Counter, "threadbare_pushed_messages_total", help, "outcome", outcomes);
        let help = "Messages written completely, once for each client, by the thread.";
        let written = [("hub", count("express")), ("writer", count("writer_messages"))];
        self.family(Counter, "threadbare_deliveries_total", help, "by", written);
        let help = "Queued messages that the hub sends from the log instead.";
        let again = count("taken_back");
        self.value(Counter, "threadbare_taken_back_messages_total", help, again);
        let help = "Times that a writer got frames from its outbox.";
        self.value(Counter, "threadbare_writer_batches_total", help, count("writer_batches"));
    }

    /// Adds a family with one value, which needs no label.
    pub(crate) fn value(&mut self, kind: MetricKind, name: &str, help: &str, value: impl Display) {
        self.add_head(kind, name, help);
        self.add_line(format_args!("{name} {value}"));
    }

    /// Adds a family with a value for each word, which `label` explains. Words, label and help are
    /// of this program: the format allows no quote, backslash or line feed in them.
    pub(crate) fn family<V: Display>(
        &mut self,
        kind: MetricKind,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        self.add_head(kind, name, help);
        for (word, value) in values {
            self.add_line(format_args!("{name}{{{label}=\"{word}\"}} {value}"));
        }
    }

    fn add_head(&mut self, kind: MetricKind, name: &str, help: &str) {
        debug_assert_eq!(kind == Counter, name.ends_with("_total"), "{name}");
        let kind = match kind {
            Counter => "counter",
            Gauge => "gauge",
        };
        self.add_line(format_args!("# HELP {name} {help}"));
        self.add_line(format_args!("# TYPE {name} {kind}"));
    }

    fn add_line(&mut self, line: std::fmt::Arguments<'_>) {
        // A `String` takes all that is written.
        writeln!(self.0, "{line}").ok();
    }

    /// Returns the answer with this text.
    pub(crate) fn answer(self) -> Response {
        Response::ok("text/plain; version=0.0.4; charset=utf-8", self.0.into_bytes())
            .with_header("Cache-Control", "no-store")
    }
}

/// Returns how much memory the process has now, in bytes; `None`: the kernel does not say.
pub(crate) fn resident_bytes() -> Option<u64> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let resident: u64 = pages.split(' ').nth(1)?.parse().ok()?;
    Some(resident * page_size() as u64)
}
