//! What the chat knows of a client that has a line, besides the line.
//!
//! Owns: by which name a client is told, what it hears, and which lines it was told again.
//! Must not know: who is told what.
//!
//! Next: `telling/visits.rs`.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use crate::chat::core::RoomId;
use crate::chat::entry::Entry;
use crate::chat::told::Told;
use crate::limits;
use crate::outbox::{Frame, LogPlace};
use crate::wire::{Format, Reader};

/// A client that is told frames.
pub(super) struct Listener {
    pub(super) format: Format,
    /// By which name it is told, if its format does that.
    pub(super) reader: Option<Arc<dyn Reader>>,
    addr: Option<IpAddr>,
    pub(super) hears: Vec<RoomId>,
    /// The last lines that it was told again while it catches up, if its format shows an edit
    /// as a line.
    pub(super) retold: VecDeque<Arc<Entry>>,
    /// Lines were missing of what it was told.
    has_hole: bool,
}

impl Listener {
    /// A newcomer as it comes; it hears nothing until it is welcome.
    pub(super) fn new(format: Format, addr: Option<IpAddr>) -> Self {
        Self {
            format,
            reader: None,
            addr,
            hears: Vec::new(),
            retold: VecDeque::new(),
            has_hole: false,
        }
    }

    /// Those of these lines that it is told again: an edit is none if its line was told in this
    /// form.
    pub(super) fn retells<'a>(&mut self, entries: &'a [Arc<Entry>]) -> Cow<'a, [Arc<Entry>]> {
        if self.format != Format::Plain {
            return Cow::Borrowed(entries);
        }
        let is_new = |entry: &&Arc<Entry>| {
            !self.format.is_repeated(entry, self.retold.iter().chain(entries))
        };
        let told = entries.iter().filter(is_new).cloned().collect();
        self.retold.extend(entries.iter().cloned());
        let older = self.retold.len().saturating_sub(limits::RETOLD_LINES_MAX);
        self.retold.drain(..older);
        Cow::Owned(told)
    }

    /// An answer or a notice. Whose format tells everybody by name learns that here, and
    /// another one, which its rooms are told beside that.
    pub(super) fn told(&mut self, told: &Told, text_bytes_max: usize) -> Option<Frame> {
        match told {
            Told::TooOld { .. } | Told::Skipped { damaged: true, .. } => self.has_hole = true,
            Told::Welcome { name, .. } | Told::Renamed { to: name, .. } => {
                if let Some(reader) = self.format.reader(name, self.addr) {
                    let is_first = self.reader.is_none();
                    let reader = self.reader.insert(reader);
                    return is_first.then(|| reader.greeting()).flatten();
                }
            }
            _ => {}
        }
        match &self.reader {
            Some(reader) => reader.told(told),
            None => self.format.told(told, text_bytes_max),
        }
    }

    /// That it has all of a log.
    pub(super) fn caught_up(
        &self,
        told: &Told,
        text_bytes_max: usize,
        place: LogPlace,
    ) -> Option<Frame> {
        self.format.caught_up(told, text_bytes_max, place, !self.has_hole)
    }
}
