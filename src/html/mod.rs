//! Pieces of HTML that several kinds of pages share: sentences, URLs, links, a line of a log. Pages
//! without scripts use them. So does the page that never ends, to which the server adds each new
//! line.
//!
//! Owns: how each piece is escaped, and in which direction it reads; the words of both languages.
//! Must not know: which page a piece is on, who looks at it.
//!
//! Part: this file is its entry.

pub mod address;
mod code;
pub mod link;
pub(crate) mod mention;
pub mod qr_code;
pub mod quote;
pub mod reasons;
pub mod row;
pub mod sentences;
pub mod text;
pub mod when;
