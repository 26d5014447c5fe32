//! What a client speaks, and how each format says what the hub decides.
//!
//! Most formats tell all who read them the same bytes, so a line is encoded once for
//! each of them; two tell everybody by name ([`Reader`]).
//!
//! Owns: the list of formats, what their texts ask for, and their last words.
//! Must not know: threads, sockets, who is told what.
//!
//! Next: `wire/classic.rs`, then `wire/webchat.rs`.

use std::fmt::Debug;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::{Before, Frame, LogPlace, classic, events, file, html, plain, v1, webchat};
use crate::chat::entry::Entry;
use crate::chat::name::Name;
use crate::chat::request::Request;
use crate::chat::told::Told;
use crate::client::reader::Conversation;
use crate::client::{ClientFormat, Peer, Seat};
use crate::disconnect::Disconnect;
use crate::export::Form;
use crate::greeting::{self, GreetingSettings};
use crate::hub::{Answer, Registered};
use crate::telling::arrival::Arrival;
use crate::words::Language;

/// What a client speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Plain texts in WebSocket frames, no names.
    #[default]
    Classic,
    /// JSON with names, numbers and resume: the subprotocol `threadbare.v1`.
    V1,
    /// JSON as some classic chats send it: the subprotocol `webchat`.
    Webchat,
    /// The JSON of `threadbare.v1` as server-sent events, one way.
    Events,
    /// Lines of text, as a terminal shows them.
    Plain,
    /// A page that never ends.
    Html {
        /// In these words.
        language: Language,
        /// Its session is in its address.
        in_links: bool,
        /// Who comes and goes is of interest.
        comings: bool,
        /// The log that was seen before.
        before: Before,
    },
    /// All of one room, as a file of this form.
    File(Form),
}

/// One client of a format that tells everybody by name.
pub trait Reader: Debug + Send + Sync {
    /// A line of a log; `room` is the hub's number of it. `None`: nothing that this
    /// format has words for.
    fn tell(&self, room: NonZeroU64, entry: &Entry) -> Option<Frame>;
    /// The same of a line that was said before; `own`: this reader has said it.
    fn retell(&self, room: NonZeroU64, entry: &Entry, own: bool) -> Option<Frame> {
        let _ = own;
        self.tell(room, entry)
    }
    /// What only this client is told, or all of a room beside its log.
    fn told(&self, told: &Told) -> Option<Frame>;
    /// What it is told first.
    fn greeting(&self) -> Option<Frame>;
}

impl Format {
    /// The formats that tell all who read them the same.
    pub const SHARED: [Self; 4] = [Self::Classic, Self::V1, Self::Events, Self::Plain];

    /// As a handshake names it; the other formats have no name.
    pub fn subprotocol(self) -> Option<&'static str> {
        match self {
            Self::V1 => Some("threadbare.v1"),
            Self::Webchat => Some("webchat"),
            Self::Classic | Self::Events | Self::Plain | Self::Html { .. } | Self::File(_) => None,
        }
    }

    /// The first of the offered subprotocols that is spoken here; the classic
    /// format if there is none, which is what RFC 6455 4.2.2 wants of a server
    /// that agrees to none of them.
    pub fn choose<'a>(offered: impl Iterator<Item = &'a str>) -> Self {
        let mut names = offered.flat_map(|list| list.split(',')).map(str::trim);
        let spoken = |name| [Self::V1, Self::Webchat].into_iter().find(|it| it.is_called(name));
        names.find_map(spoken).unwrap_or_default()
    }

    /// Whether a handshake that offers `name` means this.
    pub fn is_called(self, name: &str) -> bool {
        self.subprotocol() == Some(name)
    }

    /// Somebody who is told by this name; `None`: this format tells all the same.
    pub fn reader(self, name: &Name, addr: Option<IpAddr>) -> Option<Arc<dyn Reader>> {
        match self {
            Self::Webchat => Some(Arc::new(webchat::Reader { name: name.clone(), addr })),
            Self::Html { language, in_links, comings, before } => {
                let name = name.clone();
                Some(Arc::new(html::Reader { name, language, in_links, comings, before }))
            }
            Self::Classic | Self::V1 | Self::Events | Self::Plain | Self::File(_) => None,
        }
    }

    /// A line of a log, for all who read this format; `room` is the hub's number of it.
    /// `None`: nothing that it has words for.
    pub fn tell(self, room: NonZeroU64, entry: &Entry) -> Option<Frame> {
        match self {
            Self::Classic => classic::tell(entry),
            Self::V1 => Some(v1::tell::entry(room, entry, false)),
            Self::Events => Some(events::entry(room, entry, false)),
            Self::Plain => plain::tell(room, entry),
            Self::File(form) => file::tell(form, room, entry),
            Self::Webchat | Self::Html { .. } => None,
        }
    }

    /// The same of a line that was said before, for one who reads this format; `own`: who has
    /// said it. What is told to all at once cannot say that.
    pub fn retell(self, room: NonZeroU64, entry: &Entry, own: bool) -> Option<Frame> {
        match self {
            Self::V1 => Some(v1::tell::entry(room, entry, own)),
            Self::Events => Some(events::entry(room, entry, own)),
            _ => self.tell(room, entry),
        }
    }

    /// Whether a reader of this format needs no word of this edit, for one of these lines that
    /// it was just told reads as the edit says. Others are told which line an edit changes.
    pub fn is_repeated<'a>(
        self,
        entry: &Entry,
        lines: impl Iterator<Item = &'a Arc<Entry>>,
    ) -> bool {
        self == Self::Plain && plain::is_repeated(entry, lines)
    }

    /// An answer. `text_bytes_max` is the longest text of a message.
    pub fn told(self, told: &Told, text_bytes_max: usize) -> Option<Frame> {
        match self {
            Self::Classic => classic::told(told),
            Self::V1 => Some(v1::tell::told(told, text_bytes_max)),
            Self::Events => Some(events::told(told, text_bytes_max)),
            Self::Plain => plain::told(told),
            Self::File(form) => file::told(form, told),
            Self::Webchat | Self::Html { .. } => None,
        }
    }

    /// A notice, for all of a room who read this format.
    pub fn notice(self, told: &Told, text_bytes_max: usize) -> Option<Frame> {
        match self {
            Self::Plain => plain::notice(told),
            _ => self.told(told, text_bytes_max),
        }
    }

    /// That a client has all of a log, which stands for that place in it; `is_whole`: and no
    /// line of it was missing.
    pub fn caught_up(
        self,
        told: &Told,
        text_bytes_max: usize,
        place: LogPlace,
        is_whole: bool,
    ) -> Option<Frame> {
        match self {
            Self::V1 => Some(v1::tell::told_at(told, text_bytes_max, place)),
            Self::Events => Some(events::told_at(told, text_bytes_max, place)),
            Self::File(form) => file::caught_up(form, told, place, is_whole),
            Self::Classic | Self::Webchat | Self::Plain | Self::Html { .. } => None,
        }
    }
}

