//! What the chat knows of a client with a connection, except the connection itself.
//!
//! Owns: the name in this client's frames, the logs from which it receives new lines, and the
//! newest lines that it received while it caught up.
//! Must not know: which client receives what.
//!
//! Part: `chat_rule/delivery/mod.rs`.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use crate::chat::answer::Answer;
use crate::chat::core::LogId;
use crate::chat::entry::Entry;
use crate::formats::{Format, PersonalFormat};
use crate::server::outbox::Frame;

/// While a client of the plain format catches up, the hub remembers this many of the newest lines
/// that it has sent to the client. So it can leave out an edit whose new text the client has
/// received already.
const SENT_LINES_REMEMBERED_MAX: usize = 128;

#[derive(Default)]
pub(super) struct ReachedClient {
    pub(super) format: Format,
    /// Makes frames for this client's own name. `None`: the client's format does not need the name,
    /// or the client has no name yet.
    pub(super) personal: Option<Arc<dyn PersonalFormat>>,
    addr: Option<IpAddr>,
    pub(super) logs: Vec<LogId>,
    /// The newest lines that this client has received in its present catch-up. An edit or a
    /// deletion is not sent if one of these lines already shows its result. Only a client of the
    /// plain format has such lines here.
    pub(super) retold: VecDeque<Arc<Entry>>,
    /// True if the client was told that it cannot get some lines, because they are too old or
    /// damage destroyed them.
    pub(super) has_gap: bool,
}

impl ReachedClient {
    pub(super) fn new(format: Format, addr: Option<IpAddr>) -> Self {
        Self { format, addr, ..Self::default() }
    }

    /// Returns those lines of `entries` that the client must receive while it catches up. A client
    /// of the plain format does not receive an edit or a deletion if another line shows it the
    /// result.
    pub(super) fn missed_lines<'a>(&mut self, entries: &'a [Arc<Entry>]) -> Cow<'a, [Arc<Entry>]> {
        if !self.format.retells() {
            return Cow::Borrowed(entries);
        }
        let is_new = |entry: &&Arc<Entry>| {
            !self.format.is_repeated(entry, self.retold.iter().chain(entries))
        };
        let new_lines = entries.iter().filter(is_new).cloned().collect();
        self.retold.extend(entries.iter().cloned());
        let older = self.retold.len().saturating_sub(SENT_LINES_REMEMBERED_MAX);
        self.retold.drain(..older);
        Cow::Owned(new_lines)
    }

    /// Makes the frame of an answer or a notice. `None`: the format sends nothing for it. A welcome
    /// or a new name may change `personal`. Then the caller must give `personal` to the audience of
    /// each log whose new lines the client receives at once.
    pub(super) fn encode_answer(
        &mut self,
        answer: &Answer,
        text_bytes_max: usize,
    ) -> Option<Frame> {
        match answer {
            Answer::TooOld { .. } | Answer::Skipped { damaged: true, .. } => self.has_gap = true,
            Answer::Welcome { name, .. } | Answer::Renamed { to: name, .. } => {
                let former = match answer {
                    Answer::Welcome { former, .. } => former.as_ref(),
                    _ => None,
                };
                if let Some(personal) = self.format.personal(name, former, self.addr) {
                    let is_first = self.personal.is_none();
                    let personal = self.personal.insert(personal);
                    return is_first.then(|| personal.greeting()).flatten();
                }
            }
            _ => {}
        }
        match &self.personal {
            Some(personal) => personal.encode_answer(answer),
            None => self.format.encode_answer(answer, text_bytes_max),
        }
    }
}
