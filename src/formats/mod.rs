//! The formats: how requests and answers look as bytes.
//!
//! Owns: one file per format.
//! Must not know: threads, sockets, which client receives what.
//!
//! Part: this file is its entry.

pub mod classic;
pub mod events;
pub mod export;
pub mod file;
pub mod format;
pub mod hello;
mod html;
pub mod plain;
pub mod v1;
pub mod webchat;

pub use crate::server::outbox::{Frame, FrameKind, LogPosition};
pub use format::{Arrival, Format, PersonalFormat};
pub use html::{EpochMark, LivePage};
