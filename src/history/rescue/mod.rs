//! Replaces a damaged history: renames its file, and puts in its place a new one with all that can
//! be read.
//!
//! Owns: the order of the steps. The damaged file stays where it is until everything readable is
//! copied, so a crash in between loses nothing. It also owns what the operator is told.
//! Must not know: how a damaged file is read.
//!
//! Part: `history/mod.rs`.

mod salvage;
mod salvaged_records;

use self::salvage::{Rescued, salvage};
use crate::chat::config::{Flush, HistoryConfig};
use crate::history::folder::{DAMAGED, HistoryFolder};
use crate::history::store::{Store, StoreError};
use crate::history::{NoHistory, protection_copy::Protection};

/// While the history copies lines from a damaged file, the new file may be this many times as large
/// as `--keep-size` allows, because the pages of the new file are only half full.
const RESCUED_BYTES_FACTOR: u64 = 3;

/// Whether the damage was found at the start of the server or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DamageSeen {
    /// The server starts. It knows no more than what the damaged file and the protection copy say.
    Start,
    /// The server runs. The hub has everything except old lines in memory, and sends it again.
    Running,
}

/// Copies what can be read of the damaged history into a new file, renames the damaged file, and
/// puts the new one in its place. If the copying fails because of damage, the damaged file is
/// renamed, too, and no file is in its place. Returns a text for people about what was rescued and
/// lost. Blocks for the disk.
///
/// # Errors
/// See [`NoHistory`]. The damaged file is where it was, or it is renamed and the next start goes on
/// from there (`HistoryFolder::end_rescue`).
pub(crate) fn rescue(
    folder: &HistoryFolder,
    config: &HistoryConfig,
    error: &StoreError,
    protection: Option<&Protection>,
    when: DamageSeen,
) -> Result<String, NoHistory> {
    let rescued = match copy_readable(folder, config, protection, when) {
        Err(error) if when == DamageSeen::Start && !error.is_damage() => {
            // The new file cannot be written now, for example because the disk is full. Keep the
            // damaged file in its place, because a later start of the server may succeed.
            folder.end_rescue().map_err(NoHistory::NotSetAside)?;
            return Err(error.into());
        }
        other => other,
    };
    let aside = folder.set_aside(DAMAGED).map_err(NoHistory::NotSetAside)?;
    let aside = aside.display();
    tracing::error!(%error, %aside, "the history is damaged; it is set aside, and a new one begins");
    match rescued {
        Ok(rescued) => {
            folder.take_rescued().map_err(NoHistory::NotSetAside)?;
            report_rescue(&rescued, protection.is_some());
            Ok(in_words(&rescued, protection.is_some()))
        }
        Err(error) => {
            tracing::error!(%error, "nothing could be recovered from the damaged history");
            Ok("nothing of it could be read".to_owned())
        }
    }
}

fn copy_readable(
    folder: &HistoryFolder,
    config: &HistoryConfig,
    protection: Option<&Protection>,
    when: DamageSeen,
) -> Result<Rescued, StoreError> {
    drop(folder.end_rescue());
    let bytes_max = config.retention.bytes_max.saturating_mul(RESCUED_BYTES_FACTOR);
    let mut store = Store::open(&folder.rescued(), Flush::EachTwoSeconds, bytes_max)?;
    let rescued = salvage(&folder.file(), &mut store, protection, when)?;
    store.checkpoint()?;
    Ok(rescued)
}

/// What the operator reads instead of the number of lost lines if the rescue has noticed no loss.
/// Lines that no index lists may be lost, too.
const UNKNOWN: &str = "an unknown number of";

fn in_words(rescued: &Rescued, has_protection: bool) -> String {
    let Rescued { rooms, people, lines, lost, lines_without_room, sealed } = *rescued;
    let lost = match lost + lines_without_room {
        0 => UNKNOWN.to_owned(),
        lost => format!("at least {lost}"),
    };
    let mut words = format!(
        "{lines} lines, {rooms} rooms and {people} people are taken over, {lost} lines are lost"
    );
    if sealed > 0 {
        words += &format!("; {sealed} rooms and names are closed until you say --unseal");
    }
    if !has_protection {
        words += "; other rooms and names are free for anybody now, locked or not";
    }
    words
}

fn report_rescue(rescued: &Rescued, has_protection: bool) {
    let Rescued { rooms, people, lines, lost, lines_without_room, sealed } = *rescued;
    let lost = if lost == 0 { "unknown number".to_owned() } else { lost.to_string() };
    tracing::error!(
        rooms,
        people,
        lines,
        %lost,
        lines_without_room,
        "the readable part of the damaged history is taken over; lost: at least so many lines; \
         lines_without_room: lines that were read, but nothing says of which room"
    );
    if sealed > 0 {
        tracing::error!(
            sealed,
            "rooms and names whose passwords or secrets were lost stay closed; --unseal opens them"
        );
    }
    if !has_protection {
        tracing::error!(
            "the file \"access\" is missing or damaged, too: every other room or name is free now, \
             and anybody can take it"
        );
    }
}
