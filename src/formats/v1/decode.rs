//! Requests of a client of `threadbare.v1`: each text of the client is one JSON object.
//!
//! Owns: how requests are read. Fields that the server does not know are ignored.
//! Must not know: who may do what.
//!
//! Next in the chat: `chat_rule/mod.rs`.
//! Part: `formats/v1/mod.rs`.

use super::faults::{
    bad_name, empty, fault, missing, no_secret, other_version, too_long, too_many_rooms,
    too_many_secrets, too_many_words,
};
use super::fields::RequestFields;
use super::position::{password, within_a_secret};
use std::time::Duration;

use crate::admission::Password;
use crate::base::{limits, wall_clock};
use crate::chat::act::{self, ActDetails, RoomAct, RoomAction};
use crate::chat::answer::Fault;
use crate::chat::clean::clean;
use crate::chat::entry::{AuthorTag, MessageId, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::request::{
    Claim, Deed, Hello, PasswordChange, Post, PrivateMessage, ReplyTo, Request, RoomSettings,
    Search, TokenSource, longer_names,
};
use crate::chat::room_name::RoomName;
use crate::chat::search_words::SearchWords;
use crate::chat::secret::{SecretSource, digest_of_name};
use crate::chat::sought::Sought;
use crate::chat::token::Token;

/// How many lines a question for older lines, or a search, gets if it does not say a number.
const LINES_USUAL: u64 = 50;

/// What one JSON text of a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientText {
    /// The hello, and the server's password if the hello contains one.
    Hello(Box<Hello>, Option<Password>),
    /// Any request but a hello.
    Request(Request),
}

/// Returns the greatest length of a JSON text that a client may send, in bytes. `text_bytes_max` is
/// the greatest length of a message's text, in bytes. Some clients write each byte of the text as
/// an escape of six bytes, so the JSON can be six times as long as the text.
pub fn bytes_max(text_bytes_max: usize) -> usize {
    text_bytes_max * 6 + limits::REQUEST_BYTES_BESIDE_TEXT
}

/// Makes the fault that answers a second hello.
pub fn hello_again() -> Box<Fault> {
    fault("hello-again", format_args!("hello must be the first request, and is sent only once"))
}

/// Reads one JSON text of a client whose hello was accepted. A faulty text becomes a request, too
/// ([`Request::Faulty`]), so that the client gets its answers in the order of its texts. Blocks on
/// digests, as [`read`] does.
pub fn request(json: &str, text_bytes_max: usize, source: SecretSource) -> Request {
    match RequestFields::parse(json) {
        Ok(fields) => filled_request(&fields, text_bytes_max, source),
        Err(fault) => Request::Faulty(fault),
    }
}

/// Like [`request`], for fields that the server has filled itself, without JSON.
pub fn filled_request(
    fields: &RequestFields,
    text_bytes_max: usize,
    source: SecretSource,
) -> Request {
    match fields.read(text_bytes_max, source) {
        Ok(ClientText::Request(request)) => request,
        Ok(ClientText::Hello(..)) => Request::Faulty(hello_again()),
        Err(fault) => Request::Faulty(fault),
    }
}

/// Whether a client's text is a hello. This is known before the secrets in it are digested.
#[derive(Debug)]
pub enum TextKind {
    /// A hello, and the server's password if the hello contains one that is not too long.
    Hello(Option<Password>),
    /// Anything else: a request, or a text that [`read`] will refuse.
    Request,
}

/// Returns whether this text is a hello. Makes no digest of a secret or a password, so it does not
/// block.
pub fn text_kind(json: &str) -> TextKind {
    match RequestFields::parse(json) {
        Ok(fields) if fields.kind.as_deref() == Some("hello") => {
            TextKind::Hello(fields.entry_password().ok().flatten())
        }
        _ => TextKind::Request,
    }
}

/// Reads one JSON text of a client. `text_bytes_max` is the greatest length of a message's text, in
/// bytes. Blocks until the digest of each secret and password in the text is made. `source` is the
/// network that the text comes from; the number of digests for each network is limited.
///
/// # Errors
/// What is wrong with the text, to be sent to the client.
pub fn read(
    json: &str,
    text_bytes_max: usize,
    source: SecretSource,
) -> Result<ClientText, Box<Fault>> {
    RequestFields::parse(json)?.read(text_bytes_max, source)
}

/// A hello and all other requests are read in separate functions, because a reader's stack keeps
/// every memory page that it has ever touched. Reading a hello needs the most stack. As one
/// function with the other requests, it would cost each client one more page.
impl RequestFields {
    fn read(&self, text_bytes_max: usize, source: SecretSource) -> Result<ClientText, Box<Fault>> {
        self.asked(text_bytes_max, source).map_err(|mut fault| {
            fault.room = self.room().ok();
            fault.id = self.id().ok().flatten();
            fault
        })
    }

