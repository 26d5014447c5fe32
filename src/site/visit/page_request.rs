//! A page request: what one HTTP request wants from the hub, and who sent it.
//!
//! Owns: the shape of a page request. A route makes it from an HTTP request; the door's thread
//! carries it out.
//! Must not know: how it is carried out.
//!
//! Part: `site/visit/mod.rs`.

use std::fmt;
use std::net::SocketAddr;

use crate::admission::Password;
use crate::admission::entrance::NoEntry;
use crate::base::language::Language;
use crate::chat::entry::{Epoch, MessageId, Seen, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::request::{Claim, Hello, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::formats::Format;
use crate::formats::arrival::stream_reader::Stream;
use crate::formats::file::RoomFile;
use crate::site::visit::command_request::CommandRequest;
use crate::site::visit::enter_form::EnterForm;
use crate::site::visit::form_id::FormId;
use crate::site::visit::link_forms::{DeviceForm, HostForm, LinkForm};
use crate::site::visit::page_settings::{PageSettings, Updates};
use crate::site::visit::request_session::RequestSession;
use crate::site::visit::room_news::RoomMark;
use crate::site::visit::room_view::{ActionResult, RoomView};
use crate::site::visit::rooms_form::RoomsForm;
use crate::site::visit::search_form::SearchForm;
use crate::site::visit::stranger::Stranger;

/// The name of the cookie with a session's token.
pub const SESSION_COOKIE: &str = "threadbare";

/// The name of a cookie: its person has just left with `/quit`, and the next page says so.
pub const LEFT_COOKIE: &str = "threadbare-left";

/// The name of a cookie that says which private messages the browser has shown.
pub const SHOWN_COOKIE: &str = "threadbare-shown";

/// The name of a cookie that says up to which message the browser has shown its last rooms.
pub const ROOMS_COOKIE: &str = "threadbare-rooms";

/// The name of a query parameter. Its value says why a password in the URL was not accepted.
pub const PASSWORD_WAS: &str = "password-was";

/// What one HTTP request wants from the hub, and who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The room that the request is about.
    pub room: RoomName,
    /// The session of the sender.
    pub session: RequestSession,
    /// How the page that the server answers with gets new messages.
    pub updates: Updates,
    /// `Ok`: the server has accepted the password in the request, or the server has no password.
    /// Otherwise: why the server refuses a sender without a session.
    pub admitted: Result<(), NoEntry>,
    /// The client's IP address and port.
    pub peer: SocketAddr,
    /// What the server knows about the sender's browser.
    pub browser: BrowserTraits,
    /// The reader's settings for pages.
    pub settings: PageSettings,
    /// The language of the answer.
    pub language: Language,
    /// What the request wants.
    pub task: PageTask,
}

/// What the server knows about the browser that has sent a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrowserTraits {
    /// True if the answer may have a body in gzip.
    pub may_be_gzipped: bool,
    /// This server's origin (`http://host:port`), if the browser has sent it, or if the answer has
    /// a link for others. It goes in front of the URLs of redirects: Lynx takes seconds to follow a
    /// redirect to a URL without it.
    pub site: Option<String>,
    /// True if the browser shows its stored copy of a page that it has seen before, whatever the
    /// page says. Such a browser gets URLs that are new to it (`html/address.rs`).
    pub shows_copies: bool,
    /// True if the browser shows pages in a terminal: it runs no scripts, and shows no frames.
    pub is_textual: bool,
    /// True if it shows pages in a terminal, and marks a `button` by itself.
    pub marks_buttons: bool,
    /// True if the browser is known to leave out a button that stands outside its form.
    pub is_old: bool,
    /// True if the browser has just saved settings, and no page has said so yet.
    pub has_saved: bool,
    /// True if what it has just saved is a new password of the name.
    pub has_saved_secret: bool,
    /// True if the request's `Host` always means the browser's own machine, such as `localhost`.
    pub is_of_this_machine: bool,
    /// Number and time of the private messages that the browser has shown: of each talk, the newest
    /// one by the other person. The number alone would not do: two persons may use the browser one
    /// after the other, and each has a log of their own.
    pub private_shown: Vec<(Seq, UnixMillis)>,
    /// The rooms that the browser has shown, the last one first.
    pub rooms_shown: Vec<RoomMark>,
    /// The room whose live page without scripts leads here; `None`: another page does.
    pub left_live: Option<RoomName>,
    /// True if the browser says that the request comes from a page of another site.
    pub comes_from_elsewhere: bool,
}

