//! The format `threadbare.v1`: JSON texts. Clients have names, lines have numbers, and a client
//! that connects again gets the lines that it has missed.
//!
//! `docs/PROTOCOL.md` describes it in full. There is one file for each direction.
//!
//! Must not know: which client receives what.
//!
//! Part: `formats/mod.rs`.

pub mod ask;
mod faults;
mod fields;
mod place;
mod shape;
pub mod tell;

/// The version of the format, as hello and welcome exchange it.
pub const VERSION: u32 = 1;
