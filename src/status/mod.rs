//! The status of a running server: what `threadbare status` tells, how the command gets it, and its
//! form for the eye.
//!
//! The server makes the status when its control socket is asked (`server/control/mod.rs`), from
//! what is counted anyway, and sends it as JSON.
//!
//! Owns: what is in a status, and the names of its fields, which `docs/OPERATING.md` lists.
//! Must not know: how anything is counted; names of people and rooms, and texts.
//!
//! Part: this file is its entry.

pub mod find;
pub mod text;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chat_rule::gauges::{ChatTally, HubNotes};
use crate::formats::Format;
use crate::history;
use crate::server::client::Clients;
use crate::server::control::AnswerCommand;
use crate::server::instruments::SpineTally;
use crate::server::status::is_well;
use crate::server::{metrics, serve};

/// The command that asks for a status.
pub const STATUS: &str = "status";

/// If more than this share of the places or of the memory is taken, the status warns, in percent.
const NEARLY_FULL_PERCENT: u64 = 90;

/// What a running server says of itself.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct ServerStatus {
    /// The version of the program.
    pub version: String,
    /// The number of its process.
    pub pid: u32,
    /// How long ago it began.
    pub uptime_seconds: f64,
    /// The IP addresses and ports at which browsers find the page.
    pub addresses: Vec<SocketAddr>,
    /// Whether the hub works, as `/healthz` says.
    pub is_well: bool,
    /// How many clients have a connection, by the word for their format.
    pub clients: BTreeMap<String, usize>,
    /// People in a room without a connection: they read pages, or have lost it now.
    pub refreshing: u64,
    /// Rooms, with the lobby.
    pub rooms: u64,
    /// People with a client.
    pub people: u64,
    /// People without a client, whose names are reserved.
    pub people_away: u64,
    /// Messages that people have sent since the server began.
    pub messages: u64,
    /// Messages written completely to a client's socket, once for each client.
    pub deliveries: u64,
    /// Places for clients.
    pub places: TakenShare,
    /// Places for connections that are no clients.
    pub doors: TakenShare,
    /// Memory that clients and doors take, as the server counts it, in bytes.
    pub memory: TakenShare,
    /// Memory of the whole process, as the kernel counts it, in bytes.
    pub resident_bytes: Option<u64>,
    /// The inboxes of the hub.
    pub queues: Vec<QueueStatus>,
    /// How many clients have ended, by the reason; reasons that no client had are missing.
    pub disconnects: BTreeMap<String, u64>,
    /// The history; `None`: nothing outlives the server.
    pub history: Option<HistoryStatus>,
    /// What the operator should know, in words.
    pub warnings: Vec<String>,
}

/// How much of something is taken.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct TakenShare {
    /// What is taken.
    pub taken: usize,
    /// What there is.
    pub of: usize,
}

/// One queue.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct QueueStatus {
    /// Its name in `docs/THREADS.md`.
    pub name: String,
    /// How many entries it has now.
    pub now: usize,
    /// The most so far.
    pub peak: u64,
    /// How many it can hold; `None`: it has no bound of its own.
    pub bound: Option<usize>,
}

/// The history.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct HistoryStatus {
    /// Its file.
    pub file: String,
    /// The file's size, in bytes; `None`: it cannot be found.
    pub bytes: Option<u64>,
    /// Lines that people see and that are not stored yet.
    pub waiting_lines: u64,
    /// Whether all that is said can be stored.
    pub is_well: bool,
}

/// What a server needs to make a status.
#[derive(Clone)]
pub struct StatusSource {
    /// The clients, with all that the spine counts.
    pub clients: Arc<Clients<Format>>,
    /// What the hub notes.
    pub notes: HubNotes,
    /// Where the server listens for browsers.
    pub open: Vec<SocketAddr>,
    /// The folder of the history, if there is one.
    pub folder: Option<PathBuf>,
    /// What was damaged when the server began, in words.
    pub damage: Option<String>,
}

impl StatusSource {
    /// Returns the function that answers the commands of the control socket. A new command is one
    /// more arm here.
    pub fn commands(self) -> AnswerCommand {
        Box::new(move |command| match command {
            // A struct of numbers and texts always has a JSON form.
            STATUS => Some(serde_json::to_string(&self.status()).unwrap_or_default()),
            _ => None,
        })
    }

