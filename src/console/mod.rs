//! The client commands: `threadbare join`, `send`, `pipe` and `crowd`.
//!
//! ```text
//!  address ── dial ──▶ connection ◀── typist (standard input)        join, classic
//!                       │ ▲
//!                       │ └──── pongs, close replies
//!                       ▼
//!                     listen ──▶ escape ──▶ screen             join, classic
//!                           ├──▶ crowd/person: counts          crowd
//!                           └──▶ v1/caller ──▶ v1/talk         join, send, pipe
//! ```
//!
//! Owns: the commands, and which format each of them speaks. The classic format is plain text in a
//! WebSocket frame; it works with any chat server of that kind. `join` speaks `threadbare.v1` if
//! the server does; `send` and `pipe` need it.
//! Must not know: anything of the server's side except the words and the limits.
//!
//! Part: this file is its entry.

mod address;
mod connection;
mod crowd;
mod dial;
mod ending;
mod goodbye;
mod interrupt;
mod join;
mod listen;
mod screen;
#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;
mod trouble;
mod typist;
mod v1;

use std::io::{self, BufReader, IsTerminal, Write};
use std::time::Duration;

use self::address::Address;
use self::dial::{Dialled, Patience, dial, dial_numbered};
use self::screen::{Screen, ScreenKind};
use self::v1::{Call, Manner, WantedIdentity};
use crate::base::words::Language;
use crate::chat::clean::clean;
use crate::chat::escape;
use crate::chat::room_name::RoomName;

pub use self::crowd::{CrowdOptions, CrowdReport, Percentiles, crowd};
pub use self::ending::Ending;
pub use self::trouble::ConsoleError;

/// The identity that a client asks the server for.
#[derive(Clone, Debug, Default)]
pub struct WantedName {
    /// The wanted name, with its secret after a `#` if it has one. Without a name the server gives
    /// back the name of the last run, or a guest's name.
    pub name: Option<String>,
    /// The server's password.
    pub password: Option<String>,
    /// The password of the rooms to join.
    pub room_password: Option<String>,
}

/// Where to join, under which identity, and in which language.
#[derive(Clone, Debug)]
pub struct JoinOptions {
    /// `ws://host[:port]/path[?query]`, or the address of a page, such as `http://host[:port]/` or
    /// `http://host[:port]/r/kitchen`. The room of a page's address becomes the first room.
    pub url: String,
    /// Language of the prompt and of the word before each message.
    pub language: Language,
    /// True: speak the classic format, even if the server can speak another one.
    pub classic: bool,
    /// Rooms to join. Typed lines go to the first one. If there are none, the lobby is joined.
    pub rooms: Vec<String>,
    /// The identity to ask for.
    pub who: WantedName,
}

/// Joins a chat: sends typed lines and shows the messages that the server sends.
///
/// At a terminal, or when a name, a password or a room is asked for, it speaks `threadbare.v1` if
/// the server does. Then it reconnects by itself after a lost connection, receives the messages
/// that it missed, shows none twice, and ends when the person wants it to. A script that asks for
/// none of these speaks the classic format. Its standard output receives the bare messages, one a
/// line, and nothing else; a sentence about the end goes to the standard error. In both formats,
/// nothing that arrives can command the terminal.
///
/// Blocks until the conversation has ended. These ends are successes:
/// - The input ends. Every typed line is sent, and messages are shown until the server's goodbye,
///   for at most [`CONSOLE_CLOSE_WAIT`](crate::base::limits::CONSOLE_CLOSE_WAIT).
/// - Ctrl-C or SIGTERM.
/// - The program that reads our output closes it.
/// - Classic format only: the server closes with a normal code (1000, 1001).
///
/// The thread that waits for input may still run, so the process should end soon after this
/// returns.
///
/// # Errors
/// The conversation could not begin, it ended in another way, or a typed line was not sent.
pub fn join(options: JoinOptions) -> Result<(), ConsoleError> {
    let (address, room, password) = place(&options.url)?;
    let rooms = room.into_iter().chain(options.rooms).collect();
    let who = WantedName { password: options.who.password.or(password), ..options.who };
    let options = JoinOptions { rooms, who, ..options };
    let audience = ScreenKind::of(io::stdin().is_terminal(), io::stdout().is_terminal());
    // The classic format has no field for a name, a password or a room.
    let gives_more = options.who.name.is_some() || options.who.password.is_some();
    let wants_more = audience == ScreenKind::Person || gives_more || !options.rooms.is_empty();
    if options.classic || !wants_more {
        return join_classic(&address, options.language, audience);
    }
    let wish = wish(options.who, &options.rooms)?;
    let is_bare = wish.name.is_none() && options.rooms.is_empty();
    match call(&address) {
        Ok(dialled) if audience == ScreenKind::Person => {
            v1::person(Call { dialled, address, wish }, options.language.words())
        }
        Ok(dialled) => v1::piped(Call { dialled, address, wish }, Manner::Script),
        Err(ConsoleError::ClassicOnly { .. }) => {
            if !is_bare {
                let words = "this server has no names and no rooms; you are a guest here";
                writeln!(io::stderr(), "threadbare: {words}").ok();
            }
            join_classic(&address, options.language, audience)
        }
        Err(error) => Err(error),
    }
}

