//! The requests that a client can send to the chat, as values that do not depend on the client's
//! format.
//!
//! Owns: which values make up a request. The names in a request are valid: the format that made the
//! request has checked them.
//! Must not know: JSON, sockets, how the chat handles a request.
//!
//! Part: `chat/mod.rs`.

use super::act::RoomAct;
use super::answer::Fault;
use super::entry::{AuthorTag, MessageId, Seen, Seq, UnixMillis};
use super::log_name::LogName;
use super::name::Name;
use super::room_name::RoomName;
use super::secret::Digest;
use super::sought::Sought;
use super::token::{Token, TokenDigest};
use crate::base::limits;

/// Where a client has the token from that it sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum TokenSource {
    /// From an address or a field of a form, or the client does not say it. So another person may
    /// have given the token to the client's user.
    #[default]
    Address,
    /// From a place where only the user's own browser or program puts a token: the cookie, or the
    /// storage of a page or a program. A browser never puts the session of a link there.
    Stored,
}

/// The first request of a numbered client. `T` is the type of the token: [`Token`], or its digest
/// in the chat's core (`chat/core`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Hello<T = Token> {
    /// The name that the client wants; `None`: the server chooses a guest's name. If the client
    /// gets its earlier name back by `token`, this name is ignored.
    pub name: Option<Claim>,
    /// The token by which the client gets its earlier name back; `None`: the client has no token.
    pub token: Option<T>,
    /// Where the client has its token from.
    pub source: TokenSource,
    /// The rooms that the client wants to enter, each with the newest line that the client has seen
    /// in it.
    pub rooms: Vec<RoomPosition>,
    /// How far the client has seen its log of private messages; `None`: it has seen nothing of it.
    pub private: Option<Seen>,
}

impl<T> Default for Hello<T> {
    /// Makes the hello of a client that wants no name and no room. It becomes a guest.
    fn default() -> Self {
        let source = TokenSource::default();
        Self { name: None, token: None, source, rooms: Vec::new(), private: None }
    }
}

/// A name that a client wants, and the secret with which it claims the name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Claim {
    /// The name that the client wants.
    pub name: Name,
    /// The digest of the name's secret; `None`: the client sends no secret.
    pub secret: Option<Digest>,
}

/// A room that a client wants to enter or to read, and the newest line that the client has seen in
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct RoomPosition {
    /// The name of the room.
    pub room: RoomName,
    /// How far the client has seen the room's log; `None`: it has seen nothing of it.
    pub seen: Option<Seen>,
    /// The digest of the room's password; `None`: the client sends no password. If this request
    /// makes the room, the new room gets this password.
    pub password: Option<Digest>,
    /// The digest of an invite to the room; `None`: the client has none. With a good invite the
    /// client needs no password. An invite never makes a room.
    pub invite: Option<TokenDigest>,
    /// Whether the room is hidden, if this request makes it. Only people in a hidden room find it
    /// in the list of rooms.
    pub hidden: bool,
    /// Whether the client may enter the room only if it exists. For example, a link that a person
    /// follows must not make a room.
    pub must_exist: bool,
    /// Whether the core refuses the client if another person has made the room and everybody may
    /// enter it. For example, a form that makes a room must not lead into a room of others.
    pub must_be_new: bool,
    /// Whether the client only listens to the room: the person does not count as being there.
    pub only_listens: bool,
}

impl RoomPosition {
    /// Makes the value for a client that has seen no line of the room and sends no password. If the
    /// room does not exist, the client may make it.
    pub fn of(room: RoomName) -> Self {
        let (password, invite) = (None, None);
        let (hidden, must_exist, must_be_new, only_listens) = (false, false, false, false);
        let seen = None;
        Self { room, seen, password, invite, hidden, must_exist, must_be_new, only_listens }
    }
}

