//! The format `threadbare.v1`: JSON texts. Clients have names, lines have numbers, and a client
//! that connects again gets the lines that it has missed, if the server still has them.
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
pub mod fields;
mod keeping;
mod position;
mod shape;
mod shape_keeping;

pub use encode::{answer_text, bye, bye_text, encode_answer, encode_line, line_text};

/// The number of the format's version. The server's welcome contains it. A client's hello may say
/// which versions the client knows.
pub const VERSION: u32 = 1;
