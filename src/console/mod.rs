//! The other end of the wire: `threadbare join` and `threadbare crowd`.
//!
//! ```text
//!  address ── dial ──▶ line ◀── typist (standard input)        join
//!                       │ ▲
//!                       │ └──── pongs, close replies
//!                       ▼
//!                     listen ──▶ escape ──▶ screen             join
//!                           └──▶ crowd/person: counts          crowd
//! ```
//!
//! Owns: the two commands. They speak what every classic chat client speaks, a
//! text in a frame, so they work with any such server, not only ours.
//! Must not know: anything of the server's side but the words and the limits.
//!
//! Next: `console/trouble.rs`, then `console/address.rs`.

mod address;
mod crowd;
mod dial;
mod ending;
mod escape;
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

use std::io::{self, BufReader, IsTerminal};

use self::address::Address;
use self::dial::{Patience, dial};
use self::screen::{Audience, Screen};
use crate::words::Language;

pub use self::crowd::{CrowdOptions, CrowdReport, Percentiles, crowd};
pub use self::ending::Ending;
pub use self::trouble::ConsoleError;

/// Where to join, and in which language.
#[derive(Clone, Debug)]
pub struct JoinOptions {
    /// `ws://host[:port]/path[?query]`.
    pub url: String,
    /// Of the prompt and of the word before each message.
    pub language: Language,
}

/// Joins a chat: typed lines go out, what others say is shown.
///
/// On a terminal there is a prompt, and each message stands on a line of its
/// own behind a word that says what it is. A script gets the bare messages, one
/// a line, and nothing else on its standard output; what there is to say about
/// the end goes to the standard error. Nothing that arrives can command the
/// terminal.
///
/// Ends well when the input does (every line typed is sent, and what arrives
/// until the server's goodbye is shown, for at most
/// [`CONSOLE_CLOSE_WAIT`](crate::limits::CONSOLE_CLOSE_WAIT)), on Ctrl-C or
/// SIGTERM, when nobody reads the output any more, and when the server ends it
/// as servers do (1000, 1001). The thread that waits for input may be left
/// behind: the process should end soon after this returns.
///
/// # Errors
/// It did not come to a conversation, it ended otherwise, or a line that was
/// typed was not sent.
pub fn join(options: JoinOptions) -> Result<(), ConsoleError> {
    let address = Address::parse(&options.url)?;
    let dialled = dial(&address, &address.look_up()?, Patience::default())?;
    let (input, output) = (io::stdin(), io::stdout());
    let audience = Audience::of(input.is_terminal(), output.is_terminal());
    let screen = Screen::new(output, options.language.words(), audience);
    // `Stdin` and not its lock: the lock cannot go to another thread.
    let input = BufReader::new(input);
    join::converse(dialled, input, screen, &mut io::stderr(), |goodbye| {
        interrupt::watch(move || goodbye.say())
    })
}
