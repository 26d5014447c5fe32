//! What a chat is made of, as plain values: names, lines of a log, what one may
//! ask and be told.
//!
//! Owns: nothing but its modules.
//! Must not know: threads, sockets, frames, the hub.
//!
//! Next: `chat/name.rs`.

pub mod bad_command;
pub mod clean;
pub mod codec;
pub mod command;
pub mod core;
pub mod entry;
pub mod escape;
pub mod log_name;
pub mod moment;
pub mod name;
pub mod numbers;
pub mod record;
pub mod refused;
pub mod request;
pub mod room_name;
pub mod secret;
pub mod sought;
pub mod token;
pub mod told;
pub mod words;
