//! What all other parts build on: threads, sockets with deadlines, the limits, the log, a client's
//! number and the reasons of its end.
//!
//! Owns: what the rest of the program may know of the operating system, and the limits that several
//! parts share (`limits/mod.rs`).
//! Must not know: how a client, a request or a room works.
//!
//! Part: this file is its entry.

pub mod base_path;
pub mod bucket;
pub mod client_id;
pub mod disconnect;
#[cfg(feature = "chat")]
pub mod fingerprint;
pub mod language;
pub mod limits;
pub mod log;
pub mod rate;
pub mod reexec;
pub mod service_manager;
pub mod socket;
pub mod threads;
pub mod tls;
#[cfg(feature = "chat")]
pub mod wall_clock;
#[cfg(feature = "chat")]
pub mod zone;
