//! How the core gets its state when the server starts, from what an earlier run has stored.
//!
//! Owns: the order in which the stored people, rooms and logs are restored.
//! Must not know: where they are stored.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;

use super::correspondents::add_receivers;
use crate::base::limits;
use crate::chat::core::logs::{Log, LogBounds, Logs};
use crate::chat::core::members::Members;
use crate::chat::core::network_limits::NetworkLimits;
use crate::chat::core::people::People;
use crate::chat::core::people::hosts::HostLinks;
use crate::chat::core::people::rights::Right;
use crate::chat::core::people::sessions::restore_own_right;
use crate::chat::core::people::unread::restore_unread;
use crate::chat::core::private_logs::PrivateLogs;
use crate::chat::core::rooms::Rooms;
use crate::chat::core::{Core, LogId, Moment, Start};
use crate::chat::log_name::LogName;
use crate::chat::record::{PastLog, StoredPrivateLog, StoredRoom};

/// Makes a core with the lobby and with the stored people and logs. No client is connected yet.
pub(crate) fn started_core(Start { settings, stored }: Start, now: Moment) -> Core {
    // Lines that the core has not read from the history's file may have authors whose ids the core
    // does not know. So the ids of new people are higher than the current time in seconds. If
    // earlier runs of the server made fewer than one person each second, no new person gets the id
    // of an author that the core does not know.
    let last_id = stored.last_person().max(now.utc.0 / 1000);
    let last_number = stored.last_guest_number();
    let kept_and_key = (settings.name_kept, settings.server_key);
    let people = People::restored(last_id, last_number, stored.people, kept_and_key, now);
    let mut core = Core {
        network_limits: NetworkLimits::new(settings.server_key),
        logs: Logs::new(settings.epoch_seed),
        rooms: Rooms::new(&settings),
        settings,
        now,
        members: Members::default(),
        people,
        host_links: HostLinks::default(),
        private_logs: PrivateLogs::default(),
        is_stopping: false,
        effects: Vec::new(),
    };
    restore_rooms(&mut core, stored.rooms);
    restore_private_logs(&mut core, stored.private);
    restore_unread(&mut core.people, stored.unread);
    open_lobby(&mut core);
    core
}

fn restore_rooms(core: &mut Core, rooms: Vec<PastLog<StoredRoom>>) {
    let bytes_max = limits::room_log_bytes_max(rooms.len());
    for past in rooms {
        let authors = past.lines.iter().filter_map(|line| line.author);
        let authors: BTreeSet<_> = authors.chain(past.ids.iter().map(|id| id.author)).collect();
        for author in authors {
            core.people.restore_known(author, false);
        }
        let StoredRoom { password, let_in, .. } = &past.stored;
        let (password, sessions) = (password.clone(), let_in.sessions.clone());
        let id = core.rooms.restore(&mut core.logs, past, bytes_max);
        let Some(password) = password else { continue };
        for (person, token) in sessions {
            let right = Right::Opened(id, password.clone());
            restore_own_right(&mut core.people, person, &token, right);
        }
    }
}

/// Restores the logs of private messages from the file. A log whose owner the core does not know is
/// not restored, but deleted from the file.
fn restore_private_logs(core: &mut Core, mut logs: Vec<PastLog<StoredPrivateLog>>) {
    add_receivers(&mut logs);
    let bytes_max = limits::private_log_bytes_max(logs.len());
    for past in logs {
        let StoredPrivateLog { person, epoch, .. } = past.stored;
        if core.people.name(person).is_none() {
            // The log has no owner: the file does not have the person, or the server process ended
            // after it forgot the person and before it deleted the log.
            core.logs.end_unrestored(epoch);
            continue;
        }
        let bounds = LogBounds::PRIVATE;
        let id = core.logs.restore(LogName::Private, epoch, past, bounds, bytes_max);
        let gone_since = core.people.gone_since(person);
        let newest = core.logs.get(id).and_then(Log::newest_at);
        let has_unread = gone_since.zip(newest).is_some_and(|(gone, newest)| gone <= newest);
        core.people.restore_known(person, has_unread);
        // What came before the person left counts as read.
        let read = gone_since.and_then(|gone| Some(core.logs.get(id)?.newest_before(gone)));
        core.people.restore_read(person, id, read.unwrap_or_default());
        core.private_logs.add(person, id);
    }
}

pub(super) fn open_lobby(core: &mut Core) -> LogId {
    core.rooms.lobby(&mut core.logs, core.now.chat_time)
}
