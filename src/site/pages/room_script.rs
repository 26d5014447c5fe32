//! When the live page's script takes over a room's page, and what it reads from the page.
//!
//! Owns: on which pages the script runs.
//! Must not know: what the script does.
//!
//! Part: `site/pages/mod.rs`.

use super::layout::PageScript;
use super::room_page::RoomPage;
use crate::chat::token::Token;
use crate::site::visit::page_request::PageKind;
use crate::site::visit::page_settings::{Refreshing, Updates};

impl RoomPage<'_> {
    /// Returns what the script reads from this page, which has the HTTP status `status`. `None`: it
    /// does not take over this page.
    ///
    /// The script takes over only the page of the newest messages and that of a linked message. It
    /// leaves a page alone if the form on it replies to a message, or if the reader chose another
    /// way to get new messages.
    pub(super) fn script(&self, status: u16) -> Option<PageScript<'_>> {
        let is_open = !self.room.view.is_shut;
        let is_usual = (self.room.wanted.kind == PageKind::Newest
            || self.room.wanted.linked.is_some())
            && self.room.wanted.reply_to.is_none()
            && !self.room.wanted.has_lines
            && self.request.updates == Updates::ByHand
            && self.request.settings.way != Some(Refreshing::Plain);
        let takes_over = status == 200 && is_open && is_usual;
        let takes_over = takes_over && !self.room.is_locked() && !self.room.is_kept_out();
        takes_over.then(|| PageScript {
            room: self.room.name.as_str(),
            message_bytes_max: self.message_bytes_max,
            token: self.room.token.map(Token::reveal),
            is_over: self.room.token.is_none() && self.request.session.token().is_some(),
            in_links: self.room.in_links,
            share: self.share.as_deref(),
            read: self.read_before(),
        })
    }

    /// Returns how far the reader had read the room before this page on any device, 0 if the hub
    /// does not know it. `None`: this page does not count as read.
    fn read_before(&self) -> Option<u64> {
        let (joined, wanted) = (self.room.view.joined.as_ref(), self.room.wanted);
        let joined = joined.filter(|_| wanted.is_front() && self.request.marks_rooms(wanted))?;
        Some(joined.read.map_or(0, |seq| seq.0))
    }
}
