//! Formats: what clients may say and what they are told, as bytes.
//!
//! Owns: one file per format, and [`Frame`], the encoded form that all clients
//! of a format share.
//! Must not know: threads, sockets, who is told what.
//!
//! Next: `wire/classic.rs`.

pub mod classic;
mod frame;

pub use frame::{Frame, FrameKind};
