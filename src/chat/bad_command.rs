//! Why what was typed behind a slash is no command.
//!
//! Owns: the reasons, and the words about each.
//! Must not know: how a command is read.
//!
//! Next: `chat/moment.rs`.

use super::command::HELP;
use super::room_name::BadRoomName;
use crate::limits;

/// Why what stands behind a slash is no command; each says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCommand {
    /// Nothing is called so.
    #[error("there is no /{0}; /help lists what there is, and //{0} says it with its slash")]
    Unknown(String),
    /// It is written like this.
    #[error("it is {0}")]
    Written(&'static str),
    /// No, or more, lines than are shown at once.
    #[error("it is /history COUNT, with 1 to {} lines", limits::HISTORY_PAGE_MAX)]
    TooManyLines,
    /// This stands behind a `#`.
    #[error("#{0} is no number; /history has them")]
    NoNumber(String),
    /// No room can be called so.
    #[error(transparent)]
    Room(#[from] BadRoomName),
    /// Whoever comes into this room is told what it is about.
    #[error("/join {0} says what it is about")]
    TopicAbove(String),
    /// It is for a room, and was typed where one writes to one person alone.
    #[error("that is for a room; type it there")]
    OnlyInRoom,
    /// That is for whoever remembers whom.
    #[error("a line like this one cannot ignore anybody")]
    CannotIgnore,
    /// Nothing was typed.
    #[error("nothing to do")]
    NothingToDo,
    /// It is one, and the answer is which there are.
    #[error("{HELP}")]
    Help,
}
