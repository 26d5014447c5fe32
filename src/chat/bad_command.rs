//! Why a typed line that begins with a slash is not a command.
//!
//! Owns: the reasons, and the words about each.
//! Must not know: how a typed command is parsed.
//!
//! Part: `chat/mod.rs`.

use super::command::HELP;
use super::room_name::BadRoomName;
use crate::base::limits;

/// Returns what this chat calls the command that other chats call `name`, as the end of a sentence.
/// If we know of none, returns an empty text.
fn other_name(name: &str) -> String {
    let ours = match &*name.to_lowercase() {
        "nick" => "/name",
        "part" | "close" => "/leave",
        "exit" | "bye" | "disconnect" => "/quit",
        "find" | "grep" | "lastlog" => "/search",
        "query" | "m" | "w" | "whisper" | "dm" | "tell" => "/msg",
        "names" | "users" => "/who",
        "list" | "channels" => "/rooms",
        "j" | "room" => "/join",
        "block" | "mute" => "/ignore",
        _ => return String::new(),
    };
    format!(": it is called {ours} here")
}

/// Why the text after a slash is not a command. Each reason has a message for the person who typed
/// the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCommand {
    /// There is no command with the name that was typed after the slash. The value is that name.
    #[error(
        "unknown command /{name}{}; type /help for the list, or //{name} to send it as text",
        other_name(.0),
        name = .0
    )]
    Unknown(String),
    /// The command exists, but what was typed after it is missing or wrong. The value shows how the
    /// command must be typed.
    #[error("type it like this: {0}")]
    Written(&'static str),
    /// A word after `/history` does not begin with `#`, and is not a number from 1 to
    /// [`limits::HISTORY_PAGE_MAX`].
    #[error("type it like this: /history N, with N from 1 to {}", limits::HISTORY_PAGE_MAX)]
    TooManyLines,
    /// The text after a `#` is not a number. The value is that text.
    #[error("there is no message #{0}; /history shows the numbers")]
    NoNumber(String),
    /// The text in the place of a room's name is not a valid name of a room. The value says why.
    #[error(transparent)]
    Room(#[from] BadRoomName),
    /// The person typed `/topic` without a text, to ask for a room's topic. The server does not
    /// answer that command. The value is the room's name.
    #[error("/join {0} shows its topic")]
    TopicAbove(String),
    /// The command is for a room, and the person typed it where they write to one other person.
    #[error("that command works only in a room")]
    OnlyInRoom,
    /// The person typed `/ignore`. The server cannot carry out this command, because it would have
    /// to remember whom each client ignores.
    #[error("ignoring people does not work on this connection")]
    CannotIgnore,
    /// Nothing was typed, or the command was `/quit`. Neither can become a request.
    #[error("nothing to do")]
    NothingToDo,
    /// The command was `/help`, which is no mistake. The message of this reason is the list of
    /// commands.
    #[error("{HELP}")]
    Help,
}