    fn asked(&self, text_bytes_max: usize, source: SecretSource) -> Result<ClientText, Box<Fault>> {
        match self.kind.as_deref() {
            None => Err(missing("type")),
            Some("hello") => Ok(ClientText::Hello(self.hello(source)?, self.entry_password()?)),
            Some(kind) => self.request(kind, text_bytes_max, source).map(ClientText::Request),
        }
    }

    #[inline(never)]
    fn request(
        &self,
        kind: &str,
        text_bytes_max: usize,
        source: SecretSource,
    ) -> Result<Request, Box<Fault>> {
        let text = || self.message_text(text_bytes_max);
        let post = |deed| -> Result<Request, Box<Fault>> {
            let newest = self.replies_to_newest.then_some(ReplyTo::NewestOfOthers);
            let reply_to = newest.or(self.reply.map(|seq| ReplyTo::Message(Seq(seq))));
            // A private message is edited and deleted only by its number. Then a client that leaves
            // out the room by mistake changes no message that it does not name.
            let is_private = self.position.room.is_none() && Deed::changes(&deed).is_some();
            let log = if is_private { LogName::Private } else { self.room()?.into() };
            Ok(Request::Post(Box::new(Post { log, id: self.id()?, reply_to, deed })))
        };
        Ok(match kind {
            "say" => post(Deed::Say(text()?))?,
            "me" => post(Deed::Act(text()?))?,
            "edit" => post(Deed::Edit { of: self.seq(), text: text()? })?,
            "delete" => post(Deed::Delete { of: self.seq() })?,
            "topic" => post(Deed::Topic(self.topic(text_bytes_max)?))?,
            "pin" => post(Deed::Pin(self.seq().unwrap_or_default()))?,
            "private" => Request::Private(self.private(text()?)?),
            "join" => Request::Join(Box::new(self.position.read(source)?), Token::new().ok()),
            "leave" => Request::Leave(self.room()?),
            "rooms" => Request::Rooms,
            "who" => Request::Who(self.room()?),
            "whois" if self.name.is_none() && self.seq().is_some() => {
                Request::WhoWrote(self.room()?, self.seq().unwrap_or_default())
            }
            "whois" => {
                let name = self.name.as_deref().ok_or_else(|| missing("name"))?;
                Request::Whois(Box::new(somebody(name)?))
            }
            "away" => Request::Excuse(Some(short_line(self.text.as_deref())?)),
            "back" => Request::Excuse(None),
            "typing" => Request::Typing(self.room()?),
            "read" => {
                let seen = self.position.seen()?.ok_or_else(|| missing("seq"))?;
                let with = self.with.map(AuthorTag::from_number).unwrap_or_default();
                Request::HaveRead(self.position.log()?, seen, with)
            }
            "history" => Request::History {
                log: self.position.log()?,
                before: Seq(self.before.unwrap_or(u64::MAX)),
                count: self.count(),
            },
            "search" => Request::Search(self.search()?),
            "name" => {
                let claim = self.claim(source)?.ok_or_else(|| missing("name"))?;
                // The server gives the person a new token only if the person has typed a secret
                // with the new name.
                let fresh = claim.secret.as_ref().and_then(|_| Token::new().ok());
                Request::Rename(Box::new(claim), fresh)
            }
            "set" => Request::Set(self.settings(source)?, Token::new().ok()),
            "session" => {
                let token = self.token.as_deref().and_then(Token::parse);
                Request::Session(token.ok_or_else(|| missing("token"))?)
            }
            "sign-out" => Request::SignOutElsewhere(match self.token.as_deref() {
                Some(own) => Token::parse(own).ok_or_else(|| missing("token"))?,
                None => random_token()?,
            }),
            "forget-me" => {
                let typed = self.name.as_deref().ok_or_else(|| missing("name"))?;
                Request::ForgetMe(Box::new(somebody(typed)?))
            }
            "invite" => Request::Invite(self.room()?, random_token()?, self.addressee()?),
            "device" => Request::LinkDevice(random_token()?),
            "room-state" => Request::RoomState(self.room()?),
            "act" => Request::Act(self.act_in_room()?),
            other => {
                let shown: String = other.chars().take(32).collect();
                return Err(fault("unknown-type", format_args!("unknown request type {shown:?}")));
            }
        })
    }

