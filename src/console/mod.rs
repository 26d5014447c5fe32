//! The client commands: `threadbare join`, `send`, `pipe` and `crowd`.
//!
//! ```text
//! chat_url ── dial ──▶ connection ◀── typist (standard input)  join, classic
//!                       │ ▲
//!                       │ └──── pongs, close replies
//!                       ▼
//!                     listen ──▶ escape ──▶ screen             join, classic
//!                           ├──▶ crowd/person: counts          crowd
//!                           └──▶ v1/caller ──▶ v1/talk         join, send, pipe
//! ```
//!
//! Owns: the commands, and which format each of them speaks. The classic format is plain text in
//! WebSocket frames; it works with every chat server that sends and receives such frames. `join`
//! speaks both formats; `send` and `pipe` need a server that speaks `threadbare.v1`.
//! Must not know: anything of the server's side, except `base/` and what both sides read and write:
//! texts and what is escaped in them, also in a URL, names of rooms, a room's privacy, commands,
//! tokens.
//!
//! Part: this file is its entry.

mod chat_url;
mod classic;
mod connection;
mod crowd;
mod dial;
mod ending;
mod input;
mod interrupt;
mod limits;
mod listen;
#[cfg(test)]
mod test_server;
mod trouble;
mod v1;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use self::chat_url::ChatUrl;
use self::classic::ScreenKind;
use self::dial::dial_v1;
use self::v1::{Call, Manner, WantedIdentity};
use crate::base::language::Language;
use crate::chat::clean::clean;
use crate::chat::escape;
use crate::chat::room_name::RoomName;

pub use self::crowd::{CrowdOptions, CrowdReport, Percentiles, crowd};
pub use self::ending::Ending;
pub use self::trouble::ConsoleError;

/// The identity that a client asks the server for.
#[derive(Clone, Debug, Default)]
pub struct WantedName {
    /// The wanted name, followed by `#` and its secret if it has a secret. `None`: the client asks
    /// for no name. If its stored token still stands for a person, it gets that person's name,
    /// otherwise a guest's name.
    pub name: Option<String>,
    /// The server's password.
    pub password: Option<String>,
    /// The password for the rooms that the client joins at its start. It is used for each of them.
    pub room_password: Option<String>,
}

/// Where to join, under which identity, and in which language.
#[derive(Clone, Debug)]
pub struct JoinOptions {
    /// `ws://host[:port]/path[?query]`, or the URL of a page, such as `http://host[:port]/` or
    /// `http://host[:port]/r/kitchen`. If it is the URL of a room's page, the client joins this
    /// room before those in `rooms`.
    pub url: String,
    /// The language of the prompt, and of the word that a terminal shows before each message in the
    /// classic format.
    pub language: Language,
    /// True: speak the classic format, even if the server can speak `threadbare.v1`.
    pub classic: bool,
    /// The rooms to join, by their names. If neither this list nor `url` names a room, the client
    /// joins the lobby. Typed lines go to the first room.
    pub rooms: Vec<String>,
    /// The identity that the client asks the server for.
    pub who: WantedName,
}

/// Joins a chat: sends typed lines and shows the messages that the server sends.
///
/// The client speaks `threadbare.v1` for a person at a terminal, and if the options ask for what
/// the classic format lacks, such as a name or a room. In all other cases it speaks the classic
/// format. It also speaks the classic format if the options ask for that, or if the server speaks
/// no other format. In `threadbare.v1` it reconnects by itself after a lost connection, and
/// receives the messages that it missed if the server still has them. In both formats it removes
/// terminal commands from received texts.
///
/// Blocks until the conversation has ended. These ends are successes:
/// - The input ends, and every typed line is sent. Messages are shown until the server closes the
///   connection, for at most `CONSOLE_CLOSE_WAIT` (`console/limits.rs`).
/// - Ctrl-C or SIGTERM, and no typed line is unconfirmed in `threadbare.v1`.
/// - The program that reads our output closes the pipe.
/// - Classic format only: the server closes with a normal code (1000, 1001). If a script's input
///   has not ended by then, that is an error.
///
/// When this function returns, the thread that reads the input perhaps still waits for a line, so
/// the process should end soon.
///
/// # Errors
/// The conversation could not begin, it ended in a way that is not in the list of successes, or a
/// typed line was not sent.
pub fn join(options: JoinOptions) -> Result<(), ConsoleError> {
    let Target { url, room, invite, who } = target(&options.url, options.who)?;
    let rooms: Vec<_> = room.into_iter().chain(options.rooms).collect();
    let audience = ScreenKind::of(io::stdin().is_terminal(), io::stdout().is_terminal());
    // A name, a password or a room needs `threadbare.v1`, because the classic format has no fields
    // for them. But the server finds a password in the URL of a WebSocket, too.
    let gives_more = who.name.is_some() || (who.password.is_some() && url.password().is_none());
    let wants_more = audience == ScreenKind::Person || gives_more || !rooms.is_empty();
    if options.classic && gives_more {
        let words = "the classic format has no names and no rooms; you are a guest here";
        writeln!(io::stderr(), "threadbare: {words}").ok();
    }
    let classic_url = url.with_password(who.password.as_deref());
    if options.classic || !wants_more {
        return classic::join(&classic_url, options.language, audience);
    }
    // The room of the URL is the first one.
    let wanted = WantedIdentity { invite, ..wanted_identity(who, &rooms)? };
    let is_bare = wanted.name.is_none() && rooms.is_empty();
    match dial_v1(&url) {
        Ok(dialled) if audience == ScreenKind::Person => {
            v1::join_as_person(Call { dialled, url, wanted }, options.language.words())
        }
        Ok(dialled) => v1::pipe_lines(Call { dialled, url, wanted }, Manner::Script),
        Err(ConsoleError::ClassicOnly { .. }) => {
            if !is_bare {
                let words = "this server has no names and no rooms; you are a guest here";
                writeln!(io::stderr(), "threadbare: {words}").ok();
            }
            classic::join(&classic_url, options.language, audience)
        }
        Err(error) => Err(error),
    }
}

