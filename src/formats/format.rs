//! The formats of clients, and how each format turns the hub's lines, answers and notices into
//! frames.
//!
//! In most formats all clients receive the same bytes for a new line, so the line is encoded only
//! once per format. In two formats (`webchat` and pages) the bytes depend on the name of the client
//! that receives them ([`PersonalFormat`]).
//!
//! Owns: the list of formats, which code reads what the clients of each format send, and the frame
//! at a connection's end.
//! Must not know: how a socket is read (`arrival/mod.rs`), which client receives what.
//!
//! Next in the chat: `server/hub/audience.rs`.
//! Part: `formats/mod.rs`.

use std::fmt::Debug;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::{Frame, LivePage, LogPosition, classic, events, file, html, plain, v1, webchat};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::{Answer, ToVisitor};
use crate::chat::core::{CameFrom, Newcomer};
use crate::chat::entry::{Entry, ToReader};
use crate::chat::name::Name;
use crate::chat::request::Request;
use crate::formats::arrival::{self, GreetingSettings};
use crate::formats::file::RoomFile;
use crate::server::client::reader::Conversation;
use crate::server::client::{ClientFormat, Peer, Seat};
use crate::server::hub::{HubFormat, Membership, WelcomeChannel};

/// The format of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Plain texts in WebSocket frames; a client cannot choose a name.
    #[default]
    Classic,
    /// JSON in WebSocket frames, with names and numbered lines; a client that reconnects receives
    /// the lines that it missed, if the server still has them. The subprotocol is `threadbare.v1`.
    V1,
    /// JSON in WebSocket frames, as some classic chats send it. The subprotocol is `webchat`.
    Webchat,
    /// The JSON of `threadbare.v1` as server-sent events; the client only receives.
    Events,
    /// Lines of text for a program such as `nc` or `telnet`.
    Plain,
    /// A page without a script, to which the server adds each new line.
    Html(LivePage),
    /// The whole log of one room, as a file that a person downloads. The value says in which form.
    File(RoomFile),
}

/// What the hub learns of a client or a visitor that wants to take part in the chat.
#[derive(Debug)]
pub struct Arrival {
    /// Who the client is.
    pub who: Newcomer,
    /// The client's network, for the limits, and its IP address if other people may see it.
    pub came_from: CameFrom,
    /// The channel into which the hub sends its answers to a client without a connection. `None`:
    /// the client has a connection, and its answers become frames.
    pub answers: Option<Sender<ToVisitor>>,
}

/// A client whose frames depend on its own name. The formats `webchat` and `Html` have such
/// clients.
pub trait PersonalFormat: Debug + Send + Sync {
    /// Makes the frame for a line of a log. `log` is the number that the hub has given the log.
    /// `replied_to` has the message that the line replies to, if it is in memory; it may have other
    /// messages, too. Returns `None` if this format does not show the line.
    fn encode_line(
        &self,
        log: NonZeroU64,
        entry: &Entry,
        replied_to: &[Arc<Entry>],
    ) -> Option<Frame>;
    /// Makes the frame as [`encode_line`](Self::encode_line) does, for an older line. `past` is
    /// what it is to the person of this client.
    fn encode_past_line(
        &self,
        log: NonZeroU64,
        entry: &Entry,
        replied_to: &[Arc<Entry>],
        past: ToReader,
    ) -> Option<Frame> {
        let _ = past;
        self.encode_line(log, entry, replied_to)
    }
    /// Makes the frame for an answer to this client, or for a notice to its room. Returns `None` if
    /// the format does not show `answer`.
    fn encode_answer(&self, answer: &Answer) -> Option<Frame>;
    /// Makes the first frame for this client; `None`: the format has no such frame.
    fn greeting(&self) -> Option<Frame>;
}

