//! Finds damage that SQLite does not report: SQLite trusts the pages and the write-ahead log that
//! it finds.
//!
//! Each file here has one check: `startup_loss.rs` what is missing when the server starts,
//! `page_check.rs` the pages of a file, `line_checksum.rs` one line, and `watch.rs` the file while
//! the server runs.
//!
//! Owns: which checks are made before SQLite opens the file.
//! Must not know: what becomes of a damaged file.
//!
//! Part: `history/mod.rs`.

pub(crate) mod line_checksum;
pub(crate) mod page_check;
mod startup_loss;
mod watch;

pub(crate) use page_check::check_pages;
pub(crate) use startup_loss::StartupLoss;
pub(crate) use watch::FileWatch;
