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

use std::path::Path;
use std::time::Instant;

use crate::base::limits;
use crate::history::store::schema::is_newer;
use crate::history::{sqlite_file::DatabasePages, store::StoreError};
pub(crate) use startup_loss::StartupLoss;
pub(crate) use watch::FileWatch;

/// Checks the pages of a file that no program has open. It does not check an empty file (which is
/// new), a file of a newer schema, or a file that cannot be opened. Blocks for the disk. The check
/// of all rows ends after `limits::START_CHECK_MAX`; the checks before it have no time limit.
///
/// # Errors
/// `Overwritten`, if a page was found that is not as SQLite wrote it.
pub(crate) fn check_pages(file: &Path) -> Result<(), StoreError> {
    let Ok(mut pages) = DatabasePages::open(file) else { return Ok(()) };
    if pages.count() == 0 || pages.schema_version().is_some_and(is_newer) {
        return Ok(());
    }
    if !page_check::are_branches_intact(&mut pages) {
        return Err(StoreError::Overwritten("a page points to the wrong pages"));
    }
    if !page_check::are_trees_intact(&mut pages, Instant::now() + limits::START_CHECK_MAX) {
        return Err(StoreError::Overwritten("a page is not as SQLite wrote it"));
    }
    Ok(())
}