impl Format {
    /// Returns the WebSocket subprotocol by which a client asks for this format; `None`: the format
    /// has no subprotocol.
    pub fn subprotocol(self) -> Option<&'static str> {
        match self {
            Self::V1 => Some("threadbare.v1"),
            Self::Webchat => Some("webchat"),
            Self::Classic | Self::Events | Self::Plain | Self::Html(_) | Self::File(_) => None,
        }
    }

    /// Returns the format of the first known subprotocol among those that the client offers. If no
    /// offered subprotocol is known, returns the classic format, which has no subprotocol (RFC 6455
    /// 4.2.2).
    pub fn choose<'a>(offered: impl Iterator<Item = &'a str>) -> Self {
        let mut names = offered.flat_map(|list| list.split(',')).map(str::trim);
        let spoken = |name| [Self::V1, Self::Webchat].into_iter().find(|kind| kind.is_called(name));
        names.find_map(spoken).unwrap_or_default()
    }

    /// Returns whether the subprotocol `name` means this format.
    pub fn is_called(self, name: &str) -> bool {
        self.subprotocol() == Some(name)
    }

    /// Returns the [`PersonalFormat`] that makes frames for a client with this name. `former` is
    /// the name before it, if it is kept for the client's person. `addr` is the client's IP
    /// address, or `None` if it must not be shown. Returns `None` if the format is not one that
    /// depends on the client's name.
    pub fn personal(
        self,
        name: &Name,
        former: Option<&Name>,
        addr: Option<IpAddr>,
    ) -> Option<Arc<dyn PersonalFormat>> {
        match self {
            Self::Webchat => Some(Arc::new(webchat::WebchatClient { name: name.clone(), addr })),
            Self::Html(page) => {
                Some(Arc::new(html::HtmlClient::new(name.clone(), former.cloned(), page)))
            }
            Self::Classic | Self::V1 | Self::Events | Self::Plain | Self::File(_) => None,
        }
    }

    /// Makes the frame for a line of a log, for all clients of this format. `log` is the number
    /// that the hub has given the log. Returns `None` if the format does not show the line, or if
    /// its frames come from a [`PersonalFormat`].
    pub fn encode_line(self, log: NonZeroU64, entry: &Entry) -> Option<Frame> {
        match self {
            Self::Classic => classic::encode_line(entry),
            Self::V1 => Some(v1::encode_line(log, entry, None)),
            Self::Events => Some(events::encode_line(log, entry, None)),
            Self::Plain => plain::encode_line(log, entry),
            Self::File(form) => file::encode_line(form, log, entry),
            Self::Webchat | Self::Html(_) => None,
        }
    }

    /// Makes the frame as [`encode_line`](Self::encode_line) does, but for an older line and for
    /// one client. `past` is what the line is to the person of this client.
    pub fn encode_past_line(self, log: NonZeroU64, entry: &Entry, past: ToReader) -> Option<Frame> {
        match self {
            Self::V1 => Some(v1::encode_line(log, entry, Some(past))),
            Self::Events => Some(events::encode_line(log, entry, Some(past))),
            _ => self.encode_line(log, entry),
        }
    }

    /// Returns whether `entry` is an edit or a deletion whose result one of `lines` shows already:
    /// the changed line is among them, in its new form. Always false in a format that does not
    /// [retell](Self::retells) changes.
    pub fn is_repeated<'a>(
        self,
        entry: &Entry,
        lines: impl Iterator<Item = &'a Arc<Entry>>,
    ) -> bool {
        self.retells() && plain::is_repeated(entry, lines)
    }

    /// Returns whether the server leaves out an edit or a deletion that
    /// [`is_repeated`](Self::is_repeated) finds. A person who reads the plain format, or a page
    /// that never ends, sees each change as a new line below the others.
    pub fn retells(self) -> bool {
        matches!(self, Self::Plain | Self::Html(_))
    }

    /// Makes the frame for an answer to a client. `text_bytes_max` is the greatest length of a
    /// message's text, in bytes. Returns `None` if the format does not show the answer, or if its
    /// frames come from a [`PersonalFormat`].
    pub fn encode_answer(self, answer: &Answer, text_bytes_max: usize) -> Option<Frame> {
        match self {
            Self::Classic => classic::encode_answer(answer),
            Self::V1 => Some(v1::encode_answer(answer, text_bytes_max)),
            Self::Events => Some(events::encode_answer(answer, text_bytes_max)),
            Self::Plain => plain::encode_answer(answer),
            Self::File(form) => file::encode_answer(form, answer),
            Self::Webchat | Self::Html(_) => None,
        }
    }

    /// Makes the frame for a notice, for all clients of this format in a room. Returns `None` if
    /// the format does not show the notice, or if its frames come from a [`PersonalFormat`].
    pub fn notice(self, answer: &Answer, text_bytes_max: usize) -> Option<Frame> {
        match self {
            Self::Plain => plain::notice(answer),
            _ => self.encode_answer(answer, text_bytes_max),
        }
    }

    /// Makes the frame for an answer, which says that a client has caught up with a log.
    /// `position` is the frame's position in the log. If the client's outbox has no space for a
    /// frame with a position, the hub sends the frame later. `is_whole` is true if the server has
    /// told the client of no missing line. Returns `None` if the format has no such frame.
    pub fn caught_up(
        self,
        answer: &Answer,
        text_bytes_max: usize,
        position: LogPosition,
        is_whole: bool,
    ) -> Option<Frame> {
        match self {
            Self::V1 => Some(Frame::log_line(&v1::answer_text(answer, text_bytes_max), position)),
            Self::Events => {
                Some(events::encode_answer(answer, text_bytes_max).with_position(position))
            }
            Self::File(form) => file::caught_up(form, answer, position, is_whole),
            Self::Classic | Self::Webchat | Self::Plain | Self::Html(_) => None,
        }
    }
}