/// Sends one message to a room, and returns once the server has confirmed that it stored it.
///
/// Dials again after a lost connection, until `wait` has passed. `wait` begins when the first
/// connection is made.
///
/// # Errors
/// The message could not be sent, or was not confirmed in time.
pub fn send(
    url: &str,
    room: &str,
    text: &str,
    who: WantedName,
    wait: Duration,
) -> Result<(), ConsoleError> {
    if clean(text).is_empty() {
        return Err(ConsoleError::NothingToSay);
    }
    let (address, _, password) = place(url)?;
    let who = WantedName { password: who.password.or(password), ..who };
    let wish = wish(who, &[room.to_owned()])?;
    v1::send(Call { dialled: call(&address)?, address, wish }, text, wait)
}

/// Sends each line of the standard input to a room. Returns after the input has ended and the
/// server has confirmed every line.
///
/// Dials again after a lost connection, without a time limit. Meanwhile it stops reading the
/// input, once `CONSOLE_UNSENT_MAX` messages wait.
///
/// # Errors
/// The first connection fails, or the server refuses a line.
pub fn pipe(url: &str, room: &str, who: WantedName) -> Result<(), ConsoleError> {
    let (address, _, password) = place(url)?;
    let who = WantedName { password: who.password.or(password), ..who };
    let wish = wish(who, &[room.to_owned()])?;
    v1::piped(Call { dialled: call(&address)?, address, wish }, Manner::Courier)
}

/// Splits a typed address into the chat's address, the room and the server's password. Only the
/// address of a room's page has a room, and only a page's address may have the password.
fn place(url: &str) -> Result<(Address, Option<String>, Option<String>), ConsoleError> {
    let given = Address::parse(url)?;
    let password = given.password();
    let (address, room) = given.into_room();
    // The address of another kind of chat keeps its query, and with it the password.
    let password = password.filter(|_| address.password().is_none());
    Ok((address, room, password))
}

fn call(address: &Address) -> Result<Dialled, ConsoleError> {
    dial_numbered(address, &address.look_up()?, Patience::default())
}

fn wish(who: WantedName, rooms: &[String]) -> Result<WantedIdentity, ConsoleError> {
    let one_form = |given: &String| match RoomName::parse(given) {
        Ok(room) => Ok(room.as_str().to_owned()),
        Err(why) => {
            let given = escape::strip(given);
            Err(ConsoleError::BadRoom { given, why: why.to_string() })
        }
    };
    let mut rooms = rooms.iter().map(one_form).collect::<Result<Vec<_>, _>>()?;
    if rooms.is_empty() {
        rooms.push(RoomName::lobby().as_str().to_owned());
    }
    let WantedName { name, password, room_password } = who;
    Ok(WantedIdentity { name, password, rooms, room_password })
}

fn join_classic(
    address: &Address,
    language: Language,
    audience: ScreenKind,
) -> Result<(), ConsoleError> {
    let dialled = dial(address, &address.look_up()?, Patience::default())?;
    let screen = Screen::new(io::stdout(), language.words(), audience);
    // Use `Stdin` and not its lock, because the lock cannot go to another thread.
    let input = BufReader::new(io::stdin());
    join::converse(dialled, input, screen, &mut io::stderr(), |goodbye| {
        interrupt::watch(move || goodbye.say())
    })
}
