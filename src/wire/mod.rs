//! Formats: what clients may say and what they are told, as bytes.
//!
//! Owns: one file per format.
//! Must not know: threads, sockets, who is told what.
//!
//! Next: `wire/format.rs`.

pub mod classic;
pub mod events;
pub mod file;
pub mod format;
mod html;
pub mod plain;
pub mod v1;
pub mod webchat;

pub use crate::outbox::{Frame, FrameKind, LogPlace};
pub use format::{Format, Reader};
pub use html::Before;