impl BrowserTraits {
    /// Returns whether a button can belong to a form around it, or to one elsewhere on the page.
    pub fn knows_buttons_of_forms(&self) -> bool {
        self.is_textual || !self.is_old
    }
}

impl PageRequest {
    /// Returns whether the browser has the cookie about the rooms that it has shown, or gets it
    /// with this page. It begins with a page that a form, a link or a button of a page without a
    /// script leads to. So a browser in which the live page is used has no such cookie, and its
    /// pages ask for no news.
    pub fn marks_rooms(&self, wanted: &WantedPage) -> bool {
        wanted.is_fresh || !self.browser.rooms_shown.is_empty()
    }

    /// Returns whether the sender may be let in: the server has accepted the password in the
    /// request, the server has no password, or the request has a session. That session may have
    /// ended.
    pub fn may_come_in(&self) -> bool {
        self.is_admitted() || self.session.token().is_some()
    }

    /// Returns whether the server has accepted the password in the request, or the server has none.
    pub fn is_admitted(&self) -> bool {
        self.admitted.is_ok()
    }

    /// Returns whether the request is a poll, with or without `wait=0`.
    pub fn is_poll(&self) -> bool {
        matches!(self.task, PageTask::Poll(_))
    }

    /// Returns what makes the connection a stream that receives the room as a file; `None`: the
    /// request does not want such a file.
    pub fn saver(&self) -> Option<Stream> {
        let PageTask::Save(file) = self.task else { return None };
        let rooms = vec![RoomPosition::of(self.room.clone())];
        let hello = Hello { token: self.session.token().cloned(), rooms, ..Hello::default() };
        Some(Stream { format: Format::File(file), hello, is_admitted: self.is_admitted() })
    }

    /// Returns a copy of this page request that has the sender's session after a form with this
    /// result.
    #[must_use]
    pub fn after_form(&self, outcome: &ActionResult) -> Self {
        let given = outcome.me.as_ref().map(|(_, token)| token);
        let session = self.session.after_visit(given, outcome.renewed.as_ref());
        Self { session, ..self.clone() }
    }

    /// Returns a copy that has the sender's session after the visit that `view` comes from.
    #[must_use]
    pub fn after_view(&self, view: &RoomView) -> Self {
        Self { session: self.session.after_visit(None, view.renewed.as_ref()), ..self.clone() }
    }
}

/// What a page request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageTask {
    /// See a page of the room.
    ViewRoom(Box<WantedPage>),
    /// Say something in the room.
    PostText(Box<MessageForm>),
    /// Enter the server as a new person, or enter a room that asks for its password.
    EnterRoom(Box<EnterForm>),
    /// See the list of rooms, or go into a room that was typed or chosen there.
    ListRooms(Box<RoomsForm>),
    /// Carry out a command, send a private message, change one of the sender's own messages, or
    /// leave the room.
    RunCommand(Box<CommandRequest>),
    /// See the person's name for the settings page (`None`), or change the name or its secret.
    Settings(Option<Box<CommandRequest>>),
    /// Shows the form of the settings again, because what was typed as a number of seconds is none.
    BadSeconds(BadSeconds),
    /// See the question whether to sign out.
    AskSignOut,
    /// Get the next messages of the room in a poll, which waits for them unless it has `wait=0`.
    Poll(WantedMessages),
    /// Say in the room this plain text, which a program sent. The answer is one sentence.
    PostForProgram(String),
    /// Enter the server with the hello in this JSON, which a program sent.
    EnterForProgram(Json),
    /// Carry out this request, which a program sent as JSON. The answer is what a `threadbare.v1`
    /// client would receive.
    AskForProgram(Json),
    /// Save the whole room as a file.
    Save(RoomFile),
    /// Get a cookie with the request's session.
    SetCookie,
    /// Show the page of this invite to the room.
    LookAtInvite(Token),
    /// Make an invite to the room.
    Invite(LinkForm),
    /// Make a link to another device of the person, or follow such a link.
    Device(DeviceForm),
    /// Become a host by the operator's link.
    Host(HostForm),
}

impl PageTask {
    /// Returns whether the task is about a link to this server that one person gives to another, or
    /// to another device. The page of such a task must know the whole address of the server.
    pub fn makes_link(&self) -> bool {
        match self {
            Self::LookAtInvite(_) | Self::Invite(_) | Self::Device(_) => true,
            Self::RunCommand(command) => command.invitee().is_some(),
            _ => false,
        }
    }
}

