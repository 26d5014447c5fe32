//! Reads the ids of older lines that do not fit in memory at the start. By them the hub recognizes
//! a message that a client sends again after a restart, so it is stored only once.
//!
//! Must not know: what the lines say.
//!
//! Room: `history/mod.rs`.

use rusqlite::params;

use super::row::{number, signed, used_id};
use super::sql;
use super::store::{Store, StoreError};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::UsedId;

impl Store {
    /// The ids of the last `count` lines before the number `before`, oldest first. The second value
    /// is the number up to which ids are unknown. Blocks for the disk.
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
