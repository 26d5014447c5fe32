//! Message path, step 5, in the chat: each client receives what it should receive, as fast as it
//! can take it.
//!
//! The core decides which client receives what; this part sends it to the clients of this server. A
//! client that follows a log is in one of two states:
//!
//! - it is *live*: each new line is pushed into its outbox at once;
//! - it is *behind*: it is sent the log from a number on, one chunk at a time, whenever its outbox
//!   is empty. When it has reached the end of the log, it is *live* again.
//!
//! A client begins behind, whether it enters for the first time or again; only a classic client
//! begins live. A client that knows numbers and is too slow falls behind. A push says at once
//! whether the outbox had space, so progress knows at once that a client is behind. A classic
//! client knows no numbers and cannot be sent lines again, so it is closed if it is too slow.
//!
//! The state of progress is in two tables: `clients.rs` (what each client still has to receive) and
//! `file_queue.rs` (who waits for lines from the history's file). Each has smaller tables inside.
//! What uses both of them is in functions: `catch_up.rs`, `reading.rs` and `searching.rs`.
//!
//! Owns: which tables and other parts a step of progress may use (`Lent`).
//! Must not know: who may do what (`chat/core`); frames, sockets (`chat_rule/delivery/mod.rs`).
//!
//! Next in the chat: `chat_rule/progress/clients.rs`.
//! Part: `chat_rule/mod.rs`.

pub(super) mod catch_up;
mod client_queue;
pub(super) mod clients;
mod fair_queue;
pub(crate) mod file_queue;
pub(super) mod follows;
mod questions;
pub(super) mod reading;
pub(super) mod searching;

use std::time::Duration;

use super::pace::Paces;
use super::persist::Persist;
use crate::chat::core::Core;
use file_queue::FileQueue;

/// What a step of progress uses besides the table of clients: the file queue, other parts of the
/// chat, and the time.
pub(super) struct Lent<'a> {
    pub(super) core: &'a Core,
    pub(super) persist: &'a Persist,
    pub(super) paces: &'a mut Paces,
    pub(super) file_queue: &'a mut FileQueue,
    /// The moment of this step, in chat time.
    pub(super) now: Duration,
}