/// New settings for a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct RoomSettings {
    /// The room whose settings change.
    pub room: RoomName,
    /// Whether the room is hidden from now on; `None`: that stays as it is.
    pub hidden: Option<bool>,
    /// What becomes of the room's password.
    pub password: PasswordChange,
}

/// What becomes of a room's password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum PasswordChange {
    /// The room's password, or that it has none, stays as it is.
    Keep,
    /// From now on the room has no password.
    Remove,
    /// From now on the room has the password with this digest.
    Set(Digest),
}

/// What a client wants to add to a log. If the core accepts it, it becomes a line with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum Deed {
    /// A message with this text.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    Say(String),
    /// An action of the client's person, as with the command `/me`.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    Act(String),
    /// Change the text of a message that the client's person has said.
    Edit {
        /// The number of the message to edit; `None`: the newest message that the client's person
        /// wrote in the log.
        of: Option<Seq>,
        /// The message's new text.
        #[cfg_attr(
            any(test, feature = "learn"),
            serde(serialize_with = "crate::chat::codec::text")
        )]
        text: String,
    },
    /// Delete a message that the client's person has said; or any message, if the client's person
    /// has made the room.
    Delete {
        /// The number of the message to delete; `None`: the newest message that the client's person
        /// wrote in the log.
        of: Option<Seq>,
    },
    /// Set the room's topic; an empty text removes it.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    Topic(String),
    /// Pin the message with this number; 0: remove the pin. Only the room's maker may do that.
    Pin(Seq),
}

impl Deed {
    /// Returns the number of the message that this edits or deletes; `None`: it does neither, or
    /// names no number.
    pub fn changes(&self) -> Option<Seq> {
        match self {
            Self::Edit { of, .. } | Self::Delete { of } => *of,
            Self::Say(_) | Self::Act(_) | Self::Topic(_) | Self::Pin(_) => None,
        }
    }
}

/// The message that a new line replies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum ReplyTo {
    /// The message with this number, in the log that gets the new line.
    Message(Seq),
    /// The newest message of another person, in the log that gets the new line. Only messages in
    /// memory count.
    NewestOfOthers,
}

/// A request for a new line in a room's log, or to edit or delete a private message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Post {
    /// The log that gets the new line. [`LogName::Private`] is only for a [`Deed::Edit`] and a
    /// [`Deed::Delete`]; the other person's log gets such a line, too.
    pub log: LogName,
    /// The id that the sender chose for the message; `None`: the message has no id. If the sender
    /// sends the request again with this id, usually no second line is added.
    pub id: Option<MessageId>,
    /// The message that the new line replies to; `None`: the line replies to none. The core reads
    /// this field only for a [`Deed::Say`] and a [`Deed::Act`].
    pub reply_to: Option<ReplyTo>,
    /// What the new line says or changes.
    pub deed: Deed,
}

/// A request to send a private message to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct PrivateMessage {
    /// The name of the person to whom the message goes, or the first word of that name (see
    /// `longer`).
    pub to: Name,
    /// The id that the sender chose for the message; `None`: the message has no id. If the sender
    /// sends the request again with this id, usually no second line is added.
    pub id: Option<MessageId>,
    /// The number of the message that this one replies to, in the sender's log of private messages;
    /// `None`: it replies to none.
    pub reply_to: Option<Seq>,
    /// What the sender typed after the name `to`: the message. If `longer` has names, the text may
    /// begin with further words of the receiver's name.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    pub text: String,
    /// The time at which the sender typed the message, or a time before that. If a person has
    /// taken the receiver's name then or later, the core refuses the message. `None`: the core does
    /// not check that.
    pub typed_at: Option<UnixMillis>,
    /// Whether the sender has confirmed that the message is for the person who has the name now.
    /// Without this confirmation, the core refuses the message if the sender's newest private
    /// message to or from this name was exchanged with another person.
    pub is_for_present_owner: bool,
    /// The number of the receiver, from an older private message of the two. If the server knows
    /// the person, the message goes to that person, whatever their name is now. `None`: the message
    /// goes to the name `to`.
    pub with: Option<AuthorTag>,
    /// Longer names that the sender may mean, the shortest first. The number beside each name is
    /// how many bytes of `text` belong to the name. The core takes the longest name that a person
    /// has. If no person has one of these names, the core takes `to`.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::longer"))]
    pub longer: Vec<(Name, usize)>,
}