impl ClientFormat for Format {
    type Settings = GreetingSettings;

    fn word(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::V1 => "v1",
            Self::Webchat => "webchat",
            Self::Events => "events",
            Self::Plain => "lines",
            Self::Html(_) => "page",
            Self::File(_) => "file",
        }
    }

    fn newcomer_at_once(self, seat: &Seat<Self>) -> Option<Arrival> {
        match self {
            Self::Classic => Some(arrival::arrival_of(seat, Newcomer::Classic)),
            Self::Webchat => Some(arrival::arrival_of(seat, Newcomer::Passing)),
            _ => None,
        }
    }

    fn register_by_hello(
        self,
        seat: &Seat<Self>,
        socket: &mut Conversation,
        welcome: WelcomeChannel,
    ) -> Result<Membership, Disconnect> {
        arrival::register_by_hello(seat, socket, welcome)
    }

    fn read(self, text: &str, peer: &Peer) -> Result<Option<Request>, Disconnect> {
        match self {
            Self::Classic => classic::read(text, peer.text_bytes_max),
            Self::Webchat => webchat::request(text, peer.text_bytes_max),
            _ => {
                let secret_source = arrival::secret_source(peer);
                Ok(Some(v1::decode::request(text, peer.text_bytes_max, secret_source)))
            }
        }
    }

    fn message_bytes_max(self, text_bytes_max: usize) -> usize {
        match self {
            Self::Classic => text_bytes_max + "\r\n".len(),
            _ => v1::decode::bytes_max(text_bytes_max),
        }
    }

    fn is_framed(self) -> bool {
        matches!(self, Self::Classic | Self::V1 | Self::Webchat)
    }

    fn ping(self) -> Option<Frame> {
        match self {
            Self::Classic | Self::V1 | Self::Webchat => Some(Frame::ping()),
            Self::Events => Some(events::ping()),
            Self::Html(page) => Some(html::ping(page)),
            // A client of the plain format or of a file gets no ping, because a terminal would show
            // the ping's bytes, and a file would contain them.
            Self::Plain | Self::File(_) => None,
        }
    }
}

impl HubFormat for Format {
    type Newcomer = Arrival;
    type Request = Request;

    fn is_file(self) -> bool {
        matches!(self, Self::File(_))
    }

    fn is_cut_by(self, reason: Disconnect) -> bool {
        self.is_file() && reason != Disconnect::ToldAll
    }

    fn bye(self, reason: Disconnect) -> Option<Frame> {
        match self {
            Self::V1 => Some(v1::bye(reason.log_word())),
            Self::Events => Some(events::bye(reason)),
            Self::Classic | Self::Webchat | Self::Plain | Self::Html(_) | Self::File(_) => None,
        }
    }

    fn close(self, reason: Disconnect) -> Frame {
        match self {
            Self::Classic | Self::V1 | Self::Webchat => Frame::close(reason.close_code()),
            Self::Events => events::close(),
            Self::Plain => plain::close(reason),
            Self::Html(page) => html::close(page.language),
            Self::File(form) => file::close(form, reason),
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