/// Sends one message to a room. `reply` is the number of the message that it replies to; `None`:
/// it replies to none. Blocks until the server has confirmed that the message is stored, or until
/// an error or Ctrl-C.
///
/// Reconnects after a lost connection. Gives up when `wait` has passed since the first connection
/// was opened.
///
/// # Errors
/// For example, the first connection could not be opened, or the server refused the message or did
/// not confirm it in time.
pub fn send(
    url: &str,
    room: &str,
    (text, reply): (&str, Option<u64>),
    who: WantedName,
    wait: Duration,
) -> Result<(), ConsoleError> {
    if clean(text).is_empty() {
        return Err(ConsoleError::NothingToSay);
    }
    v1::send_text(call_room(url, room, who)?, text, reply, wait)
}

/// Sends each line of the standard input to a room. Blocks until the input has ended and the server
/// has confirmed every line, or until an error or Ctrl-C.
///
/// Reconnects after a lost connection, without a time limit. While `CONSOLE_UNSENT_MAX` messages
/// are unconfirmed, this function takes no more lines from the input.
///
/// # Errors
/// For example, the first connection could not be opened, the server refused a line, or the input
/// could not be read.
pub fn pipe(url: &str, room: &str, who: WantedName) -> Result<(), ConsoleError> {
    v1::pipe_lines(call_room(url, room, who)?, Manner::Courier)
}

struct Target {
    url: ChatUrl,
    /// The room whose page the URL names; `None`: it is not the URL of a room's page.
    room: Option<String>,
    /// The invite to that room that is in the URL; `None`: there is none.
    invite: Option<String>,
    /// The identity from the options. If the options have no password for the server, the password
    /// is the one in the URL.
    who: WantedName,
}

fn target(url: &str, who: WantedName) -> Result<Target, ConsoleError> {
    let given = ChatUrl::parse(url)?;
    let (password, invite) = (given.password(), given.invite());
    let (url, room) = given.into_chat();
    let who = WantedName { password: who.password.or(password), ..who };
    Ok(Target { url, room, invite, who })
}

/// Connects to the server at `url`, to speak in `room` only.
fn call_room(url: &str, room: &str, who: WantedName) -> Result<Call, ConsoleError> {
    let Target { url, who, .. } = target(url, who)?;
    let wanted = wanted_identity(who, &[room.to_owned()])?;
    Ok(Call { dialled: dial_v1(&url)?, url, wanted })
}

fn wanted_identity(who: WantedName, rooms: &[String]) -> Result<WantedIdentity, ConsoleError> {
    let one_form = |given: &String| match RoomName::parse(given) {
        Ok(room) => Ok(room.as_str().to_owned()),
        Err(why) => {
            let given = escape::strip(given);
            // `send ADDRESS ROOM TEXT` is what most people type first.
            let is_address = given.contains("://");
            let hint = if is_address { "; an address comes after --url" } else { "" };
            Err(ConsoleError::BadRoom { given, why: format!("{why}{hint}") })
        }
    };
    let mut rooms = rooms.iter().map(one_form).collect::<Result<Vec<_>, _>>()?;
    let comes_back = rooms.is_empty();
    if rooms.is_empty() {
        rooms.push(RoomName::lobby().as_str().to_owned());
    }
    let WantedName { name, password, room_password } = who;
    let named = WantedIdentity { name, password, ..WantedIdentity::default() };
    Ok(WantedIdentity { rooms, room_password, comes_back, ..named })
}
