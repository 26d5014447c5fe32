//! The parts of a chat as plain values: names, lines of a log, what a client may ask, and what the
//! server may answer.
//!
//! Must not know: sockets, frames, the hub; threads, except that `secret/turns/mod.rs` makes a
//! thread wait.
//!
//! Which file to open for which question:
//!
//! - What happens to a request? `core/`, the state machine that decides.
//! - What can a client ask, and what is it told? `request.rs`, `answer.rs`, `refused.rs`.
//! - What is a line of a log, and what is stored of it? `entry.rs`, `numbers.rs`, `record.rs`,
//!   `log_name.rs`.
//! - How is a typed text read? `command.rs`, `bad_command.rs`, `clean.rs`, `sought.rs`,
//!   `search_words.rs`. How is a text shown safely? `escape.rs`, `time_text.rs`.
//! - What may a name, a room's name, a secret, a session be? `name/`, `room_name.rs`, `secret/`,
//!   `token.rs`.
//!
//! Part: this file is its entry.

pub mod act;
pub mod answer;
pub mod bad_command;
pub mod clean;
#[cfg(any(test, feature = "learn"))]
pub(crate) mod codec;
pub mod command;
pub mod config;
pub mod core;
pub mod entry;
pub mod escape;
pub mod fault;
pub mod log_name;
pub mod name;
pub mod numbers;
pub mod poll;
pub mod record;
pub mod refused;
pub mod removed_lines;
pub mod request;
pub mod room_name;
pub mod rules_of_room;
pub mod search_words;
pub mod secret;
pub mod sought;
pub mod time_text;
pub mod token;
