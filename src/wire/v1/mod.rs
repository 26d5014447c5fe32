//! The format `threadbare.v1`: JSON texts with names, numbers and resume.
//!
//! Described in full in `docs/PROTOCOL.md`; one file for each direction.
//!
//! Owns: nothing itself.
//! Must not know: who is told what.
//!
//! Next: `wire/v1/ask.rs`.

pub mod ask;
mod faults;
mod fields;
mod place;
mod shape;
pub mod tell;

/// The version of the format, as hello and welcome exchange it.
pub const VERSION: u32 = 1;
