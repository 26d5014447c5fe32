//! What lines were called that are kept, and are too long to be in memory from the start: what
//! is sent again under its id is there once, over a restart, too.
//!
//! Owns: that question.
//! Must not know: what the lines say.
//!
//! Next: `history/row.rs`.

use rusqlite::params;

use super::row::{number, signed, used_id};
use super::sql;
use super::store::{Store, StoreError};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::UsedId;

impl Store {
    /// What the last `count` lines before this one were called, oldest first, and up to which
    /// number that is not known. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn used_ids(
        &self,
        epoch: Epoch,
        before: Seq,
        count: usize,
    ) -> Result<(Vec<UsedId>, Seq), StoreError> {
        let mut rows = self.connection.prepare_cached(sql::USED_IDS)?;
        let which = params![signed(epoch.0), signed(before.0), number(count)];
        let (mut ids, mut first) = (Vec::new(), before);
        for row in rows.query_map(which, used_id)? {
            let (seq, used) = row?;
            first = seq;
            ids.extend(used);
        }
        ids.reverse();
        Ok((ids, Seq(first.0.saturating_sub(1))))
    }
}
