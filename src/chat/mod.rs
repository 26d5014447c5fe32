//! The parts of a chat as plain values: names, lines of a log, what a client may ask, and what the
//! server may answer.
//!
//! Must not know: sockets, frames, the hub; threads, except that `secret/turns/mod.rs` makes a
//! thread wait.
//!
//! Part: this file is its entry.

pub mod bad_command;
pub mod clean;
pub mod command;
pub mod config;
pub mod core;
pub mod entry;
pub mod escape;
pub mod log_name;
pub mod name;
pub mod numbers;
pub mod record;
pub mod refused;
pub mod reply;
pub mod request;
pub mod room_name;
pub mod search_words;
pub mod secret;
pub mod sought;
#[cfg(test)]
mod test_codec;
pub mod time_text;
pub mod token;