impl ClientFormat for Format {
    type Newcomer = Arrival;
    type Request = Request;
    type Settings = GreetingSettings;

    fn at_once(self, seat: &Seat<Self>) -> Option<Arrival> {
        greeting::at_once(seat)
    }

    fn open(
        self,
        seat: &Seat<Self>,
        socket: &mut Conversation,
        welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        seat.come_in_by_hello(socket, welcome)
    }

    fn read(self, text: &str, peer: &Peer) -> Result<Option<Request>, Disconnect> {
        match self {
            Self::Classic => classic::read(text, peer.text_bytes_max),
            Self::Webchat => webchat::request(text, peer.text_bytes_max),
            _ => {
                let asker = greeting::asker(peer);
                Ok(Some(v1::ask::request(text, peer.text_bytes_max, asker)))
            }
        }
    }

    fn message_bytes_max(self, text_bytes_max: usize) -> usize {
        match self {
            Self::Classic => text_bytes_max + "\r\n".len(),
            _ => v1::ask::bytes_max(text_bytes_max),
        }
    }

    fn is_framed(self) -> bool {
        matches!(self, Self::Classic | Self::V1 | Self::Webchat)
    }

    fn is_file(self) -> bool {
        matches!(self, Self::File(_))
    }

    fn is_cut_by(self, reason: Disconnect) -> bool {
        self.is_file() && reason != Disconnect::ToldAll
    }

    fn ping(self) -> Option<Frame> {
        match self {
            Self::Classic | Self::V1 | Self::Webchat => Some(Frame::ping()),
            Self::Events => Some(events::ping()),
            Self::Html { .. } => Some(html::ping()),
            // There is nothing that a terminal would not show, or a file not have in it.
            Self::Plain | Self::File(_) => None,
        }
    }

    fn bye(self, reason: Disconnect) -> Option<Frame> {
        match self {
            Self::V1 => Some(v1::tell::bye(reason.log_word())),
            Self::Events => Some(events::bye(reason)),
            Self::Classic | Self::Webchat | Self::Plain | Self::Html { .. } | Self::File(_) => None,
        }
    }

    fn close(self, reason: Disconnect) -> Frame {
        match self {
            Self::Classic | Self::V1 | Self::Webchat => Frame::close(reason.close_code()),
            Self::Events => events::close(),
            Self::Plain => plain::close(reason),
            Self::Html { language, .. } => html::close(language),
            Self::File(_) => file::close(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn the_first_subprotocol_that_is_spoken_is_chosen() {
        let choose = |offered: &[&str]| Format::choose(offered.iter().copied());
        assert_eq!(choose(&[]), Format::Classic);
        assert_eq!(choose(&["chat"]), Format::Classic);
        assert_eq!(choose(&["chat, threadbare.v1"]), Format::V1);
        assert_eq!(choose(&["chat", "threadbare.v1"]), Format::V1);
        assert_eq!(choose(&["threadbare.v2"]), Format::Classic);
        assert_eq!(choose(&["webchat, threadbare.v1"]), Format::Webchat);
    }
}