/// Returns the valid names that consist of `first` and one or more words from the start of `text`,
/// the shortest first. The number beside each name is how many bytes of `text` belong to the name.
/// At least one word of `text` is left after each name. A word that ends with a colon is the last
/// word of a name.
pub fn longer_names(first: &str, text: &str) -> Vec<(Name, usize)> {
    let mut names = Vec::new();
    let mut typed = first.trim().to_owned();
    let mut end = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        end += word.len();
        let is_last = text[end..].trim().is_empty();
        let word = word.trim_end();
        if word.is_empty() {
            continue;
        }
        let name = word.strip_suffix(':').unwrap_or(word);
        typed.push(' ');
        typed.push_str(name);
        if is_last || typed.len() > limits::TYPED_NAME_BYTES_MAX {
            break;
        }
        names.extend(Name::of_somebody(&typed).ok().map(|name| (name, end)));
        if name.len() < word.len() {
            break;
        }
    }
    names
}

/// A search in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The log to search.
    pub log: LogName,
    /// What a line must match to be found.
    pub sought: Sought,
    /// The answer has only lines with a number below this one.
    pub before: Seq,
    /// The most lines that the answer may have.
    pub count: usize,
}

/// A request of a client, other than a hello. The type is small, because the reader has the value
/// on its stack, and a thread never gives back a stack page that it has touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A message without an id, which goes to the lobby. Clients of the formats `classic` and
    /// `webchat` send it.
    Classic(String),
    /// A request for a new line in a room's log, or to edit or delete a private message.
    Post(Box<Post>),
    /// A private message to one person.
    Private(Box<PrivateMessage>),
    /// Enter a room. The token is a new one for the client's session. The session gets it if it
    /// gains a right: the request has the room's password, or makes the room. `None`: the session
    /// keeps its token.
    Join(Box<RoomPosition>, Option<Token>),
    /// Leave this room.
    Leave(RoomName),
    /// List the rooms.
    Rooms,
    /// List the people in this room.
    Who(RoomName),
    /// Tell whether the person with this name is online, in any room or in none, and their excuse.
    Whois(Box<Name>),
    /// Tell the same of the author of this line of a room, whatever the person's name is now.
    WhoWrote(RoomName, Seq),
    /// The client's person is busy from now on, and gives this excuse, which may be empty. `None`:
    /// the person is busy no more.
    Excuse(Option<String>),
    /// The client's person is typing in this room.
    Typing(RoomName),
    /// The client's person has read this log so far; in private messages, those with the person of
    /// this number.
    HaveRead(LogName, Seen, AuthorTag),
    /// Send lines of a log that are older than a number.
    History {
        /// The log to read.
        log: LogName,
        /// The answer has only lines with a number below this one.
        before: Seq,
        /// The most lines that the answer may have.
        count: usize,
    },
    /// Send all private messages in memory that are older than this number, those of all talks
    /// together. If memory has none, send the newest older ones, as [`History`](Self::History)
    /// does. Only pages ask this: the answer is longer than what a client gets at a time.
    Talks(Seq),
    /// Search in a log.
    Search(Box<Search>),
    /// Take another name, or become the person whose name and secret are in the claim. The token is
    /// a new one. The client receives it if it becomes another person's client, or gives its name a
    /// new secret. `None`: there is no new token, for example because the claim has no secret.
    Rename(Box<Claim>, Option<Token>),
    /// End the session. A person whose name has no secret loses all tokens, and the name becomes
    /// free when the person has no connection any more. A person whose name has a secret keeps the
    /// name and the tokens.
    Quit,
    /// Remove the client's person for good: all their lines in all logs, the name, and all
    /// sessions. The value is the person's present name, which the person types as a confirmation.
    ForgetMe(Box<Name>),
    /// Change the settings of a room that the client's person has made. The token is a new one for
    /// the client's session, for the case that the room gets a password. `None`: the session keeps
    /// its token.
    Set(Box<RoomSettings>, Option<Token>),
    /// The client confirms that it has received this token of its session.
    Session(Token),
    /// End all other sessions of the client's person. The token is a new one for this session,
    /// whose old token ends at once.
    SignOutElsewhere(Token),
    /// Make an invite to this room, in which the client is. The token is the invite's, and no
    /// session's; nobody else can guess it. If there is a name, the client means to send the invite
    /// to that person, and wants none if nobody has the name.
    Invite(RoomName, Token, Option<Box<Name>>),
    /// Make a link by which another device gets a session of the client's person, once. The token
    /// is the link's: random, and no session's.
    LinkDevice(Token),
    /// Make the client's person a host, by the link with this token, which the server's operator
    /// has made.
    BecomeHost(Token),
    /// The client asks what holds in this room: who looks after it, who can enter, who can write.
    RoomState(RoomName),
    /// Do something in a room that the client's person looks after.
    Act(Box<RoomAct>),
    /// A request that the server could not take. It goes to the chat like any other request, so the
    /// client receives the fault in order with its other answers.
    Faulty(Box<Fault>),
}

