//! Why a typed line that begins with a slash is not a command.
//!
//! Owns: the reasons, and the words about each.
//! Must not know: how a command is read.
//!
//! Part: `chat/mod.rs`.

use super::command::HELP;
use super::room_name::BadRoomName;
use crate::base::limits;

/// Why the text after a slash is not a command. The message of each reason tells the person what to
/// type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCommand {
    /// No command has this name.
    #[error("there is no /{0}; /help lists what there is, and //{0} says it with its slash")]
    Unknown(String),
    /// The command exists, but what follows it is missing or wrong. The value is the right form.
    #[error("it is {0}")]
    Written(&'static str),
    /// The number of lines is zero, or more than one answer may have.
    #[error("it is /history COUNT, with 1 to {} lines", limits::HISTORY_PAGE_MAX)]
    TooManyLines,
    /// The text after a `#` is not a number.
    #[error("#{0} is no number; /history has them")]
    NoNumber(String),
    /// The text where a room's name must be is not a valid name.
    #[error(transparent)]
    Room(#[from] BadRoomName),
    /// A line client cannot request the topic. It sees the topic when it joins the room.
    #[error("/join {0} says what it is about")]
    TopicAbove(String),
    /// The command is for a room, and the person typed it where they write to one other person.
    #[error("that is for a room; type it there")]
    OnlyInRoom,
    /// A client of plain lines cannot ignore a person, because the server would have to remember
    /// that for it.
    #[error("a line like this one cannot ignore anybody")]
    CannotIgnore,
    /// Nothing was typed, or a command that does nothing for this client.
    #[error("nothing to do")]
    NothingToDo,
    /// The command was `/help`. This is no mistake: the message is the list of commands.
    #[error("{HELP}")]
    Help,
}
