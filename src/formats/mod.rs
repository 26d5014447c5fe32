//! The formats: how requests and answers look as bytes, and how a client of each format joins.
//!
//! Owns: a file or a folder per format. Only `arrival/` reads sockets, on the thread of each
//! client. All other files turn values into bytes and texts into values. They block only on the
//! digest of a secret or a password.
//! Must not know: which client receives what.
//!
//! Part: this file is its entry.

pub mod arrival;
pub mod classic;
pub mod events;
pub mod export;
pub mod file;
pub mod format;
mod html;
pub mod plain;
pub mod plain_input;
pub mod v1;
pub mod webchat;

pub use crate::server::outbox::{Frame, FrameKind, LogPosition};
pub use format::{Arrival, Format, PersonalFormat};
pub(crate) use html::beat;
pub use html::{EpochMark, LivePage, NewLines, PINGS_APART_MAX, ShownRoomMark};
