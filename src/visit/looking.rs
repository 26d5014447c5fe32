//! What is on a page: somebody looks at a room, or round about which rooms there are.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//! Owns: what is asked for a page.
//! Must not know: what the page shows of it.
//!
//! Next: `visit/seen.rs`.

use super::errand::{Errand, Look};
use super::seen::Sight;
use super::{Visits, place};
use crate::chat::core::{Aim, Visitor};
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Place, Request, Search};
use crate::chat::room_name::RoomName;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::limits;

impl Visits {
    /// Looks at a room.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn look(&self, look: &Look, errand: &Errand) -> Result<Sight, Disconnect> {
        let who = errand.session().cloned().map_or(Visitor::Stranger, Visitor::Known);
        // To look at a page makes no room; its form does.
        let place = Place { must_exist: true, ..place(&errand.room, look.after) };
        let inside = self.enter(who, Some(place), errand)?;
        // First what is at hand: a search may take as long as a page may.
        inside.ask(Request::Who(errand.room.clone()))?;
        let is_somebody = errand.token.is_some();
        if let Some(name) = look.private_to.as_deref().filter(|_| is_somebody)
            && let Ok(name) = Name::of_somebody(name)
        {
            inside.ask(Request::Present(errand.room.clone(), Box::new(name)))?;
        }
        if look.is_front() && is_somebody {
            let (log, before, count) = (LogName::Private, Seq(u64::MAX), limits::PAGE_LINES);
            inside.ask(Request::History { log, before, count })?;
        }
        inside.ask(Request::Rooms)?;
        inside.ask(lines_of(look, &errand.room))?;
        let (mut sight, mut is_answered) = (Sight::default(), false);
        while !is_answered && let Some(told) = inside.next() {
            if let Told::History { log: LogName::Private, entries, .. } = &told
                && look.is_front()
            {
                sight.letters.clone_from(entries);
                continue;
            }
            is_answered = sight.ends_with(&told);
            sight.take(told);
        }
        if !is_answered && (look.find.is_some() || look.before.is_some()) {
            // The disk has not answered in time; nobody knows what there is.
            sight.refused.get_or_insert(Refused::Unreadable);
        }
        Ok(sight)
    }

    /// Sees where a room's log is, without being there.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn see(&self, errand: &Errand) -> Result<Sight, Disconnect> {
        let who = errand.session().cloned().map_or(Visitor::Stranger, Visitor::Known);
        let place = place(&errand.room, None);
        let inside = self.enter_for(Aim::Sight, who, Some(place), None, errand)?;
        let mut sight = Sight::default();
        while sight.joined.is_none()
            && let Some(told) = inside.next()
        {
            let is_refused = matches!(told, Told::Refused { .. });
            sight.take(told);
            if is_refused {
                break;
            }
        }
        Ok(sight)
    }

    /// Looks which rooms there are, and is in none of them.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn look_round(&self, errand: &Errand) -> Result<Sight, Disconnect> {
        let who = errand.session().cloned().map_or(Visitor::Stranger, Visitor::Known);
        let inside = self.enter(who, None, errand)?;
        inside.ask(Request::Rooms)?;
        let mut sight = Sight::default();
        while !sight.has_rooms
            && let Some(told) = inside.next()
        {
            sight.take(told);
        }
        Ok(sight)
    }
}

/// What is asked for the lines of a page.
fn lines_of(look: &Look, room: &RoomName) -> Request {
    let log = match look.private_to {
        Some(_) => LogName::Private,
        None => LogName::Room(room.clone()),
    };
    let before = look.before.unwrap_or(Seq(u64::MAX));
    // Of those with everybody, the page has those with one.
    let is_one = look.private_to.as_ref().is_some_and(|to| !to.is_empty());
    let count = if is_one { limits::HISTORY_PAGE_MAX } else { limits::PAGE_LINES };
    match look.find.as_ref().and_then(|find| find.sought().ok()) {
        Some(sought) => Request::Search(Box::new(Search { log, sought, before, count })),
        None => Request::History { log, before, count },
    }
}
