//! What all other parts build on: threads, sockets with deadlines, the limits, the log.
//!
//! Owns: what the rest of the program may know of the operating system.
//! Must not know: clients, HTTP, the chat.
//!
//! Part: this file is its entry.

pub mod bucket;
#[cfg(feature = "chat")]
pub mod fingerprint;
pub mod limits;
pub mod log;
pub mod rate;
pub mod reexec;
pub mod socket;
pub mod threads;
pub mod words;
#[cfg(feature = "chat")]
pub mod zone;