/// JSON that has not been parsed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(pub String);

/// The JSON may contain secrets, which must not get into a log line.
impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Json(..)")
    }
}

/// The messages that a poll asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedMessages {
    /// The name that the program wants if the server does not know its session; `None`: none.
    pub name: Option<Claim>,
    /// The newest message of the room that the polling program already has; `None`: the request
    /// does not say it.
    pub after: Option<Seen>,
    /// Which private messages the program asks for.
    pub private: PrivateFrom,
    /// True for a poll with `wait=0`: it returns the messages that there already are, and does not
    /// wait for new ones.
    pub at_once: bool,
    /// True if the request perhaps comes from a link, so it must not create the room.
    pub must_exist: bool,
}

/// Which private messages a program asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrivateFrom {
    /// No private messages.
    #[default]
    NotAsked,
    /// The newest private messages of the person: the program does not say which ones it has seen.
    Start,
    /// The private messages after this one, the newest that the program has seen.
    After(Seen),
}

impl PrivateFrom {
    /// Returns the newest private message that the polling program already has; `None`: its request
    /// names no private message.
    pub fn seen(self) -> Option<Seen> {
        if let Self::After(seen) = self { Some(seen) } else { None }
    }
}

/// Which of a room's pages to show, which messages, and what else the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedPage {
    /// Which of a room's pages it is.
    pub kind: PageKind,
    /// The page shows only messages with numbers below this one; `None`: it shows the newest
    /// messages.
    pub before: Option<Seq>,
    /// The number of the message that the URL links to; `None`: it links to none. The page shows
    /// the messages around it.
    pub linked: Option<Seq>,
    /// The newest message that the reader has seen; `None`: the URL does not say it.
    pub after: Option<Seen>,
    /// True if `after` is what the browser's cookie says, and not the URL.
    pub is_after_stored: bool,
    /// The epoch of the log that the reader has seen, from the URL's parameter `log`; `None`: the
    /// URL does not have it.
    pub log: Option<Epoch>,
    /// A notice that the page shows in addition to the messages; `None`: there is none.
    pub note: Option<PageNote>,
    /// The name of the person about whom the reader has asked; `None`: the reader has not asked.
    pub whois: Option<Box<Name>>,
    /// What the reader has just done in the room, in one sentence.
    pub acted: Option<String>,
    /// A text that was not sent. The page shows it in the form's field. `None`: there is none.
    pub unsent: Option<String>,
    /// On a page to change a message: the text that stood in the field of the page before, and that
    /// is not sent yet. `None`: there was none.
    pub kept: Option<String>,
    /// True if the form's field has several lines, as the reader wants it.
    pub has_lines: bool,
    /// The number of the form that had the text `unsent`. `None`: the form gets a new number.
    pub form_id: Option<FormId>,
    /// The number of the message that the text in the page's form answers; `None`: it answers none.
    pub reply_to: Option<Seq>,
    /// The name that a stranger has typed, for the form's field; `None`: there is none.
    pub name: Option<String>,
    /// The secret that a stranger has typed beside that name, so that the form has it again and the
    /// name is not taken without it; `None`: there is none, or it was wrong.
    pub secret: Option<Password>,
    /// True if the form has no field for that secret: the name is in use and has none, or the
    /// password of the room was wrong.
    pub hides_secret: bool,
    /// The name of the other person, if the message to change or delete is a private one. `None`:
    /// it is a message of the room, or the page changes none.
    pub talk: Option<String>,
    /// The name of another room that the reader has typed, if no room can have that name; `None`:
    /// the reader has asked for no other room, or gets the page of that room.
    pub bad_room: Option<String>,
    /// True if the URL of the page is new to the browser (`fresh`).
    pub is_fresh: bool,
    /// True if the page comes after its form, so the reader goes on writing.
    pub is_after_form: bool,
    /// True if the page has only the messages, for a frame, and reloads by itself.
    pub is_framed: bool,
    /// True if the browser has asked for a stream in that frame, and its session has ended.
    pub was_stream: bool,
}

