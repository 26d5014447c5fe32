//! How a person leaves for good: all their lines, their name and their sessions are removed.
//!
//! In each log that memory knows the person from, the lines lose their text and their author, and
//! one new line says which lines these were ([`RemovedLines`]). It names nobody. The person's own
//! log of private messages ends. Lines that are only in the history's file are removed there
//! (`history/store/removal.rs`).
//!
//! Owns: who may have this done, and its order.
//! Must not know: how the file forgets the lines.
//!
//! Part: `chat/core/mod.rs`.
//!
//! [`RemovedLines`]: crate::chat::removed_lines::RemovedLines

use super::leaving::{remove_forgotten, take_out};
use super::posting::add_line;
use super::presence::{tell_presence, tell_presence_of_name};
use super::refuse;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::core::logs::NewEntry;
use crate::chat::core::people::Author;
use crate::chat::core::people::secrets::must_wait_for_secret;
use crate::chat::core::rooms::rules::forget_name_on_record;
use crate::chat::core::{Changed, Core, Effect, LogId, Made};
use crate::chat::entry::{Entry, EntryKind, Speaker};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;

/// Removes the client's person. Refused if `typed` is not the person's present name; if another
/// session of the person has sent a new secret, which is pending; or if too many people of the
/// client's network were removed lately.
pub(super) fn remove_person(core: &mut Core, client: ClientId, typed: &Name) {
    let person = core.person(client);
    let own = person.filter(|person| core.people.name(*person) == Some(typed));
    let Some(person) = own else { return refuse(core, client, None, Refused::NotYourName) };
    let now = core.now.chat_time;
    if must_wait_for_secret(&core.people, person, client, None, now) {
        return refuse(core, client, None, Refused::WrongSecret);
    }
    let network = core.network_of(client);
    let may = core.network_limits.check_may_make(Made::Removal, network, now, &mut core.effects);
    if let Err(wait) = may {
        return refuse(core, client, None, Refused::TooFast(wait));
    }
    core.network_limits.note_made(Made::Removal, network, now, 1);
    // All `Effect::Changed` of an event come before its other effects.
    core.effects.push(Effect::Changed(Changed::RemovedPerson(person)));
    let own_log = core.private_log_of(client);
    core.private_logs.end(&mut core.logs, person);
    let told = remove_lines(core, person);
    for device in core.people.clients(person).to_vec() {
        core.effects.extend(own_log.map(|log| Effect::Unfollow(device, log)));
        leave_all_rooms(core, device, person, &told);
        core.effects.push(match device == client {
            true => Effect::Forgotten(client, person),
            false => Effect::End(device, Disconnect::SessionLeft),
        });
    }
    for room in core.rooms.stop_waiting_for(Author::Person(person), now) {
        if !told.contains(&room) {
            tell_presence_of_name(core, room, typed.clone(), false, None);
        }
    }
    forget_name_on_record(&mut core.rooms, &mut core.logs, typed);
    core.people.remove(person);
    remove_forgotten(core);
}

/// Removes the person's lines from all logs in memory, and adds to each of these logs the line that
/// says so. By its numbers it also says that a pin is gone. Returns these logs.
fn remove_lines(core: &mut Core, person: PersonId) -> Vec<LogId> {
    core.rooms.forget_names_replied_to();
    let pins = core.rooms.pins(|_, pin| pin.is_by(Some(person)));
    let removed = core.logs.remove_lines_of(Author::Person(person), &pins);
    let is_removed = |id, pin: &Entry| removed.get(&id).is_some_and(|lines| lines.has(pin.seq));
    core.rooms.unpin_if(&mut core.logs, is_removed);
    let told = removed.keys().copied().collect();
    for (log, lines) in removed {
        let (author, by, what) = (Author::Nobody, Speaker::removed(), EntryKind::Removed(lines));
        add_line(core, log, NewEntry { author, by, id: None, reply_to: None, what }, None);
    }
    told
}

/// Lets the device leave its rooms. The rooms in `told`, which have got the line about the removal,
/// get no notice of it, because that would say, next to the line, whose lines these were.
fn leave_all_rooms(core: &mut Core, device: ClientId, person: PersonId, told: &[LogId]) {
    for room in core.members.rooms(device).to_vec() {
        let author = Author::Person(person);
        let has_left = take_out(core, device, room, author);
        if has_left && !told.contains(&room) {
            tell_presence(core, room, author, false, None);
        }
    }
}