    #[inline(never)]
    fn hello(&self, source: SecretSource) -> Result<Box<Hello>, Box<Fault>> {
        let versions = self.versions.as_deref().unwrap_or(&[super::VERSION]);
        if !versions.contains(&super::VERSION) {
            return Err(other_version());
        }
        let positions = self.rooms.as_deref().unwrap_or_default();
        let named = positions.iter().filter(|position| position.room.is_some());
        let private = positions.iter().find(|position| position.room.is_none());
        let count = named.clone().count();
        if count > limits::ROOMS_PER_CLIENT_MAX || positions.len() > count + 1 {
            return Err(too_many_rooms());
        }
        // If the text cannot be a token, it counts as no token, and the client becomes a new
        // person.
        let token = self.token.as_deref().and_then(Token::parse);
        let mut hello = Box::<Hello>::default();
        hello.token = token;
        if self.stored == Some(true) {
            hello.source = TokenSource::Stored;
        }
        for position in named {
            hello.rooms.push(position.read(source)?);
        }
        if let Some(position) = private {
            hello.private = position.seen()?;
        }
        hello.name = self.claim(source)?;
        Ok(hello)
    }

    /// Returns what to do in a room that the client's person looks after.
    #[inline(never)]
    fn act_in_room(&self) -> Result<Box<RoomAct>, Box<Fault>> {
        let room = self.room()?;
        let fields = self.act.as_deref().ok_or_else(|| missing("action"))?;
        let word = fields.action.as_deref().ok_or_else(|| missing("action"))?;
        let whom = fields.whom.as_deref().map(somebody).transpose()?;
        if act::is_about_person(word) && whom.is_none() {
            return Err(missing("whom"));
        }
        let seq = self.position.seq.map(Seq);
        if act::is_about_message(word) && seq.is_none() {
            return Err(missing("seq"));
        }
        let choice = fields.choice;
        if act::is_choice(word) && choice.is_none() {
            return Err(missing("choice"));
        }
        let lasts = fields.seconds.map(Duration::from_secs);
        let details = ActDetails { whom, seq, choice, lasts };
        let action = RoomAction::of(word, details).ok_or_else(|| {
            let shown: String = word.chars().take(32).collect();
            fault("unknown-action", format_args!("unknown action {shown:?}"))
        })?;
        let reason = fields.reason.as_deref();
        let reason = match action {
            RoomAction::Welcome(true) if typed(reason).is_none() => return Err(missing("reason")),
            RoomAction::Welcome(_) | RoomAction::Poll(_) => {
                one_line(reason, limits::TOPIC_BYTES_MAX)?
            }
            _ => short_line(reason)?,
        };
        Ok(Box::new(RoomAct { room, action, reason }))
    }

    /// Returns the person whom an `invite` is for; `None`: it names nobody.
    fn addressee(&self) -> Result<Option<Box<Name>>, Box<Fault>> {
        Ok(self.to.as_deref().map(somebody).transpose()?.map(Box::new))
    }

    #[inline(never)]
    fn private(&self, text: String) -> Result<Box<PrivateMessage>, Box<Fault>> {
        let typed = self.to.as_deref().ok_or_else(|| missing("to"))?;
        let is_typed = self.typed.unwrap_or_default();
        let longer = if is_typed { longer_names(typed, &text) } else { Vec::new() };
        let ago = |waited| UnixMillis(wall_clock::now().0.saturating_sub(waited));
        let typed_at = self.as_of.map(UnixMillis).or_else(|| self.waited.map(ago));
        Ok(Box::new(PrivateMessage {
            to: somebody(typed)?,
            id: self.id()?,
            reply_to: self.reply.map(Seq),
            text,
            typed_at,
            is_for_present_owner: self.anew.unwrap_or_default(),
            with: self.with.map(AuthorTag::from_number),
            longer,
        }))
    }

    #[inline(never)]
    fn search(&self) -> Result<Box<Search>, Box<Fault>> {
        let before = Seq(self.before.unwrap_or(u64::MAX));
        let (log, sought) = (self.position.log()?, self.sought()?);
        Ok(Box::new(Search { log, sought, before, count: self.count() }))
    }

    /// Returns which lines a search asks for: by their words, their author and their time. A line
    /// must fit all of these that the client has given.
    ///
    /// # Errors
    /// The search names neither words nor an author nor a time, or one of them is not valid.
    fn sought(&self) -> Result<Sought, Box<Fault>> {
        let text = typed(self.text.as_deref());
        let words =
            text.map(|text| SearchWords::parse(text).ok_or_else(too_many_words)).transpose()?;
        let from = typed(self.from.as_deref()).map(somebody).transpose()?;
        let (since, until) = (self.since.map(UnixMillis), self.until.map(UnixMillis));
        if text.is_none() && from.is_none() && since.is_none() && until.is_none() {
            let missing = missing("text");
            let empty = || empty("type a word to look for");
            return Err(self.text.as_ref().map_or(missing, |_| empty()));
        }
        let any = Sought::default().times;
        let times = since.unwrap_or(any.start)..until.unwrap_or(any.end);
        if times.is_empty() {
            return Err(fault("empty", format_args!("`since` must come before `until`")));
        }
        Ok(Sought { words, from, times })
    }