impl Request {
    /// Returns whether the answer to this request can be long, because it lists lines, people or
    /// rooms.
    pub fn has_long_answer(&self) -> bool {
        matches!(
            self,
            Self::History { .. }
                | Self::Talks(_)
                | Self::Search(_)
                | Self::Who(_)
                | Self::Rooms
                | Self::RoomState(_)
        )
    }

    /// Returns whether this request counts for a visitor's limit on how fast requests may come.
    /// That is so if other clients can see an effect of it, or if it takes a place in a table of
    /// the server. Leaving a room never counts.
    pub fn is_paced_for_visitors(&self) -> bool {
        match self {
            Self::Classic(_) | Self::Post(_) | Self::Private(_) | Self::Join(..) => true,
            Self::Typing(_) | Self::Excuse(_) | Self::Rename(..) | Self::Quit | Self::Set(..) => {
                true
            }
            Self::SignOutElsewhere(_) | Self::ForgetMe(_) | Self::HaveRead(..) => true,
            // Other clients see nothing of these, but each takes a place in a table of the server.
            Self::Invite(..) | Self::LinkDevice(_) | Self::BecomeHost(_) => true,
            Self::Act(_) => true,
            Self::Leave(_) | Self::Rooms | Self::Who(_) | Self::RoomState(_) => false,
            Self::Whois(_) | Self::WhoWrote(..) => false,
            Self::History { .. } | Self::Talks(_) | Self::Search(_) => false,
            Self::Faulty(_) | Self::Session(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::longer_names;

    #[test]
    fn a_name_may_go_on_as_long_as_words_are_left_to_say() {
        let all = |first, text: &str| -> Vec<_> {
            let said = |end: usize| text[end..].trim().to_owned();
            let names = longer_names(first, text).into_iter();
            names.map(|(name, end)| (name.to_string(), said(end))).collect()
        };
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(all("Big", "Bo hi"), [pair("Big Bo", "hi")]);
        assert_eq!(all("Big", "Bo  Jo hi"), [pair("Big Bo", "Jo hi"), pair("Big Bo Jo", "hi")]);
        assert_eq!(all("Big", "Bo: Jo hi"), [pair("Big Bo", "Jo hi")]);
        assert!(all("Big", "hi").is_empty() && all("Big", "").is_empty());
        let long = "word ".repeat(10_000);
        assert!(all("Big", &long).len() < 20);
    }
}
