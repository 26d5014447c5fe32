//! The files that the server sends to browsers: those of the chat's built-in pages, and those of an
//! operator's own folder.
//!
//! Owns: nothing itself. The files in its folder own the URLs, the reading and the packing of what
//! the server sends.
//! Must not know: which page a request is for.
//!
//! Part: this file is its entry.

#[cfg(feature = "chat")]
pub mod built_in;
mod content_type;
mod file_cache;
mod front_page;
mod operator_page;

pub(crate) use content_type::content_type;
pub use front_page::FrontPage;
pub use operator_page::{BadAssets, OperatorPage};
