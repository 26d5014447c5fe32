//! Why a typed line that begins with a slash is not a command.
//!
//! Owns: the reasons, and the words about each.
//! Must not know: how a typed command is parsed.
//!
//! Part: `chat/mod.rs`.

use super::command::HELP;
use super::room_name::BadRoomName;
use crate::base::limits;

/// Why the text after a slash is not a command. The message of each reason is for the person who
/// typed the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCommand {
    /// No command has this name, which was typed after the slash.
    #[error("unknown command /{0}; type /help for the list, or //{0} to send it as text")]
    Unknown(String),
    /// The command exists, but what follows it is missing or wrong. The value shows how the command
    /// must be typed.
    #[error("type it like this: {0}")]
    Written(&'static str),
    /// A word after `/history` is neither a `#` with a number nor a count of lines that fits into
    /// one answer.
    #[error("type it like this: /history COUNT, with 1 to {} lines", limits::HISTORY_PAGE_MAX)]
    TooManyLines,
    /// This text was typed after a `#`, and is not a number.
    #[error("there is no message #{0}; /history shows the numbers")]
    NoNumber(String),
    /// The person typed a text in the place of a room's name, and the text is not a valid name. The
    /// value says why.
    #[error(transparent)]
    Room(#[from] BadRoomName),
    /// A client of plain lines wants to see a room's topic. The server sends it only to a client
    /// that joins the room. The value is the room's name.
    #[error("/join {0} shows its topic")]
    TopicAbove(String),
    /// The command is for a room, and the person typed it where they write to one other person.
    #[error("that command works only in a room")]
    OnlyInRoom,
    /// A client that sends and receives plain lines cannot ignore a person, because the server
    /// would have to remember whom it ignores.
    #[error("ignoring people does not work on this connection")]
    CannotIgnore,
    /// The typed line is empty, or it is a command that has no effect for this client.
    #[error("nothing to do")]
    NothingToDo,
    /// The command was `/help`. This is no mistake: the message is the list of commands.
    #[error("{HELP}")]
    Help,
}
