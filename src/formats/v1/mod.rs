//! The format `threadbare.v1`: JSON texts. Clients have names, lines have numbers, and a client
//! that connects again gets the lines that it has missed.
//!
//! `docs/PROTOCOL.md` describes the format in full. `decode.rs` reads what a client sends, and
//! `encode.rs` writes what it receives.
//!
//! Must not know: which client receives what.
//!
//! Part: `formats/mod.rs`.

pub mod decode;
mod encode;
mod faults;
mod fields;
mod position;
mod shape;

pub use encode::{
    bye, bye_text, encode_line, encode_reply, encode_reply_at, line_text, reply_text,
};

/// The number of the format's version. The hello of a client and the welcome of the server contain
/// it.
pub const VERSION: u32 = 1;
