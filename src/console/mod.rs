//! The other end of the wire: `threadbare join`, `send`, `pipe` and `crowd`.
//!
//! ```text
//!  address ── dial ──▶ line ◀── typist (standard input)        join, classic
//!                       │ ▲
//!                       │ └──── pongs, close replies
//!                       ▼
//!                     listen ──▶ escape ──▶ screen             join, classic
//!                           ├──▶ crowd/person: counts          crowd
//!                           └──▶ v1/caller ──▶ v1/talk         join, send, pipe
//! ```
//!
//! Owns: the commands, and which of them speaks what. The classic format is a text
//! in a frame, which works with any such server, not only ours; `threadbare.v1`
//! is spoken where the server does, and needed to send and to pipe.
//! Must not know: anything of the server's side but the words and the limits.
//!
//! Next: `console/trouble.rs`, then `console/address.rs`.

mod address;
mod crowd;
mod dial;
mod ending;
mod goodbye;
mod interrupt;
mod join;
mod line;
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
use self::screen::{Audience, Screen};
use self::v1::Wish;
use crate::chat::clean::clean;
use crate::chat::escape;
use crate::chat::room_name::RoomName;
use crate::words::Language;

pub use self::crowd::{CrowdOptions, CrowdReport, Percentiles, crowd};
pub use self::ending::Ending;
pub use self::trouble::ConsoleError;

/// Who one wants to be.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// A name, with its secret behind a `#` if it has one; without it one is who
    /// one was last time, or a guest.
    pub name: Option<String>,
    /// The box's password.
    pub password: Option<String>,
    /// The password of the rooms that are joined.
    pub room_password: Option<String>,
}

/// Where to join, as whom, and in which language.
#[derive(Clone, Debug)]
pub struct JoinOptions {
    /// `ws://host[:port]/path[?query]`, or the address of a page, as `http://host[:port]/`
    /// or `http://host[:port]/r/kitchen`: then that room is the first.
    pub url: String,
    /// Of the prompt and of the word before each message.
    pub language: Language,
    /// Speak the classic format, whatever else the server can.
    pub classic: bool,
    /// Rooms to be in, the first of them to speak to; the lobby if there are none.
    pub rooms: Vec<String>,
    /// As whom.
    pub who: Who,
}

/// Joins a chat: typed lines go out, what others say is shown.
///
/// At a terminal, and wherever a name or a room is asked for, it speaks
/// `threadbare.v1` if the server does: it comes back by itself after a lost line,
/// and ends when the person wants it to. Nothing is lost then, and nothing is
/// shown twice. A script that asks for no name speaks the classic format, as it
/// always did: it gets the bare messages, one a line, and nothing else on its
/// standard output. What there is to say about the end goes to the standard
/// error. Nothing that arrives can command the terminal.
///
/// Ends well when the input does (every line typed is sent, and what arrives
/// until the server's goodbye is shown, for at most
/// [`CONSOLE_CLOSE_WAIT`](crate::limits::CONSOLE_CLOSE_WAIT)), on Ctrl-C or
/// SIGTERM, when nobody reads the output any more, and in the classic format when
/// the server ends it as servers do (1000, 1001). The thread that waits for input
/// may be left behind: the process should end soon after this returns.
///
/// # Errors
/// It did not come to a conversation, it ended otherwise, or a line that was
/// typed was not sent.
pub fn join(options: JoinOptions) -> Result<(), ConsoleError> {
    let (address, room, password) = place(&options.url)?;
    let rooms = room.into_iter().chain(options.rooms).collect();
    let who = Who { password: options.who.password.or(password), ..options.who };
    let options = JoinOptions { rooms, who, ..options };
    let audience = Audience::of(io::stdin().is_terminal(), io::stdout().is_terminal());
    // The classic format has no place for any of these.
    let gives_more = options.who.name.is_some() || options.who.password.is_some();
    let wants_more = audience == Audience::Person || gives_more || !options.rooms.is_empty();
    if options.classic || !wants_more {
        return join_classic(&address, options.language, audience);
    }
    let wish = wish(options.who, &options.rooms)?;
    let is_bare = wish.name.is_none() && options.rooms.is_empty();
    match call(&address) {
        Ok(dialled) if audience == Audience::Person => {
            v1::person(dialled, address, wish, options.language.words())
        }
        Ok(dialled) => v1::script(dialled, address, wish),
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

/// Says one thing in a room, and ends when the server has it for certain.
///
/// A line that is lost on the way is dialled again, within `wait`.
///
/// # Errors
/// It could not be said, or not confirmed in time.
pub fn send(
    url: &str,
    room: &str,
    text: &str,
    who: Who,
    wait: Duration,
) -> Result<(), ConsoleError> {
    if clean(text).is_empty() {
        return Err(ConsoleError::NothingToSay);
    }
    let (address, _, password) = place(url)?;
    let who = Who { password: who.password.or(password), ..who };
    let wish = wish(who, &[room.to_owned()])?;
    let dialled = call(&address)?;
    v1::send(dialled, address, wish, text, wait)
}

/// Says each line of the standard input in a room; ends with the input, when the
/// server has all of it for certain.
///
/// A line that is lost is dialled again, for ever; the input waits meanwhile.
///
/// # Errors
/// The server is not there at first, or does not take a line.
pub fn pipe(url: &str, room: &str, who: Who) -> Result<(), ConsoleError> {
    let (address, _, password) = place(url)?;
    let who = Who { password: who.password.or(password), ..who };
    let wish = wish(who, &[room.to_owned()])?;
    let dialled = call(&address)?;
    v1::pipe(dialled, address, wish)
}

/// The chat that is meant; its room and the box's password, if this is a page's address that has
/// them.
fn place(url: &str) -> Result<(Address, Option<String>, Option<String>), ConsoleError> {
    let given = Address::parse(url)?;
    let password = given.password();
    let (address, room) = given.into_room();
    // That of another chat stays where it is.
    let password = password.filter(|_| address.password().is_none());
    Ok((address, room, password))
}

fn call(address: &Address) -> Result<Dialled, ConsoleError> {
    dial_numbered(address, &address.look_up()?, Patience::default())
}

fn wish(who: Who, rooms: &[String]) -> Result<Wish, ConsoleError> {
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
    let Who { name, password, room_password } = who;
    Ok(Wish { name, password, rooms, room_password })
}

fn join_classic(
    address: &Address,
    language: Language,
    audience: Audience,
) -> Result<(), ConsoleError> {
    let dialled = dial(address, &address.look_up()?, Patience::default())?;
    let screen = Screen::new(io::stdout(), language.words(), audience);
    // `Stdin` and not its lock: the lock cannot go to another thread.
    let input = BufReader::new(io::stdin());
    join::converse(dialled, input, screen, &mut io::stderr(), |goodbye| {
        interrupt::watch(move || goodbye.say())
    })
}
