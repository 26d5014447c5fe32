//! A damaged history is set aside, whole, and what can be read of it is in the new one.
//!
//! Owns: in which order: until all that can be is taken over, the damaged file stays where it
//! is, so a crash in between costs nothing. And what the host is told of it.
//! Must not know: how a damaged file is read.
//!
//! Next: `history/salvage.rs`.

use super::NoHistory;
use super::access::Access;
use super::folder::Folder;
use super::salvage::{Rescued, When, salvage};
use super::store::{Store, StoreError};
use crate::chat_config::{Flush, HistoryConfig};
use crate::limits;

/// Sets the damaged file aside and puts a new one in its place; what is to be said of that
/// to the host. Blocks for the disk.
///
/// # Errors
/// See [`NoHistory`]; the damaged file is where it was.
pub(super) fn rescue(
    folder: &Folder,
    config: &HistoryConfig,
    error: &StoreError,
    access: Option<&Access>,
    when: When,
) -> Result<String, NoHistory> {
    let rescued = take_over(folder, config, access, when);
    if let Err(error) = &rescued
        && when == When::Start
        && !error.is_damage()
    {
        // Another time it may be possible: the disk is full.
        folder.end_rescue().map_err(NoHistory::NotSetAside)?;
        return Err(rescued.map(drop).map_or_else(NoHistory::from, |()| NoHistory::NoRoom));
    }
    let aside = folder.set_aside().map_err(NoHistory::NotSetAside)?;
    let aside = aside.display();
    tracing::error!(%error, %aside, "the history is damaged; it is set aside, and a new one begins");
    match rescued {
        Ok(rescued) => {
            folder.take_rescued().map_err(NoHistory::NotSetAside)?;
            tell(&rescued, access.is_some());
            Ok(in_words(&rescued, access.is_some()))
        }
        Err(error) => {
            tracing::error!(%error, "nothing could be taken over of the damaged history");
            Ok("nothing of it could be read".to_owned())
        }
    }
}

fn take_over(
    folder: &Folder,
    config: &HistoryConfig,
    access: Option<&Access>,
    when: When,
) -> Result<Rescued, StoreError> {
    drop(folder.end_rescue());
    let bytes_max = config.retention.bytes_max.saturating_mul(limits::RESCUED_BYTES_FACTOR);
    let mut store = Store::open(&folder.rescued(), Flush::EachTwoSeconds, bytes_max)?;
    let rescued = salvage(&folder.file(), &mut store, access, when)?;
    store.settle()?;
    Ok(rescued)
}

/// Nothing says of any line that it was there and is not; of some that may be so.
const UNKNOWN: &str = "an unknown number of";

/// For the greeting at the start.
fn in_words(rescued: &Rescued, has_access: bool) -> String {
    let Rescued { rooms, people, lines, lost, homeless, sealed } = *rescued;
    let lost = match lost + homeless {
        0 => UNKNOWN.to_owned(),
        lost => format!("at least {lost}"),
    };
    let mut words = format!(
        "{lines} lines, {rooms} rooms and {people} people are taken over, {lost} lines are lost"
    );
    if sealed > 0 {
        words += &format!("; {sealed} rooms and names are closed until you say --unseal");
    }
    if !has_access {
        words += "; other rooms and names are free for anybody now, locked or not";
    }
    words
}

fn tell(rescued: &Rescued, has_access: bool) {
    let Rescued { rooms, people, lines, lost, homeless, sealed } = *rescued;
    let lost = if lost == 0 { "unknown number".to_owned() } else { lost.to_string() };
    tracing::error!(
        rooms,
        people,
        lines,
        %lost,
        homeless,
        "what can be read of the damaged history is taken over; at least so many lines are lost, \
         and so many are of rooms that nobody knows any more"
    );
    if sealed > 0 {
        tracing::error!(
            sealed,
            "rooms and names whose locks nobody knows stay closed; --unseal opens them"
        );
    }
    if !has_access {
        tracing::error!(
            "the file \"access\" is missing or damaged, too: a room or a name that is not among \
             these is free, whoever had it"
        );
    }
}
