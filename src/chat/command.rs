//! What a person types: a message, or a command, which begins with a slash.
//!
//! Owns: the commands and their spelling.
//! Must not know: what a command does.
//!
//! Part: `chat/mod.rs`.

pub mod keeping;
#[cfg(test)]
mod tests;

use std::time::Duration;

use super::act;
use super::bad_command::BadCommand;
use super::room_name::RoomName;
use crate::base::limits;

/// The list of commands in English: what `/help` shows in the console (`threadbare join`) and on a
/// connection of plain lines.
pub const HELP: &str = "\
commands (anything else is sent as a message):
/me TEXT                 describe an action: * Ann waves
/msg NAME TEXT           send a private message; a colon or quotes end a name: /msg \"Bo Peep\" TEXT
/name NAME               change your name; NAME#PASSWORD reserves it for you on any device
/join ROOM [PASSWORD]    join or create a room, or switch to it
/leave [ROOM]            leave this room, or another one
/rooms                   list rooms
/who [ROOM]              list who is here
/whois NAME              show whether a person is here, away or gone
/away [REASON]           tell the others that you are busy
/back                    end that; so does any message
/topic [TEXT]            set the topic; /topic - removes it
/pin #NUMBER             pin a message for everybody here; /pin - removes the pin
/password WORD           require a password for this room; /password - removes it
/invite                  make a link that lets others into this room
/mute NAME [10m] [WHY]   in a room that you look after: NAME cannot write for so long
/unmute NAME             there: NAME can write again
/kick NAME [10m] [WHY]   there: NAME leaves, and cannot come back for so long
/unkick NAME             there: NAME may come back
/ban NAME [1d] [WHY]     there: the same, and who is new from that address waits
/unban NAME              there: end that
/freeze                  there: only you, and hosts, can write
/unfreeze                there: everybody can write again
/slow [30s]              there: each other person writes one message in so long a time
/unslow                  there: end that
/close                   there: nobody new can come in
/unclose                 there: everybody can come in again
/lesson                  there: names stay, and nobody writes privately but to you
/unlesson                there: end that, and take all hands down
/poll QUESTION? A, B     there: ask everybody; /poll alone shows how it stands
/unpoll                  there: end the poll, and show everybody the result
/lower NAME              there: you have seen the hand of NAME
/welcome TEXT            there: people who come for the first time read this
/unwelcome               there: end that
/admit NAME              there: NAME may come into the closed room
/unadmit NAME            there: end that
/delete-all NAME         there: delete all messages of NAME, for good
/delete-everything       there: delete all messages, for good
/dismiss #NUMBER         there: you have seen the report of that message
/keeper NAME             there: NAME looks after the room, too
/unkeeper NAME           there: end that
/block NAME [1d] [WHY]   as a host: NAME can use no room, and who is new from that address waits
/unblock NAME            there: end that
/host NAME               as a host: NAME is one, too
/unhost NAME             there: end that
/report #NUMBER [WHY]    tell whoever looks after this room of a message
/hand                    raise your hand, for whoever looks after this room
/unhand                  take it down again
/vote NUMBER             choose that answer of the poll in this room
/state                   show who looks after this room, and what holds in it
/rules                   the same, with the welcome of this room
/hide                    hide this room from the list
/show                    show this room in the list again
/reply [#NUMBER] TEXT    reply to somebody's last message, or to that one
/edit [#NUMBER] TEXT     edit your last message here, or that one
/delete [#NUMBER]        delete your last message here, or that one; in your room anybody's
/history [N] [#NUMBER]   show older messages here; /history private: your private ones
/search [#NUMBER] WORDS  search this room, or only what came before that number
/at [ROOM]#NUMBER        show the messages around one: kitchen#42 is a link to one
/ignore [NAME]           ignore somebody, or list whom you ignore; repeat to stop
/forgetme NAME           remove all your messages and your name, for good; NAME is your own
/quit                    leave; so do Ctrl-D, and Ctrl-C on an empty line
Start with // to send a text that begins with /. Tab completes names.";

/// How a person must type the command for a private message.
pub const PRIVATE_USAGE: &str = "/msg NAME TEXT";

/// The names of all commands, with their slash, and with spaces between them. In the console, the
/// Tab key completes them.
pub const NAMES: &str = "/help /me /msg /name /join /leave /rooms /who /whois /away /back /topic \
                         /pin /password /invite /mute /unmute /kick /unkick /ban /unban /freeze /unfreeze \
                         /slow /unslow /close /unclose /lesson /unlesson /hand /unhand /lower /poll /unpoll /vote /welcome /unwelcome /rules /admit /unadmit /keeper /unkeeper /state \
                         /delete-all /delete-everything /report /dismiss /block /unblock /host /unhost \
                         /hide /show /reply /edit /delete /history /search \
                         /at /ignore /forgetme /quit";

/// An action in a room, as a person typed it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TypedAct {
    /// The word of the action, as `chat/act.rs` has it.
    pub word: &'static str,
    /// The name of the person whom it is about; `None`: it is about no person.
    pub whom: Option<String>,
    /// The number of the message that it is about; `None`: it is about no message.
    pub seq: Option<u64>,
    /// The number of the answer to a poll; `None`: it chooses none.
    pub choice: Option<u8>,
    /// How long it lasts; `None`: the person has not said it.
    pub lasts: Option<Duration>,
    /// Why; empty: no reason was given.
    pub reason: String,
}

/// What a person typed: a text or a command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Send this text as a message.
    Say(String),
    /// Send a text about an action of the person, as in `* Ann waves`.
    Me(String),
    /// Send a private message. The value is all that was typed after the command: the receiver's
    /// name, and then the text. [`addressed`] separates name and text.
    Private(String),
    /// Change the person's own name. The value is `NAME`, or `NAME#PASSWORD` with the name's
    /// secret.
    Name(String),
    /// Enter a room. If the client is in the room already, only switch to the room.
    Join {
        /// The room's name.
        room: String,
        /// The room's password; `None`: the person typed none.
        password: Option<String>,
    },
    /// Leave the room with this name; `None`: the room in which the person types.
    Leave(Option<String>),
    /// List the rooms.
    Rooms,
    /// List the people of the room with this name; `None`: of the room in which the person types.
    Who(Option<String>),
    /// Tell whether the person with this name is online.
    Whois(String),
    /// The person is busy, and gives this excuse, which may be empty; `None`: busy no more.
    Excuse(Option<String>),
    /// Set this topic for the room in which the person types. The text `-` removes the topic.
    /// `None`: the person asks for the topic.
    Topic(Option<String>),
    /// Pin the message with this number, in the room in which the person types; `None`: remove the
    /// pin.
    Pin(Option<u64>),
    /// Set the password of the room in which the person types. An empty text removes the password.
    Password(String),
    /// Make an invite to the room in which the person types.
    Invite,
    /// Do something in the room in which the person types, because the person looks after it.
    Act(TypedAct),
    /// Tell what holds in the room in which the person types.
    RoomState,
    /// Leave the room in which the person types out of the list of rooms (true), or put it into the
    /// list again (false).
    Hide(bool),
    /// Send a text to the room as a reply to a message.
    Reply {
        /// The number of that message; `None`: the newest message of another person in the room.
        seq: Option<u64>,
        /// The text to send.
        text: String,
    },
    /// Change the text of a message that the person has sent to the room.
    Edit {
        /// The number of the message to edit; `None`: the person's newest message in the room.
        seq: Option<u64>,
        /// The message's new text.
        text: String,
    },
    /// Delete the person's own message with this number; `None`: the person's newest message in the
    /// room.
    Delete(Option<u64>),
    /// Show lines that were said earlier, in the room in which the person types.
    History {
        /// True: show the person's private messages instead.
        private: bool,
        /// The most lines to show.
        count: u32,
        /// Show only lines with a number below this one; `None`: show the newest lines.
        before: Option<u64>,
    },
    /// Search for lines, in the room in which the person types.
    Search {
        /// The words that a line must contain, with spaces between them.
        text: String,
        /// Search only lines with a number below this one; `None`: the numbers do not matter.
        before: Option<u64>,
    },
    /// Show one line of a room, and some of the lines before and after it.
    At {
        /// The room that the line is in; `None`: the room in which the person types.
        room: Option<String>,
        /// The line's number.
        seq: u64,
    },
    /// Hide the lines of the person with this name. If they are hidden already, show them again.
    /// `None`: list the people whose lines are hidden.
    Ignore(Option<String>),
    /// Show the list of commands, or what this command does: its name, without the slash.
    Help(Option<String>),
    /// Remove all messages of the person, and the name. The value is the person's own name, which
    /// the person types so that nobody does this by mistake.
    ForgetMe(String),
    /// Leave the chat.
    Quit,
    /// Nothing was typed, or only white space.
    Nothing,
}

/// Parses what a person typed.
///
/// # Errors The text begins with one slash and is not a valid command. The error says why.
pub fn read(line: &str) -> Result<Command, BadCommand> {
    let line = line.trim();
    let Some(rest) = line.strip_prefix('/') else {
        return Ok(if line.is_empty() { Command::Nothing } else { Command::Say(line.into()) });
    };
    if rest.starts_with('/') {
        return Ok(Command::Say(rest.into()));
    }
    let (word, more) = match rest.split_once(char::is_whitespace) {
        Some((word, more)) => (word, more.trim()),
        None => (rest, ""),
    };
    match &*word.to_lowercase() {
        "me" => needed(more, "/me TEXT").map(Command::Me),
        "msg" => needed(more, PRIVATE_USAGE).map(Command::Private),
        "name" => needed(more, "/name NAME").map(Command::Name),
        "join" => join(more),
        "leave" => optional_room(more).map(Command::Leave),
        "rooms" => Ok(Command::Rooms),
        "who" => optional_room(more).map(Command::Who),
        "whois" => needed(without_at(more), "/whois NAME").map(Command::Whois),
        "away" => Ok(Command::Excuse(Some(more.into()))),
        "back" => alone(more, "/back, with nothing after it").map(|()| Command::Excuse(None)),
        "topic" => Ok(Command::Topic((!more.is_empty()).then(|| more.into()))),
        "pin" => pin(more).map(Command::Pin),
        "password" => password(more),
        "invite" => alone(more, "/invite, with nothing after it").map(|()| Command::Invite),
        "state" => alone(more, "/state, with nothing after it").map(|()| Command::RoomState),
        "rules" => alone(more, "/rules, with nothing after it").map(|()| Command::RoomState),
        "hide" => alone(more, "/hide, with nothing after it").map(|()| Command::Hide(true)),
        "show" => alone(more, "/show, with nothing after it").map(|()| Command::Hide(false)),
        "reply" => {
            let (seq, text) = numbered(more)?;
            if seq.is_none() && begins_with_number(text) {
                return Err(BadCommand::Written(
                    "/reply #42 TEXT: a message's number has a # before it. (If the text begins \
                     with a number, name the message, too.)",
                ));
            }
            needed(text, "/reply TEXT, or /reply #42 TEXT").map(|text| Command::Reply { seq, text })
        }
        "edit" => {
            let (seq, text) = numbered(more)?;
            needed(text, "/edit TEXT, or /edit #42 TEXT").map(|text| Command::Edit { seq, text })
        }
        "delete" => match numbered(more)? {
            (seq, "") => Ok(Command::Delete(seq)),
            _ => Err(BadCommand::Written("/delete, or /delete #42")),
        },
        "history" => history(more),
        "search" => {
            let (before, text) = numbered(more)?;
            needed(text, "/search WORDS, or /search #42 WORDS")
                .map(|text| Command::Search { text, before })
        }
        "at" => at(more),
        "ignore" => Ok(Command::Ignore((!more.is_empty()).then(|| more.into()))),
        "forgetme" => needed(more, "/forgetme NAME, with your own name").map(Command::ForgetMe),
        "help" => {
            let name = more.trim_start_matches('/');
            Ok(Command::Help((!name.is_empty()).then(|| name.to_owned())))
        }
        "quit" => Ok(Command::Quit),
        other => {
            keeping::read(other, more).unwrap_or_else(|| Err(BadCommand::Unknown(word.to_owned())))
        }
    }
}

/// Returns whether this typed text begins with a command that adds a line to a room's log or
/// changes a room's settings. A form for a private talk refuses such a command.
pub fn is_of_room(line: &str) -> bool {
    let word = line.split(char::is_whitespace).next().unwrap_or_default();
    [
        "/me",
        "/topic",
        "/pin",
        "/password",
        "/invite",
        "/state",
        "/rules",
        "/hide",
        "/show",
        "/reply",
        "/edit",
        "/delete",
    ]
    .contains(&word)
        || word.strip_prefix('/').is_some_and(|word| act::WORDS.contains(&word))
}

/// The receiver's name and the text of a private message, as the person typed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addressed<'a> {
    /// The receiver's name, or only the first word of the name (see `is_whole`).
    pub to: &'a str,
    /// What was typed after `to`: the message, or the other words of the name and then the message.
    pub text: &'a str,
    /// True if the person has marked where the name ends: with quotes around the name, or with a
    /// colon after a name of one word. If it is false, `text` may begin with further words of the
    /// name.
    pub is_whole: bool,
}

/// Separates what was typed after `/msg`: the receiver's name, and then the text. `None`: the name
/// or the text is missing.
pub fn addressed(rest: &str) -> Option<Addressed<'_>> {
    let (to, text, is_whole) = if let Some((name, text)) = quoted(rest) {
        (name, text.strip_prefix(':').unwrap_or(text), true)
    } else {
        let (word, text) = rest.split_once(char::is_whitespace)?;
        let name = word.strip_suffix(':');
        (name.unwrap_or(word), text, name.is_some())
    };
    let (to, text) = (without_at(to.trim()), text.trim());
    (!to.is_empty() && !text.is_empty()).then_some(Addressed { to, text, is_whole })
}

/// A person is written `@Bo` in a message, so some people write the name like this everywhere. No
/// name begins with the sign.
fn without_at(name: &str) -> &str {
    name.strip_prefix('@').unwrap_or(name)
}

fn room(typed: &str) -> Result<String, BadCommand> {
    Ok(RoomName::parse(typed)?.as_str().to_owned())
}

fn optional_room(typed: &str) -> Result<Option<String>, BadCommand> {
    if typed.is_empty() { Ok(None) } else { room(typed).map(Some) }
}

fn needed(more: &str, usage: &'static str) -> Result<String, BadCommand> {
    if more.is_empty() { Err(BadCommand::Written(usage)) } else { Ok(more.into()) }
}

fn alone(more: &str, usage: &'static str) -> Result<(), BadCommand> {
    if more.is_empty() { Ok(()) } else { Err(BadCommand::Written(usage)) }
}

/// Returns the name in quotes with which the text begins, and what follows it.
fn quoted(typed: &str) -> Option<(&str, &str)> {
    typed.strip_prefix('"')?.split_once('"')
}

/// Returns a password or a name without the quotes around it, which it has if it has spaces.
fn unquoted(word: &str) -> &str {
    let quoted = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted.filter(|_| word.contains(char::is_whitespace)).unwrap_or(word)
}

/// Returns whom `/invite NAME` invites, for a client that sends the link in a private message;
/// `None`: the text is another command, or names nobody.
pub fn invitee(line: &str) -> Option<&str> {
    let (word, more) = line.split_once(char::is_whitespace)?;
    let name = unquoted(without_at(more.trim()));
    Some(name).filter(|name| word == "/invite" && !name.is_empty())
}

/// A person who types `/password` without a word must not remove the room's password by mistake.
fn password(more: &str) -> Result<Command, BadCommand> {
    let word = needed(more, "/password WORD, or /password - for none")?;
    let word = if word == "-" { String::new() } else { unquoted(&word).to_owned() };
    Ok(Command::Password(word))
}

/// A password with spaces must stand in quotes. So a person who types a room's name as several
/// words gets an error, and does not enter the room that the first word names.
fn join(more: &str) -> Result<Command, BadCommand> {
    let usage = "/join ROOM, or /join ROOM PASSWORD, with quotes around a password with spaces";
    let (name, password) = more.split_once(char::is_whitespace).unwrap_or((more, ""));
    let room = room(name)?;
    let password = password.trim();
    let quoted = password.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let password = match quoted {
        _ if !password.contains(char::is_whitespace) => password,
        Some(quoted) => quoted,
        None => return Err(BadCommand::Written(usage)),
    };
    Ok(Command::Join { room, password: (!password.is_empty()).then(|| password.to_owned()) })
}

/// Splits `#42 TEXT` into the number and the text. If `more` does not begin with a `#`, returns no
/// number, and the whole of `more` as the text.
fn numbered(more: &str) -> Result<(Option<u64>, &str), BadCommand> {
    let Some(rest) = more.strip_prefix('#') else { return Ok((None, more)) };
    let (digits, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let number = digits.parse().map_err(|_| BadCommand::NoNumber(digits.to_owned()));
    Ok((Some(number?), text.trim()))
}

/// Returns whether the first of several words is a number: most people mean a message by it.
fn begins_with_number(text: &str) -> bool {
    text.split_once(char::is_whitespace).is_some_and(|(word, _)| word.parse::<u64>().is_ok())
}

/// Reads `#42` or `42` as a number, and `-` as none.
fn pin(more: &str) -> Result<Option<u64>, BadCommand> {
    let number = more.strip_prefix('#').unwrap_or(more).parse().ok();
    let usage = BadCommand::Written("/pin #42, or /pin - for none");
    if more == "-" { Ok(None) } else { number.map(Some).ok_or(usage) }
}

fn at(more: &str) -> Result<Command, BadCommand> {
    let usage = BadCommand::Written("/at #42, or /at kitchen#42");
    let Some((name, _)) = more.rsplit_once('#') else { return Err(usage) };
    match numbered(&more[name.len()..])? {
        (Some(seq), "") => Ok(Command::At { room: optional_room(name)?, seq }),
        _ => Err(usage),
    }
}

fn history(more: &str) -> Result<Command, BadCommand> {
    let mut count = limits::CONSOLE_HISTORY_LINES;
    let (mut before, mut private) = (None, false);
    for word in more.split_whitespace() {
        if word == "private" {
            private = true;
        } else if word.starts_with('#') {
            before = numbered(word)?.0;
        } else {
            let most = u32::try_from(limits::HISTORY_PAGE_MAX).unwrap_or(u32::MAX);
            count = match word.parse() {
                Ok(number) if (1..=most).contains(&number) => number,
                _ => return Err(BadCommand::TooManyLines),
            };
        }
    }
    Ok(Command::History { private, count, before })
}