    /// Makes a status. Reads a file of the kernel, and asks the disk for the size of the history.
    fn status(&self) -> ServerStatus {
        let tally = self.clients.tally();
        let ChatTally { rooms, people, people_away, refreshing, messages, lines_waiting } =
            self.notes.gauges.read();
        let history = self.folder.as_ref().map(|folder| {
            let file = history::file_in(folder);
            HistoryStatus {
                bytes: fs::metadata(&file).ok().map(|about| about.len()),
                file: file.display().to_string(),
                waiting_lines: lines_waiting,
                is_well: !self.notes.health.is_unstored(),
            }
        });
        let mut status = ServerStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_seconds: self.notes.health.uptime().as_secs_f64(),
            addresses: serve::addresses(&self.open).into_iter().map(|(addr, _)| addr).collect(),
            is_well: is_well(&self.notes.health),
            refreshing,
            rooms,
            people,
            people_away,
            messages,
            resident_bytes: metrics::resident_bytes(),
            history,
            ..ServerStatus::of_spine(&tally)
        };
        status.warnings = status.warnings(self.damage.as_deref());
        status
    }
}

impl ServerStatus {
    fn of_spine(tally: &SpineTally) -> Self {
        let share = |wanted: &str| {
            let found = tally.limits.iter().find(|(name, ..)| *name == wanted);
            found.map_or_else(TakenShare::default, |&(_, taken, of)| TakenShare { taken, of })
        };
        let formats = tally.formats.iter().map(|(word, count)| ((*word).to_owned(), *count));
        let ends = tally.ends.iter().filter(|(_, ended)| *ended > 0);
        let queues = tally.queues.iter().map(|queue| QueueStatus {
            name: queue.name.to_owned(),
            now: queue.now,
            peak: queue.peak,
            bound: queue.bound,
        });
        Self {
            clients: formats.collect(),
            deliveries: tally.counter("express") + tally.counter("writer_messages"),
            places: share("clients"),
            doors: share("doors"),
            memory: TakenShare { taken: tally.memory.0, of: tally.memory.1 },
            queues: queues.collect(),
            disconnects: ends.map(|(end, count)| (end.log_word().to_owned(), *count)).collect(),
            ..Self::default()
        }
    }

    /// Returns what the operator should know, the worst first.
    fn warnings(&self, damage: Option<&str>) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.is_well {
            warnings.push("the hub hangs or has ended: nobody can talk; restart the server".into());
        }
        if self.history.as_ref().is_some_and(|history| !history.is_well) {
            warnings.push("what is said is not kept; the log says why".into());
        }
        if let Some(damage) = damage {
            warnings.push(format!("the history was damaged at the start: {damage}"));
        }
        for (share, what) in [
            (self.places, "places for clients are"),
            (self.doors, "places for page loads are"),
            (self.memory, "memory for clients is"),
        ] {
            if share.is_nearly_full() {
                warnings.push(format!("most {what} taken; more people may be refused"));
            }
        }
        warnings
    }

    /// Returns how many clients have a connection.
    pub fn live(&self) -> usize {
        self.clients.values().sum()
    }
}

impl TakenShare {
    fn is_nearly_full(self) -> bool {
        // On a machine of 32 bits, a hundred times the memory does not fit into a `usize`.
        let percent = (self.taken as u64).saturating_mul(100).checked_div(self.of as u64);
        percent.is_some_and(|percent| percent > NEARLY_FULL_PERCENT)
    }
}

#[cfg(test)]
mod tests {
    use super::{HistoryStatus, ServerStatus, TakenShare};

    #[test]
    fn row_115_a_status_warns_of_what_an_operator_must_know() {
        let well = ServerStatus { is_well: true, ..ServerStatus::default() };
        assert_eq!(well.warnings(None), [] as [String; 0]);
        let full = TakenShare { taken: 91, of: 100 };
        let bad = ServerStatus {
            is_well: false,
            places: full,
            doors: TakenShare { taken: 90, of: 100 },
            memory: full,
            history: Some(HistoryStatus::default()),
            ..ServerStatus::default()
        };
        let said = bad.warnings(Some("two pages"));
        let begins = ["the hub hangs", "what is said is not", "the history was", "most places"];
        for (line, begin) in said.iter().zip(begins) {
            assert!(line.starts_with(begin), "{said:?}");
        }
        assert_eq!(said.len(), 5, "{said:?}");
    }

    #[test]
    fn row_115_a_status_comes_back_from_its_json_as_it_was() {
        let status = ServerStatus {
            addresses: vec![([127, 0, 0, 1], 8080).into()],
            history: Some(HistoryStatus { file: "/a".into(), ..HistoryStatus::default() }),
            ..ServerStatus::default()
        };
        let json = serde_json::to_string(&status).unwrap();
        assert_eq!(serde_json::from_str::<ServerStatus>(&json).unwrap(), status);
    }
}