    fn count(&self) -> usize {
        usize::try_from(self.count.unwrap_or(LINES_USUAL)).unwrap_or(usize::MAX)
    }

    fn entry_password(&self) -> Result<Option<Password>, Box<Fault>> {
        let typed = self.position.password.as_deref().map(within_a_secret).transpose()?;
        Ok(typed.and_then(|typed| Password::new(typed.to_owned())))
    }

    fn room(&self) -> Result<RoomName, Box<Fault>> {
        self.position.room()
    }

    fn settings(&self, source: SecretSource) -> Result<Box<RoomSettings>, Box<Fault>> {
        let room = self.room()?;
        let typed = self.position.password.as_deref();
        let password = match typed {
            None => PasswordChange::Keep,
            Some(_) => {
                password(&room, typed, source)?.map_or(PasswordChange::Remove, PasswordChange::Set)
            }
        };
        Ok(Box::new(RoomSettings { room, hidden: self.position.hidden, password }))
    }

    fn id(&self) -> Result<Option<MessageId>, Box<Fault>> {
        let Some(typed) = self.id.as_deref() else { return Ok(None) };
        let most = limits::MESSAGE_ID_BYTES_MAX;
        let bad =
            || fault("bad-id", format_args!("an id has 1 to {most} printable ASCII characters"));
        MessageId::parse(typed).map(Some).ok_or_else(bad)
    }

    fn claim(&self, source: SecretSource) -> Result<Option<Claim>, Box<Fault>> {
        claim(self.name.as_deref().unwrap_or_default(), source)
    }

    fn seq(&self) -> Option<Seq> {
        self.position.seq.map(Seq)
    }

    fn message_text(&self, bytes_max: usize) -> Result<String, Box<Fault>> {
        let text = clean(self.text.as_deref().ok_or_else(|| missing("text"))?);
        if text.is_empty() {
            return Err(empty("this message is empty"));
        }
        within(text, bytes_max)
    }

    /// Returns the text of a new topic, with spaces in place of its line breaks. An empty text
    /// removes the room's topic.
    ///
    /// # Errors
    /// The text is missing or too long.
    fn topic(&self, bytes_max: usize) -> Result<String, Box<Fault>> {
        let text = clean(self.text.as_deref().ok_or_else(|| missing("text"))?);
        within(text.replace('\n', " "), bytes_max.min(limits::TOPIC_BYTES_MAX))
    }
}

/// Reads a name, and after its `#` the secret that belongs to it. If there is a secret, blocks
/// until its digest is made; `source` is the network that the secret comes from. `None`: `typed` is
/// empty, so the client asks for no name.
///
/// # Errors
/// The text cannot be a name; its secret is empty or too long; or the secret gets no digest now,
/// because too many secrets wait for their digests or too many have come from this network.
#[inline(never)]
pub fn claim(typed: &str, source: SecretSource) -> Result<Option<Claim>, Box<Fault>> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let (name, secret) =
        typed.split_once('#').map_or((typed, None), |(name, secret)| (name, Some(secret)));
    let name = Name::parse(name).map_err(bad_name)?;
    let secret = match secret.map(within_a_secret).transpose()? {
        Some("") => return Err(no_secret()),
        given => {
            given.map(|text| digest_of_name(source, text).map_err(too_many_secrets)).transpose()?
        }
    };
    Ok(Some(Claim { name, secret }))
}

/// Returns the words of an excuse or of a reason, on one line; without a text they are empty.
fn short_line(text: Option<&str>) -> Result<String, Box<Fault>> {
    one_line(text, limits::EXCUSE_BYTES_MAX)
}

fn one_line(text: Option<&str>, bytes_max: usize) -> Result<String, Box<Fault>> {
    within(clean(text.unwrap_or_default()).replace('\n', " "), bytes_max)
}

/// Makes the token of a link.
///
/// # Errors
/// The kernel gives no random bytes.
fn random_token() -> Result<Token, Box<Fault>> {
    Token::new().map_err(|_| fault("missing", format_args!("the server has no randomness")))
}

fn typed(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Reads a person's name. It may also be one of the names that the server gives to guests.
fn somebody(typed: &str) -> Result<Name, Box<Fault>> {
    Name::of_somebody(typed).map_err(bad_name)
}

fn within(text: String, bytes_max: usize) -> Result<String, Box<Fault>> {
    if text.len() <= bytes_max { Ok(text) } else { Err(too_long(text.len(), bytes_max)) }
}