/// Which of a room's pages it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PageKind {
    /// The newest messages, and the field for a new message.
    #[default]
    Newest,
    /// Only the newest messages, for a frame. This page reloads by itself, which would empty a text
    /// field, so it has no such field.
    List,
    /// The history: messages below a number that the URL names, or else the newest ones; and the
    /// form to search.
    History,
    /// The page with the messages that a search has found. The value is what was typed into the
    /// search form.
    Found(SearchForm),
    /// A field to change one of the person's own messages. The value is the number of that message.
    Change(Seq),
    /// The question whether to delete one of the person's own messages, and the form that deletes
    /// it. The value is the number of that message.
    Delete(Seq),
    /// What holds in the room, for whoever looks after it, and the buttons to change that.
    Keeping,
    /// The same with the buttons that delete many messages, for good.
    Deleting,
    /// Private messages instead of the room's, and the field to write one. The text is the name of
    /// the other person; empty: private messages of all persons.
    Private(String),
}

impl PageKind {
    /// Returns whether the page is one for whoever looks after the room.
    pub fn is_about_keeping(&self) -> bool {
        matches!(self, Self::Keeping | Self::Deleting)
    }
}

/// The form's field which says that it comes from the page [`PageKind::Keeping`], so that its
/// answer is that page, too.
pub const WANTS_KEEPING: &str = "keep";

/// The value of that field on the page to look after the whole chat.
pub const OF_CHAT: &str = "chat";

/// The kinds of notices that a room's page can show in addition to the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageNote {
    /// The stranger has a name with a secret, and wants to sign in.
    SignIn,
    /// The settings are saved.
    Saved,
    /// Whether the room is hidden and whether it has a password: the reader has just changed that.
    Set,
    /// The person's name has a new secret.
    Secret,
    /// The person has left the server with `/quit`, and the browser has no session any more.
    Left,
    /// The person's messages and name are removed, and the browser has no session any more.
    Forgotten,
    /// The person has just taken a name.
    Named,
    /// The person has just come with a name that has no secret.
    NewName,
    /// The person has just become busy.
    Away,
    /// The person is not busy any more.
    Back,
    /// The person has just pinned a message, or removed the pin.
    Pin,
    /// The message to which the reader wants to reply is gone.
    ReplyGone,
    /// The reader has sent a form without a text.
    NoText,
    /// The list of commands.
    Help,
    /// Who is in the room.
    Who,
    /// Whether the person in `WantedPage::whois` is here.
    Whois,
    /// The reader has just sent an invite to that person.
    Invited,
    /// Say what the reader has just done in the room ([`WantedPage::acted`]).
    Acted,
    /// The room has a new password.
    NewPassword,
    /// Why the password in the URL was not accepted.
    NoEntry(NoEntry),
}

impl WantedPage {
    /// Returns whether this page shows the newest messages: the front page of the room, or the list
    /// in its frame.
    pub fn is_front(&self) -> bool {
        self.before.is_none() && self.is_newest()
    }

    /// Returns whether this is the page of a private talk, or of all of them.
    pub fn is_private(&self) -> bool {
        matches!(self.kind, PageKind::Private(_))
    }

    /// Returns whether this is the page with the newest messages, or the list in its frame.
    pub fn is_newest(&self) -> bool {
        matches!(self.kind, PageKind::Newest | PageKind::List)
    }

    /// Returns the epoch of the room's log that the reader has seen before; `None`: the URL does
    /// not say it.
    pub fn epoch_seen(&self) -> Option<Epoch> {
        self.log.or(self.after.map(|after| after.epoch))
    }
}

/// What the server has read from a form that a person sent: the text, which is a message or a typed
/// command, and what belongs to every form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageForm {
    /// The text that was typed into the form.
    pub text: String,
    /// True if the field of the text had several lines.
    pub has_lines: bool,
    /// In a form to change a message: another text, which is not sent yet; empty: there is none.
    pub kept: String,
    /// The number of the form, with which sending the form twice does no harm; `None`: none.
    pub form_id: Option<FormId>,
    /// The message id, made of the form's number and its fields; `None` if the form has no number.
    pub id: Option<MessageId>,
    /// The number of the message that the text answers; `None`: it answers none.
    pub reply_to: Option<Seq>,
    /// What the form says about its sender, if that is a stranger: the wanted name, its secret, and
    /// the form's seed.
    pub stranger: Stranger,
    /// True if the form was not made for the session of the request, or was made for a session and
    /// the request has none.
    pub is_stale: bool,
    /// True if the form is on a page that a browser does not store. Going back loads that page
    /// anew: the form has another number then, and the browser puts the text into it that was
    /// already sent.
    pub is_loaded_anew: bool,
}

/// What was typed in a form of the settings whose seconds are no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSeconds {
    /// What stands in the place of the seconds.
    pub typed: String,
    /// What stands in the field for the name; `None`: the form has none.
    pub name: Option<String>,
}
